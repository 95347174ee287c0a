// Opening Parquet files of any writer for reading.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <parquet/arrow/reader.h>
#include <parquet/arrow/schema.h>

#include "tarn/base/result.h"
#include "tarn/iceberg/data_file.h"
#include "tarn/iceberg/encryption.h"
#include "tarn/io/file_io.h"
#include "tarn/storage/internal/catch_parquet.h"

namespace tarn::storage {

/// A Parquet file open for reading. Footers and pages come from outside: reads stop at
/// the end of the file, whatever they claim, and errors of the file system keep their
/// code while everything else that goes wrong is kInvalidData. Thread-compatible.
class ParquetInput {
 public:
  /// How text columns are read that are dictionaries in the whole file.
  enum class Dictionaries : bool { kDecoded, kKept };

  /// Errors: kInvalidData, those of FileIO; they name `location`.
  static Result<std::unique_ptr<ParquetInput>> Open(
      io::FileIO& io, const std::string& location, std::optional<int64_t> size_bytes = {},
      const std::optional<std::string>& key_metadata = {},
      Dictionaries dictionaries = Dictionaries::kDecoded);
  /// Decrypts with the file's key. Refuses other formats (kNotSupported).
  static Result<std::unique_ptr<ParquetInput>> Open(io::FileIO& io,
                                                    const iceberg::DataFile& file);

  const std::string& location() const { return location_; }
  int64_t size_bytes() const { return size_bytes_; }
  parquet::arrow::FileReader& reader() { return *reader_; }
  const parquet::FileMetaData& footer() const { return *footer_; }
  /// The columns as Parquet's own schema has them: what a writer put into Arrow's own
  /// metadata (other names, ids, types) is left out.
  const parquet::arrow::SchemaManifest& columns() const { return columns_; }

  /// Runs `fn`, which reads with Parquet's classes and returns a Status or a Result.
  template <typename Fn>
  auto Run(Fn&& fn) -> decltype(fn()) {
    auto result = CatchParquet(std::forward<Fn>(fn));
    if (!result.ok()) {
      return Explain(StatusOf(result));
    }
    return result;
  }

 private:
  class WatchedFile;

  static const Status& StatusOf(const Status& status) { return status; }
  template <typename T>
  static const Status& StatusOf(const Result<T>& result) {
    return result.status();
  }
  Status Explain(const Status& status) const;
  Status Init(const std::optional<iceberg::FileKey>& key, Dictionaries dictionaries);

  std::string location_;
  int64_t size_bytes_ = 0;
  std::shared_ptr<WatchedFile> file_;
  std::unique_ptr<parquet::arrow::FileReader> reader_;
  std::shared_ptr<parquet::FileMetaData> footer_;
  parquet::arrow::SchemaManifest columns_;
};

}  // namespace tarn::storage
