// POST /load/postgres, /load/mysql and /load/odbc.
#pragma once

#include <vector>

#include "tarn/gateway/api/data_route.h"

namespace tarn::gateway {

/// Jobs of the kind service::kLoadKind.
std::vector<JobRoute> MakeDatabaseLoadRoutes();

}  // namespace tarn::gateway
