#include "tarn/catalog/internal/postgres_pool.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "tarn/base/error.h"

namespace tarn::catalog::internal {
namespace {

constexpr std::chrono::milliseconds kConnectTimeout(5'000);
constexpr std::chrono::milliseconds kRetryInterval(100);

}  // namespace

Result<PostgresPool::Lease> PostgresPool::Acquire(Deadline deadline) {
  ARROW_ASSIGN_OR_RAISE(auto connection, TakeIdle(deadline));
  if (connection != nullptr) {
    return Lease(*this, std::move(connection));
  }
  auto made = Connect(deadline);
  if (!made.ok()) {
    ReleasePlace();
    return made.status();
  }
  return Lease(*this, *std::move(made));
}

Result<std::unique_ptr<PostgresConnection>> PostgresPool::TakeIdle(Deadline deadline) {
  std::unique_lock lock(mutex_);
  const auto is_possible = [&] {
    return !idle_.empty() || num_open_ < options_.connections_max;
  };
  if (!changed_.wait_until(lock, std::max(deadline, NewDeadline()), is_possible)) {
    return MakeError(ErrorCode::kUnavailable,
                     "Catalog " + target_.location + ": all " +
                         std::to_string(options_.connections_max) +
                         " connections are busy; try again, or raise "
                         "catalog.connections");
  }
  if (idle_.empty()) {
    ++num_open_;
    return nullptr;
  }
  std::unique_ptr<PostgresConnection> connection = std::move(idle_.back());
  idle_.pop_back();
  return connection;
}

Result<std::unique_ptr<PostgresConnection>> PostgresPool::Connect(Deadline deadline) {
  while (true) {
    auto made = PostgresConnection::Open(target_, kConnectTimeout, options_.wait_max);
    const auto now = std::chrono::steady_clock::now();
    {
      const std::lock_guard lock(mutex_);
      if (made.ok()) {
        missed_since_ = Deadline();
        return made;
      }
      if (CodeOf(made.status()) != ErrorCode::kUnavailable) {
        return made;
      }
      if (missed_since_ == Deadline()) {
        missed_since_ = now;
      }
      deadline = std::min(deadline, missed_since_ + options_.wait_max);
    }
    if (now + kRetryInterval > deadline) {
      return made;
    }
    std::this_thread::sleep_for(kRetryInterval);
  }
}

void PostgresPool::GiveBack(std::unique_ptr<PostgresConnection> connection) {
  std::vector<std::unique_ptr<PostgresConnection>> closed;  // outside of the lock
  {
    const std::lock_guard lock(mutex_);
    if (connection->is_lost()) {
      closed = std::move(idle_);
      idle_.clear();
      closed.push_back(std::move(connection));
      num_open_ -= static_cast<int32_t>(closed.size());
    } else {
      connection->ForgetFailure();
      idle_.push_back(std::move(connection));
    }
  }
  changed_.notify_all();
}

void PostgresPool::ReleasePlace() {
  {
    const std::lock_guard lock(mutex_);
    --num_open_;
  }
  changed_.notify_all();
}

}  // namespace tarn::catalog::internal
