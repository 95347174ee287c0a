// How often and how patiently a commit is tried again.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>

#include "tarn/base/clock.h"

namespace tarn::table::internal {

struct RetryPolicy {
  int64_t retries_max = 20;
  std::chrono::milliseconds wait_min{25};
  std::chrono::milliseconds wait_max{5'000};
  std::chrono::milliseconds total_max{30 * 60 * 1'000};
};

/// From a table's commit.retry.num-retries, .min-wait-ms, .max-wait-ms and
/// .total-timeout-ms. A value that is no number or negative leaves the default: a table
/// stays writable.
RetryPolicy RetryPolicyFor(const std::map<std::string, std::string>& properties);

/// Counts retries and sleeps before each: longer from one to the next, with jitter, so
/// that writers that collided once part ways. Thread-compatible.
class Backoff {
 public:
  Backoff(Clock& clock, Random& random)
      : clock_(clock), random_(random), began_(clock.Now()) {}

  /// Sleeps and returns true, or returns false at once if `policy` allows no further
  /// retry.
  bool Wait(const RetryPolicy& policy);

  int64_t retries() const { return retries_; }

 private:
  Clock& clock_;
  Random& random_;
  std::chrono::milliseconds began_;
  int64_t retries_ = 0;
};

}  // namespace tarn::table::internal
