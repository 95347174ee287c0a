// The JSON functions of the SQL standard, which have a grammar of their own.
#pragma once

#include <string>

#include "tarn/base/result.h"
#include "tarn/sql/cursor.h"
#include "tarn/sql/expression.h"

namespace tarn::sql {

/// JSON_EXISTS, JSON_VALUE, JSON_QUERY, JSON_OBJECT or JSON_ARRAY, whose word comes next.
Result<ExpressionPtr> ParseJsonFunction(Cursor& cursor);

// ---- Clauses that JSON_TABLE has too

/// FORMAT JSON [ENCODING UTF8 | UTF16 | UTF32]; "" without it.
Result<std::string> ParseJsonFormat(Cursor& cursor);
/// value [FORMAT JSON].
Result<node::JsonArgument> ParseJsonArgument(Cursor& cursor);
/// [PASSING value AS name, …].
Result<std::vector<node::JsonArgument>> ParseJsonPassing(Cursor& cursor);
/// [WITHOUT [ARRAY] WRAPPER | WITH …] [KEEP | OMIT QUOTES [ON SCALAR STRING]].
Status ParseJsonWrapper(Cursor& cursor, node::JsonPath* call);
/// [behavior ON EMPTY] [behavior ON ERROR]; JSON_EXISTS has the second one only.
Status ParseJsonBehaviors(Cursor& cursor, node::JsonPath* call);

}  // namespace tarn::sql
