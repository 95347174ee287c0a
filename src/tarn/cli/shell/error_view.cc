#include "tarn/cli/shell/error_view.h"

#include <algorithm>
#include <charconv>

#include "tarn/base/config.h"
#include "tarn/base/error.h"
#include "tarn/cli/line_editor/key.h"
#include "tarn/cli/print/text_width.h"
#include "tarn/sql/letter_case.h"

namespace tarn::cli {
namespace {

constexpr std::string_view kMargin = "  ";

size_t TakeNumber(std::string_view* text) {
  size_t number = 0;
  const auto read = std::from_chars(text->data(), text->data() + text->size(), number);
  text->remove_prefix(static_cast<size_t>(read.ptr - text->data()));
  return read.ec == std::errc() ? number : 0;
}

std::string_view LineOf(std::string_view text, size_t line) {
  for (size_t i = 1; i < line; ++i) {
    const size_t end = text.find('\n');
    if (end == std::string_view::npos) {
      return {};
    }
    text.remove_prefix(end + 1);
  }
  return text.substr(0, text.find('\n'));
}

/// Bytes of the first `count` characters.
size_t BytesOf(std::string_view text, size_t count) {
  size_t at = 0;
  while (count-- > 0 && at < text.size()) {
    at += std::min(Utf8Length(text[at]), text.size() - at);
  }
  return at;
}

}  // namespace

ErrorPlace PlaceIn(std::string_view message) {
  for (size_t at = message.find("line "); at != std::string_view::npos;
       at = message.find("line ", at + 1)) {
    std::string_view rest = message.substr(at + 5);
    const size_t line = TakeNumber(&rest);
    if (line > 0 && rest.starts_with(':')) {
      rest.remove_prefix(1);
      if (const size_t column = TakeNumber(&rest); column > 0) {
        return {line, column};
      }
    }
  }
  return {};
}

std::string CaretLines(std::string_view statement, ErrorPlace place, int width) {
  std::string_view line = LineOf(statement, place.line);
  if (place.line == 0 || line.empty()) {
    return "";
  }
  size_t at = BytesOf(line, place.column - 1);
  // Of a long line the part around the place.
  const auto room = static_cast<size_t>(std::max(20, width - 8));
  std::string before = "";
  if (line.size() > room && at > room * 2 / 3) {
    size_t skip = at - room * 2 / 3;
    while (skip < at && (static_cast<unsigned char>(line[skip]) & 0xC0U) == 0x80) {
      ++skip;
    }
    line.remove_prefix(skip);
    at -= skip;
    before = "…";
  }
  const std::string shown = before + OneLine(line);
  const int indent = DisplayWidth(before + OneLine(line.substr(0, at)));
  return std::string(kMargin) + CutToWidth(shown, static_cast<int>(room)) + "\n" +
         std::string(kMargin) + std::string(static_cast<size_t>(indent), ' ') + "^\n";
}

std::string MissingName(std::string_view message) {
  for (const std::string_view mark : {"with name ", "'", "\""}) {
    const size_t begin = message.find(mark);
    if (begin == std::string_view::npos) {
      continue;
    }
    std::string_view rest = message.substr(begin + mark.size());
    const size_t end = rest.find_first_of(mark.size() > 1 ? " !\n" : mark);
    if (end != std::string_view::npos && end > 0) {
      rest = rest.substr(0, end);
      while (rest.starts_with('"') && rest.ends_with('"') && rest.size() > 1) {
        rest = rest.substr(1, rest.size() - 2);
      }
      return std::string(rest);
    }
  }
  return "";
}

std::string ErrorText(
    const Status& status, std::string_view statement, int width,
    const std::function<std::vector<std::string>(const Status&)>& known) {
  const std::string message = status.message();
  std::string text = "Error: " + message + "\n";
  text += CaretLines(statement, PlaceIn(message), width);
  const std::string missing = MissingName(message);
  const bool has_hint = sql::Lower(message).find("did you mean") != std::string::npos ||
                        message.find("andidate bindings") != std::string::npos;
  if (missing.empty() || has_hint) {
    return text;
  }
  const std::string near = NearestWord(sql::Lower(missing), known(status));
  return near.empty() || near == sql::Lower(missing)
             ? text
             : text + "Did you mean " + near + "?\n";
}

}  // namespace tarn::cli
