// Functions of text.
#include <algorithm>
#include <map>
#include <numeric>

#include <fmt/format.h>

#include "tarn/engine/internal/trino_functions/function_library.h"
#include "tarn/engine/internal/trino_functions/trino_error.h"
#include "tarn/engine/internal/trino_functions/typed_scalar.h"
#include "tarn/engine/internal/trino_functions/utf8_text.h"

namespace tarn::engine {
namespace {

using Texts = std::vector<std::string>;

void CheckDelimiter(std::string_view delimiter) {
  if (delimiter.empty()) {
    ThrowTrino(kInvalidArgument, "The delimiter may not be the empty string");
  }
}

Texts SplitLimited(std::string_view text, std::string_view delimiter, int64_t limit) {
  CheckDelimiter(delimiter);
  if (limit <= 0) {
    ThrowTrino(kInvalidArgument, "Limit must be positive");
  }
  Texts parts;
  while (limit-- > 1) {
    const size_t at = text.find(delimiter);
    if (at == std::string_view::npos) {
      break;
    }
    parts.emplace_back(text.substr(0, at));
    text.remove_prefix(at + delimiter.size());
  }
  parts.emplace_back(text);
  return parts;
}

Texts Split(std::string_view text, std::string_view delimiter) {
  return SplitLimited(text, delimiter, std::numeric_limits<int64_t>::max());
}

std::optional<std::string> CharacterPart(std::string_view text, int64_t index) {
  const std::vector<char32_t> points = CodePoints(text);
  if (index > static_cast<int64_t>(points.size())) {
    return {};
  }
  return Utf8Of({points[static_cast<size_t>(index - 1)]});
}

std::optional<std::string> SplitPart(std::string_view text, std::string_view delimiter,
                                     int64_t index) {
  if (index <= 0) {
    ThrowTrino(kInvalidArgument, "Index must be greater than zero");
  }
  if (delimiter.empty()) {
    return CharacterPart(text, index);
  }
  for (; index > 1; --index) {
    const size_t at = text.find(delimiter);
    if (at == std::string_view::npos) {
      return {};
    }
    text.remove_prefix(at + delimiter.size());
  }
  return std::string(text.substr(0, text.find(delimiter)));
}

int64_t CharactersBefore(std::string_view text, size_t byte) {
  return CharacterCount(text.substr(0, byte));
}

/// Where the `instance`th `part` begins, from 1 (from the end when negative); 0 for none.
int64_t PositionOf(std::string_view text, std::string_view part, int64_t instance) {
  if (instance == 0) {
    ThrowTrino(kInvalidArgument, "'instance' must be a positive or negative number.");
  }
  if (part.empty()) {
    return 1;
  }
  size_t at = instance > 0 ? text.find(part) : text.rfind(part);
  for (int64_t i = 1; i < std::abs(instance) && at != std::string_view::npos; ++i) {
    if (instance > 0) {
      at = text.find(part, at + 1);
    } else {
      at = at == 0 ? std::string_view::npos : text.rfind(part, at - 1);
    }
  }
  return at == std::string_view::npos ? 0 : CharactersBefore(text, at) + 1;
}

int64_t FirstPosition(std::string_view text, std::string_view part) {
  return PositionOf(text, part, 1);
}

std::string Substring(std::string_view text, int64_t start, int64_t length) {
  const int64_t count = CharacterCount(text);
  if (start == 0 || length <= 0 || start > count || start < -count) {
    return {};
  }
  const int64_t begin = start > 0 ? start - 1 : count + start;
  const std::string_view before = FirstCharacters(text, begin);
  return std::string(FirstCharacters(text.substr(before.size()), length));
}

std::string SubstringFrom(std::string_view text, int64_t start) {
  return Substring(text, start, std::numeric_limits<int64_t>::max());
}

Blob SubBytes(Bytes bytes, int64_t start, int64_t length) {
  const auto count = static_cast<int64_t>(bytes.data.size());
  if (start == 0 || length <= 0 || start > count || start < -count) {
    return {};
  }
  const int64_t begin = start > 0 ? start - 1 : count + start;
  return {std::string(
      bytes.data.substr(static_cast<size_t>(begin), static_cast<size_t>(length)))};
}

Blob SubBytesFrom(Bytes bytes, int64_t start) {
  return SubBytes(bytes, start, std::numeric_limits<int64_t>::max());
}

/// What fills `missing` characters: `pad` over and over.
std::string Padding(std::string_view pad, int64_t missing) {
  const int64_t pad_count = CharacterCount(pad);
  std::string padding;
  for (; missing >= pad_count; missing -= pad_count) {
    padding += pad;
  }
  return padding + std::string(FirstCharacters(pad, missing));
}

void CheckPadding(int64_t length, std::string_view pad) {
  if (length < 0 || length > std::numeric_limits<int32_t>::max()) {
    ThrowTrino(kInvalidArgument, "Target length must be in the range [0..2147483647]");
  }
  if (pad.empty()) {
    ThrowTrino(kInvalidArgument, "Padding string must not be empty");
  }
}

std::string PadLeft(std::string_view text, int64_t length, std::string_view pad) {
  CheckPadding(length, pad);
  const int64_t missing = length - CharacterCount(text);
  return missing <= 0 ? std::string(FirstCharacters(text, length))
                      : Padding(pad, missing) + std::string(text);
}

std::string PadRight(std::string_view text, int64_t length, std::string_view pad) {
  CheckPadding(length, pad);
  const int64_t missing = length - CharacterCount(text);
  return missing <= 0 ? std::string(FirstCharacters(text, length))
                      : std::string(text) + Padding(pad, missing);
}

int64_t Levenshtein(std::string_view left, std::string_view right) {
  const std::vector<char32_t> a = CodePoints(left);
  const std::vector<char32_t> b = CodePoints(right);
  std::vector<int64_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (size_t i = 1; i <= a.size(); ++i) {
    int64_t diagonal = row[0];
    row[0] = static_cast<int64_t>(i);
    for (size_t j = 1; j <= b.size(); ++j) {
      const int64_t above = row[j];
      const int64_t change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({above + 1, row[j - 1] + 1, change});
      diagonal = above;
    }
  }
  return row.back();
}

int64_t Hamming(std::string_view left, std::string_view right) {
  const std::vector<char32_t> a = CodePoints(left);
  const std::vector<char32_t> b = CodePoints(right);
  if (a.size() != b.size()) {
    ThrowTrino(
        kInvalidArgument,
        "The input strings to hamming_distance function must have the same length");
  }
  int64_t distance = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    distance += a[i] == b[i] ? 0 : 1;
  }
  return distance;
}

/// Digits of the letters A to Z; 0 separates nothing (h, w) or resets (vowels).
std::string Soundex(std::string_view text) {
  constexpr std::string_view kCodes = "01230120022455012623010202";
  std::string code;
  char last = '\0';
  for (const char c : text) {
    const char upper = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    if (upper < 'A' || upper > 'Z') {
      continue;
    }
    const char digit = kCodes[static_cast<size_t>(upper - 'A')];
    if (code.empty()) {
      code += upper;
      last = digit;
    } else if (upper != 'H' && upper != 'W') {
      if (digit != '0' && digit != last) {
        code += digit;
      }
      last = digit;
    }
    if (code.size() == 4) {
      break;
    }
  }
  if (!code.empty()) {
    code.resize(4, '0');
  }
  return code;
}

std::string Replace(std::string_view text, std::string_view part, std::string_view by) {
  std::string result;
  if (part.empty()) {
    for (const char32_t point : CodePoints(text)) {
      result += by;
      AppendUtf8(&result, point);
    }
    return result + std::string(by);
  }
  for (size_t at = text.find(part); at != std::string_view::npos; at = text.find(part)) {
    result += text.substr(0, at);
    result += by;
    text.remove_prefix(at + part.size());
  }
  return result + std::string(text);
}

std::string Without(std::string_view text, std::string_view part) {
  return Replace(text, part, "");
}

std::string Translate(std::string_view text, std::string_view from, std::string_view to) {
  const std::vector<char32_t> keys = CodePoints(from);
  const std::vector<char32_t> values = CodePoints(to);
  std::string result;
  for (const char32_t point : CodePoints(text)) {
    const auto found = std::find(keys.begin(), keys.end(), point);
    const auto index = static_cast<size_t>(found - keys.begin());
    if (found == keys.end()) {
      AppendUtf8(&result, point);
    } else if (index < values.size()) {
      AppendUtf8(&result, values[index]);
    }
  }
  return result;
}

bool LuhnCheck(std::string_view text) {
  int sum = 0;
  bool twice = false;
  for (auto digit = text.rbegin(); digit != text.rend(); ++digit, twice = !twice) {
    if (*digit < '0' || *digit > '9') {
      ThrowTrino(kInvalidArgument, "Input contains non-digit character");
    }
    const int value = (*digit - '0') * (twice ? 2 : 1);
    sum += value / 10 + value % 10;
  }
  return !text.empty() && sum % 10 == 0;
}

std::string Reverse(std::string_view text) {
  std::vector<char32_t> points = CodePoints(text);
  std::reverse(points.begin(), points.end());
  return Utf8Of(points);
}

Blob ReverseBytes(Bytes bytes) { return {{bytes.data.rbegin(), bytes.data.rend()}}; }

std::string Character(int64_t point) {
  if (point < 0 || point > 0x10FFFF || (point >= 0xD800 && point < 0xE000)) {
    ThrowTrino(kInvalidArgument,
               fmt::format("Not a valid Unicode code point: {}", point));
  }
  return Utf8Of({static_cast<char32_t>(point)});
}

int32_t CodePointOf(std::string_view text) {
  const std::vector<char32_t> points = CodePoints(text);
  if (points.size() != 1) {
    ThrowTrino(kInvalidArgument, "Input string must be a single character string");
  }
  return static_cast<int32_t>(points[0]);
}

int64_t LengthOfBytes(Bytes bytes) { return static_cast<int64_t>(bytes.data.size()); }

bool StartsWith(std::string_view text, std::string_view start) {
  return text.starts_with(start);
}

/// Valid UTF-8 of `bytes`; what is not becomes `replacement`.
std::string ValidText(Bytes bytes, std::string_view replacement) {
  std::string text;
  for (const char32_t point : CodePoints(bytes.data)) {
    if (point == 0xFFFD) {
      text += replacement;
    } else {
      AppendUtf8(&text, point);
    }
  }
  return text;
}

std::string FromUtf8(Bytes bytes) { return ValidText(bytes, "\xEF\xBF\xBD"); }

Blob ToUtf8(std::string_view text) { return {std::string(text)}; }

bool IsSpace(char32_t point) {
  return (point >= 9 && point <= 13) || (point >= 28 && point <= 32) ||
         (point >= 0x2000 && point <= 0x200A && point != 0x2007) || point == 0x1680 ||
         point == 0x2028 || point == 0x2029 || point == 0x205F || point == 0x3000;
}

enum class Side : uint8_t { kLeft, kRight, kBoth };

template <Side kSide>
std::string TrimOf(std::string_view text, std::string_view characters) {
  const std::vector<char32_t> cut = CodePoints(characters);
  std::vector<char32_t> points = CodePoints(text);
  const auto is_cut = [&](char32_t point) {
    return std::find(cut.begin(), cut.end(), point) != cut.end();
  };
  if (kSide != Side::kLeft) {
    points.erase(std::find_if_not(points.rbegin(), points.rend(), is_cut).base(),
                 points.end());
  }
  if (kSide != Side::kRight) {
    points.erase(points.begin(), std::find_if_not(points.begin(), points.end(), is_cut));
  }
  return Utf8Of(points);
}

template <Side kSide>
std::string TrimSpace(std::string_view text) {
  std::vector<char32_t> points = CodePoints(text);
  if (kSide != Side::kLeft) {
    points.erase(std::find_if_not(points.rbegin(), points.rend(), IsSpace).base(),
                 points.end());
  }
  if (kSide != Side::kRight) {
    points.erase(points.begin(), std::find_if_not(points.begin(), points.end(), IsSpace));
  }
  return Utf8Of(points);
}

template <Side kSide>
void AddTrim(FunctionLibrary& library, std::string_view name) {
  library.Add(Typed<&TrimSpace<kSide>>(name));
  library.Add(Typed<&TrimOf<kSide>>(name));
}

/// A pattern of LIKE in which an escape stands before what it is for.
std::string EscapedPattern(std::string_view pattern, std::string_view escape) {
  if (escape.empty()) {
    return std::string(pattern);
  }
  for (size_t at = pattern.find(escape); at != std::string_view::npos;
       at = pattern.find(escape, at)) {
    at += escape.size();
    const std::string_view rest = pattern.substr(at);
    const bool is_special =
        rest.starts_with('%') || rest.starts_with('_') || rest.starts_with(escape);
    if (!is_special) {
      ThrowTrino(kInvalidArgument,
                 "Escape character must be followed by '%', '_' or the escape character "
                 "itself");
    }
    at += rest.starts_with(escape) ? escape.size() : 1;
  }
  return std::string(pattern);
}

}  // namespace

