// Which columns of a file have no use for a dictionary.
#pragma once

#include <vector>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"

namespace tarn::storage {

/// By column: true for numbers, times and text that all but never repeat within the first
/// rows of `batch`. Parquet's encoder would build a dictionary of them, give it up at its
/// limit of bytes, and do so again in each row group. False for columns with too few
/// values to tell.
Result<std::vector<bool>> ColumnsWithoutRepeats(const arrow::RecordBatch& batch);

}  // namespace tarn::storage
