// The data service in the server's OpenAPI document, and that document as a page.
#pragma once

#include <vector>

#include "tarn/base/json_fields.h"
#include "tarn/gateway/api/data_route.h"
#include "tarn/net/http_message.h"

namespace tarn::gateway {

/// `document` with the routes' paths below /api/v1, their tags, and their components.
Json DescribeDataApi(Json document, const std::vector<DataRoute>& routes,
                     const std::vector<JobRoute>& job_routes);

/// HTML for people, of any such document: sections by tag, each call with its members and
/// examples. Needs nothing from elsewhere and runs no script.
net::HttpResponse DocumentationAnswer(const Json& document);

}  // namespace tarn::gateway
