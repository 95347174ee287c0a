// A schedule: what is done when, and what became of it so far.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/base/json_fields.h"
#include "tarn/base/result.h"
#include "tarn/service/timing.h"

namespace tarn::service {

/// What becomes of a run that is due while the one before has not ended.
enum class Overlap : uint8_t {
  kSkip,
  kQueue,   // waits for it
  kCancel,  // cancels it, and waits for its end
};
/// What becomes of runs that were due while no server was there.
enum class CatchUp : uint8_t {
  kNone,
  kLast,  // the last of them is done
  kAll,   // all are done, one after the other: the latest catch_up_max
};
enum class ScheduleState : uint8_t { kActive, kPaused, kEnded };

/// "skip", "queue", "cancel"; "none", "last", "all"; "active", "paused", "ended".
std::string_view OverlapName(Overlap overlap);
std::string_view CatchUpName(CatchUp catch_up);
std::string_view ScheduleStateName(ScheduleState state);
/// Errors: kInvalidArgument.
Result<Overlap> OverlapFromName(std::string_view name);
Result<CatchUp> CatchUpFromName(std::string_view name);

/// What its owner chose.
struct ScheduleRules {
  std::string description = {};
  std::string call = {};  // the API's call that the job is of: "/load/file"
  std::string kind;       // of the job
  Json request;           // the job's
  TimingRules timing = {};
  Overlap overlap = Overlap::kSkip;
  CatchUp catch_up = CatchUp::kLast;
  int32_t catch_up_max = 10;
  /// Each run is put off by up to so much; by how much follows from name and time.
  std::chrono::seconds jitter{0};
  /// Failures one after the other that pause it; 0: it goes on whatever happens.
  int32_t pause_after_failures = 0;
};

/// A run that was due: done, under way, or left out. Times are since the Unix epoch, UTC.
struct ScheduleRun {
  std::chrono::milliseconds due{0};
  std::chrono::milliseconds at{0};  // when it was decided what becomes of it
  std::string job_id = {};          // empty: there is none
  /// A state of jobs; "skipped" (the one before ran), "missed" (no server was there), or
  /// "refused" (the job could not be made).
  std::string outcome;
  std::string message = {};
  bool is_by_hand = false;
};

/// A run that waits for its time, or for the end of the one before.
struct WaitingRun {
  std::chrono::milliseconds due{0};
  std::chrono::milliseconds not_before{0};
  bool is_by_hand = false;
  bool is_late = false;  // of the time when no server was there: never skipped
};

/// A run on its way to the jobs; found by whoever comes after a server that died there.
struct HandedRun {
  WaitingRun run;
  std::string job_id;
  std::string server;
  std::chrono::milliseconds at{0};
};

struct Schedule {
  std::string name;  // unique
  std::string owner;
  ScheduleRules rules;
  bool reaches_server = false;  // whether its owner did when it was made
  ScheduleState state = ScheduleState::kActive;
  std::string pause_reason = {};
  std::chrono::milliseconds created_at{0};
  std::chrono::milliseconds decided_until{0};  // what was due up to here is dealt with
  std::vector<WaitingRun> waiting = {};
  std::optional<HandedRun> handed = {};
  std::string current_job = {};  // empty: none runs
  int32_t failures_in_a_row = 0;
  std::vector<ScheduleRun> history = {};  // the newest first
  int64_t version = 0;                    // of its document
};

inline constexpr size_t kScheduleHistoryMax = 50;
inline constexpr size_t kScheduleWaitingMax = 100;

/// 1 to 128 letters, digits, '.', '_' and '-'. Errors: kInvalidArgument.
Status CheckScheduleName(const std::string& name);
/// Timing included. Errors: kInvalidArgument.
Status CheckScheduleRules(const ScheduleRules& rules);
/// Puts `run` first, and forgets what is too old.
void AddToHistory(ScheduleRun run, Schedule* schedule);

/// For the store.
std::string ScheduleToText(const Schedule& schedule);
/// Errors: kInvalidData.
Result<Schedule> ScheduleFromText(std::string_view text);

}  // namespace tarn::service
