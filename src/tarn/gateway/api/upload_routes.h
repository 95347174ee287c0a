// POST /upload, DELETE /upload/{id}/{name} and POST /upload/s3.
#pragma once

#include <vector>

#include "tarn/gateway/api/data_route.h"

namespace tarn::gateway {

std::vector<DataRoute> MakeUploadRoutes();
/// Jobs of the kind service::kStoreUploadKind.
std::vector<JobRoute> MakeStoreUploadRoutes();

}  // namespace tarn::gateway
