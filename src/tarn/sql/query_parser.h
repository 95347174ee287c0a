// Queries of Trino's grammar.
//
//   ARROW_ASSIGN_OR_RAISE(QueryPtr query, ParseQuery("SELECT a FROM t WHERE b > ?"));
#pragma once

#include <string_view>

#include "tarn/base/result.h"
#include "tarn/sql/cursor.h"
#include "tarn/sql/query.h"

namespace tarn::sql {

/// A text that is one query. Errors: kSyntax "line L:C: mismatched input 'x'. Expecting:
/// 'a', <expression>"; kNotSupported with line and column for MATCH_RECOGNIZE and the
/// like.
Result<QueryPtr> ParseQuery(std::string_view text);

// The others take what they read from `cursor`; errors likewise.

/// [WITH …] query [ORDER BY …] [OFFSET …] [LIMIT …].
Result<QueryPtr> ParseQuery(Cursor& cursor);
/// The same in parentheses.
Result<QueryPtr> ParseParenthesisedQuery(Cursor& cursor);

/// True where something stands that makes a query in parentheses the beginning of a
/// longer one: UNION, ORDER BY, LIMIT, …
bool IsQueryTail(const Cursor& cursor);
/// The query that begins with `first`, which was in parentheses at `at`.
Result<QueryPtr> ContinueQuery(Cursor& cursor, Position at, QueryPtr first);

}  // namespace tarn::sql
