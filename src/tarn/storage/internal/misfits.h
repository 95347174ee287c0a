// What makes an Arrow column not fit a table's column: after a conversion has failed.
#pragma once

#include <memory>
#include <string>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"
#include "tarn/iceberg/type.h"
#include "tarn/storage/internal/value_place.h"

namespace tarn::storage {

/// Why a column of `from` cannot become one of `field`, whose Arrow type is `to`, given
/// that CanCoerce says so: "Column p.x is int: values of double do not fit without loss".
std::string TypeMisfit(const iceberg::Field& field, const arrow::DataType& from,
                       const arrow::DataType& to);

/// Adds the rows of `column` with a value that does not fit `field`, whose Arrow type is
/// `to`. Errors: those of a conversion that fails for another reason than a value.
Status FindMisfits(const iceberg::Field& field,
                   const std::shared_ptr<arrow::Array>& column,
                   const std::shared_ptr<arrow::DataType>& to, BadRows* bad);

}  // namespace tarn::storage
