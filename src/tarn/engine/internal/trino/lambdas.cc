// Functions that take lambdas, made of DuckDB's list_transform, list_filter and
// list_reduce.
#include <utility>

#include <duckdb/parser/expression/case_expression.hpp>
#include <duckdb/parser/expression/columnref_expression.hpp>
#include <duckdb/parser/expression/comparison_expression.hpp>
#include <duckdb/parser/expression/conjunction_expression.hpp>
#include <duckdb/parser/expression/function_expression.hpp>
#include <duckdb/parser/expression/lambda_expression.hpp>
#include <duckdb/parser/expression/operator_expression.hpp>
#include <fmt/format.h>

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

Parsed Reference(const std::string& name) {
  return make_uniq<duckdb::ColumnRefExpression>(name);
}

Parsed Field(Parsed row, const char* name) {
  return BuiltIn("struct_extract", List(std::move(row), Constant(Value(name))));
}

Parsed FieldAt(Parsed row, int64_t index) {
  return BuiltIn("struct_extract_at",
                 List(std::move(row), Constant(Value::BIGINT(index))));
}

/// struct_pack(key := key, value := value)
Parsed Pair(Parsed key, Parsed value) {
  key->SetAlias("key");
  value->SetAlias("value");
  return BuiltIn("struct_pack", List(std::move(key), std::move(value)));
}

Parsed Lambda(std::vector<std::string> names, Parsed body) {
  return make_uniq<duckdb::LambdaExpression>(
      duckdb::vector<duckdb::string>(names.begin(), names.end()), std::move(body));
}

Parsed IsNull(Parsed value) {
  return make_uniq<duckdb::OperatorExpression>(ExpressionType::OPERATOR_IS_NULL,
                                               std::move(value));
}

void AddCase(duckdb::CaseExpression* result, Parsed when, Parsed then) {
  duckdb::CaseCheck check;
  check.when_expr = std::move(when);
  check.then_expr = std::move(then);
  result->case_checks.push_back(std::move(check));
}

const node::Lambda* LambdaAt(const node::Call& call, size_t index, size_t parameters) {
  if (index >= call.arguments.size()) {
    return nullptr;
  }
  const auto* lambda = std::get_if<node::Lambda>(&call.arguments[index].value->node);
  return lambda != nullptr && lambda->parameters.size() == parameters ? lambda : nullptr;
}

}  // namespace

Parsed Translator::Run(const node::Lambda&, const Position& at) {
  Refuse(at, "A lambda outside of a function's arguments");
}

Parsed Translator::BodyWith(const node::Lambda& lambda, Parseds values) {
  scopes_.emplace_back();
  for (size_t i = 0; i < lambda.parameters.size(); ++i) {
    scopes_.back()[Folded(lambda.parameters[i].text)] = std::move(values[i]);
  }
  Parsed body = Translate(lambda.body);
  scopes_.pop_back();
  return body;
}

Parsed Translator::LambdaOver(const std::string& name, const node::Lambda& lambda,
                              Parseds values, Parsed (*wrap)(Parsed)) {
  Parsed body = BodyWith(lambda, std::move(values));
  return Lambda({name}, wrap == nullptr ? std::move(body) : wrap(std::move(body)));
}

Parsed Translator::PlainLambda(const node::Lambda& lambda) {
  std::vector<std::string> names;
  Parseds values;
  for (size_t i = 0; i < lambda.parameters.size(); ++i) {
    // Names of our own: DuckDB takes a column of the same name first in places.
    names.push_back(fmt::format("lambda{}", ++lambda_count_));
    values.push_back(Reference(names.back()));
  }
  return Lambda(names, BodyWith(lambda, std::move(values)));
}

