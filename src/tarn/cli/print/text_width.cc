#include "tarn/cli/print/text_width.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>

namespace tarn::cli {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

// Unicode 15: general categories Mn, Me, Cf in the scripts most met, joined where no
// spacing character lies between.
constexpr std::array kZeroWidth = {
    Range{0x0300, 0x036f},   Range{0x0483, 0x0489},   Range{0x0591, 0x05bd},
    Range{0x05bf, 0x05bf},   Range{0x05c1, 0x05c2},   Range{0x05c4, 0x05c5},
    Range{0x0610, 0x061a},   Range{0x064b, 0x065f},   Range{0x0670, 0x0670},
    Range{0x06d6, 0x06dc},   Range{0x06df, 0x06e4},   Range{0x06e7, 0x06e8},
    Range{0x06ea, 0x06ed},   Range{0x0711, 0x0711},   Range{0x0730, 0x074a},
    Range{0x0900, 0x0902},   Range{0x093a, 0x093a},   Range{0x093c, 0x093c},
    Range{0x0941, 0x0948},   Range{0x094d, 0x094d},   Range{0x0951, 0x0957},
    Range{0x0981, 0x0981},   Range{0x09bc, 0x09bc},   Range{0x09c1, 0x09c4},
    Range{0x09cd, 0x09cd},   Range{0x0e31, 0x0e31},   Range{0x0e34, 0x0e3a},
    Range{0x0e47, 0x0e4e},   Range{0x0eb1, 0x0eb1},   Range{0x0eb4, 0x0ebc},
    Range{0x0ec8, 0x0ece},   Range{0x1ab0, 0x1ace},   Range{0x1dc0, 0x1dff},
    Range{0x200b, 0x200f},   Range{0x202a, 0x202e},   Range{0x2060, 0x2064},
    Range{0x20d0, 0x20f0},   Range{0x302a, 0x302d},   Range{0x3099, 0x309a},
    Range{0xfe00, 0xfe0f},   Range{0xfe20, 0xfe2f},   Range{0xfeff, 0xfeff},
    Range{0x1f3fb, 0x1f3ff}, Range{0xe0100, 0xe01ef},
};

// East Asian Width W and F, and emoji shown wide.
constexpr std::array kWide = {
    Range{0x1100, 0x115f},   Range{0x231a, 0x231b},   Range{0x2329, 0x232a},
    Range{0x23e9, 0x23ec},   Range{0x23f0, 0x23f0},   Range{0x23f3, 0x23f3},
    Range{0x25fd, 0x25fe},   Range{0x2614, 0x2615},   Range{0x2648, 0x2653},
    Range{0x267f, 0x267f},   Range{0x2693, 0x2693},   Range{0x26a1, 0x26a1},
    Range{0x26aa, 0x26ab},   Range{0x26bd, 0x26be},   Range{0x26c4, 0x26c5},
    Range{0x26ce, 0x26ce},   Range{0x26d4, 0x26d4},   Range{0x26ea, 0x26ea},
    Range{0x26f2, 0x26f3},   Range{0x26f5, 0x26f5},   Range{0x26fa, 0x26fa},
    Range{0x26fd, 0x26fd},   Range{0x2705, 0x2705},   Range{0x270a, 0x270b},
    Range{0x2728, 0x2728},   Range{0x274c, 0x274c},   Range{0x274e, 0x274e},
    Range{0x2753, 0x2755},   Range{0x2757, 0x2757},   Range{0x2795, 0x2797},
    Range{0x27b0, 0x27b0},   Range{0x27bf, 0x27bf},   Range{0x2b1b, 0x2b1c},
    Range{0x2b50, 0x2b50},   Range{0x2b55, 0x2b55},   Range{0x2e80, 0x303e},
    Range{0x3041, 0x33ff},   Range{0x3400, 0x4dbf},   Range{0x4e00, 0x9fff},
    Range{0xa000, 0xa4cf},   Range{0xa960, 0xa97c},   Range{0xac00, 0xd7a3},
    Range{0xf900, 0xfaff},   Range{0xfe30, 0xfe6f},   Range{0xff00, 0xff60},
    Range{0xffe0, 0xffe6},   Range{0x16fe0, 0x18cff}, Range{0x1b000, 0x1b2fb},
    Range{0x1f004, 0x1f004}, Range{0x1f0cf, 0x1f0cf}, Range{0x1f18e, 0x1f18e},
    Range{0x1f191, 0x1f19a}, Range{0x1f200, 0x1f320}, Range{0x1f32d, 0x1f335},
    Range{0x1f337, 0x1f37c}, Range{0x1f37e, 0x1f393}, Range{0x1f3a0, 0x1f3ca},
    Range{0x1f3cf, 0x1f3d3}, Range{0x1f3e0, 0x1f3f0}, Range{0x1f3f4, 0x1f3f4},
    Range{0x1f3f8, 0x1f3fa}, Range{0x1f400, 0x1f43e}, Range{0x1f440, 0x1f440},
    Range{0x1f442, 0x1f4fc}, Range{0x1f4ff, 0x1f53d}, Range{0x1f54b, 0x1f54e},
    Range{0x1f550, 0x1f567}, Range{0x1f57a, 0x1f57a}, Range{0x1f595, 0x1f596},
    Range{0x1f5a4, 0x1f5a4}, Range{0x1f5fb, 0x1f64f}, Range{0x1f680, 0x1f6c5},
    Range{0x1f6cc, 0x1f6cc}, Range{0x1f6d0, 0x1f6d2}, Range{0x1f6d5, 0x1f6d7},
    Range{0x1f6dc, 0x1f6df}, Range{0x1f6eb, 0x1f6ec}, Range{0x1f6f4, 0x1f6fc},
    Range{0x1f7e0, 0x1f7eb}, Range{0x1f7f0, 0x1f7f0}, Range{0x1f90c, 0x1f93a},
    Range{0x1f93c, 0x1f945}, Range{0x1f947, 0x1f9ff}, Range{0x1fa70, 0x1faff},
    Range{0x20000, 0x2fffd}, Range{0x30000, 0x3fffd},
};

template <size_t N>
bool IsIn(const std::array<Range, N>& ranges, char32_t c) {
  const auto after = std::upper_bound(
      ranges.begin(), ranges.end(), c,
      [](char32_t value, const Range& range) { return value < range.first; });
  return after != ranges.begin() && c <= std::prev(after)->last;
}

int WidthOf(char32_t c) {
  if (c < 0x300) {
    return 1;
  }
  if (IsIn(kZeroWidth, c)) {
    return 0;
  }
  return IsIn(kWide, c) ? 2 : 1;
}

struct CodePoint {
  char32_t value = 0;
  size_t bytes = 1;
  bool valid = false;
};

CodePoint Decode(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) {
    return {lead, 1, true};
  }
  const size_t bytes = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < bytes) {
    return {};
  }
  auto value = static_cast<char32_t>(lead & (0x7fU >> bytes));
  for (size_t i = 1; i < bytes; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xc0U) != 0x80) {
      return {};
    }
    value = (value << 6U) | (next & 0x3fU);
  }
  constexpr std::array<char32_t, 5> kLowest = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = value >= 0xd800 && value <= 0xdfff;
  if (value < kLowest.at(bytes) || surrogate || value > 0x10ffff) {
    return {};
  }
  return {value, bytes, true};
}

