// Rows of a source as those of a destination: columns by name, types of the destination.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"
#include "tarn/iceberg/schema.h"

namespace tarn::service {

/// Immutable; thread-safe.
class RowFit {
 public:
  /// Matches by exact name, else ignoring ASCII case. Errors: kNoSuchColumn for a column
  /// that the destination lacks; kConstraintViolated for a required one that the source
  /// lacks; kTypeMismatch between which nothing converts.
  static Result<RowFit> Make(const arrow::Schema& source,
                             const iceberg::Schema& destination);

  struct Rows {
    std::shared_ptr<arrow::RecordBatch> written;   // all columns of the destination
    std::shared_ptr<arrow::RecordBatch> compared;  // those that the source has
  };
  /// Errors: kTypeMismatch for a value that would be lost.
  Result<Rows> Apply(const arrow::RecordBatch& batch) const;

  /// Names in the destination of the source's columns.
  const std::vector<std::string>& columns() const { return columns_; }

 private:
  RowFit() = default;

  std::vector<int> sources_;  // by column of the destination; -1: null
  std::vector<std::string> columns_;
  std::shared_ptr<arrow::Schema> schema_;
};

}  // namespace tarn::service
