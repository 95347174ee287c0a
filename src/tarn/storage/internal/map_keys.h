// Keys that a map has twice.
#pragma once

#include <cstdint>
#include <functional>

#include <arrow/type_fwd.h>

namespace tarn::storage {

/// Calls `found(entry)` for the first entry of each map of `maps` whose key has come
/// before in the same map; `entry` counts from 0 among all entries of the array's
/// children. Null keys are left out; floats are the same if their bits are.
void FindRepeatedKeys(const arrow::MapArray& maps,
                      const std::function<void(int64_t entry)>& found);

}  // namespace tarn::storage
