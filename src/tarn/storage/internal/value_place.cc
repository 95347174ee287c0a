#include "tarn/storage/internal/value_place.h"

#include <algorithm>

#include <arrow/array.h>
#include <arrow/scalar.h>
#include <arrow/type.h>
#include <arrow/util/utf8.h>
#include <fmt/format.h>

namespace tarn::storage {
namespace {

constexpr size_t kTextBytesMax = 40;

/// The list or map that value `i` is in, as a number in `place.above`.
int64_t ListOf(const Place& place, int64_t i) {
  const auto& lists = static_cast<const arrow::ListArray&>(*place.above);
  const int32_t* begin = lists.raw_value_offsets();
  const int32_t* end = begin + lists.length() + 1;
  return std::upper_bound(begin, end, place.first + i) - begin - 1;
}

int64_t AboveOf(const Place& place, int64_t i) {
  return place.kind == Place::Kind::kField ? i : ListOf(place, i);
}

/// What is shown of `bytes`: at most kTextBytesMax, and whole characters.
std::string_view Shown(std::string_view bytes) {
  std::string_view shown = bytes.substr(0, kTextBytesMax);
  constexpr size_t kCharacterBytesMax = 4;
  while (shown.size() < bytes.size() &&
         shown.size() > kTextBytesMax - kCharacterBytesMax &&
         (static_cast<uint8_t>(bytes[shown.size()]) & 0xC0) == 0x80) {
    shown.remove_suffix(1);
  }
  return shown;
}

/// Bytes for a message of one line: what is not printable as \xNN, cut at a limit.
std::string QuotedText(std::string_view bytes) {
  const std::string_view shown = Shown(bytes);
  arrow::util::InitializeUTF8();
  const bool is_text = arrow::util::ValidateUTF8(shown);
  std::string text = "'";
  for (const char c : shown) {
    const auto byte = static_cast<uint8_t>(c);
    if (byte < 0x20 || byte == 0x7F || (byte >= 0x80 && !is_text)) {
      text += fmt::format("\\x{:02x}", byte);
    } else {
      text += c;
    }
  }
  text += '\'';
  return shown.size() < bytes.size() ? text + fmt::format("… ({} bytes)", bytes.size())
                                     : text;
}

std::string HexText(std::string_view bytes) {
  std::string text = "x'";
  for (const char c : bytes.substr(0, kTextBytesMax / 2)) {
    text += fmt::format("{:02x}", static_cast<uint8_t>(c));
  }
  text += '\'';
  return text + fmt::format("{} ({} bytes)", bytes.size() > kTextBytesMax / 2 ? "…" : "",
                            bytes.size());
}

std::string Shortened(const std::string& text) {
  const std::string_view shown = Shown(text);
  return shown.size() < text.size() ? std::string(shown) + "…" : text;
}

std::string ScalarText(const arrow::Array& array, int64_t i) {
  const auto scalar = array.GetScalar(i);
  return scalar.ok() ? Shortened((*scalar)->ToString())
                     : "a value of " + array.type()->ToString();
}

}  // namespace

int64_t RowOf(const Place& place, int64_t i) {
  return place.parent == nullptr ? i : RowOf(*place.parent, AboveOf(place, i));
}

bool Counts(const Place& place, int64_t i) {
  if (place.parent == nullptr) {
    return true;
  }
  const int64_t above = AboveOf(place, i);
  return place.above->IsValid(above) && Counts(*place.parent, above);
}

std::string PathTo(const Place& place, int64_t i) {
  if (place.kind == Place::Kind::kColumn) {
    return std::string(place.name);
  }
  const int64_t above = AboveOf(place, i);
  const std::string path = PathTo(*place.parent, above);
  if (place.kind == Place::Kind::kField) {
    return fmt::format("{}.{}", path, place.name);
  }
  const auto& lists = static_cast<const arrow::ListArray&>(*place.above);
  const int64_t number = place.first + i - lists.value_offset(above) + 1;
  switch (place.kind) {
    case Place::Kind::kKey:
      return fmt::format("{}.key[{}]", path, number);
    case Place::Kind::kValue: {
      const auto& maps = static_cast<const arrow::MapArray&>(*place.above);
      return fmt::format("{}[{}]", path, ValueText(*maps.keys(), place.first + i));
    }
    default:
      return fmt::format("{}[{}]", path, number);
  }
}

std::string ValueText(const arrow::Array& array, int64_t i) {
  if (array.IsNull(i)) {
    return "null";
  }
  switch (array.type_id()) {
    case arrow::Type::STRING:
      return QuotedText(static_cast<const arrow::StringArray&>(array).GetView(i));
    case arrow::Type::LARGE_STRING:
      return QuotedText(static_cast<const arrow::LargeStringArray&>(array).GetView(i));
    case arrow::Type::STRING_VIEW:
      return QuotedText(static_cast<const arrow::StringViewArray&>(array).GetView(i));
    case arrow::Type::BINARY:
      return HexText(static_cast<const arrow::BinaryArray&>(array).GetView(i));
    case arrow::Type::LARGE_BINARY:
      return HexText(static_cast<const arrow::LargeBinaryArray&>(array).GetView(i));
    case arrow::Type::FIXED_SIZE_BINARY:
      return HexText(static_cast<const arrow::FixedSizeBinaryArray&>(array).GetView(i));
    case arrow::Type::EXTENSION:
      return ValueText(*static_cast<const arrow::ExtensionArray&>(array).storage(), i);
    default:
      return ScalarText(array, i);
  }
}

}  // namespace tarn::storage
