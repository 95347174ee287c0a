// One query of a client, from the statement to the last page of its rows.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/gateway/trino/client_context.h"
#include "tarn/gateway/trino/query_answer.h"
#include "tarn/gateway/trino/query_bounds.h"
#include "tarn/gateway/trino/query_error.h"
#include "tarn/gateway/trino/row_pages.h"
#include "tarn/gateway/trino/statement_runner.h"
#include "tarn/gateway/trino/step_threads.h"

namespace tarn::gateway::trino {

/// What lists of queries show.
struct QuerySummary {
  std::string id;
  std::string user;
  std::string source;
  std::string text;
  QueryStats stats;
  std::chrono::milliseconds created_at{0};  // since the epoch
  std::optional<QueryError> error;
  std::string remote_id = {};                // on another server; empty: it runs here
  std::string group = {};                    // of resources
  std::chrono::milliseconds heard_of_at{0};  // of its client, since the epoch
  bool is_from_cache = false;                // its rows were kept from an earlier run
};

/// The protocol's answer to one call.
struct PageAnswer {
  int http_status = 200;
  std::string json = {};
  std::vector<std::pair<std::string, std::string>> headers = {};  // full names
};

/// Where answers lead clients.
struct AnswerLinks {
  std::string base_url;  // "http://127.0.0.1:8080"
};

/// A query does its work in steps, each of which makes one page and none of which begins
/// before the client has taken the page before the last one: so little is held in memory.
/// Thread-safe; held by shared_ptr.
class Query : public std::enable_shared_from_this<Query> {
 public:
  using SteadyTime = std::chrono::steady_clock::time_point;

  struct Setting {
    std::string id;
    std::string slug;  // what nobody can guess, of its URIs
    std::string text;
    ClientContext client;
    std::chrono::milliseconds created_at{0};
    std::string group = {};                            // of resources
    QueryBounds bounds = {};                           // beside what its session says
    std::shared_ptr<engine::MemoryGroup> memory = {};  // of its group
    /// Called once, on any thread, when the work is over.
    std::function<void(const Query&)> ended = nullptr;
  };
  /// What is given outlives the query.
  Query(Setting setting, StatementRunner& runner, StepThreads& threads);

  const std::string& id() const { return setting_.id; }
  const std::string& slug() const { return setting_.slug; }
  const std::string& user() const { return setting_.client.user; }
  const std::string& source() const { return setting_.client.source; }
  const std::string& group() const { return setting_.group; }
  /// Of its statement so far, or in all.
  engine::ResourceUse Use() const;

  /// Begins the work: the query has its turn.
  void Start();
  /// Ends it with this error, if it has not ended.
  void Cancel(const Status& reason);
  /// The answer with this number, waiting for news if there are none. The one that was
  /// given last is given again; those before are gone (410), others do not exist (404).
  PageAnswer Answer(int64_t token, const AnswerLinks& links,
                    std::chrono::milliseconds wait);
  /// The client is still there.
  void Touch();

  /// Sees to what time brings: a cancelled statement that did not notice, a time limit.
  void Tick(SteadyTime now);
  bool is_over() const;
  /// When the client was last heard of.
  SteadyTime touched_at() const;
  /// Whether its client has, or could have had, all there is.
  bool IsDelivered() const;
  QuerySummary Summary() const;

 private:
  void Schedule();  // with mutex_ held
  void Step();
  Status Begin();
  Status Bound();
  void Meter(const HeldSession& held);                 // with mutex_ held
  std::optional<Status> Excess(SteadyTime now) const;  // with mutex_ held
  engine::ResourceUse UseNow() const;                  // with mutex_ held
  void EndStep(Result<RowPage> page);
  /// With mutex_ held; gives what is to go once it is released.
  std::unique_ptr<RowPages> EndWith(QueryState state);
  void TellEnded();
  void Describe(const RowPages& pages);  // with mutex_ held
  bool HasNews() const;                  // with mutex_ held
  PageAnswer MakeAnswer(const AnswerLinks& links);
  std::string NextUri(const AnswerLinks& links) const;
  QueryStats Stats() const;  // with mutex_ held

  const Setting setting_;
  StatementRunner& runner_;
  StepThreads& threads_;
  const SteadyTime created_;

  std::mutex turn_;  // answers are made one after the other
  mutable std::mutex mutex_;
  std::condition_variable news_;
  QueryState state_ = QueryState::kQueued;
  SteadyTime started_;  // of the work
  SteadyTime ended_;
  SteadyTime touched_;
  QueryBounds bounds_;
  std::shared_ptr<const engine::ResourceMeter> meter_;  // once there is a session
  engine::ResourceUse use_;                             // in all, once it is over
  bool is_stepping_ = false;
  std::optional<Status> cancelled_;
  std::optional<QueryError> error_;
  std::shared_ptr<HeldSession> session_;  // while the work lasts
  std::shared_ptr<RemoteQuery> remote_;   // where it runs, if not here
  bool is_from_cache_ = false;
  std::unique_ptr<RowPages> pages_;  // the step's own while it goes on
  std::optional<RowPage> ready_;     // not yet taken
  // What was found out at the beginning.
  bool is_described_ = false;
  std::string columns_json_;
  std::string update_type_;
  std::optional<int64_t> update_count_;
  std::vector<std::pair<std::string, std::string>> headers_;
  std::string encoding_;
  int64_t rows_sent_ = 0;
  // The answer that was given last.
  int64_t token_ = -1;
  bool is_last_answer_ = false;
  PageAnswer given_;
};

}  // namespace tarn::gateway::trino
