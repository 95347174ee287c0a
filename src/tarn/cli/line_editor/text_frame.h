// What the editor draws: text with styles, laid out in rows of a terminal.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::cli {

enum class TextStyle : uint8_t {
  kPlain,
  kKeyword,
  kFunction,
  kString,
  kQuotedName,
  kNumber,
  kComment,
  kCommand,  // of the shell
  kError,
  kBracket,  // the partner of the one at the cursor
  kFaint,
  kPrompt,
  kSelected,
};

struct StyledSpan {
  size_t begin = 0;
  size_t end = 0;
  TextStyle style = TextStyle::kPlain;
};

/// The escape sequence that turns a style on; empty for kPlain.
std::string_view StyleSequence(TextStyle style);

struct FrameInput {
  /// What stands before a line; `before` is the text up to it.
  std::function<std::string(std::string_view before)> prompt;
  std::string_view text;
  size_t cursor = 0;
  std::vector<StyledSpan> spans = {};  // sorted, not overlapping
  std::string hint = {};               // faint, behind the text
  /// Below the text: candidates of a completion, one of which may be selected.
  std::vector<std::string> menu = {};
  int selected = -1;
  int width = 80;
  int height = 24;
  bool colors = true;
};

/// Rows that are at most `width` wide, escape sequences aside, and at most `height`
/// many: those around the cursor.
struct TextFrame {
  std::vector<std::string> rows;
  int cursor_row = 0;
  int cursor_column = 0;
};

TextFrame LayOut(const FrameInput& input);

/// The bytes that draw `frame` over `old`, whose cursor the terminal's stands at.
std::string DrawSequence(const TextFrame& old, const TextFrame& frame);

}  // namespace tarn::cli
