// Functions that take lambdas, made of DuckDB's list_transform, list_filter and
// list_reduce.
#include <utility>

#include <duckdb/parser/expression/case_expression.hpp>
#include <duckdb/parser/expression/columnref_expression.hpp>
#include <duckdb/parser/expression/comparison_expression.hpp>
#include <duckdb/parser/expression/function_expression.hpp>
#include <duckdb/parser/expression/lambda_expression.hpp>
#include <duckdb/parser/expression/operator_expression.hpp>
#include <fmt/format.h>

#include "tarn/engine/internal/trino/operators.h"
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

/// regexp_replace(text, pattern, lambda): what the lambda makes of each match's groups
/// goes between the pieces of text around the matches.
Parsed Replaced(Parsed text, Parsed pattern, Parsed lambda) {
  Parsed read = Operator("pattern_text", List(std::move(pattern)));
  Parsed groups = Operator("pattern_groups", List(text->Copy(), read->Copy()));
  Parsed pieces = Operator("pattern_pieces", List(std::move(text), std::move(read)));
  Parsed made = BuiltIn("list_transform", List(std::move(groups), std::move(lambda)));
  return Operator("joined_pieces", List(std::move(pieces), std::move(made)));
}

constexpr int64_t kNoOrder = 2;  // what checked_order refuses

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

Parsed Translator::PlainLambda(const node::Lambda& lambda, const std::string& truth_of) {
  std::vector<std::string> names;
  Parseds values;
  for (size_t i = 0; i < lambda.parameters.size(); ++i) {
    // Names of our own: DuckDB takes a column of the same name first in places.
    names.push_back(fmt::format("lambda{}", ++lambda_count_));
    values.push_back(Reference(names.back()));
  }
  Parsed body = BodyWith(lambda, std::move(values));
  if (!truth_of.empty()) {
    body = Operator(kLambdaTruth, List(std::move(body), Constant(Value(truth_of))));
  }
  return Lambda(names, std::move(body));
}

