#include "tarn/gateway/api/browse_api.h"

#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "tarn/base/error.h"
#include "tarn/gateway/api/browse_page.h"
#include "tarn/gateway/api/browse_routes.h"
#include "tarn/gateway/api/catalog_index.h"
#include "tarn/gateway/api/commit_rate.h"
#include "tarn/gateway/iceberg_rest/rest_response.h"
#include "tarn/governance/authenticator.h"

namespace tarn::gateway {
namespace {

constexpr char kPath[] = "/api/v1";
constexpr char kWarehousePath[] = "/api/v1/warehouses/{warehouse}";
constexpr size_t kSearchTextMax = 256;
constexpr size_t kSearchHitsMax = 50;
constexpr size_t kRateSeconds = 300;  // where the client does not say

/// Java's and browsers' clients may both call: a space is "%20" here, a plus a plus.
constexpr net::RouteOptions kRoute{.plus_is_space = false};

Json HitJson(const SearchHit& hit) {
  constexpr const char* kKinds[] = {"namespace", "table", "view"};
  return {{"kind", kKinds[static_cast<size_t>(hit.kind)]},
          {"namespace", hit.ns.levels},
          {"name", hit.name}};
}

/// Answers are of this moment and of this principal.
net::HttpResponse NotKept(net::HttpResponse response) {
  response.headers.Set("Cache-Control", "no-store");
  return response;
}

}  // namespace

class BrowseApi::Impl {
 public:
  explicit Impl(BrowseApiOptions options) : options_(std::move(options)) {
    TARN_CHECK(!options_.warehouses.empty());
    for (const RestWarehouse& warehouse : options_.warehouses) {
      indexes_.push_back(std::make_unique<CatalogIndex>(warehouse.context));
    }
    if (options_.num_commits) {
      rate_ = std::make_unique<CommitRate>(options_.num_commits,
                                           options_.warehouses.front().context.clock);
      rate_->Start();
    }
  }

  void AddRoutes(net::Router* router) {
    AddGlobal(router, "/warehouses", &Impl::ListWarehouses);
    AddGlobal(router, "/stats", &Impl::Stats);
    AddOfWarehouse(router, "/overview", &Impl::Overview);
    AddOfWarehouse(router, "/search", &Impl::SearchWarehouse);
    for (const auto& routes :
         {BrowseNamespaceRoutes(), BrowseSnapshotRoutes(), BrowseFileRoutes()}) {
      for (const RestRoute& route : routes) {
        const auto call = [handler = route.handler](const RestRequest& request,
                                                    CatalogIndex& /*index*/) {
          return handler(request);
        };
        router->Add(
            route.method, std::string(kWarehousePath) + route.path,
            [this, call](const net::HttpRequest& http) { return Answer(http, call); },
            kRoute);
      }
    }
    router->SetFallback(std::string(kPath) + "/warehouses",
                        [](const net::HttpRequest& request, int status) {
                          const bool is_unknown = status == 404 || status == 405;
                          return ErrorResponse(
                              status,
                              is_unknown ? "NotFoundException" : "RefusedException",
                              (is_unknown ? "No such endpoint: " : "Refused: ") +
                                  request.method + " " + request.raw_path);
                        });
  }

 private:
  using GlobalCall = Result<net::HttpResponse> (Impl::*)(const net::HttpRequest&);
  using WarehouseCall = Result<net::HttpResponse> (Impl::*)(const RestRequest&,
                                                            CatalogIndex&);

  void AddGlobal(net::Router* router, const char* path, GlobalCall call) {
    router->Add("GET", std::string(kPath) + path,
                [this, call](const net::HttpRequest& http) {
                  const Result<governance::Principal> principal = PrincipalOf(http);
                  if (!principal.ok()) {
                    return Refusal(principal.status());
                  }
                  return Finish((this->*call)(http));
                });
  }

  void AddOfWarehouse(net::Router* router, const char* path, WarehouseCall call) {
    router->Add(
        "GET", std::string(kWarehousePath) + path,
        [this, call](const net::HttpRequest& http) {
          return Answer(http,
                        [this, call](const RestRequest& request, CatalogIndex& index) {
                          return (this->*call)(request, index);
                        });
        },
        kRoute);
  }

  template <typename Call>
  net::HttpResponse Answer(const net::HttpRequest& http, const Call& call) {
    const Result<governance::Principal> principal = PrincipalOf(http);
    if (!principal.ok()) {
      return Refusal(principal.status());
    }
    const std::string* name = http.PathParameter("warehouse");
    for (size_t i = 0; i < options_.warehouses.size(); ++i) {
      if (options_.warehouses[i].name == *name) {
        return Finish(
            call(RestRequest(http, options_.warehouses[i], *principal), *indexes_[i]));
      }
    }
    return ErrorResponse(404, "NoSuchWarehouseException",
                         "Warehouse does not exist: " + *name);
  }

