#include "tarn/engine/internal/plan_changes.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <duckdb/common/multi_file/multi_file_states.hpp>
#include <duckdb/execution/operator/projection/physical_projection.hpp>
#include <duckdb/execution/operator/scan/physical_table_scan.hpp>
#include <duckdb/execution/physical_plan_generator.hpp>
#include <duckdb/planner/expression/bound_columnref_expression.hpp>
#include <duckdb/planner/expression/bound_reference_expression.hpp>
#include <duckdb/planner/operator/logical_delete.hpp>
#include <duckdb/planner/operator/logical_get.hpp>
#include <duckdb/planner/operator/logical_merge_into.hpp>
#include <duckdb/planner/operator/logical_projection.hpp>
#include <duckdb/planner/operator/logical_update.hpp>

#include "tarn/base/error.h"
#include "tarn/engine/internal/catch_duckdb.h"
#include "tarn/engine/internal/change_rows.h"
#include "tarn/engine/internal/filter_conversion.h"
#include "tarn/engine/internal/insert.h"
#include "tarn/engine/internal/scan_file_list.h"
#include "tarn/engine/internal/table_entry.h"
#include "tarn/iceberg/metrics_evaluator.h"
#include "tarn/iceberg/projection.h"

namespace tarn::engine {
namespace {

using Expressions = duckdb::vector<duckdb::unique_ptr<duckdb::Expression>>;

/// RegisterOldRows had no chance to add what RETURNING needs.
[[noreturn]] void RefuseReturning(const TableEntry& table) {
  ThrowStatus(MakeError(ErrorCode::kNotSupported,
                        "RETURNING of DELETE and MERGE needs the optimizer; run PRAGMA "
                        "enable_optimizer first: " +
                            table.ident().ToString()));
}

/// The scans of `table` below `op`.
void FindScans(duckdb::PhysicalOperator& op, const TableEntry& table,
               std::vector<duckdb::PhysicalTableScan*>* scans) {
  if (op.type == duckdb::PhysicalOperatorType::TABLE_SCAN) {
    auto& scan = op.Cast<duckdb::PhysicalTableScan>();
    const ScanFileList* list = TableScanFiles(scan.function, scan.bind_data.get());
    if (list != nullptr && list->state().source().files == table.files()) {
      scans->push_back(&scan);
    }
  }
  for (auto& child : op.children) {
    FindScans(child.get(), table, scans);
  }
}

const ScanFileList& ListOf(const duckdb::PhysicalTableScan& scan) {
  return *TableScanFiles(scan.function, scan.bind_data.get());
}

ChangeTarget TargetOf(ChangeKind kind, const TableEntry& table,
                      duckdb::PhysicalOperator& plan) {
  ChangeTarget target{.kind = kind,
                      .ident = table.ident(),
                      .metadata = table.metadata(),
                      .files = table.files(),
                      .branch = table.state().branch,
                      .base = table.state().snapshot_id,
                      .own_changes = table.own_changes()};
  std::vector<duckdb::PhysicalTableScan*> scans;
  FindScans(plan, table, &scans);
  if (scans.size() == 1) {
    target.read_rows = ListOf(*scans[0]).filter();
  }
  return target;
}

/// What the scan filters rows by, if it can be said exactly in Iceberg's terms.
std::optional<iceberg::Expression> ExactFilterOf(const duckdb::PhysicalTableScan& scan,
                                                 const iceberg::Schema& schema) {
  iceberg::Expression all = iceberg::AlwaysTrue();
  if (scan.dynamic_filters != nullptr) {
    return {};
  }
  if (scan.table_filters == nullptr) {
    return all;
  }
  for (const auto& [position, filter] : scan.table_filters->filters) {
    const duckdb::column_t column = scan.column_ids[position].GetPrimaryIndex();
    if (column >= schema.fields().size()) {
      return {};
    }
    auto one = ExactFilter(*filter, schema, schema.fields()[column]);
    if (!one.has_value()) {
      return {};
    }
    all = iceberg::And(std::move(all), *std::move(one));
  }
  return all;
}

/// True if the partition or the statistics say that every row of the file matches.
bool AllRowsMatch(const iceberg::Expression& filter, const ScanState& state,
                  const iceberg::DataFile& file) {
  if (filter.op == iceberg::Operation::kTrue ||
      iceberg::MustMatch(filter, state.schema(), file)) {
    return true;
  }
  const iceberg::PartitionSpec* spec = state.source().metadata->FindSpec(file.spec_id);
  return spec != nullptr && !spec->is_unpartitioned() &&
         iceberg::PartitionMatches(iceberg::ProjectStrict(filter, *spec, state.schema()),
                                   *spec, file.partition);
}

/// The files of a DELETE that takes whole files only; unset if rows must be looked at.
std::optional<std::vector<const table::FileScanTask*>> WholeFiles(
    duckdb::PhysicalOperator& plan, const TableEntry& table) {
  duckdb::PhysicalOperator* source = &plan;
  while (source->type == duckdb::PhysicalOperatorType::PROJECTION) {
    source = &source->children[0].get();
  }
  std::vector<duckdb::PhysicalTableScan*> scans;
  if (source->type == duckdb::PhysicalOperatorType::TABLE_SCAN) {
    FindScans(*source, table, &scans);
  }
  if (scans.empty()) {
    return {};
  }
  const ScanFileList& list = ListOf(*scans[0]);
  const auto filter = ExactFilterOf(*scans[0], list.state().schema());
  if (!filter.has_value()) {
    return {};
  }
  std::vector<const table::FileScanTask*> tasks;
  for (const NumberedTask& numbered : list.Planned().files) {
    if (!AllRowsMatch(*filter, list.state(), numbered.task->file)) {
      return {};
    }
    tasks.push_back(numbered.task);
  }
  return tasks;
}

duckdb::unique_ptr<duckdb::Expression> Reference(const duckdb::LogicalType& type,
                                                 duckdb::idx_t place) {
  return duckdb::make_uniq<duckdb::BoundReferenceExpression>(type, place);
}

/// An UPDATE's rows as ChangeOperator takes them: the new row in the table's columns,
/// then the row's ids, which `types` end with.
Expressions NewRow(const TableEntry& table,
                   const duckdb::vector<duckdb::PhysicalIndex>& columns,
                   const Expressions& values, const Expressions& defaults,
                   const duckdb::vector<duckdb::LogicalType>& types,
                   duckdb::idx_t row_id_start) {
  Expressions row;
  for (const auto& column : table.GetColumns().Physical()) {
    duckdb::unique_ptr<duckdb::Expression> value;
    for (duckdb::idx_t i = 0; i < columns.size(); ++i) {
      if (columns[i] == column.Physical()) {
        value = values[i]->GetExpressionType() == duckdb::ExpressionType::VALUE_DEFAULT
                    ? defaults[column.StorageOid()]->Copy()
                    : values[i]->Copy();
      }
    }
    TARN_CHECK(value != nullptr);  // BindWholeRows added every column
    row.push_back(std::move(value));
  }
  for (duckdb::idx_t i = 0; i < TableScanRowIdColumns().size(); ++i) {
    row.push_back(Reference(types[row_id_start + i], row_id_start + i));
  }
  return row;
}

RowIdPlaces PlacesFrom(duckdb::idx_t start) {
  return {.file = start, .position = start + 1, .row_id = start + 2};
}

duckdb::PhysicalOperator& Project(duckdb::PhysicalPlanGenerator& planner, Expressions row,
                                  duckdb::PhysicalOperator& plan) {
  duckdb::vector<duckdb::LogicalType> types;
  for (const auto& value : row) {
    types.push_back(value->return_type);
  }
  auto& rows = planner.Make<duckdb::PhysicalProjection>(types, std::move(row),
                                                        plan.estimated_cardinality);
  rows.children.push_back(plan);
  return rows;
}

/// A DELETE's rows as they were, then their ids.
duckdb::PhysicalOperator& OldRows(duckdb::PhysicalPlanGenerator& planner,
                                  const TableEntry& table, duckdb::LogicalDelete& op,
                                  duckdb::PhysicalOperator& plan) {
  const auto num_ids = static_cast<int64_t>(TableScanRowIdColumns().size());
  if (op.expressions.size() == TableScanRowIdColumns().size()) {
    RefuseReturning(table);
  }
  Expressions row = std::move(op.expressions);
  std::rotate(row.begin(), row.begin() + num_ids, row.end());
  return Project(planner, std::move(row), plan);
}

class MergePlanner {
 public:
  MergePlanner(duckdb::Catalog& catalog, duckdb::PhysicalPlanGenerator& planner,
               duckdb::LogicalMergeInto& op, duckdb::PhysicalOperator& plan)
      : catalog_(catalog),
        planner_(planner),
        op_(op),
        plan_(plan),
        table_(TableEntry::ForWriting(op.table)),
        target_(TargetOf(ChangeKind::kMerge, table_, plan)) {
    target_.returns_rows = op.return_chunk;
  }

