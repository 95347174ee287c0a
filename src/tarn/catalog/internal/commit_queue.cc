#include "tarn/catalog/internal/commit_queue.h"

#include <utility>

#include "tarn/base/error.h"

namespace tarn::catalog::internal {
namespace {

/// Does something when the scope is left, however that happens.
template <typename Fn>
class AtExit {
 public:
  explicit AtExit(Fn act) : act_(std::move(act)) {}
  ~AtExit() { act_(); }
  AtExit(const AtExit&) = delete;
  AtExit& operator=(const AtExit&) = delete;

 private:
  Fn act_;
};

}  // namespace

Status CommitQueue::Run(const std::vector<std::string>& keys, QueueMember* member,
                        const RunGroup& run) {
  Waiter waiter(member, member->is_alone || keys.size() != 1);
  return waiter.is_alone ? RunAlone(keys, &waiter, run)
                         : RunOne(keys.front(), &waiter, run);
}

bool CommitQueue::IsBusy(const std::string& key) const {
  const std::lock_guard lock(mutex_);
  return lines_.contains(key);
}

size_t CommitQueue::num_waiting() const {
  const std::lock_guard lock(mutex_);
  size_t count = 0;
  for (const auto& [key, line] : lines_) {
    count += line.waiting.size();
  }
  return count;
}

Status CommitQueue::Enter(const std::string& key, Waiter* waiter,
                          std::unique_lock<std::mutex>& lock) {
  const auto [line, is_free] = lines_.try_emplace(key);
  if (is_free) {
    waiter->state = State::kLeads;
    return Status::OK();
  }
  std::deque<Waiter*>& waiting = line->second.waiting;
  if (waiting.size() >= limits_.waiting_max) {
    return MakeError(ErrorCode::kUnavailable,
                     "Too many commits to the table wait already, nothing was done; try "
                     "again in a moment: " +
                         std::to_string(waiting.size()));
  }
  waiter->state = State::kWaits;
  waiting.push_back(waiter);
  waiter->changed.wait(lock, [&] { return waiter->state != State::kWaits; });
  return Status::OK();
}

std::vector<CommitQueue::Waiter*> CommitQueue::TakeFollowers(const std::string& key) {
  std::deque<Waiter*>& waiting = lines_[key].waiting;
  std::vector<Waiter*> followers;
  while (!waiting.empty() && !waiting.front()->is_alone &&
         followers.size() + 1 < limits_.group_max) {
    followers.push_back(waiting.front());
    waiting.pop_front();
  }
  return followers;
}

void CommitQueue::Leave(const std::string& key) {
  const auto line = lines_.find(key);
  if (line->second.waiting.empty()) {
    lines_.erase(line);
    return;
  }
  Waiter* next = line->second.waiting.front();
  line->second.waiting.pop_front();
  next->state = State::kLeads;
  next->changed.notify_one();
}

Status CommitQueue::RunOne(const std::string& key, Waiter* waiter, const RunGroup& run) {
  std::unique_lock lock(mutex_);
  ARROW_RETURN_NOT_OK(Enter(key, waiter, lock));
  if (waiter->state == State::kDone) {
    return Status::OK();
  }
  const std::vector<Waiter*> followers = TakeFollowers(key);
  Group group = {waiter->member};
  for (const Waiter* follower : followers) {
    group.push_back(follower->member);
  }
  const AtExit finish([&] {
    // With the lock: a follower may be gone as soon as it has seen its state.
    for (Waiter* follower : followers) {
      follower->state = State::kDone;
      follower->changed.notify_one();
    }
    Leave(key);
  });
  lock.unlock();
  const AtExit lock_again([&] { lock.lock(); });
  run(group);
  return Status::OK();
}

Status CommitQueue::RunAlone(const std::vector<std::string>& keys, Waiter* waiter,
                             const RunGroup& run) {
  std::unique_lock lock(mutex_);
  size_t num_entered = 0;
  const AtExit leave([&] {
    for (size_t i = 0; i < num_entered; ++i) {
      Leave(keys[i]);
    }
  });
  for (const std::string& key : keys) {
    ARROW_RETURN_NOT_OK(Enter(key, waiter, lock));
    ++num_entered;
  }
  lock.unlock();
  const AtExit lock_again([&] { lock.lock(); });
  run({waiter->member});
  return Status::OK();
}

}  // namespace tarn::catalog::internal
