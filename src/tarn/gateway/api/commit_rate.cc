#include "tarn/gateway/api/commit_rate.h"

#include <algorithm>
#include <utility>

namespace tarn::gateway {

CommitRate::CommitRate(std::function<int64_t()> num_commits, Clock& clock)
    : num_commits_(std::move(num_commits)), clock_(clock), seen_(num_commits_()) {}

CommitRate::~CommitRate() {
  {
    const std::lock_guard lock(mutex_);
    stops_ = true;
  }
  stopped_.notify_all();
  if (thread_.joinable()) {
    thread_.join();
  }
}

void CommitRate::Start() {
  thread_ = std::thread([this] { Run(); });
}

void CommitRate::Run() {
  auto next = std::chrono::steady_clock::now();
  for (;;) {
    next += std::chrono::seconds(1);
    {
      std::unique_lock lock(mutex_);
      if (stopped_.wait_until(lock, next, [this] { return stops_; })) {
        return;
      }
    }
    Sample();
  }
}

void CommitRate::Sample() {
  const int64_t total = num_commits_();
  const std::lock_guard lock(mutex_);
  seconds_.push_back({.ends_at = clock_.Now(), .commits = total - seen_});
  seen_ = total;
  if (seconds_.size() > kSecondsMax) {
    seconds_.pop_front();
  }
}

std::vector<CommitRate::Second> CommitRate::Last(size_t seconds) const {
  const std::lock_guard lock(mutex_);
  const auto shown = static_cast<std::ptrdiff_t>(std::min(seconds, seconds_.size()));
  return {seconds_.end() - shown, seconds_.end()};
}

}  // namespace tarn::gateway
