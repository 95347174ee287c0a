#include "tarn/cli/shell/statement_buffer.h"

#include <cctype>

namespace tarn::cli {
namespace {

bool IsSpace(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }
bool IsWord(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && IsSpace(text.front())) {
    text.remove_prefix(1);
  }
  while (!text.empty() && IsSpace(text.back())) {
    text.remove_suffix(1);
  }
  return text;
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

void StatementBuffer::AddLine(std::string_view line) {
  text_ += line;
  text_ += '\n';
}

void StatementBuffer::Clear() { *this = StatementBuffer(); }

/// One step outside of quotes and comments; gives the next position.
size_t StatementBuffer::ScanPlain(size_t at) {
  const char c = text_[at];
  const std::string_view rest = std::string_view(text_).substr(at);
  if (rest.starts_with("--")) {
    mode_ = Mode::kLine;
    return at + 2;
  }
  if (rest.starts_with("/*")) {
    mode_ = Mode::kBlock;
    return at + 2;
  }
  has_content_ = has_content_ || !IsSpace(c);
  const bool after_word = at > 0 && IsWord(text_[at - 1]);
  if (c == '\'') {
    const bool escaped = at > 0 && (text_[at - 1] == 'e' || text_[at - 1] == 'E') &&
                         (at < 2 || !IsWord(text_[at - 2]));
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
size_t StatementBuffer::ScanInside(size_t at) {
  const char c = text_[at];
  const std::string_view rest = std::string_view(text_).substr(at);
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

bool StatementBuffer::ScanTo(size_t* semicolon) {
  while (scanned_ < text_.size()) {
    if (mode_ == Mode::kPlain && text_[scanned_] == ';') {
      *semicolon = scanned_++;
      return true;
    }
    scanned_ = mode_ == Mode::kPlain ? ScanPlain(scanned_) : ScanInside(scanned_);
  }
  return false;
}

std::optional<std::string> StatementBuffer::TakeStatement() {
  size_t semicolon = 0;
  while (ScanTo(&semicolon)) {
    std::string statement(Trimmed(std::string_view(text_).substr(0, semicolon)));
    const bool had_content = has_content_;
    text_.erase(0, scanned_);
    scanned_ = 0;
    has_content_ = false;
    if (had_content) {
      return statement;
    }
  }
  return std::nullopt;
}

std::optional<std::string> StatementBuffer::TakeRest() {
  const bool open = mode_ != Mode::kPlain && mode_ != Mode::kLine;
  std::string rest(Trimmed(text_));
  const bool had_content = has_content_ || (open && !rest.empty());
  Clear();
  if (!had_content) {
    return std::nullopt;
  }
  return rest;
}

StatementBuffer::State StatementBuffer::state() const {
  if (mode_ == Mode::kBlock) {
    return State::kComment;
  }
  if (mode_ != Mode::kPlain && mode_ != Mode::kLine) {
    return State::kQuote;
  }
  return has_content_ ? State::kStatement : State::kStart;
}

}  // namespace tarn::cli
