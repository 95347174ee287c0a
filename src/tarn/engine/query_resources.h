// Memory and processor time of a session's statement: what it takes, and what it may
// take.
//
//   auto meter = LimitResources(*session, {.memory_bytes_max = int64_t{1} << 30});
//   log(meter->Use().memory_bytes);
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace tarn::engine {

class Session;

/// Memory of the sessions that share it. Thread-safe.
class MemoryGroup {
 public:
  /// `error` is what a statement is told that wants more than `bytes_max`; 0: any amount.
  explicit MemoryGroup(int64_t bytes_max = 0, std::string error = "")
      : bytes_max_(bytes_max), error_(std::move(error)) {}

  int64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }
  int64_t bytes_max() const { return bytes_max_; }
  const std::string& error() const { return error_; }
  /// `bytes` may be negative.
  void Add(int64_t bytes) { bytes_.fetch_add(bytes, std::memory_order_relaxed); }

 private:
  const int64_t bytes_max_;
  const std::string error_;
  std::atomic<int64_t> bytes_ = 0;
};

struct ResourceLimits {
  int64_t memory_bytes_max = 0;  // 0: any amount
  /// The message of the error of a statement that needs more.
  std::string memory_error =
      "EXCEEDED_LOCAL_MEMORY_LIMIT: Query exceeded its memory limit";
  std::shared_ptr<MemoryGroup> group = nullptr;  // nullptr: in none
};

/// Memory is what operators hold of the engine's memory (hash tables, rows to sort or to
/// join, states of aggregates), in pieces of 4 KiB and more; not caches that all share,
/// nor what writers of tables hold.
struct ResourceUse {
  int64_t memory_bytes = 0;
  int64_t memory_bytes_peak = 0;
  std::chrono::nanoseconds cpu_time{0};  // of all threads
};

/// Thread-safe; outlives its session.
class ResourceMeter {
 public:
  virtual ~ResourceMeter() = default;
  /// Of the statement that runs, or that ran last.
  virtual ResourceUse Use() const = 0;
};

/// From here on statements of `session`, if it is an engine's, keep to `limits`; counts
/// time and peak anew. What needs more spills what it can of its own; where that is not
/// enough, the statement fails with kResourceLimit and the limit's error.
std::shared_ptr<const ResourceMeter> LimitResources(Session& session,
                                                    ResourceLimits limits);

}  // namespace tarn::engine
