#include "tarn/engine/internal/federation/federated_catalog.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include <duckdb/catalog/catalog.hpp>
#include <duckdb/catalog/catalog_entry/schema_catalog_entry.hpp>
#include <duckdb/catalog/entry_lookup_info.hpp>
#include <duckdb/main/attached_database.hpp>
#include <duckdb/main/client_context.hpp>
#include <duckdb/main/extension_callback_manager.hpp>
#include <duckdb/storage/database_size.hpp>
#include <duckdb/storage/storage_extension.hpp>
#include <duckdb/transaction/transaction_manager.hpp>

#include "tarn/base/error.h"
#include "tarn/engine/internal/catch_duckdb.h"
#include "tarn/engine/internal/create_table_text.h"
#include "tarn/engine/internal/federation/open_server.h"
#include "tarn/engine/internal/transaction.h"

namespace tarn::engine {
namespace {

struct ServerStorageInfo final : public duckdb::StorageExtensionInfo {
  explicit ServerStorageInfo(std::shared_ptr<FederatedServers> all)
      : servers(std::move(all)) {}
  const std::shared_ptr<FederatedServers> servers;
};

/// Stands for the extension's catalog of the same attached database. Entries that
/// look-ups give are the extension's, so that plans and writes go to it directly.
class FederatedCatalog final : public duckdb::Catalog {
 public:
  FederatedCatalog(duckdb::AttachedDatabase& attached, std::string name,
                   ServerConnection connection, std::shared_ptr<FederatedServers> servers)
      : duckdb::Catalog(attached),
        name_(std::move(name)),
        connection_(std::move(connection)),
        servers_(std::move(servers)) {}

  /// Opened by the first who asks; others wait. What failed is tried again by the next.
  OpenedServer& Server() {
    const std::lock_guard lock(mutex_);
    if (!opened_) {
      opened_ = ValueOrThrow(OpenServer(GetAttached(), name_, connection_, *servers_));
    }
    return *opened_;
  }

  void Initialize(bool) override {}
  /// Not the extension's own word, by which its functions would take this for theirs.
  duckdb::string GetCatalogType() override {
    return connection_.kind == ServerKind::kPostgres ? "postgresql server"
                                                     : "mysql server";
  }
  duckdb::string GetDefaultSchema() const override {
    return connection_.kind == ServerKind::kPostgres ? "public" : connection_.database;
  }
  bool InMemory() override { return false; }
  duckdb::string GetDBPath() override { return {}; }
  bool CheckAmbiguousCatalogOrSchema(duckdb::ClientContext&,
                                     const duckdb::string&) override {
    return false;  // would ask the server at every name
  }
  duckdb::optional_idx GetCatalogVersion(duckdb::ClientContext&) override { return {}; }
  duckdb::DatabaseSize GetDatabaseSize(duckdb::ClientContext&) override { return {}; }

  duckdb::optional_ptr<duckdb::SchemaCatalogEntry> LookupSchema(
      duckdb::CatalogTransaction transaction, const duckdb::EntryLookupInfo& lookup,
      duckdb::OnEntryNotFound if_not_found) override {
    return Server().catalog->LookupSchema(transaction, lookup, if_not_found);
  }
  void ScanSchemas(duckdb::ClientContext& context,
                   std::function<void(duckdb::SchemaCatalogEntry&)> callback) override {
    Server().catalog->ScanSchemas(context, std::move(callback));
  }
  duckdb::optional_ptr<duckdb::CatalogEntry> CreateSchema(
      duckdb::CatalogTransaction transaction, duckdb::CreateSchemaInfo& info) override {
    return Server().catalog->CreateSchema(transaction, info);
  }

  duckdb::PhysicalOperator& PlanCreateTableAs(duckdb::ClientContext& context,
                                              duckdb::PhysicalPlanGenerator& planner,
                                              duckdb::LogicalCreateTable& op,
                                              duckdb::PhysicalOperator& plan) override {
    return Server().catalog->PlanCreateTableAs(context, planner, op, plan);
  }
  duckdb::PhysicalOperator& PlanInsert(
      duckdb::ClientContext& context, duckdb::PhysicalPlanGenerator& planner,
      duckdb::LogicalInsert& op,
      duckdb::optional_ptr<duckdb::PhysicalOperator> plan) override {
    return Server().catalog->PlanInsert(context, planner, op, plan);
  }
  using duckdb::Catalog::PlanDelete;
  using duckdb::Catalog::PlanUpdate;
  duckdb::PhysicalOperator& PlanDelete(duckdb::ClientContext& context,
                                       duckdb::PhysicalPlanGenerator& planner,
                                       duckdb::LogicalDelete& op,
                                       duckdb::PhysicalOperator& plan) override {
    return Server().catalog->PlanDelete(context, planner, op, plan);
  }
  duckdb::PhysicalOperator& PlanUpdate(duckdb::ClientContext& context,
                                       duckdb::PhysicalPlanGenerator& planner,
                                       duckdb::LogicalUpdate& op,
                                       duckdb::PhysicalOperator& plan) override {
    return Server().catalog->PlanUpdate(context, planner, op, plan);
  }

 private:
  void DropSchema(duckdb::ClientContext&, duckdb::DropInfo&) override {
    ThrowStatus(
        MakeError(ErrorCode::kNotSupported,
                  "Schemas of another server are not dropped from here: " + name_));
  }
  const std::string name_;
  const ServerConnection connection_;
  const std::shared_ptr<FederatedServers> servers_;
  std::mutex mutex_;
  std::unique_ptr<OpenedServer> opened_;  // guarded by mutex_; never taken back
};

/// The extension's transactions, which its catalog expects of the attached database.
class FederatedTransactions final : public duckdb::TransactionManager {
 public:
  FederatedTransactions(duckdb::AttachedDatabase& attached, FederatedCatalog& catalog)
      : duckdb::TransactionManager(attached), catalog_(catalog) {}

