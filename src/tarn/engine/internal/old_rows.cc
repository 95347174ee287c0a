#include "tarn/engine/internal/old_rows.h"

#include <utility>

#include <duckdb/main/config.hpp>
#include <duckdb/optimizer/optimizer_extension.hpp>
#include <duckdb/planner/expression/bound_columnref_expression.hpp>
#include <duckdb/planner/operator/logical_delete.hpp>
#include <duckdb/planner/operator/logical_get.hpp>
#include <duckdb/planner/operator/logical_merge_into.hpp>
#include <duckdb/planner/operator/logical_projection.hpp>

#include "tarn/engine/internal/plan_changes.h"
#include "tarn/engine/internal/table_entry.h"
#include "tarn/engine/internal/table_scan.h"

namespace tarn::engine {
namespace {

using Expressions = duckdb::vector<duckdb::unique_ptr<duckdb::Expression>>;

duckdb::LogicalGet* FindScan(duckdb::LogicalOperator& plan, duckdb::idx_t table_index) {
  if (plan.type == duckdb::LogicalOperatorType::LOGICAL_GET) {
    auto& get = plan.Cast<duckdb::LogicalGet>();
    if (get.table_index == table_index) {
      return &get;
    }
  }
  for (const auto& child : plan.children) {
    if (auto* found = FindScan(*child, table_index)) {
      return found;
    }
  }
  return nullptr;
}

duckdb::unique_ptr<duckdb::Expression> Reference(const duckdb::LogicalType& type,
                                                 duckdb::ColumnBinding binding) {
  return duckdb::make_uniq<duckdb::BoundColumnRefExpression>(type, binding);
}

/// The columns of `table`, from the scan below `plan` that `row_id` is a column of; none
/// if it is not there.
Expressions ColumnsOf(const TableEntry& table, duckdb::LogicalOperator& plan,
                      const duckdb::Expression& row_id) {
  Expressions columns;
  if (row_id.GetExpressionClass() != duckdb::ExpressionClass::BOUND_COLUMN_REF) {
    return columns;
  }
  const auto& binding = row_id.Cast<duckdb::BoundColumnRefExpression>().binding;
  duckdb::LogicalGet* get = FindScan(plan, binding.table_index);
  if (get == nullptr) {
    return columns;
  }
  for (const auto& column : table.GetColumns().Physical()) {
    const duckdb::idx_t place = ScannedColumn(column.Physical().index, get);
    columns.push_back(Reference(column.Type(), {get->table_index, place}));
  }
  return columns;
}

void BringRows(duckdb::LogicalDelete& op) {
  const auto* table = dynamic_cast<const TableEntry*>(&op.table);
  if (!op.return_chunk || table == nullptr) {
    return;
  }
  for (auto& column : ColumnsOf(*table, *op.children[0], *op.expressions[0])) {
    op.expressions.push_back(std::move(column));
  }
}

bool IsDelete(const duckdb::BoundMergeIntoAction& action) {
  return action.action_type == duckdb::MergeActionType::MERGE_DELETE;
}

bool Deletes(const duckdb::LogicalMergeInto& op) {
  for (const auto& [condition, actions] : op.actions) {
    for (const auto& action : actions) {
      if (IsDelete(*action)) {
        return true;
      }
    }
  }
  return false;
}

/// The projection below brings the columns once; each DELETE refers to them.
void BringRows(duckdb::LogicalMergeInto& op) {
  const auto* table = dynamic_cast<const TableEntry*>(&op.table);
  if (!op.return_chunk || table == nullptr || !Deletes(op)) {
    return;
  }
  auto& projection = op.children[0]->Cast<duckdb::LogicalProjection>();
  duckdb::vector<std::pair<duckdb::LogicalType, duckdb::idx_t>> row;
  auto columns = ColumnsOf(*table, *projection.children[0],
                           *projection.expressions[op.row_id_start]);
  for (auto& column : columns) {
    row.emplace_back(column->return_type, projection.expressions.size());
    projection.expressions.push_back(std::move(column));
  }
  for (duckdb::idx_t i = 0; i < TableScanRowIdColumns().size(); ++i) {
    const duckdb::idx_t place = op.row_id_start + i;
    row.emplace_back(projection.expressions[place]->return_type, place);
  }
  for (auto& [condition, actions] : op.actions) {
    for (auto& action : actions) {
      for (const auto& [type, place] : row) {
        if (IsDelete(*action)) {
          action->expressions.push_back(Reference(type, {projection.table_index, place}));
        }
      }
    }
  }
}

void BringRowsOf(duckdb::LogicalOperator& plan) {
  if (plan.type == duckdb::LogicalOperatorType::LOGICAL_DELETE) {
    BringRows(plan.Cast<duckdb::LogicalDelete>());
  }
  if (plan.type == duckdb::LogicalOperatorType::LOGICAL_MERGE_INTO) {
    BringRows(plan.Cast<duckdb::LogicalMergeInto>());
  }
  for (const auto& child : plan.children) {
    BringRowsOf(*child);
  }
}

void BeforeOptimizing(duckdb::OptimizerExtensionInput&,
                      duckdb::unique_ptr<duckdb::LogicalOperator>& plan) {
  BringRowsOf(*plan);
}

}  // namespace

void RegisterOldRows(duckdb::DBConfig& config) {
  duckdb::OptimizerExtension extension;
  extension.pre_optimize_function = BeforeOptimizing;
  duckdb::OptimizerExtension::Register(config, extension);
}

}  // namespace tarn::engine
