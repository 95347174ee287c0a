// The REST specification's names of a filter's operations.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tarn/iceberg/expression.h"

namespace tarn::iceberg::internal {

/// "not-eq" or, as some clients write it, "not_eq".
std::optional<Operation> OperationNamed(std::string name);
std::string_view NameOfOperation(Operation op);

/// True for the operations that the format lets nulls pass and Expression does not.
bool PassesNulls(Operation op);
/// IsNull, NotNull, IsNaN, NotNaN.
bool TakesNoLiteral(Operation op);
/// In, NotIn.
bool TakesSet(Operation op);

}  // namespace tarn::iceberg::internal
