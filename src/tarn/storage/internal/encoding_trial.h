// A column of a sample, written with given options and read again, in memory.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <vector>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"
#include "tarn/iceberg/schema.h"
#include "tarn/storage/parquet_options.h"
#include "tarn/storage/write_figures.h"

namespace parquet::schema {
class GroupNode;
}

namespace tarn::storage {

/// What it took.
struct TrialFigures {
  std::map<iceberg::FieldId, ColumnFigures> columns;  // the primitive ones
  std::map<iceberg::FieldId, int64_t> nulls;          // of those with statistics
  std::chrono::nanoseconds write{0};
  std::chrono::nanoseconds read{0};

  int64_t encoded_bytes() const;
  int64_t compressed_bytes() const;
};

/// Rows of some columns to try encodings on. Thread-compatible.
class TrialRows {
 public:
  /// Columns `schema` of the pieces; each piece becomes a row group. Pieces have
  /// ArrowSchemaOf(*schema). Errors: kNotSupported for columns that are not stored.
  static Result<TrialRows> Make(
      const std::shared_ptr<const iceberg::Schema>& schema,
      const std::vector<std::shared_ptr<arrow::RecordBatch>>& pieces);

  /// Writes and reads on this thread alone.
  Result<TrialFigures> Try(const ParquetOptions& options) const;

 private:
  std::shared_ptr<parquet::schema::GroupNode> parquet_schema_;
  std::shared_ptr<arrow::Schema> arrow_schema_;
  std::vector<std::shared_ptr<arrow::RecordBatch>> pieces_;
};

}  // namespace tarn::storage
