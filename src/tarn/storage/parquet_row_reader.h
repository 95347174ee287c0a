// Rows of Parquet files that belong to no table, as Arrow batches: what loads read. Data
// files of tables are DataFileReader's.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"
#include "tarn/io/file_io.h"

namespace tarn::storage {

/// Thread-compatible. Holds one batch and the pages it is decoded from, not a row group.
class ParquetRowReader {
 public:
  /// Errors: kInvalidData, those of FileIO; they name `location`.
  static Result<std::unique_ptr<ParquetRowReader>> Open(io::FileIO& io,
                                                        const std::string& location);
  virtual ~ParquetRowReader() = default;

  virtual const std::shared_ptr<arrow::Schema>& schema() const = 0;
  /// True if there are only columns that every reader takes for the same: numbers,
  /// decimals, dates, timestamps of milli- and microseconds, text, bytes, and lists,
  /// structs and maps of them, under names that differ by more than case. Others (INT96,
  /// JSON, UUID, enums, times of day, extension types, …) are a matter of interpretation.
  virtual bool is_plain() const = 0;
  virtual int64_t num_rows() const = 0;
  /// The next rows; nullptr at the end. A column of text may be a dictionary of it.
  virtual Result<std::shared_ptr<arrow::RecordBatch>> Next() = 0;
};

}  // namespace tarn::storage
