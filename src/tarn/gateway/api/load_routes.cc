#include "tarn/gateway/api/load_routes.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/gateway/api/load_places.h"
#include "tarn/ingest/format.h"
#include "tarn/io/file_io.h"
#include "tarn/net/http_get.h"
#include "tarn/service/uploads.h"
#include "tarn/service/work/load_work.h"

namespace tarn::gateway {
namespace {

using service::LoadOrder;

Status ReadOptions(const Json& body, LoadOrder* order) {
  const auto options = body.find("options");
  if (options == body.end() || options->is_null()) {
    return Status::OK();
  }
  if (!options->is_object()) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "Member \"options\" must be an object: {\"delimiter\": \";\"}");
  }
  for (const auto& [name, value] : options->items()) {
    if (value.is_structured() || value.is_null()) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "An option is a text, a number or true or false: " + name);
    }
    order->options.emplace_back(
        name, value.is_string() ? value.get<std::string>() : DumpJson(value));
  }
  return Status::OK();
}

/// A list of terms, or one text of them.
Status ReadPartitions(const Json& body, LoadOrder* order) {
  const auto terms = body.find("partition_by");
  if (terms == body.end() || terms->is_null()) {
    return Status::OK();
  }
  const Json list = terms->is_string() ? Json::array({*terms}) : *terms;
  const bool is_list = list.is_array() && std::ranges::all_of(list, &Json::is_string);
  if (!is_list) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "Member \"partition_by\" must be a list of terms: [\"day(ts)\", "
                     "\"region\"]");
  }
  for (const Json& term : list) {
    order->partition_by.push_back(term.get<std::string>());
  }
  return Status::OK();
}

Status ReadProperties(const Json& body, LoadOrder* order) {
  const auto properties = body.find("properties");
  if (properties == body.end() || properties->is_null()) {
    return Status::OK();
  }
  const bool is_map =
      properties->is_object() && std::ranges::none_of(*properties, [](const Json& value) {
        return value.is_structured() || value.is_null();
      });
  if (!is_map) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "Member \"properties\" must be an object of texts");
  }
  for (const auto& [name, value] : properties->items()) {
    order->properties[name] =
        value.is_string() ? value.get<std::string>() : DumpJson(value);
  }
  return Status::OK();
}

/// What all loads have.
Status ReadTarget(const DataRequest& request, LoadOrder* order) {
  const Json& body = request.body();
  ARROW_ASSIGN_OR_RAISE(const std::string ns, TextMember(body, "namespace", "schema"));
  ARROW_ASSIGN_OR_RAISE(const std::string table, TextMember(body, "table_name", "table"));
  if (table.empty()) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "Where shall it go? Give table_name and namespace");
  }
  ARROW_ASSIGN_OR_RAISE(order->into, service::TableIdentOf(ns, table));
  ARROW_ASSIGN_OR_RAISE(order->warehouse, TextMember(body, "warehouse"));
  RETURN_NOT_OK(request.services().lake.Find(order->warehouse).status());
  ARROW_ASSIGN_OR_RAISE(const std::string mode, TextMember(body, "mode"));
  ARROW_ASSIGN_OR_RAISE(order->mode, service::LoadModeFromText(mode));
  ARROW_ASSIGN_OR_RAISE(const std::string branch, TextMember(body, "branch"));
  if (!branch.empty() && branch != "main") {
    return MakeError(ErrorCode::kNotSupported,
                     "Loads go to the branch main; not to " + branch);
  }
  ARROW_ASSIGN_OR_RAISE(order->lineage, FlagMember(body, "lineage"));
  ARROW_ASSIGN_OR_RAISE(const std::string rejects, TextMember(body, "rejects"));
  if (!rejects.empty() && rejects != "table" && rejects != "fail") {
    return MakeError(ErrorCode::kInvalidArgument,
                     "Member \"rejects\" is table or fail, not " + rejects);
  }
  order->rejects =
      rejects == "table" ? service::RejectsTo::kTable : service::RejectsTo::kNowhere;
  ARROW_ASSIGN_OR_RAISE(const auto registers, FlagMember(body, "register"));
  order->registers = registers.value_or(false);
  ARROW_ASSIGN_OR_RAISE(order->columns, ColumnsMember(body));
  if (order->registers && !order->columns.empty()) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "Files that are registered keep all of their columns: leave "
                     "\"columns\" out");
  }
  RETURN_NOT_OK(ReadOptions(body, order));
  RETURN_NOT_OK(ReadPartitions(body, order));
  return ReadProperties(body, order);
}

