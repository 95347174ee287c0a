// The table of everything that can go wrong: each code's name, HTTP status, Iceberg REST
// error type, Trino code, exit code, retry rule and blame. Every edge (CLI, HTTP, Trino
// protocol) translates from this table and from nothing else.
//
//   return MakeError(ErrorCode::kNoSuchTable, "Table does not exist: " +
//   ident.ToString());
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "tarn/base/result.h"

namespace tarn {

enum class ErrorCode : uint8_t {
  kInvalidArgument,     // a value outside of what the call accepts
  kUsage,               // wrong command line; exit code 2
  kSyntax,              // text that no grammar of ours accepts
  kTypeMismatch,        // values or types that do not fit the schema
  kConstraintViolated,  // null in a required column, value out of range
  kInvalidData,   // bytes from outside that are not what they claim (corrupt, truncated)
  kNotSupported,  // understood, and refused
  kNoSuchNamespace,
  kNoSuchTable,
  kNoSuchView,
  kNoSuchFunction,
  kNoSuchPlan,      // a scan plan that was never made, was cancelled or has expired
  kNoSuchPlanTask,  // a part of one
  kNoSuchColumn,
  kNoSuchSnapshot,
  kNoSuchFile,
  kNoSuchWarehouse,
  kNoSuchJob,
  kNoSuchSchedule,
  kNoSuchConnection,  // a stored one: host, user, password under a name
  kAlreadyExists,
  kOperationRepeated,  // its key is written down already: this very change was made
  kNamespaceNotEmpty,
  kCommitConflict,      // definitely not applied; refresh, rebuild and try again
  kCommitStateUnknown,  // may have been applied: look up before touching any file
  kUnauthenticated,
  kForbidden,
  kResourceLimit,  // over a limit that somebody configured
  kOutOfMemory,
  kDiskFull,
  kIoFailed,     // a file system or network said no
  kUnavailable,  // busy or not reachable; the same call may go through later
  kTimeout,
  kCancelled,
  kInternal,  // a bug of ours
};

enum class Retry : uint8_t { kNever, kSameCall, kAfterRefresh, kAfterLookup };
enum class Blame : uint8_t { kUser, kBug, kEnvironment, kRemote };

struct ErrorInfo {
  ErrorCode code;
  std::string_view name;  // stable, shown to programs: "NO_SUCH_TABLE"
  int http_status;
  std::string_view iceberg_type;  // error.type of the Iceberg REST specification
  std::string_view trino_name;    // errorName of Trino's client protocol
  int trino_code;                 // errorCode of Trino's client protocol
  int exit_code;
  Retry retry;
  Blame blame;
};

/// Every row of the error table, in the order of ErrorCode.
std::span<const ErrorInfo> AllErrors();

/// The row of `code`; total over the enum.
const ErrorInfo& InfoOf(ErrorCode code);

/// Builds a Status that carries `code`. `message` is one line: what failed, on which
/// object, with which value (last), and what to do.
Status MakeError(ErrorCode code, std::string message);

/// The code that `status` carries. A Status made by Arrow itself is mapped by its
/// StatusCode (and errno detail: ENOSPC is kDiskFull, ENOENT is kNoSuchFile). Must not be
/// called on OK.
ErrorCode CodeOf(const Status& status);

/// The same error with `context` ("while writing ns.t: ") put before its message; OK
/// stays OK.
Status WithContext(std::string_view context, const Status& status);

/// True if `status` says that a commit may or may not have been applied.
bool IsOutcomeUnknown(const Status& status);

}  // namespace tarn

/// Aborts with file and line when a condition that only a bug of ours can break is false.
/// Kept in release; never for input.
#define TARN_CHECK(condition)                                              \
  do {                                                                     \
    if (!(condition)) ::tarn::CheckFailed(#condition, __FILE__, __LINE__); \
  } while (false)

namespace tarn {
[[noreturn]] void CheckFailed(const char* condition, const char* file, int line);
}  // namespace tarn
