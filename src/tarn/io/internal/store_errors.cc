#include "tarn/io/internal/store_errors.h"

#include <algorithm>
#include <array>
#include <string>

#include <fmt/format.h>

#include "tarn/base/error.h"

namespace tarn::io {
namespace {

struct KnownError {
  std::string_view text;
  ErrorCode code;
};

// As the AWS SDK ("AWS Error <name> during …"), Azure's ("Azure Error: [<name>] …") and
// Google's ("google::cloud::Status(<name>: …") name them.
constexpr auto kKnownErrors = std::to_array<KnownError>({
    {"AWS Error NO_SUCH_KEY ", ErrorCode::kNoSuchFile},
    {"AWS Error NO_SUCH_BUCKET ", ErrorCode::kNoSuchFile},
    {"AWS Error RESOURCE_NOT_FOUND ", ErrorCode::kNoSuchFile},
    {"AWS Error ACCESS_DENIED ", ErrorCode::kForbidden},
    {"AWS Error INVALID_ACCESS_KEY_ID ", ErrorCode::kForbidden},
    {"AWS Error SIGNATURE_DOES_NOT_MATCH ", ErrorCode::kForbidden},
    {"AWS Error INVALID_SIGNATURE ", ErrorCode::kForbidden},
    {"AWS Error INVALID_CLIENT_TOKEN_ID ", ErrorCode::kForbidden},
    {"AWS Error MISSING_AUTHENTICATION_TOKEN ", ErrorCode::kForbidden},
    {"AWS Error UNRECOGNIZED_CLIENT ", ErrorCode::kForbidden},
    {"AWS Error REQUEST_TIMEOUT ", ErrorCode::kTimeout},
    {"AWS Error NETWORK_CONNECTION ", ErrorCode::kUnavailable},
    {"AWS Error SERVICE_UNAVAILABLE ", ErrorCode::kUnavailable},
    {"AWS Error SLOW_DOWN ", ErrorCode::kUnavailable},
    {"AWS Error THROTTLING ", ErrorCode::kUnavailable},
    {"AWS Error INTERNAL_FAILURE ", ErrorCode::kUnavailable},
    {"(HTTP status 403)", ErrorCode::kForbidden},
    {"(HTTP status 404)", ErrorCode::kNoSuchFile},
    {"(HTTP status 500)", ErrorCode::kUnavailable},
    {"(HTTP status 502)", ErrorCode::kUnavailable},
    {"(HTTP status 503)", ErrorCode::kUnavailable},
    {"(HTTP status 504)", ErrorCode::kUnavailable},
    {"[BlobNotFound]", ErrorCode::kNoSuchFile},
    {"[ContainerNotFound]", ErrorCode::kNoSuchFile},
    {"[PathNotFound]", ErrorCode::kNoSuchFile},
    {"[FilesystemNotFound]", ErrorCode::kNoSuchFile},
    {"[ResourceNotFound]", ErrorCode::kNoSuchFile},
    {"[AuthenticationFailed]", ErrorCode::kForbidden},
    {"[AuthorizationFailure]", ErrorCode::kForbidden},
    {"[AuthorizationPermissionMismatch]", ErrorCode::kForbidden},
    {"[AuthorizationProtocolMismatch]", ErrorCode::kForbidden},
    {"[InsufficientAccountPermissions]", ErrorCode::kForbidden},
    {"[InvalidAuthenticationInfo]", ErrorCode::kForbidden},
    {"[NoAuthenticationInformation]", ErrorCode::kForbidden},
    {"[PublicAccessNotPermitted]", ErrorCode::kForbidden},
    {"[ServerBusy]", ErrorCode::kUnavailable},
    {"[InternalError]", ErrorCode::kUnavailable},
    {"[OperationTimedOut]", ErrorCode::kTimeout},
    {"Azure Error: [] Fail to get a new connection", ErrorCode::kUnavailable},
    {"Azure Error: [] Error while", ErrorCode::kUnavailable},
    {"google::cloud::Status(NOT_FOUND", ErrorCode::kNoSuchFile},
    {"google::cloud::Status(PERMISSION_DENIED", ErrorCode::kForbidden},
    {"google::cloud::Status(UNAUTHENTICATED", ErrorCode::kForbidden},
    {"google::cloud::Status(UNAVAILABLE", ErrorCode::kUnavailable},
    {"google::cloud::Status(RESOURCE_EXHAUSTED", ErrorCode::kUnavailable},
    {"google::cloud::Status(INTERNAL", ErrorCode::kUnavailable},
    {"google::cloud::Status(DEADLINE_EXCEEDED", ErrorCode::kTimeout},
});

ErrorCode CodeOfStore(const Status& status) {
  const std::string& message = status.message();
  const auto known = std::find_if(kKnownErrors.begin(), kKnownErrors.end(),
                                  [&](const KnownError& error) {
                                    return message.find(error.text) != std::string::npos;
                                  });
  return known == kKnownErrors.end() ? CodeOf(status) : known->code;
}

/// Azure's SDK names the URL of a request with its shared access signature.
void BlotSignatures(std::string* text) {
  constexpr std::string_view kSignature = "sig=";
  for (size_t at = text->find(kSignature); at != std::string::npos;
       at = text->find(kSignature, at)) {
    at += kSignature.size();
    const size_t end = text->find_first_of("&'\" ,)\n", at);
    text->replace(at, end == std::string::npos ? end : end - at, "***");
  }
}

/// SDKs break their texts into lines.
std::string OneLine(std::string text) {
  std::erase(text, '\r');
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

}  // namespace

Status FromStoreError(std::string_view what, const Status& status) {
  if (status.ok()) {
    return status;
  }
  std::string message = OneLine(fmt::format("{}: {}", what, status.message()));
  BlotSignatures(&message);
  return MakeError(CodeOfStore(status), std::move(message));
}

}  // namespace tarn::io
