#include "tarn/iceberg/internal/byte_text.h"

#include <cstdint>

#include "tarn/base/error.h"

namespace tarn::iceberg::internal {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::string_view kBase64Digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::optional<uint32_t> HexValue(char digit) {
  if (digit >= 'A' && digit <= 'F') {
    digit = static_cast<char>(digit - 'A' + 'a');
  }
  const size_t value = kHexDigits.find(digit);
  if (value == std::string_view::npos) {
    return std::nullopt;
  }
  return static_cast<uint32_t>(value);
}

}  // namespace

std::string BytesToHex(std::string_view bytes) {
  std::string hex;
  hex.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<uint8_t>(c);
    hex += kHexDigits[byte >> 4];
    hex += kHexDigits[byte & 0xF];
  }
  return hex;
}

std::optional<std::string> BytesFromHex(std::string_view hex) {
  if (hex.size() % 2 != 0) {
    return std::nullopt;
  }
  std::string bytes;
  bytes.reserve(hex.size() / 2);
  for (size_t i = 0; i < hex.size(); i += 2) {
    const auto high = HexValue(hex[i]);
    const auto low = HexValue(hex[i + 1]);
    if (!high || !low) {
      return std::nullopt;
    }
    bytes += static_cast<char>(*high << 4 | *low);
  }
  return bytes;
}

std::string BytesToBase64(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const size_t count = bytes.size() - i < 3 ? bytes.size() - i : 3;
    uint32_t group = 0;
    for (size_t k = 0; k < 3; ++k) {
      group = group << 8 | (k < count ? static_cast<uint8_t>(bytes[i + k]) : 0U);
    }
    for (size_t k = 0; k < 4; ++k) {
      text += k <= count ? kBase64Digits[(group >> (18 - 6 * k)) & 63] : '=';
    }
  }
  return text;
}

std::optional<std::string> BytesFromBase64(std::string_view base64) {
  if (base64.size() % 4 != 0) {
    return std::nullopt;
  }
  size_t padding = 0;
  while (padding < 2 && padding < base64.size() &&
         base64[base64.size() - 1 - padding] == '=') {
    ++padding;
  }
  std::string bytes;
  for (size_t i = 0; i < base64.size(); i += 4) {
    const bool is_last = i + 4 == base64.size();
    const size_t digits = is_last ? 4 - padding : 4;
    uint32_t group = 0;
    for (size_t k = 0; k < 4; ++k) {
      const size_t digit = k < digits ? kBase64Digits.find(base64[i + k]) : 0;
      if (digit == std::string_view::npos) {
        return std::nullopt;
      }
      group = group << 6 | static_cast<uint32_t>(digit);
    }
    for (size_t k = 0; k + 1 < digits; ++k) {
      bytes += static_cast<char>(group >> (16 - 8 * k) & 0xFF);
    }
  }
  return bytes;
}

std::string UuidToText(std::string_view bytes) {
  TARN_CHECK(bytes.size() == 16);
  std::string text = BytesToHex(bytes);
  for (const size_t at : {20U, 16U, 12U, 8U}) {
    text.insert(at, 1, '-');
  }
  return text;
}

std::optional<std::string> UuidFromText(std::string_view text) {
  if (text.size() != 36) {
    return std::nullopt;
  }
  std::string hex;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool at_dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (at_dash != (text[i] == '-')) {
      return std::nullopt;
    }
    if (!at_dash) {
      hex += text[i];
    }
  }
  return BytesFromHex(hex);
}

}  // namespace tarn::iceberg::internal