/// Options of files that are members of their own too.
constexpr std::array<const char*, 5> kFileOptions = {"row_element", "json_path",
                                                     "encoding", "sheet", "range"};

Status ReadFormat(const Json& body, LoadOrder* order) {
  for (const char* name : kFileOptions) {
    ARROW_ASSIGN_OR_RAISE(const std::string value, TextMember(body, name));
    if (!value.empty()) {
      order->options.emplace_back(name, value);
    }
  }
  ARROW_ASSIGN_OR_RAISE(std::string format, TextMember(body, "format"));
  std::ranges::transform(format, format.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  if (!format.empty() && format != "auto") {
    ARROW_ASSIGN_OR_RAISE(order->format, ingest::FormatFromName(format));
  }
  return Status::OK();
}

/// What follows the name of an http(s) URL's host, and who signs in, may be a secret.
void HideSecrets(LoadOrder* order, Json* secrets) {
  const bool is_web =
      order->location.starts_with("http://") || order->location.starts_with("https://");
  if (is_web && order->location != net::UrlToShow(order->location)) {
    (*secrets)[service::kUrlSecret] = order->location;
    order->location = net::UrlToShow(order->location);
  }
}

JobOrder OrderOf(const LoadOrder& order, Json secrets) {
  return {.request = LoadOrderToJson(order),
          .secrets = secrets.empty() ? Json(nullptr) : std::move(secrets)};
}

Result<JobOrder> OrderFile(const DataRequest& request) {
  LoadOrder order;
  Json secrets = Json::object();
  RETURN_NOT_OK(ReadTarget(request, &order));
  RETURN_NOT_OK(ReadFormat(request.body(), &order));
  ARROW_ASSIGN_OR_RAISE(std::string path,
                        TextMember(request.body(), "file_path", "path"));
  if (path.empty()) {
    ARROW_ASSIGN_OR_RAISE(path, TextMember(request.body(), "url", "location"));
  }
  if (path.empty()) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "What shall be loaded? Give file_path: a path of the server, a URL, "
                     "or what POST /api/v1/upload answered");
  }
  if (path.find('\0') != std::string::npos) {
    return MakeError(ErrorCode::kInvalidArgument, "The path has a NUL character");
  }
  order.location = service::IsUpload(path) ? path : io::AbsoluteLocation(path);
  RETURN_NOT_OK(ReadStore(request, &order, &secrets));
  RETURN_NOT_OK(CheckMayRead(request, order));
  HideSecrets(&order, &secrets);
  return OrderOf(order, std::move(secrets));
}

Result<JobOrder> OrderStore(const DataRequest& request) {
  LoadOrder order;
  Json secrets = Json::object();
  RETURN_NOT_OK(ReadTarget(request, &order));
  RETURN_NOT_OK(ReadFormat(request.body(), &order));
  ARROW_ASSIGN_OR_RAISE(order.location, StoreLocation(request.body()));
  RETURN_NOT_OK(ReadStore(request, &order, &secrets));
  RETURN_NOT_OK(CheckMayRead(request, order));
  ARROW_ASSIGN_OR_RAISE(const std::string asked, TextMember(request.body(), "s3_path"));
  JobOrder job = OrderOf(order, std::move(secrets));
  job.request["s3_path"] = asked.empty() ? order.location : asked;
  return job;
}

Status ReadDatabase(const DataRequest& request, service::DatabaseOrder* database) {
  const Json& body = request.body();
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

/// A column's name, or {column, start}.
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
  if (read.column.empty()) {
    return MakeError(
        ErrorCode::kInvalidArgument,
        "Member \"cursor\" is {\"column\": NAME, \"start\": VALUE}: only rows "
        "beyond those of the last load are taken");
  }
  if (order.mode && *order.mode != ingest::LoadMode::kAppend) {
    return MakeError(
        ErrorCode::kInvalidArgument,
        "A load with a cursor adds to the table: its mode is auto or append");
  }
  return std::optional(std::move(read));
}

