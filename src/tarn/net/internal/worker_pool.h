// Threads for work that may block.
#pragma once

#include <array>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tarn/net/router.h"

namespace tarn::net::internal {

/// Jobs are taken as they came, but for those whose lane, or line, has all the threads
/// that it may have: these wait, without a thread, and others pass them. Thread-safe.
class WorkerPool {
 public:
  class Job {
   public:
    virtual ~Job() = default;
    virtual void RunOnWorker() = 0;
    virtual Lane lane() const { return Lane::kOrdinary; }
    /// Of Lane::kInLine: what it stands in line for. Good until it runs.
    virtual std::string_view line() const { return ""; }
  };

  /// `threads_max` and `queue_max` are of each lane but kWatch, which has few threads of
  /// its own. Threads are started as jobs find none idle.
  WorkerPool(int32_t threads_max, int32_t queue_max);
  ~WorkerPool();  // as Stop()

  /// False if `queue_max` jobs of its lane wait already, or after Stop().
  bool TryPush(std::shared_ptr<Job> job);
  /// Drops the jobs that wait and returns once those that run have ended.
  void Stop();

 private:
  struct Waiting {
    std::shared_ptr<Job> job;
    uint64_t number = 0;  // counts all that came
  };
  struct LaneState {
    size_t running_max = 0;
    size_t line_max = 0;  // of one line that run at once; 0: there are no lines
    size_t running = 0;
    std::map<std::string, size_t, std::less<>> running_of;  // by line
    std::deque<Waiting> queue;
    bool is_blocked = false;  // none of the queue may run before another one has ended
  };
  struct Taken {
    std::shared_ptr<Job> job = nullptr;
    LaneState* lane = nullptr;
    std::string line = {};
  };
  struct Worker {
    std::condition_variable wake;
    bool is_woken = false;
    std::thread thread;
  };

  void Loop(Worker* worker);
  void WakeOrStartOne(std::unique_lock<std::mutex>& lock);
  Taken Take(Worker* worker, const Taken& before);
  /// Where the first job of the lane is that may run; the queue's size if none may.
  static size_t FirstThatMayRun(LaneState* lane);
  /// The lane of the job that is next; nullptr if none may run.
  LaneState* NextLane(size_t* place);
  static void Begin(LaneState* lane, const std::string& line);
  static void End(LaneState* lane, const std::string& line);

  const size_t queue_max_;
  size_t threads_max_ = 0;
  std::mutex mutex_;
  std::array<LaneState, kNumLanes> lanes_;
  uint64_t num_pushed_ = 0;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<Worker*> idle_;  // the one that worked last at the end: its caches are warm
  /// A worker is on its way to the queue and will wake the next one if jobs are left.
  bool is_waking_ = false;
  bool is_stopped_ = false;
};

}  // namespace tarn::net::internal
