#include "tarn/cli/sql_client/sql_client.h"

#include "tarn/sql/lexer.h"
#include "tarn/sql/token_stream.h"

namespace tarn::cli {

std::string DialectChosenBy(std::string_view sql) {
  constexpr size_t kLongest = 200;  // bytes of such a statement
  if (sql.size() > kLongest) {
    return "";
  }
  sql::TokenStream tokens(sql::TokenizeTrino(sql));
  if (!tokens.TakeKeywords({"set", "session", "dialect"}) || !tokens.TakeSymbol("=")) {
    return "";
  }
  const Result<std::string> value = tokens.ExpectString();
  return value.ok() ? *value : "";
}

}  // namespace tarn::cli
