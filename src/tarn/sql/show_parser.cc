#include "tarn/sql/show_parser.h"

#include <array>
#include <string>
#include <utility>

#include "tarn/sql/clauses.h"
#include "tarn/sql/definition_parser.h"
#include "tarn/sql/query_parser.h"

namespace tarn::sql {
namespace {

using statement::Show;
using statement::ShowKind;

/// [LIKE pattern [ESCAPE escape]].
Status ParseLike(Cursor& cursor, Show* show) {
  if (!cursor.Take("LIKE")) {
    return Status::OK();
  }
  ARROW_ASSIGN_OR_RAISE(show->like, cursor.ExpectString());
  if (cursor.Take("ESCAPE")) {
    ARROW_ASSIGN_OR_RAISE(show->escape, cursor.ExpectString());
  }
  return Status::OK();
}

/// [FROM | IN name].
Status ParseFrom(Cursor& cursor, Show* show) {
  if (cursor.TakeOneOf({"FROM", "IN"}) != 0) {
    ARROW_ASSIGN_OR_RAISE(show->of, ParseObjectName(cursor));
  }
  return Status::OK();
}

Result<StatementNode> ParseShowCreate(Cursor& cursor) {
  Show show{.kind = ShowKind::kCreateTable};
  const KeywordId word =
      cursor.TakeOneOf({"TABLE", "VIEW", "MATERIALIZED", "SCHEMA", "FUNCTION"});
  if (word == 0) {
    return cursor.Mismatch();
  }
  if (word == Keyword("VIEW").id()) {
    show.kind = ShowKind::kCreateView;
  } else if (word == Keyword("MATERIALIZED").id()) {
    RETURN_NOT_OK(cursor.Expect("VIEW"));
    show.kind = ShowKind::kCreateMaterializedView;
  } else if (word == Keyword("SCHEMA").id()) {
    show.kind = ShowKind::kCreateSchema;
  } else if (word == Keyword("FUNCTION").id()) {
    show.kind = ShowKind::kCreateFunction;
  }
  ARROW_ASSIGN_OR_RAISE(show.of, ParseObjectName(cursor));
  return StatementNode(std::move(show));
}

/// SHOW STATS FOR name | (query).
Result<StatementNode> ParseShowStats(Cursor& cursor) {
  Show show{.kind = ShowKind::kStats};
  RETURN_NOT_OK(cursor.Expect("FOR"));
  if (cursor.IsSymbol("(")) {
    ARROW_ASSIGN_OR_RAISE(show.query, ParseParenthesisedQuery(cursor));
  } else {
    cursor.Note("(");
    ARROW_ASSIGN_OR_RAISE(show.of, ParseObjectName(cursor));
  }
  return StatementNode(std::move(show));
}

/// SHOW GRANTS [ON [TABLE] name].
Result<StatementNode> ParseShowGrants(Cursor& cursor) {
  Show show{.kind = ShowKind::kGrants};
  if (cursor.Take("ON")) {
    if (cursor.IsName(1)) {
      cursor.Take("TABLE");
    }
    cursor.Take("TABLE");
    ARROW_ASSIGN_OR_RAISE(show.of, ParseObjectName(cursor));
  }
  return StatementNode(std::move(show));
}

/// Spark's TBLPROPERTIES t [('key')].
Result<StatementNode> ParseShowTableProperties(Cursor& cursor) {
  cursor.TakeAny();
  Show show{.kind = ShowKind::kTableProperties};
  ARROW_ASSIGN_OR_RAISE(show.of, ParseObjectName(cursor));
  if (cursor.TakeSymbol("(")) {
    ARROW_ASSIGN_OR_RAISE(show.like, ParsePropertyKey(cursor));
    RETURN_NOT_OK(cursor.ExpectSymbol(")"));
  }
  return StatementNode(std::move(show));
}

Result<StatementNode> ParseShowRoles(Cursor& cursor, ShowKind kind) {
  Show show{.kind = kind};
  RETURN_NOT_OK(ParseFrom(cursor, &show));
  return StatementNode(std::move(show));
}

Result<StatementNode> ParseShowList(Cursor& cursor, ShowKind kind) {
  Show show{.kind = kind};
  if (kind == ShowKind::kColumns) {
    if (cursor.TakeOneOf({"FROM", "IN"}) == 0) {
      return cursor.Mismatch();
    }
    ARROW_ASSIGN_OR_RAISE(show.of, ParseObjectName(cursor));
  } else if (kind != ShowKind::kCatalogs && kind != ShowKind::kSession) {
    RETURN_NOT_OK(ParseFrom(cursor, &show));
  }
  RETURN_NOT_OK(ParseLike(cursor, &show));
  return StatementNode(std::move(show));
}

// ---- Rights

constexpr std::array<Keyword, 5> kPrivileges = {"CREATE", "SELECT", "DELETE", "INSERT",
                                                "UPDATE"};

/// ALL PRIVILEGES, or names of them; nothing taken and false if none comes.
Result<bool> ParsePrivileges(Cursor& cursor, statement::Grant* grant) {
  if (cursor.Take("ALL")) {
    RETURN_NOT_OK(cursor.Expect("PRIVILEGES"));
    return true;
  }
  do {
    KeywordId id = 0;
    for (const Keyword privilege : kPrivileges) {
      if (cursor.Take(privilege)) {
        id = privilege.id();
        break;
      }
    }
    if (id == 0) {
      return grant->privileges.empty() ? Result<bool>(false) : cursor.Mismatch();
    }
    grant->privileges.emplace_back(KeywordText(id));
  } while (cursor.TakeSymbol(","));
  return true;
}

/// ON [TABLE | SCHEMA | BRANCH b IN] name.
Status ParseEntity(Cursor& cursor, statement::Grant* grant) {
  RETURN_NOT_OK(cursor.Expect("ON"));
  if (cursor.Is("BRANCH") && cursor.IsName(1) && cursor.Is("IN", 2)) {
    cursor.TakeAny();
    ARROW_ASSIGN_OR_RAISE(grant->branch, cursor.ExpectName());
    cursor.TakeAny();
  }
  if (cursor.Take("TABLE")) {
    grant->entity = "TABLE";
  } else if (cursor.IsName(1) && cursor.Take("SCHEMA")) {
    grant->entity = "SCHEMA";
  }
  ARROW_ASSIGN_OR_RAISE(grant->on, ParseObjectName(cursor));
  return Status::OK();
}

Result<std::vector<statement::Principal>> ParsePrincipals(Cursor& cursor) {
  std::vector<statement::Principal> principals;
  do {
    ARROW_ASSIGN_OR_RAISE(statement::Principal principal, ParsePrincipal(cursor));
    principals.push_back(std::move(principal));
  } while (cursor.TakeSymbol(","));
  return principals;
}

/// GRANT r, s TO u [WITH ADMIN OPTION] [GRANTED BY g] [IN catalog].
Result<StatementNode> ParseRoles(Cursor& cursor, bool is_revoke) {
  statement::GrantRoles roles{.is_revoke = is_revoke};
  if (is_revoke && cursor.Is("OPTION", 1) && cursor.Is("ADMIN")) {
    cursor.TakeAny();
    cursor.TakeAny();
    RETURN_NOT_OK(cursor.Expect("FOR"));
    roles.admin_option = true;
  }
  do {
    ARROW_ASSIGN_OR_RAISE(Name name, cursor.ExpectName());
    roles.roles.push_back(std::move(name));
  } while (cursor.TakeSymbol(","));
  RETURN_NOT_OK(is_revoke ? cursor.Expect("FROM") : cursor.Expect("TO"));
  ARROW_ASSIGN_OR_RAISE(roles.principals, ParsePrincipals(cursor));
  if (!is_revoke && cursor.Take("WITH")) {
    RETURN_NOT_OK(cursor.Expect({"ADMIN", "OPTION"}));
    roles.admin_option = true;
  }
  if (cursor.Take("GRANTED")) {
    RETURN_NOT_OK(cursor.Expect("BY"));
    ARROW_ASSIGN_OR_RAISE(roles.granted_by, ParsePrincipal(cursor));
  }
  if (cursor.Take("IN")) {
    ARROW_ASSIGN_OR_RAISE(roles.catalog, cursor.ExpectName());
  }
  return StatementNode(std::move(roles));
}

}  // namespace

Result<StatementNode> ParseShow(Cursor& cursor) {
  struct List {
    Keyword word;
    ShowKind kind;
  };
  constexpr std::array<List, 6> kLists = {{{"CATALOGS", ShowKind::kCatalogs},
                                           {"SCHEMAS", ShowKind::kSchemas},
                                           {"TABLES", ShowKind::kTables},
                                           {"COLUMNS", ShowKind::kColumns},
                                           {"FUNCTIONS", ShowKind::kFunctions},
                                           {"SESSION", ShowKind::kSession}}};
  cursor.TakeAny();
  for (const List& list : kLists) {
    if (cursor.Take(list.word)) {
      return ParseShowList(cursor, list.kind);
    }
  }
  if (cursor.Take("CREATE")) {
    return ParseShowCreate(cursor);
  }
  if (cursor.Take("STATS")) {
    return ParseShowStats(cursor);
  }
  if (cursor.Take("GRANTS")) {
    return ParseShowGrants(cursor);
  }
  if (cursor.Take("ROLES")) {
    return ParseShowRoles(cursor, ShowKind::kRoles);
  }
  if (cursor.Take("CURRENT")) {
    RETURN_NOT_OK(cursor.Expect("ROLES"));
    return ParseShowRoles(cursor, ShowKind::kCurrentRoles);
  }
  if (cursor.Take("ROLE")) {
    RETURN_NOT_OK(cursor.Expect("GRANTS"));
    return ParseShowRoles(cursor, ShowKind::kRoleGrants);
  }
  if (cursor.Is("BRANCHES")) {
    cursor.TakeAny();
    Show show{.kind = ShowKind::kBranches};
    if (cursor.TakeOneOf({"FROM", "IN"}) == 0) {
      return cursor.Mismatch();
    }
    cursor.Take("TABLE");
    ARROW_ASSIGN_OR_RAISE(show.of, ParseObjectName(cursor));
    return StatementNode(std::move(show));
  }
  if (cursor.Is("TBLPROPERTIES")) {
    return ParseShowTableProperties(cursor);
  }
  return cursor.Mismatch();
}

Result<StatementNode> ParseGrant(Cursor& cursor) {
  statement::Grant grant{.kind = cursor.Is("GRANT")    ? statement::GrantKind::kGrant
                                 : cursor.Is("REVOKE") ? statement::GrantKind::kRevoke
                                                       : statement::GrantKind::kDeny,
                         .on = {},
                         .principal = {}};
  const bool is_revoke = grant.kind == statement::GrantKind::kRevoke;
  cursor.TakeAny();
  if (is_revoke && cursor.Is("OPTION", 1) && cursor.Take("GRANT")) {
    cursor.TakeAny();
    RETURN_NOT_OK(cursor.Expect("FOR"));
    grant.grant_option = true;
  }
  ARROW_ASSIGN_OR_RAISE(const bool has_privileges, ParsePrivileges(cursor, &grant));
  if (!has_privileges) {
    return grant.kind == statement::GrantKind::kDeny || grant.grant_option
               ? Result<StatementNode>(cursor.Mismatch())
               : ParseRoles(cursor, is_revoke);
  }
  RETURN_NOT_OK(ParseEntity(cursor, &grant));
  RETURN_NOT_OK(is_revoke ? cursor.Expect("FROM") : cursor.Expect("TO"));
  ARROW_ASSIGN_OR_RAISE(grant.principal, ParsePrincipal(cursor));
  if (grant.kind == statement::GrantKind::kGrant && cursor.Take("WITH")) {
    RETURN_NOT_OK(cursor.Expect({"GRANT", "OPTION"}));
    grant.grant_option = true;
  }
  return StatementNode(std::move(grant));
}

}  // namespace tarn::sql
