// Every statement of Trino's grammar as plain values: queries and changes of data
// (query.h, data_change.h), definitions and what concerns a session.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "tarn/sql/ast.h"
#include "tarn/sql/data_change.h"
#include "tarn/sql/expression.h"
#include "tarn/sql/query.h"
#include "tarn/sql/session_statement.h"

namespace tarn::sql {

namespace statement {

/// name = value in WITH (…) or SET PROPERTIES; `value` is nullptr for DEFAULT.
struct Property {
  Position at;
  Name name;
  ExpressionPtr value = nullptr;
};

enum class ObjectKind : uint8_t {
  kTable,
  kView,
  kMaterializedView,
  kSchema,
  kColumn,
  kCatalog,
  kRole,
  kBranch,
  kFunction,
};

// ---- Definitions

struct LikeClause {
  ObjectName table;
  std::optional<bool> including_properties = {};
  size_t columns_before = 0;  // of CREATE TABLE's own
};
/// CREATE TABLE with columns, or AS a query. `table` is ast.h's: name, columns, comment,
/// partitioning and the properties whose values are constants.
struct CreateTableStatement {
  ObjectName name;
  CreateTable table;
  std::vector<LikeClause> likes = {};
  std::vector<Property> properties = {};  // all of WITH (…), as written
  std::vector<Name> column_names = {};    // CREATE TABLE t (a, b) AS …
  QueryPtr query = nullptr;
};

struct CreateSchemaStatement {
  ObjectName name;
  CreateSchema schema;
  std::vector<Property> properties = {};
};

enum class ViewSecurity : uint8_t { kUnsaid, kDefiner, kInvoker };
struct ViewColumn {
  Name name;
  std::optional<std::string> comment = {};
};
struct CreateView {
  ObjectName name;
  bool or_replace = false;
  bool if_not_exists = false;            // Spark's
  bool is_alter = false;                 // Spark's ALTER VIEW … AS: it must be there
  std::vector<ViewColumn> columns = {};  // Spark's
  PropertyList table_properties = {};    // Spark's TBLPROPERTIES
  std::optional<std::string> comment = {};
  ViewSecurity security = ViewSecurity::kUnsaid;
  std::vector<Property> properties = {};
  QueryPtr query;
};
enum class WhenStale : uint8_t { kUnsaid, kInline, kFail };
struct CreateMaterializedView {
  ObjectName name;
  IfExists if_exists = IfExists::kFail;
  ExpressionPtr grace_period = nullptr;  // an interval
  WhenStale when_stale = WhenStale::kUnsaid;
  std::optional<std::string> comment = {};
  std::vector<Property> properties = {};
  QueryPtr query;
};
struct RefreshMaterializedView {
  ObjectName name;
};

struct CreateCatalog {
  Name name;
  bool if_not_exists = false;
  Name connector;
  std::optional<std::string> comment = {};
  std::vector<Property> properties = {};
};
struct CreateBranch {
  Name branch;
  IfExists if_exists = IfExists::kFail;
  std::vector<Property> properties = {};
  ObjectName table;
  std::optional<Name> from = {};
};
struct FastForwardBranch {
  Name branch;
  ObjectName table;
  Name to;
};

/// DROP TABLE, VIEW, MATERIALIZED VIEW, SCHEMA, CATALOG, ROLE [IN catalog], BRANCH b IN
/// TABLE t.
struct Drop {
  ObjectKind kind;
  ObjectName name;
  bool if_exists = false;
  bool is_cascade = false;            // of schemas
  std::optional<ObjectName> in = {};  // of roles and branches
};
/// ALTER … RENAME TO, but for tables (ast.h).
struct Rename {
  ObjectKind kind;
  ObjectName name;
  bool if_exists = false;
  ObjectName new_name;
};
enum class PrincipalKind : uint8_t { kUnsaid, kUser, kRole };
struct Principal {
  PrincipalKind kind = PrincipalKind::kUnsaid;
  Name name;
};
struct SetAuthorization {
  ObjectKind kind;
  ObjectName name;
  Principal owner;
};
/// ALTER … SET PROPERTIES, but for tables (ast.h).
struct SetProperties {
  ObjectKind kind;
  ObjectName name;
  std::vector<Property> properties = {};
  PropertyList table_properties = {};   // Spark's SET TBLPROPERTIES, of a view
  std::vector<std::string> unset = {};  // Spark's UNSET TBLPROPERTIES, of a view
};
/// ALTER TABLE t EXECUTE procedure (…) [WHERE …].
struct ExecuteProcedure {
  ObjectName table;
  Name procedure;
  std::vector<node::Argument> arguments = {};
  ExpressionPtr where = nullptr;
};
struct Comment {
  ObjectKind kind;
  ObjectName name;
  std::optional<std::string> text;  // unset: IS NULL
};
struct Analyze {
  ObjectName table;
  std::vector<Property> properties = {};
};
struct Truncate {
  ObjectName table;
};
struct Call {
  ObjectName name;
  std::vector<node::Argument> arguments = {};
};

// ---- Rights

enum class GrantKind : uint8_t { kGrant, kRevoke, kDeny };
struct Grant {
  GrantKind kind;
  std::vector<std::string> privileges = {};  // upper case; empty: ALL PRIVILEGES
  bool grant_option = false;                 // WITH, or FOR
  std::optional<Name> branch = {};           // ON BRANCH b IN t
  std::string entity = {};                   // "TABLE", "SCHEMA" or ""
  ObjectName on;
  Principal principal;
};
struct GrantRoles {
  bool is_revoke = false;
  bool admin_option = false;
  std::vector<Name> roles = {};
  std::vector<Principal> principals = {};
  std::optional<Principal> granted_by = {};
  std::optional<Name> catalog = {};
};
struct CreateRole {
  Name name;
  std::optional<Principal> admin = {};
  std::optional<Name> catalog = {};
};

// ---- Showing

enum class ShowKind : uint8_t {
  kCatalogs,
  kSchemas,
  kTables,
  kColumns,  // DESCRIBE too
  kCreateTable,
  kCreateView,
  kCreateMaterializedView,
  kCreateSchema,
  kCreateFunction,
  kFunctions,
  kSession,
  kStats,
  kGrants,
  kRoles,
  kCurrentRoles,
  kRoleGrants,
  kBranches,
  kTableProperties,  // Spark's SHOW TBLPROPERTIES
  kExtendedColumns,  // Spark's DESCRIBE EXTENDED
};
struct Show {
  ShowKind kind;
  std::optional<ObjectName> of = {};     // FROM, IN, FOR or ON it
  std::optional<std::string> like = {};  // or SHOW TBLPROPERTIES' key
  std::optional<std::string> escape = {};
  QueryPtr query = nullptr;  // SHOW STATS FOR (query)
};

struct Explain {
  bool is_analyze = false;
  bool is_verbose = false;
  std::string type = {};    // upper case: "LOGICAL", "DISTRIBUTED", "VALIDATE", "IO"
  std::string format = {};  // upper case: "TEXT", "GRAPHVIZ", "JSON"
  TrinoStatementPtr statement;
};

}  // namespace statement

using StatementNode = std::variant<
    QueryPtr, Insert, Delete, Update, Merge, statement::CreateTableStatement,
    statement::CreateSchemaStatement, AlterTable, statement::CreateView,
    statement::CreateMaterializedView, statement::RefreshMaterializedView,
    statement::CreateCatalog, statement::CreateBranch, statement::FastForwardBranch,
    statement::Drop, statement::Rename, statement::SetAuthorization,
    statement::SetProperties, statement::ExecuteProcedure, statement::Comment,
    statement::Analyze, statement::Truncate, statement::Call, statement::Grant,
    statement::GrantRoles, statement::CreateRole, statement::Show, statement::Explain,
    statement::Prepare, statement::Execute, statement::ExecuteImmediate,
    statement::Deallocate, statement::DescribeInput, statement::DescribeOutput,
    statement::SetSession, statement::ResetSession, statement::SetSessionAuthorization,
    statement::SetTimeZone, statement::SetPath, statement::SetRole, statement::Use,
    statement::StartTransaction, statement::Commit, statement::Rollback>;

struct TrinoStatement {
  Position at;
  StatementNode node;
  int32_t num_parameters = 0;  // "?" in it
  std::string text = {};       // as written, without blanks around it
};

}  // namespace tarn::sql
