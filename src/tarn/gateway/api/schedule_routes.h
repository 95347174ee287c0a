// Schedules over HTTP.
#pragma once

#include <vector>

#include "tarn/gateway/api/data_route.h"

namespace tarn::service {
class Scheduler;
}  // namespace tarn::service

namespace tarn::gateway {

/// What is scheduled is a call of `job_routes`, and its request is checked as that call
/// checks it. `scheduler` outlives the routes.
std::vector<DataRoute> MakeScheduleRoutes(service::Scheduler& scheduler,
                                          std::vector<JobRoute> job_routes);

}  // namespace tarn::gateway
