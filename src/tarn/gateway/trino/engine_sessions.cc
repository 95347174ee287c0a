#include "tarn/gateway/trino/engine_sessions.h"

#include <utility>

#include "tarn/base/error.h"
#include "tarn/gateway/trino/query_error.h"
#include "tarn/gateway/trino/session_properties.h"

namespace tarn::gateway::trino {
namespace {

constexpr char kDefaultDialect[] = "trino";

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
  ARROW_ASSIGN_OR_RAISE(held->session, engine->Connect());
  ARROW_ASSIGN_OR_RAISE(const std::string zone, EngineTimeZone(client));
  if (!zone.empty()) {
    const Status set = held->session->Execute("SET TimeZone = '" + zone + "'").status();
    if (!set.ok()) {
      return NamedError("INVALID_SESSION_PROPERTY", "Time zone not supported: " + zone);
    }
  }
  RETURN_NOT_OK(SetUp(client, held.get()));
  return held;
}

Status EngineSessions::SetUp(const ClientContext& client, HeldSession* held) {
  held->schema_status = UseSchema(client.catalog, client.schema, held->session.get());
  return SetDialect(client, held);
}

Status EngineSessions::SetDialect(const ClientContext& client, HeldSession* held) {
  const auto asked = DialectOf(client);
  if (asked) {
    RETURN_NOT_OK(CheckProperty("dialect", *asked, ""));
  }
  if (is_asked_ && !has_dialects_) {
    return asked.value_or("duckdb") == "duckdb"
               ? Status::OK()
               : MakeError(ErrorCode::kNotSupported,
                           "The engine does not read Trino's dialect yet");
  }
  const std::string dialect = asked.value_or(kDefaultDialect);
  const Status set =
      held->session->Execute("SET SESSION dialect = '" + dialect + "'").status();
  has_dialects_ = set.ok() || has_dialects_;
  is_asked_ = true;
  return has_dialects_ ? set : SetDialect(client, held);
}

}  // namespace tarn::gateway::trino
