// The locks that Hive's clients take around a commit: in memory, of this process, with a
// time-out. They keep Hive clients from waiting for each other in vain and protect
// nothing else: a commit is a compare and swap, whoever holds what lock.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "tarn/base/clock.h"
#include "tarn/base/result.h"

namespace tarn::gateway::hive {

/// The numbers are those of the wire.
enum class LockKind : int32_t {
  kSharedRead = 1,
  kSharedWrite = 2,
  kExclusive = 3,
  kExclusiveWrite = 4,  // shares with readers
};

/// A database, a table or a partition: what is empty means all of it.
struct LockTarget {
  LockKind kind = LockKind::kExclusive;
  std::string database;
  std::string table;
  std::string partition;
};

struct LockRequest {
  std::vector<LockTarget> targets;  // all or none
  std::string user;
  std::string host;
  std::string agent;
};

/// The numbers are those of the wire.
enum class LockState : int32_t { kAcquired = 1, kWaiting = 2 };

struct LockInfo {
  int64_t id = 0;
  LockState state = LockState::kWaiting;
  LockRequest request;
  std::chrono::milliseconds last_heartbeat{0};  // since the Unix epoch
  std::chrono::milliseconds acquired_at{0};     // 0 while it waits
};

struct LockTableOptions {
  /// A lock that nobody asked about for so long is gone.
  std::chrono::milliseconds timeout{300'000};
  /// One whose connection has ended is gone after this, unless it is asked about through
  /// another.
  std::chrono::milliseconds abandoned_timeout{5'000};
  /// How long Lock and Check wait for a lock that is held before they say so.
  std::chrono::milliseconds wait{4'000};
  size_t locks_max = 10'000;
  size_t targets_max = 100;  // of one lock
};

/// Thread-safe. Locks are granted in the order in which they were asked for among those
/// whose client is waiting in a call; one that will ask again later holds up nobody.
class LockTable {
 public:
  LockTable(Clock& clock, LockTableOptions options) : clock_(clock), options_(options) {}

  struct Answer {
    int64_t id = 0;
    LockState state = LockState::kWaiting;
  };
  /// Errors: kInvalidArgument (no target, or too many), kResourceLimit.
  Result<Answer> Lock(LockRequest request);
  /// Waits as Lock does, and is a heart-beat. Errors: kInvalidArgument: there is no such
  /// lock, or no more.
  Result<LockState> Check(int64_t id);
  /// Errors: as Check.
  Status Heartbeat(int64_t id);
  Status Unlock(int64_t id);
  /// Those on `database` (empty: any) and `table` (empty: any), the oldest first.
  std::vector<LockInfo> List(const std::string& database, const std::string& table);
  /// The connection that took these locks has ended.
  void Abandon(const std::vector<int64_t>& ids);
  /// Nobody waits in a call from now on.
  void Stop();
  size_t size();

 private:
  struct Held {
    LockInfo info;
    std::chrono::milliseconds expires_at{0};
    bool is_present = false;  // its client waits in a call
  };
  using Locks = std::map<int64_t, Held>;  // the oldest first

  void RemoveExpired();
  bool IsBlocked(const Held& lock) const;
  Result<LockState> Wait(std::unique_lock<std::mutex>& guard, int64_t id);
  Result<Locks::iterator> Find(int64_t id);

  Clock& clock_;
  const LockTableOptions options_;
  std::mutex mutex_;
  std::condition_variable changed_;
  Locks locks_;  // guarded by mutex_, as all below
  int64_t last_id_ = 0;
  bool is_stopped_ = false;
};

}  // namespace tarn::gateway::hive
