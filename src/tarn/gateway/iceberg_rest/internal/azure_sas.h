// Shared access signatures of Azure storage.
#pragma once

#include <chrono>
#include <string>

#include "tarn/base/result.h"
#include "tarn/gateway/iceberg_rest/credential_vendor.h"
#include "tarn/gateway/iceberg_rest/internal/table_roots.h"

namespace tarn::gateway {

struct AzureSasRequest {
  const StoreRoot& root;
  std::string account;
  std::string account_key;  // base64
  AzureScope scope = AzureScope::kDirectory;
  TableAccess access = TableAccess::kRead;
  std::chrono::milliseconds now{0};
  std::chrono::milliseconds expires_at{0};
  bool is_https_only = true;
};

/// A service SAS (sv=2021-12-02) as a query string without '?': for all below the
/// directory, which needs a hierarchical namespace, or for the whole container. Errors:
/// kInvalidArgument for a key that is no base64.
Result<std::string> MakeAzureSas(const AzureSasRequest& request);

}  // namespace tarn::gateway
