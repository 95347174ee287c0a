#include "tarn/gateway/trino/query_error.h"

#include <gtest/gtest.h>

#include "tarn/base/error.h"
#include "tarn/base/json_fields.h"

namespace tarn::gateway::trino {
namespace {

TEST(QueryError, IsWhatTheErrorTableSays) {
  struct Case {
    ErrorCode code;
    const char* message;
    const char* name;
    int32_t number;
    const char* type;
  };
  constexpr Case kCases[] = {
      {ErrorCode::kSyntax, "line 1:1: mismatched input", "SYNTAX_ERROR", 1, "USER_ERROR"},
      {ErrorCode::kNoSuchTable, "no t", "TABLE_NOT_FOUND", 46, "USER_ERROR"},
      {ErrorCode::kNoSuchNamespace, "no s", "SCHEMA_NOT_FOUND", 45, "USER_ERROR"},
      {ErrorCode::kNoSuchNamespace, "Catalog \"x\" does not exist", "CATALOG_NOT_FOUND",
       44, "USER_ERROR"},
      {ErrorCode::kAlreadyExists, "Table already exists: t", "TABLE_ALREADY_EXISTS", 50,
       "USER_ERROR"},
      {ErrorCode::kNamespaceNotEmpty, "s", "SCHEMA_NOT_EMPTY", 34, "USER_ERROR"},
      {ErrorCode::kConstraintViolated, "null", "CONSTRAINT_VIOLATION", 16, "USER_ERROR"},
      {ErrorCode::kConstraintViolated,
       "MERGE_TARGET_ROW_MULTIPLE_MATCHES: One MERGE target table row matched more than "
       "one source row",
       "MERGE_TARGET_ROW_MULTIPLE_MATCHES", 119, "USER_ERROR"},
      {ErrorCode::kCommitConflict, "another writer was first", "ICEBERG_COMMIT_ERROR",
       84148232, "EXTERNAL"},
      {ErrorCode::kCommitConflict, "Transaction conflict: another writer was first",
       "TRANSACTION_CONFLICT", 17, "USER_ERROR"},
      {ErrorCode::kCancelled, "stopped", "USER_CANCELED", 3, "USER_ERROR"},
      {ErrorCode::kInternal, "bug", "GENERIC_INTERNAL_ERROR", 65536, "INTERNAL_ERROR"},
      {ErrorCode::kTimeout, "late", "EXCEEDED_TIME_LIMIT", 131075,
       "INSUFFICIENT_RESOURCES"},
      {ErrorCode::kIoFailed, "disk", "ICEBERG_FILESYSTEM_ERROR", 84148226, "EXTERNAL"},
      {ErrorCode::kInvalidArgument, "DIVISION_BY_ZERO: Division by zero",
       "DIVISION_BY_ZERO", 8, "USER_ERROR"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.message);
    const QueryError error = QueryErrorOf(MakeError(c.code, c.message));
    EXPECT_EQ(error.name, c.name);
    EXPECT_EQ(error.code, c.number);
    EXPECT_EQ(error.type(), c.type);
  }
}

TEST(QueryError, FindsThePlace) {
  const QueryError error = QueryErrorOf(NamedError("COLUMN_NOT_FOUND",
                                                   "line 3:18: Column 'x' cannot be "
                                                   "resolved"));
  EXPECT_EQ(error.message, "line 3:18: Column 'x' cannot be resolved");
  EXPECT_EQ(error.name, "COLUMN_NOT_FOUND");
  ASSERT_TRUE(error.location);
  EXPECT_EQ(error.location->line, 3);
  EXPECT_EQ(error.location->column, 18);
  for (const char* message : {"line", "line 1", "line x:1: y", "line 1:: y", "a: b"}) {
    EXPECT_FALSE(QueryErrorOf(MakeError(ErrorCode::kSyntax, message)).location)
        << message;
  }
}

TEST(QueryError, IsTheObjectThatClientsRead) {
  const auto json = ParseJson(
      QueryErrorOf(NamedError("NOT_FOUND", "line 1:2: \"x\"")).ToJson(), "error");
  ASSERT_TRUE(json.ok()) << json.status();
  EXPECT_EQ((*json)["message"], "line 1:2: \"x\"");
  EXPECT_EQ((*json)["errorCode"], 5);
  EXPECT_EQ((*json)["errorType"], "USER_ERROR");
  EXPECT_EQ((*json)["errorLocation"]["columnNumber"], 2);
  EXPECT_EQ((*json)["failureInfo"]["errorInfo"]["name"], "NOT_FOUND");
  EXPECT_EQ((*json)["failureInfo"]["errorInfo"]["code"], 5);
}

}  // namespace
}  // namespace tarn::gateway::trino
