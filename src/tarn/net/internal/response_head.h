// The head of an answer, as bytes.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "tarn/net/http_message.h"

namespace tarn::net::internal {

enum class BodyFraming {
  kLength,   // Content-Length
  kChunked,  // of a length that is not known yet
  kToEnd,    // the same for an HTTP/1.0 client: until the connection ends
  kNone,     // 204, 304
};

struct HeadOptions {
  BodyFraming framing = BodyFraming::kLength;
  size_t body_bytes = 0;  // with kLength
  bool is_http10 = false;
  bool keeps_alive = true;
  std::string_view request_id;
};

/// Status line and headers, with Date, X-Request-Id, and what describes the body and the
/// connection: these the handler's own headers cannot change. A header with a line break
/// in it is left out.
std::string ResponseHead(const HttpResponse& response, const HeadOptions& options);

/// "Sun, 06 Nov 1994 08:49:37 GMT".
std::string HttpDate(int64_t seconds_since_epoch);

/// Whether a client's X-Request-Id may go into logs and answers as it is.
bool IsSaneRequestId(std::string_view id);

}  // namespace tarn::net::internal
