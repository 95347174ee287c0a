#include "tarn/gateway/trino/step_threads.h"

#include <system_error>
#include <utility>

#include "tarn/base/logging.h"

namespace tarn::gateway::trino {

StepThreads::~StepThreads() { Stop(); }

void StepThreads::Run(std::function<void()> step) {
  const std::lock_guard lock(mutex_);
  if (is_stopped_) {
    return;
  }
  steps_.push_back(std::move(step));
  if (num_idle_ >= steps_.size() || threads_.size() >= threads_max_) {
    wake_.notify_one();
    return;
  }
  try {
    threads_.emplace_back([this] { Loop(); });
  } catch (const std::system_error& error) {
    LogError("Cannot start a thread for queries", {{"reason", error.what()}});
    wake_.notify_one();
  }
}

void StepThreads::Stop() {
  std::deque<std::function<void()>> dropped;
  {
    const std::lock_guard lock(mutex_);
    is_stopped_ = true;
    dropped.swap(steps_);
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) {
      thread.join();
    }
  }
}

void StepThreads::Loop() {
  std::unique_lock lock(mutex_);
  for (;;) {
    ++num_idle_;
    wake_.wait(lock, [this] { return is_stopped_ || !steps_.empty(); });
    --num_idle_;
    if (is_stopped_) {
      return;
    }
    const std::function<void()> step = std::move(steps_.front());
    steps_.pop_front();
    lock.unlock();
    step();
    lock.lock();
  }
}

}  // namespace tarn::gateway::trino
