#include "tarn/sql/string_literals.h"

#include <cstdint>
#include <optional>

#include "tarn/base/error.h"

namespace tarn::sql {
namespace {

std::optional<uint32_t> HexDigit(char c) {
  if (c >= '0' && c <= '9') {
    return static_cast<uint32_t>(c - '0');
  }
  const char lower = static_cast<char>(c | 0x20);
  if (lower >= 'a' && lower <= 'f') {
    return static_cast<uint32_t>(lower - 'a') + 10;
  }
  return std::nullopt;
}

Status Fail(std::string_view what) {
  return MakeError(ErrorCode::kSyntax, std::string(what));
}

void AppendUtf8(uint32_t code, std::string* text) {
  const auto push = [text](uint32_t byte) { text->push_back(static_cast<char>(byte)); };
  if (code < 0x80U) {
    push(code);
  } else if (code < 0x800U) {
    push(0xC0U | (code >> 6U));
    push(0x80U | (code & 0x3FU));
  } else if (code < 0x10000U) {
    push(0xE0U | (code >> 12U));
    push(0x80U | ((code >> 6U) & 0x3FU));
    push(0x80U | (code & 0x3FU));
  } else {
    push(0xF0U | (code >> 18U));
    push(0x80U | ((code >> 12U) & 0x3FU));
    push(0x80U | ((code >> 6U) & 0x3FU));
    push(0x80U | (code & 0x3FU));
  }
}

/// The code point of the hexadecimal `digits`, all `count` of them.
Result<uint32_t> CodePoint(std::string_view digits, size_t count) {
  if (digits.size() < count) {
    return Fail("Incomplete escape sequence: " + std::string(digits));
  }
  uint32_t code = 0;
  for (const char c : digits.substr(0, count)) {
    const auto digit = HexDigit(c);
    if (!digit.has_value()) {
      return Fail("Invalid hexadecimal digit: " + std::string(1, c));
    }
    code = code * 16 + *digit;
  }
  if (code > 0x10FFFFU) {
    return Fail("Invalid escaped character: " + std::string(digits.substr(0, count)));
  }
  if (code >= 0xD800U && code <= 0xDFFFU) {
    return Fail("Invalid escaped character: " + std::string(digits.substr(0, count)) +
                ". Escaped character is a surrogate. Use '\\+123456' instead.");
  }
  return code;
}

bool IsEscapeCharacter(std::string_view escape) {
  if (escape.size() != 1) {
    return false;
  }
  const char c = escape[0];
  return c > ' ' && c < 0x7F && !HexDigit(c).has_value() && c != '+' && c != '\'' &&
         c != '"';
}

}  // namespace

Result<std::string> DecodeHexLiteral(std::string_view digits) {
  std::string bytes;
  std::optional<uint32_t> high;
  for (const char c : digits) {
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v') {
      continue;
    }
    const auto digit = HexDigit(c);
    if (!digit.has_value()) {
      return Fail("Binary literal can only contain hexadecimal digits");
    }
    if (high.has_value()) {
      bytes.push_back(static_cast<char>(*high * 16 + *digit));
      high.reset();
    } else {
      high = digit;
    }
  }
  if (high.has_value()) {
    return Fail("Binary literal must contain an even number of digits");
  }
  return bytes;
}

Result<std::string> DecodeUnicodeLiteral(std::string_view text, std::string_view escape) {
  if (!IsEscapeCharacter(escape)) {
    return Fail(escape.size() == 1 ? "Invalid Unicode escape character"
                                   : "Empty Unicode escape character");
  }
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != escape[0]) {
      decoded.push_back(text[i]);
      continue;
    }
    const std::string_view rest = text.substr(i + 1);
    if (!rest.empty() && rest[0] == escape[0]) {
      decoded.push_back(escape[0]);
      i += 1;
      continue;
    }
    const bool is_long = !rest.empty() && rest[0] == '+';
    ARROW_ASSIGN_OR_RAISE(const uint32_t code,
                          CodePoint(rest.substr(is_long ? 1 : 0), is_long ? 6 : 4));
    AppendUtf8(code, &decoded);
    i += is_long ? 7 : 4;
  }
  return decoded;
}

}  // namespace tarn::sql
