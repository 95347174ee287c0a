#include "tarn/gateway/api/database_load_routes.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/gateway/api/load_places.h"
#include "tarn/gateway/api/load_request.h"
#include "tarn/ingest/odbc/connection_string.h"
#include "tarn/service/work/database_target.h"
#include "tarn/service/work/load_work.h"

namespace tarn::gateway {
namespace {

using ingest::DatabaseKind;
using service::LoadOrder;

Status ReadDatabase(const Json& body, service::DatabaseOrder* database) {
  ARROW_ASSIGN_OR_RAISE(database->host, TextMember(body, "host"));
  ARROW_ASSIGN_OR_RAISE(database->port, IntegerMember(body, "port", 1, 65'535));
  ARROW_ASSIGN_OR_RAISE(database->database, TextMember(body, "database", "dbname"));
  ARROW_ASSIGN_OR_RAISE(database->user, TextMember(body, "user", "username"));
  ARROW_ASSIGN_OR_RAISE(database->tls_mode, TextMember(body, "sslmode", "tls_mode"));
  ARROW_ASSIGN_OR_RAISE(database->tls_authority, TextMember(body, "sslrootcert"));
  ARROW_ASSIGN_OR_RAISE(database->query, TextMember(body, "query", "sql"));
  ARROW_ASSIGN_OR_RAISE(database->table, TextMember(body, "source_table"));
  if (database->query.empty() == database->table.empty()) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "What shall be loaded? Give query, or source_table for a whole "
                     "table (schema.name)");
  }
  const auto& mode = database->tls_mode;
  const auto modes = {"",        "disable",   "allow",      "prefer",
                      "require", "verify-ca", "verify-full"};
  if (std::ranges::find(modes, mode) == modes.end()) {
    return MakeError(
        ErrorCode::kInvalidArgument,
        "Member \"sslmode\" is disable, allow, prefer, require, verify-ca or "
        "verify-full, not " +
            mode);
  }
  ARROW_ASSIGN_OR_RAISE(const auto connect,
                        IntegerMember(body, "connect_timeout", 1, 3'600));
  database->connect_timeout = std::chrono::seconds(connect.value_or(15));
  ARROW_ASSIGN_OR_RAISE(const auto timeout, IntegerMember(body, "timeout", 1, 604'800));
  if (timeout) {
    database->statement_timeout = std::chrono::seconds(*timeout);
  }
  return Status::OK();
}

/// A column, or a list of them.
Status ReadCursorKey(const Json& cursor, service::CursorOrder* read) {
  const auto key = cursor.find("key");
  if (key == cursor.end() || key->is_null()) {
    return Status::OK();
  }
  const Json list = key->is_string() ? Json::array({*key}) : *key;
  if (!list.is_array() || !std::ranges::all_of(list, &Json::is_string)) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "Member \"key\" of the cursor is a column or a list of columns "
                     "that tell rows apart");
  }
  for (const Json& column : list) {
    read->key.push_back(column.get<std::string>());
  }
  return Status::OK();
}

/// A column's name, or {column, start, key}.
Result<std::optional<service::CursorOrder>> ReadCursor(const Json& body,
                                                       const LoadOrder& order) {
  const auto cursor = body.find("cursor");
  if (cursor == body.end() || cursor->is_null()) {
    return std::optional<service::CursorOrder>();
  }
  service::CursorOrder read;
  if (cursor->is_string()) {
    read.column = cursor->get<std::string>();
  } else if (cursor->is_object()) {
    ARROW_ASSIGN_OR_RAISE(read.column, TextMember(*cursor, "column"));
    if (const auto start = cursor->find("start");
        start != cursor->end() && !start->is_null()) {
      read.start = start->is_string() ? start->get<std::string>() : DumpJson(*start);
    }
  }
  if (cursor->is_object()) {
    RETURN_NOT_OK(ReadCursorKey(*cursor, &read));
  }
  if (read.column.empty()) {
    return MakeError(
        ErrorCode::kInvalidArgument,
        "Member \"cursor\" is {\"column\": NAME, \"start\": VALUE}: only rows "
        "beyond those of the last load are taken");
  }
  if (order.mode && *order.mode != ingest::LoadMode::kAppend &&
      *order.mode != ingest::LoadMode::kUpsert) {
    return MakeError(
        ErrorCode::kInvalidArgument,
        "A load with a cursor adds to the table: its mode is auto, append or upsert");
  }
  return std::optional(std::move(read));
}

/// Where a caller says it is: inline, or by a stored connection.
Status CheckPlace(const DataRequest& request, const LoadOrder& order,
                  service::DatabaseOrder* database) {
  if (database->host.empty() && order.connection.empty()) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "Which database? Give host, database, user and password, or "
                     "connection, the name of a stored one");
  }
  if (!database->host.empty() && !order.connection.empty()) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "A stored connection has a host of its own; give one of connection "
                     "and host");
  }
  const bool is_guarded = !database->host.empty() && !request.reaches_server();
  if (is_guarded && (database->host.find_first_of("/@,") != std::string::npos ||
                     !database->tls_authority.empty())) {
    return MakeError(ErrorCode::kForbidden,
                     "Sockets and files of the server are for callers who reach it "
                     "(sql.server_access); give the name of one host");
  }
  database->is_guarded = is_guarded;
  return Status::OK();
}

