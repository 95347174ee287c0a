#include "tarn/iceberg/internal/literal_fit.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "tarn/base/error.h"
#include "tarn/iceberg/value.h"

namespace tarn::iceberg::internal {
namespace {

/// unscaled / 10^scale.
struct DecimalNumber {
  int128_t unscaled = 0;
  int32_t scale = 0;
};

struct IntegerRange {
  int128_t lowest;
  int128_t highest;
};

constexpr int32_t kMaxDigits = 38;

int128_t PowerOfTen(int32_t exponent) {
  int128_t power = 1;
  for (int32_t i = 0; i < exponent; ++i) {
    power *= 10;
  }
  return power;
}

int128_t FloorDivide(int128_t dividend, int128_t divisor) {
  const int128_t quotient = dividend / divisor;
  return dividend % divisor < 0 ? quotient - 1 : quotient;
}

/// The shortest decimal text that reads back as `number`, as a decimal. `number` is
/// finite.
template <typename Float>
DecimalNumber ShortestDecimal(Float number) {
  std::array<char, 64> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number,
                                 std::chars_format::scientific);
  const std::string_view text(buffer.data(),
                              static_cast<size_t>(end.ptr - buffer.data()));
  const size_t exponent_at = text.find('e');
  DecimalNumber result;
  bool after_point = false;
  for (const char c : text.substr(0, exponent_at)) {
    if (c == '.') {
      after_point = true;
    } else if (c != '-') {
      result.unscaled = result.unscaled * 10 + (c - '0');
      if (after_point) {
        ++result.scale;
      }
    }
  }
  if (text.front() == '-') {
    result.unscaled = -result.unscaled;
  }
  result.scale -= std::atoi(std::string(text.substr(exponent_at + 1)).c_str());
  return result;
}

/// nullopt for NaN and the infinities, and for types that are no numbers.
std::optional<DecimalNumber> DecimalOf(const Type& type, const Value& value) {
  switch (type.id()) {
    case TypeId::kInt:
      return DecimalNumber{std::get<int32_t>(value), 0};
    case TypeId::kLong:
      return DecimalNumber{std::get<int64_t>(value), 0};
    case TypeId::kDecimal:
      return DecimalNumber{std::get<int128_t>(value), type.scale()};
    case TypeId::kFloat: {
      const float number = std::get<float>(value);
      if (std::isfinite(number)) {
        return ShortestDecimal(number);
      }
      return std::nullopt;
    }
    case TypeId::kDouble: {
      const double number = std::get<double>(value);
      if (std::isfinite(number)) {
        return ShortestDecimal(number);
      }
      return std::nullopt;
    }
    default:
      return std::nullopt;
  }
}

bool IsNumber(TypeId id) {
  return id == TypeId::kInt || id == TypeId::kLong || id == TypeId::kFloat ||
         id == TypeId::kDouble || id == TypeId::kDecimal;
}

IntegerRange RangeOf(const Type& type) {
  switch (type.id()) {
    case TypeId::kInt:
    case TypeId::kDate:
      return {std::numeric_limits<int32_t>::min(), std::numeric_limits<int32_t>::max()};
    case TypeId::kDecimal: {
      const int128_t highest = PowerOfTen(type.precision()) - 1;
      return {-highest, highest};
    }
    default:
      return {std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max()};
  }
}

/// `floored` as a value of the integral `type`; `exact` says that nothing was cut off.
FittedLiteral FitInteger(const Type& type, int128_t floored, bool exact) {
  const IntegerRange range = RangeOf(type);
  if (floored > range.highest) {
    return {Fit::kAbove, {}};
  }
  if (floored < range.lowest) {
    return {Fit::kBelow, {}};
  }
  const Fit fit = exact ? Fit::kExact : Fit::kBetween;
  switch (type.id()) {
    case TypeId::kInt:
    case TypeId::kDate:
      return {fit, static_cast<int32_t>(floored)};
    case TypeId::kDecimal:
      return {fit, floored};
    default:
      return {fit, static_cast<int64_t>(floored)};
  }
}

FittedLiteral FitDecimal(const Type& to, const DecimalNumber& number) {
  const int32_t shift = (to.id() == TypeId::kDecimal ? to.scale() : 0) - number.scale;
  if (number.unscaled == 0) {
    return FitInteger(to, 0, true);
  }
  if (shift < -kMaxDigits) {
    return FitInteger(to, number.unscaled < 0 ? -1 : 0, false);
  }
  if (shift < 0) {
    const int128_t divisor = PowerOfTen(-shift);
    return FitInteger(to, FloorDivide(number.unscaled, divisor),
                      number.unscaled % divisor == 0);
  }
  int128_t scaled = 0;
  if (shift > kMaxDigits ||
      __builtin_mul_overflow(number.unscaled, PowerOfTen(shift), &scaled)) {
    return {number.unscaled < 0 ? Fit::kBelow : Fit::kAbove, {}};
  }
  return FitInteger(to, scaled, true);
}

FittedLiteral FitIntegral(const Type& from, const Type& to, const Value& literal) {
  if (const auto number = DecimalOf(from, literal)) {
    return FitDecimal(to, *number);
  }
  const double number =
      from.id() == TypeId::kFloat ? std::get<float>(literal) : std::get<double>(literal);
  return {number < 0 ? Fit::kBelow : Fit::kAbove, {}};  // NaN is above all numbers
}

/// An integer as the floating-point value at or just below it.
template <typename Float>
FittedLiteral FloatFromInteger(int64_t integer) {
  const auto nearest = static_cast<Float>(integer);
  const auto back = static_cast<int128_t>(nearest);
  if (back == integer) {
    return {Fit::kExact, nearest};
  }
  const Float lowest = -std::numeric_limits<Float>::infinity();
  return {Fit::kBetween, back < integer ? nearest : std::nextafter(nearest, lowest)};
}

FittedLiteral FloatFromDouble(double number) {
  constexpr float kLargest = std::numeric_limits<float>::max();
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  if (std::isnan(number)) {
    return {Fit::kExact, std::numeric_limits<float>::quiet_NaN()};
  }
  if (std::isinf(number)) {
    return {Fit::kExact, number < 0 ? -kInfinity : kInfinity};
  }
  if (number > static_cast<double>(kLargest)) {
    return {Fit::kBetween, kLargest};
  }
  if (number < -static_cast<double>(kLargest)) {
    return {Fit::kBetween, -kInfinity};
  }
  const auto nearest = static_cast<float>(number);
  const auto back = static_cast<double>(nearest);
  if (back == number) {
    return {Fit::kExact, nearest};
  }
  return {Fit::kBetween, back < number ? nearest : std::nextafter(nearest, -kInfinity)};
}

FittedLiteral FitFloating(const Type& from, const Type& to, const Value& literal) {
  const bool to_float = to.id() == TypeId::kFloat;
  switch (from.id()) {
    case TypeId::kInt:
    case TypeId::kLong: {
      const int64_t integer = from.id() == TypeId::kInt ? std::get<int32_t>(literal)
                                                        : std::get<int64_t>(literal);
      return to_float ? FloatFromInteger<float>(integer)
                      : FloatFromInteger<double>(integer);
    }
    case TypeId::kFloat:
      if (to_float) {
        return {Fit::kExact, literal};
      }
      return {Fit::kExact, static_cast<double>(std::get<float>(literal))};
    case TypeId::kDouble:
      if (to_float) {
        return FloatFromDouble(std::get<double>(literal));
      }
      return {Fit::kExact, literal};
    default: {
      const std::string text = DecimalToString(std::get<int128_t>(literal), from.scale());
      if (to_float) {
        return {Fit::kExact, std::strtof(text.c_str(), nullptr)};
      }
      return {Fit::kExact, std::strtod(text.c_str(), nullptr)};
    }
  }
}

/// Nanoseconds in one unit of a date or timestamp type, and whether it is of a time zone.
struct TimeUnit {
  int64_t nanos;
  bool zoned;
};

std::optional<TimeUnit> TimeUnitOf(TypeId id) {
  switch (id) {
    case TypeId::kDate:
      return TimeUnit{86'400'000'000'000, false};
    case TypeId::kTimestamp:
      return TimeUnit{1'000, false};
    case TypeId::kTimestampTz:
      return TimeUnit{1'000, true};
    case TypeId::kTimestampNs:
      return TimeUnit{1, false};
    case TypeId::kTimestampTzNs:
      return TimeUnit{1, true};
    default:
      return std::nullopt;
  }
}

FittedLiteral FitTime(const Type& from, TimeUnit from_unit, const Type& to,
                      TimeUnit to_unit, const Value& literal) {
  const int64_t units = from.id() == TypeId::kDate ? std::get<int32_t>(literal)
                                                   : std::get<int64_t>(literal);
  const int128_t nanos = static_cast<int128_t>(units) * from_unit.nanos;
  return FitInteger(to, FloorDivide(nanos, to_unit.nanos), nanos % to_unit.nanos == 0);
}

}  // namespace

Result<FittedLiteral> FitLiteral(const Type& from, const Type& to, const Value& literal) {
  if (IsNumber(from.id()) && IsNumber(to.id())) {
    const bool floating = to.id() == TypeId::kFloat || to.id() == TypeId::kDouble;
    return floating ? FitFloating(from, to, literal) : FitIntegral(from, to, literal);
  }
  const std::optional<TimeUnit> from_unit = TimeUnitOf(from.id());
  const std::optional<TimeUnit> to_unit = TimeUnitOf(to.id());
  if (from_unit && to_unit) {
    if (from_unit->zoned == to_unit->zoned) {
      return FitTime(from, *from_unit, to, *to_unit, literal);
    }
    return MakeError(ErrorCode::kTypeMismatch,
                     "Cannot compare " + to.ToString() + " with " + from.ToString() +
                         ", one has a time zone: " + ValueToString(from, literal));
  }
  if (from == to) {
    return FittedLiteral{Fit::kExact, literal};
  }
  ARROW_ASSIGN_OR_RAISE(Value cast, CastValue(from, to, literal));
  return FittedLiteral{Fit::kExact, std::move(cast)};
}

}  // namespace tarn::iceberg::internal
