#include "tarn/iceberg/manifest_filter.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "tarn/iceberg/internal/datetime.h"
#include "tarn/iceberg/internal/range_facts.h"
#include "tarn/iceberg/metrics_evaluator.h"

namespace tarn::iceberg {
namespace {

using internal::RangeFacts;
using Mask = std::vector<uint8_t>;

bool HasNaN(const Type& type) {
  return type.id() == TypeId::kFloat || type.id() == TypeId::kDouble;
}

/// Bounds cannot rule out NotEqual and NotIn.
bool UsesBounds(Operation op) {
  return op >= Operation::kLess && op != Operation::kNotEqual && op != Operation::kNotIn;
}

template <typename T>
T FromBits(uint64_t bits) {
  T value{};
  std::memcpy(&value, &bits, sizeof(T));
  return value;
}

/// The date `day` as a timestamp, if it is in its range.
std::optional<int64_t> DayBound(int64_t day, int64_t units_per_second) {
  int64_t units = 0;
  const bool beyond =
      __builtin_mul_overflow(day * internal::kSecondsPerDay, units_per_second, &units);
  return beyond ? std::nullopt : std::optional(units);
}

/// A bound of one of the types whose values fit a T; nullopt if it says nothing
/// (ValueFromBytes and DecodeBound decide alike).
template <typename T>
std::optional<T> NumberBound(const Type& type, const BytesColumn& bounds, size_t row);

template <>
std::optional<int64_t> NumberBound(const Type& type, const BytesColumn& bounds,
                                   size_t row) {
  const uint8_t length = bounds.length_code(row);
  const uint64_t bits = bounds.bits(row);
  switch (type.id()) {
    case TypeId::kBoolean:
      return length == 1 ? std::optional<int64_t>(bits != 0) : std::nullopt;
    case TypeId::kInt:
    case TypeId::kDate: {
      if (length == 4) {
        return FromBits<int32_t>(bits);
      }
      const auto wide = FromBits<int64_t>(bits);
      const bool fits = length == 8 && wide == static_cast<int32_t>(wide);
      return fits ? std::optional(wide) : std::nullopt;
    }
    default:
      break;
  }
  if (length == 8) {
    return FromBits<int64_t>(bits);
  }
  if (length != 4) {
    return std::nullopt;
  }
  const int64_t narrow = FromBits<int32_t>(bits);
  switch (type.id()) {
    case TypeId::kLong:
      return narrow;
    case TypeId::kTimestamp:
      return DayBound(narrow, internal::kMicrosPerSecond);
    case TypeId::kTimestampNs:
      return DayBound(narrow, internal::kNanosPerSecond);
    default:
      return std::nullopt;
  }
}

template <>
std::optional<double> NumberBound(const Type& type, const BytesColumn& bounds,
                                  size_t row) {
  const uint8_t length = bounds.length_code(row);
  double value = 0;
  if (length == 4) {
    value = FromBits<float>(bounds.bits(row));
  } else if (length == 8 && type.id() == TypeId::kDouble) {
    value = FromBits<double>(bounds.bits(row));
  } else {
    return std::nullopt;
  }
  return std::isnan(value) ? std::nullopt : std::optional(value);
}

/// A literal as NumberBound gives bounds; nullopt if it is not of the expected kind.
template <typename T>
std::optional<T> NumberLiteral(const Value& value) {
  if constexpr (std::is_same_v<T, int64_t>) {
    if (const auto* flag = std::get_if<bool>(&value)) {
      return *flag ? 1 : 0;
    }
    if (const auto* narrow = std::get_if<int32_t>(&value)) {
      return *narrow;
    }
    const auto* wide = std::get_if<int64_t>(&value);
    return wide == nullptr ? std::nullopt : std::optional(*wide);
  } else {
    if (const auto* narrow = std::get_if<float>(&value)) {
      return std::isnan(*narrow) ? std::nullopt : std::optional<double>(*narrow);
    }
    const auto* wide = std::get_if<double>(&value);
    return wide == nullptr || std::isnan(*wide) ? std::nullopt : std::optional(*wide);
  }
}

/// Whether the bounds leave room for a match. `no_nan`: NaN, which is greater than all
/// numbers and outside of the bounds, is known not to be there.
template <typename T>
bool RangeMayMatch(Operation op, const std::vector<T>& literals,
                   const std::optional<T>& lower, const std::optional<T>& upper,
                   bool no_nan) {
  const auto excludes = [&](const T& literal) {
    return (lower && *lower > literal) || (upper && *upper < literal);
  };
  switch (op) {
    case Operation::kLess:
      return !(lower && *lower >= literals.front());
    case Operation::kLessEqual:
      return !(lower && *lower > literals.front());
    case Operation::kGreater:
      return !(no_nan && upper && *upper <= literals.front());
    case Operation::kGreaterEqual:
      return !(no_nan && upper && *upper < literals.front());
    default:  // Equal, In
      return !std::ranges::all_of(literals, excludes);
  }
}

/// True for operations that RangeMayMatch knows.
bool IsRange(Operation op) {
  return (op >= Operation::kLess && op <= Operation::kEqual) || op == Operation::kIn;
}

class Evaluator {
 public:
  Evaluator(const ManifestColumns& manifest, const Schema& schema)
      : manifest_(manifest), schema_(schema) {}

