#include "tarn/storage/internal/variant_bytes.h"

#include <algorithm>
#include <limits>

#include "tarn/base/error.h"

namespace tarn::storage {
namespace {

constexpr uint8_t kBasicTypeBits = 2;
constexpr uint8_t kShortString = 1;
constexpr uint8_t kObject = 2;
constexpr uint8_t kArray = 3;
constexpr size_t kShortStringBytesMax = 63;

Status Invalid(const std::string& what) {
  return MakeError(ErrorCode::kInvalidData, "Not a variant: " + what);
}

uint8_t ByteAt(std::string_view bytes, size_t at) {
  return static_cast<uint8_t>(bytes[at]);
}

/// A little-endian number of 1 to 4 bytes; the caller has checked that they are there.
uint32_t NumberAt(std::string_view bytes, size_t at, size_t size) {
  uint32_t number = 0;
  for (size_t i = 0; i < size; ++i) {
    number |= uint32_t{ByteAt(bytes, at + i)} << (8 * i);
  }
  return number;
}

void AppendNumber(size_t number, size_t size, std::string* out) {
  for (size_t i = 0; i < size; ++i) {
    out->push_back(static_cast<char>(static_cast<uint8_t>(number >> (8 * i))));
  }
}

size_t BytesFor(size_t number) {
  size_t size = 1;
  while (size < 4 && (number >> (8 * size)) != 0) {
    ++size;
  }
  return size;
}

/// Where the parts of an object or array are.
struct Container {
  bool is_object = false;
  size_t num_elements = 0;
  size_t id_size = 0;
  size_t offset_size = 0;
  size_t ids = 0;  // where they begin
  size_t offsets = 0;
  size_t values = 0;
};

Result<Container> ContainerOf(std::string_view bytes) {
  const uint8_t header = ByteAt(bytes, 0) >> kBasicTypeBits;
  Container result;
  result.is_object = (ByteAt(bytes, 0) & 3U) == kObject;
  result.offset_size = (header & 3U) + 1;
  result.id_size = result.is_object ? ((header >> 2U) & 3U) + 1 : 0;
  const bool is_large = ((header >> (result.is_object ? 4U : 2U)) & 1U) != 0;
  const size_t count_size = is_large ? 4 : 1;
  if (bytes.size() < 1 + count_size) {
    return Invalid("its number of elements is cut");
  }
  result.num_elements = NumberAt(bytes, 1, count_size);
  result.ids = 1 + count_size;
  result.offsets = result.ids + result.num_elements * result.id_size;
  result.values = result.offsets + (result.num_elements + 1) * result.offset_size;
  if (result.values > bytes.size()) {
    return Invalid("its elements are cut");
  }
  return result;
}

Result<size_t> PrimitiveLength(std::string_view bytes) {
  const uint8_t type = ByteAt(bytes, 0) >> kBasicTypeBits;
  switch (static_cast<VariantPrimitive>(type)) {
    case VariantPrimitive::kNull:
    case VariantPrimitive::kTrue:
    case VariantPrimitive::kFalse:
      return 1;
    case VariantPrimitive::kInt8:
      return 2;
    case VariantPrimitive::kInt16:
      return 3;
    case VariantPrimitive::kInt32:
    case VariantPrimitive::kDate:
    case VariantPrimitive::kFloat:
      return 5;
    case VariantPrimitive::kInt64:
    case VariantPrimitive::kDouble:
    case VariantPrimitive::kTimestampTz:
    case VariantPrimitive::kTimestamp:
    case VariantPrimitive::kTime:
    case VariantPrimitive::kTimestampTzNs:
    case VariantPrimitive::kTimestampNs:
      return 9;
    case VariantPrimitive::kDecimal4:
      return 6;
    case VariantPrimitive::kDecimal8:
      return 10;
    case VariantPrimitive::kDecimal16:
      return 18;
    case VariantPrimitive::kUuid:
      return 17;
    case VariantPrimitive::kBinary:
    case VariantPrimitive::kString:
      if (bytes.size() < 5) {
        return Invalid("the length of a text is cut");
      }
      return size_t{5} + NumberAt(bytes, 1, 4);
  }
  return Invalid("primitive type " + std::to_string(type));
}

/// The offsets of `count` values one after the other, and their size.
void AppendValues(const std::vector<const std::string*>& values, size_t offset_size,
                  std::string* out) {
  size_t offset = 0;
  for (const std::string* value : values) {
    AppendNumber(offset, offset_size, out);
    offset += value->size();
  }
  AppendNumber(offset, offset_size, out);
  for (const std::string* value : values) {
    out->append(*value);
  }
}

size_t TotalBytes(const std::vector<const std::string*>& values) {
  size_t bytes = 0;
  for (const std::string* value : values) {
    bytes += value->size();
  }
  return bytes;
}

}  // namespace

Result<VariantNames> VariantNames::Parse(std::string_view metadata) {
  if (metadata.empty() || (ByteAt(metadata, 0) & 0x0FU) != 1) {
    return Invalid("its metadata is not of version 1");
  }
  const size_t size = (ByteAt(metadata, 0) >> 6U) + size_t{1};
  if (metadata.size() < 1 + size) {
    return Invalid("its metadata is cut");
  }
  const size_t count = NumberAt(metadata, 1, size);
  const size_t offsets = 1 + size;
  const size_t names = offsets + (count + 1) * size;
  if (names > metadata.size()) {
    return Invalid("its metadata is cut");
  }
  VariantNames result;
  for (size_t i = 0; i < count; ++i) {
    const size_t begin = NumberAt(metadata, offsets + i * size, size);
    const size_t end = NumberAt(metadata, offsets + (i + 1) * size, size);
    if (begin > end || end > metadata.size() - names) {
      return Invalid("a name in its metadata is cut");
    }
    result.names_.push_back(metadata.substr(names + begin, end - begin));
    result.numbers_.emplace(result.names_.back(), static_cast<uint32_t>(i));
  }
  return result;
}

Result<uint32_t> VariantNames::NumberOf(std::string_view name) const {
  const auto found = numbers_.find(name);
  if (found == numbers_.end()) {
    return Invalid("its metadata lacks the name of a field: " + std::string(name));
  }
  return found->second;
}

Result<size_t> VariantLength(std::string_view bytes) {
  if (bytes.empty()) {
    return Invalid("it has no bytes");
  }
  size_t length = 0;
  switch (ByteAt(bytes, 0) & 3U) {
    case kShortString:
      length = 1 + (ByteAt(bytes, 0) >> kBasicTypeBits);
      break;
    case kObject:
    case kArray: {
      ARROW_ASSIGN_OR_RAISE(const Container parts, ContainerOf(bytes));
      // The last offset is the end of all values, in whatever order they are.
      length = parts.values +
               NumberAt(bytes, parts.offsets + parts.num_elements * parts.offset_size,
                        parts.offset_size);
      break;
    }
    default: {
      ARROW_ASSIGN_OR_RAISE(length, PrimitiveLength(bytes));
    }
  }
  if (length > bytes.size()) {
    return Invalid("it is cut");
  }
  return length;
}

Result<VariantFields> VariantObjectFields(std::string_view value) {
  if (value.empty() || (ByteAt(value, 0) & 3U) != kObject) {
    return Invalid("the rest of a shredded object is no object");
  }
  ARROW_ASSIGN_OR_RAISE(const Container parts, ContainerOf(value));
  VariantFields fields;
  for (size_t i = 0; i < parts.num_elements; ++i) {
    const size_t offset =
        NumberAt(value, parts.offsets + i * parts.offset_size, parts.offset_size);
    if (offset > value.size() - parts.values) {
      return Invalid("a field of an object is cut");
    }
    const std::string_view rest = value.substr(parts.values + offset);
    ARROW_ASSIGN_OR_RAISE(const size_t length, VariantLength(rest));
    fields.emplace_back(NumberAt(value, parts.ids + i * parts.id_size, parts.id_size),
                        std::string(rest.substr(0, length)));
  }
  return fields;
}

std::string VariantObject(VariantFields fields, const VariantNames& names) {
  std::sort(fields.begin(), fields.end(), [&](const auto& a, const auto& b) {
    return names[a.first] < names[b.first];
  });
  std::vector<const std::string*> values;
  uint32_t id_max = 0;
  for (const auto& [number, value] : fields) {
    values.push_back(&value);
    id_max = std::max(id_max, number);
  }
  const bool is_large = fields.size() > std::numeric_limits<uint8_t>::max();
  const size_t id_size = BytesFor(id_max);
  const size_t offset_size = BytesFor(TotalBytes(values));
  const size_t header = (is_large ? 16U : 0U) | ((id_size - 1) << 2U) | (offset_size - 1);
  std::string out(1, static_cast<char>(header << kBasicTypeBits | kObject));
  AppendNumber(fields.size(), is_large ? 4 : 1, &out);
  for (const auto& [number, value] : fields) {
    AppendNumber(number, id_size, &out);
  }
  AppendValues(values, offset_size, &out);
  return out;
}

std::string VariantArray(const std::vector<std::string>& elements) {
  std::vector<const std::string*> values;
  for (const std::string& element : elements) {
    values.push_back(&element);
  }
  const bool is_large = elements.size() > std::numeric_limits<uint8_t>::max();
  const size_t offset_size = BytesFor(TotalBytes(values));
  const size_t header = (is_large ? 4U : 0U) | (offset_size - 1);
  std::string out(1, static_cast<char>(header << kBasicTypeBits | kArray));
  AppendNumber(elements.size(), is_large ? 4 : 1, &out);
  AppendValues(values, offset_size, &out);
  return out;
}

std::string VariantString(std::string_view text) {
  std::string out;
  if (text.size() <= kShortStringBytesMax) {
    out.push_back(static_cast<char>(text.size() << kBasicTypeBits | kShortString));
  } else {
    out.push_back(VariantHeader(VariantPrimitive::kString));
    AppendNumber(text.size(), 4, &out);
  }
  out.append(text);
  return out;
}

}  // namespace tarn::storage
