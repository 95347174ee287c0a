// Rows of a statement on their way into data files: each thread's chunks to Arrow, to
// writers of its own or to one that all share.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"
#include "tarn/engine/internal/arrow_rows.h"
#include "tarn/engine/internal/pending_writes.h"
#include "tarn/iceberg/table_metadata.h"
#include "tarn/storage/table_writer.h"
#include "tarn/table/context.h"

namespace tarn::engine {

struct RowWriterOptions {
  std::string table_name;    // for file names
  int64_t threads_max = 1;   // that will write
  bool row_lineage = false;  // rows end with _row_id and _last_updated_sequence_number
};

/// Those of the table, its writers' memory shared among the threads. Errors: those of
/// storage::TableWriterOptionsFor.
Result<storage::TableWriterOptions> WriterOptionsOf(
    const table::Context& context, const iceberg::TableMetadata& metadata,
    const RowWriterOptions& options);

/// What the threads of a statement share. Thread-safe. A table without partitions gets a
/// writer for each thread that has enough rows for a file; small results, and tables with
/// partitions (whose files would multiply) or an order (which goes over all rows), share
/// one. Files that Finish has not handed
/// out are aborted.
class RowWriter {
 public:
  /// `context` outlives it.
  static Result<std::unique_ptr<RowWriter>> Make(
      const table::Context& context,
      std::shared_ptr<const iceberg::TableMetadata> metadata,
      const RowWriterOptions& options);
  ~RowWriter() { written_.Abort(); }
  RowWriter(const RowWriter&) = delete;
  RowWriter& operator=(const RowWriter&) = delete;

  const iceberg::TableMetadata& metadata() const { return *metadata_; }
  bool shares_writer() const { return shares_writer_; }
  bool row_lineage() const { return options_.row_lineage; }
  /// Of all threads that have finished.
  int64_t num_rows() const;

  /// After all threads have finished.
  Result<WrittenFiles> Finish();

 private:
  friend class ThreadRows;
  using Batches = std::vector<std::shared_ptr<arrow::RecordBatch>>;

  RowWriter(const table::Context& context,
            std::shared_ptr<const iceberg::TableMetadata> metadata,
            storage::TableWriterOptions options);
  Result<std::unique_ptr<storage::TableWriter>> OpenWriter() const;
  /// Into the writer that all threads share.
  Status AppendShared(const Batches& batches);
  Status FinishWriter(std::unique_ptr<storage::TableWriter> writer);
  void CountRows(int64_t rows);

  const table::Context& context_;
  std::shared_ptr<const iceberg::TableMetadata> metadata_;
  storage::TableWriterOptions options_;
  bool shares_writer_ = false;
  mutable std::mutex mutex_;
  std::unique_ptr<storage::TableWriter> shared_;
  WrittenFiles written_;
  int64_t rows_ = 0;
};

/// The rows of one thread. Chunks hold the table's columns in order, then those of
/// RowWriterOptions.
class ThreadRows {
 public:
  ThreadRows(duckdb::ClientContext& client, const RowWriter& writer,
             const duckdb::vector<duckdb::LogicalType>& types);

  Status Append(RowWriter& writer, duckdb::DataChunk& chunk);
  Status Finish(RowWriter& writer);

 private:
  Status Deliver(RowWriter& writer);

  ArrowRows rows_;
  RowWriter::Batches kept_;  // until it is clear that they fill a file of their own
  int64_t kept_bytes_ = 0;
  int64_t num_rows_ = 0;
  std::unique_ptr<storage::TableWriter> own_;
};

}  // namespace tarn::engine
