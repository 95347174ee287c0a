// WITH RECURSIVE: DuckDB's recursion over the rows and the number of the step that made
// them, which is limited as in Trino.
#include "tarn/engine/internal/trino/recursion.h"

#include <algorithm>
#include <utility>

#include <duckdb/main/client_context.hpp>
#include <duckdb/parser/common_table_expression_info.hpp>
#include <duckdb/parser/expression/columnref_expression.hpp>
#include <duckdb/parser/expression/star_expression.hpp>
#include <duckdb/parser/query_node/recursive_cte_node.hpp>
#include <duckdb/parser/query_node/set_operation_node.hpp>
#include <duckdb/parser/tableref/basetableref.hpp>
#include <duckdb/parser/tableref/joinref.hpp>
#include <duckdb/parser/tableref/subqueryref.hpp>
#include <fmt/format.h>

#include "tarn/engine/internal/catch_duckdb.h"
#include "tarn/engine/internal/trino/operators.h"
#include "tarn/engine/internal/trino/translator.h"
#include "tarn/engine/internal/trino_functions/call_rewrite.h"
#include "tarn/engine/internal/trino_functions/trino_error.h"
#include "tarn/engine/internal/trino_functions/typed_scalar.h"

namespace tarn::engine::trino {

using duckdb::make_uniq;
using duckdb::Value;
using Node = Translator::Node;
using Parsed = Translator::Parsed;
using Table = Translator::Table;

namespace {

constexpr int64_t kDepthOtherwise = 10;
constexpr char kDepth[] =
    "\x01"
    "depth";  // no column of a query has this name

int64_t LimitedDepth(int64_t depth, int64_t depth_max) {
  if (depth > depth_max) {
    ThrowTrino(kNotSupportedHere,
               fmt::format("Recursion depth limit exceeded ({}). Use "
                           "'{}' session property to modify the limit.",
                           depth_max, kMaxRecursionDepth));
  }
  return depth;
}

ExpressionPtr CheckedDepth(const BoundCall& call) {
  Value depth_max;
  const bool is_set = call.context().TryGetCurrentSetting(kMaxRecursionDepth, depth_max);
  const int64_t most =
      is_set && !depth_max.IsNull() ? depth_max.GetValue<int64_t>() : kDepthOtherwise;
  return call.Ours(kLimitedDepth,
                   ListOf(call.Argument(0), ConstantOf(Value::BIGINT(most))));
}

void CheckSetting(duckdb::ClientContext&, duckdb::SetScope, Value& value) {
  if (value.IsNull() || value.GetValue<int64_t>() < 1) {
    ThrowStatus(MakeError(ErrorCode::kInvalidArgument,
                          fmt::format("{} must be a positive number, not: {}",
                                      kMaxRecursionDepth, value.ToString())));
  }
}

std::string AllSteps(const std::string& name) { return name + " with all steps"; }

Table Subquery(Node node, const std::string& alias) {
  auto statement = make_uniq<duckdb::SelectStatement>();
  statement->node = std::move(node);
  auto table = make_uniq<duckdb::SubqueryRef>(std::move(statement));
  table->alias = alias;
  return table;
}

Table StepsOf(const std::string& name) {
  auto table = make_uniq<duckdb::BaseTableRef>();
  table->table_name = AllSteps(name);
  return table;
}

Parsed ColumnOf(const char* table, const char* column) {
  return make_uniq<duckdb::ColumnRefExpression>(column, table);
}

/// SELECT base.*, 0 FROM (query) base
Node Base(Node query) {
  auto select = make_uniq<duckdb::SelectNode>();
  select->select_list.push_back(make_uniq<duckdb::StarExpression>("base"));
  select->select_list.push_back(Constant(Value::BIGINT(0)));
  select->from_table = Subquery(std::move(query), "base");
  return select;
}

/// SELECT max(depth) + 1 AS depth FROM "name with all steps": there, in a step, are the
/// rows of the step before.
Node NextDepth(const std::string& name) {
  auto select = make_uniq<duckdb::SelectNode>();
  Parsed last = BuiltIn("max", List(make_uniq<duckdb::ColumnRefExpression>(kDepth)));
  Parsed next = BuiltIn("+", List(std::move(last), Constant(Value::BIGINT(1))));
  next->SetAlias(kDepth);
  select->select_list.push_back(std::move(next));
  select->from_table = StepsOf(name);
  return select;
}

/// SELECT step.*, checked_depth(next.depth) FROM (query) step, (NextDepth) next
Node Step(const std::string& name, Node query) {
  auto select = make_uniq<duckdb::SelectNode>();
  select->select_list.push_back(make_uniq<duckdb::StarExpression>("step"));
  select->select_list.push_back(Operator(kCheckedDepth, List(ColumnOf("next", kDepth))));
  auto join = make_uniq<duckdb::JoinRef>(duckdb::JoinRefType::CROSS);
  join->left = Subquery(std::move(query), "step");
  join->right = Subquery(NextDepth(name), "next");
  select->from_table = std::move(join);
  return select;
}

/// SELECT the columns FROM "name with all steps"
Node WithoutDepth(const std::string& name, const std::vector<std::string>& columns) {
  auto select = make_uniq<duckdb::SelectNode>();
  for (const std::string& column : columns) {
    select->select_list.push_back(make_uniq<duckdb::ColumnRefExpression>(column));
  }
  select->from_table = StepsOf(name);
  return select;
}

}  // namespace

Table Translator::RecursiveReference(const std::vector<sql::Name>& name) {
  if (name.size() != 1) {
    return nullptr;
  }
  const std::string folded = Folded(name[0].text);
  const auto found =
      std::find_if(recursive_.rbegin(), recursive_.rend(),
                   [&](const RecursiveTable& table) { return table.name == folded; });
  if (found == recursive_.rend() || !found->is_open) {
    return nullptr;
  }
  found->is_used = true;
  return Subquery(WithoutDepth(folded, found->columns), folded);
}

Node Translator::RecursiveBody(const sql::CommonTable& table,
                               duckdb::CommonTableExpressionMap* tables) {
  const auto* both = std::get_if<sql::SetOperation>(&table.query->body);
  const bool steps = both != nullptr && both->op == sql::SetOperator::kUnion &&
                     table.query->with.empty() && table.query->order_by.empty() &&
                     table.query->offset == nullptr && !table.query->limit.has_value();
  if (!steps) {
    return Translate(*table.query);
  }
  const std::string name = Folded(table.name.text);
  std::vector<std::string> columns;
  for (const sql::Name& column : table.columns) {
    columns.push_back(column.text);
  }
  recursive_.push_back({.name = name, .columns = columns, .is_open = true});
  Node step = Translate(*both->right);
  const bool is_recursive = recursive_.back().is_used;
  recursive_.pop_back();
  if (!is_recursive) {
    return Translate(*table.query);
  }
  if (columns.empty()) {
    Fail(ErrorCode::kInvalidArgument, table.query->at,
         "MISSING_COLUMN_ALIASES: missing column aliases in recursive WITH query");
  }
  auto recursion = make_uniq<duckdb::RecursiveCTENode>();
  recursion->ctename = AllSteps(name);
  recursion->union_all = true;
  recursion->left = Base(Translate(*both->left));
  recursion->right = Step(name, std::move(step));
  recursion->aliases.assign(columns.begin(), columns.end());
  recursion->aliases.emplace_back(kDepth);
  auto info = make_uniq<duckdb::CommonTableExpressionInfo>();
  info->aliases = recursion->aliases;
  info->query = make_uniq<duckdb::SelectStatement>();
  info->query->node = std::move(recursion);
  tables->map[AllSteps(name)] = std::move(info);
  Node rows = WithoutDepth(name, columns);
  if (!both->is_all) {
    rows->modifiers.push_back(make_uniq<duckdb::DistinctModifier>());
  }
  return rows;
}

void AddRecursion(FunctionLibrary& library) {
  library.Add(Typed<&LimitedDepth>(kLimitedDepth), Reach::kTranslatorOnly);
  library.Add(Rewritten<&CheckedDepth>(kCheckedDepth, 1), Reach::kTranslatorOnly);
}

void AddRecursionSetting(duckdb::DBConfig& config) {
  config.AddExtensionOption(
      kMaxRecursionDepth, "How often a WITH RECURSIVE may step in Trino's dialect",
      duckdb::LogicalType::BIGINT, Value::BIGINT(kDepthOtherwise), &CheckSetting);
}

}  // namespace tarn::engine::trino
