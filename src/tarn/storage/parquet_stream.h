// Any Arrow rows as one plain Parquet file on a stream: query results for people, not
// data files of tables (those are TableWriter's).
#pragma once

#include <memory>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"

namespace arrow::io {
class OutputStream;
}  // namespace arrow::io

namespace tarn::storage {

/// Thread-compatible. Holds at most one row group of encoded pages.
class ParquetStream {
 public:
  virtual ~ParquetStream() = default;
  virtual Status Append(const arrow::RecordBatch& batch) = 0;
  /// Writes the footer and closes the stream; without it there is no valid file.
  virtual Status Close() = 0;
};

/// Snappy, Arrow's schema kept in the file. Errors: kNotSupported for types that Parquet
/// lacks.
Result<std::unique_ptr<ParquetStream>> OpenParquetStream(
    std::shared_ptr<arrow::io::OutputStream> output,
    std::shared_ptr<arrow::Schema> schema);

}  // namespace tarn::storage
