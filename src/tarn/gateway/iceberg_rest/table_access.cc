#include "tarn/gateway/iceberg_rest/table_access.h"

#include <algorithm>
#include <map>
#include <utility>

#include "tarn/base/digest.h"
#include "tarn/base/error.h"
#include "tarn/gateway/iceberg_rest/internal/staged_grant.h"
#include "tarn/gateway/iceberg_rest/internal/table_roots.h"

namespace tarn::gateway {
namespace {

// Loading a large table takes long, and only who was given it can use it.
constexpr std::chrono::hours kStagedGrantLife(24);
constexpr size_t kTagBytes = 8;

struct Delegation {
  bool credentials = false;
  bool signing = false;
};

/// "vended-credentials,remote-signing", in any order; what we do not know is passed over.
Delegation DelegationOf(const net::HttpRequest& http) {
  Delegation delegation;
  const std::string* header = http.headers.Find("X-Iceberg-Access-Delegation");
  std::string_view rest = header == nullptr ? std::string_view() : *header;
  while (!rest.empty()) {
    std::string_view word = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), word.size() + 1));
    word.remove_prefix(std::min(word.find_first_not_of(" \t"), word.size()));
    word = word.substr(0, word.find_first_of(" \t"));
    delegation.credentials |= word == "vended-credentials";
    delegation.signing |= word == "remote-signing";
  }
  return delegation;
}

using Properties = std::map<std::string, std::string>;

/// Java's clients get new credentials there before the old ones end. They insist on an
/// end: credentials without one have no such place.
void AddRefreshEndpoints(const std::string& path, const Properties& credential,
                         Properties* config) {
  for (const auto& [name, value] : credential) {
    if (name == "s3.session-token-expires-at-ms") {
      (*config)["client.refresh-credentials-endpoint"] = path;
    } else if (name.starts_with("adls.sas-token-expires-at-ms.")) {
      (*config)["adls.refresh-credentials-endpoint"] = path;
    } else if (name == "gcs.oauth2.token-expires-at") {
      (*config)["gcs.oauth2.refresh-credentials-endpoint"] = path;
    }
  }
}

/// None after an error, which is in the log already.
VendedCredentials CredentialsFor(const RestRequest& request,
                                 const iceberg::TableIdent& ident,
                                 const iceberg::TableMetadata& table) {
  return request.services()
      .vendor
      ->Vend({.principal = request.principal().name,
              .table = table,
              .access = TableAccessOf(request.principal(), ident)})
      .ValueOr(VendedCredentials());
}

/// What the client sends back with each request to sign.
Properties SigningProperties(const RestRequest& request, const iceberg::TableIdent& ident,
                             const iceberg::TableMetadata& table, TableState state,
                             const std::vector<StoreRoot>& roots) {
  const CredentialVendor& vendor = *request.services().vendor;
  Properties properties = {{"table-uuid", table.table_uuid}};
  if (state == TableState::kStaged) {
    StagedGrant grant{.principal = request.principal().name,
                      .ident = ident,
                      .locations = {},
                      .expires_at = vendor.clock().Now() + kStagedGrantLife};
    for (const StoreRoot& root : roots) {
      grant.locations.push_back(root.location);
    }
    properties["staged-grant"] =
        SealStagedGrant(grant, vendor.options().s3.store.secret_access_key);
  }
  return properties;
}

void AddSigning(const RestRequest& request, const iceberg::TableIdent& ident,
                const Properties& properties, Properties* config) {
  // For clients that know no remote-signing-config: all it says is in the address.
  std::string endpoint = TablePath(request, ident, "sign");
  if (const auto grant = properties.find("staged-grant"); grant != properties.end()) {
    endpoint += "?staged-grant=" + net::PercentEncode(grant->second);
  }
  (*config)["s3.remote-signing-enabled"] = "true";
  (*config)["s3.signer.endpoint"] = endpoint;
  const std::string& uri = request.services().vendor->options().s3.signer_uri;
  if (!uri.empty()) {
    (*config)["s3.signer.uri"] = uri;
  }
  // PyIceberg has one FileIO that can have its requests signed.
  (*config)["s3.signer"] = "S3V4RestSigner";
  (*config)["py-io-impl"] = "pyiceberg.io.fsspec.FsspecFileIO";
}

