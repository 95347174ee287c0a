// The calls that scrape: POST /scrape and /scrape-api.
#pragma once

#include <vector>

#include "tarn/gateway/api/data_route.h"

namespace tarn::gateway {

std::vector<JobRoute> MakeScrapeRoutes();

}  // namespace tarn::gateway
