// Maps with null keys, which Arrow gives no array for: making one ends the process.
#pragma once

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"

namespace tarn::storage {

/// To be called before any column of `batch`, which may come from outside, is touched.
/// Errors: kConstraintViolated with path and row for a map with a null key.
Status CheckMapKeysOf(const arrow::RecordBatch& batch, int64_t rows_before);

}  // namespace tarn::storage
