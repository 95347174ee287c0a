#include "tarn/gateway/hive/internal/hive_locks.h"

#include <algorithm>
#include <utility>

#include "tarn/base/error.h"

namespace tarn::gateway::hive {
namespace {

using std::chrono::milliseconds;

/// The longest sleep before locks are looked at again for ones whose time is over.
constexpr milliseconds kExpiryPoll(500);

bool Overlaps(const std::string& a, const std::string& b) {
  return a.empty() || b.empty() || a == b;
}

bool MeetsIn(const LockTarget& a, const LockTarget& b) {
  return Overlaps(a.database, b.database) && Overlaps(a.table, b.table) &&
         Overlaps(a.partition, b.partition);
}

bool GoesWith(LockKind a, LockKind b) {
  if (a == LockKind::kExclusive || b == LockKind::kExclusive) {
    return false;
  }
  return a == LockKind::kSharedRead || b == LockKind::kSharedRead;
}

bool Conflicts(const LockRequest& a, const LockRequest& b) {
  return std::ranges::any_of(a.targets, [&](const LockTarget& one) {
    return std::ranges::any_of(b.targets, [&](const LockTarget& other) {
      return MeetsIn(one, other) && !GoesWith(one.kind, other.kind);
    });
  });
}

}  // namespace

void LockTable::RemoveExpired() {
  const milliseconds now = clock_.Now();
  const size_t removed = std::erase_if(locks_, [&](const auto& entry) {
    return entry.second.expires_at <= now && !entry.second.is_present;
  });
  if (removed > 0) {
    changed_.notify_all();
  }
}

Result<LockTable::Locks::iterator> LockTable::Find(int64_t id) {
  RemoveExpired();
  const auto found = locks_.find(id);
  if (found == locks_.end()) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "No such lock (it may have timed out): " + std::to_string(id));
  }
  return found;
}

bool LockTable::IsBlocked(const Held& lock) const {
  return std::ranges::any_of(locks_, [&](const auto& entry) {
    const Held& other = entry.second;
    const bool is_acquired = other.info.state == LockState::kAcquired;
    const bool is_first = other.is_present && entry.first < lock.info.id;
    return entry.first != lock.info.id && (is_acquired || is_first) &&
           Conflicts(lock.info.request, other.info.request);
  });
}

/// `guard` is held on entry and on return.
Result<LockState> LockTable::Wait(std::unique_lock<std::mutex>& guard, int64_t id) {
  const auto give_up = std::chrono::steady_clock::now() + options_.wait;
  for (;;) {
    const auto found = locks_.find(id);
    if (found == locks_.end()) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "The lock was released meanwhile: " + std::to_string(id));
    }
    Held& lock = found->second;
    lock.is_present = true;
    RemoveExpired();
    lock.info.last_heartbeat = clock_.Now();
    lock.expires_at = lock.info.last_heartbeat + options_.timeout;
    const bool is_blocked = lock.info.state == LockState::kWaiting && IsBlocked(lock);
    if (!is_blocked && lock.info.state == LockState::kWaiting) {
      lock.info.state = LockState::kAcquired;
      lock.info.acquired_at = lock.info.last_heartbeat;
    }
    const auto now = std::chrono::steady_clock::now();
    if (!is_blocked || is_stopped_ || now >= give_up) {
      lock.is_present = false;
      changed_.notify_all();  // who came later may go first now
      return lock.info.state;
    }
    changed_.wait_until(guard, std::min(give_up, now + kExpiryPoll));
  }
}

Result<LockTable::Answer> LockTable::Lock(LockRequest request) {
  if (request.targets.empty() || request.targets.size() > options_.targets_max) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "A lock is on 1 to " + std::to_string(options_.targets_max) +
                         " things, not " + std::to_string(request.targets.size()));
  }
  std::unique_lock guard(mutex_);
  RemoveExpired();
  if (locks_.size() >= options_.locks_max) {
    return MakeError(ErrorCode::kResourceLimit, "Too many locks are held; the most is " +
                                                    std::to_string(options_.locks_max));
  }
  const int64_t id = ++last_id_;
  Held& lock = locks_[id];
  lock.info.id = id;
  lock.info.request = std::move(request);
  lock.is_present = true;
  ARROW_ASSIGN_OR_RAISE(const LockState state, Wait(guard, id));
  return Answer{id, state};
}

Result<LockState> LockTable::Check(int64_t id) {
  std::unique_lock guard(mutex_);
  ARROW_RETURN_NOT_OK(Find(id).status());
  return Wait(guard, id);
}

Status LockTable::Heartbeat(int64_t id) {
  const std::lock_guard guard(mutex_);
  ARROW_ASSIGN_OR_RAISE(const auto found, Find(id));
  found->second.info.last_heartbeat = clock_.Now();
  found->second.expires_at = found->second.info.last_heartbeat + options_.timeout;
  return Status::OK();
}

Status LockTable::Unlock(int64_t id) {
  const std::lock_guard guard(mutex_);
  ARROW_ASSIGN_OR_RAISE(const auto found, Find(id));
  locks_.erase(found);
  changed_.notify_all();
  return Status::OK();
}

std::vector<LockInfo> LockTable::List(const std::string& database,
                                      const std::string& table) {
  const std::lock_guard guard(mutex_);
  RemoveExpired();
  std::vector<LockInfo> infos;
  for (const auto& [id, lock] : locks_) {
    const bool is_asked_for =
        std::ranges::any_of(lock.info.request.targets, [&](const LockTarget& target) {
          return Overlaps(target.database, database) && Overlaps(target.table, table);
        });
    if (is_asked_for) {
      infos.push_back(lock.info);
    }
  }
  return infos;
}

void LockTable::Abandon(const std::vector<int64_t>& ids) {
  const std::lock_guard guard(mutex_);
  const milliseconds end = clock_.Now() + options_.abandoned_timeout;
  for (const int64_t id : ids) {
    const auto found = locks_.find(id);
    if (found != locks_.end()) {
      found->second.expires_at = std::min(found->second.expires_at, end);
    }
  }
}

void LockTable::Stop() {
  const std::lock_guard guard(mutex_);
  is_stopped_ = true;
  changed_.notify_all();
}

size_t LockTable::size() {
  const std::lock_guard guard(mutex_);
  RemoveExpired();
  return locks_.size();
}

}  // namespace tarn::gateway::hive
