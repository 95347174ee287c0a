// Mathematical and bitwise functions.
#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "tarn/engine/internal/trino_functions/call_rewrite.h"
#include "tarn/engine/internal/trino_functions/function_library.h"
#include "tarn/engine/internal/trino_functions/trino_error.h"
#include "tarn/engine/internal/trino_functions/typed_scalar.h"

namespace tarn::engine {
namespace {

using duckdb::LogicalType;
using Id = duckdb::LogicalTypeId;

constexpr double kPi = 3.14159265358979323846;

double LogOfBase(double base, double x) { return std::log(x) / std::log(base); }
double Degrees(double x) { return x * (180.0 / kPi); }
double Radians(double x) { return x / 180.0 * kPi; }

template <typename T>
T SignOf(T x) {
  return std::isnan(x) ? x : static_cast<T>((x > 0) - (x < 0));
}

int64_t FromBase(std::string_view text, int64_t radix) {
  if (radix < 2 || radix > 36) {
    ThrowTrino(kInvalidArgument, "Radix must be between 2 and 36");
  }
  const std::string digits(text);
  char* end = nullptr;
  errno = 0;
  const int64_t value = std::strtoll(digits.c_str(), &end, static_cast<int>(radix));
  const bool blank = digits.empty() || digits.front() == ' ';
  if (blank || *end != '\0' || errno == ERANGE) {
    ThrowTrino(kInvalidArgument,
               fmt::format("Not a valid base-{} number: {}", radix, text));
  }
  return value;
}

std::string ToBase(int64_t value, int64_t radix) {
  if (radix < 2 || radix > 36) {
    ThrowTrino(kInvalidArgument, "Radix must be between 2 and 36");
  }
  const bool negative = value < 0;
  auto rest = static_cast<uint64_t>(value);
  rest = negative ? 0 - rest : rest;
  std::string reversed;
  do {
    reversed +=
        "0123456789abcdefghijklmnopqrstuvwxyz"[rest % static_cast<uint64_t>(radix)];
    rest /= static_cast<uint64_t>(radix);
  } while (rest != 0);
  reversed += negative ? "-" : "";
  return {reversed.rbegin(), reversed.rend()};
}

int64_t WidthBucket(double operand, double low, double high, int64_t count) {
  if (count <= 0) {
    ThrowTrino(kInvalidArgument, "bucketCount must be greater than 0");
  }
  if (std::isnan(operand)) {
    ThrowTrino(kInvalidArgument, "operand must not be NaN");
  }
  if (!std::isfinite(low) || !std::isfinite(high)) {
    ThrowTrino(kInvalidArgument, "bounds must be finite");
  }
  if (low == high) {
    ThrowTrino(kInvalidArgument, "bounds cannot equal each other");
  }
  const double bottom = std::min(low, high);
  const double top = std::max(low, high);
  int64_t bucket = 0;
  if (operand >= top) {
    bucket = count + 1;
  } else if (operand >= bottom) {
    bucket = static_cast<int64_t>(static_cast<double>(count) * (operand - bottom) /
                                  (top - bottom)) +
             1;
  }
  return low > high ? count - bucket + 1 : bucket;
}

double NormalCdf(double mean, double deviation, double value) {
  if (!(deviation > 0)) {
    ThrowTrino(kInvalidArgument, "standardDeviation must be > 0");
  }
  return 0.5 * (1 + std::erf((value - mean) / (deviation * std::sqrt(2.0))));
}

double WilsonBound(int64_t successes, int64_t trials, double z, double side) {
  if (successes < 0) {
    ThrowTrino(kInvalidArgument, "number of successes must not be negative");
  }
  if (trials <= 0) {
    ThrowTrino(kInvalidArgument, "number of trials must be positive");
  }
  if (successes > trials) {
    ThrowTrino(kInvalidArgument,
               "number of successes must not be larger than number of trials");
  }
  if (z < 0) {
    ThrowTrino(kInvalidArgument, "z-score must not be negative");
  }
  const auto n = static_cast<double>(trials);
  const double p = static_cast<double>(successes) / n;
  const double middle = p + z * z / (2 * n);
  const double spread = z * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n));
  return (middle + side * spread) / (1 + z * z / n);
}

double WilsonLower(int64_t successes, int64_t trials, double z) {
  return WilsonBound(successes, trials, z, -1);
}
double WilsonUpper(int64_t successes, int64_t trials, double z) {
  return WilsonBound(successes, trials, z, 1);
}

// --- rounding: the result's type follows the argument's --------------------------------

bool IsInteger(Id id) {
  return id == Id::TINYINT || id == Id::SMALLINT || id == Id::INTEGER || id == Id::BIGINT;
}

