// Principals as the store had them a moment ago.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "tarn/base/clock.h"
#include "tarn/base/result.h"
#include "tarn/governance/internal/bounded_cache.h"
#include "tarn/governance/principal_store.h"

namespace tarn::governance::internal {

/// Thread-safe. Errors are the store's; an answer that is too old is never given instead.
class PrincipalCache {
 public:
  PrincipalCache(PrincipalStore& store, Clock& clock, std::chrono::milliseconds age_max)
      : store_(store), clock_(clock), age_max_(age_max), by_name_(kSizeMax) {}

  using Found = std::shared_ptr<const PrincipalRecord>;  // nullptr: there is none

  Result<Found> ByName(const std::string& name);
  /// Always asks the store: a sign-in is slow anyway.
  Result<Found> ByClientId(const std::string& client_id);

 private:
  static constexpr size_t kSizeMax = 10'000;

  struct Entry {
    Found found;
    std::chrono::milliseconds read_at{0};
  };

  PrincipalStore& store_;
  Clock& clock_;
  const std::chrono::milliseconds age_max_;
  BoundedCache<Entry> by_name_;
};

}  // namespace tarn::governance::internal
