#include "tarn/engine/internal/trino/statement.h"

#include <algorithm>
#include <array>
#include <utility>

#include <duckdb/parser/statement/explain_statement.hpp>

#include "tarn/base/error.h"
#include "tarn/engine/internal/catch_duckdb.h"
#include "tarn/engine/internal/trino/result_types.h"
#include "tarn/sql/data_change_parser.h"
#include "tarn/sql/lexer.h"
#include "tarn/sql/query_parser.h"
#include "tarn/sql/token_stream.h"

namespace tarn::engine::trino {
namespace {

using Statement = duckdb::unique_ptr<duckdb::SQLStatement>;
using sql::Cursor;

constexpr std::array<std::string_view, 5> kQueryWords = {"select", "values", "with",
                                                         "table", "("};

/// The first word in lower case, "(" for a parenthesis; empty for other beginnings.
std::string FirstWord(std::string_view sql) {
  const auto tokens = sql::Tokenize(sql);
  if (!tokens.ok() || tokens->empty()) {
    return "select";  // the parser tells what is wrong
  }
  const sql::Token& first = tokens->front();
  const bool is_word = first.kind == sql::TokenKind::kWord;
  return is_word || first.text == "(" ? Folded(first.text) : std::string();
}

template <typename Change>
Result<Statement> TranslateChange(std::string_view sql, const SessionFacts& facts,
                                  Result<Change> (*parse)(Cursor&)) {
  Cursor cursor(sql);
  ARROW_ASSIGN_OR_RAISE(const Change change, parse(cursor));
  if (!cursor.AtEnd()) {
    return cursor.Mismatch();
  }
  return CatchDuckDb(sql, [&]() -> Result<Statement> {
    return Translator(sql, facts).Statement(change);
  });
}

Result<Statement> TranslateChange(std::string_view sql, const SessionFacts& facts,
                                  const std::string& word) {
  if (word == "insert") {
    return TranslateChange(sql, facts, &sql::ParseInsert);
  }
  if (word == "delete") {
    return TranslateChange(sql, facts, &sql::ParseDelete);
  }
  if (word == "update") {
    return TranslateChange(sql, facts, &sql::ParseUpdate);
  }
  if (word == "merge") {
    return TranslateChange(sql, facts, &sql::ParseMerge);
  }
  return nullptr;
}

/// What EXPLAIN says before the statement it explains.
struct ExplainWords {
  bool is_analyze = false;
  std::string options;    // "type logical , format text"
  std::string statement;  // blanks before it keep its places
};

Result<ExplainWords> ReadExplain(std::string_view sql) {
  ARROW_ASSIGN_OR_RAISE(auto list, sql::Tokenize(sql));
  sql::TokenStream tokens(std::move(list));
  ExplainWords words;
  tokens.Take();
  words.is_analyze = tokens.TakeKeywords({"analyze"});
  tokens.TakeKeywords({"verbose"});
  const bool has_options =
      tokens.PeekSymbol("(") &&
      (Folded(tokens.Peek(1).text) == "type" || Folded(tokens.Peek(1).text) == "format");
  if (has_options) {
    tokens.Take();
    while (!tokens.AtEnd() && !tokens.TakeSymbol(")")) {
      words.options += Folded(tokens.Take().text) + " ";
    }
  }
  const size_t begin = tokens.Peek().offset;
  for (const char c : sql.substr(0, begin)) {
    words.statement += c == '\n' ? '\n' : ' ';
  }
  words.statement += sql.substr(begin);
  return words;
}

Result<std::optional<TranslatedStatement>> TranslateExplain(std::string_view sql,
                                                            const SessionFacts& facts) {
  ARROW_ASSIGN_OR_RAISE(const ExplainWords words, ReadExplain(sql));
  const auto says = [&](const char* option) {
    return words.options.find(option) != std::string::npos;
  };
  if (says("type io") || says("format json") || says("format graphviz")) {
    return MakeError(ErrorCode::kNotSupported,
                     "EXPLAIN gives plans as text only; asked for: " + words.options);
  }
  ARROW_ASSIGN_OR_RAISE(auto translated, TranslateStatement(words.statement, facts));
  if (!translated.has_value()) {
    return MakeError(ErrorCode::kNotSupported,
                     "EXPLAIN is for queries and changes of data only");
  }
  translated->statement = duckdb::make_uniq<duckdb::ExplainStatement>(
      std::move(translated->statement), words.is_analyze
                                            ? duckdb::ExplainType::EXPLAIN_ANALYZE
                                            : duckdb::ExplainType::EXPLAIN_STANDARD);
  translated->columns.clear();
  translated->is_explain = true;
  return translated;
}

}  // namespace

Result<duckdb::unique_ptr<duckdb::SelectStatement>> TranslateQuery(
    std::string_view sql, const SessionFacts& facts) {
  ARROW_ASSIGN_OR_RAISE(const sql::QueryPtr query, sql::ParseQuery(sql));
  return CatchDuckDb(sql, [&]() -> Result<duckdb::unique_ptr<duckdb::SelectStatement>> {
    return Translator(sql, facts).Statement(*query);
  });
}

Result<std::optional<TranslatedStatement>> TranslateStatement(std::string_view sql,
                                                              const SessionFacts& facts) {
  const std::string word = FirstWord(sql);
  if (word == "explain") {
    return TranslateExplain(sql, facts);
  }
  if (std::ranges::find(kQueryWords, word) == kQueryWords.end()) {
    ARROW_ASSIGN_OR_RAISE(auto change, TranslateChange(sql, facts, word));
    if (change == nullptr) {
      return std::optional<TranslatedStatement>();
    }
    TranslatedStatement translated;
    translated.statement = std::move(change);
    return std::optional(std::move(translated));
  }
  ARROW_ASSIGN_OR_RAISE(const sql::QueryPtr query, sql::ParseQuery(sql));
  return CatchDuckDb(sql, [&]() -> Result<std::optional<TranslatedStatement>> {
    TranslatedStatement translated;
    translated.columns = WrittenColumns(*query);
    translated.statement = Translator(sql, facts).Statement(*query);
    return std::optional(std::move(translated));
  });
}

Result<std::optional<std::string>> ParseDialect(std::string_view sql) {
  auto list = sql::Tokenize(sql);
  if (!list.ok()) {
    return std::optional<std::string>();
  }
  sql::TokenStream tokens(*std::move(list));
  if (!tokens.TakeKeywords({"set", "session", "dialect"}) || !tokens.TakeSymbol("=")) {
    return std::optional<std::string>();
  }
  std::string dialect = Folded(tokens.Take().text);
  if (dialect != "trino" && dialect != "duckdb") {
    return MakeError(ErrorCode::kInvalidArgument,
                     "dialect must be 'trino' or 'duckdb', not " + dialect);
  }
  return std::optional(std::move(dialect));
}

}  // namespace tarn::engine::trino
