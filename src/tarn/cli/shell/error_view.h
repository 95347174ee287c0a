// Errors of statements, with the line they are about.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/base/result.h"

namespace tarn::cli {

struct ErrorPlace {
  size_t line = 0;    // from 1; 0 if the message does not say
  size_t column = 0;  // from 1, in characters
};

/// The first "line L:C" of a message.
ErrorPlace PlaceIn(std::string_view message);

/// The line of `statement` at `place` and a caret below it; empty if there is none.
/// `width`: of the terminal.
std::string CaretLines(std::string_view statement, ErrorPlace place, int width);

/// The name that the message says is not there; empty if it says none.
std::string MissingName(std::string_view message);

/// "Error: line 1:8: …", then the line with its caret, then what may have been meant.
/// `known` gives the names there are, for errors about a missing one.
std::string ErrorText(
    const Status& status, std::string_view statement, int width,
    const std::function<std::vector<std::string>(const Status&)>& known);

}  // namespace tarn::cli
