// A PostgreSQL database: any number of readers and writers, in any number of processes.
#pragma once

#include <memory>
#include <string>

#include "tarn/base/clock.h"
#include "tarn/catalog/internal/postgres_pool.h"
#include "tarn/catalog/internal/store_database.h"

namespace tarn::catalog::internal {

/// Transactions are READ COMMITTED under an advisory lock of their catalog, exclusive or
/// shared as their scope says (docs/decisions/0005). They are done again when the server
/// undid them without a reason of ours (deadlocks, restarts). When the connection is lost
/// at COMMIT the server is asked what came of the transaction; only where it cannot tell
/// is the outcome unknown.
class PostgresDatabase : public StoreDatabase {
 public:
  /// Errors: those of ParsePostgresUri, PostgresConnection::Open, PrepareStore.
  static Result<std::unique_ptr<StoreDatabase>> Open(const std::string& uri,
                                                     PostgresPoolOptions options,
                                                     Random& random);

  Status Read(const Statements& read) override;
  Status Write(std::string_view catalog, WriteScope scope, const Statements& change,
               WriteOutcome* outcome) override;
  const std::string& location() const override { return pool_.location(); }

 private:
  PostgresDatabase(PostgresTarget target, PostgresPoolOptions options, Random& random)
      : pool_(std::move(target), options), random_(random) {}

  struct Attempt {
    Status status;
    WriteOutcome outcome = WriteOutcome::kNotApplied;
    bool can_retry = false;
  };
  Attempt TryWrite(int64_t lock_key, WriteScope scope, const Statements& change,
                   PostgresPool::Deadline deadline);
  /// What came of a transaction whose COMMIT was not answered.
  WriteOutcome Settle(const std::string& transaction_id, const ServerIdentity& server,
                      PostgresPool::Deadline deadline);
  void BackOff(int attempt);

  PostgresPool pool_;
  Random& random_;
};

}  // namespace tarn::catalog::internal
