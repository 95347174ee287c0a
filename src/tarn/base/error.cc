#include "tarn/base/error.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <utility>

#include <arrow/util/io_util.h>

namespace tarn {
namespace {

constexpr char kDetailTypeId[] = "tarn::ErrorDetail";

class ErrorDetail : public arrow::StatusDetail {
 public:
  explicit ErrorDetail(ErrorCode code) : code_(code) {}
  const char* type_id() const override { return kDetailTypeId; }
  std::string ToString() const override { return std::string(InfoOf(code_).name); }
  ErrorCode code() const { return code_; }

 private:
  ErrorCode code_;
};

// Trino codes: StandardErrorCode's user errors count from 0, internal from 65536,
// resources from 131072, external from 16777216 (Iceberg connector's own range: 84148224
// and up).
constexpr std::array<ErrorInfo, 35> kErrors = {{
    {ErrorCode::kInvalidArgument, "INVALID_ARGUMENT", 400, "BadRequestException",
     "INVALID_ARGUMENTS", 76, 1, Retry::kNever, Blame::kUser},
    {ErrorCode::kUsage, "USAGE", 400, "BadRequestException", "INVALID_ARGUMENTS", 76, 2,
     Retry::kNever, Blame::kUser},
    {ErrorCode::kSyntax, "SYNTAX_ERROR", 400, "BadRequestException", "SYNTAX_ERROR", 1, 1,
     Retry::kNever, Blame::kUser},
    {ErrorCode::kTypeMismatch, "TYPE_MISMATCH", 400, "ValidationException",
     "TYPE_MISMATCH", 58, 1, Retry::kNever, Blame::kUser},
    {ErrorCode::kConstraintViolated, "CONSTRAINT_VIOLATION", 400, "ValidationException",
     "CONSTRAINT_VIOLATION", 16, 1, Retry::kNever, Blame::kUser},
    {ErrorCode::kInvalidData, "INVALID_DATA", 400, "ValidationException",
     "ICEBERG_BAD_DATA", 84148227, 1, Retry::kNever, Blame::kEnvironment},
    {ErrorCode::kNotSupported, "NOT_SUPPORTED", 406, "UnsupportedOperationException",
     "NOT_SUPPORTED", 13, 1, Retry::kNever, Blame::kUser},
    {ErrorCode::kNoSuchNamespace, "NO_SUCH_NAMESPACE", 404, "NoSuchNamespaceException",
     "SCHEMA_NOT_FOUND", 45, 1, Retry::kNever, Blame::kUser},
    {ErrorCode::kNoSuchTable, "NO_SUCH_TABLE", 404, "NoSuchTableException",
     "TABLE_NOT_FOUND", 46, 1, Retry::kNever, Blame::kUser},
    {ErrorCode::kNoSuchView, "NO_SUCH_VIEW", 404, "NoSuchViewException",
     "TABLE_NOT_FOUND", 46, 1, Retry::kNever, Blame::kUser},
    {ErrorCode::kNoSuchFunction, "NO_SUCH_FUNCTION", 404, "NoSuchFunctionException",
     "FUNCTION_NOT_FOUND", 6, 1, Retry::kNever, Blame::kUser},
    {ErrorCode::kNoSuchPlan, "NO_SUCH_PLAN", 404, "NoSuchPlanIdException",
     "INVALID_ARGUMENTS", 76, 1, Retry::kNever, Blame::kUser},
    {ErrorCode::kNoSuchPlanTask, "NO_SUCH_PLAN_TASK", 404, "NoSuchPlanTaskException",
     "INVALID_ARGUMENTS", 76, 1, Retry::kNever, Blame::kUser},
    {ErrorCode::kNoSuchColumn, "NO_SUCH_COLUMN", 400, "ValidationException",
     "COLUMN_NOT_FOUND", 47, 1, Retry::kNever, Blame::kUser},
    {ErrorCode::kNoSuchSnapshot, "NO_SUCH_SNAPSHOT", 400, "ValidationException",
     "INVALID_ARGUMENTS", 76, 1, Retry::kNever, Blame::kUser},
    {ErrorCode::kNoSuchFile, "NO_SUCH_FILE", 404, "NotFoundException",
     "ICEBERG_FILESYSTEM_ERROR", 84148226, 1, Retry::kNever, Blame::kEnvironment},
    {ErrorCode::kNoSuchWarehouse, "NO_SUCH_WAREHOUSE", 404, "NoSuchWarehouseException",
     "CATALOG_NOT_FOUND", 44, 1, Retry::kNever, Blame::kUser},
    {ErrorCode::kNoSuchJob, "NO_SUCH_JOB", 404, "NoSuchJobException", "INVALID_ARGUMENTS",
     76, 1, Retry::kNever, Blame::kUser},
    {ErrorCode::kNoSuchSchedule, "NO_SUCH_SCHEDULE", 404, "NoSuchScheduleException",
     "INVALID_ARGUMENTS", 76, 1, Retry::kNever, Blame::kUser},
    {ErrorCode::kNoSuchConnection, "NO_SUCH_CONNECTION", 404, "NoSuchConnectionException",
     "INVALID_ARGUMENTS", 76, 1, Retry::kNever, Blame::kUser},
    {ErrorCode::kAlreadyExists, "ALREADY_EXISTS", 409, "AlreadyExistsException",
     "ALREADY_EXISTS", 12, 1, Retry::kNever, Blame::kUser},
    {ErrorCode::kOperationRepeated, "OPERATION_REPEATED", 409, "AlreadyExistsException",
     "ALREADY_EXISTS", 12, 1, Retry::kNever, Blame::kUser},
    {ErrorCode::kNamespaceNotEmpty, "NAMESPACE_NOT_EMPTY", 409,
     "NamespaceNotEmptyException", "SCHEMA_NOT_EMPTY", 34, 1, Retry::kNever,
     Blame::kUser},
    {ErrorCode::kCommitConflict, "COMMIT_CONFLICT", 409, "CommitFailedException",
     "ICEBERG_COMMIT_ERROR", 84148232, 1, Retry::kAfterRefresh, Blame::kEnvironment},
    {ErrorCode::kCommitStateUnknown, "COMMIT_STATE_UNKNOWN", 500,
     "CommitStateUnknownException", "ICEBERG_COMMIT_ERROR", 84148232, 1,
     Retry::kAfterLookup, Blame::kRemote},
    {ErrorCode::kUnauthenticated, "UNAUTHENTICATED", 401, "NotAuthorizedException",
     "PERMISSION_DENIED", 4, 1, Retry::kNever, Blame::kUser},
    {ErrorCode::kForbidden, "FORBIDDEN", 403, "ForbiddenException", "PERMISSION_DENIED",
     4, 1, Retry::kNever, Blame::kUser},
    {ErrorCode::kResourceLimit, "RESOURCE_LIMIT", 429, "BadRequestException",
     "EXCEEDED_LOCAL_MEMORY_LIMIT", 131079, 1, Retry::kNever, Blame::kUser},
    {ErrorCode::kOutOfMemory, "OUT_OF_MEMORY", 503, "ServiceUnavailableException",
     "EXCEEDED_LOCAL_MEMORY_LIMIT", 131079, 1, Retry::kSameCall, Blame::kEnvironment},
    {ErrorCode::kDiskFull, "DISK_FULL", 503, "ServiceUnavailableException",
     "ICEBERG_FILESYSTEM_ERROR", 84148226, 1, Retry::kSameCall, Blame::kEnvironment},
    {ErrorCode::kIoFailed, "IO_FAILED", 500, "ServiceFailureException",
     "ICEBERG_FILESYSTEM_ERROR", 84148226, 1, Retry::kSameCall, Blame::kEnvironment},
    {ErrorCode::kUnavailable, "UNAVAILABLE", 503, "ServiceUnavailableException",
     "SERVER_STARTING_UP", 65548, 1, Retry::kSameCall, Blame::kRemote},
    {ErrorCode::kTimeout, "TIMEOUT", 504, "ServiceUnavailableException",
     "EXCEEDED_TIME_LIMIT", 131075, 1, Retry::kSameCall, Blame::kEnvironment},
    {ErrorCode::kCancelled, "CANCELLED", 499, "BadRequestException", "USER_CANCELED", 3,
     1, Retry::kNever, Blame::kUser},
    {ErrorCode::kInternal, "INTERNAL", 500, "InternalServerError",
     "GENERIC_INTERNAL_ERROR", 65536, 1, Retry::kNever, Blame::kBug},
}};

ErrorCode CodeOfErrno(int error_number, ErrorCode otherwise) {
  switch (error_number) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:  // ulimit -f
      return ErrorCode::kDiskFull;
    case ENOENT:
    case ENOTDIR:
      return ErrorCode::kNoSuchFile;
    case EACCES:
    case EPERM:
    case EROFS:
      return ErrorCode::kForbidden;
    case EEXIST:
      return ErrorCode::kAlreadyExists;
    case ENOMEM:
      return ErrorCode::kOutOfMemory;
    case ETIMEDOUT:
      return ErrorCode::kTimeout;
    default:
      return otherwise;
  }
}

ErrorCode CodeOfArrow(arrow::StatusCode code) {
  switch (code) {
    case arrow::StatusCode::OutOfMemory:
      return ErrorCode::kOutOfMemory;
    case arrow::StatusCode::KeyError:
    case arrow::StatusCode::Invalid:
    case arrow::StatusCode::IndexError:
      return ErrorCode::kInvalidArgument;
    case arrow::StatusCode::TypeError:
      return ErrorCode::kTypeMismatch;
    case arrow::StatusCode::IOError:
      return ErrorCode::kIoFailed;
    case arrow::StatusCode::CapacityError:
      return ErrorCode::kResourceLimit;
    case arrow::StatusCode::Cancelled:
      return ErrorCode::kCancelled;
    case arrow::StatusCode::SerializationError:
      return ErrorCode::kInvalidData;
    case arrow::StatusCode::NotImplemented:
      return ErrorCode::kNotSupported;
    case arrow::StatusCode::AlreadyExists:
      return ErrorCode::kAlreadyExists;
    default:
      return ErrorCode::kInternal;
  }
}

arrow::StatusCode ArrowCodeOf(ErrorCode code) {
  switch (code) {
    case ErrorCode::kOutOfMemory:
      return arrow::StatusCode::OutOfMemory;
    case ErrorCode::kTypeMismatch:
      return arrow::StatusCode::TypeError;
    case ErrorCode::kNotSupported:
      return arrow::StatusCode::NotImplemented;
    case ErrorCode::kAlreadyExists:
      return arrow::StatusCode::AlreadyExists;
    case ErrorCode::kCancelled:
      return arrow::StatusCode::Cancelled;
    case ErrorCode::kIoFailed:
    case ErrorCode::kDiskFull:
    case ErrorCode::kNoSuchFile:
      return arrow::StatusCode::IOError;
    case ErrorCode::kInternal:
      return arrow::StatusCode::UnknownError;
    default:
      return arrow::StatusCode::Invalid;
  }
}

}  // namespace

