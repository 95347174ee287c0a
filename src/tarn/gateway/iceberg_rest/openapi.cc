#include "tarn/gateway/iceberg_rest/openapi.h"

#include <algorithm>
#include <string>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/gateway/iceberg_rest/internal/repeated_answer.h"

namespace tarn::gateway {
namespace {

/// What a route takes and gives beside what its path says.
struct Described {
  std::string_view method;
  std::string_view path;
  std::string_view id;       // operationId
  std::string_view request;  // schema of the body; empty: none
  std::string_view answer;   // schema of the 200; empty: 204 without a body
  std::string_view queries;  // names of the query parameters, by spaces
};

constexpr std::string_view kPages = "pageToken pageSize";

constexpr Described kDescribed[] = {
    {"GET", "/namespaces", "listNamespaces", "", "ListNamespacesResponse",
     "parent pageToken pageSize"},
    {"POST", "/namespaces", "createNamespace", "CreateNamespaceRequest",
     "NamespaceResponse", ""},
    {"GET", "/namespaces/{namespace}", "loadNamespaceMetadata", "", "NamespaceResponse",
     ""},
    {"HEAD", "/namespaces/{namespace}", "namespaceExists", "", "", ""},
    {"DELETE", "/namespaces/{namespace}", "dropNamespace", "", "", ""},
    {"POST", "/namespaces/{namespace}/properties", "updateProperties",
     "UpdateNamespacePropertiesRequest", "UpdateNamespacePropertiesResponse", ""},
    {"GET", "/namespaces/{namespace}/tables", "listTables", "", "ListTablesResponse",
     kPages},
    {"POST", "/namespaces/{namespace}/tables", "createTable", "CreateTableRequest",
     "LoadTableResult", ""},
    {"POST", "/namespaces/{namespace}/register", "registerTable", "RegisterTableRequest",
     "LoadTableResult", ""},
    {"GET", "/namespaces/{namespace}/tables/{table}", "loadTable", "", "LoadTableResult",
     "snapshots referenced-by"},
    {"POST", "/namespaces/{namespace}/tables/{table}", "updateTable",
     "CommitTableRequest", "LoadTableResult", ""},
    {"HEAD", "/namespaces/{namespace}/tables/{table}", "tableExists", "", "", ""},
    {"DELETE", "/namespaces/{namespace}/tables/{table}", "dropTable", "", "",
     "purgeRequested"},
    {"POST", "/namespaces/{namespace}/tables/{table}/unregister", "unregisterTable", "",
     "LoadTableResult", ""},
    {"GET", "/namespaces/{namespace}/tables/{table}/credentials", "loadCredentials", "",
     "LoadCredentialsResponse", "planId referenced-by"},
    {"POST", "/namespaces/{namespace}/tables/{table}/sign", "signRequest",
     "RemoteSignRequest", "RemoteSignResult", ""},
    {"POST", "/namespaces/{namespace}/tables/{table}/metrics", "reportMetrics",
     "ReportMetricsRequest", "", ""},
    {"POST", "/namespaces/{namespace}/tables/{table}/plan", "planTableScan",
     "PlanTableScanRequest", "PlanTableScanResult", ""},
    {"GET", "/namespaces/{namespace}/tables/{table}/plan/{plan-id}",
     "fetchPlanningResult", "", "PlanTableScanResult", ""},
    {"DELETE", "/namespaces/{namespace}/tables/{table}/plan/{plan-id}", "cancelPlanning",
     "", "", ""},
    {"POST", "/namespaces/{namespace}/tables/{table}/tasks", "fetchScanTasks",
     "FetchScanTasksRequest", "ScanTasks", ""},
    {"POST", "/tables/rename", "renameTable", "RenameRequest", "", ""},
    {"POST", "/transactions/commit", "commitTransaction", "CommitTransactionRequest", "",
     ""},
    {"GET", "/namespaces/{namespace}/views", "listViews", "", "ListTablesResponse",
     kPages},
    {"POST", "/namespaces/{namespace}/views", "createView", "CreateViewRequest",
     "LoadViewResult", ""},
    {"POST", "/namespaces/{namespace}/register-view", "registerView",
     "RegisterViewRequest", "LoadViewResult", ""},
    {"GET", "/namespaces/{namespace}/views/{view}", "loadView", "", "LoadViewResult",
     "referenced-by"},
    {"POST", "/namespaces/{namespace}/views/{view}", "replaceView", "CommitViewRequest",
     "LoadViewResult", ""},
    {"HEAD", "/namespaces/{namespace}/views/{view}", "viewExists", "", "", ""},
    {"DELETE", "/namespaces/{namespace}/views/{view}", "dropView", "", "", ""},
    {"POST", "/views/rename", "renameView", "RenameRequest", "", ""},
    {"GET", "/namespaces/{namespace}/functions", "listFunctions", "",
     "ListFunctionsResponse", kPages},
    {"GET", "/namespaces/{namespace}/functions/{function}", "loadFunction", "",
     "LoadFunctionResult", ""},
    {"PUT", "/namespaces/{namespace}/functions/{function}", "registerFunction",
     "FunctionMetadata", "LoadFunctionResult", "replace"},
    {"DELETE", "/namespaces/{namespace}/functions/{function}", "dropFunction", "", "",
     ""},
    {"GET", "/namespaces/{namespace}/tables/{table}/labels", "tableLabels", "", "Labels",
     ""},
    {"PUT", "/namespaces/{namespace}/tables/{table}/labels", "setTableLabels", "Labels",
     "Labels", ""},
    {"GET", "/namespaces/{namespace}/views/{view}/labels", "viewLabels", "", "Labels",
     ""},
    {"PUT", "/namespaces/{namespace}/views/{view}/labels", "setViewLabels", "Labels",
     "Labels", ""},
    {"GET", "/namespaces/{namespace}/tables/{table}/reports", "tableReports", "",
     "MetricsReports", ""},
};

Json SchemaRef(std::string_view name) {
  return {{"$ref", "#/components/schemas/" + std::string(name)}};
}

Json JsonContent(Json schema) {
  return {{"application/json", {{"schema", std::move(schema)}}}};
}

Json Parameter(std::string_view name, std::string_view place, Json schema) {
  return {{"name", name},
          {"in", place},
          {"required", place == "path"},
          {"schema", std::move(schema)}};
}

/// Those that the path names, in its order.
Json PathParameters(std::string_view path, const std::vector<std::string>& warehouses) {
  Json parameters = Json::array();
  for (size_t at = path.find('{'); at != std::string_view::npos; at = path.find('{')) {
    const size_t end = path.find('}');
    const std::string_view name = path.substr(at + 1, end - at - 1);
    const Json schema = name == "prefix" ? Json{{"type", "string"}, {"enum", warehouses}}
                                         : Json{{"type", "string"}, {"minLength", 1}};
    parameters.push_back(Parameter(name, "path", schema));
    path.remove_prefix(end + 1);
  }
  return parameters;
}

Json QuerySchema(std::string_view name) {
  if (name == "pageSize") {
    return {{"type", "integer"}, {"minimum", 1}};
  }
  if (name == "snapshots") {
    return {{"type", "string"}, {"enum", {"all", "refs"}}};
  }
  if (name == "purgeRequested" || name == "replace") {
    return {{"type", "boolean"}};
  }
  return {{"type", "string"}};
}

Json Responses(const RestRoute& route, std::string_view answer) {
  Json responses = {
      {"default",
       {{"description", "The request was refused, or failed: the error says why."}}}};
  // HEAD has no body, and what refuses it has none either.
  if (route.method != std::string_view("HEAD")) {
    responses["default"]["content"] = JsonContent(SchemaRef("IcebergErrorResponse"));
  }
  if (answer.empty()) {
    responses["204"] = {{"description", "Done."}};
  } else {
    responses["200"] = {{"description", "Done."},
                        {"content", JsonContent(SchemaRef(answer))}};
  }
  if (answer == "LoadTableResult" && route.method == std::string_view("GET")) {
    responses["304"] = {{"description", "The client's copy (If-None-Match) is current."}};
  }
  return responses;
}

Json OperationOf(const RestRoute& route, const std::string& path,
                 const OpenApiOptions& options) {
  const auto known = std::ranges::find_if(kDescribed, [&](const Described& one) {
    return one.method == route.method && one.path == route.path;
  });
  const Described described =
      known != std::end(kDescribed) ? *known : Described{route.method, route.path,  "",
                                                         "",           "AnyObject", ""};
  Json parameters = PathParameters(path, options.warehouses);
  std::string_view queries = described.queries;
  while (!queries.empty()) {
    const std::string_view name = queries.substr(0, queries.find(' '));
    parameters.push_back(Parameter(name, "query", QuerySchema(name)));
    queries.remove_prefix(std::min(queries.size(), name.size() + 1));
  }
  if (internal::TakesIdempotencyKey(route)) {
    parameters.push_back({{"$ref", "#/components/parameters/idempotency-key"}});
  }
  Json operation = {{"parameters", std::move(parameters)},
                    {"responses", Responses(route, described.answer)}};
  if (!described.id.empty()) {
    operation["operationId"] = described.id;
  }
  if (!described.request.empty()) {
    operation["requestBody"] = {{"required", true},
                                {"content", JsonContent(SchemaRef(described.request))}};
  }
  return operation;
}

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return lower;
}

Json ConfigOperation() {
  return {{"operationId", "getConfig"},
          {"parameters", {Parameter("warehouse", "query", {{"type", "string"}})}},
          {"responses",
           {{"200",
             {{"description", "Done."},
              {"content", JsonContent(SchemaRef("CatalogConfig"))}}},
            {"default",
             {{"description", "The request was refused: the error says why."},
              {"content", JsonContent(SchemaRef("IcebergErrorResponse"))}}}}}};
}

}  // namespace

