#include "tarn/cli/shell/highlight.h"

#include <algorithm>
#include <cctype>
#include <string>

#include "tarn/cli/shell/quote_scanner.h"
#include "tarn/sql/keywords.h"

namespace tarn::cli {
namespace {

constexpr size_t kNone = std::string_view::npos;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsWordByte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || std::isalnum(byte) != 0 || c == '_';
}

/// Bytes from `at` on that numbers have: 1_000, 0xFF, 1.5e-3.
size_t NumberEnd(std::string_view text, size_t at) {
  while (at < text.size()) {
    const bool is_sign = (text[at] == '+' || text[at] == '-') &&
                         (text[at - 1] == 'e' || text[at - 1] == 'E');
    if (!IsWordByte(text[at]) && text[at] != '.' && !is_sign) {
      break;
    }
    ++at;
  }
  return at;
}

class Highlighter {
 public:
  Highlighter(std::string_view text, size_t cursor)
      : text_(text), cursor_(cursor), command_(FindCommand(text)) {}

  std::vector<StyledSpan> Run() {
    size_t at = 0;
    while (at < text_.size()) {
      if (at == command_) {
        const size_t end = std::min(text_.find('\n', at), text_.size());
        Add(at, end, TextStyle::kCommand);
        at = end;
        continue;
      }
      at = IsWordByte(text_[at]) ? Word(at) : Other(at);
    }
    for (const size_t open : open_) {
      bad_.push_back(open);
    }
    MarkBrackets();
    return std::move(spans_);
  }

 private:
  void Add(size_t begin, size_t end, TextStyle style) {
    spans_.push_back({begin, std::min(end, text_.size()), style});
  }

  size_t Word(size_t begin) {
    if (IsDigit(text_[begin])) {
      const size_t end = NumberEnd(text_, begin);
      Add(begin, end, TextStyle::kNumber);
      return end;
    }
    size_t end = begin;
    while (end < text_.size() && IsWordByte(text_[end])) {
      ++end;
    }
    const std::string_view word = text_.substr(begin, end - begin);
    if (end < text_.size() && text_[end] == '\'' && (word == "E" || word == "e")) {
      before_quote_ = begin;
      return end;  // E'…': its letter belongs to the quote
    }
    const bool is_part = begin > 0 && text_[begin - 1] == '.';
    const bool is_call = end < text_.size() && text_[end] == '(';
    const sql::KeywordId keyword = is_part ? sql::KeywordId{0} : sql::FindKeyword(word);
    if (sql::IsReserved(keyword) || (keyword != 0 && !is_call)) {
      Add(begin, end, TextStyle::kKeyword);
    } else if (is_call) {
      Add(begin, end, TextStyle::kFunction);
    }
    return end;
  }

  /// A quote or comment as a whole, a bracket, or any other byte.
  size_t Other(size_t begin) {
    QuoteScanner scanner;
    size_t end = 0;
    if (before_quote_ != kNone) {
      scanner.Step(text_.substr(before_quote_), 0);
      end = before_quote_ + scanner.Step(text_.substr(before_quote_), 1);
      before_quote_ = kNone;
    } else {
      end = begin + scanner.Step(text_.substr(begin), 0);
    }
    if (scanner.mode() == QuoteScanner::Mode::kPlain) {
      Bracket(begin);
      return end;
    }
    const bool is_comment = scanner.IsComment();
    const bool is_name = scanner.mode() == QuoteScanner::Mode::kDouble ||
                         scanner.mode() == QuoteScanner::Mode::kBack;
    while (end < text_.size() && scanner.mode() != QuoteScanner::Mode::kPlain) {
      end = scanner.Step(text_, end);
    }
    const TextStyle style = is_comment ? TextStyle::kComment
                            : is_name  ? TextStyle::kQuotedName
                                       : TextStyle::kString;
    if (scanner.IsQuote()) {  // its partner is missing
      Add(begin, begin + 1, TextStyle::kError);
      ++begin;
    }
    Add(begin, end, style);
    return end;
  }

  void Bracket(size_t at) {
    const char c = text_[at];
    if (c == '(' || c == '[') {
      open_.push_back(at);
    } else if (c == ')' || c == ']') {
      const char partner = c == ')' ? '(' : '[';
      if (open_.empty() || text_[open_.back()] != partner) {
        bad_.push_back(at);
      } else {
        const bool at_cursor = open_.back() == cursor_ || at == cursor_ ||
                               (cursor_ == at + 1 && cursor_ != kNone);
        if (at_cursor) {
          matched_ = {open_.back(), at};
        }
        open_.pop_back();
      }
    } else if (c == ';') {
      bad_.insert(bad_.end(), open_.begin(), open_.end());
      open_.clear();
    }
  }

  void MarkBrackets() {
    for (const size_t at : matched_) {
      Add(at, at + 1, TextStyle::kBracket);
    }
    // An open bracket at the end of what is typed is not wrong yet.
    const bool is_whole = text_.find_last_of(';') != kNone;
    for (const size_t at : bad_) {
      if (is_whole || text_[at] == ')' || text_[at] == ']') {
        Add(at, at + 1, TextStyle::kError);
      }
    }
    std::sort(spans_.begin(), spans_.end(),
              [](const StyledSpan& a, const StyledSpan& b) { return a.begin < b.begin; });
  }

  const std::string_view text_;
  const size_t cursor_;
  const size_t command_;
  std::vector<StyledSpan> spans_;
  std::vector<size_t> open_;
  std::vector<size_t> bad_;
  std::vector<size_t> matched_;
  size_t before_quote_ = kNone;
};

}  // namespace

std::vector<StyledSpan> HighlightSql(std::string_view text, size_t cursor) {
  return Highlighter(text, cursor).Run();
}

size_t FindCommand(std::string_view text) {
  QuoteScanner scanner;
  for (size_t at = 0; at < text.size();) {
    const bool is_plain = scanner.mode() == QuoteScanner::Mode::kPlain;
    if (is_plain && text[at] == '\\') {
      const char before = at == 0 ? '\n' : text[at - 1];
      const bool is_apart =
          before == ' ' || before == '\n' || before == '\t' || before == ';';
      const char next = at + 1 < text.size() ? text[at + 1] : ' ';
      if (is_apart && (std::isalpha(static_cast<unsigned char>(next)) != 0 ||
                       next == '?' || next == '!')) {
        return at;
      }
    }
    at = scanner.Step(text, at);
  }
  return kNone;
}

}  // namespace tarn::cli
