#include "tarn/engine/internal/transaction.h"

#include <duckdb/catalog/catalog.hpp>
#include <duckdb/main/client_context.hpp>

#include "tarn/engine/internal/catch_duckdb.h"

namespace tarn::engine {

IcebergTransaction& IcebergTransaction::Get(duckdb::ClientContext& context,
                                            duckdb::Catalog& catalog) {
  return static_cast<IcebergTransaction&>(duckdb::Transaction::Get(context, catalog));
}

duckdb::CatalogEntry* IcebergTransaction::FindEntry(const std::string& schema,
                                                    const std::string& name) {
  const std::lock_guard lock(mutex_);
  const auto found = by_name_.find({schema, name});
  return found == by_name_.end() ? nullptr : found->second;
}

duckdb::CatalogEntry& IcebergTransaction::NameEntry(const std::string& schema,
                                                    const std::string& name,
                                                    duckdb::CatalogEntry& entry) {
  const std::lock_guard lock(mutex_);
  return *by_name_.try_emplace({schema, name}, &entry).first->second;
}

void IcebergTransaction::ForgetEntry(const std::string& schema, const std::string& name) {
  const std::lock_guard lock(mutex_);
  by_name_.erase({schema, name});
}

void CommitError::Set(const Status& status) {
  const std::lock_guard lock(mutex_);
  status_ = status;
}

std::optional<Status> CommitError::Take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(status_, std::nullopt);
}

duckdb::Transaction& IcebergTransactionManager::StartTransaction(
    duckdb::ClientContext& context) {
  auto transaction = std::make_unique<IcebergTransaction>(*this, context, tarn_);
  const std::lock_guard lock(mutex_);
  IcebergTransaction& started = *transaction;
  live_[&started] = std::move(transaction);
  return started;
}

std::unique_ptr<IcebergTransaction> IcebergTransactionManager::Release(
    duckdb::Transaction& transaction) {
  const std::lock_guard lock(mutex_);
  auto node = live_.extract(&transaction);
  return node.empty() ? nullptr : std::move(node.mapped());
}

duckdb::ErrorData IcebergTransactionManager::CommitTransaction(
    duckdb::ClientContext& context, duckdb::Transaction& transaction) {
  // DuckDB does not call RollbackTransaction after a failed commit, so it ends here in
  // any case.
  const auto ended = Release(transaction);
  const Status status = ended->writes().Commit(tarn_);
  if (status.ok()) {
    return {};
  }
  context.registered_state->GetOrCreate<CommitError>(CommitError::kKey)->Set(status);
  return duckdb::ErrorData(duckdb::ExceptionType::TRANSACTION, status.message());
}

void IcebergTransactionManager::RollbackTransaction(duckdb::Transaction& transaction) {
  Release(transaction)->writes().Abort();
}

}  // namespace tarn::engine
