// Downloading one URL to a local file (tarn load http://…).
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "tarn/base/clock.h"
#include "tarn/base/result.h"

namespace tarn::net {

struct HttpGetOptions {
  int64_t bytes_max = int64_t{64} << 30;  // of the decoded body
  std::chrono::milliseconds connect_timeout{10'000};
  /// Gives up when fewer than 1 kB/s have come for this long.
  std::chrono::milliseconds stall_timeout{60'000};
  int32_t redirects_max = 10;
  int32_t retries_max =
      4;  // after connection errors, 429 and 5xx; with back-off, from the start
  std::string user_agent = "tarn";
  /// Called often while data comes; true stops the download with kCancelled. `total` is
  /// -1 if not known.
  std::function<bool(int64_t received, int64_t total)> cancelled = {};
};

struct HttpGetResult {
  std::string final_url;  // after redirects
  std::string content_type;
  int64_t size_bytes = 0;  // of the file, decoded
};

/// Writes the body of `url` (http or https) to `file`, which is made or replaced; it is
/// removed again on an error. gzip, deflate and br transfers are decoded. Redirects stay
/// within http and https. Thread-safe. Errors: kInvalidArgument (not such a URL),
/// kNoSuchFile (404, 410), kUnauthenticated (401), kForbidden (403), kUnavailable (not
/// reachable, 429, 5xx), kTimeout, kInvalidData (ended early, bad encoding),
/// kResourceLimit, kCancelled, kDiskFull, kIoFailed. User, password and query are left
/// out of messages.
Result<HttpGetResult> HttpGetToFile(const std::string& url, const std::string& file,
                                    const HttpGetOptions& options, Clock& clock);

/// `url` without user, password, query and fragment, for messages.
std::string UrlToShow(std::string_view url);

}  // namespace tarn::net
