// Statements that are about the client's session: the engine does not see them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/sql/statement.h"

namespace tarn::gateway::trino {

namespace statement {

struct Use {
  std::optional<std::string> catalog;
  std::string schema;
};
struct SetSession {
  std::string name;  // "query_max_run_time", "iceberg.compression_codec"
  std::string value;
  std::string place;  // "line 1:22: ", of the value
};
struct ResetSession {
  std::string name;
};
struct SetAuthorization {
  std::optional<std::string> user;  // unset: who the client was before
};
struct SetTimeZone {
  std::optional<std::string> zone;  // unset: that of the client
};
struct SetRole {
  std::string role;     // "ALL", "NONE", "ROLE{x}"
  std::string catalog;  // "system" if none was named
};
struct SetPath {
  std::string path;
};
struct Prepare {
  std::string name;
  std::string text;  // as Trino's formatter prints it
};
struct Execute {
  std::string name;
  std::vector<sql::ExpressionPtr> parameters;
};
struct ExecuteImmediate {
  std::string text;
  std::vector<sql::ExpressionPtr> parameters;
};
struct Deallocate {
  std::string name;
};
struct DescribeInput {
  std::string name;
};
struct DescribeOutput {
  std::string name;
};
struct StartTransaction {
  bool is_read_only = false;
};
struct Commit {};
struct Rollback {};
/// CALL system.runtime.kill_query(…).
struct KillQuery {
  std::string query_id;
  std::string message;
};
struct ShowSession {
  std::optional<std::string> like;
};
/// Anything else.
struct ForEngine {
  /// nullptr: not of Trino's grammar. The engine says what is wrong, or it is of another.
  sql::TrinoStatementPtr parsed = nullptr;
};

}  // namespace statement

using ClientStatement = std::variant<
    statement::ForEngine, statement::Use, statement::SetSession, statement::ResetSession,
    statement::SetAuthorization, statement::SetTimeZone, statement::SetRole,
    statement::SetPath, statement::Prepare, statement::Execute,
    statement::ExecuteImmediate, statement::Deallocate, statement::DescribeInput,
    statement::DescribeOutput, statement::StartTransaction, statement::Commit,
    statement::Rollback, statement::KillQuery, statement::ShowSession>;

/// Which language the texts inside of PREPARE are of.
enum class Language : uint8_t { kTrino, kDuckDb };

/// Parses the text once. Errors: kSyntax, kNotSupported, kTypeMismatch.
Result<ClientStatement> ReadClientStatement(std::string_view text,
                                            Language language = Language::kTrino);
ClientStatement ForEngine(sql::TrinoStatement parsed);

/// Whether the statement needs the schema that the client has chosen to be there.
bool NeedsSchema(const sql::TrinoStatement& statement);

/// `text` of another language than Trino's with its parameters replaced, in order.
/// Errors: kSyntax; INVALID_ARGUMENTS if the numbers differ.
Result<std::string> WithArguments(std::string_view text,
                                  const std::vector<std::string>& arguments);
std::vector<std::string> TextsOf(const std::vector<sql::ExpressionPtr>& parameters);

/// The statement's first word in lower case; empty if it has none.
std::string FirstWord(std::string_view text);

}  // namespace tarn::gateway::trino