Result<JobOrder> OrderPostgres(const DataRequest& request) {
  const Json& body = request.body();
  LoadOrder order;
  Json secrets = Json::object();
  RETURN_NOT_OK(ReadTarget(request, &order));
  service::DatabaseOrder database;
  RETURN_NOT_OK(ReadDatabase(request, &database));
  ARROW_ASSIGN_OR_RAISE(order.connection, TextMember(body, "connection"));
  if (database.host.empty() && order.connection.empty()) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "Which database? Give host, database, user and password, or "
                     "connection, the name of a stored one");
  }
  if (!database.host.empty() && !order.connection.empty()) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "A stored connection has a host of its own; give one of connection "
                     "and host");
  }
  const bool is_local = !database.host.empty() && !request.reaches_server();
  if (is_local &&
      (database.host.starts_with('/') || database.host.starts_with('@') ||
       database.host.find(',') != std::string::npos || !database.tls_authority.empty())) {
    return MakeError(ErrorCode::kForbidden,
                     "Sockets and files of the server are for callers who reach it "
                     "(sql.server_access); give the name of one host");
  }
  database.is_guarded = is_local;
  ARROW_ASSIGN_OR_RAISE(database.cursor, ReadCursor(body, order));
  for (const char* option : {"numeric", "unheld"}) {
    ARROW_ASSIGN_OR_RAISE(const std::string value, TextMember(body, option));
    if (!value.empty()) {
      order.options.emplace_back(option, value);
    }
  }
  ARROW_ASSIGN_OR_RAISE(const auto connections,
                        IntegerMember(body, "connections", 1, 32));
  if (connections) {
    order.options.emplace_back("connections", std::to_string(*connections));
  }
  ARROW_ASSIGN_OR_RAISE(const std::string password, TextMember(body, "password"));
  if (!password.empty()) {
    secrets[service::kPasswordSecret] = password;
  }
  order.database = std::move(database);
  return OrderOf(order, std::move(secrets));
}

Json AnswerOf(const service::JobRecord& job, const char* message) {
  Json answer = job.result;
  answer["status"] = "success";
  answer["message"] = message;
  return answer;
}

Json StoreAnswer(const service::JobRecord& job) {
  Json answer = AnswerOf(job, "Data loaded from S3");
  answer["s3_path"] = job.request.value("s3_path", "");
  answer["s3_source"] = job.request.value("location", "");
  return answer;
}

std::vector<ApiMember> TargetMembers() {
  return {
      {"table_name", ApiText("The table; `table` is the same"), ApiNeed::kRequired},
      {"namespace", ApiText("Its namespace, unless the name has it")},
      {"mode", ApiChoice({"auto", "create", "append", "overwrite", "replace"},
                         "auto makes the table or appends to it")},
      {"partition_by",
       ApiList(ApiText("region, day(ts), bucket(id, 16)"), "Partitions of a new table")},
      {"properties", ApiTextMap("Properties of a new table")},
      {"columns", ColumnsSchema()},
      {"lineage", ApiFlag("Columns that say where rows come from; true unless the table "
                          "has no place for them")},
      {"options", ApiTextMap("Options of the reader: delimiter, header, nullstr, …")}};
}

std::vector<ApiMember> FileMembers() {
  std::vector<ApiMember> members = TargetMembers();
  members.insert(
      members.end(),
      {{"format", ApiChoice({"auto", "csv", "json", "parquet", "orc", "avro", "arrow",
                             "xml", "excel"},
                            "By name and content unless given")},
       {"row_element", ApiText("Of XML: the element that is a row: catalog/book")},
       {"json_path", ApiText("Of JSON: where the records are: data.items")},
       {"encoding", ApiText("Of CSV and JSON: windows-1252, utf-16, …; UTF-8 unless "
                            "given or marked")},
       {"sheet", ApiText("Of Excel: the first one unless given")},
       {"range", ApiText("Of a sheet: A3:F200")},
       {"rejects", ApiChoice({"fail", "table"},
                             "What becomes of rows of CSV that do not parse: they fail "
                             "the load, or go to the table NAME__rejects")},
       {"register",
        ApiFlag("Parquet files become the table's as they are, without a copy")}});
  return members;
}

std::vector<ApiMember> StoreMembers() {
  return {{"endpoint", ApiText("Of the store; the server's own (s3.endpoint) if unset")},
          {"access_key", ApiText("Kept in memory only, as secret_key is")},
          {"secret_key", ApiText("")},
          {"session_token", ApiText("")},
          {"region", ApiText("")},
          {"path_style", ApiFlag("Buckets in the path and not in the host's name")},
          {"connection", ApiText("A stored connection in place of these")}};
}

