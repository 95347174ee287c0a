#include "tarn/sql/statement_parser.h"

#include <array>
#include <string>
#include <utility>

#include "tarn/sql/data_change_parser.h"
#include "tarn/sql/definition_parser.h"
#include "tarn/sql/query_parser.h"
#include "tarn/sql/session_statement_parser.h"
#include "tarn/sql/show_parser.h"

namespace tarn::sql {
namespace {

template <typename Statement>
Result<StatementNode> AsNode(Result<Statement> statement) {
  ARROW_ASSIGN_OR_RAISE(Statement value, std::move(statement));
  return StatementNode(std::move(value));
}

Result<TrinoStatementPtr> ParseInner(Cursor& cursor) {
  ARROW_ASSIGN_OR_RAISE(TrinoStatement inner, ParseTrinoStatement(cursor));
  return std::make_shared<const TrinoStatement>(std::move(inner));
}

/// (TYPE t, FORMAT f). Of ANALYZE, which is ours and not Trino's, FORMAT alone.
Status ParseExplainOptions(Cursor& cursor, statement::Explain* explain) {
  do {
    const bool is_type = !explain->is_analyze && cursor.Take("TYPE");
    if (!is_type) {
      RETURN_NOT_OK(cursor.Expect("FORMAT"));
    }
    const KeywordId word =
        is_type ? cursor.TakeOneOf({"LOGICAL", "DISTRIBUTED", "VALIDATE", "IO"})
                : cursor.TakeOneOf({"TEXT", "GRAPHVIZ", "JSON"});
    if (word == 0) {
      return cursor.Mismatch();
    }
    (is_type ? explain->type : explain->format) = KeywordText(word);
  } while (cursor.TakeSymbol(","));
  return cursor.ExpectSymbol(")");
}

Result<StatementNode> ParseExplain(Cursor& cursor) {
  const Cursor::Level level(cursor);
  RETURN_NOT_OK(level.Enter());
  statement::Explain explain;
  cursor.TakeAny();
  if (cursor.Take("ANALYZE")) {
    explain.is_analyze = true;
    explain.is_verbose = cursor.Take("VERBOSE");
    if (cursor.IsAny({"FORMAT"}, 1) && cursor.TakeSymbol("(")) {
      RETURN_NOT_OK(ParseExplainOptions(cursor, &explain));
    }
  } else if (cursor.IsAny({"TYPE", "FORMAT"}, 1) && cursor.TakeSymbol("(")) {
    RETURN_NOT_OK(ParseExplainOptions(cursor, &explain));
  } else {
    cursor.Note("(");
  }
  ARROW_ASSIGN_OR_RAISE(explain.statement, ParseInner(cursor));
  return StatementNode(std::move(explain));
}

Result<StatementNode> ParsePrepare(Cursor& cursor) {
  const Cursor::Level level(cursor);
  RETURN_NOT_OK(level.Enter());
  statement::Prepare prepare;
  cursor.TakeAny();
  ARROW_ASSIGN_OR_RAISE(prepare.name, cursor.ExpectName());
  RETURN_NOT_OK(cursor.Expect("FROM"));
  ARROW_ASSIGN_OR_RAISE(prepare.statement, ParseInner(cursor));
  return StatementNode(std::move(prepare));
}

Result<StatementNode> ParseCall(Cursor& cursor) {
  statement::Call call;
  cursor.TakeAny();
  ARROW_ASSIGN_OR_RAISE(call.name, ParseObjectName(cursor));
  ARROW_ASSIGN_OR_RAISE(call.arguments, ParseProcedureArguments(cursor));
  return StatementNode(std::move(call));
}

Result<StatementNode> ParseAnalyze(Cursor& cursor) {
  statement::Analyze analyze;
  cursor.TakeAny();
  ARROW_ASSIGN_OR_RAISE(analyze.table, ParseObjectName(cursor));
  if (cursor.Take("WITH")) {
    ARROW_ASSIGN_OR_RAISE(analyze.properties, ParseTrinoProperties(cursor));
  }
  return StatementNode(std::move(analyze));
}

Result<StatementNode> ParseTruncate(Cursor& cursor) {
  statement::Truncate truncate;
  cursor.TakeAny();
  RETURN_NOT_OK(cursor.Expect("TABLE"));
  ARROW_ASSIGN_OR_RAISE(truncate.table, ParseObjectName(cursor));
  return StatementNode(std::move(truncate));
}

Result<StatementNode> ParseRefresh(Cursor& cursor) {
  statement::RefreshMaterializedView refresh;
  cursor.TakeAny();
  RETURN_NOT_OK(cursor.Expect({"MATERIALIZED", "VIEW"}));
  ARROW_ASSIGN_OR_RAISE(refresh.name, ParseObjectName(cursor));
  return StatementNode(std::move(refresh));
}

Result<StatementNode> ParseCommit(Cursor& cursor) {
  cursor.TakeAny();
  cursor.Take("WORK");
  return StatementNode(statement::Commit{});
}

Result<StatementNode> ParseRollback(Cursor& cursor) {
  cursor.TakeAny();
  cursor.Take("WORK");
  return StatementNode(statement::Rollback{});
}

struct Kind {
  Keyword word;
  Result<StatementNode> (*parse)(Cursor&);
};
constexpr std::array<Kind, 29> kKinds = {{
    {"ALTER", ParseAlter},
    {"ANALYZE", ParseAnalyze},
    {"CALL", ParseCall},
    {"COMMENT", ParseComment},
    {"COMMIT", ParseCommit},
    {"CREATE", ParseCreate},
    {"DEALLOCATE", ParseDeallocate},
    {"DELETE", [](Cursor& cursor) { return AsNode(ParseDelete(cursor)); }},
    {"DENY", ParseGrant},
    {"DESC", ParseDescribe},
    {"DESCRIBE", ParseDescribe},
    {"DROP", ParseDrop},
    {"EXECUTE", ParseExecute},
    {"EXPLAIN", ParseExplain},
    {"GRANT", ParseGrant},
    {"INSERT", [](Cursor& cursor) { return AsNode(ParseInsert(cursor)); }},
    {"MERGE", [](Cursor& cursor) { return AsNode(ParseMerge(cursor)); }},
    {"PREPARE", ParsePrepare},
    {"REFRESH", ParseRefresh},
    {"RESET", ParseReset},
    {"REVOKE", ParseGrant},
    {"ROLLBACK", ParseRollback},
    {"SET", ParseSet},
    {"SHOW", ParseShow},
    {"START", ParseStartTransaction},
    {"TRUNCATE", ParseTruncate},
    {"UPDATE", [](Cursor& cursor) { return AsNode(ParseUpdate(cursor)); }},
    {"USE", ParseUse},
    {"WITH", [](Cursor& cursor) { return AsNode(ParseQuery(cursor)); }},
}};

Result<StatementNode> ParseNode(Cursor& cursor) {
  const KeywordId word = cursor.Peek().keyword;
  for (const Kind& kind : kKinds) {
    if (word == kind.word.id()) {
      return kind.parse(cursor);
    }
  }
  for (const Kind& kind : kKinds) {
    cursor.Note(kind.word.text());
  }
  return AsNode(ParseQuery(cursor));
}

}  // namespace

Result<TrinoStatement> ParseTrinoStatement(Cursor& cursor) {
  TrinoStatement statement{.at = cursor.At(), .node = {}};
  const size_t start = cursor.Peek().offset;
  const int32_t parameters = cursor.num_parameters();
  ARROW_ASSIGN_OR_RAISE(statement.node, ParseNode(cursor));
  statement.num_parameters = cursor.num_parameters() - parameters;
  statement.text = cursor.sql().substr(start, cursor.TakenEnd() - start);
  return statement;
}

Result<TrinoStatement> ParseTrinoStatement(std::string_view text) {
  Cursor cursor(text);
  ARROW_ASSIGN_OR_RAISE(TrinoStatement statement, ParseTrinoStatement(cursor));
  if (!cursor.AtEnd()) {
    cursor.Note("<EOF>");
    return cursor.Mismatch();
  }
  return statement;
}

}  // namespace tarn::sql
