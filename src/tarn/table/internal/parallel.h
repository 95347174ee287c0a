// Independent pieces of work on a few threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "tarn/base/result.h"

namespace tarn::table::internal {

/// Calls `work` once for each index below `count`, on at most `threads_max` threads (the
/// caller's is one of them), and returns when all are done. After an error no new index
/// is begun; the error of the lowest index that failed is returned. May be called from
/// `work`.
Status ForEachParallel(size_t count, int32_t threads_max,
                       const std::function<Status(size_t)>& work);

}  // namespace tarn::table::internal