  duckdb::Transaction& StartTransaction(duckdb::ClientContext& context) override {
    return Manager().StartTransaction(context);
  }
  duckdb::ErrorData CommitTransaction(duckdb::ClientContext& context,
                                      duckdb::Transaction& transaction) override {
    if (!transaction.IsReadOnly()) {
      const Status status = TellWatch(context);
      if (!status.ok()) {
        Manager().RollbackTransaction(transaction);
        return duckdb::ErrorData(duckdb::ExceptionType::TRANSACTION, status.message());
      }
    }
    return Manager().CommitTransaction(context, transaction);
  }
  void RollbackTransaction(duckdb::Transaction& transaction) override {
    Manager().RollbackTransaction(transaction);
  }
  void Checkpoint(duckdb::ClientContext&, bool) override {}

 private:
  /// Which tables it changes is the server's affair.
  Status TellWatch(duckdb::ClientContext& context) {
    const auto state =
        context.registered_state->Get<CommitWatchState>(CommitWatchState::kKey);
    return state ? state->watch->BeforeCommit({{.catalog = db.GetName(), .ident = {}}})
                       .status()
                 : Status::OK();
  }
  duckdb::TransactionManager& Manager() { return *catalog_.Server().transactions; }

  FederatedCatalog& catalog_;
};

duckdb::unique_ptr<duckdb::Catalog> AttachServer(
    duckdb::optional_ptr<duckdb::StorageExtensionInfo> info, duckdb::ClientContext&,
    duckdb::AttachedDatabase& db, const duckdb::string& name, duckdb::AttachInfo&,
    duckdb::AttachOptions&) {
  const auto& servers = static_cast<ServerStorageInfo&>(*info).servers;
  auto connection = servers->Find(name);
  if (!connection) {
    ThrowStatus(MakeError(ErrorCode::kInvalidArgument,
                          "Servers become catalogs by CREATE CATALOG or tarn.yaml, not "
                          "by ATTACH: " +
                              name));
  }
  return duckdb::make_uniq<FederatedCatalog>(db, name, *std::move(connection), servers);
}

duckdb::unique_ptr<duckdb::TransactionManager> MakeTransactions(
    duckdb::optional_ptr<duckdb::StorageExtensionInfo>, duckdb::AttachedDatabase& db,
    duckdb::Catalog& catalog) {
  return duckdb::make_uniq<FederatedTransactions>(
      db, static_cast<FederatedCatalog&>(catalog));
}

}  // namespace

std::string AttachServerText(const std::string& name,
                             const ServerConnection& connection) {
  return "ATTACH '' AS " + QuoteIdentifier(name) + " (TYPE " + kServerType +
         (connection.is_read_only ? ", READ_ONLY)" : ", READ_WRITE)");
}

FederatedServers& FederatedServers::Of(duckdb::ClientContext& context) {
  const auto storage =
      duckdb::ExtensionCallbackManager::Get(context).FindStorageExtension(kServerType);
  return *static_cast<ServerStorageInfo&>(*storage->storage_info).servers;
}

Status FederatedServers::Keep(const OtherCatalog& catalog) {
  if (keeper_ != nullptr) {
    RETURN_NOT_OK(keeper_->Put(catalog));
  }
  const std::lock_guard lock(mutex_);
  kept_.insert(catalog.name);
  return Status::OK();
}

Status FederatedServers::Forget(const std::string& name) {
  if (keeper_ != nullptr) {
    RETURN_NOT_OK(keeper_->Remove(name));
  }
  const std::lock_guard lock(mutex_);
  kept_.erase(name);
  return Status::OK();
}

bool FederatedServers::IsKept(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  return kept_.contains(name);
}

Result<std::vector<OtherCatalog>> FederatedServers::Kept() {
  std::vector<OtherCatalog> catalogs;
  if (keeper_ != nullptr) {
    ARROW_ASSIGN_OR_RAISE(catalogs, keeper_->List());
  }
  const std::lock_guard lock(mutex_);
  for (const OtherCatalog& catalog : catalogs) {
    kept_.insert(catalog.name);
  }
  return catalogs;
}

void FederatedServers::Put(const std::string& name, ServerConnection connection) {
  const std::lock_guard lock(mutex_);
  by_name_[name] = std::move(connection);
}

void FederatedServers::Remove(const std::string& name) {
  const std::lock_guard lock(mutex_);
  by_name_.erase(name);
}

std::optional<ServerConnection> FederatedServers::Find(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? std::nullopt : std::optional(found->second);
}

Result<std::string> FederatedServers::ExtensionFile(const std::string& extension) const {
  const std::string file = extension + ".duckdb_extension";
  for (const std::string& directory : extension_directories_) {
    const std::string path = (std::filesystem::path(directory) / file).string();
    std::error_code ignored;
    if (!directory.empty() && std::filesystem::exists(path, ignored)) {
      return path;
    }
  }
  return MakeError(ErrorCode::kNoSuchFile,
                   "DuckDB's extension " + file +
                       " is neither beside the program nor in the home's directory "
                       "extensions; tools/install_deps.sh installs it");
}

void RegisterServers(duckdb::DBConfig& config,
                     std::shared_ptr<FederatedServers> servers) {
  auto extension = duckdb::make_shared_ptr<duckdb::StorageExtension>();
  extension->attach = AttachServer;
  extension->create_transaction_manager = MakeTransactions;
  extension->storage_info =
      duckdb::make_shared_ptr<ServerStorageInfo>(std::move(servers));
  duckdb::StorageExtension::Register(config, kServerType, std::move(extension));
}

}  // namespace tarn::engine
