// The first rows of a load or scrape before it is made.
#pragma once

#include <memory>
#include <vector>

#include "tarn/gateway/api/data_route.h"

namespace tarn::service {
class Connections;
struct SharedWeb;
}  // namespace tarn::service

namespace tarn::gateway {

/// /preview. `job_routes`: the calls, of which those that bring rows have previews.
/// `connections` outlives the routes.
std::vector<DataRoute> MakePreviewRoutes(service::Connections& connections,
                                         std::shared_ptr<service::SharedWeb> web,
                                         std::vector<JobRoute> job_routes);

}  // namespace tarn::gateway
