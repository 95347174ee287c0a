#include "tarn/table/internal/parallel.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

namespace tarn::table::internal {
namespace {

/// The work of one call. Helpers may come late, or never: what they find no index for
/// they do not touch.
class Job {
 public:
  Job(size_t count, const std::function<Status(size_t)>& work)
      : count_(count), failed_index_(count), work_(work) {}

  void Help() {
    std::unique_lock lock(mutex_);
    while (next_ < count_) {
      const size_t index = next_++;
      ++running_;
      lock.unlock();
      Status status = work_(index);
      lock.lock();
      --running_;
      if (!status.ok()) {
        next_ = count_;
        if (index < failed_index_) {
          failed_index_ = index;
          error_ = std::move(status);
        }
      }
    }
    if (running_ == 0) {
      done_.notify_all();
    }
  }

  /// To be called after Help(): no index is left.
  Status Wait() {
    std::unique_lock lock(mutex_);
    done_.wait(lock, [&] { return running_ == 0; });
    return std::move(error_);
  }

 private:
  std::mutex mutex_;
  std::condition_variable done_;
  const size_t count_;
  size_t next_ = 0;
  size_t running_ = 0;
  size_t failed_index_;
  Status error_;
  const std::function<Status(size_t)>& work_;  // lives until Wait() is over
};

/// Threads that help and then wait for the next job: starting one takes longer than much
/// of the work here. Never destroyed, so that a process may end while some are waiting.
class Helpers {
 public:
  void Ask(const std::shared_ptr<Job>& job, size_t helpers) {
    const std::lock_guard lock(mutex_);
    for (size_t i = 0; i < helpers; ++i) {
      jobs_.push_back(job);
    }
    const size_t missing = jobs_.size() > idle_ ? jobs_.size() - idle_ : 0;
    for (size_t i = 0; i < missing && threads_ < kThreadsMax; ++i, ++threads_) {
      std::thread([this] { Run(); }).detach();
    }
    asked_.notify_all();
  }

 private:
  static constexpr size_t kThreadsMax = 64;

  [[noreturn]] void Run() {
    std::unique_lock lock(mutex_);
    for (;;) {
      ++idle_;
      asked_.wait(lock, [&] { return !jobs_.empty(); });
      --idle_;
      const std::shared_ptr<Job> job = std::move(jobs_.front());
      jobs_.pop_front();
      lock.unlock();
      job->Help();
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable asked_;
  std::deque<std::shared_ptr<Job>> jobs_;
  size_t threads_ = 0;
  size_t idle_ = 0;
};

}  // namespace

Status ForEachParallel(size_t count, int32_t threads_max,
                       const std::function<Status(size_t)>& work) {
  static auto* const helpers = new Helpers;
  const auto job = std::make_shared<Job>(count, work);
  const size_t threads = std::min(count, static_cast<size_t>(std::max(threads_max, 1)));
  if (threads > 1) {
    helpers->Ask(job, threads - 1);
  }
  job->Help();
  return job->Wait();
}

}  // namespace tarn::table::internal
