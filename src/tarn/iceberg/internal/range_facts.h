// What statistics say about a set of values (a column in a file, a partition field in a
// manifest), and what follows for a predicate.
#pragma once

#include <optional>

#include "tarn/iceberg/expression.h"

namespace tarn::iceberg::internal {

/// Everything unset is unknown. Bounds cover the values that are neither null nor NaN;
/// they need not be values themselves (truncated text).
struct RangeFacts {
  std::optional<bool> has_null = {};
  std::optional<bool> has_nan = {};  // false for types without NaN
  bool all_null = false;
  bool all_nan = false;
  std::optional<Value> lower = {};
  std::optional<Value> upper = {};
};

/// False only if `predicate` (bound, on an untransformed column) holds for no value.
bool MayHold(const Expression& predicate, const RangeFacts& facts);

/// True only if `predicate` holds for every value.
bool MustHold(const Expression& predicate, const RangeFacts& facts);

/// The bound in `bytes`; nullopt if there is none, if it cannot be read or is NaN: such
/// bounds say nothing.
std::optional<Value> DecodeBound(const Type& type,
                                 const std::optional<std::string>& bytes);

}  // namespace tarn::iceberg::internal
