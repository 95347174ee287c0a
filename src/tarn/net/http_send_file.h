// A local file sent to a server, as it is read.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "tarn/base/result.h"
#include "tarn/net/http_message.h"

namespace tarn::net {

struct HttpSendFileRequest {
  std::string url;  // http or https
  std::string file;
  HttpHeaders headers = {};
  /// Called often; true ends it with kCancelled. `total` is the file's size.
  std::function<bool(int64_t sent, int64_t total)> on_progress = {};
};

struct HttpSendFileResult {
  int status = 0;
  std::string body;  // of the answer, up to 1 MiB
};

/// POSTs the file's bytes. Any status is an answer. Not tried again. Errors: kNoSuchFile,
/// kForbidden, kIoFailed (the file, or the connection in the middle), kUnavailable (no
/// connection), kTimeout (a minute without progress), kCancelled, kInvalidArgument (no
/// such URL). User, password and query are left out of messages.
Result<HttpSendFileResult> HttpSendFile(const HttpSendFileRequest& request);

}  // namespace tarn::net
