#include <cstdint>

#include "tarn/cli/print/value_text.h"

namespace tarn::cli {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::string_view kReplacement = "\xef\xbf\xbd";

/// Bytes of the well-formed UTF-8 sequence that `text` begins with; 0 if it does not
/// begin with one.
size_t SequenceLength(std::string_view text) {
  const auto byte = [&](size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const auto is_tail = [&](size_t i) { return (byte(i) & 0xc0U) == 0x80; };
  const unsigned lead = byte(0);
  if (lead < 0x80) {
    return 1;
  }
  if (lead >= 0xc2 && lead <= 0xdf) {
    return is_tail(1) ? 2 : 0;
  }
  if (lead >= 0xe0 && lead <= 0xef) {
    const bool overlong = lead == 0xe0 && byte(1) < 0xa0;
    const bool surrogate = lead == 0xed && byte(1) > 0x9f;
    return is_tail(1) && is_tail(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (lead >= 0xf0 && lead <= 0xf4) {
    const bool overlong = lead == 0xf0 && byte(1) < 0x90;
    const bool beyond = lead == 0xf4 && byte(1) > 0x8f;
    return is_tail(1) && is_tail(2) && is_tail(3) && !overlong && !beyond ? 4 : 0;
  }
  return 0;
}

/// The escape of an ASCII character; empty if it stands for itself.
std::string EscapeOf(char c) {
  switch (c) {
    case '"':
      return "\\\"";
    case '\\':
      return "\\\\";
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    case '\t':
      return "\\t";
    default:
      break;
  }
  const auto byte = static_cast<unsigned char>(c);
  if (byte >= 0x20) {
    return {};
  }
  return std::string("\\u00") + kHex[byte >> 4U] + kHex[byte & 0xfU];
}

}  // namespace

void AppendJsonString(std::string_view text, std::string* out) {
  *out += '"';
  while (!text.empty()) {
    const size_t length = SequenceLength(text);
    if (length == 0) {
      *out += kReplacement;
      text.remove_prefix(1);
      continue;
    }
    const std::string escape = length == 1 ? EscapeOf(text[0]) : std::string();
    if (escape.empty()) {
      *out += text.substr(0, length);
    } else {
      *out += escape;
    }
    text.remove_prefix(length);
  }
  *out += '"';
}

}  // namespace tarn::cli
