// Sessions of the SQL engine, set up as a client's headers say.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "tarn/base/result.h"
#include "tarn/engine/engine.h"
#include "tarn/gateway/trino/client_context.h"

namespace tarn::gateway::trino {

class RemoteQuery;

struct HeldSession : std::enable_shared_from_this<HeldSession> {
  std::unique_ptr<engine::Session> session;
  /// Held while a statement runs or rows are taken: sessions do one thing at a time.
  /// Interrupt() and progress() need it not.
  std::mutex busy;
  std::string dialect = {};
  /// Why the client's schema is not the session's, if it is not.
  Status schema_status = Status::OK();
  /// The statement's query on another server, if it runs there and not in `session`.
  std::shared_ptr<RemoteQuery> remote = nullptr;
};

/// Thread-safe.
class EngineSessions {
 public:
  using OpenEngine = std::function<Result<engine::Engine*>()>;
  /// `open` is called by one thread at a time, at the first statement.
  explicit EngineSessions(OpenEngine open) : open_(std::move(open)) {}

  /// Errors: the engine's; INVALID_SESSION_PROPERTY.
  Result<std::shared_ptr<HeldSession>> Make(const ClientContext& client);
  /// Makes the session as the headers say; `held` is not busy, or the caller holds it.
  Status SetUp(const ClientContext& client, HeldSession* held);

 private:
  Result<engine::Engine*> OpenOnce();

  const OpenEngine open_;
  std::mutex mutex_;
  engine::Engine* engine_ = nullptr;
};

/// "name" in quotes, for SQL.
std::string QuotedName(const std::string& name);
/// Makes `catalog` and `schema` current; either may be empty. Errors: CATALOG_NOT_FOUND,
/// SCHEMA_NOT_FOUND.
Status UseSchema(const std::string& catalog, const std::string& schema,
                 engine::Session* session);

}  // namespace tarn::gateway::trino