  duckdb::PhysicalOperator& Plan() {
    merge_->refuses_repeats = false;
    MergeOperator::Actions actions;
    for (auto& [condition, planned] : op_.actions) {
      auto& list = actions[condition];
      for (auto& action : planned) {
        if (action->action_type == duckdb::MergeActionType::MERGE_UPDATE) {
          merge_->refuses_repeats = true;
        }
        list.push_back(PlanAction(*action));
      }
    }
    auto& merge =
        planner_.Make<MergeOperator>(op_.types, std::move(actions),
                                     MergePlaces{.row_id_start = op_.row_id_start,
                                                 .source_marker = op_.source_marker,
                                                 .returns_rows = op_.return_chunk},
                                     catalog_, std::move(target_), merge_);
    merge.children.push_back(plan_);
    return merge;
  }

 private:
  duckdb::unique_ptr<duckdb::MergeIntoOperator> PlanAction(
      duckdb::BoundMergeIntoAction& action) {
    auto planned = duckdb::make_uniq<duckdb::MergeIntoOperator>();
    planned->action_type = action.action_type;
    planned->condition = std::move(action.condition);
    switch (action.action_type) {
      case duckdb::MergeActionType::MERGE_UPDATE:
        planned->expressions =
            NewRow(table_, action.columns, action.expressions, op_.bound_defaults,
                   plan_.GetTypes(), op_.row_id_start);
        planned->op = Change(ChangeKind::kUpdate, AfterRow());
        break;
      case duckdb::MergeActionType::MERGE_DELETE:
        if (op_.return_chunk && action.expressions.empty()) {
          RefuseReturning(table_);
        }
        planned->expressions =
            std::move(action.expressions);  // the old row, if asked for
        planned->op =
            Change(ChangeKind::kDelete,
                   op_.return_chunk ? AfterRow() : PlacesFrom(op_.row_id_start));
        break;
      case duckdb::MergeActionType::MERGE_INSERT:
        planned->expressions = InsertedRow(action);
        planned->op = Insert();
        break;
      default:
        planned->expressions = std::move(action.expressions);
        break;
    }
    return planned;
  }

