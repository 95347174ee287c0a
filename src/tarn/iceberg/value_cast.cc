// Casts of literals that lose nothing.
#include <cmath>
#include <limits>
#include <optional>

#include "tarn/base/error.h"
#include "tarn/iceberg/internal/datetime.h"
#include "tarn/iceberg/internal/decimal.h"
#include "tarn/iceberg/internal/value_get.h"
#include "tarn/iceberg/value.h"

namespace tarn::iceberg {
namespace {

using internal::Get;
using internal::GetInteger;

// Integers up to these magnitudes are all exact in the floating-point type.
constexpr int64_t kExactInDouble = int64_t{1} << 53;
constexpr int64_t kExactInFloat = int64_t{1} << 24;

using MaybeValue = std::optional<Value>;

MaybeValue ToDecimal(const Type& to, int128_t unscaled, int32_t scale) {
  const auto rescaled = internal::Rescale(unscaled, scale, to.scale());
  if (!rescaled || !internal::FitsPrecision(*rescaled, to.precision())) {
    return std::nullopt;
  }
  return Value(*rescaled);
}

MaybeValue FromInteger(const Type& to, int64_t value) {
  switch (to.id()) {
    case TypeId::kInt:
      if (value != static_cast<int32_t>(value)) {
        return std::nullopt;
      }
      return Value(static_cast<int32_t>(value));
    case TypeId::kLong:
      return Value(value);
    case TypeId::kFloat:
      if (value < -kExactInFloat || value > kExactInFloat) {
        return std::nullopt;
      }
      return Value(static_cast<float>(value));
    case TypeId::kDouble:
      if (value < -kExactInDouble || value > kExactInDouble) {
        return std::nullopt;
      }
      return Value(static_cast<double>(value));
    case TypeId::kDecimal:
      return ToDecimal(to, value, 0);
    default:
      return std::nullopt;
  }
}

MaybeValue FromFloating(const Type& to, double value) {
  if (to.id() == TypeId::kDouble) {
    return Value(value);
  }
  if (to.id() == TypeId::kFloat) {
    const bool too_large =
        std::isfinite(value) && std::fabs(value) > std::numeric_limits<float>::max();
    if (too_large) {
      return std::nullopt;
    }
    const auto narrow = static_cast<float>(value);
    if (!std::isnan(value) && static_cast<double>(narrow) != value) {
      return std::nullopt;
    }
    return Value(narrow);
  }
  const bool is_exact_integer = std::trunc(value) == value &&
                                std::fabs(value) <= static_cast<double>(kExactInDouble);
  if (!is_exact_integer) {
    return std::nullopt;
  }
  return FromInteger(to, static_cast<int64_t>(value));
}

// A decimal that a float or double holds as its nearest value: literals like 0.1 are
// written as decimals and mean that nearest value when they meet a floating-point column.
MaybeValue FromDecimal(const Type& from, const Type& to, int128_t unscaled) {
  if (to.id() == TypeId::kDecimal) {
    return ToDecimal(to, unscaled, from.scale());
  }
  if (to.id() == TypeId::kFloat || to.id() == TypeId::kDouble) {
    const int64_t limit = to.id() == TypeId::kFloat ? kExactInFloat : kExactInDouble;
    if (unscaled < -limit || unscaled > limit) {
      return std::nullopt;
    }
    Result<Value> parsed = ValueFromString(to, DecimalToString(unscaled, from.scale()));
    if (!parsed.ok()) {
      return std::nullopt;
    }
    return *std::move(parsed);
  }
  const auto integer = internal::Rescale(unscaled, from.scale(), 0);
  if (!integer || *integer != static_cast<int64_t>(*integer)) {
    return std::nullopt;
  }
  return FromInteger(to, static_cast<int64_t>(*integer));
}

int64_t UnitsPerSecond(TypeId id) {
  const bool nanos = id == TypeId::kTimestampNs || id == TypeId::kTimestampTzNs;
  return nanos ? internal::kNanosPerSecond : internal::kMicrosPerSecond;
}

MaybeValue FromDate(const Type& to, int32_t days) {
  if (to.id() != TypeId::kTimestamp && to.id() != TypeId::kTimestampNs) {
    return std::nullopt;
  }
  int64_t units = 0;
  if (__builtin_mul_overflow(int64_t{days} * internal::kSecondsPerDay,
                             UnitsPerSecond(to.id()), &units)) {
    return std::nullopt;
  }
  return Value(units);
}

bool HasZone(TypeId id) {
  return id == TypeId::kTimestampTz || id == TypeId::kTimestampTzNs;
}

bool IsTimestamp(TypeId id) {
  return id >= TypeId::kTimestamp && id <= TypeId::kTimestampTzNs;
}

// Between local and zoned timestamps there is no cast: it would depend on somebody's time
// zone.
MaybeValue FromTimestamp(const Type& from, const Type& to, int64_t units) {
  const int64_t per_second = UnitsPerSecond(from.id());
  if (to.id() == TypeId::kDate && !HasZone(from.id())) {
    const int64_t per_day = internal::kSecondsPerDay * per_second;
    if (internal::FloorMod(units, per_day) != 0) {
      return std::nullopt;
    }
    return Value(static_cast<int32_t>(units / per_day));
  }
  if (!IsTimestamp(to.id()) || HasZone(from.id()) != HasZone(to.id())) {
    return std::nullopt;
  }
  const int64_t to_per_second = UnitsPerSecond(to.id());
  if (to_per_second == per_second) {
    return Value(units);
  }
  if (to_per_second < per_second) {
    return units % 1000 == 0 ? MaybeValue(Value(units / 1000)) : std::nullopt;
  }
  int64_t nanos = 0;
  if (__builtin_mul_overflow(units, int64_t{1000}, &nanos)) {
    return std::nullopt;
  }
  return Value(nanos);
}

MaybeValue FromBytes(const Type& to, const std::string& bytes) {
  const bool fits =
      to.id() == TypeId::kBinary ||
      (to.id() == TypeId::kFixed && bytes.size() == static_cast<size_t>(to.length()));
  return fits ? MaybeValue(Value(bytes)) : std::nullopt;
}

MaybeValue Cast(const Type& from, const Type& to, const Value& value) {
  switch (from.id()) {
    case TypeId::kInt:
    case TypeId::kLong:
      return FromInteger(to, GetInteger(value));
    case TypeId::kFloat:
      return FromFloating(to, Get<float>(value));
    case TypeId::kDouble:
      return FromFloating(to, Get<double>(value));
    case TypeId::kDecimal:
      return FromDecimal(from, to, Get<int128_t>(value));
    case TypeId::kDate:
      return FromDate(to, Get<int32_t>(value));
    case TypeId::kTimestamp:
    case TypeId::kTimestampTz:
    case TypeId::kTimestampNs:
    case TypeId::kTimestampTzNs:
      return FromTimestamp(from, to, Get<int64_t>(value));
    case TypeId::kString: {
      // Text says nothing about which bytes it would stand for: hexadecimal, base64 or
      // its own.
      if (to.id() == TypeId::kFixed || to.id() == TypeId::kBinary) {
        return std::nullopt;
      }
      Result<Value> parsed = ValueFromString(to, Get<std::string>(value));
      return parsed.ok() ? MaybeValue(*std::move(parsed)) : std::nullopt;
    }
    case TypeId::kFixed:
    case TypeId::kBinary:
      return FromBytes(to, Get<std::string>(value));
    default:
      return std::nullopt;
  }
}

}  // namespace

Result<Value> CastValue(const Type& from, const Type& to, const Value& value) {
  if (IsNull(value) || from == to) {
    return value;
  }
  if (MaybeValue cast = Cast(from, to, value)) {
    return *std::move(cast);
  }
  return MakeError(ErrorCode::kTypeMismatch, "A " + to.ToString() + " cannot hold the " +
                                                 from.ToString() + " value " +
                                                 ValueToString(from, value));
}

}  // namespace tarn::iceberg
