// The Iceberg REST catalog protocol (REST catalog specification of Iceberg 1.12) on a
// catalog of ours.
//
//   RestCatalog rest({.warehouses = {{"iceberg", context}}});
//   rest.AddRoutes("/catalog", &router);
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/gateway/iceberg_rest/rest_services.h"
#include "tarn/net/router.h"

namespace tarn::governance {
class Authenticator;
}  // namespace tarn::governance

namespace tarn::gateway {

struct RestCatalogOptions {
  /// The first one serves clients that name none.
  std::vector<RestWarehouse> warehouses;
  /// Given to every client by /v1/config: what it may override, and what it may not.
  std::map<std::string, std::string> defaults = {};
  std::map<std::string, std::string> overrides = {};
  /// Who may call; nullptr: everybody.
  governance::Authenticator* authenticator = nullptr;
  /// "https://lake.example.org", where clients reach the server; from each request if
  /// empty.
  std::string public_url = "";
  size_t body_bytes_max = size_t{16} << 20;  // of requests
};

/// Handlers are thread-safe. What the options refer to outlives it, and it outlives the
/// server.
class RestCatalog {
 public:
  explicit RestCatalog(RestCatalogOptions options);
  ~RestCatalog();
  RestCatalog(const RestCatalog&) = delete;
  RestCatalog& operator=(const RestCatalog&) = delete;

  /// Below "<path>/v1".
  void AddRoutes(std::string_view path, net::Router* router);
  /// What the specification does not have, below "<path>/<warehouse>": labels, reports,
  /// functions. After AddRoutes.
  void AddApiRoutes(std::string_view path, net::Router* router);
  /// All of these routes as OpenAPI 3.1. After AddApiRoutes.
  std::string Description() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tarn::gateway
