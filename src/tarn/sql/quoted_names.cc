#include "tarn/sql/quoted_names.h"

#include "tarn/sql/lexer.h"

namespace tarn::sql {

std::string WithStandardQuotes(std::string_view sql) {
  std::string result;
  if (sql.find('`') == std::string_view::npos) {
    return result = sql;
  }
  const auto tokens = Tokenize(sql);
  if (!tokens.ok() || HasForeignQuotes(*tokens)) {
    return result = sql;
  }
  size_t at = 0;
  for (const Token& token : *tokens) {
    if (token.kind != TokenKind::kQuotedName || sql[token.offset] != '`') {
      continue;
    }
    result += sql.substr(at, token.offset - at);
    result += '"';
    for (const char c : token.text) {
      result += c == '"' ? "\"\"" : std::string(1, c);
    }
    result += '"';
    at = token.end;
  }
  result += sql.substr(at);
  return result;
}

}  // namespace tarn::sql
