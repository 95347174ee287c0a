#include "tarn/table/internal/parallel.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace tarn::table::internal {

Status ForEachParallel(size_t count, int32_t threads_max,
                       const std::function<Status(size_t)>& work) {
  std::atomic<size_t> next{0};
  std::atomic<bool> failed{false};
  std::mutex mutex;
  size_t failed_index = count;  // guarded by mutex
  Status error;                 // guarded by mutex
  const auto worker = [&] {
    while (!failed.load(std::memory_order_relaxed)) {
      const size_t index = next.fetch_add(1, std::memory_order_relaxed);
      if (index >= count) {
        return;
      }
      Status status = work(index);
      if (status.ok()) {
        continue;
      }
      failed.store(true, std::memory_order_relaxed);
      const std::lock_guard lock(mutex);
      if (index < failed_index) {
        failed_index = index;
        error = std::move(status);
      }
    }
  };
  const auto threads_wanted =
      std::min(count, static_cast<size_t>(std::max(threads_max, 1)));
  {
    std::vector<std::jthread> threads;
    for (size_t i = 1; i < threads_wanted; ++i) {
      threads.emplace_back(worker);
    }
    worker();
  }
  return error;
}

}  // namespace tarn::table::internal
