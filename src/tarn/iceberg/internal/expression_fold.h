// Truth of an expression from that of its predicates.
#pragma once

#include <algorithm>

#include "tarn/iceberg/expression.h"

namespace tarn::iceberg::internal {

/// The operation that holds where `op`, which is not Not, does not. As the format judges
/// rows: nulls change sides with it.
Operation Negated(Operation op);

/// True, false, And, Or and Not over `leaf`, which decides one predicate. Not is pushed
/// down to the predicates first, so `leaf` may answer "possibly" as true.
template <typename Leaf>
bool Fold(const Expression& expression, const Leaf& leaf) {
  const auto child_folds = [&](const Expression& child) { return Fold(child, leaf); };
  switch (expression.op) {
    case Operation::kTrue:
      return true;
    case Operation::kFalse:
      return false;
    case Operation::kAnd:
      return std::ranges::all_of(*expression.children, child_folds);
    case Operation::kOr:
      return std::ranges::any_of(*expression.children, child_folds);
    case Operation::kNot:
      return Fold(RewriteNot(expression), leaf);
    default:
      return leaf(expression);
  }
}

}  // namespace tarn::iceberg::internal
