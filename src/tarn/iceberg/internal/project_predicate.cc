#include "tarn/iceberg/internal/project_predicate.h"

#include <algorithm>
#include <limits>
#include <string_view>
#include <utility>
#include <vector>

namespace tarn::iceberg::internal {
namespace {

using MaybeExpression = std::optional<Expression>;

bool IsTimeTransform(const Transform& transform) {
  return std::holds_alternative<Year>(transform) ||
         std::holds_alternative<Month>(transform) ||
         std::holds_alternative<Day>(transform) ||
         std::holds_alternative<Hour>(transform);
}

/// The value next to `value`, `delta` (1 or -1) away; nullopt past the end of the type.
std::optional<Value> Neighbour(const Value& value, int delta) {
  if (const auto* i32 = std::get_if<int32_t>(&value)) {
    int32_t result = 0;
    if (__builtin_add_overflow(*i32, delta, &result)) {
      return std::nullopt;
    }
    return result;
  }
  if (const auto* i64 = std::get_if<int64_t>(&value)) {
    int64_t result = 0;
    if (__builtin_add_overflow(*i64, delta, &result)) {
      return std::nullopt;
    }
    return result;
  }
  return std::get<int128_t>(value) + delta;  // far from the end: decimals have 38 digits
}

size_t CountCodePoints(std::string_view text) {
  return static_cast<size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

class Projector {
 public:
  Projector(Projection kind, const Expression& predicate, const PartitionField& field,
            const Type& partition_type)
      : strict_(kind == Projection::kStrict),
        predicate_(predicate),
        field_(field),
        partition_type_(partition_type) {}

  MaybeExpression Project() const {
    const Transform& transform = field_.transform;
    if (!std::holds_alternative<Identity>(predicate_.transform)) {
      if (predicate_.transform != transform) {
        return std::nullopt;
      }
      return Make(predicate_.op, predicate_.literals);
    }
    if (std::holds_alternative<Void>(transform) ||
        std::holds_alternative<UnknownTransform>(transform) ||
        !CanTransform(transform, predicate_.source_type)) {
      return std::nullopt;
    }
    const bool date_by_day = std::holds_alternative<Day>(transform) &&
                             predicate_.source_type.id() == TypeId::kDate;
    if (std::holds_alternative<Identity>(transform) || date_by_day) {
      return Make(predicate_.op, predicate_.literals);
    }
    if (predicate_.op == Operation::kIsNull || predicate_.op == Operation::kNotNull) {
      return Make(predicate_.op, {});  // null in, null out
    }
    if (predicate_.op == Operation::kIsNaN || predicate_.op == Operation::kNotNaN) {
      return std::nullopt;
    }
    if (std::holds_alternative<Bucket>(transform)) {
      return ProjectSet();
    }
    if (IsTimeTransform(transform)) {
      return ForOldWriters(strict_ ? Strict() : Inclusive());
    }
    return ProjectTruncate(std::get<Truncate>(transform).width);
  }

 private:
  Expression Make(Operation op, std::vector<Value> literals) const {
    Expression result;
    result.op = op;
    result.column = field_.name;
    result.field_id = field_.field_id;
    result.type = partition_type_;
    result.source_type = partition_type_;
    result.literal_type = partition_type_;
    result.literals = std::move(literals);
    return result;
  }
  Expression MakeOne(Operation op, Value literal) const {
    return Make(op, std::vector<Value>{std::move(literal)});
  }

  Value Transformed(const Value& value) const {
    return ApplyTransform(field_.transform, predicate_.source_type, value);
  }
  const Value& literal() const { return predicate_.literals.front(); }

  /// What every transform allows: equality inclusively, inequality strictly.
  MaybeExpression ProjectSet() const {
    const bool positive =
        predicate_.op == Operation::kEqual || predicate_.op == Operation::kIn;
    const bool negative =
        predicate_.op == Operation::kNotEqual || predicate_.op == Operation::kNotIn;
    if (strict_ ? !negative : !positive) {
      return std::nullopt;
    }
    return MakeSet(positive, predicate_.literals, true);
  }

  /// Equal/In (or NotEqual/NotIn) over `values`, each transformed first if `transform`
  /// says so.
  Expression MakeSet(bool positive, const std::vector<Value>& values,
                     bool transform) const {
    std::vector<Value> set;
    for (const Value& value : values) {
      Value element = transform ? Transformed(value) : value;
      const auto same = [&](const Value& other) {
        return CompareForFilter(partition_type_, other, element) == 0;
      };
      if (std::ranges::none_of(set, same)) {
        set.push_back(std::move(element));
      }
    }
    if (set.size() == 1) {
      return MakeOne(positive ? Operation::kEqual : Operation::kNotEqual,
                     std::move(set.front()));
    }
    return Make(positive ? Operation::kIn : Operation::kNotIn, std::move(set));
  }

  // Numbers and times: x < v holds in no partition above T(v - 1), and so on.

  MaybeExpression Inclusive() const {
    switch (predicate_.op) {
      case Operation::kLess: {
        const std::optional<Value> previous = Neighbour(literal(), -1);
        return previous ? InclusiveUpTo(*previous) : MaybeExpression(AlwaysFalse());
      }
      case Operation::kLessEqual:
        return InclusiveUpTo(literal());
      case Operation::kGreater: {
        const std::optional<Value> next = Neighbour(literal(), 1);
        return next ? InclusiveFrom(*next) : MaybeExpression(AlwaysFalse());
      }
      case Operation::kGreaterEqual:
        return InclusiveFrom(literal());
      default:
        return ProjectSet();
    }
  }

  MaybeExpression Strict() const {
    switch (predicate_.op) {
      case Operation::kLess:
        return StrictBelow(literal());
      case Operation::kLessEqual: {
        const std::optional<Value> next = Neighbour(literal(), 1);
        return next ? StrictBelow(*next) : MaybeExpression(Make(Operation::kNotNull, {}));
      }
      case Operation::kGreater:
        return StrictAbove(literal());
      case Operation::kGreaterEqual: {
        const std::optional<Value> previous = Neighbour(literal(), -1);
        return previous ? StrictAbove(*previous)
                        : MaybeExpression(Make(Operation::kNotNull, {}));
      }
      default:
        return ProjectSet();
    }
  }

  // truncate[W] of the integers just above the lowest one underflows and wraps (spec: as
  // in Java), so their partition is a huge number: Wrapped(). All other values keep their
  // order.

  std::optional<Value> Wrapped() const {
    if (!std::holds_alternative<Truncate>(field_.transform)) {
      return std::nullopt;
    }
    Value lowest;
    if (predicate_.source_type.id() == TypeId::kInt) {
      lowest = std::numeric_limits<int32_t>::min();
    } else if (predicate_.source_type.id() == TypeId::kLong) {
      lowest = std::numeric_limits<int64_t>::min();
    } else {
      return std::nullopt;
    }
    Value truncated = Transformed(lowest);
    if (CompareValues(partition_type_, truncated, lowest) <= 0) {
      return std::nullopt;
    }
    return truncated;
  }
  bool Wraps(const Value& value) const {
    return std::holds_alternative<Truncate>(field_.transform) &&
           CompareValues(partition_type_, Transformed(value), value) > 0;
  }

  Expression InclusiveUpTo(const Value& last) const {
    Expression result = MakeOne(Operation::kLessEqual, Transformed(last));
    std::optional<Value> wrapped = Wrapped();
    if (!wrapped.has_value()) {
      return result;
    }
    Expression in_wrapped = MakeOne(Operation::kEqual, std::move(*wrapped));
    return Wraps(last) ? in_wrapped : Or(std::move(result), std::move(in_wrapped));
  }
  MaybeExpression InclusiveFrom(const Value& first) const {
    if (Wraps(first)) {
      return std::nullopt;
    }
    return MakeOne(Operation::kGreaterEqual, Transformed(first));
  }
  MaybeExpression StrictBelow(const Value& limit) const {
    if (Wraps(limit)) {
      return std::nullopt;
    }
    return MakeOne(Operation::kLess, Transformed(limit));
  }
  Expression StrictAbove(const Value& limit) const {
    Expression result = MakeOne(Operation::kGreater, Transformed(limit));
    std::optional<Value> wrapped = Wrapped();
    if (!wrapped.has_value()) {
      return result;
    }
    return And(std::move(result), MakeOne(Operation::kNotEqual, std::move(*wrapped)));
  }

  /// Early Java writers truncated times before 1970 toward zero, so that a partition
  /// value below zero may be one too high; projections must hold for such files too
  /// (Java: fixInclusive/StrictTimeProjection).
  MaybeExpression ForOldWriters(MaybeExpression projected) const {
    if (!projected.has_value() || projected->literals.empty()) {
      return projected;
    }
    const auto first = [&] { return std::get<int32_t>(projected->literals.front()); };
    switch (projected->op) {
      case Operation::kLess:
      case Operation::kLessEqual:
        if (!strict_ && first() < 0) {
          projected->literals.front() = first() + 1;
        }
        return projected;
      case Operation::kGreater:
      case Operation::kGreaterEqual:
        if (strict_ && first() <= 0) {
          projected->literals.front() = first() + 1;
        }
        return projected;
      default: {
        std::vector<Value> values = projected->literals;
        for (const Value& value : projected->literals) {
          const int32_t unit = std::get<int32_t>(value);
          if (unit < 0) {
            values.emplace_back(unit + 1);
          }
        }
        return MakeSet(!strict_, values, false);
      }
    }
  }

  MaybeExpression ProjectTruncate(int32_t width) const {
    const TypeId source = predicate_.source_type.id();
    if (source != TypeId::kString && source != TypeId::kBinary) {
      return strict_ ? Strict() : Inclusive();
    }
    switch (predicate_.op) {
      case Operation::kLess:
      case Operation::kLessEqual:
        return MakeOne(strict_ ? Operation::kLess : Operation::kLessEqual,
                       Transformed(literal()));
      case Operation::kGreater:
      case Operation::kGreaterEqual:
        return MakeOne(strict_ ? Operation::kGreater : Operation::kGreaterEqual,
                       Transformed(literal()));
      case Operation::kStartsWith:
      case Operation::kNotStartsWith:
        return ProjectPrefix(static_cast<size_t>(width));
      default:
        return ProjectSet();
    }
  }

  /// A partition value holds the first `width` code points: it decides about prefixes up
  /// to that length; a longer one only agrees or disagrees in its beginning.
  MaybeExpression ProjectPrefix(size_t width) const {
    const bool positive = predicate_.op == Operation::kStartsWith;
    const size_t length = CountCodePoints(std::get<std::string>(literal()));
    if (length < width) {
      return MakeOne(predicate_.op, literal());
    }
    if (length > width && positive == strict_) {
      return std::nullopt;
    }
    return MakeOne(positive ? Operation::kEqual : Operation::kNotEqual,
                   Transformed(literal()));
  }

  const bool strict_;
  const Expression& predicate_;
  const PartitionField& field_;
  const Type& partition_type_;
};

}  // namespace

MaybeExpression ProjectPredicate(Projection kind, const Expression& predicate,
                                 const PartitionField& field,
                                 const Type& partition_type) {
  return Projector(kind, predicate, field, partition_type).Project();
}

}  // namespace tarn::iceberg::internal
