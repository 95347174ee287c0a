// What the data service's calls answer.
#pragma once

#include "tarn/base/json_fields.h"
#include "tarn/base/result.h"
#include "tarn/net/http_message.h"

namespace tarn::gateway {

/// `body` as JSON; of this moment, so that nobody keeps it.
net::HttpResponse ApiAnswer(const Json& body, int status = 200);

/// {status: "error", status_code, code, message, error, detail, hint, request_id}:
/// `error` and `detail` are `message` again, for clients of either dialect. With
/// WWW-Authenticate or Retry-After where the status has one.
net::HttpResponse ApiError(const Status& status, const net::HttpRequest& request);
/// The body alone; without request_id where that is empty.
Json ApiErrorBody(const Status& status, const std::string& request_id);

/// For requests that reach no handler; `status` as of Router::Fallback.
net::HttpResponse ApiRefusal(const net::HttpRequest& request, int status);

}  // namespace tarn::gateway
