#include "tarn/engine/internal/query_meter.h"

#include <algorithm>
#include <utility>

#include <pthread.h>

namespace tarn::engine {
namespace {

using std::chrono::nanoseconds;

nanoseconds TimeOf(clockid_t clock) {
  timespec time{};
  if (clock_gettime(clock, &time) != 0) {
    return nanoseconds(0);
  }
  return std::chrono::seconds(time.tv_sec) + nanoseconds(time.tv_nsec);
}

std::optional<clockid_t> OwnClock() {
  clockid_t clock{};
  return pthread_getcpuclockid(pthread_self(), &clock) == 0 ? std::optional(clock)
                                                            : std::nullopt;
}

}  // namespace

std::vector<QueryMeter::Turn>& QueryMeter::Turns() {
  thread_local std::vector<Turn> turns;
  return turns;
}

QueryMeter::~QueryMeter() {
  if (limits_.group != nullptr) {
    limits_.group->Add(-bytes_);
  }
}

void QueryMeter::SetLimits(ResourceLimits limits) {
  const std::lock_guard lock(mutex_);
  if (limits_.group != nullptr) {
    limits_.group->Add(-bytes_);
  }
  limits_ = std::move(limits);
  if (limits_.group != nullptr) {
    limits_.group->Add(bytes_);
  }
  bytes_peak_ = bytes_;
  cpu_done_ = nanoseconds(0);
  for (Worker& worker : workers_) {
    worker.began = TimeOf(worker.clock);
  }
}

ResourceUse QueryMeter::Use() const {
  const std::lock_guard lock(mutex_);
  ResourceUse use{
      .memory_bytes = bytes_, .memory_bytes_peak = bytes_peak_, .cpu_time = cpu_done_};
  for (const Worker& worker : workers_) {
    use.cpu_time += std::max(nanoseconds(0), TimeOf(worker.clock) - worker.began);
  }
  return use;
}

void QueryMeter::Charge(int64_t bytes) {
  const std::lock_guard lock(mutex_);
  bytes_ += bytes;
  bytes_peak_ = std::max(bytes_peak_, bytes_);
  if (limits_.group != nullptr) {
    limits_.group->Add(bytes);
  }
}

int64_t QueryMeter::ExcessWith(int64_t more) const {
  const std::lock_guard lock(mutex_);
  int64_t excess = 0;
  if (limits_.memory_bytes_max > 0) {
    excess = std::max(excess, bytes_ + more - limits_.memory_bytes_max);
  }
  if (limits_.group != nullptr && limits_.group->bytes_max() > 0) {
    excess = std::max(excess, limits_.group->bytes() + more - limits_.group->bytes_max());
  }
  return excess;
}

std::string QueryMeter::ExcessError(int64_t more) const {
  const std::lock_guard lock(mutex_);
  const bool is_own =
      limits_.memory_bytes_max > 0 && bytes_ + more > limits_.memory_bytes_max;
  return is_own || limits_.group == nullptr ? limits_.memory_error
                                            : limits_.group->error();
}

int64_t QueryMeter::memory_bytes_max() const {
  const std::lock_guard lock(mutex_);
  const int64_t own = limits_.memory_bytes_max;
  const int64_t group = limits_.group == nullptr ? 0 : limits_.group->bytes_max();
  return own == 0 || (group > 0 && group < own) ? group : own;
}

void QueryMeter::StartClock(clockid_t clock) {
  const nanoseconds now = TimeOf(clock);
  const std::lock_guard lock(mutex_);
  workers_.push_back({.clock = clock, .began = now});
}

void QueryMeter::StopClock(clockid_t clock) {
  const nanoseconds now = TimeOf(clock);
  const std::lock_guard lock(mutex_);
  const auto worker = std::ranges::find(workers_, clock, &Worker::clock);
  if (worker != workers_.end()) {
    cpu_done_ += std::max(nanoseconds(0), now - worker->began);
    workers_.erase(worker);
  }
}

void QueryMeter::BeginTurn(QueryMeter* meter) {
  std::vector<Turn>& turns = Turns();
  Turn turn{.meter = meter, .clock = std::nullopt};
  // A session's own thread runs tasks of its statement: counted once.
  if (std::ranges::find(turns, meter, &Turn::meter) == turns.end()) {
    turn.clock = OwnClock();
  }
  turns.push_back(turn);
  if (turn.clock) {
    meter->StartClock(*turn.clock);
  }
}

void QueryMeter::EndTurn() {
  std::vector<Turn>& turns = Turns();
  if (turns.empty()) {
    return;
  }
  const Turn turn = turns.back();
  turns.pop_back();
  if (turn.clock) {
    turn.meter->StopClock(*turn.clock);
  }
}

std::shared_ptr<QueryMeter> MeterState::Of(duckdb::ClientContext& context) {
  const auto state = context.registered_state->Get<MeterState>(kKey);
  return state == nullptr ? std::make_shared<QueryMeter>() : state->meter_;
}

QueryMeter* QueryMeter::Current() {
  const std::vector<Turn>& turns = Turns();
  return turns.empty() ? nullptr : turns.back().meter;
}

}  // namespace tarn::engine