std::string WithoutSlash(std::string_view text) {
  while (text.ends_with('/')) {
    text.remove_suffix(1);
  }
  return std::string(text);
}

bool SignsRoots(const CredentialVendor& vendor, const std::vector<StoreRoot>& roots) {
  return vendor.options().s3.signs && !roots.empty() &&
         std::ranges::all_of(
             roots, [](const StoreRoot& root) { return root.kind == StoreKind::kS3; });
}

}  // namespace

TableAccess TableAccessOf(const governance::Principal& /*principal*/,
                          const iceberg::TableIdent& /*ident*/) {
  return TableAccess::kReadWrite;
}

std::string TablePath(const RestRequest& request, const iceberg::TableIdent& ident,
                      const char* operation) {
  std::string levels;
  for (const std::string& level : ident.ns.levels) {
    levels += (levels.empty() ? "" : std::string(1, request.services().level_separator)) +
              level;
  }
  const std::string* prefix = request.http().PathParameter("prefix");
  return "v1/" + (prefix == nullptr ? "" : net::PercentEncode(*prefix) + "/") +
         "namespaces/" + net::PercentEncode(levels) + "/tables/" +
         net::PercentEncode(ident.name) + "/" + operation;
}

Json StorageCredentialsToJson(const VendedCredentials& vended) {
  Json list = Json::array();
  for (const StorageCredential& credential : vended.credentials) {
    list.push_back({{"prefix", credential.prefix}, {"config", credential.config}});
  }
  return list;
}

std::string PlanCredentialsOf(const RestRequest& request,
                              const iceberg::TableIdent& ident,
                              const iceberg::TableMetadata& table) {
  if (request.services().vendor == nullptr || !DelegationOf(request.http()).credentials) {
    return "";
  }
  VendedCredentials vended = CredentialsFor(request, ident, table);
  if (vended.credentials.empty()) {
    return "";
  }
  // There are no settings beside them that could say it.
  const std::string refresh = TablePath(request, ident, "credentials");
  for (StorageCredential& credential : vended.credentials) {
    AddRefreshEndpoints(refresh, Properties(credential.config), &credential.config);
  }
  return "\"storage-credentials\":" + DumpJson(StorageCredentialsToJson(vended)) + ",";
}

AccessPart AccessPartOf(const RestRequest& request, const iceberg::TableIdent& ident,
                        const iceberg::TableMetadata& table, TableState state) {
  CredentialVendor* vendor = request.services().vendor;
  if (vendor == nullptr) {
    return {};
  }
  Properties config = vendor->ClientSettings(table.location);
  std::string more;
  const Delegation delegation = DelegationOf(request.http());
  bool is_given = false;
  if (delegation.credentials) {
    const VendedCredentials vended = CredentialsFor(request, ident, table);
    if (!vended.credentials.empty()) {
      is_given = true;
      const std::string refresh = TablePath(request, ident, "credentials");
      for (const StorageCredential& credential : vended.credentials) {
        AddRefreshEndpoints(refresh, credential.config, &config);
      }
      // Clients that do not know the list look for keys among the settings.
      const std::string location = WithoutSlash(table.location);
      for (const StorageCredential& credential : vended.credentials) {
        if (location.starts_with(credential.prefix)) {
          config.insert(credential.config.begin(), credential.config.end());
        }
      }
      more = ",\"storage-credentials\":" + DumpJson(StorageCredentialsToJson(vended));
    }
  }
  const std::vector<StoreRoot> roots = delegation.signing && !is_given
                                           ? RootsToOpen(table, vendor->options())
                                           : std::vector<StoreRoot>();
  if (SignsRoots(*vendor, roots)) {
    const Properties properties = SigningProperties(request, ident, table, state, roots);
    AddSigning(request, ident, properties, &config);
    more = ",\"remote-signing-config\":" +
           DumpJson(Json{{"properties", properties}, {"headers", Json::object()}});
  }
  if (config.empty() && more.empty()) {
    return {};
  }
  AccessPart part{.members = "\"config\":" + DumpJson(Json(config)) + more};
  part.tag = HexOf(Sha256(part.members).substr(0, kTagBytes));
  return part;
}

}  // namespace tarn::gateway
