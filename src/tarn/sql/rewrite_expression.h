// Expressions with other expressions in place of some of their parts.
#pragma once

#include <functional>
#include <optional>

#include "tarn/sql/expression.h"

namespace tarn::sql {

/// What comes in a part's place; unset: the part stays, and its own parts are asked for;
/// nullptr: the whole cannot be rewritten.
using ReplacePart = std::function<std::optional<ExpressionPtr>(const ExpressionPtr&)>;

/// Asks for `expression` first, then for its parts from the left to the right. nullptr if
/// `replace` gave one, and for what holds a query, a lambda or one of the JSON functions:
/// names mean other things in them.
ExpressionPtr RewriteExpression(const ExpressionPtr& expression,
                                const ReplacePart& replace);

}  // namespace tarn::sql
