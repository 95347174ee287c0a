// Fitting a source's batches to a table's columns: by name, with casts that lose nothing.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"
#include "tarn/iceberg/schema.h"

namespace tarn::ingest::internal {

/// Immutable; Apply is thread-safe.
class ColumnMapping {
 public:
  /// Matches `source`'s columns to `table`'s by name: exact, else ignoring ASCII case.
  /// Columns the source lacks become null. `target` is the table's schema in Arrow,
  /// `table_name` serves messages. Errors: kNoSuchColumn for a column the table does not
  /// have, kConstraintViolated for a required one that the source lacks, kTypeMismatch
  /// for types between which values would be lost.
  static Result<ColumnMapping> Make(const arrow::Schema& source,
                                    const iceberg::Schema& table,
                                    std::shared_ptr<arrow::Schema> target,
                                    std::string table_name);

  /// The batch with the table's columns. Errors: kTypeMismatch naming the column and the
  /// value that does not fit.
  Result<std::shared_ptr<arrow::RecordBatch>> Apply(
      const arrow::RecordBatch& batch) const;

 private:
  struct Column {
    int source = -1;  // -1: absent
    bool cast = false;
  };
  ColumnMapping(std::vector<Column> columns, std::shared_ptr<arrow::Schema> target,
                std::string table_name);

  std::vector<Column> columns_;
  std::shared_ptr<arrow::Schema> target_;
  std::string table_name_;
};

}  // namespace tarn::ingest::internal
