// When S3 requests are sent again, and after what pause.
#pragma once

#include <memory>

#include "tarn/base/clock.h"
#include "tarn/io/store_options.h"

namespace arrow::fs {
class S3RetryStrategy;
}  // namespace arrow::fs

namespace tarn::io {

/// The AWS SDK's own strategies count a budget for the whole process and end after a few
/// tries; a commit under a throttled store needs limits that somebody chose. Takes what
/// the SDK calls passing (5xx, throttling, lost connections, cut answers) and the names
/// that other servers give to it. `random` outlives the strategy.
std::shared_ptr<arrow::fs::S3RetryStrategy> MakeS3Retry(const RetryOptions& options,
                                                        Random& random);

}  // namespace tarn::io
