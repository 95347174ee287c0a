#include "tarn/net/internal/worker_pool.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "tarn/base/logging.h"

namespace tarn::net::internal {

WorkerPool::WorkerPool(int32_t threads_max, int32_t queue_max)
    : threads_max_(static_cast<size_t>(std::max(1, threads_max))),
      queue_max_(static_cast<size_t>(std::max(1, queue_max))) {}

WorkerPool::~WorkerPool() { Stop(); }

bool WorkerPool::TryPush(std::shared_ptr<Job> job) {
  std::unique_lock lock(mutex_);
  if (is_stopped_ || queue_.size() >= queue_max_) {
    return false;
  }
  queue_.push_back(std::move(job));
  WakeOrStartOne(lock);
  if (lock.owns_lock() && workers_.empty()) {  // the system has no thread for us
    queue_.clear();
    return false;
  }
  return true;
}

/// One at a time, so that a burst of jobs costs its sender one system call: whoever wakes
/// up passes it on. Called with jobs in the queue; may unlock.
void WorkerPool::WakeOrStartOne(std::unique_lock<std::mutex>& lock) {
  if (is_waking_) {
    return;
  }
  if (!idle_.empty()) {
    is_waking_ = true;
    Worker* const worker = idle_.back();
    idle_.pop_back();
    worker->is_woken = true;
    lock.unlock();
    worker->wake.notify_one();
    return;
  }
  if (workers_.size() >= threads_max_) {
    return;
  }
  workers_.push_back(std::make_unique<Worker>());
  Worker* const worker = workers_.back().get();
  try {
    worker->thread = std::thread([this, worker] { Loop(worker); });
    is_waking_ = true;
  } catch (const std::system_error& e) {
    workers_.pop_back();
    LogError("Cannot start a worker thread", {{"reason", e.what()}});
  }
}

std::shared_ptr<WorkerPool::Job> WorkerPool::Take(Worker* worker) {
  std::unique_lock lock(mutex_);
  while (queue_.empty() && !is_stopped_) {
    worker->is_woken = false;
    idle_.push_back(worker);
    worker->wake.wait(lock, [&] { return worker->is_woken || is_stopped_; });
    is_waking_ = false;
  }
  if (is_stopped_) {
    return nullptr;
  }
  std::shared_ptr<Job> job = std::move(queue_.front());
  queue_.pop_front();
  if (!queue_.empty()) {
    WakeOrStartOne(lock);
  }
  return job;
}

void WorkerPool::Loop(Worker* worker) {
  {
    const std::lock_guard lock(mutex_);
    is_waking_ = false;
  }
  while (const std::shared_ptr<Job> job = Take(worker)) {
    job->RunOnWorker();
  }
}

void WorkerPool::Stop() {
  std::deque<std::shared_ptr<Job>> dropped;
  std::vector<std::unique_ptr<Worker>> workers;
  {
    const std::lock_guard lock(mutex_);
    is_stopped_ = true;
    dropped.swap(queue_);
    workers.swap(workers_);
    for (const auto& worker : workers) {
      worker->wake.notify_one();
    }
  }
  for (const auto& worker : workers) {
    worker->thread.join();
  }
}

}  // namespace tarn::net::internal