  Mask Evaluate(const Expression& expression) const {
    switch (expression.op) {
      case Operation::kTrue:
        return Mask(manifest_.size(), 1);
      case Operation::kFalse:
        return Mask(manifest_.size(), 0);
      case Operation::kAnd:
      case Operation::kOr:
        return Fold(expression);
      case Operation::kNot:
        return Evaluate(RewriteNot(expression));
      default:
        return EvaluatePredicate(expression);
    }
  }

 private:
  Mask Fold(const Expression& expression) const {
    const bool conjunction = expression.op == Operation::kAnd;
    Mask result(manifest_.size(), conjunction ? 1 : 0);
    for (const Expression& child : *expression.children) {
      const Mask mask = Evaluate(child);
      for (size_t row = 0; row < result.size(); ++row) {
        result[row] = static_cast<uint8_t>(conjunction ? result[row] & mask[row]
                                                       : result[row] | mask[row]);
      }
    }
    return result;
  }

  Mask EvaluatePredicate(const Expression& predicate) const {
    const StatsColumn* stats = manifest_.FindStats(predicate.field_id);
    const bool plain = std::holds_alternative<Identity>(predicate.transform);
    // Counts and bounds inside of lists and maps are about elements, not rows.
    if (!plain || stats == nullptr || !schema_.IsReachableByStructs(predicate.field_id)) {
      RangeFacts nothing;
      if (!HasNaN(predicate.type)) {
        nothing.has_nan = false;
      }
      return Mask(manifest_.size(), internal::MayHold(predicate, nothing) ? 1 : 0);
    }
    if (IsRange(predicate.op)) {
      switch (predicate.type.id()) {
        case TypeId::kBoolean:
        case TypeId::kInt:
        case TypeId::kDate:
        case TypeId::kLong:
        case TypeId::kTime:
        case TypeId::kTimestamp:
        case TypeId::kTimestampTz:
        case TypeId::kTimestampNs:
        case TypeId::kTimestampTzNs:
          return EvaluateNumbers<int64_t>(predicate, *stats);
        case TypeId::kFloat:
        case TypeId::kDouble:
          return EvaluateNumbers<double>(predicate, *stats);
        case TypeId::kString:
        case TypeId::kBinary:
          return EvaluateBytes(predicate, *stats);
        default:
          break;
      }
    }
    return EvaluateFacts(predicate, *stats);
  }

  bool AllNull(const StatsColumn& stats, size_t row) const {
    const int64_t nulls = stats.null_counts.at(row);
    return nulls != CountColumn::kUnknown && nulls >= manifest_.record_count(row);
  }
  bool AllNaN(const StatsColumn& stats, size_t row) const {
    const int64_t nans = stats.nan_counts.at(row);
    return nans != CountColumn::kUnknown && nans >= manifest_.record_count(row);
  }

  template <typename T>
  Mask EvaluateNumbers(const Expression& predicate, const StatsColumn& stats) const {
    std::vector<T> literals;
    for (const Value& value : predicate.literals) {
      const std::optional<T> literal = NumberLiteral<T>(value);
      if (!literal) {
        return EvaluateFacts(predicate, stats);
      }
      literals.push_back(*literal);
    }
    const bool has_nan = std::is_same_v<T, double>;
    const bool greater =
        predicate.op == Operation::kGreater || predicate.op == Operation::kGreaterEqual;
    Mask mask(manifest_.size());
    for (size_t row = 0; row < mask.size(); ++row) {
      if (AllNull(stats, row) || (has_nan && !greater && AllNaN(stats, row))) {
        continue;
      }
      const bool no_nan = !has_nan || stats.nan_counts.at(row) == 0;
      mask[row] = RangeMayMatch<T>(
          predicate.op, literals, NumberBound<T>(predicate.type, stats.lower_bounds, row),
          NumberBound<T>(predicate.type, stats.upper_bounds, row), no_nan);
    }
    return mask;
  }

