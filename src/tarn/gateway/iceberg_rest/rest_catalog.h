// The Iceberg REST catalog protocol (REST catalog specification of Iceberg 1.12) on a
// catalog of ours.
//
//   RestCatalog rest({.warehouses = {{"iceberg", context}}});
//   rest.AddRoutes("/catalog", &router);
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/net/router.h"
#include "tarn/table/context.h"

namespace tarn::gateway {

/// One warehouse: what clients ask for by name, and the {prefix} of their paths.
struct RestWarehouse {
  std::string name;
  std::string location;  // clients that name it by location find it too
  table::Context context;
};

struct RestCatalogOptions {
  /// The first one serves clients that name none.
  std::vector<RestWarehouse> warehouses;
  /// Given to every client by /v1/config: what it may override, and what it may not.
  std::map<std::string, std::string> defaults = {};
  std::map<std::string, std::string> overrides = {};
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

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tarn::gateway
