// CREATE TABLE in Trino's grammar, with Spark's clauses where they do not collide.
#pragma once

#include "tarn/base/result.h"
#include "tarn/sql/cursor.h"
#include "tarn/sql/statement.h"

namespace tarn::sql {

/// What follows CREATE [OR REPLACE] TABLE.
Result<statement::CreateTableStatement> ParseCreateTableRest(Cursor& cursor,
                                                             bool or_replace);

/// "PARQUET", 2, true and ARRAY['a'] as ast.h has them; false for all other expressions.
bool ToPropertyValue(const Expression& value, PropertyValue* into);

QualifiedName ToQualifiedName(const std::vector<Name>& names);

}  // namespace tarn::sql