  Mask EvaluateBytes(const Expression& predicate, const StatsColumn& stats) const {
    std::vector<std::string_view> literals;
    for (const Value& value : predicate.literals) {
      literals.push_back(std::get<std::string>(value));
    }
    const auto bound = [&](const BytesColumn& bounds, std::string_view bytes,
                           size_t row) {
      return bounds.has(row) ? std::optional(bytes) : std::nullopt;
    };
    Mask mask(manifest_.size());
    for (size_t row = 0; row < mask.size(); ++row) {
      if (AllNull(stats, row)) {
        continue;
      }
      mask[row] = RangeMayMatch<std::string_view>(
          predicate.op, literals,
          bound(stats.lower_bounds, manifest_.lower_bound(stats, row), row),
          bound(stats.upper_bounds, manifest_.upper_bound(stats, row), row), true);
    }
    return mask;
  }

  /// Row by row: what has no loop of its own.
  Mask EvaluateFacts(const Expression& predicate, const StatsColumn& stats) const {
    Mask mask(manifest_.size());
    for (size_t row = 0; row < mask.size(); ++row) {
      mask[row] = internal::MayHold(predicate, FactsOf(predicate, stats, row));
    }
    return mask;
  }

  RangeFacts FactsOf(const Expression& predicate, const StatsColumn& stats,
                     size_t row) const {
    RangeFacts facts;
    const Type& type = predicate.type;
    if (!HasNaN(type)) {
      facts.has_nan = false;
    } else if (stats.nan_counts.at(row) != CountColumn::kUnknown) {
      facts.has_nan = stats.nan_counts.at(row) != 0;
      facts.all_nan = AllNaN(stats, row);
    }
    if (stats.null_counts.at(row) != CountColumn::kUnknown) {
      facts.has_null = stats.null_counts.at(row) != 0;
      facts.all_null = AllNull(stats, row);
    }
    if (UsesBounds(predicate.op) && type.is_primitive()) {
      facts.lower =
          BoundOf(type, stats.lower_bounds.has(row), manifest_.lower_bound(stats, row));
      facts.upper =
          BoundOf(type, stats.upper_bounds.has(row), manifest_.upper_bound(stats, row));
    }
    return facts;
  }

  static std::optional<Value> BoundOf(const Type& type, bool is_there,
                                      std::string_view bytes) {
    return is_there ? internal::DecodeBound(type, std::string(bytes)) : std::nullopt;
  }

  const ManifestColumns& manifest_;
  const Schema& schema_;
};

}  // namespace

Mask RowsMayMatch(const ManifestColumns& manifest, const Expression& bound,
                  const Schema& schema) {
  Mask mask = Evaluator(manifest, schema).Evaluate(bound);
  for (size_t row = 0; row < mask.size(); ++row) {
    if (manifest.record_count(row) == 0) {
      mask[row] = 0;
    }
  }
  return mask;
}

std::vector<uint32_t> SelectAllRows(const ManifestColumns& manifest,
                                    const ManifestFilter& filter,
                                    std::span<const PartitionTuple> partitions) {
  Mask in_partition(partitions.size());
  for (size_t i = 0; i < partitions.size(); ++i) {
    in_partition[i] =
        PartitionMatches(*filter.partitions, *filter.spec, partitions[i]) ? 1 : 0;
  }
  std::vector<uint32_t> rows;
  if (std::ranges::none_of(in_partition, [](uint8_t flag) { return flag != 0; })) {
    return rows;
  }
  const Mask mask = RowsMayMatch(manifest, *filter.rows, *filter.schema);
  for (size_t row = 0; row < mask.size(); ++row) {
    if (mask[row] != 0 && in_partition[manifest.partition_index(row)] != 0) {
      rows.push_back(static_cast<uint32_t>(row));
    }
  }
  return rows;
}

std::vector<uint32_t> SelectRows(const ManifestColumns& manifest,
                                 const ManifestFilter& filter,
                                 std::span<const PartitionTuple> partitions) {
  std::vector<uint32_t> rows = SelectAllRows(manifest, filter, partitions);
  if (manifest.num_live() != manifest.size()) {
    std::erase_if(rows, [&](uint32_t row) { return !manifest.is_live(row); });
  }
  return rows;
}

}  // namespace tarn::iceberg
