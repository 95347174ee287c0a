// JSON_TABLE, a relation.
#pragma once

#include "tarn/base/result.h"
#include "tarn/sql/cursor.h"
#include "tarn/sql/json_table.h"

namespace tarn::sql {

/// JSON_TABLE(…), whose word comes next.
Result<relation::JsonTable> ParseJsonTable(Cursor& cursor);

}  // namespace tarn::sql
