#include "tarn/engine/internal/trino/result_types.h"

#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "tarn/engine/internal/trino/literals.h"
#include "tarn/engine/internal/trino/types.h"
#include "tarn/engine/internal/trino_functions/interval_type.h"
#include "tarn/engine/internal/trino_functions/value_text.h"
#include "tarn/engine/internal/trino_functions/zoned_type.h"

namespace tarn::engine::trino {
namespace {

namespace node = sql::node;

constexpr char kDayInterval[] = "INTERVAL DAY TO SECOND";
constexpr char kYearInterval[] = "INTERVAL YEAR TO MONTH";

constexpr char kSessionZone[] = "session";  // stands for the name of the session's zone

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

/// Functions whose results are of one type, or of that of one of their arguments.
struct TypedCall {
  std::string_view name;
  std::string_view type;  // empty: that of the argument
  size_t argument = 0;
};
constexpr TypedCall kCalls[] = {
    {"now", "timestamp(3) with time zone"},
    {"from_unixtime", "timestamp(3) with time zone"},
    {"from_iso8601_timestamp", "timestamp(3) with time zone"},
    {"parse_datetime", "timestamp(3) with time zone"},
    {"date_parse", "timestamp(3)"},
    {"at_timezone", "", 0},
    {"with_timezone", "", 0},
    {"date_trunc", "", 1},
    {"date_add", "", 2},
};

/// Of a column, with or without its table's name; empty for other things.
std::string_view NameOfColumn(const sql::Expression& expression) {
  if (const auto* column = std::get_if<node::Column>(&expression.node)) {
    return column->name.text;
  }
  const auto* field = std::get_if<node::Dereference>(&expression.node);
  return field == nullptr ? std::string_view() : std::string_view(field->field.text);
}

/// Only what DuckDB's types do not have: digits of a second, and kinds of intervals.
std::string TypeOfTime(const sql::Expression& expression) {
  const std::string type = WrittenType(expression);
  const bool is_time = type.starts_with("time");
  return is_time || type == kDayInterval || type == kYearInterval ? type : std::string();
}

/// The type of a moment, shown in a zone.
std::string InZone(const std::string& type) {
  return type.empty() || type.ends_with("zone") ? type : type + " with time zone";
}

/// Of a moment of `type` and an interval, whose days have milliseconds.
std::string Shifted(const std::string& type, const std::string& interval) {
  const auto digits = DigitsOfTime(type);
  if (interval == kYearInterval || !digits || *digits >= 3) {
    return type;
  }
  return fmt::format("{}(3){}", type.substr(0, type.find('(')),
                     type.substr(type.find(')') + 1));
}

std::string TypeOfCall(const node::Call& call) {
  const std::string& name = call.name.back().text;
  for (const TypedCall& typed : kCalls) {
    if (typed.name != name) {
      continue;
    }
    if (!typed.type.empty()) {
      return std::string(typed.type);
    }
    if (typed.argument >= call.arguments.size()) {
      return {};
    }
    const std::string type = TypeOfTime(*call.arguments[typed.argument].value);
    return name.ends_with("timezone") ? InZone(type) : type;
  }
  return {};
}

/// Of an interval and something else, what the sum or the product is.
std::string TypeOfBinary(const node::Binary& binary) {
  const std::string left = TypeOfTime(*binary.left);
  const std::string right = TypeOfTime(*binary.right);
  const auto is_interval = [](const std::string& type) {
    return type == kDayInterval || type == kYearInterval;
  };
  const bool is_sum = binary.op == node::BinaryOperator::kAdd ||
                      binary.op == node::BinaryOperator::kSubtract;
  if (is_sum && is_interval(right)) {
    return is_interval(left) ? (left == right ? left : "") : Shifted(left, right);
  }
  if (is_sum && is_interval(left)) {
    return Shifted(right, left);
  }
  if (binary.op == node::BinaryOperator::kDivide) {
    return is_interval(left) ? left : std::string();
  }
  if (binary.op != node::BinaryOperator::kMultiply) {
    return {};
  }
  return is_interval(left) ? left : is_interval(right) ? right : std::string();
}

std::string TextOf(const sql::ExpressionPtr& expression) {
  const auto* text = std::get_if<node::String>(&expression->node);
  return text == nullptr ? std::string() : text->value;
}

/// A written integer of a few digits.
std::optional<int32_t> WholeNumber(const sql::Expression& expression) {
  if (const auto* unary = std::get_if<node::Unary>(&expression.node)) {
    const auto size = WholeNumber(*unary->value);
    return size && unary->op == node::UnaryOperator::kMinus ? std::optional(-*size)
                                                            : std::nullopt;
  }
  const auto* integer = std::get_if<node::Integer>(&expression.node);
  if (integer == nullptr || integer->text.size() > 4) {
    return {};
  }
  const auto value = IntegerValue(integer->text);
  return value.ok() ? std::optional(value->GetValue<int32_t>()) : std::nullopt;
}

/// The zone at the end of a text; of "UTC+05:30" the offset.
std::string ZoneIn(const std::string& text) {
  std::string_view zone = LookAtTime(text).zone;
  for (const std::string_view utc : {"UTC", "GMT", "UT"}) {
    if (zone.starts_with(utc) && zone.find_first_of("+-") == utc.size()) {
      zone.remove_prefix(utc.size());
    }
  }
  return std::string(zone);
}

/// The argument whose zone is the result's.
constexpr std::pair<std::string_view, size_t> kZoneKeepers[] = {{"date_trunc", 1},
                                                                {"date_add", 2}};

/// The offset that an interval of hours and minutes stands for.
std::string ZoneOfInterval(const node::Interval& interval) {
  const auto value = IntervalValue(interval);
  if (!value.ok()) {
    return {};
  }
  const auto micros = value->GetValue<duckdb::interval_t>().micros;
  constexpr int64_t kMicrosPerSecond = 1'000'000;
  return ZoneOfOffset(static_cast<int32_t>(micros / kMicrosPerSecond));
}

/// The zone that an expression of constants says its instant is shown in.
std::string WrittenZone(const sql::Expression& expression) {
  if (const auto* binary = std::get_if<node::Binary>(&expression.node)) {
    const std::string zone = WrittenZone(*binary->left);
    const bool is_sum = binary->op == node::BinaryOperator::kAdd ||
                        binary->op == node::BinaryOperator::kSubtract;
    return !is_sum ? std::string() : zone.empty() ? WrittenZone(*binary->right) : zone;
  }
  if (const auto* zoned = std::get_if<node::AtTimeZone>(&expression.node)) {
    const auto* interval = std::get_if<node::Interval>(&zoned->zone->node);
    return interval == nullptr ? TextOf(zoned->zone) : ZoneOfInterval(*interval);
  }
  if (const auto* literal = std::get_if<node::TypedLiteral>(&expression.node)) {
    return literal->type.name == "timestamp" ? ZoneIn(literal->value) : std::string();
  }
  if (const auto* cast = std::get_if<node::Cast>(&expression.node)) {
    const std::string zone = std::holds_alternative<node::String>(cast->value->node)
                                 ? ZoneIn(TextOf(cast->value))
                                 : WrittenZone(*cast->value);
    return zone.empty() ? kSessionZone : zone;
  }
  if (std::holds_alternative<node::SpecialValue>(expression.node)) {
    return kSessionZone;
  }
  const auto* call = std::get_if<node::Call>(&expression.node);
  if (call == nullptr) {
    return {};
  }
  const std::string& name = call->name.back().text;
  for (const auto& [keeper, argument] : kZoneKeepers) {
    if (name == keeper && argument < call->arguments.size()) {
      return WrittenZone(*call->arguments[argument].value);
    }
  }
  const bool is_in_session = name == "now" || name == "from_unixtime";
  if (call->arguments.size() < 2) {
    return is_in_session ? kSessionZone : std::string();
  }
  if (name == "from_unixtime" && call->arguments.size() == 3) {
    const auto hours = WholeNumber(*call->arguments[1].value);
    const auto minutes = WholeNumber(*call->arguments[2].value);
    return hours && minutes ? ZoneOfOffset((*hours * 60 + *minutes) * 60) : std::string();
  }
  const bool names_zone =
      name == "with_timezone" || name == "at_timezone" || name == "from_unixtime";
  return names_zone ? TextOf(call->arguments[1].value) : std::string();
}

/// What stands for a "?", of any other expression itself.
const sql::Expression& WithoutParameter(
    const sql::Expression& expression,
    const std::vector<sql::ExpressionPtr>& parameters) {
  const auto* parameter = std::get_if<node::Parameter>(&expression.node);
  if (parameter == nullptr || parameter->index < 0 ||
      std::cmp_greater_equal(parameter->index, parameters.size())) {
    return expression;
  }
  return *parameters[static_cast<size_t>(parameter->index)];
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
  if (NameOfColumn(expression) == "$file_modified_time") {
    return "timestamp(3) with time zone";
  }
  if (const auto* zoned = std::get_if<node::AtTimeZone>(&expression.node)) {
    return InZone(TypeOfTime(*zoned->value));
  }
  if (const auto* binary = std::get_if<node::Binary>(&expression.node)) {
    return TypeOfBinary(*binary);
  }
  if (const auto* call = std::get_if<node::Call>(&expression.node)) {
    return TypeOfCall(*call);
  }
  return {};
}

std::optional<int32_t> DigitsOfTime(const std::string& type) {
  const size_t open = type.find('(');
  if (!type.starts_with("time") || open == std::string::npos) {
    return {};
  }
  int32_t digits = 0;
  const char* end = type.data() + type.size();
  const bool is_number =
      std::from_chars(type.data() + open + 1, end, digits).ec == std::errc();
  return is_number ? std::optional(digits) : std::nullopt;
}

std::vector<TrinoColumn> WrittenColumns(
    const sql::Query& query, const std::vector<sql::ExpressionPtr>& parameters) {
  std::vector<TrinoColumn> columns;
  if (const auto* inner = std::get_if<sql::QueryPtr>(&query.body)) {
    return WrittenColumns(**inner, parameters);
  }
  const auto* select = std::get_if<sql::Select>(&query.body);
  if (select == nullptr) {
    return {};
  }
  for (const sql::SelectItem& item : select->items) {
    if (item.is_all || item.value == nullptr) {
      return {};
    }
    const sql::Expression& value = WithoutParameter(*item.value, parameters);
    columns.push_back({.type = WrittenType(value), .zone = WrittenZone(value)});
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
      column.type = IsYearMonth(types[i]) ? kYearInterval : kDayInterval;
    }
    if (types[i].id() != duckdb::LogicalTypeId::TIMESTAMP_TZ) {
      column.zone.clear();
    } else if (column.zone == kSessionZone) {
      column.zone = ZoneOfType(context, types[i]);
    } else if (column.zone.empty()) {
      column.zone = "UTC";  // as Trino shows the instants of Iceberg's tables
    }
    columns.push_back(std::move(column));
  }
  return columns;
}

}  // namespace tarn::engine::trino
