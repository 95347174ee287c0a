// Arrow columns of any layout as the columns of a table, without losing anything.
#pragma once

#include <memory>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"

namespace tarn::storage {

/// `batch` with the columns of `target` (an ArrowSchemaOf). Columns that already fit are
/// not copied. `rows_before` counts the rows before this batch, for messages. Errors:
/// kTypeMismatch for types that do not fit; kConstraintViolated with column and row for a
/// value that `target` cannot hold.
Result<std::shared_ptr<arrow::RecordBatch>> CoerceBatch(
    const arrow::RecordBatch& batch, const std::shared_ptr<arrow::Schema>& target,
    int64_t rows_before);

/// True if every type of values of `from` may be coerced to `to`; a value may still be
/// out of range.
bool CanCoerce(const arrow::DataType& from, const arrow::DataType& to);

}  // namespace tarn::storage
