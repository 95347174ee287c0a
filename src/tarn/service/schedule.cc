#include "tarn/service/schedule.h"

#include <utility>

#include "tarn/base/error.h"

namespace tarn::service {
namespace {

using std::chrono::milliseconds;

template <typename Enum>
struct Named {
  Enum value;
  std::string_view name;
};
constexpr Named<Overlap> kOverlaps[] = {
    {Overlap::kSkip, "skip"}, {Overlap::kQueue, "queue"}, {Overlap::kCancel, "cancel"}};
constexpr Named<CatchUp> kCatchUps[] = {
    {CatchUp::kNone, "none"}, {CatchUp::kLast, "last"}, {CatchUp::kAll, "all"}};
constexpr Named<ScheduleState> kStates[] = {{ScheduleState::kActive, "active"},
                                            {ScheduleState::kPaused, "paused"},
                                            {ScheduleState::kEnded, "ended"}};

template <typename Enum, size_t kCount>
std::string_view NameIn(const Named<Enum> (&names)[kCount], Enum value) {
  for (const Named<Enum>& named : names) {
    if (named.value == value) {
      return named.name;
    }
  }
  return "unknown";
}

template <typename Enum, size_t kCount>
Result<Enum> ValueIn(const Named<Enum> (&names)[kCount], std::string_view what,
                     std::string_view name) {
  std::string known;
  for (const Named<Enum>& named : names) {
    if (named.name == name) {
      return named.value;
    }
    known += (known.empty() ? "" : ", ") + std::string(named.name);
  }
  return MakeError(ErrorCode::kInvalidArgument, std::string(what) + " is one of " +
                                                    known + ", not " + std::string(name));
}

Json TimeOrNull(const std::optional<milliseconds>& time) {
  return time ? Json(time->count()) : Json(nullptr);
}

Result<milliseconds> Time(const JsonFields& fields, std::string_view key) {
  ARROW_ASSIGN_OR_RAISE(const int64_t time, fields.Int64(key));
  return milliseconds(time);
}

Result<std::optional<milliseconds>> OptionalTime(const JsonFields& fields,
                                                 std::string_view key) {
  ARROW_ASSIGN_OR_RAISE(const auto time, fields.OptionalInt64(key));
  return time ? std::optional(milliseconds(*time)) : std::nullopt;
}

Result<std::string> Text(const JsonFields& fields, std::string_view key) {
  ARROW_ASSIGN_OR_RAISE(auto text, fields.OptionalString(key));
  return text.value_or("");
}

Json ToJson(const ScheduleRules& rules) {
  return {{"description", rules.description},
          {"call", rules.call},
          {"kind", rules.kind},
          {"request", rules.request},
          {"cron", rules.timing.cron},
          {"every", rules.timing.every},
          {"time_zone", rules.timing.time_zone},
          {"start", TimeOrNull(rules.timing.start)},
          {"end", TimeOrNull(rules.timing.end)},
          {"anchor", rules.timing.anchor.count()},
          {"overlap", OverlapName(rules.overlap)},
          {"catch_up", CatchUpName(rules.catch_up)},
          {"catch_up_max", rules.catch_up_max},
          {"jitter", rules.jitter.count()},
          {"pause_after_failures", rules.pause_after_failures}};
}

Result<ScheduleRules> RulesFromJson(const Json& json) {
  ARROW_ASSIGN_OR_RAISE(const auto fields, JsonFields::Make(json, "schedule"));
  ScheduleRules rules;
  ARROW_ASSIGN_OR_RAISE(rules.description, Text(fields, "description"));
  ARROW_ASSIGN_OR_RAISE(rules.call, Text(fields, "call"));
  ARROW_ASSIGN_OR_RAISE(rules.kind, fields.String("kind"));
  ARROW_ASSIGN_OR_RAISE(const Json* request, fields.Object("request"));
  rules.request = *request;
  ARROW_ASSIGN_OR_RAISE(rules.timing.cron, Text(fields, "cron"));
  ARROW_ASSIGN_OR_RAISE(rules.timing.every, Text(fields, "every"));
  ARROW_ASSIGN_OR_RAISE(rules.timing.time_zone, fields.String("time_zone"));
  ARROW_ASSIGN_OR_RAISE(rules.timing.start, OptionalTime(fields, "start"));
  ARROW_ASSIGN_OR_RAISE(rules.timing.end, OptionalTime(fields, "end"));
  ARROW_ASSIGN_OR_RAISE(rules.timing.anchor, Time(fields, "anchor"));
  ARROW_ASSIGN_OR_RAISE(const std::string overlap, fields.String("overlap"));
  ARROW_ASSIGN_OR_RAISE(rules.overlap, OverlapFromName(overlap));
  ARROW_ASSIGN_OR_RAISE(const std::string catch_up, fields.String("catch_up"));
  ARROW_ASSIGN_OR_RAISE(rules.catch_up, CatchUpFromName(catch_up));
  ARROW_ASSIGN_OR_RAISE(rules.catch_up_max, fields.Int32("catch_up_max"));
  ARROW_ASSIGN_OR_RAISE(const int64_t jitter, fields.Int64("jitter"));
  rules.jitter = std::chrono::seconds(jitter);
  ARROW_ASSIGN_OR_RAISE(rules.pause_after_failures, fields.Int32("pause_after_failures"));
  return rules;
}

Json ToJson(const WaitingRun& run) {
  return {{"due", run.due.count()},
          {"not_before", run.not_before.count()},
          {"by_hand", run.is_by_hand ? 1 : 0},
          {"late", run.is_late ? 1 : 0}};
}

Result<WaitingRun> WaitingFromJson(const Json& json) {
  ARROW_ASSIGN_OR_RAISE(const auto fields, JsonFields::Make(json, "schedule's run"));
  WaitingRun run;
  ARROW_ASSIGN_OR_RAISE(run.due, Time(fields, "due"));
  ARROW_ASSIGN_OR_RAISE(run.not_before, Time(fields, "not_before"));
  ARROW_ASSIGN_OR_RAISE(const int64_t by_hand, fields.Int64("by_hand"));
  ARROW_ASSIGN_OR_RAISE(const int64_t late, fields.Int64("late"));
  run.is_by_hand = by_hand != 0;
  run.is_late = late != 0;
  return run;
}

Json ToJson(const ScheduleRun& run) {
  return {{"due", run.due.count()}, {"at", run.at.count()},
          {"job_id", run.job_id},   {"outcome", run.outcome},
          {"message", run.message}, {"by_hand", run.is_by_hand ? 1 : 0}};
}

Result<ScheduleRun> RunFromJson(const Json& json) {
  ARROW_ASSIGN_OR_RAISE(const auto fields, JsonFields::Make(json, "schedule's run"));
  ScheduleRun run;
  ARROW_ASSIGN_OR_RAISE(run.due, Time(fields, "due"));
  ARROW_ASSIGN_OR_RAISE(run.at, Time(fields, "at"));
  ARROW_ASSIGN_OR_RAISE(run.job_id, Text(fields, "job_id"));
  ARROW_ASSIGN_OR_RAISE(run.outcome, fields.String("outcome"));
  ARROW_ASSIGN_OR_RAISE(run.message, Text(fields, "message"));
  ARROW_ASSIGN_OR_RAISE(const int64_t by_hand, fields.Int64("by_hand"));
  run.is_by_hand = by_hand != 0;
  return run;
}

Result<HandedRun> HandedFromJson(const Json& json) {
  ARROW_ASSIGN_OR_RAISE(const auto fields, JsonFields::Make(json, "schedule's run"));
  HandedRun handed;
  ARROW_ASSIGN_OR_RAISE(const Json* run, fields.Object("run"));
  ARROW_ASSIGN_OR_RAISE(handed.run, WaitingFromJson(*run));
  ARROW_ASSIGN_OR_RAISE(handed.job_id, fields.String("job_id"));
  ARROW_ASSIGN_OR_RAISE(handed.server, Text(fields, "server"));
  ARROW_ASSIGN_OR_RAISE(handed.at, Time(fields, "at"));
  return handed;
}

/// What has happened to it, apart from its rules.
Status ReadCourse(const JsonFields& fields, Schedule* schedule) {
  ARROW_ASSIGN_OR_RAISE(schedule->pause_reason, Text(fields, "pause_reason"));
  ARROW_ASSIGN_OR_RAISE(schedule->created_at, Time(fields, "created_at"));
  ARROW_ASSIGN_OR_RAISE(schedule->decided_until, Time(fields, "decided_until"));
  ARROW_ASSIGN_OR_RAISE(schedule->current_job, Text(fields, "current_job"));
  ARROW_ASSIGN_OR_RAISE(schedule->failures_in_a_row, fields.Int32("failures_in_a_row"));
  ARROW_ASSIGN_OR_RAISE(const Json* waiting, fields.Array("waiting"));
  for (const Json& json : *waiting) {
    ARROW_ASSIGN_OR_RAISE(schedule->waiting.emplace_back(), WaitingFromJson(json));
  }
  ARROW_ASSIGN_OR_RAISE(const Json* history, fields.Array("history"));
  for (const Json& json : *history) {
    ARROW_ASSIGN_OR_RAISE(schedule->history.emplace_back(), RunFromJson(json));
  }
  if (const Json* handed = fields.Find("handed")) {
    ARROW_ASSIGN_OR_RAISE(schedule->handed, HandedFromJson(*handed));
  }
  return Status::OK();
}

Result<Schedule> FromJson(const Json& json) {
  ARROW_ASSIGN_OR_RAISE(const auto fields, JsonFields::Make(json, "schedule"));
  Schedule schedule;
  ARROW_ASSIGN_OR_RAISE(schedule.name, fields.String("name"));
  ARROW_ASSIGN_OR_RAISE(schedule.owner, fields.String("owner"));
  ARROW_ASSIGN_OR_RAISE(const Json* rules, fields.Object("rules"));
  ARROW_ASSIGN_OR_RAISE(schedule.rules, RulesFromJson(*rules));
  ARROW_ASSIGN_OR_RAISE(const int64_t reaches, fields.Int64("reaches_server"));
  schedule.reaches_server = reaches != 0;
  ARROW_ASSIGN_OR_RAISE(const std::string state, fields.String("state"));
  ARROW_ASSIGN_OR_RAISE(schedule.state, ValueIn(kStates, "state", state));
  RETURN_NOT_OK(ReadCourse(fields, &schedule));
  return schedule;
}

}  // namespace

std::string_view OverlapName(Overlap overlap) { return NameIn(kOverlaps, overlap); }
std::string_view CatchUpName(CatchUp catch_up) { return NameIn(kCatchUps, catch_up); }
std::string_view ScheduleStateName(ScheduleState state) { return NameIn(kStates, state); }

Result<Overlap> OverlapFromName(std::string_view name) {
  return ValueIn(kOverlaps, "overlap", name);
}

Result<CatchUp> CatchUpFromName(std::string_view name) {
  return ValueIn(kCatchUps, "catch_up", name);
}

Status CheckScheduleName(const std::string& name) {
  constexpr size_t kNameBytesMax = 128;
  constexpr char kLetters[] =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  if (name.empty() || name.size() > kNameBytesMax || name.front() == '.' ||
      name.find_first_not_of(kLetters) != std::string::npos) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "A name has 1 to 128 letters, digits, '.', '_' and '-', and does "
                     "not begin with '.': " +
                         name);
  }
  return Status::OK();
}