LogicalType DecimalOf(int width, int scale) {
  return LogicalType::DECIMAL(static_cast<uint8_t>(std::clamp(width, 1, 38)),
                              static_cast<uint8_t>(scale));
}

/// `name`(x) of DuckDB; integers stay what they are.
ExpressionPtr RoundWhole(const BoundCall& call, std::string_view name) {
  if (IsInteger(call.IdOf(0))) {
    return call.Argument(0);
  }
  auto rounded = call.Own(name, ListOf(call.Argument(0)));
  const LogicalType type = call.TypeOf(0);
  if (type.id() == Id::DECIMAL) {  // the whole digits, and one more that rounding may add
    const int scale = duckdb::DecimalType::GetScale(type);
    const int whole = duckdb::DecimalType::GetWidth(type) - scale;
    return call.Cast(std::move(rounded), DecimalOf(whole + std::min(scale, 1), 0));
  }
  return type.id() == Id::FLOAT ? call.Cast(std::move(rounded), LogicalType::FLOAT)
                                : std::move(rounded);
}

ExpressionPtr Ceiling(const BoundCall& call) { return RoundWhole(call, "ceil"); }
ExpressionPtr Floor(const BoundCall& call) { return RoundWhole(call, "floor"); }
ExpressionPtr Round(const BoundCall& call) { return RoundWhole(call, "round"); }

ExpressionPtr TruncateWhole(const BoundCall& call) {
  auto truncated = RoundWhole(call, "trunc");
  const LogicalType type = call.TypeOf(0);
  if (type.id() == Id::DECIMAL) {
    const int whole =
        duckdb::DecimalType::GetWidth(type) - duckdb::DecimalType::GetScale(type);
    return call.Cast(std::move(truncated), DecimalOf(whole, 0));
  }
  return truncated;
}

/// `name`(x, digits) of DuckDB in the type of x; decimals may grow by `growth` digits.
ExpressionPtr RoundDigits(const BoundCall& call, std::string_view name, int growth) {
  const LogicalType type = call.TypeOf(0);
  auto digits = call.Cast(call.Argument(1), LogicalType::INTEGER);
  auto rounded = call.Own(name, ListOf(call.Argument(0), std::move(digits)));
  if (type.id() == Id::DECIMAL) {
    return call.Cast(std::move(rounded),
                     DecimalOf(duckdb::DecimalType::GetWidth(type) + growth,
                               duckdb::DecimalType::GetScale(type)));
  }
  return call.Cast(std::move(rounded), type);
}

ExpressionPtr RoundTo(const BoundCall& call) { return RoundDigits(call, "round", 1); }
ExpressionPtr TruncateTo(const BoundCall& call) { return RoundDigits(call, "trunc", 0); }

ExpressionPtr Sign(const BoundCall& call) {
  const LogicalType type = call.TypeOf(0);
  if (type.id() == Id::FLOAT || type.id() == Id::DOUBLE) {
    return call.Ours("sign_of_float", call.Arguments());
  }
  auto sign = call.Own("sign", call.Arguments());
  return call.Cast(std::move(sign), type.id() == Id::DECIMAL ? DecimalOf(1, 0) : type);
}

// --- bits ------------------------------------------------------------------------------

/// Of a negative shift the last six bits count, as in Java.
int64_t ShiftOf(int64_t shift) { return shift < 0 ? shift & 63 : shift; }

template <typename T>
T ShiftLeft(T value, int64_t asked) {
  const int64_t shift = ShiftOf(asked);
  if (shift >= static_cast<int64_t>(sizeof(T) * 8)) {
    return 0;
  }
  return static_cast<T>(static_cast<uint64_t>(value) << static_cast<uint64_t>(shift));
}

template <typename T>
T ShiftRight(T value, int64_t asked) {
  using Unsigned = std::make_unsigned_t<T>;
  const int64_t shift = ShiftOf(asked);
  if (shift >= static_cast<int64_t>(sizeof(T) * 8)) {
    return 0;
  }
  return static_cast<T>(static_cast<uint64_t>(static_cast<Unsigned>(value)) >>
                        static_cast<uint64_t>(shift));
}

template <typename T>
T ShiftRightArithmetic(T value, int64_t asked) {
  const int64_t shift = ShiftOf(asked);
  if (shift >= static_cast<int64_t>(sizeof(T) * 8)) {
    return value < 0 ? T{-1} : T{0};
  }
  return static_cast<T>(value >> shift);
}

