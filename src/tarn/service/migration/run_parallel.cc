#include "tarn/service/migration/run_parallel.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

namespace tarn::service {

Status RunParallel(size_t threads, const std::function<Status(size_t)>& work) {
  std::vector<Status> outcomes(std::max<size_t>(threads, 1));
  std::vector<std::thread> others;
  for (size_t i = 1; i < outcomes.size(); ++i) {
    others.emplace_back([&outcomes, &work, i] { outcomes[i] = work(i); });
  }
  outcomes[0] = work(0);
  for (std::thread& other : others) {
    other.join();
  }
  const auto failed =
      std::ranges::find_if(outcomes, [](const Status& outcome) { return !outcome.ok(); });
  return failed == outcomes.end() ? Status::OK() : *failed;
}

Status ForEach(size_t count, size_t threads, const std::function<Status(size_t)>& work) {
  std::atomic<size_t> next = 0;
  std::atomic<bool> has_failed = false;
  return RunParallel(std::min(threads, count), [&](size_t) -> Status {
    for (size_t i = next++; i < count && !has_failed; i = next++) {
      if (Status status = work(i); !status.ok()) {
        has_failed = true;
        return status;
      }
    }
    return Status::OK();
  });
}

}  // namespace tarn::service
