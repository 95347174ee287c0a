// TABLE(f(…)): sequence and exclude_columns.
#include <algorithm>
#include <utility>

#include <duckdb/parser/expression/function_expression.hpp>
#include <duckdb/parser/expression/star_expression.hpp>
#include <duckdb/parser/query_node/select_node.hpp>
#include <duckdb/parser/tableref/subqueryref.hpp>
#include <duckdb/parser/tableref/table_function_ref.hpp>
#include <fmt/format.h>

#include "tarn/engine/internal/catch_duckdb.h"
#include "tarn/engine/internal/procedures/changelog_relation.h"
#include "tarn/engine/internal/trino/operators.h"
#include "tarn/engine/internal/trino/translator.h"

namespace tarn::engine::trino {

using duckdb::make_uniq;
using duckdb::Value;
using sql::Position;
namespace relation = sql::relation;
using Parsed = Translator::Parsed;
using Table = Translator::Table;

namespace {

/// The argument of that name, or the one at its place when none is named; nullptr
/// without.
const relation::FunctionArgument* ArgumentOf(const relation::TableFunction& call,
                                             size_t place, std::string_view name) {
  for (size_t i = 0; i < call.arguments.size(); ++i) {
    const auto& argument = call.arguments[i];
    const bool is_it =
        argument.name.has_value() ? Folded(argument.name->text) == name : i == place;
    if (is_it) {
      return &argument;
    }
  }
  return nullptr;
}

}  // namespace

/// The names that the function has, in their order; others are refused.
void Translator::CheckArguments(const relation::TableFunction& call,
                                const std::vector<std::string_view>& names,
                                const Position& at) const {
  for (const auto& argument : call.arguments) {
    if (!argument.name.has_value()) {
      continue;
    }
    const std::string name = Folded(argument.name->text);
    if (std::ranges::find(names, name) == names.end()) {
      Fail(ErrorCode::kInvalidArgument, at,
           fmt::format("INVALID_FUNCTION_ARGUMENT: Unexpected argument name: {}", name));
    }
  }
  if (call.arguments.size() > names.size()) {
    Fail(ErrorCode::kInvalidArgument, at,
         fmt::format("INVALID_FUNCTION_ARGUMENT: Too many arguments. Expected at most {} "
                     "arguments, got {} arguments",
                     names.size(), call.arguments.size()));
  }
}

Table Translator::Sequence(const relation::TableFunction& call, const Position& at) {
  CheckArguments(call, {"start", "stop", "step"}, at);
  const auto number = [&](size_t place, const char* name, int64_t otherwise) -> Parsed {
    const auto* argument = ArgumentOf(call, place, name);
    if (argument == nullptr) {
      return Constant(Value::BIGINT(otherwise));
    }
    const auto* value = std::get_if<sql::ExpressionPtr>(&argument->value);
    if (value == nullptr) {
      Fail(ErrorCode::kInvalidArgument, at,
           fmt::format("INVALID_FUNCTION_ARGUMENT: Invalid argument {}. Expected "
                       "expression",
                       name));
    }
    return Operator("cast_bigint", List(Translate(*value)));
  };
  if (ArgumentOf(call, 1, "stop") == nullptr) {
    Fail(ErrorCode::kInvalidArgument, at, "MISSING_ARGUMENT: Missing argument: STOP");
  }
  Parsed start = number(0, "start", 0);
  Parsed stop = number(1, "stop", 0);
  Parsed step =
      Operator("sequence_step", List(start->Copy(), stop->Copy(), number(2, "step", 1)));
  auto series = make_uniq<duckdb::TableFunctionRef>();
  series->function = make_uniq<duckdb::FunctionExpression>(
      SYSTEM_CATALOG, DEFAULT_SCHEMA, "generate_series",
      List(std::move(start), std::move(stop), std::move(step)));
  series->alias = "sequence";
  series->column_name_alias = {"sequential_number"};
  return series;
}

Table Translator::ExcludeColumns(const relation::TableFunction& call,
                                 const Position& at) {
  CheckArguments(call, {"input", "columns"}, at);
  const auto* input = ArgumentOf(call, 0, "input");
  const auto* columns = ArgumentOf(call, 1, "columns");
  if (input == nullptr || columns == nullptr) {
    Fail(ErrorCode::kInvalidArgument, at,
         fmt::format("MISSING_ARGUMENT: Missing argument: {}",
                     input == nullptr ? "INPUT" : "COLUMNS"));
  }
  const auto* table = std::get_if<relation::TableArgument>(&input->value);
  const auto* names = std::get_if<relation::Descriptor>(&columns->value);
  if (table == nullptr || names == nullptr || table->partition_by.has_value() ||
      !table->order_by.empty()) {
    Fail(ErrorCode::kInvalidArgument, at,
         "INVALID_FUNCTION_ARGUMENT: exclude_columns takes a table and a descriptor");
  }
  auto star = make_uniq<duckdb::StarExpression>();
  for (const auto& field : names->fields) {
    star->exclude_list.insert(duckdb::QualifiedColumnName(field.name.text));
  }
  auto select = make_uniq<duckdb::SelectNode>();
  select->select_list.push_back(std::move(star));
  select->from_table = Translate(*table->table);
  auto statement = make_uniq<duckdb::SelectStatement>();
  statement->node = std::move(select);
  return make_uniq<duckdb::SubqueryRef>(std::move(statement));
}

Table Translator::Run(const relation::TableFunction& node, const Position& at) {
  const std::string name = Folded(node.name.back().text);
  if (name == "sequence") {
    return Sequence(node, at);
  }
  if (name == "exclude_columns") {
    return ExcludeColumns(node, at);
  }
  if (name == "table_changes") {
    return ValueOrThrow(procedures::ChangelogRelation(
        node, facts_, at,
        [&](const sql::ExpressionPtr& value) { return Translate(value); }));
  }
  Fail(ErrorCode::kNoSuchFunction, at,
       fmt::format("Table function '{}' not registered", name));
}

}  // namespace tarn::engine::trino
