// Jobs as the API and the command line show them.
#pragma once

#include <chrono>
#include <string>

#include "tarn/base/json_fields.h"
#include "tarn/service/job.h"

namespace tarn::gateway {

/// "/api/v1/jobs/<id>".
std::string JobPath(const std::string& id);

/// All of its record that is for its owner: state, progress, rate, time left, error,
/// request, result, snapshot. Names in snake_case; times as ISO text in UTC.
Json JobToApi(const service::JobRecord& job, std::chrono::milliseconds now);

/// "2026-01-31T12:00:00.250Z".
std::string ApiTime(std::chrono::milliseconds time);

}  // namespace tarn::gateway