std::span<const ErrorInfo> AllErrors() { return kErrors; }

const ErrorInfo& InfoOf(ErrorCode code) {
  const auto index = static_cast<size_t>(code);
  TARN_CHECK(index < kErrors.size() && kErrors[index].code == code);
  return kErrors[index];
}

Status MakeError(ErrorCode code, std::string message) {
  return {ArrowCodeOf(code), std::move(message), std::make_shared<ErrorDetail>(code)};
}

ErrorCode CodeOf(const Status& status) {
  TARN_CHECK(!status.ok());
  const auto& detail = status.detail();
  if (detail != nullptr && std::string_view(detail->type_id()) == kDetailTypeId) {
    return static_cast<const ErrorDetail&>(*detail).code();
  }
  return CodeOfErrno(arrow::internal::ErrnoFromStatus(status),
                     CodeOfArrow(status.code()));
}

Status WithContext(std::string_view context, const Status& status) {
  if (status.ok()) {
    return status;
  }
  return {status.code(), std::string(context) + status.message(),
          std::make_shared<ErrorDetail>(CodeOf(status))};
}

bool IsOutcomeUnknown(const Status& status) {
  return !status.ok() && CodeOf(status) == ErrorCode::kCommitStateUnknown;
}

void CheckFailed(const char* condition, const char* file, int line) {
  std::fprintf(stderr,
               "%s:%d: this is a bug in Tarn, please report it: %s does not hold\n", file,
               line, condition);
  std::abort();
}

}  // namespace tarn
