// Required columns hold no nulls: the Parquet encoder would write garbage instead of
// complaining.
#pragma once

#include <vector>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"
#include "tarn/iceberg/type.h"

namespace tarn::storage {

/// Checks every required field of `fields`, nested ones too, whose parent is there. The
/// columns of `batch` are those of `fields`, in order. Errors: kConstraintViolated with
/// column and row.
Status CheckRequired(const std::vector<iceberg::Field>& fields,
                     const arrow::RecordBatch& batch, int64_t rows_before);

}  // namespace tarn::storage
