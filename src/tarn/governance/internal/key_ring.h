// The keys that sign and verify tokens, as the store has them.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/base/clock.h"
#include "tarn/base/result.h"
#include "tarn/governance/principal_store.h"

namespace tarn::governance::internal {

/// Reads the store again once what it knows is older than `recheck_interval`, and at once
/// (but not more than once a second) for a key that it does not know: another server may
/// just have made it. Thread-safe.
class KeyRing {
 public:
  KeyRing(PrincipalStore& store, Clock& clock, Random& random,
          std::chrono::milliseconds recheck_interval)
      : store_(store),
        clock_(clock),
        random_(random),
        recheck_interval_(recheck_interval) {}

  /// What new tokens are signed with; made if there is none. Errors: the store's.
  Result<SigningKey> Newest();
  /// nullptr if there is none. Errors: the store's.
  Result<std::shared_ptr<const SigningKey>> Find(std::string_view id);

 private:
  using Keys = std::vector<std::shared_ptr<const SigningKey>>;

  /// With the lock.
  Status Read();

  PrincipalStore& store_;
  Clock& clock_;
  Random& random_;
  const std::chrono::milliseconds recheck_interval_;
  std::mutex mutex_;
  Keys keys_;                              // the newest first
  std::chrono::milliseconds read_at_{-1};  // negative: never
};

}  // namespace tarn::governance::internal
