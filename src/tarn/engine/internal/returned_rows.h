// Rows that a statement gives back: RETURNING.
#pragma once

#include <mutex>

#include <duckdb/common/types/column/column_data_collection.hpp>
#include <duckdb/execution/physical_operator.hpp>

namespace tarn::engine {

/// What threads gave, for one to read again once they have finished.
class ReturnedRows {
 public:
  ReturnedRows(duckdb::ClientContext& client,
               const duckdb::vector<duckdb::LogicalType>& types)
      : rows_(client, types) {}

  /// The first columns of `chunk`, which are those of the table. Thread-safe.
  void Append(duckdb::DataChunk& chunk);
  const duckdb::ColumnDataCollection& rows() const { return rows_; }

 private:
  std::mutex mutex_;
  duckdb::ColumnDataCollection rows_;
};

/// How far they are read.
struct ReturnedSource final : public duckdb::GlobalSourceState {
  duckdb::ColumnDataScanState scan;
  bool has_begun = false;

  duckdb::SourceResultType Next(const ReturnedRows& returned, duckdb::DataChunk* chunk);
};

}  // namespace tarn::engine
