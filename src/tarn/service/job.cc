#include "tarn/service/job.h"

#include <algorithm>
#include <array>
#include <utility>

namespace tarn::service {
namespace {

using std::chrono::milliseconds;

constexpr std::array<std::string_view, 5> kStateNames = {"queued", "running", "succeeded",
                                                         "failed", "cancelled"};
/// Earlier figures say nothing.
constexpr milliseconds kFirstFigure(1'000);

ErrorCode CodeFromName(std::string_view name) {
  const auto all = AllErrors();
  const auto found = std::ranges::find(all, name, &ErrorInfo::name);
  return found == all.end() ? ErrorCode::kInternal : found->code;
}

Result<std::optional<milliseconds>> OptionalTime(const JsonFields& fields,
                                                 const char* key) {
  ARROW_ASSIGN_OR_RAISE(const auto count, fields.OptionalInt64(key));
  return count ? std::optional(milliseconds(*count)) : std::nullopt;
}

Json ProgressToJson(const JobProgress& progress) {
  Json json = {{"rows", progress.rows}, {"bytes", progress.bytes}};
  if (progress.part) {
    json["part"] = *progress.part;
  }
  if (!progress.step.empty()) {
    json["step"] = progress.step;
  }
  return json;
}

Result<JobProgress> ProgressFromJson(const Json& json) {
  JobProgress progress;
  ARROW_ASSIGN_OR_RAISE(const auto fields, JsonFields::Make(json, "job's progress"));
  ARROW_ASSIGN_OR_RAISE(progress.rows, fields.Int64("rows"));
  ARROW_ASSIGN_OR_RAISE(progress.bytes, fields.Int64("bytes"));
  if (const Json* part = fields.Find("part"); part != nullptr && part->is_number()) {
    progress.part = part->get<double>();
  }
  ARROW_ASSIGN_OR_RAISE(const auto step, fields.OptionalString("step"));
  progress.step = step.value_or("");
  return progress;
}

Result<std::optional<JobFailure>> FailureFromJson(const Json* json) {
  if (json == nullptr) {
    return std::optional<JobFailure>();
  }
  ARROW_ASSIGN_OR_RAISE(const auto fields, JsonFields::Make(*json, "job's failure"));
  JobFailure failure;
  ARROW_ASSIGN_OR_RAISE(const std::string code, fields.String("code"));
  failure.code = CodeFromName(code);
  ARROW_ASSIGN_OR_RAISE(failure.message, fields.String("message"));
  return std::optional(std::move(failure));
}

/// Members that are not written down while they are empty.
template <typename Record>
auto OptionalTexts(Record& job) {
  return std::to_array<std::pair<const char*, decltype(&job.server)>>(
      {{"retry_of", &job.retry_of},
       {"schedule", &job.schedule},
       {"call", &job.call},
       {"request_id", &job.request_id},
       {"server", &job.server}});
}

/// How long the attempt took so far.
milliseconds RunTime(const JobRecord& job, milliseconds now) {
  return job.started_at ? job.ended_at.value_or(now) - *job.started_at : milliseconds(0);
}

}  // namespace

std::string_view JobStateName(JobState state) {
  return kStateNames[static_cast<size_t>(state)];
}

Result<JobState> JobStateFromName(std::string_view name) {
  const auto found = std::ranges::find(kStateNames, name);
  if (found == kStateNames.end()) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "A job's state is queued, running, succeeded, failed or cancelled, "
                     "not " +
                         std::string(name));
  }
  return static_cast<JobState>(found - kStateNames.begin());
}

bool HasEnded(JobState state) {
  return state != JobState::kQueued && state != JobState::kRunning;
}