std::string OpenApiDocument(const OpenApiOptions& options,
                            const std::vector<RestRoute>& catalog_routes,
                            const std::vector<RestRoute>& api_routes) {
  Json paths = Json::object();
  paths[options.catalog_path + "/v1/config"]["get"] = ConfigOperation();
  const auto add = [&](const std::string& base, const std::vector<RestRoute>& routes) {
    for (const RestRoute& route : routes) {
      const std::string path = base + route.path;
      paths[path][LowerCase(route.method)] = OperationOf(route, path, options);
    }
  };
  add(options.catalog_path + "/v1/{prefix}", catalog_routes);
  add(options.api_path + "/{prefix}", api_routes);
  Json document = {
      {"openapi", "3.1.0"},
      {"info",
       {{"title", "Tarn"},
        {"version", "1"},
        {"description", "The Iceberg REST catalog protocol, and Tarn's own interface."}}},
      {"paths", std::move(paths)}};
  Result<Json> components = ParseJson(OpenApiComponents(), "OpenAPI components");
  TARN_CHECK(components.ok());  // a text of ours
  document["components"] = *std::move(components);
  if (options.needs_sign_in) {
    document["security"] = {{{"bearer", Json::array()}}};
  }
  return DumpJson(document);
}

}  // namespace tarn::gateway
