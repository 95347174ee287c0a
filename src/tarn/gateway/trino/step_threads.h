// Threads that queries take their steps on.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace tarn::gateway::trino {

/// Runs what is given in the order of its coming. Threads are started as they are needed
/// and stay. Thread-safe.
class StepThreads {
 public:
  explicit StepThreads(size_t threads_max) : threads_max_(threads_max) {}
  ~StepThreads();  // as Stop()

  /// Dropped after Stop().
  void Run(std::function<void()> step);
  /// Drops what waits and returns once what runs has ended.
  void Stop();

 private:
  void Loop();

  const size_t threads_max_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> steps_;
  std::vector<std::thread> threads_;
  size_t num_idle_ = 0;
  bool is_stopped_ = false;
};

}  // namespace tarn::gateway::trino
