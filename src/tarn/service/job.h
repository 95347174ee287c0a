// One piece of long work: what was asked, how far it is, what became of it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/base/error.h"
#include "tarn/base/json_fields.h"
#include "tarn/base/result.h"

namespace tarn::service {

enum class JobState : uint8_t {
  kQueued,
  kRunning,
  kSucceeded,
  kFailed,
  kCancelled,
};
/// "queued", "running", …
std::string_view JobStateName(JobState state);
/// Errors: kInvalidArgument.
Result<JobState> JobStateFromName(std::string_view name);
/// True if nothing will happen to it any more.
bool HasEnded(JobState state);

struct JobProgress {
  int64_t rows = 0;
  int64_t bytes = 0;
  std::optional<double> part = {};  // of the work, 0..1, if it can be known
  std::string step = {};            // "committing"; for people
};

struct JobFailure {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;
};

/// Times are since the Unix epoch, UTC.
struct JobRecord {
  std::string id;     // a ULID: sorts by age
  std::string kind;   // "load"
  std::string owner;  // whose it is
  Json request;       // what the kind understands; never a secret
  JobState state = JobState::kQueued;
  std::chrono::milliseconds created_at{0};
  std::optional<std::chrono::milliseconds> started_at = {};  // the last attempt
  std::optional<std::chrono::milliseconds> ended_at = {};
  int32_t attempts = 0;
  JobProgress progress = {};
  std::optional<JobFailure> failure = {};
  Json result = nullptr;
  std::string retry_of = {};  // the job that this one does again
  std::string schedule = {};  // the schedule that it is a run of
  std::string call = {};      // the API's call that it is of: "/load/file"; may be empty
  std::string request_id = {};  // of the request that asked for it; may be empty
  /// What a further attempt has to know of those before (JobContext::Remember).
  Json memory = nullptr;
  std::string server = {};  // which server queues or runs it; empty: none
  bool cancel_is_asked = false;
  /// It was given passwords or keys, which are in the memory of the server that took it
  /// and nowhere else.
  bool has_secrets = false;
  std::vector<std::string> secret_names = {};  // which ones; what a retry has to bring
  /// Who asked for it could reach the server's files and network.
  bool reaches_server = false;
};

/// The members that the record has; for the store.
std::string JobToText(const JobRecord& job);
/// Errors: kInvalidData.
Result<JobRecord> JobFromText(std::string_view text);

/// Rows a second of the attempt that runs or has ended; unset before the first second.
std::optional<double> RowsPerSecond(const JobRecord& job, std::chrono::milliseconds now);
/// How long it will take still, as far as its progress says.
std::optional<std::chrono::milliseconds> TimeLeft(const JobRecord& job,
                                                  std::chrono::milliseconds now);

}  // namespace tarn::service
