// Flight SQL's commands, tickets, actions and results: bytes of a
// google.protobuf.Any ↔ values.
//
//   ARROW_ASSIGN_OR_RAISE(Command command, ParseCommand(descriptor_bytes));
//   if (auto* query = std::get_if<StatementQuery>(&command)) …
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tarn/base/result.h"

namespace tarn::gateway::flight {

using OptionalText = std::optional<std::string>;

// Commands: what GetFlightInfo, GetSchema and DoPut are asked for.
struct StatementQuery {
  std::string query;
  std::string transaction;  // empty: none
};
struct StatementUpdate {
  std::string query;
  std::string transaction;
};
struct PreparedQuery {
  std::string handle;
};
struct PreparedUpdate {
  std::string handle;
};
enum class IfMissing : uint8_t { kUnspecified, kCreate, kFail };
enum class IfExists : uint8_t { kUnspecified, kFail, kAppend, kReplace };
struct StatementIngest {
  IfMissing if_missing = IfMissing::kUnspecified;
  IfExists if_exists = IfExists::kUnspecified;
  std::string table;
  OptionalText schema;
  OptionalText catalog;
  bool is_temporary = false;
  std::string transaction;
  std::map<std::string, std::string> options;
};
struct GetCatalogs {};
struct GetDbSchemas {
  OptionalText catalog;
  OptionalText schema_pattern;
};
struct GetTables {
  OptionalText catalog;
  OptionalText schema_pattern;
  OptionalText table_pattern;
  std::vector<std::string> types;
  bool include_schema = false;
};
struct GetTableTypes {};
struct GetSqlInfo {
  std::vector<uint32_t> ids;  // empty: all
};
struct GetXdbcTypeInfo {
  std::optional<int32_t> data_type;
};
struct GetPrimaryKeys {};
/// Exported, imported and cross references: the same answer.
struct GetForeignKeys {};
/// What DoGet is asked for, beside the metadata commands, which are their own tickets.
struct StatementTicket {
  std::string handle;
};

using Command = std::variant<StatementQuery, StatementUpdate, PreparedQuery,
                             PreparedUpdate, StatementIngest, GetCatalogs, GetDbSchemas,
                             GetTables, GetTableTypes, GetSqlInfo, GetXdbcTypeInfo,
                             GetPrimaryKeys, GetForeignKeys, StatementTicket>;

/// Errors: kInvalidArgument for what is no message, kNotSupported for one of Flight SQL
/// that is not in Command.
Result<Command> ParseCommand(std::string_view any);
std::string TicketOf(const StatementTicket& ticket);

// Actions.
struct CreatePrepared {
  std::string query;
  std::string transaction;
};
struct ClosePrepared {
  std::string handle;
};
struct BeginTransaction {};
struct EndTransaction {
  std::string transaction;
  bool is_commit = false;
};
/// CancelQuery and CancelFlightInfo: the tickets of the information to be cancelled.
struct CancelQuery {
  std::vector<std::string> tickets;
};
using ActionCall = std::variant<CreatePrepared, ClosePrepared, BeginTransaction,
                                EndTransaction, CancelQuery>;

/// `type` is Flight's name of the action. Errors: kInvalidArgument, kNotSupported for an
/// unknown type.
Result<ActionCall> ParseAction(std::string_view type, std::string_view body);

struct PreparedResult {
  std::string handle;
  std::string dataset_schema;    // IPC; empty: no query
  std::string parameter_schema;  // IPC
};
std::string WriteResult(const PreparedResult& result);
std::string WriteTransaction(const std::string& id);
/// The answer to CancelQuery (in an Any) or CancelFlightInfo (bare).
std::string WriteCancelled(bool was_found, bool in_any);
std::string WriteRecordCount(int64_t count);
std::string WritePreparedHandle(const std::string& handle);

/// `message` as google.protobuf.Any of Flight SQL's message `name`.
std::string WriteAny(std::string_view name, std::string_view message);

}  // namespace tarn::gateway::flight
