// Expressions of Trino's grammar.
#pragma once

#include <string_view>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/sql/cursor.h"
#include "tarn/sql/expression.h"

namespace tarn::sql {

// All take what they read from `cursor`. Errors: kSyntax with line and column and what
// was expected; kNotSupported with line and column for row pattern recognition.

/// Any expression.
Result<ExpressionPtr> ParseExpression(Cursor& cursor);
/// One without comparisons, AND, OR and NOT outside of parentheses.
Result<ExpressionPtr> ParseValueExpression(Cursor& cursor);
/// a, b, c.
Result<std::vector<ExpressionPtr>> ParseExpressions(Cursor& cursor);
/// a DESC NULLS LAST.
Result<SortItem> ParseSortItem(Cursor& cursor);
/// Some of them, with commas between them.
Result<std::vector<SortItem>> ParseSortItems(Cursor& cursor);

/// A text that is one expression.
Result<ExpressionPtr> ParseExpression(std::string_view text);

/// True where a query begins that is in no parentheses of its own: SELECT, VALUES, WITH,
/// TABLE t.
bool IsQueryStart(const Cursor& cursor, size_t ahead = 0);

template <typename Node>
ExpressionPtr MakeExpression(Position at, Node node) {
  return std::make_shared<const Expression>(
      Expression{.at = at, .node = ExpressionNode(std::move(node))});
}

}  // namespace tarn::sql
