#include "tarn/storage/internal/parquet_input.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>
#include <arrow/memory_pool.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>
#include <parquet/properties.h>

#include "tarn/storage/internal/file_encryption.h"

namespace tarn::storage {

/// Passes reads on, no further than the end of the file, and remembers the first that
/// failed: Parquet turns it into an exception's text.
class ParquetInput::WatchedFile : public arrow::io::RandomAccessFile {
 public:
  WatchedFile(std::shared_ptr<arrow::io::RandomAccessFile> file, int64_t size)
      : file_(std::move(file)), size_(size) {
    set_mode(arrow::io::FileMode::READ);
  }

  Status error() const {
    const std::lock_guard lock(mutex_);
    return error_;
  }

  Result<int64_t> GetSize() override { return size_; }
  Result<int64_t> Tell() const override { return position_; }
  Status Seek(int64_t position) override {
    position_ = position;
    return Status::OK();
  }
  bool closed() const override { return file_->closed(); }
  Status Close() override { return file_->Close(); }

  Result<int64_t> Read(int64_t nbytes, void* out) override {
    ARROW_ASSIGN_OR_RAISE(const int64_t read, ReadAt(position_, nbytes, out));
    position_ += read;
    return read;
  }
  Result<std::shared_ptr<arrow::Buffer>> Read(int64_t nbytes) override {
    ARROW_ASSIGN_OR_RAISE(auto buffer, ReadAt(position_, nbytes));
    position_ += buffer->size();
    return buffer;
  }
  Result<int64_t> ReadAt(int64_t position, int64_t nbytes, void* out) override {
    auto read = file_->ReadAt(position, Clamped(position, nbytes), out);
    Note(read.status());
    return read;
  }
  Result<std::shared_ptr<arrow::Buffer>> ReadAt(int64_t position,
                                                int64_t nbytes) override {
    auto read = file_->ReadAt(position, Clamped(position, nbytes));
    Note(read.status());
    return read;
  }

 private:
  int64_t Clamped(int64_t position, int64_t nbytes) const {
    return std::clamp<int64_t>(nbytes, 0, std::max<int64_t>(size_ - position, 0));
  }

  void Note(const Status& status) {
    if (status.ok()) {
      return;
    }
    const std::lock_guard lock(mutex_);
    if (error_.ok()) {
      error_ = status;
    }
  }

  const std::shared_ptr<arrow::io::RandomAccessFile> file_;
  const int64_t size_;
  int64_t position_ = 0;
  mutable std::mutex mutex_;  // guards error_
  Status error_;
};

Result<std::unique_ptr<ParquetInput>> ParquetInput::Open(
    io::FileIO& io, const std::string& location, std::optional<int64_t> size_bytes,
    const std::optional<std::string>& key_metadata) {
  std::optional<iceberg::FileKey> key;
  if (key_metadata) {
    auto parsed = iceberg::FileKeyFromBytes(*key_metadata);
    if (!parsed.ok()) {
      return WithContext(location + ": ", parsed.status());
    }
    key = *std::move(parsed);
  }
  ARROW_ASSIGN_OR_RAISE(auto file, io.OpenInput(location, size_bytes));
  auto input = std::make_unique<ParquetInput>();
  ARROW_ASSIGN_OR_RAISE(input->size_bytes_, file->GetSize());
  input->location_ = location;
  input->file_ = std::make_shared<WatchedFile>(std::move(file), input->size_bytes_);
  ARROW_RETURN_NOT_OK(input->Run([&] { return input->Init(key); }));
  return input;
}

Result<std::unique_ptr<ParquetInput>> ParquetInput::Open(io::FileIO& io,
                                                         const iceberg::DataFile& file) {
  if (file.format != iceberg::FileFormat::kParquet) {
    return MakeError(ErrorCode::kNotSupported,
                     "Only Parquet files can be read here, not: " + file.file_path);
  }
  // A size that nobody filled in is asked for.
  const bool has_size = file.file_size_bytes > 0;
  return Open(io, file.file_path,
              has_size ? std::optional<int64_t>(file.file_size_bytes) : std::nullopt,
              file.key_metadata);
}

Status ParquetInput::Init(const std::optional<iceberg::FileKey>& key) {
  parquet::ReaderProperties properties = parquet::default_reader_properties();
  if (key) {
    properties.file_decryption_properties(DecryptionOf(*key));
  }
  auto file = parquet::ParquetFileReader::Open(file_, properties);
  footer_ = file->metadata();
  parquet::ArrowReaderProperties arrow_properties(/*use_threads=*/false);
  // INT96 counts nanoseconds over a range that only microseconds cover.
  arrow_properties.set_coerce_int96_timestamp_unit(arrow::TimeUnit::MICRO);
  ARROW_RETURN_NOT_OK(parquet::arrow::SchemaManifest::Make(footer_->schema(), nullptr,
                                                           arrow_properties, &columns_));
  ARROW_ASSIGN_OR_RAISE(
      reader_, parquet::arrow::FileReader::Make(arrow::default_memory_pool(),
                                                std::move(file), arrow_properties));
  return Status::OK();
}

Status ParquetInput::Explain(const Status& status) const {
  const std::string context = location_ + ": ";
  if (const Status error = file_->error(); !error.ok()) {
    return WithContext(context, error);
  }
  switch (CodeOf(status)) {
    case ErrorCode::kOutOfMemory:
    case ErrorCode::kCancelled:
    case ErrorCode::kNotSupported:
    case ErrorCode::kInvalidData:
    case ErrorCode::kTypeMismatch:
    case ErrorCode::kInternal:
      return WithContext(context, status);
    default:
      return MakeError(ErrorCode::kInvalidData, context + status.message());
  }
}

}  // namespace tarn::storage
