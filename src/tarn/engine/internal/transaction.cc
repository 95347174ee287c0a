#include "tarn/engine/internal/transaction.h"

#include <duckdb/catalog/catalog.hpp>
#include <duckdb/main/attached_database.hpp>
#include <duckdb/main/client_context.hpp>
#include <duckdb/planner/extension_callback.hpp>

#include "tarn/base/error.h"
#include "tarn/engine/internal/catch_duckdb.h"
#include "tarn/iceberg/table_metadata.h"

namespace tarn::engine {

IcebergTransaction& IcebergTransaction::Get(duckdb::ClientContext& context,
                                            duckdb::Catalog& catalog) {
  return static_cast<IcebergTransaction&>(duckdb::Transaction::Get(context, catalog));
}

duckdb::CatalogEntry* IcebergTransaction::FindEntry(const std::string& schema,
                                                    const std::string& name) {
  const std::lock_guard lock(mutex_);
  const auto found = by_name_.find({schema, name});
  return found == by_name_.end() || !IsCurrent(found->second) ? nullptr
                                                              : found->second.entry;
}

/// Schemas stay what they are. Changes of rows are done when a statement looks names up,
/// so that one statement sees one entry.
bool IcebergTransaction::IsCurrent(const Named& named) const {
  return named.entry->type == duckdb::CatalogType::SCHEMA_ENTRY ||
         named.version == writes_.version();
}

duckdb::CatalogEntry& IcebergTransaction::NameEntry(const std::string& schema,
                                                    const std::string& name,
                                                    duckdb::CatalogEntry& entry) {
  const std::lock_guard lock(mutex_);
  Named& kept = by_name_.try_emplace({schema, name}, Named{&entry, writes_.version()})
                    .first->second;
  if (!IsCurrent(kept)) {
    kept = {&entry, writes_.version()};
  }
  return *kept.entry;
}

void IcebergTransaction::ForgetEntry(const std::string& schema, const std::string& name) {
  const std::lock_guard lock(mutex_);
  by_name_.erase({schema, name});
}

void IcebergTransaction::EndStatement(bool has_failed) {
  if (has_failed && writes_.version() != version_before_) {
    writes_.Spoil();
  }
  version_before_ = writes_.version();
}

void IcebergTransaction::LookAgain() {
  view_.LookAgain();
  const std::lock_guard lock(mutex_);
  by_name_.clear();
}

void CommitError::Set(const Status& status) {
  const std::lock_guard lock(mutex_);
  status_ = status;
}

std::optional<Status> CommitError::Take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(status_, std::nullopt);
}

namespace {

/// Tells the session's watch, if it has one.
PendingWrites::Announce AnnouncerOf(duckdb::ClientContext& context, std::string catalog) {
  const auto state =
      context.registered_state->Get<CommitWatchState>(CommitWatchState::kKey);
  if (!state) {
    return {};
  }
  return [watch = state->watch, catalog = std::move(catalog)](
             const std::vector<table::WriteRequest>& requests) {
    std::vector<TableToCommit> tables;
    for (const table::WriteRequest& request : requests) {
      tables.push_back({.catalog = catalog,
                        .ident = request.ident,
                        .new_table_uuid = request.create == nullptr
                                              ? std::string()
                                              : request.create->table_uuid});
    }
    return watch->BeforeCommit(tables);
  };
}

duckdb::shared_ptr<StatementWatch> WatchOf(duckdb::ClientContext& context) {
  return context.registered_state->GetOrCreate<StatementWatch>(StatementWatch::kKey);
}

struct WatchConnections final : public duckdb::ExtensionCallback {
  void OnConnectionOpened(duckdb::ClientContext& context) override { WatchOf(context); }
};

}  // namespace

void StatementWatch::Register(duckdb::DBConfig& config) {
  duckdb::ExtensionCallback::Register(config,
                                      duckdb::make_shared_ptr<WatchConnections>());
}

void StatementWatch::QueryEnd(duckdb::ClientContext&,
                              duckdb::optional_ptr<duckdb::ErrorData> error) {
  const std::lock_guard lock(mutex_);
  for (IcebergTransaction* transaction : live_) {
    transaction->EndStatement(error != nullptr);
  }
}

void StatementWatch::Add(IcebergTransaction& transaction) {
  const std::lock_guard lock(mutex_);
  live_.insert(&transaction);
}

void StatementWatch::Remove(const IcebergTransaction& transaction) {
  const std::lock_guard lock(mutex_);
  std::erase_if(live_, [&](const auto* live) { return live == &transaction; });
}

duckdb::RebindQueryInfo StatementWatch::OnPlanningError(duckdb::ClientContext&,
                                                        duckdb::SQLStatement&,
                                                        duckdb::ErrorData&) {
  const std::lock_guard lock(mutex_);
  auto answer = duckdb::RebindQueryInfo::DO_NOT_REBIND;
  for (IcebergTransaction* transaction : live_) {
    if (transaction->view().is_torn()) {
      transaction->LookAgain();
      answer = duckdb::RebindQueryInfo::ATTEMPT_TO_REBIND;
    }
  }
  return answer;
}

duckdb::Transaction& IcebergTransactionManager::StartTransaction(
    duckdb::ClientContext& context) {
  auto transaction = std::make_unique<IcebergTransaction>(*this, context, tarn_);
  const std::lock_guard lock(mutex_);
  IcebergTransaction& started = *transaction;
  WatchOf(context)->Add(started);
  live_[&started] = std::move(transaction);
  return started;
}

std::unique_ptr<IcebergTransaction> IcebergTransactionManager::Release(
    duckdb::Transaction& transaction) {
  const std::lock_guard lock(mutex_);
  auto node = live_.extract(&transaction);
  if (node.empty()) {
    return nullptr;
  }
  if (const auto context = transaction.context.lock()) {
    WatchOf(*context)->Remove(*node.mapped());
  }
  return std::move(node.mapped());
}

duckdb::ErrorData IcebergTransactionManager::CommitTransaction(
    duckdb::ClientContext& context, duckdb::Transaction& transaction) {
  // DuckDB does not call RollbackTransaction after a failed commit, so it ends here in
  // any case.
  const auto ended = Release(transaction);
  Status status = ended->writes().Commit(AnnouncerOf(context, db.GetName()));
  if (status.ok()) {
    return {};
  }
  if (ended->is_explicit() && CodeOf(status) == ErrorCode::kCommitConflict) {
    status = WithContext("Transaction conflict: ", status);
  }
  context.registered_state->GetOrCreate<CommitError>(CommitError::kKey)->Set(status);
  return duckdb::ErrorData(duckdb::ExceptionType::TRANSACTION, status.message());
}

void IcebergTransactionManager::RollbackTransaction(duckdb::Transaction& transaction) {
  Release(transaction)->writes().Abort();
}

}  // namespace tarn::engine
