// The description of what the server serves (OpenAPI 3.1), made from its routes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tarn/gateway/iceberg_rest/routes.h"

namespace tarn::gateway {

struct OpenApiOptions {
  std::string catalog_path = "/catalog";
  std::string api_path = "/api/v1/warehouses";
  std::vector<std::string> warehouses;  // the values of {prefix}
  bool needs_sign_in = false;
};

/// Every route is there; those that the tables of this file do not know with what their
/// path says.
std::string OpenApiDocument(const OpenApiOptions& options,
                            const std::vector<RestRoute>& catalog_routes,
                            const std::vector<RestRoute>& api_routes);

/// "components" of the document: {"schemas": {…}, …} as JSON text.
std::string_view OpenApiComponents();

}  // namespace tarn::gateway
