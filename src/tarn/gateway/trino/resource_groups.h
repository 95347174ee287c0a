// How much each kind of client may run at once, and for how long: groups of queries, each
// with its own limits and queue.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tarn/base/config.h"
#include "tarn/base/result.h"
#include "tarn/gateway/trino/query_bounds.h"

namespace tarn::gateway::trino {

struct ResourceGroup {
  std::string name;
  std::string user = "*";  // whose queries are in it; * is any text
  std::string source = "*";
  size_t running_max = 32;  // of its queries at once
  size_t queued_max = 1'000;
  size_t user_running_max = SIZE_MAX;  // of one user's at once
  QueryBounds query = {};              // of each of its queries
  /// Of all its queries together: above the first one others wait, above the second one a
  /// query that asks for more fails; unset: any amount.
  std::optional<int64_t> soft_memory_max = {};
  std::optional<int64_t> hard_memory_max = {};
  /// Time of processors that its queries may take within `cpu_period` before others wait;
  /// what was taken is forgiven evenly over that time. Unset: any time.
  std::optional<std::chrono::milliseconds> cpu_time_max = {};
  std::chrono::milliseconds cpu_period{3'600'000};
  /// How long all queries of one user may have run within `user_time_period` before the
  /// next one is refused; unset: any time.
  std::optional<std::chrono::milliseconds> user_time_max = {};
  std::chrono::milliseconds user_time_period{3'600'000};
};

/// The groups of `sql.resource_groups`, in the order of their names. Errors:
/// kInvalidArgument.
Result<std::vector<ResourceGroup>> ResourceGroupsFrom(const Config& config);

/// True if `text` is `pattern`, where * is any text.
bool MatchesPattern(std::string_view pattern, std::string_view text);

/// Whose turn it is. The first group whose user and source match has the query; those of
/// none are in the group "global". Thread-compatible.
class Admission {
 public:
  using Time = std::chrono::steady_clock::time_point;
  enum class Answer : uint8_t { kRun, kWait, kQueueFull, kTimeUsedUp };

  /// `running_max` and `queued_max` are of all groups together, and of "global".
  Admission(std::vector<ResourceGroup> groups, size_t running_max, size_t queued_max);

  /// A query that arrives.
  Answer Enter(const std::string& id, const std::string& user, const std::string& source,
               Time now);
  /// A query that is over; also one that waited, or that was refused. Gives those whose
  /// turn it is now.
  std::vector<std::string> Leave(const std::string& id, Time now);
  /// What a query has taken so far, of processors' time.
  void Charge(const std::string& id, std::chrono::nanoseconds cpu_time);
  /// Those whose turn it is because memory was given back or time has gone by.
  std::vector<std::string> Wake(Time now);

  /// Of a query that entered and has not left; "global" of others.
  const ResourceGroup& GroupOf(const std::string& id) const;
  const ResourceGroup& GroupFor(std::string_view user, std::string_view source) const;
  /// Where the memory of its queries is counted.
  std::shared_ptr<engine::MemoryGroup> MemoryFor(std::string_view user,
                                                 std::string_view source) const;

  size_t num_running() const { return num_running_; }
  size_t num_waiting() const { return waiting_.size(); }

 private:
  struct State {
    ResourceGroup limits;
    size_t running = 0;
    size_t waiting = 0;
    std::map<std::string, size_t> running_of = {};  // by user
    /// When queries of the user ended, and how long they ran; oldest first.
    std::map<std::string, std::deque<std::pair<Time, std::chrono::milliseconds>>> used =
        {};
    std::shared_ptr<engine::MemoryGroup> memory = {};
    std::chrono::nanoseconds cpu_used{0};
    std::optional<Time> cpu_forgiven_at = {};  // the last time
  };
  struct Member {
    State* group = nullptr;
    std::string user = {};
    std::optional<Time> started = {};  // unset: it waits
    std::chrono::nanoseconds cpu_charged{0};
  };

  State& StateFor(std::string_view user, std::string_view source);
  static void Forgive(State* group, Time now);
  bool MayRun(const State& group, const std::string& user) const;
  bool IsTimeUsedUp(State* group, const std::string& user, Time now) const;
  void Start(Member* member, Time now);

  std::vector<State> groups_;  // the last one is "global"; never resized
  const size_t running_max_;
  const size_t queued_max_;
  size_t num_running_ = 0;
  std::map<std::string, Member> members_;  // by id
  std::deque<std::string> waiting_;        // of all groups, in the order of arrival
};

}  // namespace tarn::gateway::trino
