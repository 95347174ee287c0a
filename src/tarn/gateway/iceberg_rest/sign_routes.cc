// Remote signing: clients without keys show each request to the store and get it signed.
#include <utility>

#include "tarn/base/error.h"
#include "tarn/base/logging.h"
#include "tarn/gateway/iceberg_rest/internal/s3_sign_request.h"
#include "tarn/gateway/iceberg_rest/internal/staged_grant.h"
#include "tarn/gateway/iceberg_rest/rest_response.h"
#include "tarn/gateway/iceberg_rest/routes.h"
#include "tarn/gateway/iceberg_rest/table_access.h"

namespace tarn::gateway {
namespace {

/// The grant that came with the request: in the properties, or in the address.
std::string GrantTextOf(const RestRequest& request, const SignRequest& asked) {
  if (const auto it = asked.properties.find("staged-grant");
      it != asked.properties.end()) {
    return it->second;
  }
  return request.http().QueryParameter("staged-grant").value_or("");
}

/// Directories of a table that was staged for this very principal under this name.
Result<std::vector<StoreRoot>> StagedRoots(const RestRequest& request,
                                           const iceberg::TableIdent& ident,
                                           const std::string& text) {
  const CredentialVendor& vendor = *request.services().vendor;
  ARROW_ASSIGN_OR_RAISE(const StagedGrant grant,
                        OpenStagedGrant(text, vendor.options().s3.store.secret_access_key,
                                        vendor.clock().Now()));
  if (grant.principal != request.principal().name || grant.ident != ident) {
    return MakeError(
        ErrorCode::kForbidden,
        "The proof that the table was staged is another's: " + ident.ToString());
  }
  std::vector<StoreRoot> roots;
  for (const std::string& location : grant.locations) {
    roots.push_back(ParseStoreRoot(location));
  }
  return roots;
}

/// Where the table's files may be, whether it is in the catalog or only staged yet.
Result<std::vector<StoreRoot>> SignedRoots(const RestRequest& request,
                                           const iceberg::TableIdent& ident,
                                           const SignRequest& asked) {
  const std::string grant = GrantTextOf(request, asked);
  std::vector<StoreRoot> roots;
  const auto table = request.catalog().LoadTable(ident);
  if (!table.ok()) {
    if (CodeOf(table.status()) != ErrorCode::kNoSuchTable || grant.empty()) {
      return table.status();
    }
    return StagedRoots(request, ident, grant);
  }
  roots = RootsToOpen(*table->metadata, request.services().vendor->options());
  if (grant.empty()) {
    const auto uuid = asked.properties.find("table-uuid");
    if (uuid != asked.properties.end() && uuid->second != table->metadata->table_uuid) {
      return MakeError(ErrorCode::kForbidden,
                       "Not signed: another table has taken this name since it was "
                       "loaded: " +
                           ident.ToString());
    }
  } else if (const auto staged = StagedRoots(request, ident, grant); staged.ok()) {
    // Its first commit may be done, or be another's.
    roots.insert(roots.end(), staged->begin(), staged->end());
  }
  return roots;
}

/// Both as Tarn reaches the store and as it tells clients to.
std::vector<std::string> EndpointsOf(const S3VendingOptions& s3) {
  std::vector<std::string> endpoints;
  for (const std::string& endpoint : {s3.endpoint, s3.store.endpoint}) {
    if (!endpoint.empty()) {
      endpoints.push_back(endpoint);
    }
  }
  return endpoints;
}

/// The client's headers with ours in the place of those of the same name.
Json AnswerHeaders(const SignRequest& asked, const net::HttpHeaders& signed_headers) {
  Json headers = Json::object();
  for (const auto& [name, values] : asked.headers) {
    if (signed_headers.Find(name) == nullptr) {
      headers[name] = values;
    }
  }
  for (const auto& [name, value] : signed_headers.all()) {
    headers[name].push_back(value);
  }
  return headers;
}

Result<net::HttpResponse> Sign(const RestRequest& request) {
  ARROW_ASSIGN_OR_RAISE(const iceberg::TableIdent ident, request.PathIdent());
  CredentialVendor* vendor = request.services().vendor;
  if (vendor == nullptr || !vendor->options().s3.signs) {
    return MakeError(ErrorCode::kNotSupported,
                     "This warehouse signs no requests; set vend.s3.remote-signing and "
                     "the keys of its store");
  }
  ARROW_ASSIGN_OR_RAISE(const Json body, request.Body());
  ARROW_ASSIGN_OR_RAISE(const SignRequest asked, SignRequestFromJson(body));
  const S3VendingOptions& s3 = vendor->options().s3;
  SignRules rules{.roots = {},
                  .access = TableAccessOf(request.principal(), ident),
                  .endpoints = EndpointsOf(s3)};
  ARROW_ASSIGN_OR_RAISE(rules.roots, SignedRoots(request, ident, asked));
  std::erase_if(rules.roots,
                [](const StoreRoot& root) { return root.kind != StoreKind::kS3; });
  const auto allowed = CheckSignRequest(asked, rules);
  if (!allowed.ok()) {
    LogInfo("A request was not signed", {{"table", ident.ToString()},
                                         {"principal", request.principal().name},
                                         {"method", asked.method},
                                         {"error", allowed.status().message()}});
    return allowed.status();
  }
  ARROW_ASSIGN_OR_RAISE(const net::HttpHeaders signed_headers,
                        net::SignAws(*allowed,
                                     {s3.store.access_key_id, s3.store.secret_access_key,
                                      s3.store.session_token},
                                     {"s3", asked.region}, vendor->clock().Now()));
  net::HttpResponse response = JsonResponse(
      200, Json{{"uri", asked.uri}, {"headers", AnswerHeaders(asked, signed_headers)}});
  const bool is_read = asked.method == "GET" || asked.method == "HEAD";
  response.headers.Set("Cache-Control", is_read ? "private" : "no-cache");
  return response;
}

}  // namespace

std::vector<RestRoute> SignRoutes() {
  return {{"POST", "/namespaces/{namespace}/tables/{table}/sign", &Sign}};
}

}  // namespace tarn::gateway
