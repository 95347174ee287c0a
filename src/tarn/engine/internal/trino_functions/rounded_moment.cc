#include "tarn/engine/internal/trino_functions/rounded_moment.h"

#include <limits>

namespace tarn::engine {

int64_t RoundedMicros(int64_t micros, int64_t digits) {
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max() - 1'000'000;
  if (micros > kMost || micros < -kMost) {
    return micros;  // DuckDB's infinities
  }
  int64_t unit = 1;
  for (int64_t i = digits; i < 6; ++i) {
    unit *= 10;
  }
  const int64_t past = ((micros % unit) + unit) % unit;
  const int64_t down = micros - past;
  return past * 2 >= unit ? down + unit : down;
}

}  // namespace tarn::engine
