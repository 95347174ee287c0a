#include "tarn/storage/arrow_schema.h"

#include <string>
#include <utility>

#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>

#include "tarn/base/error.h"

namespace tarn::storage {
namespace {

using iceberg::Field;
using iceberg::Type;
using iceberg::TypeId;

constexpr char kFieldIdKey[] = "PARQUET:field_id";

Result<std::shared_ptr<arrow::Field>> ArrowFieldOf(const Field& field) {
  ARROW_ASSIGN_OR_RAISE(auto type, ArrowTypeOf(field.type));
  return arrow::field(
      field.name, std::move(type), !field.required,
      arrow::key_value_metadata({kFieldIdKey}, {std::to_string(field.id)}));
}

Result<arrow::FieldVector> ArrowFieldsOf(const std::vector<Field>& fields) {
  arrow::FieldVector result;
  result.reserve(fields.size());
  for (const Field& field : fields) {
    ARROW_ASSIGN_OR_RAISE(auto arrow_field, ArrowFieldOf(field));
    result.push_back(std::move(arrow_field));
  }
  return result;
}

Result<std::shared_ptr<arrow::DataType>> NestedTypeOf(const Type& type) {
  ARROW_ASSIGN_OR_RAISE(arrow::FieldVector children, ArrowFieldsOf(type.fields()));
  switch (type.id()) {
    case TypeId::kList:
      return arrow::list(children[0]);
    case TypeId::kMap:
      return std::make_shared<arrow::MapType>(children[0]->WithNullable(false),
                                              children[1],
                                              /*keys_sorted=*/false);
    default:
      return arrow::struct_(children);
  }
}

}  // namespace

Result<std::shared_ptr<arrow::DataType>> ArrowTypeOf(const Type& type) {
  switch (type.id()) {
    case TypeId::kBoolean:
      return arrow::boolean();
    case TypeId::kInt:
      return arrow::int32();
    case TypeId::kLong:
      return arrow::int64();
    case TypeId::kFloat:
      return arrow::float32();
    case TypeId::kDouble:
      return arrow::float64();
    case TypeId::kDecimal:
      return arrow::Decimal128Type::Make(type.precision(), type.scale());
    case TypeId::kDate:
      return arrow::date32();
    case TypeId::kTime:
      return arrow::time64(arrow::TimeUnit::MICRO);
    case TypeId::kTimestamp:
      return arrow::timestamp(arrow::TimeUnit::MICRO);
    case TypeId::kTimestampTz:
      return arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
    case TypeId::kTimestampNs:
      return arrow::timestamp(arrow::TimeUnit::NANO);
    case TypeId::kTimestampTzNs:
      return arrow::timestamp(arrow::TimeUnit::NANO, "UTC");
    case TypeId::kString:
      return arrow::utf8();
    case TypeId::kUuid:
      return arrow::fixed_size_binary(16);
    case TypeId::kFixed:
      return arrow::FixedSizeBinaryType::Make(type.length());
    case TypeId::kBinary:
    case TypeId::kGeometry:  // WKB
    case TypeId::kGeography:
      return arrow::binary();
    case TypeId::kUnknown:
      return arrow::null();
    case TypeId::kVariant:
      return arrow::struct_({arrow::field("metadata", arrow::binary(), false),
                             arrow::field("value", arrow::binary(), false)});
    case TypeId::kStruct:
    case TypeId::kList:
    case TypeId::kMap:
      return NestedTypeOf(type);
  }
  return MakeError(ErrorCode::kInternal, "A type without a column: " + type.ToString());
}

Result<std::shared_ptr<arrow::Schema>> ArrowSchemaOf(const iceberg::Schema& schema) {
  arrow::FieldVector fields;
  fields.reserve(schema.fields().size());
  for (const Field& field : schema.fields()) {
    auto arrow_field = ArrowFieldOf(field);
    if (!arrow_field.ok()) {
      return WithContext("Column " + field.name + ": ", arrow_field.status());
    }
    fields.push_back(*std::move(arrow_field));
  }
  return arrow::schema(std::move(fields));
}

}  // namespace tarn::storage
