#include "tarn/storage/internal/variant_rows.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/compute/cast.h>
#include <arrow/type.h>
#include <arrow/util/bitmap_ops.h>

#include "tarn/base/error.h"
#include "tarn/storage/internal/coerce.h"
#include "tarn/storage/internal/variant_bytes.h"

namespace tarn::storage {
namespace {

using ArrayPtr = std::shared_ptr<arrow::Array>;

/// A pair of columns `value` and `typed_value`, either of which may be missing.
struct Shredded {
  std::shared_ptr<arrow::BinaryArray> value;
  ArrayPtr typed;
  std::vector<std::pair<std::string, Shredded>> fields = {};  // of an object
  std::shared_ptr<arrow::ListArray> list = nullptr;           // of an array
  std::vector<Shredded> element = {};                         // one, of an array
};

Result<std::shared_ptr<arrow::BinaryArray>> AsBinary(const ArrayPtr& array) {
  if (array == nullptr) {
    return nullptr;
  }
  ARROW_ASSIGN_OR_RAISE(const ArrayPtr binary, CoerceArray(array, arrow::binary()));
  return std::static_pointer_cast<arrow::BinaryArray>(binary);
}

Result<Shredded> ShreddedOf(const arrow::StructArray& pair) {
  Shredded result;
  ARROW_ASSIGN_OR_RAISE(result.value, AsBinary(pair.GetFieldByName("value")));
  result.typed = pair.GetFieldByName("typed_value");
  if (result.typed == nullptr) {
    return result;
  }
  if (result.typed->type_id() == arrow::Type::STRUCT) {
    const auto& object = static_cast<const arrow::StructArray&>(*result.typed);
    for (int i = 0; i < object.num_fields(); ++i) {
      const ArrayPtr field = object.field(i);
      const std::string& name = object.type()->field(i)->name();
      if (field->type_id() != arrow::Type::STRUCT) {
        return MakeError(ErrorCode::kInvalidData, "Not a shredded variant: its field " +
                                                      name + " is " +
                                                      field->type()->ToString());
      }
      ARROW_ASSIGN_OR_RAISE(Shredded child,
                            ShreddedOf(static_cast<const arrow::StructArray&>(*field)));
      result.fields.emplace_back(name, std::move(child));
    }
  } else if (arrow::is_list_like(result.typed->type_id())) {
    const auto element_field = result.typed->type()->field(0);
    if (element_field->type()->id() != arrow::Type::STRUCT) {
      return MakeError(ErrorCode::kInvalidData,
                       "Not a shredded variant: the elements of an array are " +
                           element_field->type()->ToString());
    }
    ARROW_ASSIGN_OR_RAISE(
        const ArrayPtr list,
        arrow::compute::Cast(*result.typed, arrow::list(element_field)));
    result.list = std::static_pointer_cast<arrow::ListArray>(list);
    ARROW_ASSIGN_OR_RAISE(
        Shredded element,
        ShreddedOf(static_cast<const arrow::StructArray&>(*result.list->values())));
    result.element.push_back(std::move(element));
  }
  return result;
}

template <typename Number>
std::string Plain(VariantPrimitive type, Number number) {
  std::string out(1, VariantHeader(type));
  char bytes[sizeof(Number)];
  std::memcpy(bytes, &number, sizeof(Number));  // little-endian, as we are
  out.append(bytes, sizeof(Number));
  return out;
}

std::string Decimal(const arrow::Decimal128Array& array, int64_t row) {
  const auto& type = static_cast<const arrow::Decimal128Type&>(*array.type());
  const bool four = type.precision() <= 9;
  const bool eight = type.precision() <= 18;
  std::string out(1, VariantHeader(four    ? VariantPrimitive::kDecimal4
                                   : eight ? VariantPrimitive::kDecimal8
                                           : VariantPrimitive::kDecimal16));
  out.push_back(static_cast<char>(type.scale()));
  const size_t size = four ? 4 : eight ? 8 : 16;
  out.append(reinterpret_cast<const char*>(array.GetValue(row)), size);
  return out;
}

/// nullopt for units that variants do not have.
std::optional<VariantPrimitive> TimestampOf(const arrow::DataType& type) {
  const auto& timestamp = static_cast<const arrow::TimestampType&>(type);
  const bool utc = !timestamp.timezone().empty();
  switch (timestamp.unit()) {
    case arrow::TimeUnit::NANO:
      return utc ? VariantPrimitive::kTimestampTzNs : VariantPrimitive::kTimestampNs;
    case arrow::TimeUnit::MICRO:
      return utc ? VariantPrimitive::kTimestampTz : VariantPrimitive::kTimestamp;
    default:
      return std::nullopt;
  }
}

std::string Bytes(std::string_view bytes) {
  std::string out = Plain(VariantPrimitive::kBinary, static_cast<uint32_t>(bytes.size()));
  return out.append(bytes);
}

/// A value of a primitive `typed_value` column that is not null.
Result<std::string> Primitive(const arrow::Array& array, int64_t row) {
  const arrow::ArrayData& data = *array.data();
  switch (array.type_id()) {
    case arrow::Type::BOOL: {
      const bool flag = static_cast<const arrow::BooleanArray&>(array).Value(row);
      return std::string(
          1, VariantHeader(flag ? VariantPrimitive::kTrue : VariantPrimitive::kFalse));
    }
    case arrow::Type::INT8:
      return Plain(VariantPrimitive::kInt8, data.GetValues<int8_t>(1)[row]);
    case arrow::Type::INT16:
      return Plain(VariantPrimitive::kInt16, data.GetValues<int16_t>(1)[row]);
    case arrow::Type::INT32:
      return Plain(VariantPrimitive::kInt32, data.GetValues<int32_t>(1)[row]);
    case arrow::Type::INT64:
      return Plain(VariantPrimitive::kInt64, data.GetValues<int64_t>(1)[row]);
    case arrow::Type::FLOAT:
      return Plain(VariantPrimitive::kFloat, data.GetValues<float>(1)[row]);
    case arrow::Type::DOUBLE:
      return Plain(VariantPrimitive::kDouble, data.GetValues<double>(1)[row]);
    case arrow::Type::DATE32:
      return Plain(VariantPrimitive::kDate, data.GetValues<int32_t>(1)[row]);
    case arrow::Type::TIME64:
      if (static_cast<const arrow::TimeType&>(*array.type()).unit() ==
          arrow::TimeUnit::MICRO) {
        return Plain(VariantPrimitive::kTime, data.GetValues<int64_t>(1)[row]);
      }
      break;
    case arrow::Type::TIMESTAMP:
      if (const auto type = TimestampOf(*array.type())) {
        return Plain(*type, data.GetValues<int64_t>(1)[row]);
      }
      break;
    case arrow::Type::DECIMAL128:
      return Decimal(static_cast<const arrow::Decimal128Array&>(array), row);
    case arrow::Type::STRING:
      return VariantString(static_cast<const arrow::StringArray&>(array).GetView(row));
    case arrow::Type::BINARY:
      return Bytes(static_cast<const arrow::BinaryArray&>(array).GetView(row));
    case arrow::Type::FIXED_SIZE_BINARY: {
      const auto& fixed = static_cast<const arrow::FixedSizeBinaryArray&>(array);
      if (fixed.byte_width() == 16) {
        return std::string(1, VariantHeader(VariantPrimitive::kUuid))
            .append(fixed.GetView(row));
      }
      break;
    }
    default:
      break;
  }
  return MakeError(ErrorCode::kNotSupported,
                   "Variants have no values of type " + array.type()->ToString());
}

/// The value at `row`; nullopt if both parts are null.
Result<std::optional<std::string>> ValueOf(const Shredded& pair, int64_t row,
                                           const VariantNames& names) {
  const bool has_value = pair.value != nullptr && pair.value->IsValid(row);
  const bool has_typed = pair.typed != nullptr && pair.typed->IsValid(row);
  if (!has_typed) {
    return has_value ? std::optional(std::string(pair.value->GetView(row)))
                     : std::nullopt;
  }
  if (pair.list != nullptr) {
    std::vector<std::string> elements;
    for (int64_t i = pair.list->value_offset(row); i < pair.list->value_offset(row + 1);
         ++i) {
      ARROW_ASSIGN_OR_RAISE(auto element, ValueOf(pair.element[0], i, names));
      elements.push_back(element.has_value()
                             ? *std::move(element)
                             : std::string(1, VariantHeader(VariantPrimitive::kNull)));
    }
    return VariantArray(elements);
  }
  if (pair.typed->type_id() != arrow::Type::STRUCT) {
    return Primitive(*pair.typed, row);
  }
  VariantFields fields;
  for (const auto& [name, child] : pair.fields) {
    ARROW_ASSIGN_OR_RAISE(auto value, ValueOf(child, row, names));
    if (value.has_value()) {
      ARROW_ASSIGN_OR_RAISE(const uint32_t number, names.NumberOf(name));
      fields.emplace_back(number, *std::move(value));
    }
  }
  if (has_value) {  // what the typed part has no columns for
    ARROW_ASSIGN_OR_RAISE(VariantFields rest,
                          VariantObjectFields(pair.value->GetView(row)));
    for (auto& field : rest) {
      if (field.first >= names.size()) {
        return MakeError(ErrorCode::kInvalidData,
                         "Not a variant: its metadata has no name of number " +
                             std::to_string(field.first));
      }
      const bool is_typed = std::any_of(
          pair.fields.begin(), pair.fields.end(),
          [&](const auto& typed) { return typed.first == names[field.first]; });
      if (!is_typed) {
        fields.push_back(std::move(field));
      }
    }
  }
  return VariantObject(std::move(fields), names);
}

}  // namespace

Result<ArrayPtr> UnshredVariants(const ArrayPtr& shredded,
                                 const std::shared_ptr<arrow::DataType>& target) {
  const auto& rows = static_cast<const arrow::StructArray&>(*shredded);
  ARROW_ASSIGN_OR_RAISE(const auto metadata, AsBinary(rows.GetFieldByName("metadata")));
  if (metadata == nullptr) {
    return MakeError(ErrorCode::kInvalidData, "Not a variant: it has no metadata");
  }
  ARROW_ASSIGN_OR_RAISE(const Shredded pair, ShreddedOf(rows));
  arrow::BinaryBuilder metadata_out;
  arrow::BinaryBuilder value_out;
  for (int64_t row = 0; row < rows.length(); ++row) {
    if (rows.IsNull(row)) {
      ARROW_RETURN_NOT_OK(metadata_out.AppendEmptyValue());
      ARROW_RETURN_NOT_OK(value_out.AppendEmptyValue());
      continue;
    }
    if (metadata->IsNull(row)) {
      return MakeError(ErrorCode::kInvalidData, "Not a variant: its metadata is null");
    }
    ARROW_ASSIGN_OR_RAISE(const VariantNames names,
                          VariantNames::Parse(metadata->GetView(row)));
    ARROW_ASSIGN_OR_RAISE(auto value, ValueOf(pair, row, names));
    ARROW_RETURN_NOT_OK(metadata_out.Append(metadata->GetView(row)));
    ARROW_RETURN_NOT_OK(value_out.Append(
        value.value_or(std::string(1, VariantHeader(VariantPrimitive::kNull)))));
  }
  arrow::ArrayVector parts;
  for (arrow::BinaryBuilder* builder : {&metadata_out, &value_out}) {
    ARROW_ASSIGN_OR_RAISE(auto part, builder->Finish());
    parts.push_back(std::move(part));
  }
  std::shared_ptr<arrow::Buffer> validity;
  if (rows.null_count() > 0) {
    ARROW_ASSIGN_OR_RAISE(
        validity,
        arrow::internal::CopyBitmap(arrow::default_memory_pool(), rows.null_bitmap_data(),
                                    rows.offset(), rows.length()));
  }
  return std::make_shared<arrow::StructArray>(target, rows.length(), std::move(parts),
                                              std::move(validity), rows.null_count());
}

}  // namespace tarn::storage
