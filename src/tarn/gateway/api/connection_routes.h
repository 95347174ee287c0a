// Stored connections over HTTP. No answer has a secret in it.
#pragma once

#include <vector>

#include "tarn/gateway/api/data_route.h"

namespace tarn::service {
class Connections;
}  // namespace tarn::service

namespace tarn::gateway {

/// `connections` outlives them.
std::vector<DataRoute> MakeConnectionRoutes(service::Connections& connections);

}  // namespace tarn::gateway
