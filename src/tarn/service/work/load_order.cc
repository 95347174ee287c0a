#include "tarn/service/work/load_order.h"

#include "tarn/base/error.h"
#include "tarn/ingest/chosen_columns_json.h"
#include "tarn/net/http_get.h"

namespace tarn::service {
namespace {

using ingest::DatabaseKind;
using ingest::LoadMode;

constexpr std::pair<LoadMode, const char*> kModes[] = {
    {LoadMode::kCreate, "create"},
    {LoadMode::kAppend, "append"},
    {LoadMode::kOverwrite, "overwrite"},
    {LoadMode::kReplace, "replace"},
    {LoadMode::kUpsert, "upsert"}};

Json DatabaseToJson(const DatabaseOrder& database) {
  Json json = {{"host", database.host},
               {"database", database.database},
               {"user", database.user},
               {"connect_timeout", database.connect_timeout.count()},
               {"guarded", database.is_guarded}};
  const auto put = [&](const char* name, const std::string& value) {
    if (!value.empty()) {
      json[name] = value;
    }
  };
  if (database.kind != DatabaseKind::kPostgres) {
    json["kind"] = std::string(ingest::DatabaseKindName(database.kind));
  }
  put("shown", database.shown);
  put("sslmode", database.tls_mode);
  put("sslrootcert", database.tls_authority);
  put("table", database.table);
  put("query", database.query);
  if (database.port) {
    json["port"] = *database.port;
  }
  if (database.statement_timeout) {
    json["timeout"] = database.statement_timeout->count();
  }
  if (database.cursor) {
    json["cursor"] = {{"column", database.cursor->column}};
    if (database.cursor->start) {
      json["cursor"]["start"] = *database.cursor->start;
    }
    if (!database.cursor->key.empty()) {
      json["cursor"]["key"] = database.cursor->key;
    }
  }
  return json;
}

Result<bool> Flag(const JsonFields& fields, std::string_view name) {
  const Json* const value = fields.Find(name);
  if (value == nullptr) {
    return false;
  }
  return value->is_boolean() ? Result<bool>(value->get<bool>())
                             : fields.Wrong(name, "true or false");
}

Result<std::vector<std::string>> Texts(const JsonFields& fields, std::string_view name) {
  ARROW_ASSIGN_OR_RAISE(const Json* const array, fields.OptionalArray(name));
  return array == nullptr ? Result<std::vector<std::string>>(std::vector<std::string>())
                          : StringArray(*array, name);
}

Result<DatabaseOrder> DatabaseFromJson(const Json& json) {
  ARROW_ASSIGN_OR_RAISE(const JsonFields fields,
                        JsonFields::Make(json, "the database of a load"));
  const auto text = [&](const char* name, std::string* into) -> Status {
    ARROW_ASSIGN_OR_RAISE(const auto value, fields.OptionalString(name));
    *into = value.value_or("");
    return Status::OK();
  };
  DatabaseOrder database;
  ARROW_ASSIGN_OR_RAISE(const auto kind, fields.OptionalString("kind"));
  const auto known = ingest::DatabaseKindFromName(kind.value_or("postgres"));
  if (!known) {
    return fields.Wrong("kind", "postgres, mysql or odbc");
  }
  database.kind = *known;
  RETURN_NOT_OK(text("shown", &database.shown));
  RETURN_NOT_OK(text("host", &database.host));
  RETURN_NOT_OK(text("database", &database.database));
  RETURN_NOT_OK(text("user", &database.user));
  RETURN_NOT_OK(text("sslmode", &database.tls_mode));
  RETURN_NOT_OK(text("sslrootcert", &database.tls_authority));
  RETURN_NOT_OK(text("table", &database.table));
  RETURN_NOT_OK(text("query", &database.query));
  ARROW_ASSIGN_OR_RAISE(database.port, fields.OptionalInt32("port"));
  ARROW_ASSIGN_OR_RAISE(const auto connect, fields.OptionalInt32("connect_timeout"));
  database.connect_timeout = std::chrono::seconds(connect.value_or(15));
  ARROW_ASSIGN_OR_RAISE(const auto timeout, fields.OptionalInt32("timeout"));
  if (timeout) {
    database.statement_timeout = std::chrono::seconds(*timeout);
  }
  ARROW_ASSIGN_OR_RAISE(database.is_guarded, Flag(fields, "guarded"));
  if (const Json* const cursor = fields.Find("cursor")) {
    ARROW_ASSIGN_OR_RAISE(const JsonFields inner,
                          JsonFields::Make(*cursor, "the cursor of a load"));
    CursorOrder order;
    ARROW_ASSIGN_OR_RAISE(order.column, inner.String("column"));
    ARROW_ASSIGN_OR_RAISE(order.start, inner.OptionalString("start"));
    ARROW_ASSIGN_OR_RAISE(order.key, Texts(inner, "key"));
    database.cursor = std::move(order);
  }
  return database;
}

Status ReadPlace(const JsonFields& fields, LoadOrder* order) {
  const auto text = [&](const char* name, std::string* into) -> Status {
    ARROW_ASSIGN_OR_RAISE(const auto value, fields.OptionalString(name));
    *into = value.value_or("");
    return Status::OK();
  };
  RETURN_NOT_OK(text("warehouse", &order->warehouse));
  RETURN_NOT_OK(text("location", &order->location));
  RETURN_NOT_OK(text("connection", &order->connection));
  ARROW_ASSIGN_OR_RAISE(order->into.ns.levels, Texts(fields, "namespace"));
  ARROW_ASSIGN_OR_RAISE(order->into.name, fields.String("table"));
  if (const Json* const database = fields.Find("database")) {
    ARROW_ASSIGN_OR_RAISE(order->database, DatabaseFromJson(*database));
  }
  ARROW_ASSIGN_OR_RAISE(order->store, fields.StringMap("store"));
  ARROW_ASSIGN_OR_RAISE(order->has_own_store, Flag(fields, "own_store"));
  return Status::OK();
}

}  // namespace

std::string LoadModeText(const std::optional<LoadMode>& mode) {
  for (const auto& [known, name] : kModes) {
    if (mode == known) {
      return name;
    }
  }
  return "auto";
}

Result<std::optional<LoadMode>> LoadModeFromText(const std::string& text) {
  if (text.empty() || text == "auto") {
    return std::optional<LoadMode>();
  }
  for (const auto& [known, name] : kModes) {
    if (text == name) {
      return std::optional(known);
    }
  }
  return MakeError(ErrorCode::kInvalidArgument,
                   "The mode of a load is auto, create, append, overwrite, replace or "
                   "upsert, not " +
                       text);
}

Json LoadOrderToJson(const LoadOrder& order) {
  Json json = {{"namespace", order.into.ns.levels},
               {"table", order.into.name},
               {"mode", LoadModeText(order.mode)},
               {"source", ShownSource(order)}};
  const auto put = [&](const char* name, Json value) {
    if (!value.empty()) {
      json[name] = std::move(value);
    }
  };
  const auto put_text = [&](const char* name, const std::string& value) {
    if (!value.empty()) {
      json[name] = value;
    }
  };
  put_text("warehouse", order.warehouse);
  put_text("location", order.location);
  put_text("connection", order.connection);
  if (order.database) {
    json["database"] = DatabaseToJson(*order.database);
  }
  put("store", order.store);
  if (order.format != ingest::Format::kAuto) {
    json["format"] = std::string(ingest::FormatName(order.format));
  }
  Json options = Json::array();
  for (const auto& [name, value] : order.options) {
    options.push_back({name, value});
  }
  put("options", std::move(options));
  put("columns", ingest::ChosenColumnsToJson(order.columns));
  put("keys", order.keys);
  put("partition_by", order.partition_by);
  put("properties", order.properties);
  if (order.lineage) {
    json["lineage"] = *order.lineage;
  }
  if (order.rejects == RejectsTo::kTable) {
    json["rejects"] = "table";
  }
  for (const auto& [name, value] : {std::pair("own_store", order.has_own_store),
                                    std::pair("register", order.registers)}) {
    if (value) {
      json[name] = true;
    }
  }
  return json;
}

Result<LoadOrder> LoadOrderFromJson(const Json& json) {
  ARROW_ASSIGN_OR_RAISE(const JsonFields fields,
                        JsonFields::Make(json, "the request of a load"));
  LoadOrder order;
  RETURN_NOT_OK(ReadPlace(fields, &order));
  ARROW_ASSIGN_OR_RAISE(const auto mode, fields.OptionalString("mode"));
  ARROW_ASSIGN_OR_RAISE(order.mode, LoadModeFromText(mode.value_or("")));
  ARROW_ASSIGN_OR_RAISE(const auto format, fields.OptionalString("format"));
  if (format) {
    ARROW_ASSIGN_OR_RAISE(order.format, ingest::FormatFromName(*format));
  }
  ARROW_ASSIGN_OR_RAISE(const Json* const options, fields.OptionalArray("options"));
  for (const Json& option : options == nullptr ? Json::array() : *options) {
    ARROW_ASSIGN_OR_RAISE(auto pair, StringArray(option, "an option of a load"));
    if (pair.size() != 2) {
      return fields.Wrong("options", "pairs of a name and a value");
    }
    order.options.emplace_back(std::move(pair[0]), std::move(pair[1]));
  }
  if (const Json* const columns = fields.Find("columns")) {
    ARROW_ASSIGN_OR_RAISE(order.columns, ingest::ChosenColumnsFromJson(*columns));
  }
  ARROW_ASSIGN_OR_RAISE(order.keys, Texts(fields, "keys"));
  ARROW_ASSIGN_OR_RAISE(order.partition_by, Texts(fields, "partition_by"));
  ARROW_ASSIGN_OR_RAISE(order.properties, fields.StringMap("properties"));
  if (fields.Has("lineage")) {
    ARROW_ASSIGN_OR_RAISE(order.lineage, Flag(fields, "lineage"));
  }
  ARROW_ASSIGN_OR_RAISE(const auto rejects, fields.OptionalString("rejects"));
  order.rejects = rejects == "table" ? RejectsTo::kTable : RejectsTo::kNowhere;
  ARROW_ASSIGN_OR_RAISE(order.registers, Flag(fields, "register"));
  return order;
}

std::string ShownSource(const LoadOrder& order) {
  if (order.database) {
    const DatabaseOrder& database = *order.database;
    if (database.host.empty() && database.shown.empty() && !order.connection.empty()) {
      return "connection:" + order.connection;
    }
    if (database.kind == DatabaseKind::kOdbc) {
      return database.shown;
    }
    return std::string(ingest::DatabaseScheme(database.kind)) + "://" + database.host +
           (database.port ? ":" + std::to_string(*database.port) : "") + "/" +
           database.database;
  }
  const bool is_web =
      order.location.starts_with("http://") || order.location.starts_with("https://");
  return is_web ? net::UrlToShow(order.location) : order.location;
}

}  // namespace tarn::service
