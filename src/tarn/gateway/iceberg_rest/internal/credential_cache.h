// Credentials that were made, until half of their life is over.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "tarn/base/clock.h"
#include "tarn/base/result.h"
#include "tarn/gateway/iceberg_rest/credential_vendor.h"

namespace tarn::gateway {

/// Thread-safe. Callers that want the same credentials at once wait for one of them to
/// make them; others do not wait. Bounded: what was not asked for longest goes first.
class CredentialCache {
 public:
  using Make = std::function<Result<VendedCredentials>()>;

  explicit CredentialCache(Clock& clock) : clock_(clock) {}

  /// What is kept under `key`, or what `make` gives. Half of a life is more than the five
  /// minutes before the end at which clients come back for new ones. Errors are given
  /// again for `kFailureLife`.
  Result<VendedCredentials> Get(const std::string& key, const Make& make);

  static constexpr size_t kEntriesMax = 10'000;
  static constexpr std::chrono::seconds kFailureLife{10};

 private:
  struct Entry {
    std::mutex making;
    // Guarded by `making`.
    bool is_made = false;
    Result<VendedCredentials> made = VendedCredentials();
    std::chrono::milliseconds fresh_until{0};
  };

  std::shared_ptr<Entry> EntryOf(const std::string& key);

  Clock& clock_;
  std::mutex mutex_;
  // Guarded by mutex_. The number is of the last use.
  std::map<std::string, std::pair<std::shared_ptr<Entry>, uint64_t>> entries_;
  uint64_t uses_ = 0;
};

}  // namespace tarn::gateway
