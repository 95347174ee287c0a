// Threads for work that may block.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace tarn::net::internal {

/// Thread-safe.
class WorkerPool {
 public:
  class Job {
   public:
    virtual ~Job() = default;
    virtual void RunOnWorker() = 0;
  };

  /// Threads are started as jobs find none idle.
  WorkerPool(int32_t threads_max, int32_t queue_max);
  ~WorkerPool();  // as Stop()

  /// False if `queue_max` jobs wait already, or after Stop().
  bool TryPush(std::shared_ptr<Job> job);
  /// Drops the jobs that wait and returns once those that run have ended.
  void Stop();

 private:
  struct Worker {
    std::condition_variable wake;
    bool is_woken = false;
    std::thread thread;
  };

  void Loop(Worker* worker);
  void WakeOrStartOne(std::unique_lock<std::mutex>& lock);
  std::shared_ptr<Job> Take(Worker* worker);

  const size_t threads_max_;
  const size_t queue_max_;
  std::mutex mutex_;
  std::deque<std::shared_ptr<Job>> queue_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<Worker*> idle_;  // the one that worked last at the end: its caches are warm
  /// A worker is on its way to the queue and will wake the next one if jobs are left.
  bool is_waking_ = false;
  bool is_stopped_ = false;
};

}  // namespace tarn::net::internal
