// What caches count: tarn_cache_…{cache="manifests"} of the process's metrics. Caches of
// one name count together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tarn/base/metrics.h"

namespace tarn {

/// One cache's share. Found() and Missed() are thread-safe; callers serialize the others.
class CacheMetrics {
 public:
  /// `name` is a label: one of a few.
  explicit CacheMetrics(std::string_view name);
  ~CacheMetrics();  // what the cache holds goes with it
  CacheMetrics(const CacheMetrics&) = delete;
  CacheMetrics& operator=(const CacheMetrics&) = delete;

  void Found() { hits_.Add(); }
  void Missed() { misses_.Add(); }
  void Added(size_t bytes) { Change(1, static_cast<int64_t>(bytes)); }
  void Removed(size_t bytes) { Change(-1, -static_cast<int64_t>(bytes)); }
  /// Removed to make room.
  void Evicted(size_t bytes) {
    Removed(bytes);
    evictions_.Add();
  }

 private:
  void Change(int64_t entries, int64_t bytes);

  Counter& hits_;
  Counter& misses_;
  Counter& evictions_;
  Gauge& entries_;
  Gauge& bytes_;
  int64_t own_entries_ = 0;
  int64_t own_bytes_ = 0;
};

}  // namespace tarn
