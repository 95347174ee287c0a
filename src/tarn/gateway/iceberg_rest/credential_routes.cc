// Credentials by themselves: how clients go on when those of their table come to an end.
#include "tarn/base/error.h"
#include "tarn/gateway/iceberg_rest/rest_response.h"
#include "tarn/gateway/iceberg_rest/routes.h"
#include "tarn/gateway/iceberg_rest/table_access.h"

namespace tarn::gateway {
namespace {

/// `planId` is allowed and changes nothing: plans name files of the table only.
Result<net::HttpResponse> LoadCredentials(const RestRequest& request) {
  ARROW_ASSIGN_OR_RAISE(const iceberg::TableIdent ident, request.PathIdent());
  ARROW_ASSIGN_OR_RAISE(const auto table, request.catalog().LoadTable(ident));
  VendedCredentials vended;
  if (CredentialVendor* vendor = request.services().vendor; vendor != nullptr) {
    // Here nothing else was asked for: an error is an error.
    ARROW_ASSIGN_OR_RAISE(
        vended, vendor->Vend({.principal = request.principal().name,
                              .table = *table.metadata,
                              .access = TableAccessOf(request.principal(), ident)}));
  }
  net::HttpResponse response =
      JsonResponse(200, Json{{"storage-credentials", StorageCredentialsToJson(vended)}});
  response.headers.Set("Cache-Control", "no-store");
  return response;
}

}  // namespace

std::vector<RestRoute> CredentialRoutes() {
  return {
      {"GET", "/namespaces/{namespace}/tables/{table}/credentials", &LoadCredentials}};
}

}  // namespace tarn::gateway
