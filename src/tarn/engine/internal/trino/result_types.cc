#include "tarn/engine/internal/trino/result_types.h"

#include <fmt/format.h>

#include "tarn/engine/internal/trino/literals.h"
#include "tarn/engine/internal/trino/types.h"
#include "tarn/engine/internal/trino_functions/zoned_type.h"

namespace tarn::engine::trino {
namespace {

namespace node = sql::node;

constexpr char kDayInterval[] = "INTERVAL DAY TO SECOND";
constexpr char kYearInterval[] = "INTERVAL YEAR TO MONTH";

size_t CodePoints(const std::string& text) {
  size_t count = 0;
  for (const char c : text) {
    count += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U ? 1 : 0;
  }
  return count;
}

std::string TypeOfLiteral(const node::TypedLiteral& literal) {
  sql::TypeName type = literal.type;
  const bool is_time = type.name == "timestamp" || type.name == "time";
  const TimeText time = LookAtTime(literal.value);
  if (is_time && type.arguments.empty()) {
    type.arguments = {time.precision};
  }
  if (is_time && time.has_zone) {
    type.name += " with time zone";
  }
  if (type.name == "char" && type.arguments.empty()) {
    type.arguments = {static_cast<int32_t>(CodePoints(literal.value))};
  }
  if (type.name == "decimal" && type.arguments.empty()) {
    const auto value = DecimalValue(literal.value);
    return value.ok() ? NameOf(value->type()) : std::string();
  }
  return NameOf(type);
}

std::string TypeOfSpecial(const node::SpecialValue& value) {
  const int32_t precision = value.precision.value_or(3);
  if (value.name == "current_timestamp") {
    return fmt::format("timestamp({}) with time zone", precision);
  }
  if (value.name == "localtimestamp") {
    return fmt::format("timestamp({})", precision);
  }
  if (value.name == "current_time") {
    return fmt::format("time({}) with time zone", precision);
  }
  return value.name == "localtime" ? fmt::format("time({})", precision) : std::string();
}

std::string TextOf(const sql::ExpressionPtr& expression) {
  const auto* text = std::get_if<node::String>(&expression->node);
  return text == nullptr ? std::string() : text->value;
}

/// The zone that an expression of constants says its instant is shown in.
std::string WrittenZone(const sql::Expression& expression) {
  if (const auto* zoned = std::get_if<node::AtTimeZone>(&expression.node)) {
    return TextOf(zoned->zone);
  }
  if (const auto* literal = std::get_if<node::TypedLiteral>(&expression.node)) {
    const bool has_zone =
        literal->type.name == "timestamp" && LookAtTime(literal->value).has_zone;
    const size_t blank = literal->value.rfind(' ');
    return has_zone && blank != std::string::npos ? literal->value.substr(blank + 1)
                                                  : std::string();
  }
  const auto* call = std::get_if<node::Call>(&expression.node);
  if (call == nullptr || call->arguments.size() != 2) {
    return {};
  }
  const std::string& name = call->name.back().text;
  const bool names_zone =
      name == "with_timezone" || name == "at_timezone" || name == "from_unixtime";
  return names_zone ? TextOf(call->arguments[1].value) : std::string();
}

}  // namespace

std::string WrittenType(const sql::Expression& expression) {
  if (std::holds_alternative<node::Null>(expression.node)) {
    return "unknown";
  }
  if (const auto* text = std::get_if<node::String>(&expression.node)) {
    return fmt::format("varchar({})", CodePoints(text->value));
  }
  if (const auto* literal = std::get_if<node::TypedLiteral>(&expression.node)) {
    return TypeOfLiteral(*literal);
  }
  if (const auto* interval = std::get_if<node::Interval>(&expression.node)) {
    const bool is_year = interval->from == "year" || interval->from == "month";
    return is_year ? kYearInterval : kDayInterval;
  }
  if (const auto* cast = std::get_if<node::Cast>(&expression.node)) {
    return NameOf(cast->type);
  }
  if (const auto* value = std::get_if<node::SpecialValue>(&expression.node)) {
    return TypeOfSpecial(*value);
  }
  if (const auto* call = std::get_if<node::Call>(&expression.node)) {
    return call->name.back().text == "now" ? "timestamp(3) with time zone" : "";
  }
  return {};
}

std::vector<TrinoColumn> WrittenColumns(const sql::Query& query) {
  std::vector<TrinoColumn> columns;
  if (const auto* inner = std::get_if<sql::QueryPtr>(&query.body)) {
    return WrittenColumns(**inner);
  }
  const auto* select = std::get_if<sql::Select>(&query.body);
  if (select == nullptr) {
    return {};
  }
  for (const sql::SelectItem& item : select->items) {
    if (item.is_all || item.value == nullptr) {
      return {};
    }
    columns.push_back(
        {.type = WrittenType(*item.value), .zone = WrittenZone(*item.value)});
  }
  return columns;
}

std::vector<TrinoColumn> ResultColumns(duckdb::ClientContext& context,
                                       const std::vector<TrinoColumn>& written,
                                       const duckdb::vector<duckdb::LogicalType>& types) {
  std::vector<TrinoColumn> columns;
  for (size_t i = 0; i < types.size(); ++i) {
    TrinoColumn column = written.size() == types.size() ? written[i] : TrinoColumn();
    const bool is_written = !column.type.empty();
    if (!is_written) {
      column.type = NameOf(types[i]);
    }
    if (!is_written && types[i].id() == duckdb::LogicalTypeId::INTERVAL) {
      column.type = kDayInterval;
    }
    if (types[i].id() != duckdb::LogicalTypeId::TIMESTAMP_TZ) {
      column.zone.clear();
    } else if (column.zone.empty()) {
      column.zone = ZoneOfType(context, types[i]);
    }
    columns.push_back(std::move(column));
  }
  return columns;
}

}  // namespace tarn::engine::trino
