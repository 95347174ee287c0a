// How many commits there were in each of the last seconds.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "tarn/base/clock.h"

namespace tarn::gateway {

/// Looks at a counter once a second. Thread-safe.
class CommitRate {
 public:
  static constexpr size_t kSecondsMax = 900;

  /// `num_commits` only grows; it and `clock` outlive this.
  CommitRate(std::function<int64_t()> num_commits, Clock& clock);
  ~CommitRate();
  CommitRate(const CommitRate&) = delete;
  CommitRate& operator=(const CommitRate&) = delete;

  /// Starts the thread that looks.
  void Start();
  /// One look; what the thread does.
  void Sample();

  struct Second {
    std::chrono::milliseconds ends_at{0};
    int64_t commits = 0;
  };
  /// At most `seconds` of them, the newest last.
  std::vector<Second> Last(size_t seconds) const;
  /// Since the process began.
  int64_t total() const { return num_commits_(); }

 private:
  void Run();

  const std::function<int64_t()> num_commits_;
  Clock& clock_;
  mutable std::mutex mutex_;
  std::condition_variable stopped_;
  // Guarded by mutex_:
  bool stops_ = false;
  int64_t seen_ = 0;
  std::deque<Second> seconds_;
  std::thread thread_;
};

}  // namespace tarn::gateway
