#include "tarn/gateway/iceberg_rest/credential_vendor.h"

#include <algorithm>
#include <iterator>
#include <mutex>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/base/logging.h"
#include "tarn/gateway/iceberg_rest/internal/azure_sas.h"
#include "tarn/gateway/iceberg_rest/internal/credential_cache.h"
#include "tarn/gateway/iceberg_rest/internal/google_token.h"
#include "tarn/gateway/iceberg_rest/internal/s3_session.h"
#include "tarn/gateway/iceberg_rest/internal/table_roots.h"
#include "tarn/net/http_client.h"

namespace tarn::gateway {
namespace {

using std::chrono::milliseconds;
using Properties = std::map<std::string, std::string>;

// A client's request waits for it.
constexpr milliseconds kConnectTimeout(3'000);
constexpr milliseconds kTimeout(10'000);
constexpr std::chrono::minutes kOwnTokenMargin(10);

/// What all of them begin with: clients look up credentials by prefix, and Java's take
/// one for each store only.
std::string SharedPrefix(const std::vector<StoreRoot>& roots) {
  std::string prefix = roots.front().location;
  for (const StoreRoot& root : roots) {
    const auto [end, other] = std::ranges::mismatch(prefix, root.location);
    prefix.erase(end, prefix.end());
  }
  return prefix;
}

void SetUnlessEmpty(std::string_view name, const std::string& value,
                    Properties* properties) {
  if (!value.empty()) {
    (*properties)[std::string(name)] = value;
  }
}

void KeepEarlier(milliseconds expires_at, VendedCredentials* vended) {
  if (expires_at.count() > 0) {
    vended->expires_at = std::min(vended->expires_at.value_or(expires_at), expires_at);
  }
}

Properties S3Properties(const net::AwsCredentials& keys) {
  Properties config = {{"s3.access-key-id", keys.access_key_id},
                       {"s3.secret-access-key", keys.secret_access_key}};
  SetUnlessEmpty("s3.session-token", keys.session_token, &config);
  return config;
}

}  // namespace

class CredentialVendor::Impl {
 public:
  Impl(VendingOptions options, Clock& clock)
      : options_(std::move(options)),
        clock_(clock),
        cache_(clock),
        client_({.connect_timeout = kConnectTimeout, .timeout = kTimeout}) {}

  Result<VendedCredentials> Vend(const Request& request) {
    const std::vector<StoreRoot> roots = RootsToOpen(request.table, options_);
    if (roots.empty()) {
      return VendedCredentials();
    }
    std::string key = request.principal + '\0' + request.table.table_uuid + '\0' +
                      (request.access == TableAccess::kReadWrite ? 'w' : 'r');
    for (const StoreRoot& root : roots) {
      key += '\0' + root.location;
    }
    return cache_.Get(key, [&] {
      Result<VendedCredentials> made = Make(request, roots);
      if (!made.ok()) {
        LogWarn("Cannot make credentials for a table: its answers go without",
                {{"location", request.table.location},
                 {"principal", request.principal},
                 {"error", made.status().message()}});
      }
      return made;
    });
  }

  const VendingOptions& options() const { return options_; }
  Clock& clock() const { return clock_; }

 private:
  Result<VendedCredentials> Make(const Request& request,
                                 const std::vector<StoreRoot>& roots) {
    VendedCredentials vended;
    for (const auto& [kind, add] : {std::pair{StoreKind::kS3, &Impl::AddS3},
                                    std::pair{StoreKind::kAzure, &Impl::AddAzure},
                                    std::pair{StoreKind::kGcs, &Impl::AddGcs}}) {
      std::vector<StoreRoot> of_kind;
      std::ranges::copy_if(roots, std::back_inserter(of_kind),
                           [k = kind](const StoreRoot& root) { return root.kind == k; });
      if (!of_kind.empty()) {
        ARROW_RETURN_NOT_OK((this->*add)(request, of_kind, &vended));
      }
    }
    return vended;
  }

  Status AddS3(const Request& request, const std::vector<StoreRoot>& roots,
               VendedCredentials* vended) {
    const S3VendingOptions& s3 = options_.s3;
    StorageCredential credential{.prefix = SharedPrefix(roots), .config = {}};
    switch (s3.mode) {
      case S3Vending::kOff:
        return Status::OK();
      case S3Vending::kStaticKeys:
        credential.config = S3Properties({s3.access_key_id, s3.secret_access_key});
        break;
      case S3Vending::kOwnKeys:
        credential.config = S3Properties(
            {s3.store.access_key_id, s3.store.secret_access_key, s3.store.session_token});
        break;
      case S3Vending::kSts: {
        ARROW_ASSIGN_OR_RAISE(const S3Session session,
                              AssumeRole({.options = s3,
                                          .roots = roots,
                                          .principal = request.principal,
                                          .access = request.access,
                                          .duration = options_.duration,
                                          .now = clock_.Now()},
                                         client_));
        credential.config = S3Properties(session.keys);
        credential.config["s3.session-token-expires-at-ms"] =
            std::to_string(session.expires_at.count());
        KeepEarlier(session.expires_at, vended);
        break;
      }
    }
    vended->credentials.push_back(std::move(credential));
    return Status::OK();
  }

  Status AddAzure(const Request& request, const std::vector<StoreRoot>& roots,
                  VendedCredentials* vended) {
    const AzureVendingOptions& azure = options_.azure;
    if (azure.mode == AzureVending::kOff || azure.store.account_key.empty()) {
      return Status::OK();
    }
    const milliseconds now = clock_.Now();
    const milliseconds expires_at = now + options_.duration;
    for (const StoreRoot& root : roots) {
      const std::string account =
          root.host.empty() ? azure.store.account_name : root.account();
      if (account != azure.store.account_name) {
        LogDebug("No SAS for an account whose key Tarn does not have",
                 {{"account", account}});
        continue;
      }
      ARROW_ASSIGN_OR_RAISE(
          const std::string sas,
          MakeAzureSas({.root = root,
                        .account = account,
                        .account_key = azure.store.account_key,
                        .scope = azure.scope,
                        .access = request.access,
                        .now = now,
                        .expires_at = expires_at,
                        .is_https_only = azure.store.blob_scheme == "https"}));
      // Java looks for the account, its older versions for the host, PyArrow's PyIceberg
      // for neither.
      const std::string ends = std::to_string(expires_at.count());
      StorageCredential credential{.prefix = root.location, .config = {}};
      for (const std::string& name : {account, root.host}) {
        if (!name.empty()) {
          credential.config["adls.sas-token." + name] = sas;
          credential.config["adls.sas-token-expires-at-ms." + name] = ends;
        }
      }
      credential.config["adls.sas-token"] = "?" + sas;  // Arrow takes it only so
      credential.config["adls.account-name"] = account;
      vended->credentials.push_back(std::move(credential));
      KeepEarlier(expires_at, vended);
    }
    return Status::OK();
  }

  Status AddGcs(const Request& request, const std::vector<StoreRoot>& roots,
                VendedCredentials* vended) {
    const GcsVendingOptions& gcs = options_.gcs;
    if (gcs.mode == GcsVending::kOff) {
      return Status::OK();
    }
    ARROW_ASSIGN_OR_RAISE(GoogleToken token, OwnToken());
    if (gcs.mode == GcsVending::kDownscoped) {
      ARROW_ASSIGN_OR_RAISE(token, DownscopeGoogleToken({.options = gcs,
                                                         .own = token,
                                                         .roots = roots,
                                                         .access = request.access,
                                                         .now = clock_.Now()},
                                                        client_));
    }
    StorageCredential credential{.prefix = SharedPrefix(roots), .config = {}};
    credential.config["gcs.oauth2.token"] = token.token;
    if (token.expires_at.count() > 0) {
      credential.config["gcs.oauth2.token-expires-at"] =
          std::to_string(token.expires_at.count());
    }
    KeepEarlier(token.expires_at, vended);
    vended->credentials.push_back(std::move(credential));
    return Status::OK();
  }

  /// The one for all tables; limited ones cannot outlive it, so that it must be young.
  Result<GoogleToken> OwnToken() {
    const std::lock_guard<std::mutex> lock(own_token_mutex_);
    const milliseconds now = clock_.Now();
    const bool is_good =
        !own_token_.token.empty() && (own_token_.expires_at.count() == 0 ||
                                      own_token_.expires_at > now + kOwnTokenMargin);
    if (!is_good) {
      ARROW_ASSIGN_OR_RAISE(own_token_, OwnGoogleToken(options_.gcs, now, client_));
    }
    return own_token_;
  }

  const VendingOptions options_;
  Clock& clock_;
  CredentialCache cache_;
  net::HttpClient client_;
  std::mutex own_token_mutex_;
  GoogleToken own_token_;  // guarded by own_token_mutex_
};

CredentialVendor::CredentialVendor(VendingOptions options, Clock& clock)
    : impl_(std::make_unique<Impl>(std::move(options), clock)) {}
CredentialVendor::~CredentialVendor() = default;

Result<VendedCredentials> CredentialVendor::Vend(const Request& request) {
  return impl_->Vend(request);
}

const VendingOptions& CredentialVendor::options() const { return impl_->options(); }
Clock& CredentialVendor::clock() const { return impl_->clock(); }

bool CredentialVendor::Signs(const std::string& location) const {
  return options().s3.signs && ParseStoreRoot(location).kind == StoreKind::kS3;
}

Properties CredentialVendor::ClientSettings(const std::string& location) const {
  Properties settings;
  switch (ParseStoreRoot(location).kind) {
    case StoreKind::kNone:
      break;
    case StoreKind::kS3: {
      const io::S3Options& store = options().s3.store;
      const std::string& endpoint =
          options().s3.endpoint.empty() ? store.endpoint : options().s3.endpoint;
      if (!endpoint.empty()) {
        settings["s3.endpoint"] = endpoint;
        settings["s3.path-style-access"] = store.path_style ? "true" : "false";
        if (!store.path_style) {
          settings["s3.force-virtual-addressing"] = "true";  // PyIceberg's name
        }
      }
      const std::string region =
          store.region.empty() && !endpoint.empty() ? "us-east-1" : store.region;
      SetUnlessEmpty("s3.region", region, &settings);
      SetUnlessEmpty("client.region", region, &settings);  // Java's name
      break;
    }
    case StoreKind::kAzure: {
      const io::AzureOptions& store = options().azure.store;
      SetUnlessEmpty("adls.account-name", store.account_name, &settings);
      SetUnlessEmpty("adls.blob-storage-authority", store.blob_authority, &settings);
      SetUnlessEmpty("adls.dfs-storage-authority", store.dfs_authority, &settings);
      if (store.blob_scheme != "https") {
        settings["adls.blob-storage-scheme"] = store.blob_scheme;
      }
      if (store.dfs_scheme != "https") {
        settings["adls.dfs-storage-scheme"] = store.dfs_scheme;
      }
      break;
    }
    case StoreKind::kGcs: {
      const io::GcsOptions& store = options().gcs.store;
      SetUnlessEmpty("gcs.service.host", store.host, &settings);
      SetUnlessEmpty("gcs.project-id", store.project_id, &settings);
      if (store.anonymous) {
        settings["gcs.no-auth"] = "true";
      }
      break;
    }
  }
  return settings;
}

}  // namespace tarn::gateway
