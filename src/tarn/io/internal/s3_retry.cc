#include "tarn/io/internal/s3_retry.h"

#include <algorithm>
#include <array>
#include <string_view>

#include <arrow/filesystem/s3fs.h>

namespace tarn::io {
namespace {

/// Passing errors that the SDK does not know as such when another server than AWS names
/// them.
constexpr auto kPassing = std::to_array<std::string_view>({
    "BandwidthLimitExceeded",
    "InternalError",
    "OperationAborted",
    "PriorRequestNotComplete",
    "RequestThrottled",
    "RequestTimeout",
    "ServiceUnavailable",
    "SlowDown",
    "SlowDownRead",
    "SlowDownWrite",
    "Throttling",
    "TooManyRequests",
});

class S3Retry final : public arrow::fs::S3RetryStrategy {
 public:
  S3Retry(const RetryOptions& options, Random& random)
      : options_(options), random_(random) {}

  bool ShouldRetry(const AWSErrorDetail& error, int64_t attempted_retries) override {
    const bool passing =
        error.should_retry || std::find(kPassing.begin(), kPassing.end(),
                                        error.exception_name) != kPassing.end();
    return passing && attempted_retries < options_.retries_max;
  }

  int64_t CalculateDelayBeforeNextRetry(const AWSErrorDetail& /*error*/,
                                        int64_t attempted_retries) override {
    int64_t wait = options_.wait_min.count();
    const int64_t wait_max = std::max(wait, options_.wait_max.count());
    for (int64_t i = 0; i < attempted_retries && wait < wait_max; ++i) {
      wait *= 2;
    }
    wait = std::min(wait, wait_max);
    // Many clients that were turned away together must not come back together.
    const int64_t half = wait / 2;
    const auto chance = static_cast<int64_t>(random_.Next() >> 1U);
    return wait - half + (half > 0 ? chance % (half + 1) : 0);
  }

 private:
  const RetryOptions options_;
  Random& random_;
};

}  // namespace

std::shared_ptr<arrow::fs::S3RetryStrategy> MakeS3Retry(const RetryOptions& options,
                                                        Random& random) {
  return std::make_shared<S3Retry>(options, random);
}

}  // namespace tarn::io
