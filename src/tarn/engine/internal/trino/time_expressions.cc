// Casts, typed literals, and what deals with time and zones.
#include <algorithm>
#include <utility>

#include <duckdb/parser/expression/cast_expression.hpp>
#include <duckdb/parser/expression/function_expression.hpp>
#include <duckdb/parser/expression/operator_expression.hpp>
#include <fmt/format.h>

#include "tarn/engine/internal/catch_duckdb.h"
#include "tarn/engine/internal/trino/cast_function.h"
#include "tarn/engine/internal/trino/literals.h"
#include "tarn/engine/internal/trino/operators.h"
#include "tarn/engine/internal/trino/result_types.h"
#include "tarn/engine/internal/trino/translator.h"
#include "tarn/engine/internal/trino/types.h"
#include "tarn/engine/internal/trino_functions/sketch_types.h"

namespace tarn::engine::trino {

using duckdb::ExpressionType;
using duckdb::LogicalType;
using duckdb::LogicalTypeId;
using duckdb::make_uniq;
using duckdb::Value;
using sql::Position;
namespace node = sql::node;
using Parsed = Translator::Parsed;
using Parseds = Translator::Parseds;

namespace {

Parsed DuckCast(LogicalType type, Parsed value) {
  return make_uniq<duckdb::CastExpression>(std::move(type), std::move(value));
}

Parsed Number(int32_t number) { return Constant(Value::INTEGER(number)); }

/// The call that casts to `type`; nullptr if there is none for it.
Parsed CastCall(const sql::TypeName& type, const LogicalType& target, Parsed value) {
  const auto function = CastFunctionOf(type, target);
  if (!function) {
    return nullptr;
  }
  Parseds arguments = List(std::move(value));
  for (const Value& extra : function->extras) {
    arguments.push_back(Constant(extra));
  }
  return Operator(function->name.c_str(), std::move(arguments));
}

bool IsOf(std::string_view text, std::string_view characters) {
  return !text.empty() && text.find_first_not_of(characters) == std::string_view::npos;
}

/// The value of a literal whose text has one meaning everywhere; unset for others.
std::optional<Value> PlainValue(const sql::node::TypedLiteral& node,
                                const LogicalType& type) {
  const bool is_date = type.id() == LogicalTypeId::DATE;
  const bool is_timestamp = node.type.name == "timestamp";
  if (!(is_date && IsOf(node.value, "0123456789-")) &&
      !(is_timestamp && IsOf(node.value, "0123456789-:. "))) {
    return {};
  }
  Value value;
  duckdb::string error;
  if (!Value(node.value).DefaultTryCastAs(type, value, &error, /*strict=*/true)) {
    return {};
  }
  return value;
}

const char* FieldFunction(const std::string& field) {
  constexpr std::pair<std::string_view, const char*> kFields[] = {
      {"dow", "day_of_week"}, {"doy", "day_of_year"}, {"yow", "year_of_week"}};
  for (const auto& [name, function] : kFields) {
    if (name == field) {
      return function;
    }
  }
  return nullptr;
}

}  // namespace

Parsed CastTo(const sql::TypeName& type, Parsed value) {
  const auto target = TypeOf(type);
  if (!target.ok()) {
    ThrowStatus(target.status());
  }
  Parsed cast = CastCall(type, *target, std::move(value));
  if (cast == nullptr) {
    ThrowStatus(MakeError(ErrorCode::kNotSupported,
                          "A cast to " + NameOf(type) + " is not supported"));
  }
  return cast;
}

Parsed Translator::Run(const node::TypedLiteral& node, const Position& at) {
  sql::TypeName type = node.type;
  const TimeText time = LookAtTime(node.value);
  const bool is_time = type.name == "timestamp" || type.name == "time";
  if (is_time && time.has_zone) {
    type.name += " with time zone";
  }
  if (is_time && type.arguments.empty()) {
    type.arguments = {time.precision};
  }
  if (type.name == "decimal" && type.arguments.empty()) {
    return Constant(ValueAt(DecimalValue(node.value), at));
  }
  if (type.name == "char" && type.arguments.empty()) {
    return Constant(Value(node.value));
  }
  const LogicalType target = ValueAt(TypeOf(type), at);
  if (auto value = PlainValue(node, target)) {
    return Constant(*std::move(value));
  }
  Parsed cast = target.IsJSONType()
                    ? Operator("json_parse", List(Constant(Value(node.value))))
                    : CastCall(type, target, Constant(Value(node.value)));
  if (cast == nullptr) {
    Refuse(at, "A literal of type " + NameOf(type));
  }
  std::string name = node.type.name;
  std::ranges::transform(name, name.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return Operator("checked_literal", List(std::move(cast), Constant(Value(name)),
                                          Constant(Value(node.value))));
}

Parsed Translator::Run(const node::Cast& node, const Position& at) {
  const LogicalType target = ValueAt(CastTarget(node.type), at);
  Parsed cast = CastCall(node.type, target, Translate(node.value));
  if (cast == nullptr) {
    Refuse(at, "A cast to " + NameOf(node.type));
  }
  const auto digits = DigitsOfTime(WrittenType(*node.value));
  if (node.type.name == "varchar" && node.type.arguments.empty() && digits.has_value()) {
    cast = Operator("with_digits", List(std::move(cast), Number(*digits)));
  }
  if (!node.is_try) {
    return cast;
  }
  return make_uniq<duckdb::OperatorExpression>(ExpressionType::OPERATOR_TRY,
                                               std::move(cast));
}

Parsed Translator::Run(const node::Extract& node, const Position& at) {
  const char* renamed = FieldFunction(node.field);
  node::Call call;
  call.name = {sql::Name{.text = renamed == nullptr ? node.field : renamed}};
  call.arguments.push_back({.value = node.value});
  Parsed part = Run(call, at);
  auto& function = part->Cast<duckdb::FunctionExpression>();
  function.children[0] = Operator(
      "extractable",
      List(std::move(function.children[0]), Constant(Value(call.name.back().text))));
  return part;
}

Parsed Translator::Run(const node::AtTimeZone& node, const Position&) {
  return Operator("at_timezone", List(Translate(node.value), Translate(node.zone)));
}

Parsed Translator::CurrentTimestamp(const node::SpecialValue& node, const Position& at) {
  const int32_t precision = node.precision.value_or(3);
  if (precision > 6) {
    Refuse(at, "The current time with more than 6 digits");
  }
  Parsed now = BuiltIn("get_current_timestamp", {});
  if (precision == 6) {
    return now;
  }
  const char* unit = precision == 0 ? "second" : "millisecond";
  return BuiltIn("date_trunc", List(Constant(Value(unit)), std::move(now)));
}

Parsed Translator::Run(const node::SpecialValue& node, const Position& at) {
  const auto text = [](const std::string& value) {
    return Constant(value.empty() ? Value(LogicalType::VARCHAR) : Value(value));
  };
  if (node.name == "current_timestamp") {
    return CurrentTimestamp(node, at);
  }
  if (node.name == "current_date") {
    return DuckCast(LogicalType::DATE, BuiltIn("get_current_timestamp", {}));
  }
  if (node.name == "localtimestamp") {
    const LogicalType type = ValueAt(TimestampOf(node.precision.value_or(3)), at);
    return DuckCast(type, DuckCast(LogicalType::TIMESTAMP, CurrentTimestamp(node, at)));
  }
  if (node.name == "localtime") {
    return DuckCast(LogicalType::TIME,
                    DuckCast(LogicalType::TIMESTAMP, CurrentTimestamp(node, at)));
  }
  if (node.name == "current_time") {
    return DuckCast(LogicalType(LogicalTypeId::TIME_TZ), CurrentTimestamp(node, at));
  }
  if (node.name == "current_user") {
    return text(facts_.user);
  }
  if (node.name == "current_catalog") {
    return text(facts_.catalog);
  }
  if (node.name == "current_schema") {
    return text(facts_.schema);
  }
  Refuse(at, node.name);
}

}  // namespace tarn::engine::trino
