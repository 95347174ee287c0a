#include "tarn/engine/internal/trino/statement.h"

#include <utility>

#include "tarn/base/error.h"
#include "tarn/engine/internal/catch_duckdb.h"
#include "tarn/engine/internal/trino/result_types.h"
#include "tarn/sql/lexer.h"
#include "tarn/sql/query_parser.h"
#include "tarn/sql/token_stream.h"

namespace tarn::engine::trino {
namespace {

using Translated = std::optional<TranslatedStatement>;

/// Overloads for what is translated; any other statement gives nothing.
class Visitor {
 public:
  Visitor(std::string_view text, const SessionFacts& facts)
      : text_(text), facts_(facts) {}

  Translated operator()(const sql::QueryPtr& query) const {
    TranslatedStatement translated;
    translated.columns = WrittenColumns(*query, facts_.parameters);
    translated.statement = Translator(text_, facts_).Statement(*query);
    return translated;
  }
  Translated operator()(const sql::Insert& change) const { return Changing(change); }
  Translated operator()(const sql::Delete& change) const { return Changing(change); }
  Translated operator()(const sql::Update& change) const { return Changing(change); }
  Translated operator()(const sql::Merge& change) const { return Changing(change); }
  template <typename Other>
  Translated operator()(const Other& /*any*/) const {
    return std::nullopt;
  }

 private:
  template <typename Change>
  Translated Changing(const Change& change) const {
    TranslatedStatement translated;
    translated.statement = Translator(text_, facts_).Statement(change);
    return translated;
  }

  std::string_view text_;
  const SessionFacts& facts_;
};

}  // namespace

Result<duckdb::unique_ptr<duckdb::SelectStatement>> TranslateQuery(
    const sql::Query& query, std::string_view text, const SessionFacts& facts) {
  return CatchDuckDb(text, [&]() -> Result<duckdb::unique_ptr<duckdb::SelectStatement>> {
    return Translator(text, facts).Statement(query);
  });
}

Result<duckdb::unique_ptr<duckdb::SelectStatement>> TranslateQuery(
    std::string_view sql, const SessionFacts& facts) {
  ARROW_ASSIGN_OR_RAISE(const sql::QueryPtr query, sql::ParseQuery(sql));
  return TranslateQuery(*query, sql, facts);
}

Result<Translated> TranslateStatement(const sql::TrinoStatement& statement,
                                      std::string_view text, const SessionFacts& facts) {
  return CatchDuckDb(text, [&]() -> Result<Translated> {
    return std::visit(Visitor(text, facts), statement.node);
  });
}

Status CheckDialect(const std::string& dialect) {
  if (dialect == "trino" || dialect == "duckdb") {
    return Status::OK();
  }
  return MakeError(ErrorCode::kInvalidArgument,
                   "dialect must be 'trino' or 'duckdb', not " + dialect);
}

Result<std::optional<std::string>> ParseDialect(std::string_view sql) {
  const size_t start = sql.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos || (sql[start] != 's' && sql[start] != 'S')) {
    return std::optional<std::string>();
  }
  auto list = sql::Tokenize(sql);
  if (!list.ok()) {
    return std::optional<std::string>();
  }
  sql::TokenStream tokens(*std::move(list));
  if (!tokens.TakeKeywords({"set", "session", "dialect"}) || !tokens.TakeSymbol("=")) {
    return std::optional<std::string>();
  }
  std::string dialect = Folded(tokens.Take().text);
  RETURN_NOT_OK(CheckDialect(dialect));
  return std::optional(std::move(dialect));
}

}  // namespace tarn::engine::trino
