#include "tarn/gateway/api/job_json.h"

#include <cmath>
#include <ctime>

#include <fmt/format.h>

#include "tarn/base/error.h"

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

Json ErrorOf(const JobRecord& job) {
  if (!job.failure) {
    return nullptr;
  }
  return {{"code", InfoOf(job.failure->code).name}, {"message", job.failure->message}};
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

Json JobToApi(const JobRecord& job, milliseconds now) {
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
               {"error", ErrorOf(job)},
               {"request", job.request},
               {"result", job.result},
               {"retry_of", job.retry_of.empty() ? Json(nullptr) : Json(job.retry_of)},
               {"schedule", job.schedule.empty() ? Json(nullptr) : Json(job.schedule)},
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
