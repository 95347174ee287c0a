#include "tarn/gateway/hive/internal/hive_names.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "tarn/base/error.h"

namespace tarn::gateway::hive {
namespace {

constexpr std::string_view kParameterField = "hive_filter_field_params__";

char Fold(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// `pattern` with '*' as the only wildcard; both are folded. Goes back to the last star
/// only, so that no pattern takes more than |pattern| * |name| steps.
bool FitsGlob(std::string_view pattern, std::string_view name) {
  size_t p = 0;
  size_t n = 0;
  size_t star = std::string_view::npos;
  size_t star_name = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_name = n;
    } else if (p < pattern.size() && pattern[p] == name[n]) {
      ++p;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++star_name;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

/// The only wildcard of `text` is '*' from here on.
std::string GlobOf(std::string_view text) {
  std::string glob;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool is_regex_star = text[i] == '.' && text.substr(i + 1).starts_with('*');
    if (!is_regex_star) {
      glob += text[i] == '%' ? '*' : Fold(text[i]);
    }
  }
  return glob;
}

class FilterParser {
 public:
  explicit FilterParser(std::string_view text) : rest_(text) {}

  Result<std::vector<ParameterFilter>> Parse() {
    std::vector<ParameterFilter> filters;
    do {
      ParameterFilter filter;
      if (!TakeKey(&filter.key) || !TakeOperator(&filter.op) ||
          !TakeValue(&filter.value)) {
        return Refuse();
      }
      filters.push_back(std::move(filter));
    } while (TakeWord("and"));
    SkipSpace();
    if (!rest_.empty()) {
      return Refuse();
    }
    return filters;
  }

 private:
  Status Refuse() const {
    return MakeError(ErrorCode::kNotSupported,
                     "Cannot filter tables by this; comparisons like " +
                         std::string(kParameterField) +
                         "table_type = \"ICEBERG\" joined by AND are known; not read: " +
                         std::string(rest_.substr(0, 100)));
  }

  void SkipSpace() {
    const size_t at = rest_.find_first_not_of(" \t\r\n");
    rest_.remove_prefix(at == std::string_view::npos ? rest_.size() : at);
  }

  bool Take(std::string_view text) {
    SkipSpace();
    if (FoldName(rest_.substr(0, text.size())) != text) {
      return false;
    }
    rest_.remove_prefix(text.size());
    return true;
  }

  bool TakeWord(std::string_view word) {
    SkipSpace();
    const bool ends = rest_.size() > word.size() &&
                      std::isspace(static_cast<unsigned char>(rest_[word.size()])) != 0;
    return ends && Take(word);
  }

  bool TakeKey(std::string* key) {
    if (!Take(kParameterField)) {
      return false;
    }
    const auto end = std::ranges::find_if_not(rest_, [](unsigned char c) {
      return std::isalnum(c) != 0 || c == '_' || c == '-' || c == '.';
    });
    const auto size = static_cast<size_t>(end - rest_.begin());
    *key = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return size > 0;
  }

  bool TakeOperator(ParameterFilter::Operator* op) {
    if (Take("<>") || Take("!=")) {
      *op = ParameterFilter::Operator::kNotEquals;
    } else if (Take("=")) {
      *op = ParameterFilter::Operator::kEquals;
    } else if (Take("like")) {
      *op = ParameterFilter::Operator::kLike;
    } else {
      return false;
    }
    return true;
  }

  bool TakeValue(std::string* value) {
    SkipSpace();
    if (rest_.empty() || (rest_[0] != '"' && rest_[0] != '\'')) {
      return false;
    }
    const size_t end = rest_.find(rest_[0], 1);
    if (end == std::string_view::npos) {
      return false;
    }
    *value = rest_.substr(1, end - 1);
    rest_.remove_prefix(end + 1);
    return true;
  }

  std::string_view rest_;
};

}  // namespace

std::string FoldName(std::string_view name) {
  std::string folded(name);
  std::ranges::transform(folded, folded.begin(), Fold);
  return folded;
}

std::string DatabaseOf(std::string_view text) {
  if (text.starts_with('@')) {
    const size_t mark = text.find('#');
    if (mark != std::string_view::npos) {
      text.remove_prefix(mark + 1);
      return text == "!" ? "" : std::string(text);
    }
  }
  return std::string(text);
}

bool FitsPattern(std::string_view pattern, std::string_view name) {
  if (pattern.empty()) {
    return true;
  }
  const std::string folded = FoldName(name);
  for (size_t begin = 0; begin <= pattern.size();) {
    const size_t bar = std::min(pattern.find('|', begin), pattern.size());
    if (FitsGlob(GlobOf(pattern.substr(begin, bar - begin)), folded)) {
      return true;
    }
    begin = bar + 1;
  }
  return false;
}

bool ParameterFilter::Fits(const std::optional<std::string>& parameter) const {
  // As in SQL, nothing can be said of what is not there.
  if (!parameter) {
    return false;
  }
  switch (op) {
    case Operator::kEquals:
      return FoldName(*parameter) == FoldName(value);
    case Operator::kNotEquals:
      return FoldName(*parameter) != FoldName(value);
    case Operator::kLike:
      return FitsGlob(GlobOf(value), FoldName(*parameter));
  }
  return false;
}

Result<std::vector<ParameterFilter>> ParseTableFilter(std::string_view filter) {
  return FilterParser(filter).Parse();
}

}  // namespace tarn::gateway::hive
