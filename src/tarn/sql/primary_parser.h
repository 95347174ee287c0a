// The expressions that operators join: literals, names, calls, CASE, CAST, parentheses.
#pragma once

#include <variant>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/sql/cursor.h"
#include "tarn/sql/expression.h"

namespace tarn::sql {

/// One of them with the [index] and .field that follow. Errors as ParseExpression's.
Result<ExpressionPtr> ParsePrimary(Cursor& cursor);

using QueryOrExpressions = std::variant<QueryPtr, std::vector<ExpressionPtr>>;
/// What stands between parentheses where both may: "((SELECT 1))" is a list of one
/// expression, "(SELECT 1) UNION (SELECT 2)" is a query.
Result<QueryOrExpressions> ParseQueryOrExpressions(Cursor& cursor);

}  // namespace tarn::sql