/// any_match, all_match and none_match in three-valued logic, over the list of answers.
Parsed Translator::MatchCall(const std::string& name, Parsed array,
                             const node::Lambda& lambda) {
  Parsed answers =
      BuiltIn("list_transform", List(array->Copy(), PlainLambda(lambda, name)));
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
    body = Operator(kLambdaTruth, List(std::move(body), Constant(Value(name))));
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

/// array_sort with an order of its own: each value's place is the number of values that
/// come before it, which takes as many steps as the array has pairs.
Parsed Translator::SortCall(Parsed array, const node::Lambda& order) {
  const int number = ++lambda_count_;
  const auto name = [&](const char* what) {
    return fmt::format("lambda{}_{}", number, what);
  };
  const std::string value = name("value");
  const std::string index = name("index");
  const std::string other = name("other");
  const std::string other_index = name("other_index");
  const auto is_less = [&](const std::string& left, const std::string& right) -> Parsed {
    Parsed compared = Operator(
        "checked_order",
        List(make_uniq<duckdb::OperatorExpression>(
            ExpressionType::OPERATOR_COALESCE,
            List(Operator("cast_bigint",
                          List(BodyWith(order, List(Reference(left), Reference(right))))),
                 Constant(Value::BIGINT(kNoOrder))))));
    return make_uniq<duckdb::ComparisonExpression>(ExpressionType::COMPARE_LESSTHAN,
                                                   std::move(compared),
                                                   Constant(Value::BIGINT(0)));
  };
  // Where both are said to be less than the other, or none, the places decide.
  Parsed is_earlier = make_uniq<duckdb::ComparisonExpression>(
      ExpressionType::COMPARE_LESSTHAN, Reference(other_index), Reference(index));
  auto choice = make_uniq<duckdb::CaseExpression>();
  AddCase(
      choice.get(),
      make_uniq<duckdb::ComparisonExpression>(
          ExpressionType::COMPARE_EQUAL, is_less(other, value), is_less(value, other)),
      std::move(is_earlier));
  choice->else_expr = is_less(other, value);
  Parsed is_before = std::move(choice);
  Parsed before = BuiltIn(
      "len",
      List(BuiltIn("list_filter", List(array->Copy(), Lambda({other, other_index},
                                                             std::move(is_before))))));
  Parsed places = BuiltIn("list_transform",
                          List(array->Copy(), Lambda({value, index}, std::move(before))));
  return Operator("ordered_by_places", List(std::move(array), std::move(places)));
}

/// The keys of both maps, those of the left one first, with what the lambda makes of
/// their values.
Parsed Translator::ZipMapsCall(Parsed left, Parsed right, const node::Lambda& lambda) {
  const int number = ++lambda_count_;
  const std::string key = fmt::format("lambda{}", number);
  Parsed is_new = make_uniq<duckdb::OperatorExpression>(
      ExpressionType::OPERATOR_NOT,
      BuiltIn("list_contains",
              List(BuiltIn("map_keys", List(left->Copy())), Reference(key))));
  Parsed others = BuiltIn("list_filter", List(BuiltIn("map_keys", List(right->Copy())),
                                              Lambda({key}, std::move(is_new))));
  Parsed keys = BuiltIn("list_concat",
                        List(BuiltIn("map_keys", List(left->Copy())), std::move(others)));
  const auto value_of = [&](const Parsed& map) {
    return BuiltIn("map_extract_value", List(map->Copy(), Reference(key)));
  };
  Parsed body = BodyWith(lambda, List(Reference(key), value_of(left), value_of(right)));
  Parsed values =
      BuiltIn("list_transform", List(keys->Copy(), Lambda({key}, std::move(body))));
  auto result = make_uniq<duckdb::CaseExpression>();
  AddCase(result.get(), IsNull(std::move(left)), Constant(Value()));
  AddCase(result.get(), IsNull(std::move(right)), Constant(Value()));
  result->else_expr = BuiltIn("map", List(std::move(keys), std::move(values)));
  return result;
}

/// list_reduce knows one type only, so it reduces rows of a state and a value. The
/// state's type is the common one of the first state and of what the lambda makes of it.
Parsed Translator::ReduceCall(const node::Call& call, const Position& at) {
  const node::Lambda* step = LambdaAt(call, 2, 2);
  const node::Lambda* output = LambdaAt(call, 3, 1);
  if (call.arguments.size() != 4 || step == nullptr || output == nullptr) {
    Fail(ErrorCode::kTypeMismatch, at,
         "reduce takes an array, a state, a lambda of two and a lambda of one");
  }
  const int number = ++lambda_count_;
  const std::string so_far = fmt::format("lambda{}_state", number);
  const std::string next = fmt::format("lambda{}_next", number);
  const Parsed array = Translate(call.arguments[0].value);
  const Parsed state = Translate(call.arguments[1].value);
  const auto choose = [](bool first, Parsed then, Parsed otherwise) -> Parsed {
    auto result = make_uniq<duckdb::CaseExpression>();
    AddCase(result.get(), Constant(Value::BOOLEAN(first)), std::move(then));
    result->else_expr = std::move(otherwise);
    return result;
  };
  const Parsed no_value = choose(
      false, BuiltIn("list_extract", List(array->Copy(), Constant(Value::BIGINT(1)))),
      Constant(Value()));
  const Parsed first =
      choose(true, state->Copy(), BodyWith(*step, List(state->Copy(), no_value->Copy())));
  Parsed rows =
      BuiltIn("list_transform",
              List(array->Copy(),
                   Lambda({next}, Pair(choose(false, first->Copy(), Constant(Value())),
                                       Reference(next)))));
  Parsed body = BodyWith(
      *step, List(Field(Reference(so_far), "key"), Field(Reference(next), "value")));
  Parsed kept =
      Operator("same_state", List(std::move(body), Field(Reference(so_far), "key")));
  Parsed pair = Pair(std::move(kept), Field(Reference(next), "value"));
  Parsed reduced = BuiltIn("list_reduce",
                           List(std::move(rows), Lambda({so_far, next}, std::move(pair)),
                                Pair(first->Copy(), no_value->Copy())));
  auto result = make_uniq<duckdb::CaseExpression>();
  AddCase(result.get(), IsNull(array->Copy()), Constant(Value()));
  result->else_expr = BodyWith(*output, List(Field(std::move(reduced), "key")));
  return result;
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
  if (const auto* zip = LambdaAt(call, 2, 3); zip != nullptr && name == "map_zip_with") {
    return ZipMapsCall(Translate(call.arguments[0].value),
                       Translate(call.arguments[1].value), *zip);
  }
  if (const auto* lambda = LambdaAt(call, 2, 1);
      lambda != nullptr && name == "regexp_replace") {
    return Replaced(Translate(call.arguments[0].value),
                    Translate(call.arguments[1].value), PlainLambda(*lambda, ""));
  }
  if (call.arguments.size() == 2) {
    if (const node::Lambda* lambda = LambdaAt(call, 1, 1)) {
      Parsed array = Translate(call.arguments[0].value);
      if (name == "transform" || name == "filter") {
        const bool filters = name == "filter";
        return BuiltIn(filters ? "list_filter" : "list_transform",
                       List(std::move(array), PlainLambda(*lambda, filters ? name : "")));
      }
      if (name == "any_match" || name == "all_match" || name == "none_match") {
        return MatchCall(name, std::move(array), *lambda);
      }
    }
    const node::Lambda* lambda = LambdaAt(call, 1, 2);
    if (lambda != nullptr && name == "array_sort") {
      return SortCall(Translate(call.arguments[0].value), *lambda);
    }
    if (lambda != nullptr) {
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
