#include "tarn/gateway/iceberg_rest/rest_catalog.h"

#include <utility>

#include "tarn/base/error.h"
#include "tarn/gateway/iceberg_rest/rest_request.h"
#include "tarn/gateway/iceberg_rest/rest_response.h"
#include "tarn/gateway/iceberg_rest/routes.h"

namespace tarn::gateway {
namespace {

std::vector<RestRoute> AllRoutes() {
  std::vector<RestRoute> routes;
  for (const auto& part :
       {NamespaceRoutes(), TableRoutes(), CommitRoutes(), ViewRoutes()}) {
    routes.insert(routes.end(), part.begin(), part.end());
  }
  return routes;
}

std::string WithoutSlash(std::string text) {
  while (text.size() > 1 && text.back() == '/') {
    text.pop_back();
  }
  return text;
}

/// Of what the server refuses before a handler sees it.
std::string_view TypeOfStatus(int status) {
  switch (status) {
    case 404:
      return "NotFoundException";
    case 500:
      return "InternalServerError";
    case 503:
      return "ServiceUnavailableException";
    default:
      return "BadRequestException";
  }
}

}  // namespace

class RestCatalog::Impl {
 public:
  explicit Impl(RestCatalogOptions options) : options_(std::move(options)) {
    TARN_CHECK(!options_.warehouses.empty());
  }

  void AddRoutes(const std::string& path, net::Router* router) {
    router->Add("GET", path + "/v1/config",
                [this](const net::HttpRequest& request) { return Config(request); });
    // Java's client writes a space as '+' in paths.
    const net::RouteOptions java{.plus_is_space = true};
    for (const RestRoute& route : AllRoutes()) {
      const auto handler = [this, call = route.handler](const net::HttpRequest& request) {
        return Handle(call, request);
      };
      router->Add(route.method, path + "/v1" + route.path, handler, java);
      router->Add(route.method, path + "/v1/{prefix}" + route.path, handler, java);
    }
    router->SetFallback(path, [](const net::HttpRequest& request, int status) {
      const bool is_unknown = status == 404 || status == 405;
      const std::string what = request.method + " " + request.raw_path;
      return ErrorResponse(status, TypeOfStatus(status),
                           (is_unknown ? "No such endpoint: " : "Refused: ") + what);
    });
  }

 private:
  net::HttpResponse Handle(RestHandler call, const net::HttpRequest& http) const {
    const std::string* prefix = http.PathParameter("prefix");
    const RestWarehouse* warehouse =
        prefix == nullptr ? &options_.warehouses.front() : FindWarehouse(*prefix);
    if (warehouse == nullptr) {
      return NoSuchWarehouse(*prefix);
    }
    Result<net::HttpResponse> response =
        call(RestRequest(http, warehouse->context, Principal()));
    return response.ok() ? *std::move(response) : ErrorResponse(response.status());
  }

  const RestWarehouse* FindWarehouse(const std::string& name) const {
    for (const RestWarehouse& warehouse : options_.warehouses) {
      if (warehouse.name == name ||
          WithoutSlash(warehouse.location) == WithoutSlash(name)) {
        return &warehouse;
      }
    }
    return nullptr;
  }

  static net::HttpResponse NoSuchWarehouse(const std::string& name) {
    return ErrorResponse(404, "NoSuchWarehouseException",
                         "Warehouse does not exist: " + name);
  }

  net::HttpResponse Config(const net::HttpRequest& request) const {
    Json overrides = options_.overrides;
    if (overrides.is_null()) {
      overrides = Json::object();
    }
    const auto name = request.QueryParameter("warehouse");
    if (name && !name->empty()) {
      const RestWarehouse* warehouse = FindWarehouse(*name);
      if (warehouse == nullptr) {
        return NoSuchWarehouse(*name);
      }
      overrides["prefix"] = net::PercentEncode(warehouse->name);
    }
    Json endpoints = Json::array();
    for (const RestRoute& route : AllRoutes()) {
      endpoints.push_back(std::string(route.method) + " /v1/{prefix}" + route.path);
    }
    Json defaults = options_.defaults;
    if (defaults.is_null()) {
      defaults = Json::object();
    }
    return JsonResponse(
        200,
        Json{{"defaults", defaults}, {"overrides", overrides}, {"endpoints", endpoints}});
  }

  const RestCatalogOptions options_;
};

RestCatalog::RestCatalog(RestCatalogOptions options)
    : impl_(std::make_unique<Impl>(std::move(options))) {}
RestCatalog::~RestCatalog() = default;

void RestCatalog::AddRoutes(std::string_view path, net::Router* router) {
  impl_->AddRoutes(std::string(path), router);
}

}  // namespace tarn::gateway
