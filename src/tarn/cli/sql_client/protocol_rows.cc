#include "tarn/cli/sql_client/protocol_rows.h"

#include <limits>
#include <string>
#include <vector>

#include <arrow/builder.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/util/decimal.h>
#include <nlohmann/json.hpp>

#include "tarn/base/digest.h"
#include "tarn/base/error.h"
#include "tarn/cli/sql_client/time_values.h"
#include "tarn/gateway/trino/trino_type.h"

namespace tarn::cli {
namespace {

using gateway::trino::TrinoType;
using json = nlohmann::ordered_json;  // entries of maps stay in order

constexpr int32_t kDigitsMax = 9;  // of a second, that Arrow's units have

arrow::TimeUnit::type UnitOf(int32_t digits) {
  if (digits <= 0) {
    return arrow::TimeUnit::SECOND;
  }
  if (digits <= 3) {
    return arrow::TimeUnit::MILLI;
  }
  return digits <= 6 ? arrow::TimeUnit::MICRO : arrow::TimeUnit::NANO;
}

int64_t TicksPerSecond(arrow::TimeUnit::type unit) {
  constexpr int64_t kTicks[] = {1, 1'000, 1'000'000, 1'000'000'000};
  return kTicks[static_cast<size_t>(unit)];
}

std::shared_ptr<arrow::DataType> ArrowTypeOf(const TrinoType& type);

std::shared_ptr<arrow::DataType> TimeTypeOf(const TrinoType& type) {
  const int32_t digits = type.SecondDigits();
  const arrow::TimeUnit::type unit = UnitOf(digits);
  if (digits > kDigitsMax) {
    return arrow::utf8();
  }
  if (type.name == "time") {
    const bool is_small =
        unit == arrow::TimeUnit::SECOND || unit == arrow::TimeUnit::MILLI;
    return is_small ? arrow::time32(unit) : arrow::time64(unit);
  }
  if (type.name == "timestamp") {
    return arrow::timestamp(unit);
  }
  return type.name == "timestamp with time zone" ? arrow::timestamp(unit, "UTC")
                                                 : arrow::utf8();
}

std::shared_ptr<arrow::DataType> NestedTypeOf(const TrinoType& type) {
  if (type.name == "array" && type.types.size() == 1) {
    return arrow::list(ArrowTypeOf(type.types.front()));
  }
  if (type.name == "map" && type.types.size() == 2) {
    return arrow::map(ArrowTypeOf(type.types[0]), ArrowTypeOf(type.types[1]));
  }
  if (type.name != "row") {
    return arrow::utf8();
  }
  arrow::FieldVector fields;
  for (size_t i = 0; i < type.types.size(); ++i) {
    const bool is_named = i < type.field_names.size() && type.field_names[i].has_value();
    fields.push_back(
        arrow::field(is_named ? *type.field_names[i] : "field" + std::to_string(i),
                     ArrowTypeOf(type.types[i])));
  }
  return arrow::struct_(fields);
}

std::shared_ptr<arrow::DataType> ArrowTypeOf(const TrinoType& type) {
  const std::pair<std::string_view, std::shared_ptr<arrow::DataType>> plain[] = {
      {"boolean", arrow::boolean()}, {"tinyint", arrow::int8()},
      {"smallint", arrow::int16()},  {"integer", arrow::int32()},
      {"bigint", arrow::int64()},    {"real", arrow::float32()},
      {"double", arrow::float64()},  {"date", arrow::date32()},
      {"varbinary", arrow::binary()}};
  for (const auto& [name, arrow_type] : plain) {
    if (type.name == name) {
      return arrow_type;
    }
  }
  if (type.name == "decimal" && type.numbers.size() == 2) {
    return arrow::decimal128(static_cast<int32_t>(type.numbers[0]),
                             static_cast<int32_t>(type.numbers[1]));
  }
  if (type.name.starts_with("time")) {
    return TimeTypeOf(type);
  }
  return NestedTypeOf(type);
}

Status Unexpected(const json& value, const arrow::DataType& type) {
  constexpr size_t kShown = 80;
  return MakeError(
      ErrorCode::kInvalidData,
      "The server sent a value that is no " + type.ToString() + ": " +
          value.dump(-1, ' ', false, json::error_handler_t::replace).substr(0, kShown));
}

Status AppendValue(const json& value, arrow::ArrayBuilder* builder);

template <typename Builder>
Status AppendInteger(const json& value, arrow::ArrayBuilder* builder) {
  using Number = typename Builder::value_type;
  if (!value.is_number_integer()) {
    return Unexpected(value, *builder->type());
  }
  const auto number = value.get<int64_t>();
  if (number < std::numeric_limits<Number>::min() ||
      number > std::numeric_limits<Number>::max()) {
    return Unexpected(value, *builder->type());
  }
  return static_cast<Builder*>(builder)->Append(static_cast<Number>(number));
}

template <typename Builder>
Status AppendFloat(const json& value, arrow::ArrayBuilder* builder) {
  using Number = typename Builder::value_type;
  auto* const floats = static_cast<Builder*>(builder);
  if (value.is_number()) {
    return floats->Append(static_cast<Number>(value.get<double>()));
  }
  if (value == "NaN") {
    return floats->Append(std::numeric_limits<Number>::quiet_NaN());
  }
  constexpr Number kInfinity = std::numeric_limits<Number>::infinity();
  if (value == "Infinity" || value == "-Infinity") {
    return floats->Append(value == "Infinity" ? kInfinity : -kInfinity);
  }
  return Unexpected(value, *builder->type());
}

Status AppendTime(const json& value, arrow::ArrayBuilder* builder) {
  if (!value.is_string()) {
    return Unexpected(value, *builder->type());
  }
  const auto& text = value.get_ref<const std::string&>();
  const arrow::DataType& type = *builder->type();
  switch (type.id()) {
    case arrow::Type::DATE32: {
      ARROW_ASSIGN_OR_RAISE(const int32_t days, DaysOfDate(text));
      return static_cast<arrow::Date32Builder*>(builder)->Append(days);
    }
    case arrow::Type::TIMESTAMP: {
      const auto unit = static_cast<const arrow::TimestampType&>(type).unit();
      ARROW_ASSIGN_OR_RAISE(const int64_t ticks,
                            TicksOfTimestamp(text, TicksPerSecond(unit)));
      return static_cast<arrow::TimestampBuilder*>(builder)->Append(ticks);
    }
    default: {
      const auto unit = static_cast<const arrow::TimeType&>(type).unit();
      ARROW_ASSIGN_OR_RAISE(const int64_t ticks, TicksOfTime(text, TicksPerSecond(unit)));
      if (type.id() == arrow::Type::TIME32) {
        return static_cast<arrow::Time32Builder*>(builder)->Append(
            static_cast<int32_t>(ticks));
      }
      return static_cast<arrow::Time64Builder*>(builder)->Append(ticks);
    }
  }
}

Status AppendDecimal(const json& value, arrow::ArrayBuilder* builder) {
  if (!value.is_string()) {
    return Unexpected(value, *builder->type());
  }
  const auto& type = static_cast<const arrow::Decimal128Type&>(*builder->type());
  arrow::Decimal128 number;
  int32_t precision = 0;
  int32_t scale = 0;
  RETURN_NOT_OK(arrow::Decimal128::FromString(value.get_ref<const std::string&>(),
                                              &number, &precision, &scale));
  ARROW_ASSIGN_OR_RAISE(const arrow::Decimal128 scaled,
                        number.Rescale(scale, type.scale()));
  return static_cast<arrow::Decimal128Builder*>(builder)->Append(scaled);
}

Status AppendBinary(const json& value, arrow::ArrayBuilder* builder) {
  if (!value.is_string()) {
    return Unexpected(value, *builder->type());
  }
  ARROW_ASSIGN_OR_RAISE(const std::string bytes,
                        Base64Decode(value.get_ref<const std::string&>()));
  return static_cast<arrow::BinaryBuilder*>(builder)->Append(bytes);
}

Status AppendText(const json& value, arrow::ArrayBuilder* builder) {
  auto* const texts = static_cast<arrow::StringBuilder*>(builder);
  return value.is_string()
             ? texts->Append(value.get_ref<const std::string&>())
             : texts->Append(value.dump(-1, ' ', false, json::error_handler_t::replace));
}

Status AppendList(const json& value, arrow::ArrayBuilder* builder) {
  if (!value.is_array()) {
    return Unexpected(value, *builder->type());
  }
  auto* const list = static_cast<arrow::ListBuilder*>(builder);
  RETURN_NOT_OK(list->Append());
  for (const json& item : value) {
    RETURN_NOT_OK(AppendValue(item, list->value_builder()));
  }
  return Status::OK();
}

/// Keys come as texts, whatever their type.
json KeyOf(const std::string& text, const arrow::DataType& type) {
  const bool is_number = arrow::is_integer(type.id()) || arrow::is_floating(type.id());
  if (is_number || type.id() == arrow::Type::BOOL) {
    json value = json::parse(text, nullptr, /*allow_exceptions=*/false);
    return value.is_discarded() ? json(text) : value;
  }
  return text;
}

Status AppendMap(const json& value, arrow::ArrayBuilder* builder) {
  if (!value.is_object()) {
    return Unexpected(value, *builder->type());
  }
  auto* const map = static_cast<arrow::MapBuilder*>(builder);
  RETURN_NOT_OK(map->Append());
  for (const auto& [key, item] : value.items()) {
    RETURN_NOT_OK(
        AppendValue(KeyOf(key, *map->key_builder()->type()), map->key_builder()));
    RETURN_NOT_OK(AppendValue(item, map->item_builder()));
  }
  return Status::OK();
}

Status AppendRow(const json& value, arrow::ArrayBuilder* builder) {
  auto* const row = static_cast<arrow::StructBuilder*>(builder);
  if (!value.is_array() || value.size() != static_cast<size_t>(row->num_fields())) {
    return Unexpected(value, *builder->type());
  }
  RETURN_NOT_OK(row->Append());
  for (int i = 0; i < row->num_fields(); ++i) {
    RETURN_NOT_OK(AppendValue(value[static_cast<size_t>(i)], row->field_builder(i)));
  }
  return Status::OK();
}

Status AppendValue(const json& value, arrow::ArrayBuilder* builder) {
  if (value.is_null()) {
    return builder->AppendNull();
  }
  switch (builder->type()->id()) {
    case arrow::Type::BOOL:
      return value.is_boolean()
                 ? static_cast<arrow::BooleanBuilder*>(builder)->Append(value.get<bool>())
                 : Unexpected(value, *builder->type());
    case arrow::Type::INT8:
      return AppendInteger<arrow::Int8Builder>(value, builder);
    case arrow::Type::INT16:
      return AppendInteger<arrow::Int16Builder>(value, builder);
    case arrow::Type::INT32:
      return AppendInteger<arrow::Int32Builder>(value, builder);
    case arrow::Type::INT64:
      return AppendInteger<arrow::Int64Builder>(value, builder);
    case arrow::Type::FLOAT:
      return AppendFloat<arrow::FloatBuilder>(value, builder);
    case arrow::Type::DOUBLE:
      return AppendFloat<arrow::DoubleBuilder>(value, builder);
    case arrow::Type::DATE32:
    case arrow::Type::TIME32:
    case arrow::Type::TIME64:
    case arrow::Type::TIMESTAMP:
      return AppendTime(value, builder);
    case arrow::Type::DECIMAL128:
      return AppendDecimal(value, builder);
    case arrow::Type::BINARY:
      return AppendBinary(value, builder);
    case arrow::Type::LIST:
      return AppendList(value, builder);
    case arrow::Type::MAP:
      return AppendMap(value, builder);
    case arrow::Type::STRUCT:
      return AppendRow(value, builder);
    default:
      return AppendText(value, builder);
  }
}

}  // namespace

Result<std::shared_ptr<arrow::Schema>> SchemaOfColumns(const json& columns) {
  arrow::FieldVector fields;
  for (const json& column : columns) {
    const bool is_whole = column.is_object() && column.contains("name") &&
                          column.contains("type") && column["name"].is_string() &&
                          column["type"].is_string();
    if (!is_whole) {
      return MakeError(ErrorCode::kInvalidData,
                       "The server sent a column without a name or type");
    }
    const auto& name = column["type"].get_ref<const std::string&>();
    const Result<TrinoType> type = gateway::trino::ParseTrinoType(name);
    fields.push_back(arrow::field(column["name"].get<std::string>(),
                                  type.ok() ? ArrowTypeOf(*type) : arrow::utf8()));
  }
  return arrow::schema(std::move(fields));
}

Result<std::shared_ptr<arrow::RecordBatch>> BatchOfRows(
    const std::shared_ptr<arrow::Schema>& schema, const json& rows) {
  const auto width = static_cast<size_t>(schema->num_fields());
  std::vector<std::unique_ptr<arrow::ArrayBuilder>> builders(width);
  for (size_t i = 0; i < width; ++i) {
    RETURN_NOT_OK(arrow::MakeBuilder(arrow::default_memory_pool(),
                                     schema->field(static_cast<int>(i))->type(),
                                     &builders[i]));
  }
  for (const json& row : rows) {
    if (!row.is_array() || row.size() != width) {
      return MakeError(ErrorCode::kInvalidData,
                       "The server sent a row that does not fit its columns");
    }
    for (size_t i = 0; i < width; ++i) {
      RETURN_NOT_OK(AppendValue(row[i], builders[i].get()));
    }
  }
  arrow::ArrayVector arrays(width);
  for (size_t i = 0; i < width; ++i) {
    RETURN_NOT_OK(builders[i]->Finish(&arrays[i]));
  }
  return arrow::RecordBatch::Make(schema, static_cast<int64_t>(rows.size()),
                                  std::move(arrays));
}

}  // namespace tarn::cli
