// Scans that the server plans for clients, while these ask for their parts: who asked,
// how far the work is, and the result within a budget of bytes. A result that had to make
// room is planned again when it is asked for, from the same snapshot to the same files;
// so another server on the same store can go on with a plan that this one began.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "tarn/base/clock.h"
#include "tarn/base/json_fields.h"
#include "tarn/base/result.h"
#include "tarn/iceberg/table_ident.h"

namespace tarn::catalog {
class KeyValueStore;
}  // namespace tarn::catalog

namespace tarn::gateway {

namespace internal {
struct PlannedScan;
}  // namespace internal

struct PlanStoreOptions {
  /// How long a client waits for its first answer before it is told to come back.
  std::chrono::milliseconds wait_max{15'000};
  std::chrono::milliseconds lifetime{3'600'000};  // of a plan, from its beginning
  size_t results_bytes_max = size_t{256} << 20;  // the newest is kept however large it is
  size_t plans_max = 10'000;                     // the oldest go
  size_t requests_bytes_max = size_t{64} << 20;  // of the plans' requests; likewise
  size_t queue_max = 256;                        // plans that wait for a thread; then 503
  size_t threads_max = 4;                        // started when they are needed
};

/// Whose a plan is: nobody else's id or task names it.
struct PlanOwner {
  std::string catalog;
  iceberg::TableIdent table;
  std::string principal;

  bool operator==(const PlanOwner&) const = default;
};

/// Thread-safe.
class PlanStore {
 public:
  using Planned = std::shared_ptr<const internal::PlannedScan>;
  /// Runs on a thread of the store; looks at the token now and then.
  using Planner = std::function<Result<Planned>(std::stop_token)>;

  enum class State : uint8_t { kPlanning, kCompleted, kFailed, kCancelled };
  struct Plan {
    std::string id;
    State state = State::kPlanning;
    Planned result = nullptr;       // kCompleted
    Status failure = Status::OK();  // kFailed
  };

  /// `shared`: where plans are written that must outlast one answer, so that other
  /// servers find them; nullptr: there are none. `clock`, `random` and `shared` outlive
  /// it.
  PlanStore(PlanStoreOptions options, Clock& clock, Random& random,
            catalog::KeyValueStore* shared);
  ~PlanStore();  // asks running plans to stop, and waits for them
  PlanStore(const PlanStore&) = delete;
  PlanStore& operator=(const PlanStore&) = delete;

  /// A new plan; `request` is what it can be made from again. Waits for at most wait_max.
  /// Errors: kUnavailable if too many are waiting.
  Result<Plan> Begin(const PlanOwner& owner, Json request, const Planner& planner);

  /// The request of a plan that this server or another one has begun. Errors: kNoSuchPlan
  /// (never made, another's, expired).
  Result<Json> RequestOf(const PlanOwner& owner, const std::string& id);
  /// Where the plan is now; starts `planner` if its result is not here (any more), and
  /// waits for it for at most `wait`. Errors: kNoSuchPlan, kUnavailable.
  Result<Plan> Continue(const PlanOwner& owner, const std::string& id,
                        const Planner& planner, std::chrono::milliseconds wait);
  /// Lets other servers find the plan. Errors: those of the store.
  Status Share(const std::string& id);
  /// Frees the result of a plan that was answered as a whole; it is made again if
  /// somebody asks for it all the same.
  void Release(const std::string& id);
  /// Stops the work and frees the result. Errors: kNoSuchPlan.
  Status Cancel(const PlanOwner& owner, const std::string& id);

  const PlanStoreOptions& options() const { return options_; }

  struct Usage {
    size_t plans = 0;
    size_t results_bytes = 0;
    int64_t planned = 0;  // ever
  };
  Usage usage() const;

 private:
  struct Entry;
  using EntryPtr = std::shared_ptr<Entry>;
  using Lock = std::unique_lock<std::mutex>;

  Result<EntryPtr> FindShared(const PlanOwner& owner, const std::string& id);
  EntryPtr FindHere(const PlanOwner& owner, const std::string& id);
  void Add(const EntryPtr& entry);
  Status Enqueue(const EntryPtr& entry, const Planner& planner);
  Plan WaitFor(const EntryPtr& entry, std::chrono::milliseconds wait);
  void Work();
  void Finish(const EntryPtr& entry, Result<Planned> result);
  void Touch(const EntryPtr& entry);
  void FreeResults();
  void ForgetOld();
  void Forget(const EntryPtr& entry);
  void PruneShared();

  const PlanStoreOptions options_;
  Clock& clock_;
  Random& random_;
  catalog::KeyValueStore* const shared_;

  mutable std::mutex mutex_;
  std::condition_variable work_came_;
  std::condition_variable work_done_;
  // Guarded by mutex_:
  std::unordered_map<std::string, EntryPtr> entries_;
  std::list<EntryPtr> by_use_;  // the last used first
  struct Job {
    EntryPtr entry;
    Planner planner;
  };
  std::deque<Job> queue_;
  std::vector<std::thread> threads_;
  size_t idle_threads_ = 0;
  bool is_closing_ = false;
  size_t results_bytes_ = 0;
  size_t requests_bytes_ = 0;
  int64_t planned_ = 0;
  std::chrono::milliseconds next_prune_{0};
};

}  // namespace tarn::gateway
