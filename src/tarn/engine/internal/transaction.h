// One transaction on the attached catalog: what it sees, what it wrote, and the entries
// that DuckDB points to.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <duckdb/catalog/catalog_entry.hpp>
#include <duckdb/main/client_context_state.hpp>
#include <duckdb/transaction/transaction.hpp>
#include <duckdb/transaction/transaction_manager.hpp>

#include "tarn/engine/commit_watch.h"
#include "tarn/engine/internal/catalog_view.h"
#include "tarn/engine/internal/pending_writes.h"
#include "tarn/table/write.h"

namespace tarn::engine {

class IcebergTransaction final : public duckdb::Transaction {
 public:
  IcebergTransaction(duckdb::TransactionManager& owner, duckdb::ClientContext& client,
                     const table::Context& tarn)
      : duckdb::Transaction(owner, client),
        tarn_(tarn),
        is_explicit_(!client.transaction.IsAutoCommit()),
        writes_(tarn),
        view_(tarn.catalog, writes_,
              is_explicit_ ? Reads::kOneMoment : Reads::kOneStatement) {}

  /// The current one of `context`; begins it on first use.
  static IcebergTransaction& Get(duckdb::ClientContext& context,
                                 duckdb::Catalog& catalog);

  const table::Context& tarn() const { return tarn_; }
  /// True between BEGIN and COMMIT.
  bool is_explicit() const { return is_explicit_; }
  CatalogView& view() { return view_; }
  PendingWrites& writes() { return writes_; }

  /// Keeps `entry` until the transaction ends: DuckDB holds plain pointers to entries.
  template <typename T>
  T& Own(std::unique_ptr<T> entry) {
    const std::lock_guard lock(mutex_);
    T& kept = *entry;
    entries_.push_back(std::move(entry));
    return kept;
  }
  /// The entry kept under the names, or nullptr; also for a table that was found before
  /// this transaction last changed one.
  duckdb::CatalogEntry* FindEntry(const std::string& schema, const std::string& name);
  /// Keeps `entry` under the key unless one is there already, and returns the kept one:
  /// two pipelines of one query look a table up at the same time, and must see one entry
  /// (DuckDB joins duckdb_tables() with duckdb_columns() on the entry's oid).
  duckdb::CatalogEntry& NameEntry(const std::string& schema, const std::string& name,
                                  duckdb::CatalogEntry& entry);
  /// After each statement. One that failed when it had handed over a part of its changes
  /// leaves nothing to commit: DuckDB lets some errors pass.
  void EndStatement(bool has_failed);
  /// Has the statement, which was not planned yet, look up everything again.
  void LookAgain();
  /// The next look-up makes a new entry; the old one stays alive.
  void ForgetEntry(const std::string& schema, const std::string& name);

 private:
  struct Named {
    duckdb::CatalogEntry* entry;
    uint64_t version;  // of the writes, when it was made
  };
  bool IsCurrent(const Named& named) const;

  table::Context tarn_;
  const bool is_explicit_;
  PendingWrites writes_;
  CatalogView view_;
  std::mutex mutex_;
  uint64_t version_before_ = 0;  // of the writes, when the statement began
  std::vector<std::unique_ptr<duckdb::CatalogEntry>> entries_;
  std::map<std::pair<std::string, std::string>, Named> by_name_;
};

/// The error of a commit of ours, kept for the session: DuckDB hands on only its text.
struct CommitError final : public duckdb::ClientContextState {
  static constexpr char kKey[] = "tarn_commit_error";

  void Set(const Status& status);
  std::optional<Status> Take();

 private:
  std::mutex mutex_;
  std::optional<Status> status_;
};

/// Who follows the commits of a session.
struct CommitWatchState final : public duckdb::ClientContextState {
  static constexpr char kKey[] = "tarn_commit_watch";
  explicit CommitWatchState(std::shared_ptr<CommitWatch> who) : watch(std::move(who)) {}
  const std::shared_ptr<CommitWatch> watch;
};

/// Follows a connection's statements. One whose tables others changed while it was being
/// planned is planned anew, once; one that failed half way spoils its transaction.
class StatementWatch final : public duckdb::ClientContextState {
 public:
  static constexpr char kKey[] = "tarn_statement_watch";
  /// For every connection that will be opened.
  static void Register(duckdb::DBConfig& config);

  void Add(IcebergTransaction& transaction);
  void Remove(const IcebergTransaction& transaction);
  void QueryEnd(duckdb::ClientContext& context,
                duckdb::optional_ptr<duckdb::ErrorData> error) override;
  bool CanRequestRebind() override { return true; }
  duckdb::RebindQueryInfo OnPlanningError(duckdb::ClientContext& context,
                                          duckdb::SQLStatement& statement,
                                          duckdb::ErrorData& error) override;

 private:
  std::mutex mutex_;
  std::set<IcebergTransaction*> live_;
};

class IcebergTransactionManager final : public duckdb::TransactionManager {
 public:
  IcebergTransactionManager(duckdb::AttachedDatabase& attached,
                            const table::Context& tarn)
      : duckdb::TransactionManager(attached), tarn_(tarn) {}

  duckdb::Transaction& StartTransaction(duckdb::ClientContext& context) override;
  duckdb::ErrorData CommitTransaction(duckdb::ClientContext& context,
                                      duckdb::Transaction& transaction) override;
  void RollbackTransaction(duckdb::Transaction& transaction) override;
  void Checkpoint(duckdb::ClientContext&, bool) override {}  // every commit is durable

 private:
  std::unique_ptr<IcebergTransaction> Release(duckdb::Transaction& transaction);

  table::Context tarn_;
  std::mutex mutex_;
  std::map<duckdb::Transaction*, std::unique_ptr<IcebergTransaction>> live_;
};

}  // namespace tarn::engine
