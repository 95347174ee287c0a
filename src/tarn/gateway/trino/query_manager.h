// The queries of all clients: whose turn it is, who may ask for which, and when they go.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tarn/base/metrics.h"
#include "tarn/gateway/trino/engine_sessions.h"
#include "tarn/gateway/trino/query.h"
#include "tarn/gateway/trino/resource_groups.h"
#include "tarn/gateway/trino/statement_runner.h"
#include "tarn/gateway/trino/step_threads.h"
#include "tarn/gateway/trino/transactions.h"

namespace tarn::gateway::trino {

class RuntimeView;

struct QueryLimits {
  size_t running_max = 32;  // queries at once; each may have a thread
  size_t queued_max = 1'000;
  /// A query, or a transaction, whose client was not heard of for so long is ended.
  std::chrono::milliseconds client_timeout{300'000};
  /// Queries that are over can be asked for so long, and so many of them.
  std::chrono::milliseconds history_time{60'000};
  size_t history_max = 100;
  std::vector<ResourceGroup> groups = {};
  QueryBounds query = {};  // of each query
};

/// Thread-safe. Starts its threads with the first query.
class QueryManager {
 public:
  /// `route` outlives the manager; nullptr: everything runs here.
  QueryManager(EngineSessions::OpenEngine open, QueryLimits limits,
               RemoteRoute* route = nullptr);
  ~QueryManager();  // ends all queries
  QueryManager(const QueryManager&) = delete;
  QueryManager& operator=(const QueryManager&) = delete;

  /// Takes a statement; it fails at once if too many wait.
  std::shared_ptr<Query> Submit(ClientContext client, std::string text);
  /// nullptr if there is none, or none with this slug.
  std::shared_ptr<Query> Find(std::string_view id, std::string_view slug) const;
  /// By its id alone, for lists and administration.
  std::shared_ptr<Query> Find(std::string_view id) const;
  std::vector<QuerySummary> Summaries() const;
  std::vector<Transactions::Summary> TransactionSummaries() const {
    return transactions_.Summaries();
  }
  /// Where clients reach the server, for system.runtime.nodes.
  void SetAddress(const std::string& address);

 private:
  std::string NewId();
  EngineSessions::OpenEngine OpenWithView(EngineSessions::OpenEngine open) const;
  void Admit(const std::shared_ptr<Query>& query);
  void OnEnded(const Query& query);
  /// With mutex_ held; those of `ids` that are to begin.
  std::vector<std::shared_ptr<Query>> Turns(const std::vector<std::string>& ids) const;
  Status Kill(const statement::KillQuery& kill, const ClientContext& by);
  void StartWatch();
  void Watch();
  void Sweep();
  void Forget(Query::SteadyTime now);

  const QueryLimits limits_;
  /// What the engine is given to look at; it may outlive this.
  const std::shared_ptr<RuntimeView> view_;
  EngineSessions sessions_;
  Transactions transactions_;
  StatementRunner runner_;
  StepThreads threads_;

  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Query>, std::less<>> queries_;  // by id
  Admission admission_;
  uint64_t num_ids_ = 0;
  std::string instance_;  // the end of all ids of this process
  std::thread watch_;
  std::condition_variable stopped_;
  bool is_stopped_ = false;
  std::vector<MetricCallback> metrics_;
};

}  // namespace tarn::gateway::trino
