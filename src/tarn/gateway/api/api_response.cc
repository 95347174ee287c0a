#include "tarn/gateway/api/api_response.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>

#include "tarn/base/error.h"

namespace tarn::gateway {
namespace {

struct Hint {
  ErrorCode code;
  std::string_view text;
};

/// What to do about each code.
constexpr Hint kHints[] = {
    {ErrorCode::kInvalidArgument,
     "Change the request as the message says; /docs describes each call's members"},
    {ErrorCode::kUsage,
     "Change the request as the message says; /docs describes each call's members"},
    {ErrorCode::kSyntax, "Mend the statement or expression where the message points to"},
    {ErrorCode::kTypeMismatch,
     "Change the rows, or the table's schema: a new column, or mode replace"},
    {ErrorCode::kConstraintViolated,
     "Change the rows, or the table's schema: a new column, or mode replace"},
    {ErrorCode::kInvalidData,
     "Is the source whole, and of the format and encoding that the request says?"},
    {ErrorCode::kNotSupported,
     "The message says why it is refused; /docs describes what there is"},
    {ErrorCode::kNoSuchTable,
     "GET /api/v1/tables/{namespace} lists the tables of a namespace"},
    {ErrorCode::kNoSuchNamespace,
     "GET /api/v1/tables/{namespace} lists the tables of a namespace"},
    {ErrorCode::kNoSuchView,
     "GET /api/v1/tables/{namespace} lists the tables of a namespace"},
    {ErrorCode::kNoSuchColumn,
     "GET /api/v1/tables/{namespace}/{table}/metadata shows columns and snapshots"},
    {ErrorCode::kNoSuchFunction,
     "GET /api/v1/tables/{namespace}/{table}/metadata shows columns and snapshots"},
    {ErrorCode::kNoSuchSnapshot,
     "GET /api/v1/tables/{namespace}/{table}/metadata shows columns and snapshots"},
    {ErrorCode::kNoSuchFile,
     "Names are exact, and files are looked for where the server runs: POST "
     "/api/v1/upload sends one there"},
    {ErrorCode::kNoSuchWarehouse,
     "GET /api/v1/warehouses lists them; the first one is meant where none is named"},
    {ErrorCode::kNoSuchJob, "GET /api/v1/jobs lists jobs; records are kept for 30 days"},
    {ErrorCode::kNoSuchSchedule, "GET /api/v1/schedules lists schedules"},
    {ErrorCode::kNoSuchConnection, "GET /api/v1/connections lists connections"},
    {ErrorCode::kNoSuchPlan, "Plan the scan again: its plan has ended"},
    {ErrorCode::kNoSuchPlanTask, "Plan the scan again: its plan has ended"},
    {ErrorCode::kAlreadyExists,
     "Take another name, or a mode that allows it: append, overwrite, replace"},
    {ErrorCode::kOperationRepeated,
     "Take another name, or a mode that allows it: append, overwrite, replace"},
    {ErrorCode::kNamespaceNotEmpty, "Drop or move what is in it first"},
    {ErrorCode::kCommitConflict,
     "Nothing was changed; the same request may go through now"},
    {ErrorCode::kCommitStateUnknown,
     "Look at the table's newest snapshot before sending the request again"},
    {ErrorCode::kUnauthenticated,
     "Sign in: Authorization: Bearer <token> of POST /catalog/v1/oauth/tokens, or Basic "
     "with client id and secret"},
    {ErrorCode::kForbidden,
     "Ask as another principal, or have an administrator grant it"},
    {ErrorCode::kResourceLimit,
     "Wait and send it again, send less, or have the limit raised"},
    {ErrorCode::kOutOfMemory,
     "Send it again when less is running, or give the server more memory"},
    {ErrorCode::kDiskFull,
     "Make room on the disk of the warehouse or of the server's home"},
    {ErrorCode::kIoFailed,
     "The message has the words of the file system, store or network: mend that and send "
     "the request again"},
    {ErrorCode::kUnavailable,
     "The same request may go through later; is what it names up?"},
    {ErrorCode::kTimeout, "The same request may go through later; is what it names up?"},
    {ErrorCode::kCancelled,
     "Somebody cancelled it: POST /api/v1/jobs/{id}/retry does it again"},
    {ErrorCode::kInternal,
     "This is a fault of the server; its log has more under the request_id"},
};

std::string_view HintOf(ErrorCode code) {
  const Hint* const found = std::ranges::find(kHints, code, &Hint::code);
  TARN_CHECK(found != std::end(kHints));  // a test asks for every code's
  return found->text;
}

Json ErrorBody(int status, std::string_view code, std::string_view message,
               std::string_view hint, const std::string& request_id) {
  Json body = {{"status", "error"},    {"code", code},      {"message", message},
               {"error", message},     {"detail", message}, {"hint", hint},
               {"status_code", status}};
  if (!request_id.empty()) {
    body["request_id"] = request_id;
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

std::string_view HintOfRefusal(const net::HttpRequest& request, int status) {
  const bool is_upload = request.raw_path.starts_with("/api/v1/upload");
  switch (status) {
    case 404:
      return "/docs lists what there is";
    case 405:
      return "The header Allow names the methods that it has";
    case 413:
      return is_upload ? "Put it into an object store, and load it from there"
                       : "Send files by POST /api/v1/upload, and name them in the "
                         "request";
    case 415:
      return "Send the body with Content-Type: application/json";
    default:
      return status < 500 ? "Change the request as the message says"
                          : "The same request may go through later";
  }
}

}  // namespace

net::HttpResponse ApiAnswer(const Json& body, int status) {
  net::HttpResponse response{.status = status, .body = DumpJson(body)};
  response.headers.Set("Content-Type", "application/json");
  response.headers.Set("Cache-Control", "no-store");
  return response;
}

Json ApiErrorBody(const Status& status, const std::string& request_id) {
  const ErrorInfo& info = InfoOf(CodeOf(status));
  return ErrorBody(info.http_status, info.name, status.message(), HintOf(info.code),
                   request_id);
}

net::HttpResponse ApiError(const Status& status, const net::HttpRequest& request) {
  const int http_status = InfoOf(CodeOf(status)).http_status;
  net::HttpResponse response =
      ApiAnswer(ApiErrorBody(status, request.request_id), http_status);
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
  return ApiAnswer(
      ErrorBody(status, NameOfRefusal(status), TextOfRefusal(request, status),
                HintOfRefusal(request, status), request.request_id),
      status);
}

}  // namespace tarn::gateway
