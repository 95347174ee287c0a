// POST /load/file, /load/s3 and those of databases.
#pragma once

#include <vector>

#include "tarn/gateway/api/data_route.h"

namespace tarn::gateway {

/// Jobs of the kind service::kLoadKind.
std::vector<JobRoute> MakeLoadRoutes();

}  // namespace tarn::gateway
