// The calls of the browse API that look at one namespace or table.
#pragma once

#include <vector>

#include "tarn/gateway/iceberg_rest/routes.h"

namespace tarn::gateway {

/// Paths are below "/api/v1/warehouses/{warehouse}"; all are GET.
std::vector<RestRoute> BrowseNamespaceRoutes();
std::vector<RestRoute> BrowseSnapshotRoutes();
std::vector<RestRoute> BrowseFileRoutes();

}  // namespace tarn::gateway
