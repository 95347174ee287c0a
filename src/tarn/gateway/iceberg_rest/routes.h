// The operations of the protocol, by what they are about.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/gateway/iceberg_rest/rest_request.h"
#include "tarn/net/http_message.h"
#include "tarn/net/router.h"

namespace tarn::gateway {

using RestHandler = Result<net::HttpResponse> (*)(const RestRequest&);

struct RestRoute {
  const char* method;
  const char* path;  // below "/v1/{prefix}"
  RestHandler handler;
  net::Lane lane = net::Lane::kOrdinary;
};

std::vector<RestRoute> NamespaceRoutes();
std::vector<RestRoute> TableRoutes();
std::vector<RestRoute> CommitRoutes();
std::vector<RestRoute> ViewRoutes();
std::vector<RestRoute> PlanRoutes();
std::vector<RestRoute> FunctionRoutes();
std::vector<RestRoute> ReportRoutes();
std::vector<RestRoute> CredentialRoutes();
std::vector<RestRoute> SignRoutes();

/// All operations that the specification has and this server serves.
std::vector<RestRoute> AllRoutes();

// Beside the specification, below "/api/v1/warehouses/{prefix}".
std::vector<RestRoute> FunctionApiRoutes();
std::vector<RestRoute> LabelApiRoutes();
/// All of these.
std::vector<RestRoute> ApiRoutes();

}  // namespace tarn::gateway
