// Placing a filter's literal among the values that a column can hold.
#pragma once

#include "tarn/base/result.h"
#include "tarn/iceberg/type.h"

namespace tarn::iceberg::internal {

enum class Fit : uint8_t {
  kExact,    // the column can hold the literal
  kBetween,  // it lies strictly between two values of the type
  kBelow,    // it is less than every value of the type
  kAbove,    // it is greater than every value of the type
};

struct FittedLiteral {
  Fit fit = Fit::kExact;
  Value value;  // kExact: the literal; kBetween: the greatest value of the type below it
};

/// `literal` is not null. Decimal text decides between binary and decimal numbers (0.1
/// fits a double and a decimal(2,1) exactly). Errors: kTypeMismatch.
Result<FittedLiteral> FitLiteral(const Type& from, const Type& to, const Value& literal);

}  // namespace tarn::iceberg::internal
