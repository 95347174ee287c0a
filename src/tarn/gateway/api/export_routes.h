// Results of queries as files.
#pragma once

#include <vector>

#include "tarn/gateway/api/data_route.h"

namespace tarn::gateway {

/// POST /sql/export.
std::vector<DataRoute> MakeExportRoutes();

}  // namespace tarn::gateway
