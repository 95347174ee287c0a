#include "tarn/iceberg/internal/utf8.h"

#include "tarn/base/error.h"

namespace tarn::iceberg::internal {
namespace {

uint8_t ByteAt(std::string_view text, size_t i) { return static_cast<uint8_t>(text[i]); }

bool IsContinuation(uint8_t byte) { return (byte & 0xC0) == 0x80; }

// Length of the well-formed sequence at `at`, or 0 (Unicode 15, table 3-7).
size_t SequenceLength(std::string_view text, size_t at) {
  const uint8_t first = ByteAt(text, at);
  if (first < 0x80) {
    return 1;
  }
  if (first < 0xC2 || first > 0xF4) {
    return 0;
  }
  const size_t length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  if (text.size() - at < length) {
    return 0;
  }
  for (size_t i = 1; i < length; ++i) {
    if (!IsContinuation(ByteAt(text, at + i))) {
      return 0;
    }
  }
  const uint8_t second = ByteAt(text, at + 1);
  if (first == 0xE0 && second < 0xA0) {
    return 0;  // overlong
  }
  if (first == 0xED && second >= 0xA0) {
    return 0;  // surrogates
  }
  if (first == 0xF0 && second < 0x90) {
    return 0;  // overlong
  }
  if (first == 0xF4 && second >= 0x90) {
    return 0;  // above U+10FFFF
  }
  return length;
}

}  // namespace

bool IsUtf8(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const size_t length = SequenceLength(text, at);
    if (length == 0) {
      return false;
    }
    at += length;
  }
  return true;
}

size_t PrefixBytes(std::string_view text, int32_t count) {
  int32_t seen = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    if (IsContinuation(ByteAt(text, at))) {
      continue;
    }
    if (seen == count) {
      return at;
    }
    ++seen;
  }
  return text.size();
}

CodePointAt LastCodePoint(std::string_view text) {
  TARN_CHECK(!text.empty());
  size_t offset = text.size() - 1;
  while (offset > 0 && IsContinuation(ByteAt(text, offset))) {
    --offset;
  }
  const uint8_t first = ByteAt(text, offset);
  char32_t code_point = first < 0x80   ? first
                        : first < 0xE0 ? first & 0x1FU
                        : first < 0xF0 ? first & 0x0FU
                                       : first & 0x07U;
  for (size_t i = offset + 1; i < text.size(); ++i) {
    code_point = (code_point << 6) | (ByteAt(text, i) & 0x3FU);
  }
  return {code_point, offset};
}

void AppendUtf8(char32_t code_point, std::string* text) {
  const auto append = [text](char32_t byte) { *text += static_cast<char>(byte); };
  if (code_point < 0x80) {
    append(code_point);
    return;
  }
  if (code_point < 0x800) {
    append(0xC0 | (code_point >> 6));
  } else {
    if (code_point < 0x10000) {
      append(0xE0 | (code_point >> 12));
    } else {
      append(0xF0 | (code_point >> 18));
      append(0x80 | ((code_point >> 12) & 0x3F));
    }
    append(0x80 | ((code_point >> 6) & 0x3F));
  }
  append(0x80 | (code_point & 0x3F));
}

}  // namespace tarn::iceberg::internal
