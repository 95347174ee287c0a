#include "tarn/net/internal/worker_pool.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "tarn/base/logging.h"

namespace tarn::net::internal {
namespace {

constexpr size_t kWatchThreads = 4;

}  // namespace

WorkerPool::WorkerPool(int32_t threads_max, int32_t queue_max)
    : queue_max_(static_cast<size_t>(std::max(1, queue_max))) {
  const auto of_lane = static_cast<size_t>(std::max(1, threads_max));
  for (LaneState& lane : lanes_) {
    lane.running_max = of_lane;
  }
  lanes_[static_cast<size_t>(Lane::kWatch)].running_max = kWatchThreads;
  // A line leaves some threads to the others.
  lanes_[static_cast<size_t>(Lane::kInLine)].line_max =
      std::max<size_t>(1, of_lane * 3 / 4);
  for (const LaneState& lane : lanes_) {
    threads_max_ += lane.running_max;
  }
}

WorkerPool::~WorkerPool() { Stop(); }

bool WorkerPool::TryPush(std::shared_ptr<Job> job) {
  std::unique_lock lock(mutex_);
  LaneState& lane = lanes_[static_cast<size_t>(job->lane())];
  if (is_stopped_ || lane.queue.size() >= queue_max_) {
    return false;
  }
  if (lane.line_max > 0 && lane.is_blocked) {
    const auto running = lane.running_of.find(job->line());
    lane.is_blocked =
        running != lane.running_of.end() && running->second >= lane.line_max;
  }
  lane.queue.push_back({std::move(job), num_pushed_++});
  size_t place = 0;
  if (NextLane(&place) == nullptr) {
    return true;  // whoever ends one of its lane takes it
  }
  WakeOrStartOne(lock);
  if (lock.owns_lock() && workers_.empty()) {  // the system has no thread for us
    lane.queue.clear();
    return false;
  }
  return true;
}

size_t WorkerPool::FirstThatMayRun(LaneState* lane) {
  const size_t none = lane->queue.size();
  if (none == 0 || lane->is_blocked || lane->running >= lane->running_max) {
    return none;
  }
  if (lane->line_max == 0) {
    return 0;
  }
  for (size_t i = 0; i < none; ++i) {
    const auto running = lane->running_of.find(lane->queue[i].job->line());
    if (running == lane->running_of.end() || running->second < lane->line_max) {
      return i;
    }
  }
  lane->is_blocked = true;  // so that this is not looked for again and again
  return none;
}

WorkerPool::LaneState* WorkerPool::NextLane(size_t* place) {
  LaneState* next = nullptr;
  for (LaneState& lane : lanes_) {
    const size_t first = FirstThatMayRun(&lane);
    const bool is_earlier =
        first < lane.queue.size() &&
        (next == nullptr || lane.queue[first].number < next->queue[*place].number);
    if (is_earlier) {
      next = &lane;
      *place = first;
    }
  }
  return next;
}

void WorkerPool::Begin(LaneState* lane, const std::string& line) {
  ++lane->running;
  if (lane->line_max > 0) {
    ++lane->running_of[line];
  }
}

void WorkerPool::End(LaneState* lane, const std::string& line) {
  --lane->running;
  lane->is_blocked = false;
  if (lane->line_max > 0) {
    const auto running = lane->running_of.find(line);
    if (--running->second == 0) {
      lane->running_of.erase(running);
    }
  }
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

WorkerPool::Taken WorkerPool::Take(Worker* worker, const Taken& before) {
  std::unique_lock lock(mutex_);
  if (before.lane != nullptr) {
    End(before.lane, before.line);
  }
  size_t place = 0;
  LaneState* lane = nullptr;
  while (!is_stopped_ && (lane = NextLane(&place)) == nullptr) {
    worker->is_woken = false;
    idle_.push_back(worker);
    worker->wake.wait(lock, [&] { return worker->is_woken || is_stopped_; });
    is_waking_ = false;
  }
  if (is_stopped_) {
    return {};
  }
  const auto at = lane->queue.begin() + static_cast<std::ptrdiff_t>(place);
  Taken taken{.job = std::move(at->job), .lane = lane};
  lane->queue.erase(at);
  if (lane->line_max > 0) {
    taken.line = taken.job->line();
  }
  Begin(lane, taken.line);
  if (NextLane(&place) != nullptr) {
    WakeOrStartOne(lock);
  }
  return taken;
}

void WorkerPool::Loop(Worker* worker) {
  {
    const std::lock_guard lock(mutex_);
    is_waking_ = false;
  }
  Taken taken;
  while ((taken = Take(worker, taken)).job != nullptr) {
    taken.job->RunOnWorker();
    taken.job = nullptr;
  }
}

void WorkerPool::Stop() {
  std::vector<std::deque<Waiting>> dropped;
  std::vector<std::unique_ptr<Worker>> workers;
  {
    const std::lock_guard lock(mutex_);
    is_stopped_ = true;
    for (LaneState& lane : lanes_) {
      dropped.push_back(std::exchange(lane.queue, {}));
    }
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
