// Who commits to a table next: callers stand in line, and the first in line does the work
// of those behind it.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "tarn/base/result.h"

namespace tarn::catalog::internal {

/// What somebody wants done. It lives in the caller's frame until Run() returns.
struct QueueMember {
  /// Not grouped with others.
  bool is_alone = false;
};

struct CommitQueueLimits {
  size_t group_max = 64;      // members of a group
  size_t waiting_max = 1024;  // of one line; more are refused
};

/// One line for each key, first come, first served. Thread-safe.
class CommitQueue {
 public:
  using Group = std::vector<QueueMember*>;
  using RunGroup = std::function<void(const Group&)>;

  explicit CommitQueue(CommitQueueLimits limits = {}) : limits_(limits) {}

  /// Waits for `member`'s turn in the lines of all `keys` (sorted, without repetition: so
  /// nobody waits in a circle) and returns when a group that it is in has been run, by
  /// this thread or another. Members of several keys are alone. Errors: kUnavailable if
  /// too many wait already; nothing was run.
  Status Run(const std::vector<std::string>& keys, QueueMember* member,
             const RunGroup& run);

  /// True if somebody is at work for `key`.
  bool IsBusy(const std::string& key) const;
  /// In all lines, without those at work.
  size_t num_waiting() const;

 private:
  enum class State : uint8_t { kWaits, kLeads, kDone };
  struct Waiter {
    Waiter(QueueMember* waiting, bool alone) : member(waiting), is_alone(alone) {}
    QueueMember* member;
    const bool is_alone;
    State state = State::kWaits;
    std::condition_variable changed;
  };
  /// There while its leader is at work.
  struct Line {
    std::deque<Waiter*> waiting;
  };

  Status RunOne(const std::string& key, Waiter* waiter, const RunGroup& run);
  Status RunAlone(const std::vector<std::string>& keys, Waiter* waiter,
                  const RunGroup& run);
  /// Returns when `waiter` leads the line or its work is done.
  Status Enter(const std::string& key, Waiter* waiter,
               std::unique_lock<std::mutex>& lock);
  /// Those that may be grouped with the leader, taken out of the line.
  std::vector<Waiter*> TakeFollowers(const std::string& key);
  /// The next in line leads.
  void Leave(const std::string& key);

  const CommitQueueLimits limits_;
  mutable std::mutex mutex_;
  std::map<std::string, Line> lines_;  // guarded by mutex_
};

}  // namespace tarn::catalog::internal
