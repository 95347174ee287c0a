#include "tarn/engine/internal/trino_functions/utf8_text.h"

namespace tarn::engine {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

/// Bytes of the sequence that `lead` begins; 0 if it begins none.
size_t SequenceLength(unsigned char lead) {
  if (lead < 0x80) {
    return 1;
  }
  if (lead >= 0xC2 && lead < 0xE0) {
    return 2;
  }
  if (lead >= 0xE0 && lead < 0xF0) {
    return 3;
  }
  return lead >= 0xF0 && lead < 0xF5 ? 4 : 0;
}

/// Reads one code point from the front; moves `text` behind it.
char32_t TakeCodePoint(std::string_view* text) {
  const auto lead = static_cast<unsigned char>(text->front());
  const size_t length = SequenceLength(lead);
  char32_t point = length == 1 ? lead : lead & (0x7FU >> length);
  size_t read = 1;
  while (read < length && read < text->size() && IsContinuation((*text)[read])) {
    point = (point << 6U) | (static_cast<unsigned char>((*text)[read]) & 0x3FU);
    ++read;
  }
  text->remove_prefix(read);
  const bool bad = length == 0 || read < length || point > 0x10FFFF ||
                   (point >= 0xD800 && point < 0xE000) ||
                   (length == 3 && point < 0x800) || (length == 4 && point < 0x10000);
  return bad ? kReplacement : point;
}

}  // namespace

int64_t CharacterCount(std::string_view text) {
  int64_t count = 0;
  for (const char c : text) {
    count += IsContinuation(c) ? 0 : 1;
  }
  return count;
}

std::string_view FirstCharacters(std::string_view text, int64_t count) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (!IsContinuation(text[i]) && --count < 0) {
      return text.substr(0, i);
    }
  }
  return text;
}

std::vector<char32_t> CodePoints(std::string_view text) {
  std::vector<char32_t> points;
  points.reserve(text.size());
  while (!text.empty()) {
    points.push_back(TakeCodePoint(&text));
  }
  return points;
}

void AppendUtf8(std::string* text, char32_t point) {
  const auto put = [&](char32_t byte) { text->push_back(static_cast<char>(byte)); };
  if (point < 0x80) {
    put(point);
  } else if (point < 0x800) {
    put(0xC0U | (point >> 6U));
    put(0x80U | (point & 0x3FU));
  } else if (point < 0x10000) {
    put(0xE0U | (point >> 12U));
    put(0x80U | ((point >> 6U) & 0x3FU));
    put(0x80U | (point & 0x3FU));
  } else {
    put(0xF0U | (point >> 18U));
    put(0x80U | ((point >> 12U) & 0x3FU));
    put(0x80U | ((point >> 6U) & 0x3FU));
    put(0x80U | (point & 0x3FU));
  }
}

std::string Utf8Of(const std::vector<char32_t>& code_points) {
  std::string text;
  for (const char32_t point : code_points) {
    AppendUtf8(&text, point);
  }
  return text;
}

}  // namespace tarn::engine
