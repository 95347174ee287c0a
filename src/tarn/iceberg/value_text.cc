// Values as text for people and partition paths, and back.
#include "tarn/iceberg/internal/value_text.h"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "tarn/base/error.h"
#include "tarn/iceberg/internal/byte_text.h"
#include "tarn/iceberg/internal/datetime.h"
#include "tarn/iceberg/internal/decimal.h"
#include "tarn/iceberg/internal/utf8.h"
#include "tarn/iceberg/internal/value_get.h"
#include "tarn/iceberg/value.h"

namespace tarn::iceberg {
namespace {

using internal::Get;

// The fewest digits that read back as the same number, laid out as Java's Double.toString
// does: plain from 10^-3 up to 10^7, else "1.5E-5"; always with a digit after the point.
template <typename T>
std::string FloatingToText(T value) {
  if (std::isnan(value)) {
    return "NaN";
  }
  std::string text = std::signbit(value) ? "-" : "";
  if (std::isinf(value)) {
    return text + "Infinity";
  }
  if (value == 0) {
    return text + "0.0";
  }

  std::array<char, 40> buffer{};
  const auto written = std::to_chars(buffer.data(), buffer.data() + buffer.size(),
                                     std::fabs(value), std::chars_format::scientific);
  const std::string_view scientific(buffer.data(),
                                    static_cast<size_t>(written.ptr - buffer.data()));
  const size_t e = scientific.find('e');
  std::string digits(scientific.substr(0, e));
  if (digits.size() > 1) {
    digits.erase(1, 1);  // the point
  }
  int exponent = 0;
  const char* exponent_text = scientific.data() + e + 1;
  if (*exponent_text == '+') {
    ++exponent_text;
  }
  std::from_chars(exponent_text, scientific.data() + scientific.size(), exponent);

  if (exponent < -3 || exponent >= 7) {
    const std::string fraction = digits.size() > 1 ? digits.substr(1) : "0";
    return text + digits[0] + "." + fraction + "E" + std::to_string(exponent);
  }
  if (exponent < 0) {
    return text + "0." + std::string(static_cast<size_t>(-exponent - 1), '0') + digits;
  }
  const auto whole = static_cast<size_t>(exponent) + 1;
  if (digits.size() < whole + 1) {
    digits.append(whole + 1 - digits.size(), '0');
  }
  return text + digits.insert(whole, 1, '.');
}

bool EqualsIgnoringCase(std::string_view text, std::string_view lower) {
  if (text.size() != lower.size()) {
    return false;
  }
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if ((c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c) != lower[i]) {
      return false;
    }
  }
  return true;
}

// A plus in front is allowed here but not by from_chars.
template <typename T>
std::optional<Value> NumberFromText(std::string_view text) {
  if (text.size() > 1 && text.front() == '+' && text[1] != '-') {
    text.remove_prefix(1);
  }
  T number{};
  const char* end = text.data() + text.size();
  const auto [ptr, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || ptr != end) {
    return std::nullopt;
  }
  return Value(number);
}

std::optional<Value> BooleanFromText(std::string_view text) {
  if (EqualsIgnoringCase(text, "true")) {
    return Value(true);
  }
  if (EqualsIgnoringCase(text, "false")) {
    return Value(false);
  }
  return std::nullopt;
}

std::optional<Value> DateFromText(std::string_view text) {
  const auto days = internal::DateFromText(text);
  if (!days || *days != static_cast<int32_t>(*days)) {
    return std::nullopt;
  }
  return Value(static_cast<int32_t>(*days));
}

std::optional<Value> TimeFromText(std::string_view text) {
  const auto nanos = internal::TimeFromText(text);
  if (!nanos || *nanos % 1000 != 0) {
    return std::nullopt;
  }
  return Value(*nanos / 1000);
}

template <typename T>
std::optional<Value> Wrap(std::optional<T> value) {
  if (!value) {
    return std::nullopt;
  }
  return Value(*std::move(value));
}

std::optional<Value> BytesFromText(const Type& type, std::string_view text) {
  auto bytes = internal::BytesFromBase64(text);
  const bool fits = bytes && (type.id() == TypeId::kBinary ||
                              bytes->size() == static_cast<size_t>(type.length()));
  return fits ? Wrap(std::move(bytes)) : std::nullopt;
}

std::optional<Value> DecimalFromText(const Type& type, std::string_view text) {
  const auto unscaled = internal::DecimalFromText(text, type.scale());
  if (!unscaled || !internal::FitsPrecision(*unscaled, type.precision())) {
    return std::nullopt;
  }
  return Value(*unscaled);
}

std::optional<Value> FromText(const Type& type, std::string_view text) {
  switch (type.id()) {
    case TypeId::kBoolean:
      return BooleanFromText(text);
    case TypeId::kInt:
      return NumberFromText<int32_t>(text);
    case TypeId::kLong:
      return NumberFromText<int64_t>(text);
    case TypeId::kFloat:
      return NumberFromText<float>(text);
    case TypeId::kDouble:
      return NumberFromText<double>(text);
    case TypeId::kDecimal:
      return DecimalFromText(type, text);
    case TypeId::kDate:
      return DateFromText(text);
    case TypeId::kTime:
      return TimeFromText(text);
    case TypeId::kTimestamp:
    case TypeId::kTimestampTz:
    case TypeId::kTimestampNs:
    case TypeId::kTimestampTzNs:
      return Wrap(
          internal::TimestampUnitsFromText(type, text, internal::ZoneRule::kAssumeUtc));
    case TypeId::kString:
      return internal::IsUtf8(text) ? std::optional<Value>(std::string(text))
                                    : std::nullopt;
    case TypeId::kUuid:
      return Wrap(internal::UuidFromText(text));
    case TypeId::kFixed:
    case TypeId::kBinary:
      return BytesFromText(type, text);
    default:
      return std::nullopt;
  }
}

}  // namespace

