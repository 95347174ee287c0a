// Statements about the session: SET, RESET, USE, transactions, prepared statements. Each
// parser takes the statement whose first word comes next. Errors: kSyntax with line and
// column.
#pragma once

#include "tarn/base/result.h"
#include "tarn/sql/cursor.h"
#include "tarn/sql/statement.h"

namespace tarn::sql {

Result<StatementNode> ParseSet(Cursor& cursor);
Result<StatementNode> ParseReset(Cursor& cursor);
Result<StatementNode> ParseUse(Cursor& cursor);
Result<StatementNode> ParseStartTransaction(Cursor& cursor);
/// EXECUTE name or IMMEDIATE 'text' [USING values].
Result<StatementNode> ParseExecute(Cursor& cursor);
/// DEALLOCATE PREPARE name.
Result<StatementNode> ParseDeallocate(Cursor& cursor);
/// DESCRIBE INPUT, OUTPUT or a table; DESC likewise.
Result<StatementNode> ParseDescribe(Cursor& cursor);

}  // namespace tarn::sql
