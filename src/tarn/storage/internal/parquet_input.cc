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

#include "tarn/io/positioned_file.h"
#include "tarn/storage/internal/file_encryption.h"

namespace tarn::storage {
namespace {

bool IsDictionaryEncoding(parquet::Encoding::type encoding) {
  return encoding == parquet::Encoding::PLAIN_DICTIONARY ||
         encoding == parquet::Encoding::RLE_DICTIONARY;
}

bool IsDataPage(parquet::PageType::type type) {
  return type == parquet::PageType::DATA_PAGE || type == parquet::PageType::DATA_PAGE_V2;
}

/// False if the footer does not say so: without counts of pages by encoding, PLAIN may be
/// that of the dictionary itself or that of pages after it.
bool IsAllDictionary(const parquet::ColumnChunkMetaData& chunk) {
  if (!chunk.encoding_stats().empty()) {
    return std::ranges::all_of(chunk.encoding_stats(), [](const auto& pages) {
      return !IsDataPage(pages.page_type) || IsDictionaryEncoding(pages.encoding);
    });
  }
  return std::ranges::any_of(chunk.encodings(), IsDictionaryEncoding) &&
         std::ranges::all_of(chunk.encodings(), [](parquet::Encoding::type encoding) {
           return IsDictionaryEncoding(encoding) || encoding == parquet::Encoding::RLE ||
                  encoding == parquet::Encoding::BIT_PACKED;
         });
}

bool IsAllDictionary(const parquet::FileMetaData& footer, int leaf) {
  for (int group = 0; group < footer.num_row_groups(); ++group) {
    if (!IsAllDictionary(*footer.RowGroup(group)->ColumnChunk(leaf))) {
      return false;
    }
  }
  return true;
}

void KeepDictionaries(const parquet::FileMetaData& footer,
                      parquet::ArrowReaderProperties* properties) {
  for (int i = 0; i < footer.num_columns(); ++i) {
    const parquet::ColumnDescriptor& leaf = *footer.schema()->Column(i);
    const bool is_text_column =
        leaf.max_repetition_level() == 0 && leaf.path()->ToDotVector().size() == 1 &&
        leaf.logical_type() != nullptr && leaf.logical_type()->is_string();
    if (is_text_column && IsAllDictionary(footer, i)) {
      properties->set_read_dictionary(i, true);
    }
  }
}

}  // namespace

/// Passes reads on, no further than the end of the file, and remembers the first that
/// failed: Parquet turns it into an exception's text.
class ParquetInput::WatchedFile : public io::PositionedFile {
 public:
  WatchedFile(std::shared_ptr<arrow::io::RandomAccessFile> file, int64_t size)
      : PositionedFile(size), file_(std::move(file)) {}

  Status error() const {
    const std::lock_guard lock(mutex_);
    return error_;
  }

  Status Close() override { return file_->Close(); }
  bool closed() const override { return file_->closed(); }

  /// Without a copy where the file has none to make.
  Result<std::shared_ptr<arrow::Buffer>> ReadAt(int64_t position,
                                                int64_t nbytes) override {
    auto read = file_->ReadAt(position, Clamped(position, nbytes));
    Note(read.status());
    return read;
  }

 private:
  Result<int64_t> ReadRange(int64_t position, int64_t nbytes, void* out) override {
    auto read = file_->ReadAt(position, nbytes, out);
    Note(read.status());
    return read;
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
  mutable std::mutex mutex_;  // guards error_
  Status error_;
};

Result<std::unique_ptr<ParquetInput>> ParquetInput::Open(
    io::FileIO& io, const std::string& location, std::optional<int64_t> size_bytes,
    const std::optional<std::string>& key_metadata, Dictionaries dictionaries) {
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
  ARROW_RETURN_NOT_OK(input->Run([&] { return input->Init(key, dictionaries); }));
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

Status ParquetInput::Init(const std::optional<iceberg::FileKey>& key,
                          Dictionaries dictionaries) {
  parquet::ReaderProperties properties = parquet::default_reader_properties();
  if (key) {
    properties.file_decryption_properties(DecryptionOf(*key));
  }
  auto file = parquet::ParquetFileReader::Open(file_, properties);
  footer_ = file->metadata();
  parquet::ArrowReaderProperties arrow_properties(/*use_threads=*/false);
  // INT96 counts nanoseconds over a range that only microseconds cover.
  arrow_properties.set_coerce_int96_timestamp_unit(arrow::TimeUnit::MICRO);
  if (dictionaries == Dictionaries::kKept) {
    KeepDictionaries(*footer_, &arrow_properties);
  }
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
