#include "tarn/ingest/internal/parquet_source.h"

#include <algorithm>
#include <utility>

#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "tarn/ingest/internal/file_error.h"
#include "tarn/storage/parquet_row_reader.h"

namespace tarn::ingest::internal {
namespace {

using storage::ParquetRowReader;

/// "/d/day=1/f.parquet": a value that the engine's reader makes a column of.
bool HasPartitionValue(const std::string& path) {
  const size_t file = path.rfind('/');
  return file != std::string::npos && path.substr(0, file).find('=') != std::string::npos;
}

class PlainParquetSource final : public Source {
 public:
  PlainParquetSource(io::FileIO& io, std::vector<std::string> paths)
      : io_(io), paths_(std::move(paths)) {}

  /// False if not all files are plain and alike.
  Result<bool> Open() {
    for (const std::string& path : paths_) {
      auto reader = ParquetRowReader::Open(io_, path);
      if (!reader.ok()) {
        return InFile(path, reader.status());
      }
      const bool is_alike = schema_ == nullptr || (*reader)->schema()->Equals(*schema_);
      if (!(*reader)->is_plain() || !is_alike) {
        return false;
      }
      num_rows_ += (*reader)->num_rows();
      if (reader_ == nullptr) {
        schema_ = (*reader)->schema();
        reader_ = *std::move(reader);
      }
    }
    return reader_ != nullptr;
  }

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }
  Format format() const override { return Format::kParquet; }

  Result<std::shared_ptr<arrow::RecordBatch>> Next() override {
    while (true) {
      auto batch = reader_->Next();
      if (!batch.ok()) {
        return InFile(paths_[open_], batch.status());
      }
      if (*batch != nullptr) {
        rows_read_ += (*batch)->num_rows();
        return batch;
      }
      if (open_ + 1 == paths_.size()) {
        return std::shared_ptr<arrow::RecordBatch>();
      }
      ++open_;
      auto opened = ParquetRowReader::Open(io_, paths_[open_]);
      if (!opened.ok()) {
        return InFile(paths_[open_], opened.status());
      }
      reader_ = *std::move(opened);
    }
  }

  Result<std::vector<engine::RejectedRow>> Rejects() override {
    return std::vector<engine::RejectedRow>();
  }

  std::optional<double> progress() const override {
    const auto all = static_cast<double>(std::max<int64_t>(num_rows_, 1));
    return std::min(static_cast<double>(rows_read_) / all, 1.0);
  }

 private:
  io::FileIO& io_;
  const std::vector<std::string> paths_;
  size_t open_ = 0;  // the file that reader_ reads
  std::unique_ptr<ParquetRowReader> reader_;
  std::shared_ptr<arrow::Schema> schema_;
  int64_t num_rows_ = 0;
  int64_t rows_read_ = 0;
};

}  // namespace

Result<std::unique_ptr<Source>> OpenPlainParquet(io::FileIO& io,
                                                 const std::vector<std::string>& paths) {
  const bool is_for_engine =
      std::ranges::any_of(paths, HasPartitionValue) ||
      (paths.size() > 1 && std::ranges::any_of(paths, io::IsStoreLocation));
  if (is_for_engine) {
    return nullptr;
  }
  auto source = std::make_unique<PlainParquetSource>(io, paths);
  ARROW_ASSIGN_OR_RAISE(const bool is_plain, source->Open());
  if (!is_plain) {
    return nullptr;
  }
  return source;
}

}  // namespace tarn::ingest::internal
