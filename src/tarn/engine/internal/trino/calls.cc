// Calls of functions: those of syntax (if, coalesce, try, grouping …), aggregates, and
// what the function table leads to.
#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include <duckdb/parser/expression/cast_expression.hpp>
#include <duckdb/parser/expression/function_expression.hpp>
#include <duckdb/parser/expression/operator_expression.hpp>
#include <fmt/format.h>

#include "tarn/engine/internal/trino/operators.h"
#include "tarn/engine/internal/trino/result_types.h"
#include "tarn/engine/internal/trino/translator.h"
#include "tarn/engine/internal/trino_functions/function_table.h"

namespace tarn::engine::trino {

using duckdb::ExpressionType;
using duckdb::make_uniq;
using duckdb::Value;
using sql::Position;
namespace node = sql::node;
using Parsed = Translator::Parsed;
using Parseds = Translator::Parseds;

namespace {

/// Functions for which the blanks that fill up a char are not there.
bool LooksPastBlanks(const std::string& name) {
  constexpr std::string_view kNames[] = {"trim",     "ltrim",           "rtrim",
                                         "checksum", "approx_distinct", "approx_set"};
  return std::ranges::find(kNames, name) != std::end(kNames);
}

bool HasLambda(const node::Call& call) {
  for (const auto& argument : call.arguments) {
    if (std::holds_alternative<node::Lambda>(argument.value->node)) {
      return true;
    }
  }
  return false;
}

duckdb::unique_ptr<duckdb::OrderModifier> OrdersOf(
    duckdb::vector<duckdb::OrderByNode> orders) {
  auto modifier = make_uniq<duckdb::OrderModifier>();
  modifier->orders = std::move(orders);
  return modifier;
}

}  // namespace

Parseds Translator::Arguments(const node::Call& call, const Position& at) {
  Parseds arguments;
  for (const auto& argument : call.arguments) {
    if (argument.name.has_value()) {
      Refuse(at, "A named argument");
    }
    arguments.push_back(Translate(argument.value));
  }
  const bool is_char = !call.arguments.empty() &&
                       WrittenType(*call.arguments[0].value).starts_with("char(");
  if (is_char && LooksPastBlanks(Folded(call.name.back().text))) {
    arguments[0] = BuiltIn("rtrim", List(std::move(arguments[0])));
  }
  return arguments;
}

Parsed Translator::Conditional(const node::Call& call, const Position& at) {
  if (call.arguments.size() != 2 && call.arguments.size() != 3) {
    Fail(ErrorCode::kSyntax, at, "Invalid number of arguments for 'if' function");
  }
  Parseds parts = Arguments(call, at);
  if (parts.size() == 2) {
    parts.push_back(Constant(Value()));
  }
  return Operator(kIf, std::move(parts));
}

Parsed Translator::ListAggregate(const node::Call& call, const Position& at) {
  Parseds arguments = Arguments(call, at);
  if (arguments.size() == 1) {
    arguments.push_back(Constant(Value("")));
  }
  arguments[0] = Operator("listed_text", List(std::move(arguments[0])));
  const bool is_cut = call.overflow.has_value() && !call.overflow->is_error;
  Parsed separator = arguments[1]->Copy();
  if (is_cut) {
    arguments.resize(1);
  }
  Parsed joined = make_uniq<duckdb::FunctionExpression>(
      SYSTEM_CATALOG, DEFAULT_SCHEMA, is_cut ? "list" : "string_agg",
      std::move(arguments),
      call.filter == nullptr ? nullptr
                             : Truth(Translate(call.filter), "Filter expression"),
      OrdersOf(Orders(call.within_group)), call.is_distinct);
  if (!is_cut) {
    return Operator("limited_list", List(std::move(joined)));
  }
  return Operator("cut_list", List(std::move(joined), std::move(separator),
                                   Constant(Value(call.overflow->filler.value_or("..."))),
                                   Constant(Value::BOOLEAN(call.overflow->with_count))));
}

/// reduce_agg(x, state, input, combine): the values of a group in one array, reduced.
Parsed Translator::ReduceAggregate(const node::Call& call, const Position& at) {
  if (call.arguments.size() != 4) {
    Fail(ErrorCode::kNoSuchFunction, at,
         "Unexpected parameters for function reduce_agg. Expected: reduce_agg(T, S, "
         "function(S, T, S), function(S, S, S))");
  }
  const auto make = [&](auto&& made) {
    return std::make_shared<sql::Expression>(
        sql::Expression{.at = at, .node = std::forward<decltype(made)>(made)});
  };
  const sql::ExpressionPtr value = call.arguments[0].value;
  sql::ExpressionPtr is_there = make(node::IsNull{.is_negated = true, .value = value});
  if (call.filter != nullptr) {
    is_there = make(node::Logical{.is_and = true, .terms = {is_there, call.filter}});
  }
  node::Call values{.name = {sql::Name{.text = "array_agg"}}};
  values.arguments.push_back({.value = value});
  values.is_distinct = call.is_distinct;
  values.order_by = call.order_by;
  values.filter = std::move(is_there);
  const sql::Name state{.text = "state"};
  node::Call reduce{.name = {sql::Name{.text = "reduce"}}};
  reduce.arguments.push_back({.value = make(std::move(values))});
  reduce.arguments.push_back(call.arguments[1]);
  reduce.arguments.push_back(call.arguments[2]);
  reduce.arguments.push_back(
      {.value = make(node::Lambda{.parameters = {state},
                                  .body = make(node::Column{.name = state})})});
  return ReduceCall(reduce, at);
}

Parsed Translator::SpecialCall(const std::string& name, const node::Call& call,
                               const Position& at) {
  if (name == "if") {
    return Conditional(call, at);
  }
  if (name == "coalesce") {
    if (call.arguments.size() < 2) {
      Fail(ErrorCode::kSyntax, at,
           "The 'coalesce' function must have at least two arguments");
    }
    return Operator(kCoalesce, Arguments(call, at));
  }
  if (name == "nullif" && call.arguments.size() == 2) {
    Parseds parts = Arguments(call, at);
    Parsed first = parts[0]->Copy();
    return Operator(kIf, List(Operator(kEqual, std::move(parts)), Constant(Value()),
                              std::move(first)));
  }
  if (name == "position" && call.arguments.size() == 2) {
    Parseds parts = Arguments(call, at);  // the part comes first: POSITION(part IN text)
    return Operator("strpos", List(std::move(parts[1]), std::move(parts[0])));
  }
  if (name == "try" && call.arguments.size() == 1) {
    return make_uniq<duckdb::OperatorExpression>(ExpressionType::OPERATOR_TRY,
                                                 Translate(call.arguments[0].value));
  }
  if (name == "typeof" && call.arguments.size() == 1) {
    // Lengths and precisions that DuckDB's types do not have.
    const std::string type = WrittenType(*call.arguments[0].value);
    if (!type.empty() && type.find("decimal") == std::string::npos) {
      return Constant(Value(Folded(type)));  // intervals are in capitals only in results
    }
  }
  if (name == "to_iso8601" && call.arguments.size() == 1) {
    if (const auto digits = DigitsOfTime(WrittenType(*call.arguments[0].value))) {
      Parsed text = Operator("to_iso8601", Arguments(call, at));
      return Operator("with_digits",
                      List(std::move(text), Constant(Value::INTEGER(*digits))));
    }
  }
  if (name == "grouping") {
    return make_uniq<duckdb::CastExpression>(
        duckdb::LogicalType::INTEGER,
        make_uniq<duckdb::OperatorExpression>(ExpressionType::GROUPING_FUNCTION,
                                              Arguments(call, at)));
  }
  if (name == "reduce_agg") {
    return ReduceAggregate(call, at);
  }
  if (name == "listagg") {
    return ListAggregate(call, at);
  }
  if (HasLambda(call)) {
    return LambdaCall(name, call, at);
  }
  return nullptr;
}

Parsed Translator::Run(const node::Call& call, const Position& at) {
  const std::string name = Folded(call.name.back().text);
  if (call.name.size() > 1) {
    Fail(ErrorCode::kNoSuchFunction, at,
         fmt::format("Function '{}' not registered", name));
  }
  if (!std::holds_alternative<std::monostate>(call.over)) {
    return WindowCall(name, call, at);
  }
  if (Parsed special = SpecialCall(name, call, at)) {
    return special;
  }
  if (!call.within_group.empty() || call.nulls != node::NullTreatment::kUnsaid) {
    Refuse(at, "WITHIN GROUP or IGNORE NULLS in a call of " + name);
  }
  const bool counts_rows = name == "count" && (call.is_star || call.arguments.empty());
  const auto target = counts_rows
                          ? FunctionTarget{.name = "count_star", .is_aggregate = true}
                          : FindTrinoFunction(name);
  if (!target.has_value()) {
    if (const auto why = WhyRefused(name)) {
      Refuse(at, fmt::format("Function '{}' ({})", name, *why));
    }
    Fail(ErrorCode::kNoSuchFunction, at,
         fmt::format("Function '{}' not registered", name));
  }
  const bool has_clauses =
      call.is_distinct || call.filter != nullptr || !call.order_by.empty();
  if (!target->is_aggregate && has_clauses) {
    Fail(ErrorCode::kInvalidArgument, at,
         fmt::format("DISTINCT, FILTER and ORDER BY are for aggregates, which {} is not",
                     name));
  }
  Parsed filter = call.filter == nullptr
                      ? nullptr
                      : Truth(Translate(call.filter), "Filter expression");
  return make_uniq<duckdb::FunctionExpression>(
      SYSTEM_CATALOG, target->schema.empty() ? DEFAULT_SCHEMA : target->schema,
      target->name, Arguments(call, at), std::move(filter),
      OrdersOf(Orders(call.order_by)), call.is_distinct);
}

}  // namespace tarn::engine::trino
