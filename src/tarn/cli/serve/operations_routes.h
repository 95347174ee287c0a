// What those ask who run the server: is it alive, is it ready, what does it count.
#pragma once

#include <atomic>
#include <chrono>
#include <mutex>
#include <string>

#include "tarn/base/clock.h"
#include "tarn/catalog/key_value_store.h"
#include "tarn/governance/authenticator.h"
#include "tarn/net/router.h"

namespace tarn::cli {

/// Whether requests can be answered. Thread-safe.
class Readiness {
 public:
  /// `store`: anything of the store that is to answer. Both outlive it.
  Readiness(catalog::KeyValueStore& store, Clock& clock) : store_(store), clock_(clock) {}

  /// OK, or why not: the server is about to end, or the store does not answer. The store
  /// is asked at most once a second.
  Status Check();
  /// From now on it is not ready.
  void Drain() { is_draining_ = true; }

 private:
  catalog::KeyValueStore& store_;
  Clock& clock_;
  std::atomic<bool> is_draining_ = false;
  std::mutex mutex_;
  std::chrono::milliseconds checked_at_{-1};  // negative: never
  Status last_;
};

/// /health/live, /health/ready and /api/v1/health for everybody; /metrics for principals
/// of `metrics_for`, for everybody if it is nullptr. What is given outlives the router.
void AddOperationsRoutes(Readiness& readiness, governance::Authenticator* metrics_for,
                         net::Router* router);

}  // namespace tarn::cli