std::string JobToText(const JobRecord& job) {
  Json json = {{"id", job.id},
               {"kind", job.kind},
               {"owner", job.owner},
               {"request", job.request},
               {"state", JobStateName(job.state)},
               {"created_at", job.created_at.count()},
               {"attempts", job.attempts},
               {"progress", ProgressToJson(job.progress)}};
  if (job.started_at) {
    json["started_at"] = job.started_at->count();
  }
  if (job.ended_at) {
    json["ended_at"] = job.ended_at->count();
  }
  if (job.failure) {
    json["failure"] = {{"code", InfoOf(job.failure->code).name},
                       {"message", job.failure->message}};
  }
  if (!job.result.is_null()) {
    json["result"] = job.result;
  }
  if (!job.memory.is_null()) {
    json["memory"] = job.memory;
  }
  for (const auto& [name, text] : OptionalTexts(job)) {
    if (!text->empty()) {
      json[name] = *text;
    }
  }
  if (job.cancel_is_asked) {
    json["cancel_is_asked"] = true;
  }
  if (job.has_secrets) {
    json["has_secrets"] = true;
    json["secret_names"] = job.secret_names;
  }
  if (job.reaches_server) {
    json["reaches_server"] = true;
  }
  return DumpJson(json);
}

Result<JobRecord> JobFromText(std::string_view text) {
  ARROW_ASSIGN_OR_RAISE(const Json json, ParseJson(text, "job"));
  ARROW_ASSIGN_OR_RAISE(const auto fields, JsonFields::Make(json, "job"));
  JobRecord job;
  ARROW_ASSIGN_OR_RAISE(job.id, fields.String("id"));
  ARROW_ASSIGN_OR_RAISE(job.kind, fields.String("kind"));
  ARROW_ASSIGN_OR_RAISE(job.owner, fields.String("owner"));
  const Json* request = fields.Find("request");
  job.request = request == nullptr ? Json() : *request;
  ARROW_ASSIGN_OR_RAISE(const std::string state, fields.String("state"));
  ARROW_ASSIGN_OR_RAISE(job.state, JobStateFromName(state));
  ARROW_ASSIGN_OR_RAISE(const int64_t created_at, fields.Int64("created_at"));
  job.created_at = milliseconds(created_at);
  ARROW_ASSIGN_OR_RAISE(job.started_at, OptionalTime(fields, "started_at"));
  ARROW_ASSIGN_OR_RAISE(job.ended_at, OptionalTime(fields, "ended_at"));
  ARROW_ASSIGN_OR_RAISE(job.attempts, fields.Int32("attempts"));
  ARROW_ASSIGN_OR_RAISE(const Json* progress, fields.Object("progress"));
  ARROW_ASSIGN_OR_RAISE(job.progress, ProgressFromJson(*progress));
  ARROW_ASSIGN_OR_RAISE(job.failure, FailureFromJson(fields.Find("failure")));
  if (const Json* result = fields.Find("result"); result != nullptr) {
    job.result = *result;
  }
  for (const auto& [name, member] : OptionalTexts(job)) {
    ARROW_ASSIGN_OR_RAISE(auto value, fields.OptionalString(name));
    *member = std::move(value).value_or("");
  }
  if (const Json* memory = fields.Find("memory"); memory != nullptr) {
    job.memory = *memory;
  }
  job.cancel_is_asked = fields.Has("cancel_is_asked");
  job.has_secrets = fields.Has("has_secrets");
  if (const Json* names = fields.Find("secret_names"); names != nullptr) {
    ARROW_ASSIGN_OR_RAISE(job.secret_names, StringArray(*names, "secret_names"));
  }
  job.reaches_server = fields.Has("reaches_server");
  return job;
}

std::optional<double> RowsPerSecond(const JobRecord& job, milliseconds now) {
  const milliseconds time = RunTime(job, now);
  if (time < kFirstFigure && !HasEnded(job.state)) {
    return std::nullopt;
  }
  if (time <= milliseconds(0)) {
    return std::nullopt;
  }
  return static_cast<double>(job.progress.rows) * 1000.0 /
         static_cast<double>(time.count());
}

std::optional<milliseconds> TimeLeft(const JobRecord& job, milliseconds now) {
  const milliseconds time = RunTime(job, now);
  const double part = job.progress.part.value_or(0);
  if (job.state != JobState::kRunning || time < kFirstFigure || part <= 0) {
    return std::nullopt;
  }
  const double left = static_cast<double>(time.count()) * (1 - part) / part;
  return milliseconds(static_cast<int64_t>(std::max(left, 0.0)));
}

}  // namespace tarn::service
