// What happens to a schedule, one step after the other: decisions only, nothing is
// started or stored here.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "tarn/base/result.h"
#include "tarn/service/job.h"
#include "tarn/service/schedule.h"

namespace tarn::service::internal {

/// Moves what was due up to `now` to the runs that wait, or to its history as missed:
/// what is later than `grace`, as its CatchUp says. False if nothing was due. Errors:
/// kInvalidArgument for rules that hold no more (a time zone that is gone).
Result<bool> DecideDue(std::chrono::milliseconds now, std::chrono::milliseconds grace,
                       Schedule* schedule);

/// The job it had running has ended, as `job` says; unset: nobody knows the job any more.
/// Pauses the schedule after too many failures.
void NoteEnd(const std::optional<JobRecord>& job, std::chrono::milliseconds now,
             Schedule* schedule);
/// A run whose job could not be made.
void NoteRefusal(const WaitingRun& run, const Status& refusal,
                 std::chrono::milliseconds now, Schedule* schedule);
/// Pauses it if it has failed as often as its rules allow.
void NoteFailure(Schedule* schedule);

/// What may be done now with the runs whose time has come.
struct Choice {
  std::optional<WaitingRun> run = {};  // taken out of those that wait: to be started
  bool cancels_current = false;
  bool has_changed = false;  // the schedule
};
Choice ChooseRun(std::chrono::milliseconds now, Schedule* schedule);

/// When something is to be done next, whatever becomes of the job that runs; unset:
/// never.
std::optional<std::chrono::milliseconds> NextMoment(const Schedule& schedule);

}  // namespace tarn::service::internal
