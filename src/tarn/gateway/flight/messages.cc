#include "tarn/gateway/flight/messages.h"

#include <algorithm>
#include <array>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/gateway/flight/wire.h"

namespace tarn::gateway::flight {
namespace {

constexpr std::string_view kUrl = "type.googleapis.com/arrow.flight.protocol.sql.";
constexpr uint64_t kCommit = 1;
constexpr uint64_t kRollback = 2;
constexpr uint64_t kCancelled = 1;
constexpr uint64_t kNotCancellable = 3;

Status Wrong(const std::string& what) {
  return MakeError(ErrorCode::kInvalidArgument, what);
}

Result<std::string> TextOf(const WireMessage& message, uint32_t number) {
  ARROW_ASSIGN_OR_RAISE(const auto bytes, message.Bytes(number));
  return std::string(bytes.value_or(std::string_view()));
}

Result<OptionalText> OptionalOf(const WireMessage& message, uint32_t number) {
  ARROW_ASSIGN_OR_RAISE(const auto bytes, message.Bytes(number));
  return bytes ? OptionalText(std::string(*bytes)) : OptionalText();
}

Result<std::string> HandleOf(const WireMessage& message) {
  ARROW_ASSIGN_OR_RAISE(std::string handle, TextOf(message, 1));
  return handle.empty() ? Result<std::string>(Wrong("The message has no handle"))
                        : Result<std::string>(std::move(handle));
}

template <typename Statement>
Result<Statement> StatementOf(const WireMessage& message) {
  Statement statement;
  ARROW_ASSIGN_OR_RAISE(statement.query, TextOf(message, 1));
  ARROW_ASSIGN_OR_RAISE(statement.transaction, TextOf(message, 2));
  return statement;
}

template <typename Handled>
Result<Handled> HandledOf(const WireMessage& message) {
  ARROW_ASSIGN_OR_RAISE(std::string handle, HandleOf(message));
  return Handled{std::move(handle)};
}

Result<std::pair<std::string, std::string>> OptionOf(std::string_view entry) {
  ARROW_ASSIGN_OR_RAISE(const WireMessage message, WireMessage::Parse(entry));
  ARROW_ASSIGN_OR_RAISE(std::string key, TextOf(message, 1));
  ARROW_ASSIGN_OR_RAISE(std::string value, TextOf(message, 2));
  return std::pair(std::move(key), std::move(value));
}

Result<StatementIngest> IngestOf(const WireMessage& message) {
  constexpr uint32_t kOptions = 1000;
  StatementIngest ingest;
  ARROW_ASSIGN_OR_RAISE(const auto definition, TextOf(message, 1));
  ARROW_ASSIGN_OR_RAISE(const auto parts, WireMessage::Parse(definition));
  ARROW_ASSIGN_OR_RAISE(const uint64_t if_missing, parts.Number(1));
  ARROW_ASSIGN_OR_RAISE(const uint64_t if_exists, parts.Number(2));
  if (if_missing > 2 || if_exists > 3) {
    return Wrong("The ingestion asks for an unknown way to treat the table");
  }
  ingest.if_missing = static_cast<IfMissing>(if_missing);
  ingest.if_exists = static_cast<IfExists>(if_exists);
  ARROW_ASSIGN_OR_RAISE(ingest.table, TextOf(message, 2));
  ARROW_ASSIGN_OR_RAISE(ingest.schema, OptionalOf(message, 3));
  ARROW_ASSIGN_OR_RAISE(ingest.catalog, OptionalOf(message, 4));
  ARROW_ASSIGN_OR_RAISE(const uint64_t temporary, message.Number(5));
  ingest.is_temporary = temporary != 0;
  ARROW_ASSIGN_OR_RAISE(ingest.transaction, TextOf(message, 6));
  for (const WireField& field : message.fields()) {
    if (field.number == kOptions && field.is_bytes) {
      ARROW_ASSIGN_OR_RAISE(auto option, OptionOf(field.bytes));
      ingest.options.insert_or_assign(std::move(option.first), std::move(option.second));
    }
  }
  return ingest;
}

Result<GetDbSchemas> SchemasOf(const WireMessage& message) {
  GetDbSchemas get;
  ARROW_ASSIGN_OR_RAISE(get.catalog, OptionalOf(message, 1));
  ARROW_ASSIGN_OR_RAISE(get.schema_pattern, OptionalOf(message, 2));
  return get;
}

Result<GetTables> TablesOf(const WireMessage& message) {
  GetTables get;
  ARROW_ASSIGN_OR_RAISE(get.catalog, OptionalOf(message, 1));
  ARROW_ASSIGN_OR_RAISE(get.schema_pattern, OptionalOf(message, 2));
  ARROW_ASSIGN_OR_RAISE(get.table_pattern, OptionalOf(message, 3));
  for (const WireField& field : message.fields()) {
    if (field.number == 4 && field.is_bytes) {
      get.types.emplace_back(field.bytes);
    }
  }
  ARROW_ASSIGN_OR_RAISE(const uint64_t include, message.Number(5));
  get.include_schema = include != 0;
  return get;
}

/// Numbers one by one, or packed into bytes.
Result<GetSqlInfo> SqlInfoOf(const WireMessage& message) {
  GetSqlInfo get;
  for (const WireField& field : message.fields()) {
    if (field.number != 1) {
      continue;
    }
    if (!field.is_bytes) {
      get.ids.push_back(static_cast<uint32_t>(field.value));
      continue;
    }
    ARROW_ASSIGN_OR_RAISE(const auto packed, UnpackNumbers(field.bytes));
    for (const uint64_t id : packed) {
      get.ids.push_back(static_cast<uint32_t>(id));
    }
  }
  return get;
}

Result<GetXdbcTypeInfo> XdbcOf(const WireMessage& message) {
  GetXdbcTypeInfo get;
  for (const WireField& field : message.fields()) {
    if (field.number == 1 && !field.is_bytes) {
      get.data_type = static_cast<int32_t>(field.value);
    }
  }
  return get;
}

template <typename Empty>
Result<Empty> EmptyOf(const WireMessage&) {
  return Empty{};
}

template <typename Variant, typename Value, Result<Value> (*kParse)(const WireMessage&)>
Result<Variant> As(const WireMessage& message) {
  ARROW_ASSIGN_OR_RAISE(Value value, kParse(message));
  return Variant(std::move(value));
}

template <typename Value, Result<Value> (*kParse)(const WireMessage&)>
constexpr auto kAsCommand = &As<Command, Value, kParse>;

struct CommandRow {
  std::string_view name;
  Result<Command> (*parse)(const WireMessage&);
};

constexpr auto kCommands = std::to_array<CommandRow>({
    {"CommandStatementQuery", kAsCommand<StatementQuery, StatementOf<StatementQuery>>},
    {"CommandStatementUpdate", kAsCommand<StatementUpdate, StatementOf<StatementUpdate>>},
    {"CommandPreparedStatementQuery",
     kAsCommand<PreparedQuery, HandledOf<PreparedQuery>>},
    {"CommandPreparedStatementUpdate",
     kAsCommand<PreparedUpdate, HandledOf<PreparedUpdate>>},
    {"CommandStatementIngest", kAsCommand<StatementIngest, IngestOf>},
    {"CommandGetCatalogs", kAsCommand<GetCatalogs, EmptyOf<GetCatalogs>>},
    {"CommandGetDbSchemas", kAsCommand<GetDbSchemas, SchemasOf>},
    {"CommandGetTables", kAsCommand<GetTables, TablesOf>},
    {"CommandGetTableTypes", kAsCommand<GetTableTypes, EmptyOf<GetTableTypes>>},
    {"CommandGetSqlInfo", kAsCommand<GetSqlInfo, SqlInfoOf>},
    {"CommandGetXdbcTypeInfo", kAsCommand<GetXdbcTypeInfo, XdbcOf>},
    {"CommandGetPrimaryKeys", kAsCommand<GetPrimaryKeys, EmptyOf<GetPrimaryKeys>>},
    {"CommandGetExportedKeys", kAsCommand<GetForeignKeys, EmptyOf<GetForeignKeys>>},
    {"CommandGetImportedKeys", kAsCommand<GetForeignKeys, EmptyOf<GetForeignKeys>>},
    {"CommandGetCrossReference", kAsCommand<GetForeignKeys, EmptyOf<GetForeignKeys>>},
    {"TicketStatementQuery", kAsCommand<StatementTicket, HandledOf<StatementTicket>>},
});

struct Unwrapped {
  std::string_view name;
  std::string_view value;
};

Result<Unwrapped> Unwrap(std::string_view any) {
  ARROW_ASSIGN_OR_RAISE(const WireMessage message, WireMessage::Parse(any));
  ARROW_ASSIGN_OR_RAISE(const auto url, message.Bytes(1));
  ARROW_ASSIGN_OR_RAISE(const auto value, message.Bytes(2));
  if (!url || !url->starts_with(kUrl)) {
    return Wrong("This is no message of Flight SQL");
  }
  return Unwrapped{url->substr(kUrl.size()), value.value_or(std::string_view())};
}

/// Of a FlightInfo.
Result<CancelQuery> TicketsOf(std::string_view info) {
  CancelQuery cancel;
  ARROW_ASSIGN_OR_RAISE(const WireMessage message, WireMessage::Parse(info));
  for (const WireField& field : message.fields()) {
    if (field.number == 3 && field.is_bytes) {
      ARROW_ASSIGN_OR_RAISE(const auto endpoint, WireMessage::Parse(field.bytes));
      ARROW_ASSIGN_OR_RAISE(const std::string ticket, TextOf(endpoint, 1));
      ARROW_ASSIGN_OR_RAISE(const auto parts, WireMessage::Parse(ticket));
      ARROW_ASSIGN_OR_RAISE(std::string bytes, TextOf(parts, 1));
      cancel.tickets.push_back(std::move(bytes));
    }
  }
  return cancel;
}

Result<ActionCall> EndOf(const WireMessage& message) {
  EndTransaction end;
  ARROW_ASSIGN_OR_RAISE(end.transaction, HandleOf(message));
  ARROW_ASSIGN_OR_RAISE(const uint64_t action, message.Number(2));
  if (action != kCommit && action != kRollback) {
    return Wrong("A transaction ends by commit or rollback");
  }
  end.is_commit = action == kCommit;
  return ActionCall(std::move(end));
}

Result<ActionCall> CancelOf(const WireMessage& message) {
  ARROW_ASSIGN_OR_RAISE(const std::string info, TextOf(message, 1));
  ARROW_ASSIGN_OR_RAISE(CancelQuery cancel, TicketsOf(info));
  return ActionCall(std::move(cancel));
}

}  // namespace

Result<Command> ParseCommand(std::string_view any) {
  ARROW_ASSIGN_OR_RAISE(const Unwrapped unwrapped, Unwrap(any));
  const auto row = std::ranges::find(kCommands, unwrapped.name, &CommandRow::name);
  if (row == kCommands.end()) {
    return MakeError(ErrorCode::kNotSupported,
                     "Flight SQL's " + std::string(unwrapped.name.substr(0, 80)) +
                         " is not supported");
  }
  ARROW_ASSIGN_OR_RAISE(const WireMessage message, WireMessage::Parse(unwrapped.value));
  return row->parse(message);
}

Result<ActionCall> ParseAction(std::string_view type, std::string_view body) {
  if (type == "CancelFlightInfo") {  // of Flight itself: not wrapped
    ARROW_ASSIGN_OR_RAISE(const WireMessage message, WireMessage::Parse(body));
    return CancelOf(message);
  }
  struct Row {
    std::string_view type;
    std::string_view message;
    Result<ActionCall> (*parse)(const WireMessage&);
  };
  static constexpr auto kActions = std::to_array<Row>({
      {"CreatePreparedStatement", "ActionCreatePreparedStatementRequest",
       &As<ActionCall, CreatePrepared, StatementOf<CreatePrepared>>},
      {"ClosePreparedStatement", "ActionClosePreparedStatementRequest",
       &As<ActionCall, ClosePrepared, HandledOf<ClosePrepared>>},
      {"BeginTransaction", "ActionBeginTransactionRequest",
       &As<ActionCall, BeginTransaction, EmptyOf<BeginTransaction>>},
      {"EndTransaction", "ActionEndTransactionRequest", &EndOf},
      {"CancelQuery", "ActionCancelQueryRequest", &CancelOf},
  });
  const auto row = std::ranges::find(kActions, type, &Row::type);
  if (row == kActions.end()) {
    return MakeError(ErrorCode::kNotSupported,
                     "Unknown action: " + std::string(type.substr(0, 80)));
  }
  ARROW_ASSIGN_OR_RAISE(const Unwrapped unwrapped, Unwrap(body));
  if (unwrapped.name != row->message) {
    return Wrong("The body of " + std::string(type) + " is another message");
  }
  ARROW_ASSIGN_OR_RAISE(const WireMessage message, WireMessage::Parse(unwrapped.value));
  return row->parse(message);
}

std::string WriteAny(std::string_view name, std::string_view message) {
  std::string any;
  PutBytes(1, std::string(kUrl) + std::string(name), &any);
  PutBytes(2, message, &any);
  return any;
}

std::string TicketOf(const StatementTicket& ticket) {
  std::string message;
  PutBytes(1, ticket.handle, &message);
  return WriteAny("TicketStatementQuery", message);
}

std::string WriteResult(const PreparedResult& result) {
  std::string message;
  PutBytes(1, result.handle, &message);
  PutBytes(2, result.dataset_schema, &message);
  PutBytes(3, result.parameter_schema, &message);
  return WriteAny("ActionCreatePreparedStatementResult", message);
}

std::string WriteTransaction(const std::string& id) {
  std::string message;
  PutBytes(1, id, &message);
  return WriteAny("ActionBeginTransactionResult", message);
}

std::string WriteCancelled(bool was_found, bool in_any) {
  std::string message;
  PutNumber(1, was_found ? kCancelled : kNotCancellable, &message);
  return in_any ? WriteAny("ActionCancelQueryResult", message) : message;
}

std::string WriteRecordCount(int64_t count) {
  std::string message;
  PutNumber(1, static_cast<uint64_t>(count), &message);
  return message;
}

std::string WritePreparedHandle(const std::string& handle) {
  std::string message;
  PutBytes(1, handle, &message);
  return message;
}

}  // namespace tarn::gateway::flight
