// Functions: listed and loaded by the REST specification, registered and dropped by
// Tarn's own interface.
#include <algorithm>
#include <string>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/gateway/iceberg_rest/function_store.h"
#include "tarn/gateway/iceberg_rest/rest_response.h"
#include "tarn/gateway/iceberg_rest/routes.h"

namespace tarn::gateway {
namespace {

using iceberg::Namespace;
using iceberg::TableIdent;

Result<FunctionStore> StoreOf(const RestRequest& request) {
  catalog::KeyValueStore* settings = request.services().settings;
  if (settings == nullptr) {
    return MakeError(ErrorCode::kNotSupported, "This catalog keeps no functions");
  }
  return FunctionStore(request.context(), *settings);
}

Result<TableIdent> IdentOf(const RestRequest& request) {
  ARROW_ASSIGN_OR_RAISE(Namespace ns, request.PathNamespace());
  return TableIdent{std::move(ns), *request.http().PathParameter("function")};
}

net::HttpResponse FunctionResponse(const LoadedFunction& function) {
  return JsonResponse(200, Json{{"metadata-location", function.metadata_location},
                                {"metadata", function.metadata}});
}

/// CatalogObjectIdentifier: the levels and the name in one list.
Result<net::HttpResponse> List(const RestRequest& request) {
  ARROW_ASSIGN_OR_RAISE(const Namespace ns, request.PathNamespace());
  std::vector<TableIdent> idents;
  if (request.services().settings == nullptr) {
    RETURN_NOT_OK(request.catalog().LoadNamespaceProperties(ns).status());
  } else {
    ARROW_ASSIGN_OR_RAISE(FunctionStore store, StoreOf(request));
    ARROW_ASSIGN_OR_RAISE(idents, store.List(ns));
  }
  std::vector<std::string> names;
  for (const TableIdent& ident : idents) {
    names.push_back(ident.name);
  }
  std::ranges::sort(names);
  ARROW_ASSIGN_OR_RAISE(const Page page, PageOf(request.http(), names));
  Json identifiers = Json::array();
  for (size_t i = page.begin; i < page.end; ++i) {
    Json identifier = ns.levels;
    identifier.push_back(names[i]);
    identifiers.push_back(std::move(identifier));
  }
  return JsonResponse(
      200, Json{{"identifiers", identifiers}, {"next-page-token", page.next_token}});
}

Result<net::HttpResponse> Load(const RestRequest& request) {
  ARROW_ASSIGN_OR_RAISE(const TableIdent ident, IdentOf(request));
  if (request.services().settings == nullptr) {
    RETURN_NOT_OK(request.catalog().LoadNamespaceProperties(ident.ns).status());
    return MakeError(ErrorCode::kNoSuchFunction,
                     "Function does not exist: " + ident.ToString());
  }
  ARROW_ASSIGN_OR_RAISE(FunctionStore store, StoreOf(request));
  ARROW_ASSIGN_OR_RAISE(const LoadedFunction function, store.Load(ident));
  return FunctionResponse(function);
}

Result<net::HttpResponse> Put(const RestRequest& request) {
  ARROW_ASSIGN_OR_RAISE(const TableIdent ident, IdentOf(request));
  ARROW_ASSIGN_OR_RAISE(FunctionStore store, StoreOf(request));
  ARROW_ASSIGN_OR_RAISE(Json metadata, request.Body());
  ARROW_ASSIGN_OR_RAISE(
      const LoadedFunction function,
      store.Register(ident, std::move(metadata),
                     request.QueryFlag("replace") ? catalog::IfExists::kReplace
                                                  : catalog::IfExists::kFail));
  return FunctionResponse(function);
}

Result<net::HttpResponse> Drop(const RestRequest& request) {
  ARROW_ASSIGN_OR_RAISE(const TableIdent ident, IdentOf(request));
  ARROW_ASSIGN_OR_RAISE(FunctionStore store, StoreOf(request));
  RETURN_NOT_OK(store.Drop(ident));
  return NoContent();
}

}  // namespace

std::vector<RestRoute> FunctionRoutes() {
  return {{"GET", "/namespaces/{namespace}/functions", &List},
          {"GET", "/namespaces/{namespace}/functions/{function}", &Load}};
}

std::vector<RestRoute> FunctionApiRoutes() {
  return {{"PUT", "/namespaces/{namespace}/functions/{function}", &Put},
          {"DELETE", "/namespaces/{namespace}/functions/{function}", &Drop}};
}

}  // namespace tarn::gateway
