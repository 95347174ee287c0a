// SHOW, DESCRIBE of tables, and rights: GRANT, REVOKE, DENY. Each parser takes the
// statement whose first word comes next. Errors: kSyntax and kNotSupported with line and
// column.
#pragma once

#include "tarn/base/result.h"
#include "tarn/sql/cursor.h"
#include "tarn/sql/statement.h"

namespace tarn::sql {

Result<StatementNode> ParseShow(Cursor& cursor);
Result<StatementNode> ParseGrant(Cursor& cursor);

}  // namespace tarn::sql
