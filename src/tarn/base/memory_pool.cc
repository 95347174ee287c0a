#include "tarn/base/memory_pool.h"

#include <algorithm>
#include <cstdlib>
#include <thread>

#include <arrow/memory_pool.h>
#include <malloc.h>

namespace tarn {
namespace {

/// What one thread has freed the others take: with an arena for each of a server's
/// hundred threads, as glibc likes it, most of the memory is kept for nobody.
void ShareArenas() {
#ifdef M_ARENA_MAX
  mallopt(M_ARENA_MAX,
          static_cast<int>(std::max(1U, std::thread::hardware_concurrency() / 2)));
#endif
}

}  // namespace

void KeepLittleFreedMemory() {
  ShareArenas();
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
