#include <string>
#include <utility>

#include <arrow/extension_type.h>
#include <arrow/type.h>

#include "tarn/base/error.h"
#include "tarn/storage/arrow_schema.h"

namespace tarn::storage {
namespace {

using iceberg::Field;
using iceberg::Type;

constexpr int32_t kDecimalPrecisionMax = 38;
constexpr int kNestingMax = 100;  // deeper types are a mistake or an attack on our stack

struct Proposal {
  FromArrowOptions options;
  int depth = 0;
};

Result<Field> ProposeField(const arrow::Field& field, const std::string& name,
                           Proposal proposal);
Result<Type> ProposeType(const arrow::DataType& type, const Proposal& proposal);

Result<Type> ProposeDecimal(const arrow::DecimalType& type) {
  int32_t precision = type.precision();
  int32_t scale = type.scale();
  if (scale < 0) {  // Iceberg has no negative scales: the zeros become digits
    precision -= scale;
    scale = 0;
  }
  if (precision > kDecimalPrecisionMax || scale > precision) {
    return MakeError(ErrorCode::kNotSupported,
                     "Iceberg decimals have at most 38 digits, got " + type.ToString());
  }
  return Type::Decimal(precision, scale);
}

Type ProposeTimestamp(const arrow::TimestampType& type, const Proposal& proposal) {
  const bool nanos =
      type.unit() == arrow::TimeUnit::NANO && proposal.options.keep_nanoseconds;
  if (type.timezone().empty()) {
    return nanos ? Type::TimestampNs() : Type::Timestamp();
  }
  return nanos ? Type::TimestampTzNs() : Type::TimestampTz();
}

// Ids are given afterwards, over the whole schema.
Result<Type> ProposeNested(const arrow::DataType& type, const Proposal& proposal) {
  if (type.id() == arrow::Type::STRUCT) {
    std::vector<Field> fields;
    for (const auto& child : type.fields()) {
      ARROW_ASSIGN_OR_RAISE(Field field, ProposeField(*child, child->name(), proposal));
      fields.push_back(std::move(field));
    }
    return Type::Struct(std::move(fields));
  }
  if (type.id() == arrow::Type::MAP) {
    const auto& map = static_cast<const arrow::MapType&>(type);
    ARROW_ASSIGN_OR_RAISE(Field key, ProposeField(*map.key_field(), "key", proposal));
    ARROW_ASSIGN_OR_RAISE(Field value,
                          ProposeField(*map.item_field(), "value", proposal));
    return Type::Map(0, key.type, 0, value.type, value.required);
  }
  ARROW_ASSIGN_OR_RAISE(Field element, ProposeField(*type.field(0), "element", proposal));
  return Type::List(0, element.type, element.required);
}

Result<Type> ProposeExtension(const arrow::ExtensionType& type,
                              const Proposal& proposal) {
  if (type.extension_name() == "arrow.uuid") {
    return Type::Uuid();
  }
  if (type.extension_name() == "arrow.bool8") {
    return Type::Boolean();
  }
  return ProposeType(*type.storage_type(), proposal);
}

Result<Type> ProposeType(const arrow::DataType& type, const Proposal& proposal) {
  switch (type.id()) {
    case arrow::Type::BOOL:
      return Type::Boolean();
    case arrow::Type::INT8:
    case arrow::Type::INT16:
    case arrow::Type::INT32:
    case arrow::Type::UINT8:
    case arrow::Type::UINT16:
      return Type::Int();
    case arrow::Type::INT64:
    case arrow::Type::UINT32:
    case arrow::Type::DURATION:
      return Type::Long();
    case arrow::Type::UINT64:
      return Type::Decimal(20, 0);
    case arrow::Type::HALF_FLOAT:
    case arrow::Type::FLOAT:
      return Type::Float();
    case arrow::Type::DOUBLE:
      return Type::Double();
    case arrow::Type::DECIMAL32:
    case arrow::Type::DECIMAL64:
    case arrow::Type::DECIMAL128:
    case arrow::Type::DECIMAL256:
      return ProposeDecimal(static_cast<const arrow::DecimalType&>(type));
    case arrow::Type::DATE32:
    case arrow::Type::DATE64:
      return Type::Date();
    case arrow::Type::TIME32:
    case arrow::Type::TIME64:
      return Type::Time();
    case arrow::Type::TIMESTAMP:
      return ProposeTimestamp(static_cast<const arrow::TimestampType&>(type), proposal);
    case arrow::Type::STRING:
    case arrow::Type::LARGE_STRING:
    case arrow::Type::STRING_VIEW:
    case arrow::Type::NA:
      return Type::String();
    case arrow::Type::BINARY:
    case arrow::Type::LARGE_BINARY:
    case arrow::Type::BINARY_VIEW:
      return Type::Binary();
    case arrow::Type::FIXED_SIZE_BINARY:
      return Type::Fixed(
          static_cast<const arrow::FixedSizeBinaryType&>(type).byte_width());
    case arrow::Type::DICTIONARY:
      return ProposeType(*static_cast<const arrow::DictionaryType&>(type).value_type(),
                         proposal);
    case arrow::Type::EXTENSION:
      return ProposeExtension(static_cast<const arrow::ExtensionType&>(type), proposal);
    case arrow::Type::STRUCT:
    case arrow::Type::MAP:
    case arrow::Type::LIST:
    case arrow::Type::LARGE_LIST:
    case arrow::Type::FIXED_SIZE_LIST:
    case arrow::Type::LIST_VIEW:
    case arrow::Type::LARGE_LIST_VIEW:
      return ProposeNested(type, proposal);
    default:
      return MakeError(ErrorCode::kNotSupported,
                       "Iceberg has no type for " + type.ToString());
  }
}

Result<Field> ProposeField(const arrow::Field& field, const std::string& name,
                           Proposal proposal) {
  if (++proposal.depth > kNestingMax) {
    return MakeError(ErrorCode::kNotSupported,
                     "types are nested more than 100 levels deep");
  }
  auto type = ProposeType(*field.type(), proposal);
  if (!type.ok()) {
    return WithContext(name + ": ", type.status());
  }
  // A column of nulls only says nothing about its values, so that it stays optional in
  // any case.
  const bool required = !field.nullable() && field.type()->id() != arrow::Type::NA;
  return Field{.id = 0, .name = name, .type = *std::move(type), .required = required};
}

}  // namespace

Result<std::vector<Field>> FieldsFromArrow(const arrow::Schema& schema,
                                           FromArrowOptions options) {
  std::vector<Field> fields;
  fields.reserve(static_cast<size_t>(schema.num_fields()));
  for (const auto& arrow_field : schema.fields()) {
    auto field = ProposeField(*arrow_field, arrow_field->name(), {.options = options});
    if (!field.ok()) {
      return WithContext("Column ", field.status());
    }
    fields.push_back(*std::move(field));
  }
  iceberg::FieldId last_id = 0;
  return iceberg::AssignFreshIds(fields, /*first_id=*/1, &last_id);
}

}  // namespace tarn::storage
