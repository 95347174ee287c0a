// Tarn's own interface to what it keeps about tables and views beside their metadata:
// labels, and the metrics that clients reported.
#include <string>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/gateway/iceberg_rest/label_store.h"
#include "tarn/gateway/iceberg_rest/report_store.h"
#include "tarn/gateway/iceberg_rest/rest_response.h"
#include "tarn/gateway/iceberg_rest/routes.h"

namespace tarn::gateway {
namespace {

Result<LabelStore*> StoreOf(const RestRequest& request) {
  LabelStore* labels = request.services().labels;
  return labels != nullptr
             ? Result<LabelStore*>(labels)
             : MakeError(ErrorCode::kNotSupported, "This catalog keeps no labels");
}

/// Of the table or view that the path names.
Result<std::string> UuidOf(const RestRequest& request) {
  ARROW_ASSIGN_OR_RAISE(const iceberg::TableIdent ident, request.PathIdent());
  if (request.http().PathParameter("view") != nullptr) {
    ARROW_ASSIGN_OR_RAISE(const auto view, request.catalog().LoadView(ident));
    return view.metadata->view_uuid;
  }
  ARROW_ASSIGN_OR_RAISE(const auto table, request.catalog().LoadTable(ident));
  return table.metadata->table_uuid;
}

Result<net::HttpResponse> GetLabels(const RestRequest& request) {
  ARROW_ASSIGN_OR_RAISE(LabelStore * store, StoreOf(request));
  ARROW_ASSIGN_OR_RAISE(const std::string uuid, UuidOf(request));
  ARROW_ASSIGN_OR_RAISE(const Labels labels, store->Load(uuid));
  return JsonResponse(200, LabelsToJson(labels));
}

/// All of them: what the body leaves out goes.
Result<net::HttpResponse> PutLabels(const RestRequest& request) {
  ARROW_ASSIGN_OR_RAISE(LabelStore * store, StoreOf(request));
  ARROW_ASSIGN_OR_RAISE(const Json body, request.Body());
  ARROW_ASSIGN_OR_RAISE(const Labels labels, LabelsFromJson(body));
  ARROW_ASSIGN_OR_RAISE(const std::string uuid, UuidOf(request));
  ARROW_RETURN_NOT_OK(store->Save(uuid, labels));
  return JsonResponse(200, LabelsToJson(labels));
}

std::string ReportName(const RestRequest& request, const iceberg::TableIdent& ident) {
  return request.catalog().name() + '\x1F' + ident.ToString();
}

Result<iceberg::TableIdent> ExistingTable(const RestRequest& request) {
  ARROW_ASSIGN_OR_RAISE(iceberg::TableIdent ident, request.PathIdent());
  ARROW_ASSIGN_OR_RAISE(const bool exists, request.catalog().TableExists(ident));
  if (!exists) {
    return MakeError(ErrorCode::kNoSuchTable,
                     "Table does not exist: " + ident.ToString());
  }
  return ident;
}

Result<net::HttpResponse> Report(const RestRequest& request) {
  ARROW_ASSIGN_OR_RAISE(const Json body, request.Body());
  ARROW_ASSIGN_OR_RAISE(const iceberg::TableIdent ident, ExistingTable(request));
  if (ReportStore* reports = request.services().reports; reports != nullptr) {
    ARROW_RETURN_NOT_OK(reports->Add(ReportName(request, ident), body));
  }
  return NoContent();
}

Result<net::HttpResponse> GetReports(const RestRequest& request) {
  ARROW_ASSIGN_OR_RAISE(const iceberg::TableIdent ident, ExistingTable(request));
  const ReportStore* reports = request.services().reports;
  return JsonResponse(
      200, Json{{"reports", reports == nullptr
                                ? Json::array()
                                : reports->ReportsOf(ReportName(request, ident))}});
}

}  // namespace

std::vector<RestRoute> ReportRoutes() {
  return {{"POST", "/namespaces/{namespace}/tables/{table}/metrics", &Report}};
}

std::vector<RestRoute> LabelApiRoutes() {
  return {{"GET", "/namespaces/{namespace}/tables/{table}/labels", &GetLabels},
          {"PUT", "/namespaces/{namespace}/tables/{table}/labels", &PutLabels},
          {"GET", "/namespaces/{namespace}/views/{view}/labels", &GetLabels},
          {"PUT", "/namespaces/{namespace}/views/{view}/labels", &PutLabels},
          {"GET", "/namespaces/{namespace}/tables/{table}/reports", &GetReports}};
}

}  // namespace tarn::gateway
