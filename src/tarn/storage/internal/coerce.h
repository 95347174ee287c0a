// Arrow columns of any layout as the columns of a table, without losing anything.
// accept_batch.h does it for whole batches, with checks.
#pragma once

#include <memory>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"

namespace tarn::storage {

/// `array` as one of `target`, without loss; the caller has asked CanCoerce. What fits
/// as it is is not copied, and what lies below a null cannot make it fail. Errors: those
/// of Arrow's casts for a value that `target` cannot hold.
Result<std::shared_ptr<arrow::Array>> CoerceArray(
    const std::shared_ptr<arrow::Array>& array,
    const std::shared_ptr<arrow::DataType>& target);

/// `array` as one of its DecodedType.
Result<std::shared_ptr<arrow::Array>> DecodeArray(std::shared_ptr<arrow::Array> array);

/// A list of any layout, or a map, as a ListArray or MapArray.
Result<std::shared_ptr<arrow::Array>> PlainList(
    const std::shared_ptr<arrow::Array>& array);

}  // namespace tarn::storage
