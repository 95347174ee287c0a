// Cells of a result as the text that test files hold.
#pragma once

#include <string>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"

namespace tarn::sql_test {

/// As DuckDB prints values: NULL, (empty), [1, 2], {'a': 1}, {k=v}, \x0A for bytes.
Result<std::string> ValueText(const arrow::Array& array, int64_t row);

}  // namespace tarn::sql_test
