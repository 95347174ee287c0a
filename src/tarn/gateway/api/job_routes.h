// Jobs over HTTP: what there is, how far it is, cancel, retry, events.
#pragma once

#include <memory>
#include <vector>

#include "tarn/gateway/api/data_route.h"
#include "tarn/gateway/api/job_events.h"

namespace tarn::gateway {

/// Principals see their own jobs, administrators all.
std::vector<DataRoute> MakeJobRoutes(const std::shared_ptr<JobEvents>& events,
                                     const std::shared_ptr<const JobView>& view);

}  // namespace tarn::gateway