  Result<governance::Principal> PrincipalOf(const net::HttpRequest& http) const {
    if (options_.authenticator == nullptr) {
      return governance::AnonymousPrincipal();
    }
    return options_.authenticator->Authenticate(http);
  }

  /// "Bearer" alone: a browser would ask for "Basic" itself, with a form of its own.
  static net::HttpResponse Refusal(const Status& status) {
    net::HttpResponse response = ErrorResponse(status);
    if (response.status == 401) {
      response.headers.Set("WWW-Authenticate", "Bearer realm=\"tarn\"");
    }
    return NotKept(std::move(response));
  }

  static net::HttpResponse Finish(Result<net::HttpResponse> response) {
    return NotKept(response.ok() ? *std::move(response)
                                 : ErrorResponse(response.status()));
  }

  Result<net::HttpResponse> ListWarehouses(const net::HttpRequest& /*http*/) {
    Json warehouses = Json::array();
    for (const RestWarehouse& warehouse : options_.warehouses) {
      warehouses.push_back({{"name", warehouse.name},
                            {"location", warehouse.location},
                            {"is_default", warehouses.empty()}});
    }
    return JsonResponse(200, Json{{"warehouses", std::move(warehouses)},
                                  {"version", options_.version},
                                  {"authenticates", options_.authenticator != nullptr}});
  }

  Result<net::HttpResponse> Stats(const net::HttpRequest& http) {
    size_t seconds = kRateSeconds;
    if (const auto text = http.QueryParameter("seconds")) {
      const auto parsed =
          std::from_chars(text->data(), text->data() + text->size(), seconds);
      if (parsed.ec != std::errc() || parsed.ptr != text->data() + text->size() ||
          seconds > CommitRate::kSecondsMax) {
        return MakeError(ErrorCode::kInvalidArgument,
                         fmt::format("seconds must be a number up to {}, got: {}",
                                     CommitRate::kSecondsMax, *text));
      }
    }
    Json per_second = Json::array();
    int64_t ends_at = options_.warehouses.front().context.clock.Now().count();
    if (rate_ != nullptr) {
      for (const CommitRate::Second& second : rate_->Last(seconds)) {
        per_second.push_back(second.commits);
        ends_at = second.ends_at.count();
      }
    }
    return JsonResponse(200, Json{{"commits", rate_ == nullptr ? 0 : rate_->total()},
                                  {"commits_per_second", std::move(per_second)},
                                  {"ends_ms", ends_at}});
  }

  Result<net::HttpResponse> Overview(const RestRequest& request, CatalogIndex& index) {
    ARROW_ASSIGN_OR_RAISE(const CatalogIndex::Overview overview, index.Read());
    Json commits = Json::array();
    for (const CatalogIndex::Commit& commit : overview.commits) {
      commits.push_back(CommitFiguresJson(commit.ident, commit.figures));
    }
    const CatalogIndex::Listing& listing = *overview.listing;
    return JsonResponse(200, Json{{"warehouse", request.warehouse().name},
                                  {"namespaces", listing.namespaces.size()},
                                  {"tables", listing.tables.size()},
                                  {"views", listing.views.size()},
                                  {"tables_read", overview.tables_read},
                                  {"rows", overview.rows},
                                  {"files", overview.files},
                                  {"bytes", overview.bytes},
                                  {"commits", std::move(commits)},
                                  {"is_complete", listing.is_complete}});
  }

  Result<net::HttpResponse> SearchWarehouse(const RestRequest& request,
                                            CatalogIndex& index) {
    const std::string text = request.http().QueryParameter("q").value_or("");
    if (text.size() > kSearchTextMax) {
      return MakeError(ErrorCode::kInvalidArgument,
                       fmt::format("q is longer than {} bytes", kSearchTextMax));
    }
    ARROW_ASSIGN_OR_RAISE(const auto listing, index.List());
    Json hits = Json::array();
    for (const SearchHit& hit : Search(*listing, text, kSearchHitsMax)) {
      hits.push_back(HitJson(hit));
    }
    return JsonResponse(
        200, Json{{"hits", std::move(hits)}, {"is_complete", listing->is_complete}});
  }

  const BrowseApiOptions options_;
  std::vector<std::unique_ptr<CatalogIndex>> indexes_;  // of each warehouse
  std::unique_ptr<CommitRate> rate_;
};

BrowseApi::BrowseApi(BrowseApiOptions options)
    : impl_(std::make_unique<Impl>(std::move(options))) {}
BrowseApi::~BrowseApi() = default;

void BrowseApi::AddRoutes(net::Router* router) { impl_->AddRoutes(router); }

}  // namespace tarn::gateway
