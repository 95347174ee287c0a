// Rows of PostgreSQL's binary COPY as Arrow batches.
//
//   ARROW_ASSIGN_OR_RAISE(auto decoder, CopyDecoder::Make(columns, {}));
//   RETURN_NOT_OK(decoder->Append(bytes));  // as they come, cut anywhere
//   ARROW_ASSIGN_OR_RAISE(auto batch, decoder->Flush());
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"
#include "tarn/ingest/internal/source_options.h"
#include "tarn/ingest/postgres/column_type.h"

namespace tarn::ingest::postgres {

/// Dates and times that are infinite and numbers that are none have no place in a table.
using internal::Unheld;

struct DecodeOptions {
  Unheld unheld = Unheld::kRefused;
};

/// Thread-compatible. After an error nothing more can be read.
class CopyDecoder {
 public:
  /// Errors: kInvalidArgument for columns that cannot be (no elements of an array).
  static Result<std::unique_ptr<CopyDecoder>> Make(std::vector<Column> columns,
                                                   const DecodeOptions& options);
  virtual ~CopyDecoder() = default;

  virtual std::shared_ptr<arrow::Schema> schema() const = 0;
  /// Errors: kInvalidData for bytes that are no COPY of these columns; kTypeMismatch for
  /// a value that its column cannot hold, with the column and the row.
  virtual Status Append(std::string_view bytes) = 0;
  /// Rows and bytes of values since the last Flush().
  virtual int64_t num_rows() const = 0;
  virtual int64_t num_bytes() const = 0;
  /// The rows since the last one; nullptr if there are none.
  virtual Result<std::shared_ptr<arrow::RecordBatch>> Flush() = 0;
  /// The COPY has come to its end.
  virtual bool has_ended() const = 0;
};

}  // namespace tarn::ingest::postgres