Json LoadAnswer(std::vector<ApiMember> more) {
  std::vector<ApiMember> members = {
      {"message", ApiText("")},
      {"table", ApiText("namespace.table")},
      {"rows", ApiInteger("Rows that the table has got")},
      {"rows_loaded", ApiInteger("The same")},
      {"rows_read", ApiInteger("With those rejected")},
      {"rows_rejected", ApiInteger("")},
      {"rejects_table", ApiText("Where those are")},
      {"columns", ApiList(ApiText(""), "Of the source")},
      {"lineage_columns", ApiList(ApiText(""), "Added by the load")},
      {"snapshot_id", ApiInteger("")},
      {"files_written", ApiInteger("")},
      {"bytes_written", ApiInteger("")},
      {"duration_seconds", ApiNumber("")},
      {"source", ApiText("")},
      {"format", ApiText("")},
      {"mode", ApiText("What auto became")}};
  members.insert(members.end(), std::make_move_iterator(more.begin()),
                 std::make_move_iterator(more.end()));
  return ApiObject(std::move(members));
}

JobRoute FileRoute() {
  std::vector<ApiMember> members = FileMembers();
  members.insert(members.begin(),
                 {"file_path",
                  ApiText("A path of the server, a URL, or what POST /upload answered; "
                          "patterns and directories too"),
                  ApiNeed::kRequired});
  return {.path = "/load/file",
          .kind = service::kLoadKind,
          .order = &OrderFile,
          .answer =
              [](const service::JobRecord& job) {
                return AnswerOf(job, "Data loaded from file");
              },
          .about = {.tag = "Loads",
                    .summary = "Load files into a table",
                    .request = ApiObject(std::move(members)),
                    .example = {{"file_path", "/data/customers.csv"},
                                {"format", "csv"},
                                {"table_name", "customers"},
                                {"namespace", "raw"}},
                    .answer = LoadAnswer({})}};
}

JobRoute StoreRoute() {
  std::vector<ApiMember> members = FileMembers();
  for (ApiMember& member : StoreMembers()) {
    members.push_back(std::move(member));
  }
  members.insert(members.begin(),
                 {{"s3_path", ApiText("s3://bucket/key, s3a:// too, patterns too")},
                  {"bucket", ApiText("With key in the place of s3_path")},
                  {"key", ApiText("")}});
  return {.path = "/load/s3",
          .kind = service::kLoadKind,
          .order = &OrderStore,
          .answer = &StoreAnswer,
          .about = {.tag = "Loads",
                    .summary = "Load objects of a store into a table",
                    .request = ApiObject(std::move(members)),
                    .example = {{"bucket", "datalake"},
                                {"key", "input/sales.csv"},
                                {"format", "csv"},
                                {"table_name", "sales"},
                                {"namespace", "raw"}},
                    .answer = LoadAnswer(
                        {{"s3_path", ApiText("")}, {"s3_source", ApiText("")}})}};
}

JobRoute PostgresRoute() {
  std::vector<ApiMember> members = TargetMembers();
  members.insert(
      members.begin(),
      {{"host", ApiText("Of the database")},
       {"port", ApiInteger("5432 unless given")},
       {"database", ApiText("")},
       {"user", ApiText("")},
       {"password", ApiText("Kept in memory only")},
       {"connection", ApiText("A stored connection in place of these")},
       {"query", ApiText("A SELECT")},
       {"source_table", ApiText("A whole table, schema.name, in place of a query: read "
                                "by several connections that see one moment")},
       {"sslmode", ApiText("As libpq's: prefer unless given")},
       {"connections", ApiInteger("At once, for a whole table")},
       {"cursor", ApiAny("{column, start?}: only rows beyond those of the last load from "
                         "there are taken")},
       {"connect_timeout", ApiInteger("Seconds")},
       {"timeout", ApiInteger("Seconds that a statement may take")},
       {"numeric", ApiChoice({"decimal", "double", "text"},
                             "What numerics without a precision become")},
       {"unheld",
        ApiChoice({"error", "null"}, "What infinite dates and NaN numerics become")}});
  return {.path = "/load/postgres",
          .kind = service::kLoadKind,
          .order = &OrderPostgres,
          .answer =
              [](const service::JobRecord& job) {
                return AnswerOf(job, "Data loaded from PostgreSQL");
              },
          .about = {.tag = "Loads",
                    .summary = "Load a query or a table of a PostgreSQL into a table",
                    .request = ApiObject(std::move(members)),
                    .example = {{"host", "postgres"},
                                {"database", "source_db"},
                                {"user", "admin"},
                                {"password", "admin123"},
                                {"query", "SELECT * FROM sales.orders LIMIT 100"},
                                {"table_name", "orders"},
                                {"namespace", "staging"}},
                    .answer = LoadAnswer({})}};
}

}  // namespace

std::vector<JobRoute> MakeLoadRoutes() {
  return {FileRoute(), StoreRoute(), PostgresRoute()};
}

}  // namespace tarn::gateway