void AddStrings(FunctionLibrary& library) {
  library.Add(Typed<&EscapedPattern>("escaped_pattern"), Reach::kTranslatorOnly);
  library.Add(Typed<&Split>("split"));
  library.Add(Typed<&SplitLimited>("split"));
  library.Add(Typed<&SplitPart>("split_part"));
  library.Add(Typed<&FirstPosition>("strpos"));
  library.Add(Typed<&PositionOf>("strpos"));
  library.AddAlias("position", "strpos");
  library.Add(Typed<&SubstringFrom>("substr"));
  library.Add(Typed<&Substring>("substr"));
  library.Add(Typed<&SubBytesFrom>("substr"));
  library.Add(Typed<&SubBytes>("substr"));
  library.AddAlias("substring", "substr");
  library.Add(Typed<&PadLeft>("lpad"));
  library.Add(Typed<&PadRight>("rpad"));
  library.Add(Typed<&Levenshtein>("levenshtein_distance"));
  library.Add(Typed<&Hamming>("hamming_distance"));
  library.Add(Typed<&Soundex>("soundex"));
  library.Add(Typed<&Replace>("replace"));
  library.Add(Typed<&Without>("replace"));
  library.Add(Typed<&Translate>("translate"));
  library.Add(Typed<&LuhnCheck>("luhn_check"));
  library.Add(Typed<&Reverse>("reverse_text"), Reach::kTranslatorOnly);
  library.Add(Typed<&ReverseBytes>("reverse_text"), Reach::kTranslatorOnly);
  library.Add(Typed<&Character>("chr"));
  library.Add(Typed<&CodePointOf>("codepoint"));
  library.Add(Typed<&CharacterCount>("length"));
  library.Add(Typed<&LengthOfBytes>("length"));
  library.Add(Typed<&StartsWith>("starts_with"));
  library.Add(Typed<&FromUtf8>("from_utf8"));
  library.Add(Typed<&ValidText>("from_utf8"));
  library.Add(Typed<&ToUtf8>("to_utf8"));
  AddTrim<Side::kBoth>(library, "trim");
  AddTrim<Side::kLeft>(library, "ltrim");
  AddTrim<Side::kRight>(library, "rtrim");
}

}  // namespace tarn::engine
