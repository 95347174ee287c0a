// The same work on several threads.
#pragma once

#include <cstddef>
#include <functional>

#include "tarn/base/result.h"

namespace tarn::service {

/// Calls `work` with each number below `threads`, each on a thread of its own but for one
/// on the caller's, and returns when all are done; the error of the lowest number.
Status RunParallel(size_t threads, const std::function<Status(size_t)>& work);

/// Calls `work` once for each index below `count` on up to `threads` threads. After an
/// error no new index is begun.
Status ForEach(size_t count, size_t threads, const std::function<Status(size_t)>& work);

}  // namespace tarn::service
