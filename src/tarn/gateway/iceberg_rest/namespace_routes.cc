// Namespaces.
#include <algorithm>
#include <map>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/catalog/namespace_location.h"
#include "tarn/gateway/iceberg_rest/rest_response.h"
#include "tarn/gateway/iceberg_rest/routes.h"

namespace tarn::gateway {
namespace {

using iceberg::Namespace;

/// As paths have it, so that pages are in the order of the tokens.
std::string JoinLevels(const Namespace& ns) {
  std::string text;
  for (const std::string& level : ns.levels) {
    text += (text.empty() ? "" : "\x1F") + level;
  }
  return text;
}

Json NamespaceToJson(const Namespace& ns, const catalog::Properties& properties) {
  return {{"namespace", ns.levels}, {"properties", properties}};
}

Result<net::HttpResponse> List(const RestRequest& request) {
  Namespace parent;
  const auto text = request.http().QueryParameter("parent");
  if (text && !text->empty()) {
    ARROW_ASSIGN_OR_RAISE(parent, request.NamespaceOf(*text));
  }
  ARROW_ASSIGN_OR_RAISE(auto namespaces, request.catalog().ListNamespaces(parent));
  std::ranges::sort(namespaces, {}, JoinLevels);
  std::vector<std::string> names;
  for (const Namespace& ns : namespaces) {
    names.push_back(JoinLevels(ns));
  }
  ARROW_ASSIGN_OR_RAISE(const Page page, PageOf(request.http(), names));
  Json listed = Json::array();
  for (size_t i = page.begin; i < page.end; ++i) {
    listed.push_back(namespaces[i].levels);
  }
  return JsonResponse(200,
                      Json{{"namespaces", listed}, {"next-page-token", page.next_token}});
}

Result<net::HttpResponse> Create(const RestRequest& request) {
  ARROW_ASSIGN_OR_RAISE(const Json body, request.Body());
  ARROW_ASSIGN_OR_RAISE(const JsonFields fields, JsonFields::Make(body, "request"));
  ARROW_ASSIGN_OR_RAISE(const Json* levels, fields.Array("namespace"));
  ARROW_ASSIGN_OR_RAISE(const Namespace ns, NamespaceOfJson(*levels));
  ARROW_ASSIGN_OR_RAISE(const auto properties, fields.StringMap("properties"));
  ARROW_RETURN_NOT_OK(request.catalog().CreateNamespace(ns, properties));
  return JsonResponse(200, NamespaceToJson(ns, properties));
}

Result<net::HttpResponse> Load(const RestRequest& request) {
  ARROW_ASSIGN_OR_RAISE(const Namespace ns, request.PathNamespace());
  ARROW_ASSIGN_OR_RAISE(auto properties, request.catalog().LoadNamespaceProperties(ns));
  // Trino makes tables at places that it derives from this.
  ARROW_ASSIGN_OR_RAISE(std::string location,
                        catalog::NamespaceLocation(request.catalog(), ns, properties));
  properties.insert_or_assign("location", std::move(location));
  return JsonResponse(200, NamespaceToJson(ns, properties));
}

Result<net::HttpResponse> Exists(const RestRequest& request) {
  ARROW_ASSIGN_OR_RAISE(const Namespace ns, request.PathNamespace());
  ARROW_RETURN_NOT_OK(request.catalog().LoadNamespaceProperties(ns).status());
  return NoContent();
}

Result<net::HttpResponse> Drop(const RestRequest& request) {
  ARROW_ASSIGN_OR_RAISE(const Namespace ns, request.PathNamespace());
  ARROW_RETURN_NOT_OK(request.catalog().DropNamespace(ns));
  return NoContent();
}

Result<net::HttpResponse> UpdateProperties(const RestRequest& request) {
  ARROW_ASSIGN_OR_RAISE(const Namespace ns, request.PathNamespace());
  ARROW_ASSIGN_OR_RAISE(const Json body, request.Body());
  ARROW_ASSIGN_OR_RAISE(const JsonFields fields, JsonFields::Make(body, "request"));
  ARROW_ASSIGN_OR_RAISE(const auto updates, fields.StringMap("updates"));
  ARROW_ASSIGN_OR_RAISE(const Json* removals_json, fields.OptionalArray("removals"));
  std::vector<std::string> removals;
  if (removals_json != nullptr) {
    ARROW_ASSIGN_OR_RAISE(removals, StringArray(*removals_json, "removals"));
  }
  for (const std::string& key : removals) {
    if (updates.contains(key)) {
      return ErrorResponse(422, "UnprocessableEntityException",
                           "Invalid namespace update: cannot simultaneously set and "
                           "remove property: " +
                               key);
    }
  }
  ARROW_ASSIGN_OR_RAISE(const auto before, request.catalog().LoadNamespaceProperties(ns));
  ARROW_RETURN_NOT_OK(request.catalog().UpdateNamespaceProperties(ns, updates, removals));
  Json updated = Json::array();
  for (const auto& [key, value] : updates) {
    updated.push_back(key);
  }
  Json removed = Json::array();
  Json missing = Json::array();
  for (const std::string& key : removals) {
    (before.contains(key) ? removed : missing).push_back(key);
  }
  return JsonResponse(
      200, Json{{"updated", updated}, {"removed", removed}, {"missing", missing}});
}

}  // namespace

std::vector<RestRoute> NamespaceRoutes() {
  return {{"GET", "/namespaces", &List},
          {"POST", "/namespaces", &Create},
          {"GET", "/namespaces/{namespace}", &Load},
          {"HEAD", "/namespaces/{namespace}", &Exists},
          {"DELETE", "/namespaces/{namespace}", &Drop},
          {"POST", "/namespaces/{namespace}/properties", &UpdateProperties}};
}

}  // namespace tarn::gateway
