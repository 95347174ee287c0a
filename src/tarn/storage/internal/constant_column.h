// Columns that hold one value in every row: defaults, partition values.
#pragma once

#include <cstdint>
#include <memory>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"
#include "tarn/iceberg/type.h"

namespace tarn::storage {

/// `value` (of `type`, or null) as a scalar of ArrowTypeOf(type). Values kept from before
/// a promotion (an int for a long, days for a timestamp) are promoted. Errors:
/// kTypeMismatch.
Result<std::shared_ptr<arrow::Scalar>> ScalarOf(const iceberg::Type& type,
                                                const iceberg::Value& value);

}  // namespace tarn::storage
