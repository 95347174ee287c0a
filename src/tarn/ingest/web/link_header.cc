#include "tarn/ingest/web/link_header.h"

#include <algorithm>

namespace tarn::ingest::web {
namespace {

constexpr std::string_view kSpace = " \t";

char LowerChar(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool IsSame(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return LowerChar(x) == LowerChar(y); });
}

/// Reads from the front of a text.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  void SkipSpace() {
    text_.remove_prefix(std::min(text_.find_first_not_of(kSpace), text_.size()));
  }
  bool Take(char c) {
    SkipSpace();
    if (!text_.starts_with(c)) {
      return false;
    }
    text_.remove_prefix(1);
    return true;
  }
  /// Up to one of `ends` or the end.
  std::string_view TakeUntil(std::string_view ends) {
    const std::string_view taken = text_.substr(0, text_.find_first_of(ends));
    text_.remove_prefix(taken.size());
    return taken;
  }
  /// After its first quote.
  std::string TakeQuoted() {
    std::string value;
    while (!text_.empty() && text_.front() != '"') {
      if (text_.front() == '\\' && text_.size() > 1) {
        text_.remove_prefix(1);
      }
      value += text_.front();
      text_.remove_prefix(1);
    }
    Take('"');
    return value;
  }
  bool is_at_end() const { return text_.empty(); }
  void SkipOne() { text_.remove_prefix(std::min<size_t>(1, text_.size())); }

 private:
  std::string_view text_;
};

/// Whether the words of `value` have `relation`.
bool HasWord(std::string_view value, std::string_view relation) {
  while (!value.empty()) {
    value.remove_prefix(std::min(value.find_first_not_of(kSpace), value.size()));
    const std::string_view word = value.substr(0, value.find_first_of(kSpace));
    if (!word.empty() && IsSame(word, relation)) {
      return true;
    }
    value.remove_prefix(word.size());
  }
  return false;
}

/// After a target: whether its parameters name the relation.
bool TakeParameters(Scanner& scanner, std::string_view relation) {
  bool matches = false;
  bool has_relation = false;
  while (scanner.Take(';')) {
    scanner.SkipSpace();
    const std::string_view name = scanner.TakeUntil("=;, \t");
    std::string value;
    if (scanner.Take('=')) {
      value = scanner.Take('"') ? scanner.TakeQuoted()
                                : std::string(scanner.TakeUntil(";, \t"));
    }
    if (IsSame(name, "rel") && !has_relation) {
      has_relation = true;  // the first one counts
      matches = HasWord(value, relation);
    }
  }
  return matches;
}

}  // namespace

std::optional<std::string> LinkTarget(std::string_view header,
                                      std::string_view relation) {
  Scanner scanner(header);
  while (!scanner.is_at_end()) {
    if (!scanner.Take('<')) {
      scanner.SkipOne();
      continue;
    }
    const std::string_view target = scanner.TakeUntil(">");
    if (scanner.Take('>') && TakeParameters(scanner, relation)) {
      return std::string(target);
    }
  }
  return std::nullopt;
}

}  // namespace tarn::ingest::web
