// Runs a statement of a client: on the engine, or where it is about the session itself.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/engine/engine.h"
#include "tarn/gateway/trino/client_context.h"
#include "tarn/gateway/trino/client_statement.h"
#include "tarn/gateway/trino/engine_sessions.h"
#include "tarn/gateway/trino/transactions.h"

namespace tarn::gateway::trino {

class RemoteRoute;

struct StatementResult {
  /// "INSERT"; empty for queries.
  std::string update_type = {};
  /// What the client's session is to remember; names without the prefix "X-Trino-".
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::unique_ptr<engine::ResultStream> rows = nullptr;  // nullptr: it has no columns
  /// Where `rows` come from; nullptr if they are at hand.
  std::shared_ptr<HeldSession> session = nullptr;
  /// In place of `rows`: another server has them.
  std::shared_ptr<RemoteQuery> remote = nullptr;
};

/// Thread-safe.
class StatementRunner {
 public:
  /// Ends a query. Errors: NOT_FOUND.
  using Kill =
      std::function<Status(const statement::KillQuery& kill, const ClientContext& by)>;

  /// What is given outlives the runner; without a route everything runs here.
  StatementRunner(EngineSessions& sessions, Transactions& transactions, Kill kill,
                  RemoteRoute* route = nullptr)
      : sessions_(sessions),
        transactions_(transactions),
        kill_(std::move(kill)),
        route_(route) {}

  /// `on_session` is called once the statement has a session of the engine, before it
  /// runs there: who has it may interrupt. Errors: the engine's.
  using OnSession = std::function<void(std::shared_ptr<HeldSession>)>;
  Result<StatementResult> Run(const ClientContext& client, const std::string& text,
                              const OnSession& on_session);

 private:
  class Call;

  EngineSessions& sessions_;
  Transactions& transactions_;
  Kill kill_;
  RemoteRoute* const route_;
};

/// What a statement does, as clients are told: "CREATE TABLE"; empty for queries, whose
/// rows are all there is to say. From what the engine says it is, or from its words,
/// which may be of no statement at all.
std::string UpdateTypeOf(const std::string& statement_type);

}  // namespace tarn::gateway::trino
