#include "tarn/gateway/iceberg_rest/rest_catalog.h"

#include <utility>

#include "tarn/base/error.h"
#include "tarn/gateway/iceberg_rest/idempotency.h"
#include "tarn/gateway/iceberg_rest/internal/own_services.h"
#include "tarn/gateway/iceberg_rest/openapi.h"
#include "tarn/gateway/iceberg_rest/rest_request.h"
#include "tarn/gateway/iceberg_rest/rest_response.h"
#include "tarn/gateway/iceberg_rest/routes.h"
#include "tarn/gateway/iceberg_rest/token_routes.h"
#include "tarn/governance/authenticator.h"

namespace tarn::gateway {
namespace {

constexpr size_t kTokenBodyBytesMax = size_t{64} << 10;

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

/// "%2E": encoded even where URLs do not need it, as clients expect.
std::string EncodedCharacter(char character) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  const auto byte = static_cast<unsigned char>(character);
  return {'%', kDigits[byte >> 4], kDigits[byte & 0xF]};
}

}  // namespace

std::vector<RestRoute> AllRoutes() {
  std::vector<RestRoute> routes;
  for (const auto& part :
       {NamespaceRoutes(), TableRoutes(), CommitRoutes(), ViewRoutes(), PlanRoutes(),
        FunctionRoutes(), ReportRoutes(), CredentialRoutes(), SignRoutes()}) {
    routes.insert(routes.end(), part.begin(), part.end());
  }
  return routes;
}

std::vector<RestRoute> ApiRoutes() {
  std::vector<RestRoute> routes = FunctionApiRoutes();
  for (const RestRoute& route : LabelApiRoutes()) {
    routes.push_back(route);
  }
  return routes;
}

class RestCatalog::Impl {
 public:
  explicit Impl(RestCatalogOptions options)
      : options_(Complete(std::move(options), &own_)),
        idempotency_(IdempotencyOptions(), options_.warehouses.front().context.clock) {}

  void AddRoutes(const std::string& path, net::Router* router) {
    catalog_path_ = path;
    token_path_ = path + "/v1/oauth/tokens";
    router->Add("GET", path + "/v1/config", [this](const net::HttpRequest& request) {
      return ForPrincipal(request,
                          [&](const governance::Principal&) { return Config(request); });
    });
    router->Add("POST", token_path_,
                [this](const net::HttpRequest& request) {
                  return AnswerTokenRequest(request, options_.authenticator);
                },
                {.body_bytes_max = kTokenBodyBytesMax});
    for (const RestRoute& route : AllRoutes()) {
      Add(path + "/v1", route, router);
      Add(path + "/v1/{prefix}", route, router);
    }
    router->SetFallback(path, [](const net::HttpRequest& request, int status) {
      const bool is_unknown = status == 404 || status == 405;
      const std::string what = request.method + " " + request.raw_path;
      return ErrorResponse(status, TypeOfStatus(status),
                           (is_unknown ? "No such endpoint: " : "Refused: ") + what);
    });
  }

  void AddApiRoutes(const std::string& path, net::Router* router) {
    for (const RestRoute& route : ApiRoutes()) {
      Add(path + "/{prefix}", route, router);
    }
    api_path_ = path;
  }

  std::string Description() const {
    OpenApiOptions described{.catalog_path = catalog_path_,
                             .api_path = api_path_,
                             .warehouses = {},
                             .needs_sign_in = options_.authenticator != nullptr};
    for (const RestWarehouse& warehouse : options_.warehouses) {
      described.warehouses.push_back(warehouse.name);
    }
    return OpenApiDocument(described, AllRoutes(), ApiRoutes());
  }

 private:
  static RestCatalogOptions Complete(RestCatalogOptions options,
                                     internal::OwnServices* own) {
    TARN_CHECK(!options.warehouses.empty());
    own->Complete(&options.warehouses);
    return options;
  }

  /// Java's client writes a space as '+' in paths.
  void Add(const std::string& path, const RestRoute& route, net::Router* router) {
    const auto handler = [this, route](const net::HttpRequest& request) {
      return ForPrincipal(request, [&](const governance::Principal& principal) {
        return Handle(route, request, principal);
      });
    };
    router->Add(route.method, path + route.path, handler,
                {.body_bytes_max = options_.body_bytes_max,
                 .plus_is_space = true,
                 .lane = route.lane});
  }

  /// What `answer` says to who calls; the refusal if nobody knows who that is.
  template <typename Answer>
  net::HttpResponse ForPrincipal(const net::HttpRequest& http,
                                 const Answer& answer) const {
    if (options_.authenticator == nullptr) {
      return answer(governance::AnonymousPrincipal());
    }
    const auto principal = options_.authenticator->Authenticate(http);
    if (!principal.ok()) {
      return NotAuthenticatedResponse(principal.status());
    }
    net::HttpResponse response = answer(*principal);
    response.principal = principal->name;
    return response;
  }

  net::HttpResponse Handle(const RestRoute& route, const net::HttpRequest& http,
                           const governance::Principal& principal) {
    const std::string* prefix = http.PathParameter("prefix");
    const RestWarehouse* warehouse =
        prefix == nullptr ? &options_.warehouses.front() : FindWarehouse(*prefix);
    if (warehouse == nullptr) {
      return NoSuchWarehouse(*prefix);
    }
    return idempotency_.Answer(RestRequest(http, *warehouse, principal), route);
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
    const char separator = options_.warehouses.front().services.level_separator;
    if (separator != kLevelSeparator) {
      overrides["namespace-separator"] = EncodedCharacter(separator);
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
    const std::string url = PublicUrlOf(request, options_.public_url);
    if (options_.authenticator != nullptr && !url.empty()) {
      defaults["oauth2-server-uri"] = url + token_path_;
    }
    return JsonResponse(200,
                        Json{{"defaults", defaults},
                             {"overrides", overrides},
                             {"endpoints", endpoints},
                             {"idempotency-key-lifetime", idempotency_.LifetimeText()}});
  }

  internal::OwnServices own_;
  const RestCatalogOptions options_;
  Idempotency idempotency_;
  std::string catalog_path_;  // set by AddRoutes()
  std::string token_path_;    // set by AddRoutes()
  std::string api_path_;      // set by AddApiRoutes()
};

RestCatalog::RestCatalog(RestCatalogOptions options)
    : impl_(std::make_unique<Impl>(std::move(options))) {}
RestCatalog::~RestCatalog() = default;

void RestCatalog::AddRoutes(std::string_view path, net::Router* router) {
  impl_->AddRoutes(std::string(path), router);
}

void RestCatalog::AddApiRoutes(std::string_view path, net::Router* router) {
  impl_->AddApiRoutes(std::string(path), router);
}

std::string RestCatalog::Description() const { return impl_->Description(); }

}  // namespace tarn::gateway
