#include "tarn/gateway/api/api_response.h"

#include <string>
#include <string_view>
#include <utility>

#include "tarn/base/error.h"

namespace tarn::gateway {
namespace {

/// What to do where the message itself may not say so; empty for most.
std::string_view HintOf(ErrorCode code) {
  switch (code) {
    case ErrorCode::kUnauthenticated:
      return "Sign in: Authorization: Bearer <token> of POST /catalog/v1/oauth/tokens, "
             "or "
             "Basic with client id and secret";
    case ErrorCode::kNoSuchTable:
    case ErrorCode::kNoSuchNamespace:
      return "GET /api/v1/tables/{namespace} lists the tables of a namespace";
    case ErrorCode::kNoSuchJob:
      return "GET /api/v1/jobs lists jobs; records are kept for 30 days";
    case ErrorCode::kCommitConflict:
      return "Nothing was changed; the same request may go through now";
    case ErrorCode::kCommitStateUnknown:
      return "Look at the table's newest snapshot before sending the request again";
    case ErrorCode::kDiskFull:
      return "Make room on the disk of the warehouse or of the server's home";
    case ErrorCode::kUnavailable:
    case ErrorCode::kTimeout:
      return "The same request may go through later";
    case ErrorCode::kInternal:
      return "This is a fault of the server; its log has more under the request_id";
    default:
      return "";
  }
}

Json ErrorBody(std::string_view code, std::string_view message, std::string_view hint,
               const net::HttpRequest& request) {
  Json body = {{"status", "error"},  {"code", code},
               {"message", message}, {"error", message},
               {"detail", message},  {"request_id", request.request_id}};
  if (!hint.empty()) {
    body["hint"] = hint;
  }
  return body;
}

std::string_view NameOfRefusal(int status) {
  switch (status) {
    case 404:
      return "NO_SUCH_ENDPOINT";
    case 405:
      return "METHOD_NOT_ALLOWED";
    case 408:
      return "TIMEOUT";
    case 413:
      return "RESOURCE_LIMIT";
    case 415:
      return "UNSUPPORTED_MEDIA_TYPE";
    case 503:
      return "UNAVAILABLE";
    default:
      return status < 500 ? "INVALID_ARGUMENT" : "INTERNAL";
  }
}

std::string TextOfRefusal(const net::HttpRequest& request, int status) {
  const std::string what = request.method + " " + request.raw_path;
  switch (status) {
    case 404:
      return "No such endpoint: " + what;
    case 405:
      return "The endpoint has no such method: " + what;
    case 413:
      return "The body is larger than the endpoint takes: " + what;
    case 415:
      return "The body must be sent as JSON, with the header Content-Type: "
             "application/json: " +
             what;
    default:
      return "The request was refused (" + std::string(net::ReasonPhrase(status)) +
             "): " + what;
  }
}

}  // namespace

net::HttpResponse ApiAnswer(const Json& body, int status) {
  net::HttpResponse response{.status = status, .body = DumpJson(body)};
  response.headers.Set("Content-Type", "application/json");
  response.headers.Set("Cache-Control", "no-store");
  return response;
}

Json ApiErrorBody(const Status& status, const net::HttpRequest& request) {
  const ErrorCode code = CodeOf(status);
  return ErrorBody(InfoOf(code).name, status.message(), HintOf(code), request);
}

net::HttpResponse ApiError(const Status& status, const net::HttpRequest& request) {
  const int http_status = InfoOf(CodeOf(status)).http_status;
  net::HttpResponse response = ApiAnswer(ApiErrorBody(status, request), http_status);
  if (http_status == 401) {
    // "Bearer" alone: a browser would ask for "Basic" itself, with a form of its own.
    response.headers.Set("WWW-Authenticate", "Bearer realm=\"tarn\"");
  }
  if (http_status == 503 || http_status == 429) {
    response.headers.Set("Retry-After", "1");
  }
  return response;
}

net::HttpResponse ApiRefusal(const net::HttpRequest& request, int status) {
  return ApiAnswer(ErrorBody(NameOfRefusal(status), TextOfRefusal(request, status),
                             status == 404 ? "/docs lists what there is" : "", request),
                   status);
}

}  // namespace tarn::gateway
