#include "tarn/iceberg/internal/decimal.h"

#include <algorithm>
#include <charconv>

#include "tarn/base/error.h"
#include "tarn/iceberg/value.h"

namespace tarn::iceberg {
namespace internal {
namespace {

constexpr int32_t kMaxPrecision = 38;

// Digits of a number before its exponent is applied: "1.50" is 150 with two after the
// point.
struct Mantissa {
  int128_t digits = 0;
  int32_t after_point = 0;
};

std::optional<Mantissa> TakeMantissa(std::string_view& text) {
  Mantissa mantissa;
  bool seen_digit = false;
  bool seen_point = false;
  for (; !text.empty(); text.remove_prefix(1)) {
    const char c = text.front();
    if (c == '.' && !seen_point) {
      seen_point = true;
      continue;
    }
    if (c < '0' || c > '9') {
      break;
    }
    seen_digit = true;
    if (mantissa.digits >= PowerOfTen(kMaxPrecision) / 10) {
      return std::nullopt;
    }
    mantissa.digits = mantissa.digits * 10 + (c - '0');
    if (seen_point) {
      ++mantissa.after_point;
    }
  }
  if (!seen_digit) {
    return std::nullopt;
  }
  return mantissa;
}

std::optional<int32_t> ParseExponent(std::string_view text) {
  if (text.empty()) {
    return 0;
  }
  if (text.front() != 'e' && text.front() != 'E') {
    return std::nullopt;
  }
  text.remove_prefix(1);
  if (!text.empty() && text.front() == '+') {
    text.remove_prefix(1);
  }
  int32_t exponent = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), exponent);
  if (error != std::errc() || end != text.data() + text.size()) {
    return std::nullopt;
  }
  if (exponent < -1000 || exponent > 1000) {
    return std::nullopt;
  }
  return exponent;
}

}  // namespace

int128_t PowerOfTen(int32_t exponent) {
  TARN_CHECK(exponent >= 0 && exponent <= kMaxPrecision);
  int128_t power = 1;
  for (int32_t i = 0; i < exponent; ++i) {
    power *= 10;
  }
  return power;
}

bool FitsPrecision(int128_t unscaled, int32_t precision) {
  const int128_t limit = PowerOfTen(precision);
  return unscaled < limit && unscaled > -limit;
}

std::optional<int128_t> Rescale(int128_t unscaled, int32_t from_scale, int32_t to_scale) {
  for (; from_scale < to_scale && unscaled != 0; ++from_scale) {
    if (!FitsPrecision(unscaled, kMaxPrecision - 1)) {
      return std::nullopt;
    }
    unscaled *= 10;
  }
  for (; from_scale > to_scale && unscaled != 0; --from_scale) {
    if (unscaled % 10 != 0) {
      return std::nullopt;
    }
    unscaled /= 10;
  }
  return unscaled;
}

std::optional<int128_t> DecimalFromText(std::string_view text, int32_t scale) {
  bool negative = false;
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
    negative = text.front() == '-';
    text.remove_prefix(1);
  }
  const auto mantissa = TakeMantissa(text);
  if (!mantissa) {
    return std::nullopt;
  }
  const auto exponent = ParseExponent(text);
  if (!exponent) {
    return std::nullopt;
  }
  const int128_t digits = negative ? -mantissa->digits : mantissa->digits;
  return Rescale(digits, mantissa->after_point - *exponent, scale);
}

}  // namespace internal

std::string DecimalToBytes(int128_t unscaled) {
  std::string bytes;
  // Stop once the rest is only the sign, and the last byte written shows the same sign.
  while (true) {
    const auto byte = static_cast<uint8_t>(unscaled & 0xFF);
    bytes += static_cast<char>(byte);
    unscaled >>= 8;
    const bool byte_is_negative = (byte & 0x80) != 0;
    if ((unscaled == 0 && !byte_is_negative) || (unscaled == -1 && byte_is_negative)) {
      break;
    }
  }
  std::reverse(bytes.begin(), bytes.end());
  return bytes;
}

Result<int128_t> DecimalFromBytes(std::string_view bytes) {
  if (bytes.empty() || bytes.size() > 16) {
    return MakeError(ErrorCode::kInvalidData, "A decimal takes 1 to 16 bytes, got " +
                                                  std::to_string(bytes.size()));
  }
  const bool negative = (static_cast<uint8_t>(bytes.front()) & 0x80) != 0;
  auto bits = negative ? ~static_cast<unsigned __int128>(0) : 0;
  for (const char byte : bytes) {
    bits = bits << 8 | static_cast<uint8_t>(byte);
  }
  return static_cast<int128_t>(bits);
}

std::string DecimalToString(int128_t unscaled, int32_t scale) {
  const bool negative = unscaled < 0;
  auto rest = static_cast<unsigned __int128>(unscaled);
  if (negative) {
    rest = 0 - rest;
  }
  std::string text;  // back to front
  while (rest != 0 || static_cast<int32_t>(text.size()) <= scale) {
    text += static_cast<char>('0' + static_cast<int>(rest % 10));
    rest /= 10;
  }
  if (scale > 0) {
    text.insert(static_cast<size_t>(scale), 1, '.');
  }
  if (negative) {
    text += '-';
  }
  std::reverse(text.begin(), text.end());
  return text;
}

int32_t DecimalRequiredBytes(int32_t precision) {
  // The extremes are ±(10^precision - 1); the positive one needs no fewer bytes.
  return static_cast<int32_t>(DecimalToBytes(internal::PowerOfTen(precision) - 1).size());
}

}  // namespace tarn::iceberg