/// any_match, all_match and none_match in three-valued logic, over the list of answers.
Parsed Translator::MatchCall(const std::string& name, Parsed array,
                             const node::Lambda& lambda) {
  Parsed answers = BuiltIn("list_transform", List(array->Copy(), PlainLambda(lambda)));
  const bool decides = name != "all_match";  // the answer that settles it at once
  auto result = make_uniq<duckdb::CaseExpression>();
  AddCase(result.get(), IsNull(std::move(array)), Constant(Value()));
  AddCase(
      result.get(),
      BuiltIn("list_contains", List(answers->Copy(), Constant(Value::BOOLEAN(decides)))),
      Constant(Value::BOOLEAN(name == "any_match")));
  Parsed count = BuiltIn("list_count", List(answers->Copy()));
  Parsed length = BuiltIn("len", List(std::move(answers)));
  AddCase(result.get(),
          make_uniq<duckdb::ComparisonExpression>(ExpressionType::COMPARE_LESSTHAN,
                                                  std::move(count), std::move(length)),
          Constant(Value(duckdb::LogicalType::BOOLEAN)));
  result->else_expr = Constant(Value::BOOLEAN(name != "any_match"));
  return result;
}

Parsed Translator::MapCall(const std::string& name, Parsed map,
                           const node::Lambda& lambda, const Position& at) {
  const std::string entry = fmt::format("lambda{}", ++lambda_count_);
  const auto key = [&] { return Field(Reference(entry), "key"); };
  const auto value = [&] { return Field(Reference(entry), "value"); };
  Parsed body = BodyWith(lambda, List(key(), value()));
  const char* function = "list_transform";
  if (name == "map_filter") {
    function = "list_filter";
  } else if (name == "transform_values") {
    body = Pair(key(), std::move(body));
  } else if (name == "transform_keys") {
    body = Pair(std::move(body), value());
  } else {
    Refuse(at, "Function '" + name + "' with a lambda");
  }
  Parsed entries = BuiltIn("map_entries", List(std::move(map)));
  return BuiltIn("map_from_entries",
                 List(BuiltIn(function, List(std::move(entries),
                                             Lambda({entry}, std::move(body))))));
}

/// The state has the type of the array's values, which is all that list_reduce knows.
Parsed Translator::ReduceCall(const node::Call& call, const Position& at) {
  const node::Lambda* step = LambdaAt(call, 2, 2);
  const node::Lambda* output = LambdaAt(call, 3, 1);
  if (call.arguments.size() != 4 || step == nullptr || output == nullptr) {
    Fail(ErrorCode::kTypeMismatch, at,
         "reduce takes an array, a state, a lambda of two and a lambda of one");
  }
  Parsed array = Translate(call.arguments[0].value);
  Parsed state = Translate(call.arguments[1].value);
  Parsed reduced = BuiltIn("list_reduce",
                           List(std::move(array), PlainLambda(*step), std::move(state)));
  return BodyWith(*output, List(std::move(reduced)));
}

Parsed Translator::LambdaCall(const std::string& name, const node::Call& call,
                              const Position& at) {
  if (name == "reduce") {
    return ReduceCall(call, at);
  }
  if (const auto* zip = LambdaAt(call, 2, 2); zip != nullptr && name == "zip_with") {
    const std::string pair = fmt::format("lambda{}", ++lambda_count_);
    Parsed zipped = BuiltIn("list_zip", List(Translate(call.arguments[0].value),
                                             Translate(call.arguments[1].value)));
    return BuiltIn(
        "list_transform",
        List(std::move(zipped),
             LambdaOver(pair, *zip,
                        List(FieldAt(Reference(pair), 1), FieldAt(Reference(pair), 2)))));
  }
  if (call.arguments.size() == 2) {
    if (const node::Lambda* lambda = LambdaAt(call, 1, 1)) {
      Parsed array = Translate(call.arguments[0].value);
      if (name == "transform" || name == "filter") {
        return BuiltIn(name == "filter" ? "list_filter" : "list_transform",
                       List(std::move(array), PlainLambda(*lambda)));
      }
      if (name == "any_match" || name == "all_match" || name == "none_match") {
        return MatchCall(name, std::move(array), *lambda);
      }
    }
    if (const node::Lambda* lambda = LambdaAt(call, 1, 2)) {
      return MapCall(name, Translate(call.arguments[0].value), *lambda, at);
    }
  }
  if (!FindTrinoFunction(name) && !WhyRefused(name)) {
    Fail(ErrorCode::kNoSuchFunction, at,
         fmt::format("Function '{}' not registered", name));
  }
  Refuse(at, "Function '" + name + "' with these lambdas");
}

}  // namespace tarn::engine::trino
