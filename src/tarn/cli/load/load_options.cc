#include "tarn/cli/load/load_options.h"

#include "tarn/base/error.h"

namespace tarn::cli {

Result<std::pair<std::string, std::string>> SplitPair(const std::string& text,
                                                      const char* option) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    return MakeError(ErrorCode::kUsage,
                     std::string(option) + " takes NAME=VALUE: " + text);
  }
  return std::pair(text.substr(0, equals), text.substr(equals + 1));
}

std::vector<std::string> SplitTerms(const std::vector<std::string>& lists) {
  std::vector<std::string> terms;
  for (const std::string& list : lists) {
    std::string term;
    int depth = 0;
    char quote = '\0';
    const auto take = [&] {
      const size_t first = term.find_first_not_of(' ');
      if (first != std::string::npos) {
        terms.push_back(term.substr(first, term.find_last_not_of(' ') - first + 1));
      }
      term.clear();
    };
    for (const char c : list) {
      if (c == ',' && depth == 0 && quote == '\0') {
        take();
        continue;
      }
      if (quote != '\0') {
        quote = c == quote ? '\0' : quote;
      } else if (c == '"' || c == '`') {
        quote = c;
      }
      if (quote == '\0') {
        depth += c == '(' ? 1 : c == ')' ? -1 : 0;
      }
      term += c;
    }
    take();
  }
  return terms;
}

}  // namespace tarn::cli
