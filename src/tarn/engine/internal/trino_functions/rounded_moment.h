// Moments with fewer digits of the second.
#pragma once

#include <cstdint>

namespace tarn::engine {

/// Microseconds to `digits` of a second's fraction, up to 6; half is rounded up.
int64_t RoundedMicros(int64_t micros, int64_t digits);

}  // namespace tarn::engine
