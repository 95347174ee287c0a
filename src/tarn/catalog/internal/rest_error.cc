#include "tarn/catalog/internal/rest_error.h"

#include <algorithm>

#include "tarn/base/json_fields.h"
#include "tarn/net/http_message.h"

namespace tarn::catalog::internal {
namespace {

struct TypeRow {
  std::string_view type;
  ErrorCode code;
};

/// Types of the specification and of its implementations. Those that say no more than
/// their status (BadRequestException, ServiceFailureException, …) are left to it.
constexpr TypeRow kTypes[] = {
    {"NoSuchNamespaceException", ErrorCode::kNoSuchNamespace},
    {"NoSuchTableException", ErrorCode::kNoSuchTable},
    {"NoSuchIcebergTableException", ErrorCode::kNoSuchTable},
    {"NoSuchViewException", ErrorCode::kNoSuchView},
    {"NoSuchFunctionException", ErrorCode::kNoSuchFunction},
    {"NoSuchWarehouseException", ErrorCode::kInvalidArgument},
    {"NotFoundException", ErrorCode::kNoSuchFile},
    {"AlreadyExistsException", ErrorCode::kAlreadyExists},
    {"NamespaceNotEmptyException", ErrorCode::kNamespaceNotEmpty},
    {"CommitFailedException", ErrorCode::kCommitConflict},
    {"CommitStateUnknownException", ErrorCode::kCommitStateUnknown},
    {"UnsupportedOperationException", ErrorCode::kNotSupported},
    {"NotAuthorizedException", ErrorCode::kUnauthenticated},
    {"ForbiddenException", ErrorCode::kForbidden},
};

/// Of a 409 without a type that says which conflict it is.
ErrorCode ConflictOf(RestEffect effect) {
  return effect == RestEffect::kCommit ? ErrorCode::kCommitConflict
                                       : ErrorCode::kAlreadyExists;
}

ErrorCode CodeOfStatus(int status, RestEffect effect, ErrorCode missing) {
  switch (status) {
    case 400:
    case 422:
      return ErrorCode::kInvalidArgument;
    case 401:
    case 419:
      return ErrorCode::kUnauthenticated;
    case 403:
      return ErrorCode::kForbidden;
    case 404:
      return missing;
    case 405:
    case 406:
    case 501:
      return ErrorCode::kNotSupported;
    case 408:
      return ErrorCode::kTimeout;
    case 409:
      return ConflictOf(effect);
    case 413:
      return ErrorCode::kResourceLimit;
    case 429:
    case 502:
    case 503:
      return ErrorCode::kUnavailable;
    case 504:
      return ErrorCode::kTimeout;
    default:
      return status >= 500 ? ErrorCode::kIoFailed : ErrorCode::kInvalidData;
  }
}

std::string OnOneLine(std::string text) {
  constexpr size_t kBytesMax = 2'000;
  if (text.size() > kBytesMax) {
    text.resize(kBytesMax);
    text += "…";
  }
  std::ranges::replace_if(
      text, [](char c) { return c == '\n' || c == '\r' || c == '\t' || c == '\0'; }, ' ');
  return text;
}

/// A member of {"error": {…}}, or of the answer itself as some proxies have it.
std::string MemberOf(const Json& json, const char* key) {
  const auto error = json.find("error");
  const Json& from = error != json.end() && error->is_object() ? *error : json;
  const auto found = from.find(key);
  return found != from.end() && found->is_string() ? found->get<std::string>() : "";
}

}  // namespace

RestFailure RestFailureOf(const net::HttpClientResponse& answer, RestEffect effect,
                          ErrorCode missing) {
  RestFailure failure;
  failure.code = CodeOfStatus(answer.status, effect, missing);
  const Result<Json> json = ParseJson(answer.body, "error");
  if (json.ok() && json->is_object()) {
    failure.type = OnOneLine(MemberOf(*json, "type"));
    failure.message = OnOneLine(MemberOf(*json, "message"));
  }
  const auto row = std::ranges::find(kTypes, failure.type, &TypeRow::type);
  if (row != std::end(kTypes)) {
    failure.code = row->code;
  }
  const std::string status = "HTTP " + std::to_string(answer.status) + " " +
                             std::string(net::ReasonPhrase(answer.status));
  failure.message = failure.message.empty() ? status : failure.message;
  return failure;
}

bool IsPassingFailure(ErrorCode code) {
  switch (code) {
    case ErrorCode::kUnavailable:
    case ErrorCode::kTimeout:
    case ErrorCode::kIoFailed:
    case ErrorCode::kInvalidData:
      return true;
    default:
      return false;
  }
}

}  // namespace tarn::catalog::internal
