// Statements about a session, as plain values: prepared statements, settings,
// transactions.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tarn/sql/tree_parts.h"

namespace tarn::sql {

struct TrinoStatement;
using TrinoStatementPtr = std::shared_ptr<const TrinoStatement>;

namespace statement {

struct Prepare {
  Name name;
  TrinoStatementPtr statement;
};
struct Execute {
  Name name;
  std::vector<ExpressionPtr> parameters = {};
};
struct ExecuteImmediate {
  Position text_at;
  std::string text;
  std::vector<ExpressionPtr> parameters = {};
};
struct Deallocate {
  Name name;
};
struct DescribeInput {
  Name name;
};
struct DescribeOutput {
  Name name;
};
struct SetSession {
  ObjectName name;  // property, or catalog.property
  ExpressionPtr value;
};
struct ResetSession {
  ObjectName name;
};
struct SetSessionAuthorization {
  std::optional<std::string> user;  // unset: RESET
};
struct SetTimeZone {
  ExpressionPtr zone = nullptr;  // nullptr: LOCAL
};
struct SetPath {
  std::vector<std::vector<Name>> elements;
};
enum class RoleChoice : uint8_t { kNamed, kAll, kNone };
struct SetRole {
  RoleChoice choice = RoleChoice::kNamed;
  std::optional<Name> role = {};
  std::optional<Name> catalog = {};
};
struct Use {
  std::optional<Name> catalog = {};
  Name schema;
};
struct StartTransaction {
  std::string isolation = {};  // upper case: "READ COMMITTED", …; "": unsaid
  std::optional<bool> is_read_only = {};
};
struct Commit {};
struct Rollback {};

}  // namespace statement

}  // namespace tarn::sql
