#include "tarn/engine/internal/returned_rows.h"

namespace tarn::engine {

void ReturnedRows::Append(duckdb::DataChunk& chunk) {
  duckdb::DataChunk row;
  row.InitializeEmpty(rows_.Types());
  for (duckdb::idx_t i = 0; i < row.ColumnCount(); ++i) {
    row.data[i].Reference(chunk.data[i]);
  }
  row.SetCardinality(chunk.size());
  const std::lock_guard guard(mutex_);
  rows_.Append(row);
}

duckdb::SourceResultType ReturnedSource::Next(const ReturnedRows& returned,
                                              duckdb::DataChunk* chunk) {
  if (!has_begun) {
    returned.rows().InitializeScan(scan);
    has_begun = true;
  }
  returned.rows().Scan(scan, *chunk);
  return chunk->size() == 0 ? duckdb::SourceResultType::FINISHED
                            : duckdb::SourceResultType::HAVE_MORE_OUTPUT;
}

}  // namespace tarn::engine
