// Calls of functions and the windows that they look through.
#pragma once

#include "tarn/base/result.h"
#include "tarn/sql/cursor.h"
#include "tarn/sql/expression.h"

namespace tarn::sql {

/// True where "name.name(" stands.
bool IsCall(const Cursor& cursor);
/// f(a, b) with FILTER, IGNORE NULLS and OVER.
Result<ExpressionPtr> ParseCall(Cursor& cursor);
/// LISTAGG(a, ',' ON OVERFLOW …) WITHIN GROUP (ORDER BY b).
Result<ExpressionPtr> ParseListagg(Cursor& cursor);

/// What stands between the parentheses after OVER.
Result<WindowSpecification> ParseWindowSpecification(Cursor& cursor);

}  // namespace tarn::sql
