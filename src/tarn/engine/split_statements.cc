#include <string>
#include <string_view>
#include <vector>

#include "tarn/engine/engine.h"

namespace tarn::engine {
namespace {

bool IsSpace(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}
bool IsWord(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         c == '_' || (static_cast<unsigned char>(c) & 0x80U) != 0;
}

/// Walks a script once; every Skip… leaves the cursor behind what it skipped, or at the
/// end.
class Splitter {
 public:
  explicit Splitter(std::string_view script) : script_(script) {}

  std::vector<std::string> Split() {
    while (at_ < script_.size()) {
      const char c = script_[at_];
      if (c == ';') {
        Cut();
      } else if (script_.substr(at_, 2) == "--") {
        SkipTo("\n");
      } else if (script_.substr(at_, 2) == "/*") {
        SkipBlockComment();
      } else if (c == '\'' || c == '"' || c == '`') {
        SkipQuoted(c);
        has_text_ = true;
      } else if (c == '$') {
        SkipDollarQuoted();
        has_text_ = true;
      } else {
        has_text_ = has_text_ || !IsSpace(c);
        ++at_;
      }
    }
    Cut();
    return std::move(statements_);
  }

 private:
  void Cut() {
    std::string_view statement = script_.substr(start_, at_ - start_);
    while (!statement.empty() && IsSpace(statement.front())) {
      statement.remove_prefix(1);
    }
    while (!statement.empty() && IsSpace(statement.back())) {
      statement.remove_suffix(1);
    }
    if (has_text_) {
      statements_.emplace_back(statement);
    }
    start_ = ++at_;
    has_text_ = false;
  }

  void SkipTo(std::string_view end) {
    const size_t found = script_.find(end, at_);
    at_ = found == std::string_view::npos ? script_.size() : found + end.size();
  }

  /// As in DuckDB's grammar, comments nest.
  void SkipBlockComment() {
    int depth = 0;
    do {
      const std::string_view two = script_.substr(at_, 2);
      const bool opens = two == "/*";
      const bool closes = two == "*/";
      depth += opens ? 1 : closes ? -1 : 0;
      at_ += opens || closes ? 2 : 1;
    } while (depth > 0 && at_ < script_.size());
    at_ = at_ < script_.size() ? at_ : script_.size();
  }

  /// A doubled quote stays inside; so does one behind a backslash in E'…'.
  void SkipQuoted(char quote) {
    const bool escapes = quote == '\'' && at_ > start_ &&
                         (script_[at_ - 1] == 'e' || script_[at_ - 1] == 'E') &&
                         (at_ - 1 == start_ || !IsWord(script_[at_ - 2]));
    ++at_;
    while (at_ < script_.size()) {
      const char c = script_[at_++];
      if (escapes && c == '\\' && at_ < script_.size()) {
        ++at_;
      } else if (c == quote) {
        if (at_ >= script_.size() || script_[at_] != quote) {
          return;
        }
        ++at_;
      }
    }
  }

  /// $$ … $$ or $tag$ … $tag$; $1 is a parameter and a$b a name.
  void SkipDollarQuoted() {
    const bool in_word = at_ > start_ && IsWord(script_[at_ - 1]);
    size_t end = at_ + 1;
    while (end < script_.size() && IsWord(script_[end])) {
      ++end;
    }
    const bool digit = script_[at_ + (at_ + 1 < script_.size() ? 1 : 0)] >= '0' &&
                       script_[at_ + (at_ + 1 < script_.size() ? 1 : 0)] <= '9';
    if (in_word || digit || end >= script_.size() || script_[end] != '$') {
      ++at_;
      return;
    }
    const std::string_view tag = script_.substr(at_, end + 1 - at_);
    at_ = end + 1;
    SkipTo(tag);
  }

  std::string_view script_;
  size_t at_ = 0;
  size_t start_ = 0;
  bool has_text_ = false;
  std::vector<std::string> statements_;
};

}  // namespace

std::vector<std::string> SplitStatements(std::string_view script) {
  return Splitter(script).Split();
}

}  // namespace tarn::engine
