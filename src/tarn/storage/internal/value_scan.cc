#include "tarn/storage/internal/value_scan.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/util/bit_util.h>

namespace tarn::storage {
namespace {

using iceberg::Field;
using iceberg::TypeId;

/// The first eight bytes as a number that orders as they do; shorter strings are filled
/// with zeros, so that equal prefixes say nothing and different ones everything.
uint64_t PrefixOf(std::string_view bytes, const char* readable_end) {
  if (bytes.empty()) {
    return 0;
  }
  uint64_t prefix = 0;
  constexpr size_t kBytes = sizeof(prefix);
  const bool whole_load = bytes.data() + kBytes <= readable_end;  // one load, no call
  std::memcpy(&prefix, bytes.data(),
              whole_load ? kBytes : std::min(bytes.size(), kBytes));
  if constexpr (std::endian::native == std::endian::little) {
    prefix = __builtin_bswap64(prefix);
  }
  if (bytes.size() >= kBytes) {
    return prefix;
  }
  return prefix & (~uint64_t{0} << (8 * (kBytes - bytes.size())));
}

uint64_t PrefixOf(const std::string& bytes) {
  return PrefixOf(bytes, bytes.data() + bytes.size());
}

/// One past the last byte that may be read of the values of `array`.
const char* EndOfData(const arrow::BinaryArray& array) {
  const auto& data = array.value_data();
  return data == nullptr ? nullptr
                         : reinterpret_cast<const char*>(data->data() + data->size());
}
const char* EndOfData(const arrow::FixedSizeBinaryArray& array) {
  return reinterpret_cast<const char*>(array.raw_values()) +
         array.length() * array.byte_width();
}

template <typename ArrayType>
int64_t CountNan(const ArrayType& array) {
  const auto* values = array.raw_values();
  int64_t count = 0;
  for (int64_t i = 0; i < array.length(); ++i) {
    count += values[i] != values[i] ? 1 : 0;
  }
  if (count == 0 || array.null_count() == 0) {
    return count;
  }
  count = 0;  // the slots of nulls may hold anything
  for (int64_t i = 0; i < array.length(); ++i) {
    count += array.IsValid(i) && values[i] != values[i] ? 1 : 0;
  }
  return count;
}

}  // namespace

template <typename ArrayType, typename Keep>
void ByteRange::AddTyped(const ArrayType& array, const Keep& keep) {
  std::string_view min = min_;
  std::string_view max = max_;
  uint64_t min_prefix = PrefixOf(min_);
  uint64_t max_prefix = PrefixOf(max_);
  const char* const readable_end = EndOfData(array);
  bool any = has_value_;
  const bool has_nulls = array.null_count() > 0;
  for (int64_t i = 0; i < array.length(); ++i) {
    if (has_nulls && array.IsNull(i)) {
      continue;
    }
    const std::string_view value(array.GetView(i));
    if (!keep(value)) {
      continue;
    }
    const uint64_t prefix = PrefixOf(value, readable_end);
    if (!any || prefix < min_prefix || (prefix == min_prefix && value < min)) {
      min = value;
      min_prefix = prefix;
    }
    if (!any || prefix > max_prefix || (prefix == max_prefix && value > max)) {
      max = value;
      max_prefix = prefix;
    }
    any = true;
  }
  if (!any) {
    return;
  }
  if (!has_value_ || min.data() != min_.data()) {
    min_ = std::string(min);
  }
  if (!has_value_ || max.data() != max_.data()) {
    max_ = std::string(max);
  }
  has_value_ = true;
}

void ByteRange::Add(const arrow::Array& array) {
  const auto all = [](std::string_view) { return true; };
  if (array.type_id() == arrow::Type::FIXED_SIZE_BINARY) {
    AddTyped(static_cast<const arrow::FixedSizeBinaryArray&>(array), all);
  } else {
    AddTyped(static_cast<const arrow::BinaryArray&>(array), all);
  }
}

void ByteRange::AddLong(const arrow::Array& array) {
  const auto& values = static_cast<const arrow::BinaryArray&>(array);
  const int32_t* offsets = values.raw_value_offsets();
  int32_t longest = 0;  // of the slots of nulls too, which only costs the search below
  for (int64_t i = 0; i < values.length(); ++i) {
    longest = std::max(longest, offsets[i + 1] - offsets[i]);
  }
  if (longest > kFooterStatisticBytesMax) {
    AddTyped(values, [](std::string_view value) {
      return value.size() > static_cast<size_t>(kFooterStatisticBytesMax);
    });
  }
}

void ByteRange::AddMin(const std::string& value) {
  if (!has_value_) {
    min_ = max_ = value;
  } else if (value < min_) {
    min_ = value;
  }
  has_value_ = true;
}

void ByteRange::AddMax(const std::string& value) {
  if (!has_value_) {
    min_ = max_ = value;
  } else if (value > max_) {
    max_ = value;
  }
  has_value_ = true;
}

ValueScanPlan::ValueScanPlan(
    const iceberg::Schema& schema,
    const std::unordered_map<iceberg::FieldId, MetricsMode>& modes,
    const std::unordered_set<iceberg::FieldId>& not_in_footer) {
  for (const Field& field : schema.fields()) {
    nodes_.push_back(MakeNode(field, /*through_structs=*/true, {modes, not_in_footer}));
  }
}

ValueScanPlan::Look ValueScanPlan::LookAt(const Field& field, bool through_structs,
                                          const Wanted& wanted) {
  const auto mode = wanted.modes.find(field.id);
  if (mode == wanted.modes.end() || !mode->second.has_counts()) {
    return Look::kNothing;
  }
  const bool has_bounds = through_structs && mode->second.has_bounds();
  const bool in_footer = !wanted.not_in_footer.contains(field.id);
  switch (field.type.id()) {
    case TypeId::kFloat:
    case TypeId::kDouble:
      return Look::kNan;
    case TypeId::kString:
    case TypeId::kBinary:
      if (!has_bounds) {
        return Look::kNothing;
      }
      return in_footer ? Look::kLongValues : Look::kRange;
    case TypeId::kFixed:
    case TypeId::kUuid: {
      const bool fits = field.type.id() == TypeId::kUuid ||
                        field.type.length() <= kFooterStatisticBytesMax;
      return has_bounds && !(in_footer && fits) ? Look::kRange : Look::kNothing;
    }
    default:
      return Look::kNothing;
  }
}

ValueScanPlan::Node ValueScanPlan::MakeNode(const Field& field, bool through_structs,
                                            const Wanted& wanted) {
  Node node{.id = field.id, .look = Look::kNothing, .is_list = false, .children = {}};
  if (!field.type.is_nested()) {
    node.look = LookAt(field, through_structs, wanted);
    return node;
  }
  node.is_list = field.type.id() != TypeId::kStruct;
  for (const Field& child : field.type.fields()) {
    node.children.push_back(MakeNode(child, through_structs && !node.is_list, wanted));
    if (node.children.back().look != Look::kNothing) {
      node.look = Look::kChildren;
    }
  }
  return node;
}

Status ValueScanPlan::Scan(const arrow::RecordBatch& batch, Columns* columns) const {
  for (size_t i = 0; i < nodes_.size(); ++i) {
    if (nodes_[i].look == Look::kNothing) {
      continue;
    }
    const auto column = batch.column(static_cast<int>(i));
    ARROW_RETURN_NOT_OK(ScanNode(nodes_[i], *column, columns));
  }
  return Status::OK();
}

Status ValueScanPlan::ScanNode(const Node& node, const arrow::Array& array,
                               Columns* columns) {
  switch (node.look) {
    case Look::kNothing:
      return Status::OK();
    case Look::kNan:
      (*columns)[node.id].nan_count +=
          array.type_id() == arrow::Type::FLOAT
              ? CountNan(static_cast<const arrow::FloatArray&>(array))
              : CountNan(static_cast<const arrow::DoubleArray&>(array));
      return Status::OK();
    case Look::kRange:
      (*columns)[node.id].range.Add(array);
      return Status::OK();
    case Look::kLongValues:
      if (array.type_id() != arrow::Type::DICTIONARY) {  // which has short texts only
        (*columns)[node.id].range.AddLong(array);
      }
      return Status::OK();
    case Look::kChildren:
      break;
  }
  // Flattening leaves out what null rows cover; it copies only when there are such rows.
  std::shared_ptr<arrow::Array> rows;
  if (node.is_list) {
    ARROW_ASSIGN_OR_RAISE(rows, static_cast<const arrow::ListArray&>(array).Flatten());
    if (array.type_id() == arrow::Type::LIST) {
      return ScanNode(node.children[0], *rows, columns);
    }
  }
  const auto& fields =
      static_cast<const arrow::StructArray&>(node.is_list ? *rows : array);
  for (size_t i = 0; i < node.children.size(); ++i) {
    if (node.children[i].look == Look::kNothing) {
      continue;
    }
    ARROW_ASSIGN_OR_RAISE(const auto child,
                          fields.GetFlattenedField(static_cast<int>(i)));
    ARROW_RETURN_NOT_OK(ScanNode(node.children[i], *child, columns));
  }
  return Status::OK();
}

}  // namespace tarn::storage
