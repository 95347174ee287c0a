// Definitions: CREATE, DROP, ALTER, COMMENT. Each parser takes the statement whose first
// word comes next. Errors: kSyntax and kNotSupported with line and column.
#pragma once

#include <vector>

#include "tarn/base/result.h"
#include "tarn/sql/cursor.h"
#include "tarn/sql/statement.h"

namespace tarn::sql {

Result<StatementNode> ParseCreate(Cursor& cursor);
Result<StatementNode> ParseDrop(Cursor& cursor);
Result<StatementNode> ParseAlter(Cursor& cursor);
Result<StatementNode> ParseComment(Cursor& cursor);

// ---- Clauses that several statements have

Result<statement::ObjectName> ParseObjectName(Cursor& cursor);
/// (name = value, …).
Result<std::vector<statement::Property>> ParseTrinoProperties(Cursor& cursor);
/// name = value | DEFAULT, …
Result<std::vector<statement::Property>> ParsePropertyAssignments(Cursor& cursor);
/// [USER | ROLE] name.
Result<statement::Principal> ParsePrincipal(Cursor& cursor);
/// (a, name => b).
Result<std::vector<node::Argument>> ParseProcedureArguments(Cursor& cursor);

}  // namespace tarn::sql
