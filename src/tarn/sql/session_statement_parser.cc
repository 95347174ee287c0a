#include "tarn/sql/session_statement_parser.h"

#include <string>
#include <utility>

#include "tarn/sql/definition_parser.h"
#include "tarn/sql/expression_parser.h"

namespace tarn::sql {
namespace {

/// SET TIME ZONE LOCAL | value.
Result<StatementNode> ParseTimeZone(Cursor& cursor) {
  statement::SetTimeZone set;
  RETURN_NOT_OK(cursor.Expect("ZONE"));
  if (!cursor.Take("LOCAL")) {
    ARROW_ASSIGN_OR_RAISE(set.zone, ParseExpression(cursor));
  }
  return StatementNode(std::move(set));
}

Result<StatementNode> ParsePath(Cursor& cursor) {
  statement::SetPath path;
  do {
    ARROW_ASSIGN_OR_RAISE(std::vector<Name> element, cursor.ExpectNames());
    path.elements.push_back(std::move(element));
  } while (cursor.TakeSymbol(","));
  return StatementNode(std::move(path));
}

/// SET ROLE ALL | NONE | name [IN catalog].
Result<StatementNode> ParseRole(Cursor& cursor) {
  statement::SetRole set;
  if (cursor.Take("ALL")) {
    set.choice = statement::RoleChoice::kAll;
  } else if (cursor.Take("NONE")) {
    set.choice = statement::RoleChoice::kNone;
  } else {
    ARROW_ASSIGN_OR_RAISE(set.role, cursor.ExpectName());
  }
  if (cursor.Take("IN")) {
    ARROW_ASSIGN_OR_RAISE(set.catalog, cursor.ExpectName());
  }
  return StatementNode(std::move(set));
}

/// SET SESSION AUTHORIZATION user, or property = value.
Result<StatementNode> ParseSession(Cursor& cursor) {
  if (cursor.Is("AUTHORIZATION") && !cursor.IsSymbol("=", 1) &&
      !cursor.IsSymbol(".", 1)) {
    cursor.TakeAny();
    statement::SetSessionAuthorization set;
    if (cursor.IsKind(TokenKind::kString)) {
      set.user = cursor.TakeAny().text;
    } else {
      cursor.Note("<string>");
      ARROW_ASSIGN_OR_RAISE(const Name name, cursor.ExpectName());
      set.user = name.text;
    }
    return StatementNode(std::move(set));
  }
  cursor.Note("AUTHORIZATION");
  statement::SetSession set{.name = {}, .value = nullptr};
  ARROW_ASSIGN_OR_RAISE(set.name, ParseObjectName(cursor));
  RETURN_NOT_OK(cursor.ExpectSymbol("="));
  ARROW_ASSIGN_OR_RAISE(set.value, ParseExpression(cursor));
  return StatementNode(std::move(set));
}

Status ParseIsolation(Cursor& cursor, statement::StartTransaction* start) {
  RETURN_NOT_OK(cursor.Expect("LEVEL"));
  if (cursor.Take("READ")) {
    const KeywordId level = cursor.TakeOneOf({"UNCOMMITTED", "COMMITTED"});
    start->isolation = "READ " + std::string(KeywordText(level));
    return level == 0 ? cursor.Mismatch() : Status::OK();
  }
  if (cursor.Take("REPEATABLE")) {
    start->isolation = "REPEATABLE READ";
    return cursor.Expect("READ");
  }
  start->isolation = "SERIALIZABLE";
  return cursor.Expect("SERIALIZABLE");
}

Status ParseUsing(Cursor& cursor, std::vector<ExpressionPtr>* parameters) {
  if (cursor.Take("USING")) {
    ARROW_ASSIGN_OR_RAISE(*parameters, ParseExpressions(cursor));
  }
  return Status::OK();
}

}  // namespace

Result<StatementNode> ParseSet(Cursor& cursor) {
  cursor.TakeAny();
  if (cursor.Take("SESSION")) {
    return ParseSession(cursor);
  }
  if (cursor.Take("TIME")) {
    return ParseTimeZone(cursor);
  }
  if (cursor.Take("PATH")) {
    return ParsePath(cursor);
  }
  return cursor.Take("ROLE") ? ParseRole(cursor)
                             : Result<StatementNode>(cursor.Mismatch());
}

Result<StatementNode> ParseReset(Cursor& cursor) {
  cursor.TakeAny();
  RETURN_NOT_OK(cursor.Expect("SESSION"));
  if (cursor.Is("AUTHORIZATION") && !cursor.IsSymbol(".", 1)) {
    cursor.TakeAny();
    return StatementNode(statement::SetSessionAuthorization{});
  }
  cursor.Note("AUTHORIZATION");
  statement::ResetSession reset;
  ARROW_ASSIGN_OR_RAISE(reset.name, ParseObjectName(cursor));
  return StatementNode(std::move(reset));
}

Result<StatementNode> ParseUse(Cursor& cursor) {
  cursor.TakeAny();
  statement::Use use;
  ARROW_ASSIGN_OR_RAISE(use.schema, cursor.ExpectName());
  if (cursor.TakeSymbol(".")) {
    use.catalog = std::move(use.schema);
    ARROW_ASSIGN_OR_RAISE(use.schema, cursor.ExpectName());
  }
  return StatementNode(std::move(use));
}

Result<StatementNode> ParseStartTransaction(Cursor& cursor) {
  statement::StartTransaction start;
  cursor.TakeAny();
  RETURN_NOT_OK(cursor.Expect("TRANSACTION"));
  bool has_modes = cursor.IsAny({"ISOLATION", "READ"});
  cursor.Note("ISOLATION");
  cursor.Note("READ");
  while (has_modes) {
    if (cursor.Take("ISOLATION")) {
      RETURN_NOT_OK(ParseIsolation(cursor, &start));
    } else {
      RETURN_NOT_OK(cursor.Expect("READ"));
      const KeywordId access = cursor.TakeOneOf({"ONLY", "WRITE"});
      if (access == 0) {
        return cursor.Mismatch();
      }
      start.is_read_only = access == Keyword("ONLY").id();
    }
    has_modes = cursor.TakeSymbol(",");
  }
  return StatementNode(std::move(start));
}

Result<StatementNode> ParseExecute(Cursor& cursor) {
  cursor.TakeAny();
  if (cursor.Is("IMMEDIATE") && cursor.Peek(1).kind == TokenKind::kString) {
    cursor.TakeAny();
    statement::ExecuteImmediate execute{.text_at = cursor.At(),
                                        .text = cursor.TakeAny().text};
    RETURN_NOT_OK(ParseUsing(cursor, &execute.parameters));
    return StatementNode(std::move(execute));
  }
  cursor.Note("IMMEDIATE");
  statement::Execute execute;
  ARROW_ASSIGN_OR_RAISE(execute.name, cursor.ExpectName());
  RETURN_NOT_OK(ParseUsing(cursor, &execute.parameters));
  return StatementNode(std::move(execute));
}

Result<StatementNode> ParseDeallocate(Cursor& cursor) {
  statement::Deallocate deallocate;
  cursor.TakeAny();
  RETURN_NOT_OK(cursor.Expect("PREPARE"));
  ARROW_ASSIGN_OR_RAISE(deallocate.name, cursor.ExpectName());
  return StatementNode(std::move(deallocate));
}

Result<StatementNode> ParseDescribe(Cursor& cursor) {
  cursor.TakeAny();
  if (cursor.IsAny({"INPUT", "OUTPUT"}) && cursor.IsName(1)) {
    const bool is_input = cursor.Is("INPUT");
    cursor.TakeAny();
    ARROW_ASSIGN_OR_RAISE(Name name, cursor.ExpectName());
    if (is_input) {
      return StatementNode(statement::DescribeInput{std::move(name)});
    }
    return StatementNode(statement::DescribeOutput{std::move(name)});
  }
  statement::Show show{.kind = statement::ShowKind::kColumns};
  // Spark's DESCRIBE [TABLE] EXTENDED | FORMATTED t.
  const size_t word = cursor.Is("TABLE") ? 1 : 0;
  const bool is_extended =
      cursor.PeekKeyword("extended", word) || cursor.PeekKeyword("formatted", word);
  if (is_extended && cursor.IsName(word + 1)) {
    show.kind = statement::ShowKind::kExtendedColumns;
    for (size_t i = 0; i <= word; ++i) {
      cursor.TakeAny();
    }
  }
  ARROW_ASSIGN_OR_RAISE(show.of, ParseObjectName(cursor));
  return StatementNode(std::move(show));
}

}  // namespace tarn::sql
