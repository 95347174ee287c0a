// INSERT, DELETE, UPDATE and MERGE. Each parser takes the statement whose first word
// comes next. Errors: kSyntax and kNotSupported with line and column.
#pragma once

#include "tarn/base/result.h"
#include "tarn/sql/cursor.h"
#include "tarn/sql/data_change.h"

namespace tarn::sql {

/// INSERT INTO t [@ branch] [(columns)] query; INSERT OVERWRITE [TABLE] t …, and
/// PARTITION (…) after the table, as in Spark.
Result<Insert> ParseInsert(Cursor& cursor);
Result<Delete> ParseDelete(Cursor& cursor);
Result<Update> ParseUpdate(Cursor& cursor);
/// Also UPDATE SET *, INSERT * and WHEN NOT MATCHED BY SOURCE.
Result<Merge> ParseMerge(Cursor& cursor);

}  // namespace tarn::sql
