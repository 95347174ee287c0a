// How wide text is on a terminal.
#pragma once

#include <string>
#include <string_view>

namespace tarn::cli {

/// Terminal columns of UTF-8 `text`: 2 for East Asian wide characters and emoji, 0 for
/// combining marks. A byte that is not UTF-8 counts 1.
int DisplayWidth(std::string_view text);

/// `text` cut to at most `width` columns, the last one being "…" if something was cut.
std::string CutToWidth(std::string_view text, int width);

/// One line: control characters as \n, \t, \r or \x1b; bytes that are not UTF-8 as \xHH.
std::string OneLine(std::string_view text);

}  // namespace tarn::cli