/// A driver is a library of the server, and what it opens may be a file.
Status ReadOdbcPlace(const DataRequest& request, const LoadOrder& order,
                     service::DatabaseOrder* database, Json* secrets) {
  const Json& body = request.body();
  ARROW_ASSIGN_OR_RAISE(std::string text, TextMember(body, "connection_string"));
  ARROW_ASSIGN_OR_RAISE(const std::string name, TextMember(body, "dsn"));
  const int given = (text.empty() ? 0 : 1) + (name.empty() ? 0 : 1) +
                    (order.connection.empty() ? 0 : 1);
  if (given != 1) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "Which database? Give one of connection_string, dsn (with user and "
                     "password), or connection, the name of a stored one");
  }
  if (!order.connection.empty()) {
    return Status::OK();
  }
  if (!request.reaches_server()) {
    return MakeError(ErrorCode::kForbidden,
                     "Drivers of ODBC are for callers who reach the server "
                     "(sql.server_access); use a stored connection of theirs");
  }
  if (text.empty()) {
    ARROW_ASSIGN_OR_RAISE(const std::string password, TextMember(body, "password"));
    text = service::DataSourceString(name, database->user, password);
  }
  RETURN_NOT_OK(ingest::odbc::ParseConnectionString(text).status());
  database->shown = ingest::odbc::ShownConnectionString(text);
  (*secrets)[service::kConnectionStringSecret] = std::move(text);
  return Status::OK();
}

/// Those that a kind of database has beside table and query.
std::vector<const char*> OptionsOf(DatabaseKind kind) {
  switch (kind) {
    case DatabaseKind::kPostgres:
      return {"numeric", "unheld"};
    case DatabaseKind::kMySql:
      return {"unheld", "tinyint1", "time"};
    case DatabaseKind::kOdbc:
      return {"numeric", "unheld", "fetch"};
  }
  return {};
}

Result<JobOrder> OrderRows(DatabaseKind kind, const DataRequest& request) {
  const Json& body = request.body();
  LoadOrder order;
  Json secrets = Json::object();
  RETURN_NOT_OK(ReadLoadTarget(request, &order));
  service::DatabaseOrder database{.kind = kind};
  RETURN_NOT_OK(ReadDatabase(body, &database));
  ARROW_ASSIGN_OR_RAISE(order.connection, TextMember(body, "connection"));
  if (kind == DatabaseKind::kOdbc) {
    RETURN_NOT_OK(ReadOdbcPlace(request, order, &database, &secrets));
  } else {
    RETURN_NOT_OK(CheckPlace(request, order, &database));
    ARROW_ASSIGN_OR_RAISE(const std::string password, TextMember(body, "password"));
    if (!password.empty()) {
      secrets[service::kPasswordSecret] = password;
    }
  }
  ARROW_ASSIGN_OR_RAISE(database.cursor, ReadCursor(body, order));
  for (const char* option : OptionsOf(kind)) {
    ARROW_ASSIGN_OR_RAISE(const std::string value, TextMember(body, option));
    if (!value.empty()) {
      order.options.emplace_back(option, value);
    }
  }
  ARROW_ASSIGN_OR_RAISE(const auto connections,
                        IntegerMember(body, "connections", 1, 32));
  if (connections && kind != DatabaseKind::kOdbc) {
    order.options.emplace_back("connections", std::to_string(*connections));
  }
  order.database = std::move(database);
  return JobOrderOf(order, std::move(secrets));
}

/// What all kinds have.
std::vector<ApiMember> SharedMembers() {
  return {{"user", ApiText("")},
          {"password", ApiText("Kept in memory only")},
          {"connection", ApiText("A stored connection in place of these")},
          {"query", ApiText("A SELECT")},
          {"cursor",
           ApiAny("{column, start?, key?}: only rows beyond those of the last load from "
                  "there are taken; key tells rows of one value apart")},
          {"connect_timeout", ApiInteger("Seconds")},
          {"timeout", ApiInteger("Seconds that a statement may take")}};
}

