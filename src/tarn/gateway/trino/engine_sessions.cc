#include "tarn/gateway/trino/engine_sessions.h"

#include <utility>

#include "tarn/base/error.h"
#include "tarn/gateway/trino/query_error.h"
#include "tarn/gateway/trino/session_properties.h"

namespace tarn::gateway::trino {
namespace {

bool IsOff(const ClientContext& client, const char* property) {
  const std::string* const value = client.Property(property);
  return value != nullptr && *value == "false";
}

/// Errors: INVALID_SESSION_PROPERTY.
Result<std::string> Dialect(const ClientContext& client) {
  const std::string dialect = DialectOf(client).value_or("trino");
  RETURN_NOT_OK(CheckProperty("dialect", dialect, ""));
  return dialect;
}

/// Properties of Trino's Iceberg connector that are settings of the engine.
Status SetRetentions(const ClientContext& client, engine::Session* session) {
  for (const auto& [name, value] : client.properties) {
    const std::string setting = name.substr(name.find('.') + 1);
    const bool is_setting = name.find('.') != std::string::npos &&
                            (setting == "expire_snapshots_min_retention" ||
                             setting == "remove_orphan_files_min_retention");
    if (!is_setting) {
      continue;
    }
    std::string text;
    for (const char c : value) {
      text.append(c == '\'' ? 2 : 1, c);
    }
    if (!session->Execute("SET " + setting + " = '" + text + "'").ok()) {
      return NamedError("INVALID_SESSION_PROPERTY",
                        name + " must be a duration like 7d, not: " + value);
    }
  }
  return Status::OK();
}

}  // namespace

std::string QuotedName(const std::string& name) {
  std::string quoted = "\"";
  for (const char c : name) {
    quoted += c == '"' ? "\"\"" : std::string(1, c);
  }
  return quoted + '"';
}

Status UseSchema(const std::string& catalog, const std::string& schema,
                 engine::Session* session) {
  if (!catalog.empty()) {
    const Status used = session->Execute("USE " + QuotedName(catalog)).status();
    if (!used.ok() || session->current_schema() != catalog) {
      return NamedError("CATALOG_NOT_FOUND", "Catalog '" + catalog + "' not found");
    }
  }
  if (schema.empty()) {
    return Status::OK();
  }
  const std::string full = catalog.empty()
                               ? QuotedName(schema)
                               : QuotedName(catalog) + "." + QuotedName(schema);
  const Status used = session->Execute("USE " + full).status();
  if (!used.ok() && CodeOf(used) == ErrorCode::kNoSuchNamespace) {
    return NamedError(
        "SCHEMA_NOT_FOUND",
        "Schema does not exist: " + (catalog.empty() ? "" : catalog + ".") + schema);
  }
  return used;
}

Result<engine::Engine*> EngineSessions::OpenOnce() {
  const std::lock_guard lock(mutex_);
  if (engine_ == nullptr) {
    ARROW_ASSIGN_OR_RAISE(engine_, open_());
  }
  return engine_;
}

Result<std::shared_ptr<HeldSession>> EngineSessions::Make(const ClientContext& client) {
  ARROW_ASSIGN_OR_RAISE(engine::Engine* const engine, OpenOnce());
  auto held = std::make_shared<HeldSession>();
  ARROW_ASSIGN_OR_RAISE(held->dialect, Dialect(client));
  ARROW_ASSIGN_OR_RAISE(
      held->session,
      engine->Connect({.user = client.user,
                       .dialect = held->dialect,
                       .reaches_server = client.reaches_server,
                       .uses_result_cache = !IsOff(client, "result_cache")}));
  ARROW_ASSIGN_OR_RAISE(const std::string zone, EngineTimeZone(client));
  if (!zone.empty()) {
    const Status set = held->session->Execute("SET TimeZone = '" + zone + "'").status();
    if (!set.ok()) {
      return NamedError("INVALID_SESSION_PROPERTY", "Time zone not supported: " + zone);
    }
  }
  RETURN_NOT_OK(SetRetentions(client, held->session.get()));
  ARROW_ASSIGN_OR_RAISE(const auto depth_max, RecursionDepthMax(client));
  if (depth_max.has_value()) {
    RETURN_NOT_OK(
        held->session->Execute("SET max_recursion_depth = " + std::to_string(*depth_max))
            .status());
  }
  if (IsOff(client, "use_materialized_views")) {
    RETURN_NOT_OK(held->session->Execute("SET use_materialized_views = false").status());
  }
  RETURN_NOT_OK(SetUp(client, held.get()));
  return held;
}

Status EngineSessions::SetUp(const ClientContext& client, HeldSession* held) {
  held->schema_status = UseSchema(client.catalog, client.schema, held->session.get());
  ARROW_ASSIGN_OR_RAISE(const std::string dialect, Dialect(client));
  if (dialect != held->dialect) {
    RETURN_NOT_OK(
        held->session->Execute("SET SESSION dialect = '" + dialect + "'").status());
    held->dialect = dialect;
  }
  return Status::OK();
}

}  // namespace tarn::gateway::trino
