#include "tarn/service/internal/schedule_steps.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "tarn/base/error.h"

namespace tarn::service::internal {
namespace {

using std::chrono::milliseconds;

/// The same on all servers and after a restart (FNV-1a of the name, mixed with the time).
milliseconds JitterOf(const Schedule& schedule, milliseconds due) {
  const milliseconds jitter = schedule.rules.jitter;
  if (jitter <= milliseconds(0)) {
    return milliseconds(0);
  }
  uint64_t hash = 0xCBF29CE484222325;
  const auto mix = [&hash](uint64_t byte) { hash = (hash ^ byte) * 0x100000001B3; };
  for (const char c : schedule.name) {
    mix(static_cast<uint8_t>(c));
  }
  for (int shift = 0; shift < 64; shift += 8) {
    mix((static_cast<uint64_t>(due.count()) >> static_cast<unsigned>(shift)) & 0xFFU);
  }
  hash ^= hash >> 32U;
  return milliseconds(hash % static_cast<uint64_t>(jitter.count() + 1));
}

void NoteMissed(milliseconds due, milliseconds now, const std::string& message,
                Schedule* schedule) {
  AddToHistory({.due = due, .at = now, .outcome = "missed", .message = message},
               schedule);
}

/// Those of `late` that are made up for; the others are noted.
std::vector<milliseconds> MadeUpFor(const Timing::Due& late, bool has_on_time,
                                    milliseconds now, Schedule* schedule) {
  size_t kept = 0;
  switch (schedule->rules.catch_up) {
    case CatchUp::kNone:
      break;
    case CatchUp::kLast:
      kept = has_on_time ? 0 : 1;  // what is due now does the work of those before
      break;
    case CatchUp::kAll:
      kept = static_cast<size_t>(schedule->rules.catch_up_max);
      break;
  }
  kept = std::min(kept, late.latest.size());
  const size_t lost = late.latest.size() - kept;
  if (lost > 0 || late.has_earlier) {
    const milliseconds due = lost > 0 ? late.latest[lost - 1] : late.latest.front();
    NoteMissed(due, now,
               fmt::format("No server was there for {}{} {} that were due up to then",
                           late.has_earlier ? "more than " : "",
                           std::max<size_t>(lost, 1), lost > 1 ? "runs" : "run"),
               schedule);
  }
  return {late.latest.end() - static_cast<std::ptrdiff_t>(kept), late.latest.end()};
}

void AddWaiting(milliseconds due, bool is_late, milliseconds now, Schedule* schedule) {
  if (schedule->waiting.size() >= kScheduleWaitingMax) {
    AddToHistory({.due = due,
                  .at = now,
                  .outcome = "skipped",
                  .message = "Too many runs wait already"},
                 schedule);
    return;
  }
  schedule->waiting.push_back(
      {.due = due, .not_before = due + JitterOf(*schedule, due), .is_late = is_late});
}

}  // namespace

Result<bool> DecideDue(milliseconds now, milliseconds grace, Schedule* schedule) {
  if (schedule->state != ScheduleState::kActive) {
    return false;
  }
  ARROW_ASSIGN_OR_RAISE(const Timing timing, Timing::Make(schedule->rules.timing));
  const auto next = timing.Next(schedule->decided_until);
  if (!next) {
    const bool is_done =
        schedule->waiting.empty() && !schedule->handed && schedule->current_job.empty();
    schedule->state = is_done ? ScheduleState::kEnded : schedule->state;
    return is_done;
  }
  if (*next > now) {
    return false;
  }
  // Times are whole seconds: one that is due at `late_until` is late, no longer on time.
  const milliseconds late_until = now - grace - milliseconds(1);
  Timing::Due late;
  if (schedule->decided_until < late_until) {
    late = timing.Between(schedule->decided_until, late_until, kScheduleWaitingMax);
  }
  const milliseconds from = std::max(schedule->decided_until, late_until);
  const Timing::Due on_time = timing.Between(from, now, kScheduleWaitingMax);
  for (const milliseconds due : MadeUpFor(late, !on_time.latest.empty(), now, schedule)) {
    AddWaiting(due, true, now, schedule);
  }
  for (const milliseconds due : on_time.latest) {
    AddWaiting(due, false, now, schedule);
  }
  schedule->decided_until = now;
  return true;
}

void NoteFailure(Schedule* schedule) {
  ++schedule->failures_in_a_row;
  const int32_t limit = schedule->rules.pause_after_failures;
  if (limit > 0 && schedule->failures_in_a_row >= limit &&
      schedule->state == ScheduleState::kActive) {
    schedule->state = ScheduleState::kPaused;
    schedule->pause_reason =
        fmt::format("{} failures one after the other", schedule->failures_in_a_row);
    schedule->waiting.clear();
  }
}

void NoteEnd(const std::optional<JobRecord>& job, milliseconds now, Schedule* schedule) {
  const std::string id = std::exchange(schedule->current_job, {});
  const auto run = std::ranges::find(schedule->history, id, &ScheduleRun::job_id);
  if (run != schedule->history.end()) {
    run->at = job && job->ended_at ? *job->ended_at : now;
    run->outcome = job ? std::string(JobStateName(job->state)) : "failed";
    run->message = !job           ? "Its record is gone"
                   : job->failure ? job->failure->message
                                  : "";
  }
  if (!job || job->state == JobState::kFailed) {
    NoteFailure(schedule);
  } else if (job->state == JobState::kSucceeded) {
    schedule->failures_in_a_row = 0;
  }
}

void NoteRefusal(const WaitingRun& run, const Status& refusal, milliseconds now,
                 Schedule* schedule) {
  AddToHistory({.due = run.due,
                .at = now,
                .outcome = "refused",
                .message = refusal.message(),
                .is_by_hand = run.is_by_hand},
               schedule);
  NoteFailure(schedule);
}

Choice ChooseRun(milliseconds now, Schedule* schedule) {
  Choice choice;
  const bool is_busy = !schedule->current_job.empty() || schedule->handed.has_value();
  const bool is_active = schedule->state == ScheduleState::kActive;
  std::vector<WaitingRun> left;
  bool has_waiting = false;  // the last of `left` is due, and waits for the current one
  bool wants_current_gone = false;
  for (const WaitingRun& run : schedule->waiting) {
    const bool may_run = run.not_before <= now && (is_active || run.is_by_hand);
    if (may_run && !is_busy && !choice.run) {
      choice.run = run;
      continue;
    }
    const bool may_skip = may_run && !run.is_by_hand && !run.is_late;
    if (may_skip && schedule->rules.overlap == Overlap::kSkip) {
      AddToHistory({.due = run.due,
                    .at = now,
                    .outcome = "skipped",
                    .message = "The run before had not ended"},
                   schedule);
      continue;
    }
    if (may_skip && schedule->rules.overlap == Overlap::kCancel && has_waiting) {
      // Only the last of those that wait for the end of one that is cancelled.
      AddToHistory({.due = left.back().due,
                    .at = now,
                    .outcome = "skipped",
                    .message = "A later run took its place"},
                   schedule);
      left.pop_back();
    }
    has_waiting = may_skip;
    wants_current_gone = wants_current_gone || may_skip;
    left.push_back(run);
  }
  choice.cancels_current = wants_current_gone && !schedule->current_job.empty() &&
                           schedule->rules.overlap == Overlap::kCancel;
  choice.has_changed = choice.run || left.size() != schedule->waiting.size();
  schedule->waiting = std::move(left);
  return choice;
}

std::optional<milliseconds> NextMoment(const Schedule& schedule) {
  std::optional<milliseconds> next;
  for (const WaitingRun& run : schedule.waiting) {
    if (schedule.state == ScheduleState::kActive || run.is_by_hand) {
      next = std::min(next.value_or(run.not_before), run.not_before);
    }
  }
  if (schedule.state == ScheduleState::kActive) {
    const Result<Timing> timing = Timing::Make(schedule.rules.timing);
    const auto due = timing.ok() ? timing->Next(schedule.decided_until) : std::nullopt;
    if (due) {
      next = std::min(next.value_or(*due), *due);
    }
  }
  return next;
}

}  // namespace tarn::service::internal