  RowIdPlaces AfterRow() const {
    return PlacesFrom(table_.metadata()->schema().fields().size());
  }

  /// What an action gives: DuckDB's MERGE adds which action it was.
  duckdb::vector<duckdb::LogicalType> ResultTypes() const {
    return op_.return_chunk ? table_.GetTypes() : op_.types;
  }

  duckdb::PhysicalOperator& Change(ChangeKind kind, RowIdPlaces places) {
    ChangeTarget target = target_;
    target.kind = kind;
    return planner_.Make<ChangeOperator>(ResultTypes(), duckdb::idx_t{1}, catalog_,
                                         std::move(target), places, merge_);
  }

  duckdb::PhysicalOperator& Insert() {
    InsertTarget target{.ident = table_.ident(),
                        .metadata = table_.metadata(),
                        .branch = table_.state().branch,
                        .returns_rows = op_.return_chunk};
    return planner_.Make<InsertOperator>(ResultTypes(), duckdb::idx_t{1}, catalog_,
                                         std::move(target), table_.GetTypes(),
                                         /*parallel=*/true);
  }

  Expressions InsertedRow(duckdb::BoundMergeIntoAction& action) {
    if (action.column_index_map.empty()) {
      return std::move(action.expressions);
    }
    Expressions row;
    for (const auto& column : table_.GetColumns().Physical()) {
      const auto mapped = action.column_index_map[column.Physical()];
      row.push_back(mapped == duckdb::DConstants::INVALID_INDEX
                        ? op_.bound_defaults[column.StorageOid()]->Copy()
                        : std::move(action.expressions[mapped]));
    }
    return row;
  }