void AppendEscapedByte(unsigned char byte, std::string* out) {
  constexpr std::string_view kHex = "0123456789abcdef";
  *out += "\\x";
  *out += kHex[byte >> 4U];
  *out += kHex[byte & 0xfU];
}

}  // namespace

int DisplayWidth(std::string_view text) {
  int width = 0;
  while (!text.empty()) {
    const CodePoint c = Decode(text);
    width += c.valid ? WidthOf(c.value) : 1;
    text.remove_prefix(c.bytes);
  }
  return width;
}

std::string CutToWidth(std::string_view text, int width) {
  if (DisplayWidth(text) <= width) {
    return std::string(text);
  }
  int used = 0;
  size_t bytes = 0;
  while (bytes < text.size()) {
    const CodePoint c = Decode(text.substr(bytes));
    used += c.valid ? WidthOf(c.value) : 1;
    if (used > width - 1) {
      break;
    }
    bytes += c.bytes;
  }
  return std::string(text.substr(0, bytes)) + "…";
}

std::string OneLine(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const CodePoint c = Decode(text);
    const auto byte = static_cast<unsigned char>(text[0]);
    if (byte == '\n') {
      out += "\\n";
    } else if (byte == '\t') {
      out += "\\t";
    } else if (byte == '\r') {
      out += "\\r";
    } else if (!c.valid || byte < 0x20 || byte == 0x7f) {
      AppendEscapedByte(byte, &out);
    } else {
      out += text.substr(0, c.bytes);
    }
    text.remove_prefix(c.bytes);
  }
  return out;
}

}  // namespace tarn::cli
