#include "tarn/gateway/iceberg_rest/internal/repeated_answer.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/gateway/iceberg_rest/rest_response.h"

namespace tarn::gateway::internal {
namespace {

constexpr std::string_view kTable = "/namespaces/{namespace}/tables/{table}";
constexpr std::string_view kView = "/namespaces/{namespace}/views/{view}";

bool IsOf(const RestRoute& route, std::string_view method, std::string_view path) {
  return route.method == method && route.path == path;
}

/// Loads what the request names as a client would.
Result<net::HttpResponse> LoadAgain(const RestRequest& request, std::string_view path,
                                    const char* parameter,
                                    const std::vector<RestRoute>& routes) {
  const auto load = std::ranges::find_if(
      routes, [&](const RestRoute& route) { return IsOf(route, "GET", path); });
  TARN_CHECK(load != routes.end());
  net::HttpRequest http = request.http();
  http.method = "GET";
  http.raw_query.clear();
  if (http.PathParameter(parameter) == nullptr) {
    ARROW_ASSIGN_OR_RAISE(const Json body, request.Body());
    ARROW_ASSIGN_OR_RAISE(const JsonFields fields, JsonFields::Make(body, "request"));
    ARROW_ASSIGN_OR_RAISE(http.path_parameters[parameter], fields.String("name"));
  }
  return load->handler(RestRequest(http, request.warehouse(), request.principal()));
}

Result<net::HttpResponse> NamespaceAgain(const RestRequest& request) {
  ARROW_ASSIGN_OR_RAISE(const Json body, request.Body());
  ARROW_ASSIGN_OR_RAISE(const iceberg::Namespace ns,
                        NamespaceOfJson(body.value("namespace", Json())));
  ARROW_ASSIGN_OR_RAISE(const auto properties,
                        request.catalog().LoadNamespaceProperties(ns));
  return JsonResponse(200, Json{{"namespace", ns.levels}, {"properties", properties}});
}

/// What was there to remove is not known any more.
Result<net::HttpResponse> PropertiesAgain(const RestRequest& request) {
  ARROW_ASSIGN_OR_RAISE(const Json body, request.Body());
  Json updated = Json::array();
  const Json updates = body.value("updates", Json::object());
  for (const auto& [key, value] : updates.items()) {
    updated.push_back(key);
  }
  return JsonResponse(200, Json{{"updated", updated},
                                {"removed", body.value("removals", Json::array())},
                                {"missing", Json::array()}});
}

}  // namespace

bool TakesIdempotencyKey(const RestRoute& route) {
  const std::string_view path = route.path;
  const bool is_change = route.method == std::string_view("POST") ||
                         route.method == std::string_view("DELETE");
  return is_change && !path.ends_with("/sign") && !path.ends_with("/metrics") &&
         !path.ends_with("/credentials");
}

bool ChangesCatalog(const RestRoute& route) {
  const std::string_view path = route.path;
  return TakesIdempotencyKey(route) && !path.ends_with("/plan") &&
         !path.ends_with("/plan/{plan-id}") && !path.ends_with("/tasks");
}

Result<net::HttpResponse> AnswerAgain(const RestRequest& request,
                                      const RestRoute& route) {
  if (IsOf(route, "POST", "/namespaces")) {
    return NamespaceAgain(request);
  }
  if (IsOf(route, "POST", "/namespaces/{namespace}/properties")) {
    return PropertiesAgain(request);
  }
  if (IsOf(route, "POST", kTable) ||
      IsOf(route, "POST", "/namespaces/{namespace}/tables") ||
      IsOf(route, "POST", "/namespaces/{namespace}/register")) {
    return LoadAgain(request, kTable, "table", TableRoutes());
  }
  if (IsOf(route, "POST", kView) ||
      IsOf(route, "POST", "/namespaces/{namespace}/views") ||
      IsOf(route, "POST", "/namespaces/{namespace}/register-view")) {
    return LoadAgain(request, kView, "view", ViewRoutes());
  }
  return NoContent();  // drops, renames, transactions
}

}  // namespace tarn::gateway::internal
