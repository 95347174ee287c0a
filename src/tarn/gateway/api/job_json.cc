#include "tarn/gateway/api/job_json.h"

#include <cmath>
#include <ctime>

#include <fmt/format.h>

#include "tarn/base/error.h"
#include "tarn/gateway/api/api_response.h"

namespace tarn::gateway {
namespace {

using service::JobRecord;
using std::chrono::milliseconds;

template <typename Value>
Json OrNull(const std::optional<Value>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json TimeOrNull(const std::optional<milliseconds>& time) {
  return time ? Json(ApiTime(*time)) : Json(nullptr);
}

double Seconds(milliseconds time) { return static_cast<double>(time.count()) / 1000.0; }

/// Text: numbers of 64 bits do not survive JavaScript.
Json SnapshotOf(const Json& result) {
  if (!result.is_object() || !result.contains("snapshot_id")) {
    return nullptr;
  }
  const Json& id = result["snapshot_id"];
  return id.is_number_integer() ? Json(std::to_string(id.get<int64_t>())) : id;
}

Json TextOrNull(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

}  // namespace

std::string JobPath(const std::string& id) { return "/api/v1/jobs/" + id; }

std::string ApiTime(milliseconds time) {
  const std::time_t seconds =
      std::chrono::duration_cast<std::chrono::seconds>(time).count();
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", parts.tm_year + 1900,
                     parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min,
                     parts.tm_sec, time.count() % 1000);
}

Status StatusOf(const JobRecord& job) {
  return job.failure
             ? MakeError(job.failure->code, job.failure->message)
             : MakeError(ErrorCode::kCancelled, "The job was cancelled: " + job.id);
}

Json JobErrorToApi(const JobRecord& job) {
  const bool has_failed = job.state == service::JobState::kFailed ||
                          job.state == service::JobState::kCancelled;
  if (!has_failed) {
    return nullptr;
  }
  Json error = ApiErrorBody(StatusOf(job), job.request_id);
  error["job_id"] = job.id;
  return error;
}

JobView::JobView(const std::vector<JobRoute>& routes) {
  for (const JobRoute& route : routes) {
    by_call_.emplace(route.path, route.answer);
    by_kind_.emplace(route.kind, route.answer);
  }
}

Json JobView::Result(const JobRecord& job) const {
  const auto of_call = by_call_.find(job.call);
  const auto of_kind = by_kind_.find(job.kind);
  Json body = job.result;
  if (of_call != by_call_.end()) {
    body = of_call->second(job);
  } else if (of_kind != by_kind_.end()) {
    body = of_kind->second(job);  // its record is of a version that did not note the call
  }
  body.emplace("status", "success");
  body.emplace("job_id", job.id);
  return body;
}

Json JobView::Show(const JobRecord& job, milliseconds now) const {
  const bool is_done = job.state == service::JobState::kSucceeded;
  Json json = {{"id", job.id},
               {"job_id", job.id},
               {"kind", job.kind},
               {"owner", job.owner},
               {"state", service::JobStateName(job.state)},
               {"status", service::JobStateName(job.state)},
               {"created_at", ApiTime(job.created_at)},
               {"started_at", TimeOrNull(job.started_at)},
               {"ended_at", TimeOrNull(job.ended_at)},
               {"duration_seconds", nullptr},
               {"attempts", job.attempts},
               {"rows", job.progress.rows},
               {"bytes", job.progress.bytes},
               {"part", OrNull(job.progress.part)},
               {"step", job.progress.step},
               {"rows_per_second", nullptr},
               {"eta_seconds", nullptr},
               {"cancel_is_asked", job.cancel_is_asked},
               {"snapshot_id", SnapshotOf(job.result)},
               {"error", JobErrorToApi(job)},
               {"request", job.request},
               {"result", is_done && job.result.is_object() ? Result(job) : job.result},
               {"secrets", job.secret_names},
               {"call", TextOrNull(job.call)},
               {"retry_of", TextOrNull(job.retry_of)},
               {"schedule", TextOrNull(job.schedule)},
               {"location", JobPath(job.id)}};
  if (job.started_at) {
    json["duration_seconds"] = Seconds(job.ended_at.value_or(now) - *job.started_at);
  }
  if (const auto rate = service::RowsPerSecond(job, now)) {
    json["rows_per_second"] = std::round(*rate);
  }
  if (const auto left = service::TimeLeft(job, now)) {
    json["eta_seconds"] = Seconds(*left);
  }
  return json;
}

}  // namespace tarn::gateway
