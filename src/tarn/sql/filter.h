// Row filters as text: "ts >= DATE '2024-01-01' AND region IN ('EU', 'US')".
#pragma once

#include <string_view>

#include "tarn/base/result.h"
#include "tarn/iceberg/expression.h"

namespace tarn::sql {

/// Comparisons of a column with a literal (either side), BETWEEN, IN, IS [NOT] NULL, LIKE
/// 'prefix%', AND, OR, NOT, TRUE, FALSE and parentheses. Literals: numbers, 'text',
/// TRUE/FALSE, DATE/TIME/TIMESTAMP/UUID '…'. The result is unbound. Errors: kSyntax with
/// line and column; kNotSupported for what Iceberg's expressions cannot say.
Result<iceberg::Expression> ParseFilter(std::string_view text);

}  // namespace tarn::sql
