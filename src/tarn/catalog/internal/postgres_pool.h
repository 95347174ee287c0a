// Connections to PostgreSQL that callers share.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "tarn/catalog/internal/postgres_connection.h"

namespace tarn::catalog::internal {

struct PostgresPoolOptions {
  int32_t connections_max = 16;
  /// For a free connection, for a server that restarts, for locks in the server.
  std::chrono::milliseconds wait_max{15'000};
};

/// Thread-safe. A server that does not answer is waited for, but by nobody longer than
/// `wait_max` after it was first missed: then calls fail at once until it is back.
class PostgresPool {
 public:
  using Deadline = std::chrono::steady_clock::time_point;

  PostgresPool(PostgresTarget target, PostgresPoolOptions options)
      : target_(std::move(target)), options_(options) {}

  /// Gives its connection back when it goes; a lost one is closed, and with it all that
  /// are idle: they were to the same server.
  class Lease {
   public:
    Lease(PostgresPool& pool, std::unique_ptr<PostgresConnection> connection)
        : pool_(&pool), connection_(std::move(connection)) {}
    Lease(Lease&&) = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
      if (connection_ != nullptr) {
        pool_->GiveBack(std::move(connection_));
      }
    }
    PostgresConnection& operator*() { return *connection_; }
    PostgresConnection* operator->() { return connection_.get(); }

   private:
    PostgresPool* pool_;
    std::unique_ptr<PostgresConnection> connection_;
  };

  /// Errors: kUnavailable (all are busy, or nobody answers), those of
  /// PostgresConnection::Open.
  Result<Lease> Acquire(Deadline deadline);
  /// The same without waiting for a server that does not answer: its first use.
  Result<Lease> AcquireAtOnce() { return Acquire(Deadline::min()); }

  Deadline NewDeadline() const {
    return std::chrono::steady_clock::now() + options_.wait_max;
  }
  const std::string& location() const { return target_.location; }

 private:
  /// Takes an idle connection, or leave to make one (then nullptr).
  Result<std::unique_ptr<PostgresConnection>> TakeIdle(Deadline deadline);
  Result<std::unique_ptr<PostgresConnection>> Connect(Deadline deadline);
  void GiveBack(std::unique_ptr<PostgresConnection> connection);
  void ReleasePlace();

  const PostgresTarget target_;
  const PostgresPoolOptions options_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::vector<std::unique_ptr<PostgresConnection>> idle_;
  int32_t num_open_ = 0;     // in use, idle or being made
  Deadline missed_since_{};  // epoch: the server is there, as far as we know
};

}  // namespace tarn::catalog::internal
