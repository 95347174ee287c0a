#include "tarn/sql/definition_parser.h"

#include <array>
#include <string>
#include <utility>

#include "tarn/sql/alter_parser.h"
#include "tarn/sql/clauses.h"
#include "tarn/sql/expression_parser.h"
#include "tarn/sql/query_parser.h"
#include "tarn/sql/table_definition_parser.h"

namespace tarn::sql {
namespace {

using statement::ObjectKind;

Result<bool> TakeIfNotExists(Cursor& cursor) {
  if (!cursor.Is("NOT", 1) || !cursor.Take("IF")) {
    cursor.Note("IF");
    return false;
  }
  RETURN_NOT_OK(cursor.Expect({"NOT", "EXISTS"}));
  return true;
}

Result<bool> TakeIfExists(Cursor& cursor) {
  if (!cursor.Is("EXISTS", 1) || !cursor.Take("IF")) {
    cursor.Note("IF");
    return false;
  }
  cursor.TakeAny();
  return true;
}

Result<std::optional<std::string>> ParseCommentClause(Cursor& cursor) {
  std::optional<std::string> comment;
  if (cursor.Take("COMMENT")) {
    ARROW_ASSIGN_OR_RAISE(comment, cursor.ExpectString());
  }
  return comment;
}

// ---- CREATE

Result<StatementNode> ParseCreateSchema(Cursor& cursor) {
  statement::CreateSchemaStatement create;
  ARROW_ASSIGN_OR_RAISE(const bool if_not_exists, TakeIfNotExists(cursor));
  create.schema.if_exists = if_not_exists ? IfExists::kSkip : IfExists::kFail;
  ARROW_ASSIGN_OR_RAISE(create.name, ParseObjectName(cursor));
  create.schema.name = ToQualifiedName(create.name.parts);
  if (cursor.Is("AUTHORIZATION")) {
    return Cursor::NotSupported(cursor.At(), "CREATE SCHEMA … AUTHORIZATION");
  }
  if (cursor.Take("WITH")) {
    ARROW_ASSIGN_OR_RAISE(create.properties, ParseTrinoProperties(cursor));
  }
  for (const statement::Property& property : create.properties) {
    PropertyValue value;
    if (property.value != nullptr && ToPropertyValue(*property.value, &value)) {
      create.schema.properties[property.name.text] = std::move(value);
    }
  }
  return StatementNode(std::move(create));
}

/// Spark's (a, b COMMENT 'text').
Status ParseViewColumns(Cursor& cursor, std::vector<statement::ViewColumn>* columns) {
  RETURN_NOT_OK(cursor.ExpectSymbol("("));
  do {
    statement::ViewColumn column;
    ARROW_ASSIGN_OR_RAISE(column.name, cursor.ExpectName());
    ARROW_ASSIGN_OR_RAISE(column.comment, ParseCommentClause(cursor));
    columns->push_back(std::move(column));
  } while (cursor.TakeSymbol(","));
  return cursor.ExpectSymbol(")");
}

Result<StatementNode> ParseCreateView(Cursor& cursor, bool or_replace) {
  statement::CreateView view{.name = {}, .or_replace = or_replace, .query = nullptr};
  if (cursor.Is("IF") && cursor.Is("NOT", 1)) {  // Spark's: Trino expects a name
    ARROW_ASSIGN_OR_RAISE(view.if_not_exists, TakeIfNotExists(cursor));
  }
  ARROW_ASSIGN_OR_RAISE(view.name, ParseObjectName(cursor));
  if (cursor.IsSymbol("(")) {
    RETURN_NOT_OK(ParseViewColumns(cursor, &view.columns));
  }
  ARROW_ASSIGN_OR_RAISE(view.comment, ParseCommentClause(cursor));
  if (cursor.Is("TBLPROPERTIES")) {
    cursor.TakeAny();
    RETURN_NOT_OK(ParseProperties(cursor, &view.table_properties));
  }
  if (cursor.Take("SECURITY")) {
    const KeywordId security = cursor.TakeOneOf({"DEFINER", "INVOKER"});
    if (security == 0) {
      return cursor.Mismatch();
    }
    view.security = security == Keyword("DEFINER").id()
                        ? statement::ViewSecurity::kDefiner
                        : statement::ViewSecurity::kInvoker;
  }
  if (cursor.Take("WITH")) {
    ARROW_ASSIGN_OR_RAISE(view.properties, ParseTrinoProperties(cursor));
  }
  RETURN_NOT_OK(cursor.Expect("AS"));
  ARROW_ASSIGN_OR_RAISE(view.query, ParseQuery(cursor));
  return StatementNode(std::move(view));
}

Status ParseFreshness(Cursor& cursor, statement::CreateMaterializedView* view) {
  if (cursor.Take("GRACE")) {
    RETURN_NOT_OK(cursor.Expect("PERIOD"));
    if (!cursor.Is("INTERVAL")) {
      return cursor.Expect("INTERVAL");
    }
    ARROW_ASSIGN_OR_RAISE(view->grace_period, ParseValueExpression(cursor));
  }
  if (!cursor.Take("WHEN")) {
    return Status::OK();
  }
  RETURN_NOT_OK(cursor.Expect("STALE"));
  const KeywordId choice = cursor.TakeOneOf({"INLINE", "FAIL"});
  if (choice == 0) {
    return cursor.Mismatch();
  }
  view->when_stale = choice == Keyword("INLINE").id() ? statement::WhenStale::kInline
                                                      : statement::WhenStale::kFail;
  return Status::OK();
}

Result<StatementNode> ParseCreateMaterializedView(Cursor& cursor, bool or_replace) {
  statement::CreateMaterializedView view{.name = {}, .query = nullptr};
  RETURN_NOT_OK(cursor.Expect("VIEW"));
  ARROW_ASSIGN_OR_RAISE(const bool if_not_exists, TakeIfNotExists(cursor));
  view.if_exists = or_replace      ? IfExists::kReplace
                   : if_not_exists ? IfExists::kSkip
                                   : IfExists::kFail;
  ARROW_ASSIGN_OR_RAISE(view.name, ParseObjectName(cursor));
  RETURN_NOT_OK(ParseFreshness(cursor, &view));
  ARROW_ASSIGN_OR_RAISE(view.comment, ParseCommentClause(cursor));
  if (cursor.Take("WITH")) {
    ARROW_ASSIGN_OR_RAISE(view.properties, ParseTrinoProperties(cursor));
  }
  RETURN_NOT_OK(cursor.Expect("AS"));
  ARROW_ASSIGN_OR_RAISE(view.query, ParseQuery(cursor));
  return StatementNode(std::move(view));
}

Result<StatementNode> ParseCreateCatalog(Cursor& cursor) {
  statement::CreateCatalog catalog;
  ARROW_ASSIGN_OR_RAISE(catalog.if_not_exists, TakeIfNotExists(cursor));
  ARROW_ASSIGN_OR_RAISE(catalog.name, cursor.ExpectName());
  RETURN_NOT_OK(cursor.Expect("USING"));
  ARROW_ASSIGN_OR_RAISE(catalog.connector, cursor.ExpectName());
  ARROW_ASSIGN_OR_RAISE(catalog.comment, ParseCommentClause(cursor));
  if (cursor.Is("AUTHORIZATION")) {
    return Cursor::NotSupported(cursor.At(), "CREATE CATALOG … AUTHORIZATION");
  }
  if (cursor.Take("WITH")) {
    ARROW_ASSIGN_OR_RAISE(catalog.properties, ParseTrinoProperties(cursor));
  }
  return StatementNode(std::move(catalog));
}

Result<StatementNode> ParseCreateRole(Cursor& cursor) {
  statement::CreateRole role;
  ARROW_ASSIGN_OR_RAISE(role.name, cursor.ExpectName());
  if (cursor.Take("WITH")) {
    RETURN_NOT_OK(cursor.Expect("ADMIN"));
    ARROW_ASSIGN_OR_RAISE(role.admin, ParsePrincipal(cursor));
  }
  if (cursor.Take("IN")) {
    ARROW_ASSIGN_OR_RAISE(role.catalog, cursor.ExpectName());
  }
  return StatementNode(std::move(role));
}

Result<StatementNode> ParseCreateBranch(Cursor& cursor, bool or_replace) {
  statement::CreateBranch branch;
  ARROW_ASSIGN_OR_RAISE(const bool if_not_exists, TakeIfNotExists(cursor));
  branch.if_exists = or_replace      ? IfExists::kReplace
                     : if_not_exists ? IfExists::kSkip
                                     : IfExists::kFail;
  ARROW_ASSIGN_OR_RAISE(branch.branch, cursor.ExpectName());
  if (cursor.Take("WITH")) {
    ARROW_ASSIGN_OR_RAISE(branch.properties, ParseTrinoProperties(cursor));
  }
  RETURN_NOT_OK(cursor.Expect({"IN", "TABLE"}));
  ARROW_ASSIGN_OR_RAISE(branch.table, ParseObjectName(cursor));
  if (cursor.Take("FROM")) {
    ARROW_ASSIGN_OR_RAISE(branch.from, cursor.ExpectName());
  }
  return StatementNode(std::move(branch));
}

// ---- DROP and ALTER

struct KindWord {
  Keyword word;
  ObjectKind kind;
};
constexpr std::array<KindWord, 7> kKinds = {{
    {"TABLE", ObjectKind::kTable},
    {"VIEW", ObjectKind::kView},
    {"MATERIALIZED", ObjectKind::kMaterializedView},
    {"SCHEMA", ObjectKind::kSchema},
    {"CATALOG", ObjectKind::kCatalog},
    {"ROLE", ObjectKind::kRole},
    {"BRANCH", ObjectKind::kBranch},
}};

Result<ObjectKind> ExpectKind(Cursor& cursor) {
  if (cursor.Is("FUNCTION")) {
    return Cursor::NotSupported(cursor.At(), "a function written in SQL");
  }
  for (const KindWord& one : kKinds) {
    if (one.kind == ObjectKind::kBranch ? cursor.Is(one.word) : cursor.Take(one.word)) {
      if (one.kind == ObjectKind::kBranch) {
        cursor.TakeAny();
      }
      if (one.kind == ObjectKind::kMaterializedView) {
        RETURN_NOT_OK(cursor.Expect("VIEW"));
      }
      return one.kind;
    }
  }
  cursor.Note("FUNCTION");
  return cursor.Mismatch();
}

Result<StatementNode> ParseRename(Cursor& cursor, ObjectKind kind,
                                  statement::ObjectName name, bool if_exists) {
  statement::Rename rename{.kind = kind, .name = std::move(name), .if_exists = if_exists};
  RETURN_NOT_OK(cursor.Expect("TO"));
  ARROW_ASSIGN_OR_RAISE(rename.new_name, ParseObjectName(cursor));
  return StatementNode(std::move(rename));
}

Result<StatementNode> ParseExecuteProcedure(Cursor& cursor, statement::ObjectName table) {
  statement::ExecuteProcedure execute{.table = std::move(table), .procedure = {}};
  ARROW_ASSIGN_OR_RAISE(execute.procedure, cursor.ExpectName());
  if (cursor.IsSymbol("(")) {
    ARROW_ASSIGN_OR_RAISE(execute.arguments, ParseProcedureArguments(cursor));
  } else {
    cursor.Note("(");
  }
  if (cursor.Take("WHERE")) {
    ARROW_ASSIGN_OR_RAISE(execute.where, ParseExpression(cursor));
  }
  return StatementNode(std::move(execute));
}

Result<StatementNode> ParseSetOf(Cursor& cursor, ObjectKind kind,
                                 statement::ObjectName name) {
  if (cursor.Take("AUTHORIZATION")) {
    statement::SetAuthorization set{.kind = kind, .name = std::move(name), .owner = {}};
    ARROW_ASSIGN_OR_RAISE(set.owner, ParsePrincipal(cursor));
    return StatementNode(std::move(set));
  }
  if (kind == ObjectKind::kSchema) {
    return cursor.Mismatch();
  }
  RETURN_NOT_OK(cursor.Expect("PROPERTIES"));
  statement::SetProperties set{.kind = kind, .name = std::move(name)};
  ARROW_ASSIGN_OR_RAISE(set.properties, ParsePropertyAssignments(cursor));
  return StatementNode(std::move(set));
}

/// What Spark's ALTER VIEW does beyond Trino's: AS query, SET and UNSET TBLPROPERTIES;
/// nothing taken and unset if none comes.
Result<std::optional<StatementNode>> ParseSparkAlterView(
    Cursor& cursor, const statement::ObjectName& name) {
  if (cursor.Is("AS")) {
    cursor.TakeAny();
    statement::CreateView view{
        .name = name, .or_replace = true, .is_alter = true, .query = nullptr};
    ARROW_ASSIGN_OR_RAISE(view.query, ParseQuery(cursor));
    return StatementNode(std::move(view));
  }
  if (!cursor.Is("TBLPROPERTIES", 1)) {
    return std::nullopt;
  }
  statement::SetProperties set{.kind = ObjectKind::kView, .name = name};
  const bool is_set = cursor.Is("SET");
  if (!is_set && !cursor.PeekKeyword("unset")) {
    return std::nullopt;
  }
  cursor.TakeAny();
  cursor.TakeAny();
  RETURN_NOT_OK(is_set ? ParseProperties(cursor, &set.table_properties)
                       : ParseUnsetProperties(cursor, &set.unset));
  return StatementNode(std::move(set));
}

/// ALTER TABLE: what changes its metadata is AlterParser's, in all spellings.
Result<StatementNode> ParseAlterTableRest(Cursor& cursor) {
  const size_t start = cursor.position();
  ARROW_ASSIGN_OR_RAISE(const bool if_exists, TakeIfExists(cursor));
  ARROW_ASSIGN_OR_RAISE(statement::ObjectName name, ParseObjectName(cursor));
  if (!if_exists && cursor.Take("EXECUTE")) {
    return ParseExecuteProcedure(cursor, std::move(name));
  }
  if (cursor.Is("SET") && cursor.Is("AUTHORIZATION", 1)) {
    cursor.TakeAny();
    return ParseSetOf(cursor, ObjectKind::kTable, std::move(name));
  }
  for (const std::string_view word : {"ADD", "ALTER", "DROP", "RENAME", "SET"}) {
    cursor.Note(word);
  }
  const size_t action = cursor.position();
  cursor.Rewind(start);
  ARROW_ASSIGN_OR_RAISE(std::optional<AlterTable> alter,
                        ParseAlterTable(cursor.sql(), cursor));
  if (!alter.has_value()) {
    cursor.Rewind(std::max(action, cursor.position()));
    return cursor.Mismatch();
  }
  return StatementNode(*std::move(alter));
}

Result<StatementNode> ParseAlterBranch(Cursor& cursor) {
  statement::FastForwardBranch forward;
  ARROW_ASSIGN_OR_RAISE(forward.branch, cursor.ExpectName());
  RETURN_NOT_OK(cursor.Expect({"IN", "TABLE"}));
  ARROW_ASSIGN_OR_RAISE(forward.table, ParseObjectName(cursor));
  RETURN_NOT_OK(cursor.Expect({"FAST", "FORWARD", "TO"}));
  ARROW_ASSIGN_OR_RAISE(forward.to, cursor.ExpectName());
  return StatementNode(std::move(forward));
}

}  // namespace

Result<StatementNode> ParseCreate(Cursor& cursor) {
  cursor.TakeAny();
  const bool or_replace = cursor.Take("OR");
  if (or_replace) {
    RETURN_NOT_OK(cursor.Expect("REPLACE"));
  }
  if (cursor.Take("TABLE")) {
    ARROW_ASSIGN_OR_RAISE(auto create, ParseCreateTableRest(cursor, or_replace));
    return StatementNode(std::move(create));
  }
  if (cursor.Take("VIEW")) {
    return ParseCreateView(cursor, or_replace);
  }
  if (cursor.Take("MATERIALIZED")) {
    return ParseCreateMaterializedView(cursor, or_replace);
  }
  if (cursor.Is("BRANCH")) {
    cursor.TakeAny();
    return ParseCreateBranch(cursor, or_replace);
  }
  if (cursor.Is("FUNCTION")) {
    return Cursor::NotSupported(cursor.At(), "a function written in SQL");
  }
  cursor.Note("FUNCTION");
  if (or_replace) {
    return cursor.Mismatch();
  }
  if (cursor.Take("SCHEMA")) {
    return ParseCreateSchema(cursor);
  }
  if (cursor.Take("CATALOG")) {
    return ParseCreateCatalog(cursor);
  }
  return cursor.Take("ROLE") ? ParseCreateRole(cursor)
                             : Result<StatementNode>(cursor.Mismatch());
}

Result<StatementNode> ParseDrop(Cursor& cursor) {
  cursor.TakeAny();
  ARROW_ASSIGN_OR_RAISE(const ObjectKind kind, ExpectKind(cursor));
  statement::Drop drop{.kind = kind, .name = {}};
  ARROW_ASSIGN_OR_RAISE(drop.if_exists, TakeIfExists(cursor));
  ARROW_ASSIGN_OR_RAISE(drop.name, ParseObjectName(cursor));
  if (kind == ObjectKind::kSchema || kind == ObjectKind::kCatalog) {
    drop.is_cascade = cursor.Take("CASCADE");
    if (!drop.is_cascade) {
      cursor.Take("RESTRICT");
    }
  } else if (kind == ObjectKind::kRole && cursor.Take("IN")) {
    ARROW_ASSIGN_OR_RAISE(drop.in, ParseObjectName(cursor));
  } else if (kind == ObjectKind::kBranch) {
    RETURN_NOT_OK(cursor.Expect({"IN", "TABLE"}));
    ARROW_ASSIGN_OR_RAISE(drop.in, ParseObjectName(cursor));
  }
  return StatementNode(std::move(drop));
}

Result<StatementNode> ParseAlter(Cursor& cursor) {
  cursor.TakeAny();
  if (cursor.Take("TABLE")) {
    return ParseAlterTableRest(cursor);
  }
  if (cursor.Is("BRANCH")) {
    cursor.TakeAny();
    return ParseAlterBranch(cursor);
  }
  ARROW_ASSIGN_OR_RAISE(const ObjectKind kind, ExpectKind(cursor));
  bool if_exists = false;
  if (kind == ObjectKind::kMaterializedView) {
    ARROW_ASSIGN_OR_RAISE(if_exists, TakeIfExists(cursor));
  }
  ARROW_ASSIGN_OR_RAISE(statement::ObjectName name, ParseObjectName(cursor));
  if (kind == ObjectKind::kView) {
    if (cursor.Is("REFRESH")) {
      return Cursor::NotSupported(cursor.At(), "ALTER VIEW … REFRESH");
    }
    ARROW_ASSIGN_OR_RAISE(auto spark, ParseSparkAlterView(cursor, name));
    if (spark.has_value()) {
      return *std::move(spark);
    }
  }
  if (cursor.Take("RENAME")) {
    return ParseRename(cursor, kind, std::move(name), if_exists);
  }
  RETURN_NOT_OK(cursor.Expect("SET"));
  return ParseSetOf(cursor, kind, std::move(name));
}

Result<StatementNode> ParseComment(Cursor& cursor) {
  cursor.TakeAny();
  RETURN_NOT_OK(cursor.Expect("ON"));
  const KeywordId word = cursor.TakeOneOf({"TABLE", "VIEW", "COLUMN"});
  if (word == 0) {
    return cursor.Mismatch();
  }
  statement::Comment comment{.kind = word == Keyword("TABLE").id()  ? ObjectKind::kTable
                                     : word == Keyword("VIEW").id() ? ObjectKind::kView
                                                                    : ObjectKind::kColumn,
                             .name = {},
                             .text = {}};
  ARROW_ASSIGN_OR_RAISE(comment.name, ParseObjectName(cursor));
  RETURN_NOT_OK(cursor.Expect("IS"));
  if (!cursor.Take("NULL")) {
    ARROW_ASSIGN_OR_RAISE(comment.text, cursor.ExpectString());
  }
  return StatementNode(std::move(comment));
}

// ---- Clauses

Result<statement::ObjectName> ParseObjectName(Cursor& cursor) {
  statement::ObjectName name{.at = cursor.At()};
  ARROW_ASSIGN_OR_RAISE(name.parts, cursor.ExpectNames());
  return name;
}

Result<std::vector<statement::Property>> ParsePropertyAssignments(Cursor& cursor) {
  std::vector<statement::Property> properties;
  do {
    statement::Property property{.at = cursor.At(), .name = {}};
    ARROW_ASSIGN_OR_RAISE(property.name, cursor.ExpectName());
    RETURN_NOT_OK(cursor.ExpectSymbol("="));
    if (!cursor.Take("DEFAULT")) {
      ARROW_ASSIGN_OR_RAISE(property.value, ParseExpression(cursor));
    }
    properties.push_back(std::move(property));
  } while (cursor.TakeSymbol(","));
  return properties;
}

Result<std::vector<statement::Property>> ParseTrinoProperties(Cursor& cursor) {
  RETURN_NOT_OK(cursor.ExpectSymbol("("));
  ARROW_ASSIGN_OR_RAISE(auto properties, ParsePropertyAssignments(cursor));
  RETURN_NOT_OK(cursor.ExpectSymbol(")"));
  return properties;
}

Result<statement::Principal> ParsePrincipal(Cursor& cursor) {
  statement::Principal principal;
  if (cursor.IsAny({"USER", "ROLE"}) && cursor.IsName(1)) {
    principal.kind = cursor.Is("USER") ? statement::PrincipalKind::kUser
                                       : statement::PrincipalKind::kRole;
    cursor.TakeAny();
  } else {
    cursor.Note("USER");
    cursor.Note("ROLE");
  }
  ARROW_ASSIGN_OR_RAISE(principal.name, cursor.ExpectName());
  return principal;
}

Result<std::vector<node::Argument>> ParseProcedureArguments(Cursor& cursor) {
  std::vector<node::Argument> arguments;
  RETURN_NOT_OK(cursor.ExpectSymbol("("));
  while (arguments.empty() ? !cursor.IsSymbol(")") : cursor.TakeSymbol(",")) {
    node::Argument argument;
    // Reserved words too: Spark's procedures have parameters called table and where.
    const bool is_word = cursor.IsKind(TokenKind::kWord);
    if ((is_word || cursor.IsName()) && cursor.IsSymbol("=>", 1)) {
      argument.name = Name{.text = cursor.TakeAny().text, .is_quoted = !is_word};
      cursor.TakeAny();
    }
    ARROW_ASSIGN_OR_RAISE(argument.value, ParseExpression(cursor));
    arguments.push_back(std::move(argument));
  }
  RETURN_NOT_OK(cursor.ExpectSymbol(")"));
  return arguments;
}

}  // namespace tarn::sql
