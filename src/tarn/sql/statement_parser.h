// One statement of Trino's grammar, whatever it is.
//
//   ARROW_ASSIGN_OR_RAISE(TrinoStatement statement, ParseTrinoStatement(text));
//   if (const auto* query = std::get_if<QueryPtr>(&statement.node)) { … }
#pragma once

#include <string_view>

#include "tarn/base/result.h"
#include "tarn/sql/cursor.h"
#include "tarn/sql/statement.h"

namespace tarn::sql {

/// Errors: kSyntax "line L:C: mismatched input 'x'. Expecting: …", also for a closing
/// ';', which Trino does not take; kNotSupported with line and column.
Result<TrinoStatement> ParseTrinoStatement(std::string_view text);

/// The statement at the cursor: PREPARE and EXPLAIN hold others.
Result<TrinoStatement> ParseTrinoStatement(Cursor& cursor);

}  // namespace tarn::sql
