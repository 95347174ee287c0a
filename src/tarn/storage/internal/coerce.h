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

/// `array` as one of `target`, without loss; the caller has asked CanCoerce. Errors:
/// those of Arrow's casts for a value that `target` cannot hold.
Result<std::shared_ptr<arrow::Array>> CoerceArray(
    const std::shared_ptr<arrow::Array>& array,
    const std::shared_ptr<arrow::DataType>& target);

/// True if every type of values of `from` may be coerced to `to`; a value may still be
/// out of range.
bool CanCoerce(const arrow::DataType& from, const arrow::DataType& to);

}  // namespace tarn::storage
