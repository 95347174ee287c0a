#include "tarn/ingest/internal/file_error.h"

#include <algorithm>

#include "tarn/base/error.h"

namespace tarn::ingest::internal {

Status InFile(const std::string& path, const Status& status) {
  if (status.ok()) return status;
  ErrorCode code = CodeOf(status);
  switch (code) {
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kTypeMismatch:
    case ErrorCode::kIoFailed:
    case ErrorCode::kInternal:
    case ErrorCode::kSyntax:
      code = ErrorCode::kInvalidData;
      break;
    default:
      break;
  }
  std::string message = status.message();
  std::replace(message.begin(), message.end(), '\n', ' ');
  if (message.find(path) != std::string::npos) return MakeError(code, std::move(message));
  return MakeError(code, "Cannot read " + path + ": " + message);
}

}  // namespace tarn::ingest::internal
