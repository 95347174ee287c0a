#include "tarn/gateway/trino/json_text.h"

#include <array>
#include <charconv>
#include <cstddef>

namespace tarn::gateway::trino {
namespace {

/// What stands for a byte of ASCII: itself (0), "\u00XX" (1), or a backslash and this.
constexpr std::array<char, 128> kEscapes = [] {
  std::array<char, 128> escapes{};
  for (size_t c = 0; c < 0x20; ++c) {
    escapes[c] = 1;
  }
  escapes['\b'] = 'b';
  escapes['\t'] = 't';
  escapes['\n'] = 'n';
  escapes['\f'] = 'f';
  escapes['\r'] = 'r';
  escapes['"'] = '"';
  escapes['\\'] = '\\';
  return escapes;
}();

/// Bytes of the UTF-8 sequence at the start of `text`; 0 if it is none.
size_t SequenceBytes(std::string_view text) {
  const auto at = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = at(0);
  size_t bytes = 0;
  uint32_t point = 0;
  if (lead >= 0xC2 && lead <= 0xDF) {
    bytes = 2;
    point = lead & 0x1FU;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    bytes = 3;
    point = lead & 0x0FU;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    bytes = 4;
    point = lead & 0x07U;
  }
  if (bytes == 0 || text.size() < bytes) {
    return 0;
  }
  for (size_t i = 1; i < bytes; ++i) {
    if ((at(i) & 0xC0U) != 0x80U) {
      return 0;
    }
    point = (point << 6U) | (at(i) & 0x3FU);
  }
  const bool is_overlong =
      (bytes == 3 && point < 0x800) || (bytes == 4 && point < 0x10000);
  const bool is_surrogate = point >= 0xD800 && point <= 0xDFFF;
  return is_overlong || is_surrogate || point > 0x10FFFF ? 0 : bytes;
}

/// Appends the first character, which is not a plain one; gives its bytes.
size_t AppendSpecial(std::string_view text, std::string* json) {
  const auto c = static_cast<unsigned char>(text.front());
  if (c < 0x80) {
    constexpr char kDigits[] = "0123456789abcdef";
    const char escape = kEscapes[c];
    if (escape == 1) {
      *json += "\\u00";
      *json += kDigits[c >> 4U];
      *json += kDigits[c & 0xFU];
    } else {
      *json += '\\';
      *json += escape;
    }
    return 1;
  }
  const size_t bytes = SequenceBytes(text);
  if (bytes == 0) {
    *json += "\xEF\xBF\xBD";
    return 1;
  }
  json->append(text.substr(0, bytes));
  return bytes;
}

}  // namespace

void AppendJsonString(std::string_view text, std::string* json) {
  json->push_back('"');
  size_t plain = 0;  // where the characters begin that need no change
  size_t at = 0;
  while (at < text.size()) {
    const auto c = static_cast<unsigned char>(text[at]);
    if (c < 0x80 && kEscapes[c] == 0) {
      ++at;
      continue;
    }
    json->append(text, plain, at - plain);
    at += AppendSpecial(text.substr(at), json);
    plain = at;
  }
  json->append(text, plain, at - plain);
  json->push_back('"');
}

void AppendInteger(int64_t value, std::string* json) {
  std::array<char, 24> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  json->append(digits.data(), end.ptr);
}

void AppendBase64(std::string_view bytes, std::string* json) {
  constexpr char kAlphabet[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const auto at = [&](size_t i) {
    return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0U;
  };
  json->reserve(json->size() + (bytes.size() + 2) / 3 * 4 + 2);
  json->push_back('"');
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const uint32_t group = (at(i) << 16U) | (at(i + 1) << 8U) | at(i + 2);
    json->push_back(kAlphabet[(group >> 18U) & 63U]);
    json->push_back(kAlphabet[(group >> 12U) & 63U]);
    json->push_back(i + 1 < bytes.size() ? kAlphabet[(group >> 6U) & 63U] : '=');
    json->push_back(i + 2 < bytes.size() ? kAlphabet[group & 63U] : '=');
  }
  json->push_back('"');
}

}  // namespace tarn::gateway::trino
