// Schedules as the API takes and shows them.
#pragma once

#include <chrono>
#include <string>

#include "tarn/base/json_fields.h"
#include "tarn/base/result.h"
#include "tarn/service/schedule.h"

namespace tarn::gateway {

/// "2026-01-31T12:00:00Z", with a fraction or an offset (+01:00), or without time
/// (midnight, UTC); or milliseconds since the Unix epoch. Errors: kInvalidArgument.
Result<std::chrono::milliseconds> ParseApiTime(const Json& value);

/// Takes over what `body` says of when and how: cron or every, time_zone, start, end,
/// overlap, catch_up, catch_up_max, jitter_seconds, pause_after_failures, description.
/// What it does not name stays; null takes start and end away. Errors: kInvalidArgument.
Status ReadScheduleRules(const Json& body, service::ScheduleRules* rules);

/// Names in snake_case; times as ISO text in UTC. With the next runs, and the last one.
Json ScheduleToApi(const service::Schedule& schedule, std::chrono::milliseconds now);
Json ScheduleRunToApi(const service::ScheduleRun& run);

}  // namespace tarn::gateway
