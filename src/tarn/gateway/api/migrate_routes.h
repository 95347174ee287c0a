// The data service's calls that move tables and check them: /migrate, /migrate/bulk,
// /validate, /migrations.
#pragma once

#include <vector>

#include "tarn/gateway/api/data_route.h"

namespace tarn::catalog {
class DocumentStore;
}  // namespace tarn::catalog

namespace tarn::gateway {

std::vector<JobRoute> MakeMigrateJobRoutes();
/// `records` outlives the routes.
std::vector<DataRoute> MakeMigrationRoutes(catalog::DocumentStore& records);

}  // namespace tarn::gateway
