#include "tarn/cli/shell/quote_scanner.h"

#include <cctype>

namespace tarn::cli {
namespace {

bool IsWord(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

/// "$tag$" or "$$" at the beginning of `text`; empty if there is none.
std::string_view DollarTag(std::string_view text) {
  size_t at = 1;
  while (at < text.size() && IsWord(text[at])) {
    ++at;
  }
  const bool digit_first =
      at > 1 && std::isdigit(static_cast<unsigned char>(text[1])) != 0;
  return at < text.size() && text[at] == '$' && !digit_first ? text.substr(0, at + 1)
                                                             : std::string_view();
}

}  // namespace

size_t QuoteScanner::Step(std::string_view text, size_t at) {
  return mode_ == Mode::kPlain ? StepPlain(text, at) : StepInside(text, at);
}

/// One step outside of quotes and comments; gives the next position.
size_t QuoteScanner::StepPlain(std::string_view text, size_t at) {
  const char c = text[at];
  const std::string_view rest = text.substr(at);
  if (rest.starts_with("--")) {
    mode_ = Mode::kLine;
    return at + 2;
  }
  if (rest.starts_with("/*")) {
    mode_ = Mode::kBlock;
    return at + 2;
  }
  const bool after_word = at > 0 && IsWord(text[at - 1]);
  if (c == '\'') {
    const bool escaped = at > 0 && (text[at - 1] == 'e' || text[at - 1] == 'E') &&
                         (at < 2 || !IsWord(text[at - 2]));
    mode_ = escaped ? Mode::kEscaped : Mode::kSingle;
  } else if (c == '"') {
    mode_ = Mode::kDouble;
  } else if (c == '`') {
    mode_ = Mode::kBack;
  } else if (c == '$' && !after_word && !DollarTag(rest).empty()) {
    dollar_tag_ = DollarTag(rest);
    mode_ = Mode::kDollar;
    return at + dollar_tag_.size();
  }
  return at + 1;
}

/// One step inside a quote or comment. A doubled quote closes and opens again, which
/// comes to the same.
size_t QuoteScanner::StepInside(std::string_view text, size_t at) {
  const char c = text[at];
  const std::string_view rest = text.substr(at);
  size_t closing = 0;
  switch (mode_) {
    case Mode::kPlain:
      break;
    case Mode::kEscaped:
      if (c == '\\') {
        return at + 2;
      }
      [[fallthrough]];
    case Mode::kSingle:
      closing = c == '\'' ? 1 : 0;
      break;
    case Mode::kDouble:
      closing = c == '"' ? 1 : 0;
      break;
    case Mode::kBack:
      closing = c == '`' ? 1 : 0;
      break;
    case Mode::kDollar:
      closing = rest.starts_with(dollar_tag_) ? dollar_tag_.size() : 0;
      break;
    case Mode::kLine:
      closing = c == '\n' ? 1 : 0;
      break;
    case Mode::kBlock:
      closing = rest.starts_with("*/") ? 2 : 0;
      break;
  }
  if (closing == 0) {
    return at + 1;
  }
  mode_ = Mode::kPlain;
  return at + closing;
}

}  // namespace tarn::cli
