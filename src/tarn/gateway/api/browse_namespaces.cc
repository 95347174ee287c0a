// What is in a namespace: its tables with their figures, and those that were dropped.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "tarn/base/error.h"
#include "tarn/gateway/api/browse_page.h"
#include "tarn/gateway/api/browse_routes.h"
#include "tarn/gateway/api/table_figures.h"
#include "tarn/gateway/iceberg_rest/rest_response.h"

namespace tarn::gateway {
namespace {

/// Each table costs the reading of its metadata.
constexpr size_t kTablesPerPageMax = 200;

/// A table that cannot be read has its name and the reason.
Json TableRow(catalog::Catalog& catalog, const iceberg::TableIdent& ident) {
  const Result<catalog::LoadedTable> table = catalog.LoadTable(ident);
  return table.ok() ? TableFiguresJson(*table)
                    : Json{{"name", ident.name}, {"error", table.status().message()}};
}

Result<net::HttpResponse> ListTables(const RestRequest& request) {
  ARROW_ASSIGN_OR_RAISE(const iceberg::Namespace ns, request.PathNamespace());
  ARROW_ASSIGN_OR_RAISE(size_t size, PageSizeOf(request.http()));
  size = std::min(size, kTablesPerPageMax);
  ARROW_ASSIGN_OR_RAISE(auto idents, request.catalog().ListTables(ns));
  std::ranges::sort(idents, {}, &iceberg::TableIdent::name);
  const std::string after = request.http().QueryParameter("page_token").value_or("");
  auto next = after.empty() ? idents.begin()
                            : std::ranges::upper_bound(idents, after, {},
                                                       &iceberg::TableIdent::name);
  Json tables = Json::array();
  for (; next != idents.end() && tables.size() < size; ++next) {
    tables.push_back(TableRow(request.catalog(), *next));
  }
  const Json token =
      next == idents.end() || tables.empty() ? Json(nullptr) : tables.back()["name"];
  return JsonResponse(200, Json{{"tables", std::move(tables)},
                                {"total", idents.size()},
                                {"next_page_token", token}});
}

Result<net::HttpResponse> ListDropped(const RestRequest& request) {
  ARROW_ASSIGN_OR_RAISE(const iceberg::Namespace ns, request.PathNamespace());
  ARROW_ASSIGN_OR_RAISE(const auto dropped, request.catalog().ListDroppedTables(ns));
  const size_t shown = std::min(dropped.size(), kBrowsePageSizeMax);
  Json tables = Json::array();
  for (size_t i = 0; i < shown; ++i) {
    const catalog::DroppedTable& table = dropped[i];
    tables.push_back({{"id", table.id},
                      {"name", table.ident.name},
                      {"dropped_ms", table.dropped_at.count()},
                      {"expires_ms", table.expires_at.count()},
                      {"purges", table.purges}});
  }
  return JsonResponse(200,
                      Json{{"tables", std::move(tables)}, {"total", dropped.size()}});
}

}  // namespace

std::vector<RestRoute> BrowseNamespaceRoutes() {
  return {
      {"GET", "/namespaces/{namespace}/tables", &ListTables},
      {"GET", "/namespaces/{namespace}/dropped", &ListDropped},
  };
}

}  // namespace tarn::gateway
