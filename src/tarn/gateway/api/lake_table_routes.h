// Tables as the data service shows them: their names, their metadata, their rows.
#pragma once

#include <vector>

#include "tarn/gateway/api/data_route.h"

namespace tarn::gateway {

std::vector<DataRoute> MakeLakeTableRoutes();

}  // namespace tarn::gateway
