// Sources in formats that hold typed columns and are read without the engine: ORC, Arrow,
// Avro.
#include <utility>

#include <arrow/adapters/orc/adapter.h>
#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>
#include <arrow/ipc/reader.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "tarn/base/error.h"
#include "tarn/ingest/internal/avro_batches.h"
#include "tarn/ingest/internal/file_error.h"
#include "tarn/ingest/source.h"

namespace tarn::ingest {
namespace {

using arrow::RecordBatchReader;

constexpr int64_t kBatchRows = 16'384;
constexpr std::string_view kArrowFileMagic = "ARROW1";

/// The batches of an Arrow IPC file. Bytes from outside may hold offsets that point
/// anywhere, so each batch is checked.
class IpcFileBatches final : public RecordBatchReader {
 public:
  explicit IpcFileBatches(std::shared_ptr<arrow::ipc::RecordBatchFileReader> file)
      : file_(std::move(file)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return file_->schema(); }
  Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    batch->reset();
    if (next_ >= file_->num_record_batches()) {
      return Status::OK();
    }
    ARROW_ASSIGN_OR_RAISE(*batch, file_->ReadRecordBatch(next_++));
    return (*batch)->ValidateFull();
  }

 private:
  std::shared_ptr<arrow::ipc::RecordBatchFileReader> file_;
  int next_ = 0;
};

/// The batches of an Arrow IPC stream, checked as above.
class IpcStreamBatches final : public RecordBatchReader {
 public:
  explicit IpcStreamBatches(std::shared_ptr<RecordBatchReader> stream)
      : stream_(std::move(stream)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return stream_->schema(); }
  Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    RETURN_NOT_OK(stream_->ReadNext(batch));
    return *batch == nullptr ? Status::OK() : (*batch)->ValidateFull();
  }

 private:
  std::shared_ptr<RecordBatchReader> stream_;
};

Result<std::shared_ptr<RecordBatchReader>> OpenArrow(
    std::shared_ptr<arrow::io::RandomAccessFile> file) {
  ARROW_ASSIGN_OR_RAISE(const auto magic,
                        file->ReadAt(0, static_cast<int64_t>(kArrowFileMagic.size())));
  if (magic->ToString() == kArrowFileMagic) {
    ARROW_ASSIGN_OR_RAISE(auto reader,
                          arrow::ipc::RecordBatchFileReader::Open(std::move(file)));
    return std::make_shared<IpcFileBatches>(std::move(reader));
  }
  RETURN_NOT_OK(file->Seek(0));
  ARROW_ASSIGN_OR_RAISE(auto stream,
                        arrow::ipc::RecordBatchStreamReader::Open(std::move(file)));
  return std::make_shared<IpcStreamBatches>(std::move(stream));
}

/// Keeps the ORC reader as long as its batches.
class OrcBatches final : public RecordBatchReader {
 public:
  OrcBatches(std::unique_ptr<arrow::adapters::orc::ORCFileReader> file,
             std::shared_ptr<RecordBatchReader> batches)
      : file_(std::move(file)), batches_(std::move(batches)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return batches_->schema(); }
  Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    return batches_->ReadNext(batch);
  }

 private:
  std::unique_ptr<arrow::adapters::orc::ORCFileReader> file_;
  std::shared_ptr<RecordBatchReader> batches_;
};

Result<std::shared_ptr<RecordBatchReader>> OpenOrc(
    std::shared_ptr<arrow::io::RandomAccessFile> file) {
  ARROW_ASSIGN_OR_RAISE(auto reader, arrow::adapters::orc::ORCFileReader::Open(
                                         std::move(file), arrow::default_memory_pool()));
  ARROW_ASSIGN_OR_RAISE(auto batches, reader->GetRecordBatchReader(kBatchRows, {}));
  return std::make_shared<OrcBatches>(std::move(reader), std::move(batches));
}

class ColumnarSource final : public Source {
 public:
  ColumnarSource(io::FileIO& io, Format format, std::vector<std::string> paths)
      : io_(io), format_(format), paths_(std::move(paths)) {}

  Status OpenFirst() {
    RETURN_NOT_OK(Advance());
    schema_ = batches_->schema()->RemoveMetadata();
    return Status::OK();
  }

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }
  Format format() const override { return format_; }

  Result<std::shared_ptr<arrow::RecordBatch>> Next() override {
    while (batches_ != nullptr) {
      std::shared_ptr<arrow::RecordBatch> batch;
      const Status status = batches_->ReadNext(&batch);
      if (!status.ok()) {
        return internal::InFile(paths_[next_ - 1], status);
      }
      if (batch != nullptr) {
        return batch;
      }
      RETURN_NOT_OK(Advance());
    }
    return std::shared_ptr<arrow::RecordBatch>();
  }

  Result<std::vector<engine::RejectedRow>> Rejects() override {
    return std::vector<engine::RejectedRow>();
  }

  std::optional<double> progress() const override {
    if (paths_.size() < 2) {
      return std::nullopt;
    }
    return static_cast<double>(batches_ == nullptr ? next_ : next_ - 1) /
           static_cast<double>(paths_.size());
  }

 private:
  Result<std::shared_ptr<RecordBatchReader>> OpenOne(const std::string& path) {
    ARROW_ASSIGN_OR_RAISE(auto file, io_.OpenInput(path));
    if (format_ == Format::kOrc) {
      return OpenOrc(std::move(file));
    }
    if (format_ == Format::kAvro) {
      return internal::OpenAvroBatches(std::move(file), kBatchRows);
    }
    return OpenArrow(std::move(file));
  }

  /// Opens the next file, or sets `batches_` to nullptr after the last.
  Status Advance() {
    batches_.reset();
    if (next_ == paths_.size()) {
      return Status::OK();
    }
    const std::string& path = paths_[next_++];
    auto opened = OpenOne(path);
    if (!opened.ok()) {
      return internal::InFile(path, opened.status());
    }
    if (schema_ != nullptr &&
        !(*opened)->schema()->Equals(*schema_, /*check_metadata=*/false)) {
      return MakeError(ErrorCode::kInvalidData,
                       "Columns or types of " + path + " differ from those of " +
                           paths_.front() + "; load the two separately");
    }
    batches_ = std::move(*opened);
    return Status::OK();
  }

  io::FileIO& io_;
  const Format format_;
  const std::vector<std::string> paths_;
  size_t next_ = 0;  // the file after the open one
  std::shared_ptr<RecordBatchReader> batches_;
  std::shared_ptr<arrow::Schema> schema_;
};

}  // namespace

Result<std::unique_ptr<Source>> OpenColumnarSource(
    io::FileIO& io, Format format, const std::vector<std::string>& paths) {
  auto source = std::make_unique<ColumnarSource>(io, format, paths);
  RETURN_NOT_OK(source->OpenFirst());
  return source;
}

}  // namespace tarn::ingest