namespace internal {

std::optional<int64_t> TimestampUnitsFromText(const Type& type, std::string_view text,
                                              ZoneRule rule) {
  const auto parsed = TimestampFromText(text);
  if (!parsed) {
    return std::nullopt;
  }
  const bool zoned =
      type.id() == TypeId::kTimestampTz || type.id() == TypeId::kTimestampTzNs;
  if (parsed->has_zone && !zoned) {
    return std::nullopt;
  }
  if (!parsed->has_zone && zoned && rule == ZoneRule::kRequired) {
    return std::nullopt;
  }
  const bool nanos =
      type.id() == TypeId::kTimestampNs || type.id() == TypeId::kTimestampTzNs;
  if (!nanos && parsed->nanos % 1000 != 0) {
    return std::nullopt;
  }
  // In 128 bits: a negative second times 10^9 may leave the range that the fraction
  // brings back.
  const int128_t units =
      nanos ? int128_t{parsed->seconds} * kNanosPerSecond + parsed->nanos
            : int128_t{parsed->seconds} * kMicrosPerSecond + parsed->nanos / 1000;
  if (units != static_cast<int64_t>(units)) {
    return std::nullopt;
  }
  return static_cast<int64_t>(units);
}

std::string TimestampUnitsToText(const Type& type, int64_t units) {
  const bool zoned =
      type.id() == TypeId::kTimestampTz || type.id() == TypeId::kTimestampTzNs;
  const bool nanos =
      type.id() == TypeId::kTimestampNs || type.id() == TypeId::kTimestampTzNs;
  return TimestampToText(units, nanos ? kNanosPerSecond : kMicrosPerSecond, zoned);
}

}  // namespace internal

std::string ValueToString(const Type& type, const Value& value) {
  if (IsNull(value)) {
    return "null";
  }
  switch (type.id()) {
    case TypeId::kBoolean:
      return Get<bool>(value) ? "true" : "false";
    case TypeId::kInt:
      return std::to_string(Get<int32_t>(value));
    case TypeId::kLong:
      return std::to_string(Get<int64_t>(value));
    case TypeId::kFloat:
      return FloatingToText(Get<float>(value));
    case TypeId::kDouble:
      return FloatingToText(Get<double>(value));
    case TypeId::kDecimal:
      return DecimalToString(Get<int128_t>(value), type.scale());
    case TypeId::kDate:
      return internal::DateToText(Get<int32_t>(value));
    case TypeId::kTime:
      return internal::TimeToText(Get<int64_t>(value), internal::kMicrosPerSecond);
    case TypeId::kTimestamp:
    case TypeId::kTimestampTz:
    case TypeId::kTimestampNs:
    case TypeId::kTimestampTzNs:
      return internal::TimestampUnitsToText(type, Get<int64_t>(value));
    case TypeId::kString:
      return Get<std::string>(value);
    case TypeId::kUuid:
      return internal::UuidToText(Get<std::string>(value));
    default:
      return internal::BytesToBase64(Get<std::string>(value));
  }
}

Result<Value> ValueFromString(const Type& type, std::string_view text) {
  if (auto value = FromText(type, text)) {
    return *std::move(value);
  }
  return MakeError(ErrorCode::kInvalidArgument, "Not a value of type " + type.ToString() +
                                                    ": '" + std::string(text) + "'");
}

}  // namespace tarn::iceberg
