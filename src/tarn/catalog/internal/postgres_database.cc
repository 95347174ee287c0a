#include "tarn/catalog/internal/postgres_database.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/catalog/internal/store_schema.h"

namespace tarn::catalog::internal {
namespace {

/// A transaction that the server undoes so often in a row meets more than bad luck.
constexpr int kAttemptsMax = 12;
constexpr std::chrono::milliseconds kSettleInterval(50);

/// Advisory locks have numbers, one space for all programs of a database: a hash keeps
/// ours apart. A collision only lets two catalogs wait for each other.
int64_t LockKeyOf(std::string_view catalog) {
  uint64_t hash = 0xcbf29ce484222325U;  // FNV-1a
  const auto add = [&](std::string_view text) {
    for (const char c : text) {
      hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
    }
  };
  add("tarn catalog ");
  add(catalog);
  return static_cast<int64_t>(hash);
}

}  // namespace

Result<std::unique_ptr<StoreDatabase>> PostgresDatabase::Open(const std::string& uri,
                                                              PostgresPoolOptions options,
                                                              Random& random) {
  ARROW_ASSIGN_OR_RAISE(PostgresTarget target, ParsePostgresUri(uri));
  std::unique_ptr<PostgresDatabase> database(
      new PostgresDatabase(std::move(target), options, random));
  // A wrong address is told at once and not waited for.
  ARROW_RETURN_NOT_OK(database->pool_.AcquireAtOnce().status());
  ARROW_RETURN_NOT_OK(PrepareStore(*database));
  return database;
}

Status PostgresDatabase::Read(const Statements& read) {
  const PostgresPool::Deadline deadline = pool_.NewDeadline();
  for (int attempt = 1;; ++attempt) {
    ARROW_ASSIGN_OR_RAISE(PostgresPool::Lease connection, pool_.Acquire(deadline));
    connection->ForgetFailure();
    Status status = read(*connection);
    const bool is_final = status.ok() || connection->failure() == PostgresFailure::kFinal;
    if (is_final || attempt == kAttemptsMax) {
      return status;
    }
  }
}

void PostgresDatabase::BackOff(int attempt) {
  // 1 to 64 ms and as much again at random, so that rivals do not meet in step.
  const int64_t base_ms = int64_t{1} << std::min(attempt - 1, 6);
  const auto jitter_ms =
      static_cast<int64_t>(random_.Next() % static_cast<uint64_t>(base_ms + 1));
  std::this_thread::sleep_for(std::chrono::milliseconds(base_ms + jitter_ms));
}

Status PostgresDatabase::Write(std::string_view catalog, WriteScope scope,
                               const Statements& change, WriteOutcome* outcome) {
  const int64_t lock_key = LockKeyOf(catalog);
  const PostgresPool::Deadline deadline = pool_.NewDeadline();
  for (int attempt = 1;; ++attempt) {
    Attempt result = TryWrite(lock_key, scope, change, deadline);
    *outcome = result.outcome;
    if (!result.can_retry || attempt == kAttemptsMax) {
      return result.status;
    }
    BackOff(attempt);
  }
}

PostgresDatabase::Attempt PostgresDatabase::TryWrite(int64_t lock_key, WriteScope scope,
                                                     const Statements& change,
                                                     PostgresPool::Deadline deadline) {
  std::string transaction_id;
  ServerIdentity server;
  Status status;
  {
    Result<PostgresPool::Lease> acquired = pool_.Acquire(deadline);
    if (!acquired.ok()) {
      return {.status = acquired.status()};
    }
    PostgresConnection& connection = **acquired;
    status = connection.Begin(lock_key, scope == WriteScope::kEntries);
    if (status.ok()) {
      status = change(connection);
    }
    if (!status.ok()) {
      connection.Rollback();
      return {.status = status,
              .can_retry = connection.failure() != PostgresFailure::kFinal};
    }
    transaction_id = connection.transaction_id();
    server = connection.server();
    switch (connection.Commit(&status)) {
      case CommitAnswer::kCommitted:
        return {.status = status, .outcome = WriteOutcome::kApplied};
      case CommitAnswer::kRefused:
        connection.Rollback();
        return {.status = status,
                .can_retry = connection.failure() != PostgresFailure::kFinal};
      case CommitAnswer::kNone:
        break;
    }
  }  // its connection is lost; another one asks what came of it
  const WriteOutcome outcome = Settle(transaction_id, server, pool_.NewDeadline());
  return {.status = outcome == WriteOutcome::kApplied ? Status::OK() : status,
          .outcome = outcome,
          .can_retry = outcome == WriteOutcome::kNotApplied};
}

WriteOutcome PostgresDatabase::Settle(const std::string& transaction_id,
                                      const ServerIdentity& server,
                                      PostgresPool::Deadline deadline) {
  while (!server.empty() && std::chrono::steady_clock::now() < deadline) {
    Result<PostgresPool::Lease> connection = pool_.Acquire(deadline);
    if (!connection.ok()) {
      break;
    }
    // On another timeline the number is another transaction's.
    if ((*connection)->server() != server) {
      break;
    }
    const Result<std::string> status = (*connection)->StatusOf(transaction_id);
    if (status.ok() && *status == "committed") {
      return WriteOutcome::kApplied;
    }
    if (status.ok() && *status == "aborted") {
      return WriteOutcome::kNotApplied;
    }
    const bool is_open = status.ok() && *status == "in progress";
    if (!is_open && !(*connection)->is_lost()) {
      break;
    }
    std::this_thread::sleep_for(kSettleInterval);
  }
  return WriteOutcome::kUnknown;
}

}  // namespace tarn::catalog::internal
