// Google's access tokens: Tarn's own, and ones that open a table's directories only.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/gateway/iceberg_rest/credential_vendor.h"
#include "tarn/gateway/iceberg_rest/internal/table_roots.h"
#include "tarn/net/http_client.h"

namespace tarn::gateway {

struct GoogleToken {
  std::string token;
  /// Since the Unix epoch; 0 if it is not known.
  std::chrono::milliseconds expires_at{0};
};

/// The token of the settings, of the service account's file, or of the machine Tarn runs
/// on, in this order. Errors: kNoSuchFile, kInvalidData (a file or answer that is none),
/// kForbidden (refused), those of HttpClient.
Result<GoogleToken> OwnGoogleToken(const GcsVendingOptions& options,
                                   std::chrono::milliseconds now,
                                   net::HttpClient& client);

/// The access boundary of the token exchange: objects of `roots` may be read, or read,
/// written and deleted, and listed. JSON.
std::string GoogleAccessBoundary(const std::vector<StoreRoot>& roots, TableAccess access);

struct DownscopeRequest {
  const GcsVendingOptions& options;
  const GoogleToken& own;
  const std::vector<StoreRoot>& roots;
  TableAccess access = TableAccess::kRead;
  std::chrono::milliseconds now{0};
};
/// Lives as long as the own token. Errors: kForbidden, kInvalidData, those of HttpClient.
Result<GoogleToken> DownscopeGoogleToken(const DownscopeRequest& request,
                                         net::HttpClient& client);

}  // namespace tarn::gateway
