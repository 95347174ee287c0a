// Access to the files of tables for clients that have none of their own.
//
//   CredentialVendor vendor(options, SystemClock());
//   ARROW_ASSIGN_OR_RAISE(auto vended, vendor.Vend({"ada", *table.metadata, access}));
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tarn/base/clock.h"
#include "tarn/base/result.h"
#include "tarn/gateway/iceberg_rest/vending_options.h"
#include "tarn/iceberg/table_metadata.h"

namespace tarn::gateway {

enum class TableAccess : uint8_t { kRead, kReadWrite };

/// StorageCredential of the REST specification. `config` holds secrets.
struct StorageCredential {
  std::string prefix;  // of the locations that it is for
  std::map<std::string, std::string> config;
};

struct VendedCredentials {
  std::vector<StorageCredential> credentials;
  /// Since the Unix epoch, of the one that ends first; unset if none ends.
  std::optional<std::chrono::milliseconds> expires_at;
};

/// Thread-safe. Calls that need another service (STS, Google's token exchange) block.
class CredentialVendor {
 public:
  /// `clock` outlives it.
  CredentialVendor(VendingOptions options, Clock& clock);
  ~CredentialVendor();
  CredentialVendor(const CredentialVendor&) = delete;
  CredentialVendor& operator=(const CredentialVendor&) = delete;

  struct Request {
    const std::string& principal;
    const iceberg::TableMetadata& table;
    TableAccess access = TableAccess::kRead;
  };
  /// Credentials for the table's directories and nothing else, where the store can limit
  /// them. The same ones again for the same principal, table and access while half of
  /// their life is left. None for local files, for stores whose vending is off, and for
  /// directories outside of the warehouse and `locations`. Errors: kUnavailable (also for
  /// a while after a failure, so that not every call waits for a service that is down),
  /// kTimeout, kForbidden, kInvalidData, kInvalidArgument.
  Result<VendedCredentials> Vend(const Request& request);

  /// What clients should know of the store at `location` beside credentials: endpoint,
  /// region and so on. No secret.
  std::map<std::string, std::string> ClientSettings(const std::string& location) const;

  /// True if requests for files at `location` can be signed.
  bool Signs(const std::string& location) const;

  const VendingOptions& options() const;
  Clock& clock() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tarn::gateway
