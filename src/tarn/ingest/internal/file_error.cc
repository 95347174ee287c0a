#include "tarn/ingest/internal/file_error.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "tarn/base/error.h"

namespace tarn::ingest::internal {
namespace {

/// What DuckDB's readers add for people who wrote the query by hand.
constexpr std::array<std::string_view, 5> kAdvice = {
    "The search space used was", "Possible fixes", "Possible solutions",
    "Possible Solution", "LINE 1:"};

/// One line that says what is wrong with the file, without where that is in a query that
/// nobody wrote.
std::string Essence(std::string message) {
  std::replace(message.begin(), message.end(), '\n', ' ');
  const size_t colon = message.find(": ");
  const std::string_view place = std::string_view(message).substr(0, colon);
  if (colon != std::string::npos && place.starts_with("line 1:") &&
      place.find_first_not_of("0123456789", 7) == std::string_view::npos) {
    message.erase(0, colon + 2);
  }
  for (const std::string_view advice : kAdvice) {
    message.erase(std::min(message.find(advice), message.size()));
  }
  message.erase(message.find_last_not_of(" ;,*") + 1);
  return message;
}

}  // namespace

Status InFile(const std::string& path, const Status& status) {
  if (status.ok()) {
    return status;
  }
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
  std::string message = Essence(status.message());
  if (message.find(path) != std::string::npos) {
    return MakeError(code, std::move(message));
  }
  return MakeError(code, "Cannot read " + path + ": " + message);
}

}  // namespace tarn::ingest::internal
