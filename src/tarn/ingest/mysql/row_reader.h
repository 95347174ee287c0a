// Rows of one statement, by the binary protocol and as they come, as Arrow batches.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"
#include "tarn/ingest/mysql/column_type.h"
#include "tarn/ingest/mysql/connection.h"

namespace tarn::ingest::mysql {

/// Holds its connection until all rows are read. Thread-compatible.
class RowReader {
 public:
  /// Prepares it; nothing is read. Errors: kInvalidArgument for what gives no rows, or
  /// has two columns of one name; those of the connection.
  static Result<std::unique_ptr<RowReader>> Prepare(Connection& connection,
                                                    const std::string& sql,
                                                    const DecodeOptions& options);
  ~RowReader();
  RowReader(const RowReader&) = delete;
  RowReader& operator=(const RowReader&) = delete;

  std::shared_ptr<arrow::Schema> schema() const;
  const std::vector<Column>& columns() const;

  using Push = std::function<Status(std::shared_ptr<arrow::RecordBatch>)>;
  /// Once. Errors: kTypeMismatch for a value that its column cannot hold, with the column
  /// and the row; those of the connection and of `push`.
  Status ReadAll(const Push& push, const std::function<bool()>& is_over);

 private:
  class Impl;
  explicit RowReader(std::unique_ptr<Impl> impl);
  const std::unique_ptr<Impl> impl_;
};

}  // namespace tarn::ingest::mysql
