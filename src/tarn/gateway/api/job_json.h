// Jobs as the API and the command line show them.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "tarn/base/json_fields.h"
#include "tarn/base/result.h"
#include "tarn/gateway/api/data_route.h"
#include "tarn/service/job.h"

namespace tarn::gateway {

/// "/api/v1/jobs/<id>".
std::string JobPath(const std::string& id);

/// Shows jobs, and what came of them as the calls say it that wait for them. Thread-safe.
class JobView {
 public:
  explicit JobView(const std::vector<JobRoute>& routes);

  /// What its call answers when it waits: a job that has succeeded.
  Json Result(const service::JobRecord& job) const;
  /// All of its record that is for its owner: state, progress, rate, time left, error,
  /// request, result, snapshot. Names in snake_case; times as ISO text in UTC.
  Json Show(const service::JobRecord& job, std::chrono::milliseconds now) const;

 private:
  std::map<std::string, std::function<Json(const service::JobRecord&)>> by_call_;
  std::map<std::string, std::function<Json(const service::JobRecord&)>> by_kind_;
};

/// The error that its call answers with when it waits, but for that request's id where it
/// is not known; null for a job that has not failed and was not cancelled.
Json JobErrorToApi(const service::JobRecord& job);
/// Why it gave nothing. Of a job that has ended without success.
Status StatusOf(const service::JobRecord& job);

/// "2026-01-31T12:00:00.250Z".
std::string ApiTime(std::chrono::milliseconds time);

}  // namespace tarn::gateway
