// Transactions that clients have begun: their headers carry no more than an id.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/gateway/trino/engine_sessions.h"

namespace tarn::gateway::trino {

/// Thread-safe.
class Transactions {
 public:
  using Instant = std::chrono::steady_clock::time_point;

  /// `held` is in a transaction. The id is a random UUID.
  std::string Add(const std::string& user, std::shared_ptr<HeldSession> held);
  /// The session of a transaction that `user` began. Errors: UNKNOWN_TRANSACTION.
  Result<std::shared_ptr<HeldSession>> Find(const std::string& id,
                                            const std::string& user);
  void Remove(const std::string& id);
  /// Takes out those that nobody used since `before`: their sessions, which roll back
  /// when they go.
  std::vector<std::shared_ptr<HeldSession>> TakeIdle(Instant before);
  size_t size() const;

  struct Summary {
    std::string id;
    Instant begun_at;
    Instant used_at;
  };
  std::vector<Summary> Summaries() const;

 private:
  struct Entry {
    std::string user;
    std::shared_ptr<HeldSession> held;
    Instant begun_at;
    Instant used_at;
  };
  mutable std::mutex mutex_;
  std::map<std::string, Entry> entries_;
};

}  // namespace tarn::gateway::trino
