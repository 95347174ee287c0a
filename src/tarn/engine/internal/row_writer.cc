#include "tarn/engine/internal/row_writer.h"

#include <algorithm>
#include <utility>

#include <arrow/record_batch.h>
#include <arrow/util/byte_size.h>

namespace tarn::engine {
namespace {

/// Rows of one thread that are kept until it is clear that they fill a file of their own.
constexpr int64_t kOwnFileBytes = int64_t{32} << 20;
/// Over all writers of a statement, and the least that one can work with.
constexpr int64_t kWritersBytes = int64_t{384} << 20;
constexpr int64_t kWriterBytesMin = int64_t{32} << 20;

duckdb::vector<std::string> ColumnNames(const RowWriter& writer) {
  duckdb::vector<std::string> names;
  for (const iceberg::Field& field : writer.metadata().schema().fields()) {
    names.push_back(field.name);
  }
  if (writer.row_lineage()) {
    names.push_back("_row_id");
    names.push_back("_last_updated_sequence_number");
  }
  return names;
}

}  // namespace

Result<storage::TableWriterOptions> WriterOptionsOf(
    const table::Context& context, const iceberg::TableMetadata& metadata,
    const RowWriterOptions& options) {
  ARROW_ASSIGN_OR_RAISE(storage::TableWriterOptions writing,
                        table::WriterOptionsFor(context, metadata));
  writing.memory_bytes_max =
      std::clamp(kWritersBytes / std::max<int64_t>(1, options.threads_max),
                 kWriterBytesMin, writing.memory_bytes_max);
  writing.table_name = options.table_name;
  writing.row_lineage = options.row_lineage;
  return writing;
}

RowWriter::RowWriter(const table::Context& context,
                     std::shared_ptr<const iceberg::TableMetadata> metadata,
                     storage::TableWriterOptions options)
    : context_(context),
      metadata_(std::move(metadata)),
      options_(std::move(options)),
      shares_writer_(!metadata_->spec().is_unpartitioned() ||
                     options_.ordering == storage::RowOrdering::kTable) {}

Result<std::unique_ptr<RowWriter>> RowWriter::Make(
    const table::Context& context, std::shared_ptr<const iceberg::TableMetadata> metadata,
    const RowWriterOptions& options) {
  ARROW_ASSIGN_OR_RAISE(storage::TableWriterOptions writing,
                        WriterOptionsOf(context, *metadata, options));
  if (writing.ordering == storage::RowOrdering::kTable) {
    // All threads share one writer, and its memory decides how often rows are merged.
    RowWriterOptions sharing = options;
    sharing.threads_max = 1;
    ARROW_ASSIGN_OR_RAISE(writing, WriterOptionsOf(context, *metadata, sharing));
  }
  return std::unique_ptr<RowWriter>(
      new RowWriter(context, std::move(metadata), std::move(writing)));
}

int64_t RowWriter::num_rows() const {
  const std::lock_guard guard(mutex_);
  return rows_;
}

Result<WrittenFiles> RowWriter::Finish() {
  if (shared_ != nullptr) {
    RETURN_NOT_OK(FinishWriter(std::move(shared_)));
  }
  return std::exchange(written_, {});
}

Result<std::unique_ptr<storage::TableWriter>> RowWriter::OpenWriter() const {
  return storage::TableWriter::Open(context_.io, metadata_, options_, context_.clock,
                                    context_.random);
}

Status RowWriter::AppendShared(const Batches& batches) {
  const std::lock_guard guard(mutex_);
  for (const auto& batch : batches) {
    if (shared_ == nullptr) {
      ARROW_ASSIGN_OR_RAISE(shared_, OpenWriter());
    }
    RETURN_NOT_OK(shared_->Append(*batch));
  }
  return Status::OK();
}

Status RowWriter::FinishWriter(std::unique_ptr<storage::TableWriter> writer) {
  ARROW_ASSIGN_OR_RAISE(auto files, writer->Finish());
  const std::lock_guard guard(mutex_);
  written_.files.insert(written_.files.end(), files.begin(), files.end());
  written_.writers.push_back(std::move(writer));
  return Status::OK();
}

void RowWriter::CountRows(int64_t rows) {
  const std::lock_guard guard(mutex_);
  rows_ += rows;
}

ThreadRows::ThreadRows(duckdb::ClientContext& client, const RowWriter& writer,
                       const duckdb::vector<duckdb::LogicalType>& types)
    : rows_(client, types, ColumnNames(writer)) {}

Status ThreadRows::Append(RowWriter& writer, duckdb::DataChunk& chunk) {
  rows_.Append(chunk);
  num_rows_ += static_cast<int64_t>(chunk.size());
  return rows_.full() ? Deliver(writer) : Status::OK();
}

Status ThreadRows::Finish(RowWriter& writer) {
  if (!rows_.empty()) {
    RETURN_NOT_OK(Deliver(writer));
  }
  RETURN_NOT_OK(writer.AppendShared(kept_));
  kept_.clear();
  if (own_ != nullptr) {
    RETURN_NOT_OK(writer.FinishWriter(std::move(own_)));
  }
  writer.CountRows(num_rows_);
  return Status::OK();
}

Status ThreadRows::Deliver(RowWriter& writer) {
  ARROW_ASSIGN_OR_RAISE(auto batch, rows_.Take());
  if (writer.shares_writer()) {
    return writer.AppendShared({batch});
  }
  if (own_ != nullptr) {
    return own_->Append(*batch);
  }
  kept_bytes_ += arrow::util::TotalBufferSize(*batch);
  kept_.push_back(std::move(batch));
  if (kept_bytes_ < kOwnFileBytes) {
    return Status::OK();
  }
  ARROW_ASSIGN_OR_RAISE(own_, writer.OpenWriter());
  for (const auto& kept : kept_) {
    RETURN_NOT_OK(own_->Append(*kept));
  }
  kept_.clear();
  return Status::OK();
}

}  // namespace tarn::engine
