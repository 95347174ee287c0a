// The JSON functions of the SQL standard, which have a grammar of their own.
#pragma once

#include "tarn/base/result.h"
#include "tarn/sql/cursor.h"
#include "tarn/sql/expression.h"

namespace tarn::sql {

/// JSON_EXISTS, JSON_VALUE, JSON_QUERY, JSON_OBJECT or JSON_ARRAY, whose word comes next.
Result<ExpressionPtr> ParseJsonFunction(Cursor& cursor);

}  // namespace tarn::sql
