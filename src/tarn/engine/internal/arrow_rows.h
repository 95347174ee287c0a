// DuckDB's chunks gathered into Arrow record batches, for writing.
#pragma once

#include <memory>
#include <string>

#include <arrow/type_fwd.h>
#include <duckdb/common/arrow/arrow_appender.hpp>
#include <duckdb/common/types/data_chunk.hpp>
#include <duckdb/main/client_properties.hpp>

#include "tarn/base/result.h"
#include "tarn/engine/internal/value_encoder.h"

namespace tarn::engine {

/// Thread-compatible. Times with a zone are in UTC, whatever the session's zone.
class ArrowRows {
 public:
  ArrowRows(duckdb::ClientContext& context,
            const duckdb::vector<duckdb::LogicalType>& types,
            const duckdb::vector<std::string>& names);

  /// Copies `rows`. May throw DuckDB's exceptions.
  void Append(duckdb::DataChunk& rows);
  bool empty() const { return appender_ == nullptr; }
  /// True once a batch is worth handing on.
  bool full() const { return rows_ >= rows_max_ || text_bytes_ >= kTextBytesMax; }
  /// The rows since the last call; not to be called when empty().
  Result<std::shared_ptr<arrow::RecordBatch>> Take();

 private:
  /// Offsets of a batch's texts are 32 bits wide.
  static constexpr int64_t kTextBytesMax = int64_t{64} << 20;

  duckdb::ClientContext& context_;
  /// `chunk` with its values as files hold them.
  duckdb::DataChunk& Encode(duckdb::DataChunk& chunk);

  duckdb::vector<duckdb::LogicalType> types_;  // as files hold them
  duckdb::unique_ptr<ValueEncoder> encoder_;   // nullptr: the rows are as files hold them
  duckdb::DataChunk encoded_;
  duckdb::vector<std::string> names_;
  duckdb::ClientProperties properties_;
  int64_t rows_max_ = 0;
  int64_t rows_ = 0;
  int64_t text_bytes_ = 0;
  duckdb::unique_ptr<duckdb::ArrowAppender> appender_;
  std::shared_ptr<arrow::Schema> schema_;
};

}  // namespace tarn::engine
