#include "tarn/iceberg/internal/range_facts.h"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

namespace tarn::iceberg::internal {
namespace {

bool IsNaN(const Value& value) {
  if (const auto* f = std::get_if<float>(&value)) {
    return std::isnan(*f);
  }
  if (const auto* d = std::get_if<double>(&value)) {
    return std::isnan(*d);
  }
  return false;
}

/// The facts compared with one literal; an unknown bound answers false to everything.
class Bounds {
 public:
  Bounds(const Type& type, const RangeFacts& facts) : type_(type), facts_(facts) {}

  bool AllAbove(const Value& literal) const { return HasLower() && Lower(literal) > 0; }
  bool AllAtOrAbove(const Value& literal) const {
    return HasLower() && Lower(literal) >= 0;
  }
  bool AllBelow(const Value& literal) const { return HasUpper() && Upper(literal) < 0; }
  bool AllAtOrBelow(const Value& literal) const {
    return HasUpper() && Upper(literal) <= 0;
  }
  bool Excludes(const Value& literal) const {
    return AllAbove(literal) || AllBelow(literal);
  }
  bool AllEqual(const Value& literal) const {
    return HasLower() && HasUpper() && Lower(literal) == 0 && Upper(literal) == 0;
  }

 private:
  bool HasLower() const { return facts_.lower.has_value(); }
  bool HasUpper() const { return facts_.upper.has_value(); }
  std::strong_ordering Lower(const Value& literal) const {
    return CompareForFilter(type_, *facts_.lower, literal);
  }
  std::strong_ordering Upper(const Value& literal) const {
    return CompareForFilter(type_, *facts_.upper, literal);
  }

  const Type& type_;
  const RangeFacts& facts_;
};

std::string_view Text(const Value& value) { return std::get<std::string>(value); }

/// False if the bounds show that no text begins with `prefix`. Only as many bytes as both
/// have are compared, so that an upper bound that was cut without being raised does no
/// harm.
bool MayStartWith(const RangeFacts& facts, std::string_view prefix) {
  if (facts.lower.has_value()) {
    const std::string_view lower = Text(*facts.lower);
    const size_t length = std::min(lower.size(), prefix.size());
    if (lower.substr(0, length) > prefix.substr(0, length)) {
      return false;
    }
  }
  if (facts.upper.has_value()) {
    const std::string_view upper = Text(*facts.upper);
    const size_t length = std::min(upper.size(), prefix.size());
    if (upper.substr(0, length) < prefix.substr(0, length)) {
      return false;
    }
  }
  return true;
}

/// True if the bounds show that every text begins with `prefix`.
bool MustStartWith(const RangeFacts& facts, std::string_view prefix) {
  return facts.lower.has_value() && facts.upper.has_value() &&
         Text(*facts.lower).starts_with(prefix) && Text(*facts.upper).starts_with(prefix);
}

}  // namespace

bool MayHold(const Expression& predicate, const RangeFacts& facts) {
  if (predicate.op == Operation::kIsNull) {
    return facts.has_null.value_or(true);
  }
  if (facts.all_null) {
    return false;
  }
  const Bounds bounds(predicate.type, facts);
  const auto literal = [&]() -> const Value& { return predicate.literals.front(); };
  const bool no_nan = !facts.has_nan.value_or(true);
  switch (predicate.op) {
    case Operation::kIsNaN:
      return facts.has_nan.value_or(true);
    case Operation::kNotNaN:
      return !facts.all_nan;
    case Operation::kLess:
      return !facts.all_nan && !bounds.AllAtOrAbove(literal());
    case Operation::kLessEqual:
      return !facts.all_nan && !bounds.AllAbove(literal());
    // NaN is outside of the bounds and greater than every number.
    case Operation::kGreater:
      return !(no_nan && bounds.AllAtOrBelow(literal()));
    case Operation::kGreaterEqual:
      return !(no_nan && bounds.AllBelow(literal()));
    case Operation::kEqual:
      return !facts.all_nan && !bounds.Excludes(literal());
    case Operation::kIn:
      return !facts.all_nan &&
             std::ranges::any_of(predicate.literals, [&](const Value& value) {
               return !bounds.Excludes(value);
             });
    case Operation::kStartsWith:
      return MayStartWith(facts, Text(literal()));
    case Operation::kNotStartsWith:
      return !MustStartWith(facts, Text(literal()));
    // Bounds may be wider than the values, so equal bounds do not show that all values
    // are equal.
    default:
      return true;
  }
}

bool MustHold(const Expression& predicate, const RangeFacts& facts) {
  if (predicate.op == Operation::kIsNull) {
    return facts.all_null;
  }
  if (facts.has_null.value_or(true)) {
    return false;
  }
  if (predicate.op == Operation::kNotNull) {
    return true;
  }
  if (predicate.op == Operation::kIsNaN) {
    return facts.all_nan;
  }
  if (facts.has_nan.value_or(true)) {
    return false;
  }
  const Bounds bounds(predicate.type, facts);
  const auto literal = [&]() -> const Value& { return predicate.literals.front(); };
  switch (predicate.op) {
    case Operation::kNotNaN:
      return true;
    case Operation::kLess:
      return bounds.AllBelow(literal());
    case Operation::kLessEqual:
      return bounds.AllAtOrBelow(literal());
    case Operation::kGreater:
      return bounds.AllAbove(literal());
    case Operation::kGreaterEqual:
      return bounds.AllAtOrAbove(literal());
    case Operation::kEqual:
      return bounds.AllEqual(literal());
    case Operation::kNotEqual:
      return bounds.Excludes(literal());
    case Operation::kIn:
      return std::ranges::any_of(
          predicate.literals, [&](const Value& value) { return bounds.AllEqual(value); });
    case Operation::kNotIn:
      return std::ranges::all_of(
          predicate.literals, [&](const Value& value) { return bounds.Excludes(value); });
    case Operation::kStartsWith:
      return MustStartWith(facts, Text(literal()));
    case Operation::kNotStartsWith:
      return !MayStartWith(facts, Text(literal()));
    default:
      return false;
  }
}

std::optional<Value> DecodeBound(const Type& type,
                                 const std::optional<std::string>& bytes) {
  if (!bytes.has_value()) {
    return std::nullopt;
  }
  Result<Value> value = ValueFromBytes(type, *bytes);
  if (!value.ok() || IsNaN(*value)) {
    return std::nullopt;
  }
  return std::move(value).ValueUnsafe();
}

}  // namespace tarn::iceberg::internal
