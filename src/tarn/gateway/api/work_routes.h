// SQL and maintenance as jobs, over HTTP.
#pragma once

#include <vector>

#include "tarn/gateway/api/data_route.h"

namespace tarn::gateway {

/// POST /sql and POST /maintain.
std::vector<JobRoute> MakeWorkRoutes();

}  // namespace tarn::gateway
