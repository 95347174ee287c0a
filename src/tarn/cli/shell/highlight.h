// Colors of SQL while it is typed.
#pragma once

#include <string_view>
#include <vector>

#include "tarn/cli/line_editor/text_frame.h"

namespace tarn::cli {

/// Styles of a text of statements and shell commands: keywords, functions, strings,
/// numbers, comments, what is wrong (a quote or bracket without its partner), and the
/// partner of the bracket at `cursor`. Sorted. Fast enough for every key: linear.
std::vector<StyledSpan> HighlightSql(std::string_view text, size_t cursor);

/// Where the shell command in `text` begins: a backslash at the beginning of a line or
/// behind a blank, outside of quotes and comments. npos if there is none.
size_t FindCommand(std::string_view text);

}  // namespace tarn::cli
