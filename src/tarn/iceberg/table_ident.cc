#include "tarn/iceberg/table_ident.h"

#include <utility>

namespace tarn::iceberg {

std::string Namespace::ToString() const {
  std::string text;
  for (size_t i = 0; i < levels.size(); ++i) {
    if (i > 0) {
      text += '.';
    }
    text += levels[i];
  }
  return text;
}

std::string TableIdent::ToString() const {
  return ns.levels.empty() ? name : ns.ToString() + "." + name;
}

Namespace NamespaceFromString(std::string_view text) {
  Namespace ns;
  if (text.empty()) {
    return ns;
  }
  std::string level;
  bool in_quotes = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"' && in_quotes && i + 1 < text.size() && text[i + 1] == '"') {
      level += c;
      ++i;
    } else if (c == '"' && (in_quotes || level.empty())) {
      in_quotes = !in_quotes;
    } else if (c == '.' && !in_quotes) {
      ns.levels.push_back(std::exchange(level, {}));
    } else {
      level += c;
    }
  }
  ns.levels.push_back(std::move(level));
  return ns;
}

}  // namespace tarn::iceberg