std::vector<ApiMember> ServerMembers(const char* port, const char* tls) {
  return {
      {"host", ApiText("Of the database")},
      {"port", ApiInteger(port)},
      {"database", ApiText("")},
      {"source_table", ApiText("A whole table, schema.name, in place of a query: read "
                               "by several connections that see one moment")},
      {"sslmode", ApiText(tls)},
      {"connections", ApiInteger("At once, for a whole table")}};
}

std::vector<ApiMember> MembersOf(DatabaseKind kind) {
  switch (kind) {
    case DatabaseKind::kPostgres: {
      auto members =
          ServerMembers("5432 unless given", "As libpq's: prefer unless given");
      members.insert(
          members.end(),
          {{"numeric", ApiChoice({"decimal", "double", "text"},
                                 "What numerics without a precision become")},
           {"unheld", ApiChoice({"error", "null"},
                                "What infinite dates and NaN numerics become")}});
      return members;
    }
    case DatabaseKind::kMySql: {
      auto members = ServerMembers(
          "3306 unless given",
          "disable, prefer (unless given), require, verify-ca and verify-full");
      members.insert(
          members.end(),
          {{"unheld", ApiChoice({"error", "null"},
                                "What zero dates and times that are none of a day "
                                "become")},
           {"tinyint1", ApiChoice({"boolean", "integer"}, "What tinyint(1) becomes")},
           {"time", ApiChoice({"time", "text"}, "What times become")}});
      return members;
    }
    case DatabaseKind::kOdbc:
      return {
          {"connection_string",
           ApiText("Of the driver: Driver={…};Server=…; kept in memory only")},
          {"dsn", ApiText("The name of a data source, with user and password")},
          {"source_table", ApiText("A whole table in place of a query")},
          {"numeric", ApiChoice({"decimal", "double", "text"}, "What decimals become")},
          {"unheld", ApiChoice({"error", "null"}, "What days that are none become")},
          {"fetch", ApiChoice({"block", "value"},
                              "Many rows at once, or each value alone, where a "
                              "driver does not know how long values are")}};
  }
  return {};
}

struct About {
  const char* path;
  const char* summary;
  const char* message;
  Json example;
};

About AboutOf(DatabaseKind kind) {
  switch (kind) {
    case DatabaseKind::kPostgres:
      return {.path = "/load/postgres",
              .summary = "Load a query or a table of a PostgreSQL into a table",
              .message = "Data loaded from PostgreSQL",
              .example = {{"host", "postgres"},
                          {"database", "source_db"},
                          {"user", "admin"},
                          {"password", "admin123"},
                          {"query", "SELECT * FROM sales.orders LIMIT 100"}}};
    case DatabaseKind::kMySql:
      return {.path = "/load/mysql",
              .summary = "Load a query or a table of a MySQL or MariaDB into a table",
              .message = "Data loaded from MySQL",
              .example = {{"host", "mysql"},
                          {"database", "source_db"},
                          {"user", "admin"},
                          {"password", "admin123"},
                          {"source_table", "orders"}}};
    case DatabaseKind::kOdbc:
      break;
  }
  return {
      .path = "/load/odbc",
      .summary = "Load a query or a table into a table by an ODBC driver of the server",
      .message = "Data loaded by ODBC",
      .example = {{"dsn", "shop"},
                  {"user", "admin"},
                  {"password", "admin123"},
                  {"source_table", "orders"}}};
}

JobRoute RouteOf(DatabaseKind kind) {
  About about = AboutOf(kind);
  std::vector<ApiMember> members = MembersOf(kind);
  for (auto& more : {SharedMembers(), LoadTargetMembers()}) {
    members.insert(members.end(), more.begin(), more.end());
  }
  about.example["table_name"] = "orders";
  about.example["namespace"] = "staging";
  return {
      .path = about.path,
      .kind = service::kLoadKind,
      .order = [kind](const DataRequest& request) { return OrderRows(kind, request); },
      .answer = [message = about.message](
                    const service::JobRecord& job) { return LoadAnswerOf(job, message); },
      .about = {.tag = "Loads",
                .summary = about.summary,
                .request = ApiObject(std::move(members)),
                .example = std::move(about.example),
                .answer = LoadAnswerSchema({}),
                .also = {"table", "schema", "branch", "dbname", "username", "tls_mode",
                         "sslrootcert", "sql"}}};
}

}  // namespace

std::vector<JobRoute> MakeDatabaseLoadRoutes() {
  return {RouteOf(DatabaseKind::kPostgres), RouteOf(DatabaseKind::kMySql),
          RouteOf(DatabaseKind::kOdbc)};
}

}  // namespace tarn::gateway
