#include "tarn/table/internal/value_builder.h"

#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_decimal.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/type.h>
#include <arrow/util/decimal.h>
#include <arrow/util/key_value_metadata.h>

#include "tarn/base/error.h"
#include "tarn/storage/arrow_schema.h"

namespace tarn::table::internal {
namespace {

using iceberg::TypeId;

template <typename Builder, typename Cell>
Status AppendCell(const iceberg::Type& type, const iceberg::Value& value,
                  arrow::ArrayBuilder& builder) {
  const Cell* cell = std::get_if<Cell>(&value);
  if (cell == nullptr) {
    return MakeError(ErrorCode::kInvalidData,
                     "Value is not of its column's type: " + type.ToString());
  }
  return static_cast<Builder&>(builder).Append(*cell);
}

Status AppendDecimal(const iceberg::Type& type, const iceberg::Value& value,
                     arrow::ArrayBuilder& builder) {
  const auto* unscaled = std::get_if<iceberg::int128_t>(&value);
  if (unscaled == nullptr) {
    return MakeError(ErrorCode::kInvalidData,
                     "Value is not of its column's type: " + type.ToString());
  }
  const arrow::Decimal128 decimal(static_cast<int64_t>(*unscaled >> 64),
                                  static_cast<uint64_t>(*unscaled));
  return static_cast<arrow::Decimal128Builder&>(builder).Append(decimal);
}

Status AppendFixed(const iceberg::Value& value, arrow::ArrayBuilder& builder) {
  auto& fixed = static_cast<arrow::FixedSizeBinaryBuilder&>(builder);
  const auto* bytes = std::get_if<std::string>(&value);
  if (bytes == nullptr || bytes->size() != static_cast<size_t>(fixed.byte_width())) {
    return fixed.AppendNull();  // bounds of fixed columns may be cut
  }
  return fixed.Append(*bytes);
}

}  // namespace

std::shared_ptr<arrow::Field> ValueField(const std::string& name,
                                         const iceberg::Type& type) {
  auto arrow_type = type.is_primitive()
                        ? storage::ArrowTypeOf(type)
                        : Result<std::shared_ptr<arrow::DataType>>(arrow::binary());
  auto field = arrow::field(name, arrow_type.ok() ? *arrow_type : arrow::binary(),
                            /*nullable=*/true);
  if (type.id() != TypeId::kUuid) {
    return field;
  }
  return field->WithMetadata(arrow::key_value_metadata(
      {"ARROW:extension:name", "ARROW:extension:metadata"}, {"arrow.uuid", ""}));
}

Status AppendValue(const iceberg::Type& type, const iceberg::Value& value,
                   arrow::ArrayBuilder& builder) {
  if (iceberg::IsNull(value)) {
    return builder.AppendNull();
  }
  switch (builder.type()->id()) {
    case arrow::Type::BOOL:
      return AppendCell<arrow::BooleanBuilder, bool>(type, value, builder);
    case arrow::Type::INT32:
      return AppendCell<arrow::Int32Builder, int32_t>(type, value, builder);
    case arrow::Type::DATE32:
      return AppendCell<arrow::Date32Builder, int32_t>(type, value, builder);
    case arrow::Type::INT64:
      return AppendCell<arrow::Int64Builder, int64_t>(type, value, builder);
    case arrow::Type::TIME64:
      return AppendCell<arrow::Time64Builder, int64_t>(type, value, builder);
    case arrow::Type::TIMESTAMP:
      return AppendCell<arrow::TimestampBuilder, int64_t>(type, value, builder);
    case arrow::Type::FLOAT:
      return AppendCell<arrow::FloatBuilder, float>(type, value, builder);
    case arrow::Type::DOUBLE:
      return AppendCell<arrow::DoubleBuilder, double>(type, value, builder);
    case arrow::Type::DECIMAL128:
      return AppendDecimal(type, value, builder);
    case arrow::Type::STRING:
      return AppendCell<arrow::StringBuilder, std::string>(type, value, builder);
    case arrow::Type::FIXED_SIZE_BINARY:
      return AppendFixed(value, builder);
    case arrow::Type::BINARY:
      return AppendCell<arrow::BinaryBuilder, std::string>(type, value, builder);
    default:
      return builder.AppendNull();
  }
}

}  // namespace tarn::table::internal
