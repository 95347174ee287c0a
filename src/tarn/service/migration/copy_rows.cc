#include "tarn/service/migration/copy_rows.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <arrow/record_batch.h>

namespace tarn::service {
namespace {

/// Bytes that all writers of one table may buffer together.
constexpr int64_t kWriterMemoryBytes = int64_t{256} << 20;

}  // namespace

WrittenRows::~WrittenRows() {
  for (const auto& writer : writers_) {
    writer->Abort();
  }
}

int64_t WrittenRows::bytes() const {
  int64_t bytes = 0;
  for (const iceberg::DataFile& file : files_) {
    bytes += file.file_size_bytes;
  }
  return bytes;
}

class RowCopy {
 public:
  RowCopy(const RowFit& fit, const CopyOptions& options) : fit_(fit), options_(options) {}

  /// Rows of partitions, and rows in order, go through one writer: several would double
  /// the files, and sort each for itself.
  Status OpenWriters(const table::Context& context,
                     const std::shared_ptr<const iceberg::TableMetadata>& metadata) {
    ARROW_ASSIGN_OR_RAISE(storage::TableWriterOptions writing,
                          table::WriterOptionsFor(context, *metadata));
    const bool is_plain = metadata->spec().is_unpartitioned() &&
                          writing.ordering == storage::RowOrdering::kGiven;
    const size_t count = is_plain ? std::max<size_t>(options_.threads, 1) : 1;
    writing.memory_bytes_max = std::min(writing.memory_bytes_max,
                                        kWriterMemoryBytes / static_cast<int64_t>(count));
    for (size_t i = 0; i < count; ++i) {
      ARROW_ASSIGN_OR_RAISE(auto writer,
                            storage::TableWriter::Open(context.io, metadata, writing,
                                                       context.clock, context.random));
      written_.writers_.push_back(std::move(writer));
    }
    bytes_.assign(count, 0);
    tallies_.assign(std::max<size_t>(options_.threads, 1), options_.empty);
    return Status::OK();
  }

  Status Run(RowSource& source) {
    return source.Read(options_.threads, [this](size_t thread, const auto& batch) {
      return Take(thread, *batch);
    });
  }

  Result<WrittenRows> Finish() {
    for (const auto& writer : written_.writers_) {
      ARROW_ASSIGN_OR_RAISE(std::vector<iceberg::DataFile> files, writer->Finish());
      std::ranges::move(files, std::back_inserter(written_.files_));
    }
    written_.tally_ = options_.empty;
    for (const RowTally& tally : tallies_) {
      written_.tally_.Merge(tally);
    }
    return std::move(written_);
  }

 private:
  Status Take(size_t thread, const arrow::RecordBatch& batch) {
    ARROW_ASSIGN_OR_RAISE(const RowFit::Rows rows, fit_.Apply(batch));
    RETURN_NOT_OK(tallies_[thread].Add(*rows.compared));
    const bool is_shared = written_.writers_.size() == 1;
    const size_t place = is_shared ? 0 : thread;
    std::unique_lock<std::mutex> lock(mutex_, std::defer_lock);
    if (is_shared) {
      lock.lock();
    }
    RETURN_NOT_OK(written_.writers_[place]->Append(*rows.written));
    const int64_t bytes = written_.writers_[place]->bytes_written();
    if (options_.progress) {
      options_.progress(batch.num_rows(), bytes - bytes_[place]);
    }
    bytes_[place] = bytes;
    return Status::OK();
  }

  const RowFit& fit_;
  const CopyOptions& options_;
  WrittenRows written_;
  std::vector<int64_t> bytes_;  // by writer, as they were last told
  std::vector<RowTally> tallies_;
  std::mutex mutex_;  // guards the writer, if it is one for all
};

Result<WrittenRows> CopyRows(RowSource& source, const RowFit& fit,
                             const table::Context& context,
                             std::shared_ptr<const iceberg::TableMetadata> metadata,
                             const CopyOptions& options) {
  RowCopy copy(fit, options);
  RETURN_NOT_OK(copy.OpenWriters(context, metadata));
  RETURN_NOT_OK(copy.Run(source));
  return copy.Finish();
}

}  // namespace tarn::service
