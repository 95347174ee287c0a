// What a query selects from.
#pragma once

#include <vector>

#include "tarn/base/result.h"
#include "tarn/sql/cursor.h"
#include "tarn/sql/query.h"

namespace tarn::sql {

/// One relation with its joins; commas are the caller's.
Result<RelationPtr> ParseRelation(Cursor& cursor);

/// True where "AS name" or a name stands that is not the beginning of a clause, such as
/// LIMIT 5.
bool IsAlias(const Cursor& cursor);

}  // namespace tarn::sql
