#include "tarn/cli/shell/statement_buffer.h"

#include <algorithm>
#include <cctype>

namespace tarn::cli {
namespace {

bool IsSpace(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && IsSpace(text.front())) {
    text.remove_prefix(1);
  }
  while (!text.empty() && IsSpace(text.back())) {
    text.remove_suffix(1);
  }
  return text;
}

}  // namespace

void StatementBuffer::AddLine(std::string_view line) {
  text_ += line;
  text_ += '\n';
}

void StatementBuffer::Clear() {
  const int64_t taken = lines_taken_ + std::count(text_.begin(), text_.end(), '\n');
  *this = StatementBuffer();
  lines_taken_ = taken;
}

void StatementBuffer::NoteLine(const std::string& statement) {
  const size_t begin = text_.find(statement);
  statement_line_ =
      1 + lines_taken_ +
      std::count(text_.begin(), text_.begin() + static_cast<ptrdiff_t>(begin), '\n');
}

bool StatementBuffer::ScanTo(size_t* semicolon) {
  while (scanned_ < text_.size()) {
    const bool is_plain = quotes_.mode() == QuoteScanner::Mode::kPlain;
    if (is_plain && text_[scanned_] == ';') {
      *semicolon = scanned_++;
      return true;
    }
    const char c = text_[scanned_];
    scanned_ = quotes_.Step(text_, scanned_);
    has_content_ = has_content_ || (is_plain && !quotes_.IsComment() && !IsSpace(c));
  }
  return false;
}

std::optional<std::string> StatementBuffer::TakeStatement() {
  size_t semicolon = 0;
  while (ScanTo(&semicolon)) {
    std::string statement(Trimmed(std::string_view(text_).substr(0, semicolon)));
    const bool had_content = has_content_;
    NoteLine(statement);
    lines_taken_ +=
        std::count(text_.begin(), text_.begin() + static_cast<ptrdiff_t>(scanned_), '\n');
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
  const bool open = quotes_.IsQuote() || quotes_.mode() == QuoteScanner::Mode::kBlock;
  std::string rest(Trimmed(text_));
  const bool had_content = has_content_ || (open && !rest.empty());
  NoteLine(rest);
  Clear();
  if (!had_content) {
    return std::nullopt;
  }
  return rest;
}

StatementBuffer::State StatementBuffer::state() const {
  if (quotes_.mode() == QuoteScanner::Mode::kBlock) {
    return State::kComment;
  }
  if (quotes_.IsQuote()) {
    return State::kQuote;
  }
  return has_content_ ? State::kStatement : State::kStart;
}

}  // namespace tarn::cli