  duckdb::Catalog& catalog_;
  duckdb::PhysicalPlanGenerator& planner_;
  duckdb::LogicalMergeInto& op_;
  duckdb::PhysicalOperator& plan_;
  const TableEntry& table_;
  ChangeTarget target_;
  std::shared_ptr<MergeInProgress> merge_ = std::make_shared<MergeInProgress>();
};

}  // namespace

duckdb::idx_t ScannedColumn(duckdb::column_t column, duckdb::LogicalGet* get) {
  const auto& scanned = get->GetColumnIds();
  for (duckdb::idx_t i = 0; i < scanned.size(); ++i) {
    if (scanned[i].GetPrimaryIndex() == column && !scanned[i].HasChildren()) {
      return i;
    }
  }
  get->AddColumnId(column);
  return get->GetColumnIds().size() - 1;
}

void BindWholeRows(TableEntry& table, duckdb::LogicalGet& get,
                   duckdb::LogicalProjection& projection, duckdb::LogicalUpdate& update) {
  for (const auto& column : table.GetColumns().Physical()) {
    const auto& changed = update.columns;
    if (std::find(changed.begin(), changed.end(), column.Physical()) != changed.end()) {
      continue;
    }
    // DuckDB's own BindExtraColumns would ask the scan for a column twice.
    const duckdb::ColumnBinding scanned(get.table_index,
                                        ScannedColumn(column.Physical().index, &get));
    const duckdb::ColumnBinding projected(projection.table_index,
                                          projection.expressions.size());
    projection.expressions.push_back(
        duckdb::make_uniq<duckdb::BoundColumnRefExpression>(column.Type(), scanned));
    update.expressions.push_back(
        duckdb::make_uniq<duckdb::BoundColumnRefExpression>(column.Type(), projected));
    update.columns.push_back(column.Physical());
  }
  update.update_is_del_and_insert = true;
}

duckdb::PhysicalOperator& PlanDeleteRows(duckdb::Catalog& catalog,
                                         duckdb::PhysicalPlanGenerator& planner,
                                         duckdb::LogicalDelete& op,
                                         duckdb::PhysicalOperator& plan) {
  const TableEntry& table = TableEntry::ForWriting(op.table);
  ChangeTarget target = TargetOf(ChangeKind::kDelete, table, plan);
  target.returns_rows = op.return_chunk;
  if (op.return_chunk) {
    auto& rows = OldRows(planner, table, op, plan);
    auto& change = planner.Make<ChangeOperator>(
        op.types, op.estimated_cardinality, catalog, std::move(target),
        PlacesFrom(table.metadata()->schema().fields().size()));
    change.children.push_back(rows);
    return change;
  }
  if (auto whole = WholeFiles(plan, table)) {
    return planner.Make<WholeFilesDelete>(op.types, catalog, std::move(target),
                                          *std::move(whole));
  }
  const auto place = [&](size_t i) {
    return op.expressions[i]->Cast<duckdb::BoundReferenceExpression>().index;
  };
  const RowIdPlaces places{.file = place(0), .position = place(1), .row_id = place(2)};
  auto& change = planner.Make<ChangeOperator>(op.types, op.estimated_cardinality, catalog,
                                              std::move(target), places);
  change.children.push_back(plan);
  return change;
}

duckdb::PhysicalOperator& PlanUpdateRows(duckdb::Catalog& catalog,
                                         duckdb::PhysicalPlanGenerator& planner,
                                         duckdb::LogicalUpdate& op,
                                         duckdb::PhysicalOperator& plan) {
  const TableEntry& table = TableEntry::ForWriting(op.table);
  ChangeTarget target = TargetOf(ChangeKind::kUpdate, table, plan);
  target.returns_rows = op.return_chunk;
  const auto row_id_start = plan.GetTypes().size() - TableScanRowIdColumns().size();
  Expressions row = NewRow(table, op.columns, op.expressions, op.bound_defaults,
                           plan.GetTypes(), row_id_start);
  auto& rows = Project(planner, std::move(row), plan);
  auto& change = planner.Make<ChangeOperator>(
      op.types, op.estimated_cardinality, catalog, std::move(target),
      PlacesFrom(table.metadata()->schema().fields().size()));
  change.children.push_back(rows);
  return change;
}

duckdb::PhysicalOperator& PlanMergeRows(duckdb::Catalog& catalog,
                                        duckdb::PhysicalPlanGenerator& planner,
                                        duckdb::LogicalMergeInto& op,
                                        duckdb::PhysicalOperator& plan) {
  return MergePlanner(catalog, planner, op, plan).Plan();
}

}  // namespace tarn::engine
