// The operators of DELETE, UPDATE and MERGE.
#pragma once

#include <map>
#include <memory>
#include <utility>
#include <vector>

#include <duckdb/execution/operator/persistent/physical_merge_into.hpp>
#include <duckdb/execution/physical_operator.hpp>

#include "tarn/engine/internal/row_changes.h"
#include "tarn/engine/internal/row_delta.h"

namespace tarn::engine {

/// Where a chunk has what TableScanRowIdColumns names.
struct RowIdPlaces {
  duckdb::idx_t file = 0;
  duckdb::idx_t position = 0;
  duckdb::idx_t row_id = 0;
};

/// A MERGE that several operators carry out; its rows are gathered in one place.
struct MergeInProgress {
  std::shared_ptr<RowChanges> changes;  // made anew when the statement runs
  /// A row that two source rows would change is an error, unless both delete it.
  bool refuses_repeats = true;
};

/// Marks rows as deleted and, for UPDATE, writes what they become. Chunks of UPDATE hold
/// the new row in the table's columns, then the row's ids; of DELETE with RETURNING the
/// old row likewise. Outside of MERGE the last step makes the delete files and hands all
/// to the transaction.
class ChangeOperator final : public duckdb::PhysicalOperator {
 public:
  ChangeOperator(duckdb::PhysicalPlan& plan,
                 duckdb::vector<duckdb::LogicalType> result_types,
                 duckdb::idx_t estimated_rows, duckdb::Catalog& catalog,
                 ChangeTarget target, RowIdPlaces places,
                 std::shared_ptr<MergeInProgress> merge = nullptr);

  duckdb::string GetName() const override;
  duckdb::InsertionOrderPreservingMap<duckdb::string> ParamsToString() const override;

  bool IsSink() const override { return true; }
  bool ParallelSink() const override { return true; }
  duckdb::unique_ptr<duckdb::GlobalSinkState> GetGlobalSinkState(
      duckdb::ClientContext& context) const override;
  duckdb::unique_ptr<duckdb::LocalSinkState> GetLocalSinkState(
      duckdb::ExecutionContext& context) const override;
  duckdb::SinkResultType Sink(duckdb::ExecutionContext& context, duckdb::DataChunk& chunk,
                              duckdb::OperatorSinkInput& input) const override;
  duckdb::SinkCombineResultType Combine(
      duckdb::ExecutionContext& context,
      duckdb::OperatorSinkCombineInput& input) const override;
  duckdb::SinkFinalizeType Finalize(
      duckdb::Pipeline& pipeline, duckdb::Event& event, duckdb::ClientContext& context,
      duckdb::OperatorSinkFinalizeInput& input) const override;

  bool IsSource() const override { return true; }
  duckdb::unique_ptr<duckdb::GlobalSourceState> GetGlobalSourceState(
      duckdb::ClientContext& context) const override;
  /// One row: how many were changed; or the rows: new ones, of DELETE as they were.
  duckdb::SourceResultType GetDataInternal(
      duckdb::ExecutionContext& context, duckdb::DataChunk& chunk,
      duckdb::OperatorSourceInput& input) const override;

 private:
  bool writes() const { return target_.kind == ChangeKind::kUpdate; }

  duckdb::Catalog& catalog_;
  ChangeTarget target_;
  RowIdPlaces places_;
  std::shared_ptr<MergeInProgress> merge_;
};

/// Where a MERGE's chunk tells whether a row of the table and of the source is there, and
/// whether the statement gives rows back.
struct MergePlaces {
  duckdb::idx_t row_id_start = 0;
  duckdb::optional_idx source_marker = {};
  bool returns_rows = false;
};

/// DuckDB's MERGE over ChangeOperators and InsertOperators; the last step is the table's.
class MergeOperator final : public duckdb::PhysicalMergeInto {
 public:
  using Actions = std::map<duckdb::MergeActionCondition,
                           duckdb::vector<duckdb::unique_ptr<duckdb::MergeIntoOperator>>>;
  MergeOperator(duckdb::PhysicalPlan& plan,
                duckdb::vector<duckdb::LogicalType> result_types, Actions planned,
                const MergePlaces& places, duckdb::Catalog& catalog, ChangeTarget target,
                std::shared_ptr<MergeInProgress> merge);

  duckdb::string GetName() const override { return "ICEBERG_MERGE"; }
  duckdb::unique_ptr<duckdb::GlobalSinkState> GetGlobalSinkState(
      duckdb::ClientContext& context) const override;
  duckdb::SinkFinalizeType Finalize(
      duckdb::Pipeline& pipeline, duckdb::Event& event, duckdb::ClientContext& context,
      duckdb::OperatorSinkFinalizeInput& input) const override;

 private:
  duckdb::Catalog& catalog_;
  ChangeTarget target_;
  std::shared_ptr<MergeInProgress> merge_;
};

/// A DELETE that takes whole files by what the metadata says of them: nothing is read.
class WholeFilesDelete final : public duckdb::PhysicalOperator {
 public:
  WholeFilesDelete(duckdb::PhysicalPlan& plan,
                   duckdb::vector<duckdb::LogicalType> result_types,
                   duckdb::Catalog& catalog, ChangeTarget target,
                   std::vector<const table::FileScanTask*> tasks)
      : duckdb::PhysicalOperator(plan, duckdb::PhysicalOperatorType::EXTENSION,
                                 std::move(result_types), 1),
        catalog_(catalog),
        target_(std::move(target)),
        tasks_(std::move(tasks)) {}

  duckdb::string GetName() const override { return "ICEBERG_DELETE"; }
  duckdb::InsertionOrderPreservingMap<duckdb::string> ParamsToString() const override;
  bool IsSource() const override { return true; }
  duckdb::SourceResultType GetDataInternal(
      duckdb::ExecutionContext& context, duckdb::DataChunk& chunk,
      duckdb::OperatorSourceInput& input) const override;

 private:
  duckdb::Catalog& catalog_;
  ChangeTarget target_;
  std::vector<const table::FileScanTask*> tasks_;  // of target_.files
};

}  // namespace tarn::engine
