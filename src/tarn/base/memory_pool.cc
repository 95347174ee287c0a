#include "tarn/base/memory_pool.h"

#include <algorithm>
#include <cstdlib>

#include <arrow/memory_pool.h>

namespace tarn {

void UseReturningMemoryPool() {
  constexpr char kVariable[] = "ARROW_DEFAULT_MEMORY_POOL";
  constexpr char kPool[] = "jemalloc";
  // Long enough for pages that are freed and taken again by the next batch.
  constexpr int kKeptMs = 100;
  const auto pools = arrow::SupportedMemoryBackendNames();
  if (std::getenv(kVariable) != nullptr || std::ranges::count(pools, kPool) == 0 ||
      !arrow::jemalloc_set_decay_ms(kKeptMs).ok()) {
    return;
  }
  // Arrow reads it when its default pool is first asked for; nobody else runs yet.
  setenv(kVariable, kPool, /*overwrite=*/0);  // NOLINT(concurrency-mt-unsafe)
}

}  // namespace tarn