int64_t BitCount(int64_t value, int64_t bits) {
  if (bits < 2 || bits > 64) {
    ThrowTrino(kInvalidArgument,
               fmt::format("Bits specified in bit_count must be between 2 and 64, got {}",
                           bits));
  }
  if (bits == 64) {
    return std::popcount(static_cast<uint64_t>(value));
  }
  const int64_t top = int64_t{1} << (bits - 1);
  if (value >= top || value < -top) {
    ThrowTrino(kInvalidArgument,
               fmt::format("Number must be representable with the bits specified. {} "
                           "cannot be represented with {} bits",
                           value, bits));
  }
  const uint64_t mask = (uint64_t{1} << static_cast<uint64_t>(bits)) - 1;
  return std::popcount(static_cast<uint64_t>(value) & mask);
}

template <typename T>
void AddShifts(FunctionLibrary& library) {
  library.Add(Typed<&ShiftLeft<T>>("bitwise_left_shift"));
  library.Add(Typed<&ShiftRight<T>>("bitwise_right_shift"));
  library.Add(Typed<&ShiftRightArithmetic<T>>("bitwise_right_shift_arithmetic"));
}

/// With Java's answers where C has 1: pow(1, NaN) and pow(±1, ±infinity).
double Power(double base, double exponent) {
  if (std::isnan(exponent) || (std::fabs(base) == 1 && std::isinf(exponent))) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  const double power = std::pow(base, exponent);
  return std::isnan(power) ? std::numeric_limits<double>::quiet_NaN() : power;
}

using Function = double (*)(double);

template <Function kFunction>
double Apply(double x) {
  const double y = kFunction(x);
  return std::isnan(y) ? std::numeric_limits<double>::quiet_NaN() : y;
}

void AddReals(FunctionLibrary& library) {
  library.Add(Typed<&Apply<&std::acos>>("acos"));
  library.Add(Typed<&Apply<&std::asin>>("asin"));
  library.Add(Typed<&Apply<&std::atan>>("atan"));
  library.Add(Typed<&Apply<&std::cos>>("cos"));
  library.Add(Typed<&Apply<&std::cosh>>("cosh"));
  library.Add(Typed<&Apply<&std::sin>>("sin"));
  library.Add(Typed<&Apply<&std::sinh>>("sinh"));
  library.Add(Typed<&Apply<&std::tan>>("tan"));
  library.Add(Typed<&Apply<&std::tanh>>("tanh"));
  library.Add(Typed<&Apply<&std::cbrt>>("cbrt"));
  library.Add(Typed<&Apply<&std::exp>>("exp"));
  library.Add(Typed<&Apply<&std::log>>("ln"));
  library.Add(Typed<&Apply<&std::log2>>("log2"));
  library.Add(Typed<&Apply<&std::log10>>("log10"));
  library.Add(Typed<&Apply<&std::sqrt>>("sqrt"));
  library.Add(Typed<static_cast<double (*)(double, double)>(&std::atan2)>("atan2"));
  library.Add(Typed<&Power>("power"));
  library.AddAlias("pow", "power");
  library.Add(Typed<&LogOfBase>("log"));
  library.Add(Typed<&Degrees>("degrees"));
  library.Add(Typed<&Radians>("radians"));
  library.Add(Typed<&NormalCdf>("normal_cdf"));
  library.Add(Typed<&WilsonLower>("wilson_interval_lower"));
  library.Add(Typed<&WilsonUpper>("wilson_interval_upper"));
}

/// How many numbers random(start, stop) chooses from.
double RandomBound(double start, double stop) {
  if (start >= stop) {
    ThrowTrino(kInvalidArgument, start == 0 ? "bound must be positive"
                                            : "start value must be less than stop value");
  }
  return stop - start;
}

}  // namespace

void AddMath(FunctionLibrary& library) {
  library.Add(Typed<&RandomBound>("random_bound"), Reach::kTranslatorOnly);
  AddReals(library);
  library.Add(Typed<&SignOf<double>>("sign_of_float"), Reach::kTranslatorOnly);
  library.Add(Typed<&SignOf<float>>("sign_of_float"), Reach::kTranslatorOnly);
  library.Add(Rewritten<&Sign>("sign", 1));
  library.Add(Rewritten<&Ceiling>("ceiling", 1));
  library.AddAlias("ceil", "ceiling");
  library.Add(Rewritten<&Floor>("floor", 1));
  library.Add(Rewritten<&Round>("round", 1));
  library.Add(Rewritten<&RoundTo>("round", 2));
  library.Add(Rewritten<&TruncateWhole>("truncate", 1));
  library.Add(Rewritten<&TruncateTo>("truncate", 2));
  library.Add(Typed<&FromBase>("from_base"));
  library.Add(Typed<&ToBase>("to_base"));
  library.Add(Typed<&WidthBucket>("bucket_of"), Reach::kTranslatorOnly);
  library.Add(Typed<&BitCount>("bit_count"));
  AddShifts<int8_t>(library);
  AddShifts<int16_t>(library);
  AddShifts<int32_t>(library);
  AddShifts<int64_t>(library);
}

}  // namespace tarn::engine