Status CheckScheduleRules(const ScheduleRules& rules) {
  const auto wrong = [](const char* message) {
    return MakeError(ErrorCode::kInvalidArgument, message);
  };
  if (rules.kind.empty() || !rules.request.is_object()) {
    return wrong("A schedule has a call, and its request, an object");
  }
  if (rules.catch_up_max < 1 ||
      rules.catch_up_max > static_cast<int32_t>(kScheduleWaitingMax)) {
    return wrong("catch_up_max is 1 to 100");
  }
  if (rules.jitter < std::chrono::seconds(0) || rules.jitter > std::chrono::hours(24)) {
    return wrong("jitter_seconds is 0 to 86400");
  }
  if (rules.pause_after_failures < 0) {
    return wrong("pause_after_failures is a number of failures, or 0 for never");
  }
  return Timing::Make(rules.timing).status();
}

void AddToHistory(ScheduleRun run, Schedule* schedule) {
  schedule->history.insert(schedule->history.begin(), std::move(run));
  if (schedule->history.size() > kScheduleHistoryMax) {
    schedule->history.resize(kScheduleHistoryMax);
  }
}

std::string ScheduleToText(const Schedule& schedule) {
  Json waiting = Json::array();
  for (const WaitingRun& run : schedule.waiting) {
    waiting.push_back(ToJson(run));
  }
  Json history = Json::array();
  for (const ScheduleRun& run : schedule.history) {
    history.push_back(ToJson(run));
  }
  Json json = {{"name", schedule.name},
               {"owner", schedule.owner},
               {"rules", ToJson(schedule.rules)},
               {"reaches_server", schedule.reaches_server ? 1 : 0},
               {"state", ScheduleStateName(schedule.state)},
               {"pause_reason", schedule.pause_reason},
               {"created_at", schedule.created_at.count()},
               {"decided_until", schedule.decided_until.count()},
               {"current_job", schedule.current_job},
               {"failures_in_a_row", schedule.failures_in_a_row},
               {"waiting", std::move(waiting)},
               {"history", std::move(history)}};
  if (schedule.handed) {
    json["handed"] = {{"run", ToJson(schedule.handed->run)},
                      {"job_id", schedule.handed->job_id},
                      {"server", schedule.handed->server},
                      {"at", schedule.handed->at.count()}};
  }
  return DumpJson(json);
}

Result<Schedule> ScheduleFromText(std::string_view text) {
  ARROW_ASSIGN_OR_RAISE(const Json json, ParseJson(text, "schedule"));
  Result<Schedule> schedule = FromJson(json);
  if (!schedule.ok() && CodeOf(schedule.status()) != ErrorCode::kInvalidData) {
    return MakeError(ErrorCode::kInvalidData,
                     "A schedule's record is wrong: " + schedule.status().message());
  }
  return schedule;
}

}  // namespace tarn::service
