// The operator that writes: INSERT INTO an Iceberg table, and CREATE TABLE AS.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include <duckdb/common/enums/on_create_conflict.hpp>
#include <duckdb/execution/physical_operator.hpp>

#include "tarn/engine/internal/declared_table.h"
#include "tarn/iceberg/expression.h"
#include "tarn/iceberg/snapshot.h"
#include "tarn/iceberg/table_ident.h"
#include "tarn/iceberg/table_metadata.h"

namespace tarn::engine {

/// Where the rows go. INSERT: `metadata` is the table; CTAS: `declared` is made when the
/// statement runs.
struct InsertTarget {
  iceberg::TableIdent ident;
  std::shared_ptr<const iceberg::TableMetadata> metadata = nullptr;
  std::string branch = iceberg::kMainBranch;
  bool overwrites = false;  // what is in the rows' partitions, or `replaced`
  std::optional<iceberg::Expression> replaced = {};
  bool returns_rows = false;
  std::optional<DeclaredTable> declared = {};
  duckdb::OnCreateConflict on_conflict = duckdb::OnCreateConflict::ERROR_ON_CONFLICT;
};

/// Finished files go to the transaction, which commits them or takes them back.
class InsertOperator final : public duckdb::PhysicalOperator {
 public:
  InsertOperator(duckdb::PhysicalPlan& plan,
                 duckdb::vector<duckdb::LogicalType> result_types,
                 duckdb::idx_t estimated_rows, duckdb::Catalog& catalog,
                 InsertTarget target, duckdb::vector<duckdb::LogicalType> row_types,
                 bool parallel)
      : duckdb::PhysicalOperator(plan, duckdb::PhysicalOperatorType::EXTENSION,
                                 std::move(result_types), estimated_rows),
        catalog_(catalog),
        target_(std::move(target)),
        row_types_(std::move(row_types)),
        parallel_(parallel) {}

  duckdb::string GetName() const override {
    if (target_.overwrites) {
      return "ICEBERG_OVERWRITE";
    }
    return target_.declared.has_value() ? "ICEBERG_CREATE_TABLE_AS" : "ICEBERG_INSERT";
  }
  duckdb::InsertionOrderPreservingMap<duckdb::string> ParamsToString() const override;

  bool IsSink() const override { return true; }
  bool ParallelSink() const override { return parallel_; }
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
  /// One row: how many were written; or the rows.
  duckdb::SourceResultType GetDataInternal(
      duckdb::ExecutionContext& context, duckdb::DataChunk& chunk,
      duckdb::OperatorSourceInput& input) const override;

 private:
  duckdb::Catalog& catalog_;
  InsertTarget target_;
  duckdb::vector<duckdb::LogicalType> row_types_;  // of the chunks
  bool parallel_;
};

}  // namespace tarn::engine
