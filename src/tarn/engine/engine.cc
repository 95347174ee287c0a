#include "tarn/engine/engine.h"

#include <algorithm>
#include <utility>

#include <duckdb/common/file_system.hpp>
#include <duckdb/main/config.hpp>
#include <duckdb/main/connection.hpp>
#include <duckdb/main/database.hpp>
#include <duckdb/main/materialized_query_result.hpp>

#include "tarn/base/error.h"
#include "tarn/base/spill_directory.h"
#include "tarn/engine/internal/attached_catalog.h"
#include "tarn/engine/internal/cached_query.h"
#include "tarn/engine/internal/catalog_source.h"
#include "tarn/engine/internal/catch_duckdb.h"
#include "tarn/engine/internal/create_table_text.h"
#include "tarn/engine/internal/federation/federated_catalog.h"
#include "tarn/engine/internal/federation/text_filters.h"
#include "tarn/engine/internal/file_system.h"
#include "tarn/engine/internal/metered_memory.h"
#include "tarn/engine/internal/old_rows.h"
#include "tarn/engine/internal/procedures/changelog_query.h"
#include "tarn/engine/internal/procedures/settings.h"
#include "tarn/engine/internal/reach.h"
#include "tarn/engine/internal/result_cache.h"
#include "tarn/engine/internal/session.h"
#include "tarn/engine/internal/store_tables.h"
#include "tarn/engine/internal/system_tables/system_scan.h"
#include "tarn/engine/internal/table_scan_copy.h"
#include "tarn/engine/internal/trino/recursion.h"
#include "tarn/engine/internal/trino/set_operations.h"
#include "tarn/engine/internal/trino/statement.h"
#include "tarn/engine/internal/trino/view_answers.h"
#include "tarn/engine/internal/trino_functions/function_table.h"
#include "tarn/storage/deleted_rows.h"
#include "tarn/table/manifest_cache.h"

namespace tarn::engine {
namespace {

/// What queries share, unless it is shared more widely.
struct OwnCaches {
  std::unique_ptr<storage::DeletedRows> deletions;
  std::unique_ptr<table::ManifestCache> manifests;
};

OwnCaches AddCaches(table::Context* context) {
  constexpr int64_t kManifestBytesMax = int64_t{256} << 20;
  OwnCaches own;
  if (context->deletions == nullptr) {
    own.deletions = std::make_unique<storage::DeletedRows>();
    context->deletions = own.deletions.get();
  }
  if (context->manifests == nullptr) {
    own.manifests = std::make_unique<table::ManifestCache>(kManifestBytesMax);
    context->manifests = own.manifests.get();
  }
  return own;
}

class DuckEngine final : public Engine {
 public:
  DuckEngine(OwnCaches caches, std::unique_ptr<SpillDirectory> spill,
             std::shared_ptr<duckdb::DuckDB> database, SessionRules rules,
             std::shared_ptr<system_tables::ServerLink> server)
      : caches_(std::move(caches)),
        spill_(std::move(spill)),
        database_(std::move(database)),
        rules_(std::move(rules)),
        server_(std::move(server)) {}

  Result<std::unique_ptr<Session>> Connect(const SessionOptions& options) override {
    RETURN_NOT_OK(trino::CheckDialect(options.dialect));
    return CatchDuckDb({}, [&]() -> Result<std::unique_ptr<Session>> {
      return std::make_unique<DuckSession>(database_, rules_, options);
    });
  }

  void SetServerState(std::shared_ptr<const ServerState> state) override {
    server_->Set(std::move(state));
  }

 private:
  OwnCaches caches_;                       // outlive the database
  std::unique_ptr<SpillDirectory> spill_;  // likewise; nullptr: nothing is spilled
  std::shared_ptr<duckdb::DuckDB> database_;
  SessionRules rules_;
  std::shared_ptr<system_tables::ServerLink> server_;
};

void Configure(const EngineOptions& options, const std::string& spill_directory,
               duckdb::DBConfig* config) {
  const auto set = [&](const char* name, duckdb::Value value) {
    config->SetOptionByName(name, value);
  };
  set("autoinstall_known_extensions", duckdb::Value::BOOLEAN(false));
  set("autoload_known_extensions", duckdb::Value::BOOLEAN(false));
  set("allow_community_extensions", duckdb::Value::BOOLEAN(false));
  set("allow_persistent_secrets", duckdb::Value::BOOLEAN(false));
  set("preserve_insertion_order",
      duckdb::Value::BOOLEAN(false));  // writers run in parallel
  set("errors_as_json",
      duckdb::Value::BOOLEAN(true));  // keeps the place of an error; StatusOf reads it
  set("temp_directory", duckdb::Value(spill_directory));
  if (options.threads > 0) {
    set("threads", duckdb::Value::BIGINT(options.threads));
  }
  if (options.memory_bytes_max > 0) {
    set("memory_limit", duckdb::Value(std::to_string(options.memory_bytes_max) + "B"));
  }
}

Status RunSetUp(duckdb::Connection& connection, const std::string& sql) {
  const auto result = connection.Query(sql);
  return result->HasError() ? StatusOf(result->GetErrorObject(), sql) : Status::OK();
}

Status AttachNamed(duckdb::Connection& connection, const std::string& name) {
  return RunSetUp(connection, "ATTACH '' AS " + QuoteIdentifier(name) + " (TYPE " +
                                  kStorageType + ")");
}

/// A server's databases or another REST catalog; nobody is asked yet.
Status AttachOther(duckdb::Connection& connection, const OtherCatalog& other,
                   FederatedServers& servers) {
  const auto type = other.properties.find("type");
  if (type == other.properties.end() || !IsServerConnector(type->second)) {
    return AttachNamed(connection, other.name);
  }
  ARROW_ASSIGN_OR_RAISE(const auto server,
                        ServerConnectionFrom(other.name, type->second, other.properties));
  servers.Put(other.name, server);
  return RunSetUp(connection, AttachServerText(other.name, server));
}

/// The settings' catalogs come first.
Status AddKept(FederatedServers& servers, std::vector<OtherCatalog>* catalogs) {
  ARROW_ASSIGN_OR_RAISE(auto kept, servers.Kept());
  for (OtherCatalog& catalog : kept) {
    if (std::ranges::find(*catalogs, catalog.name, &OtherCatalog::name) ==
        catalogs->end()) {
      catalogs->push_back(std::move(catalog));
    }
  }
  return Status::OK();
}

}  // namespace

Result<std::unique_ptr<Engine>> Engine::Open(const EngineOptions& options,
                                             const table::Context& context) {
  if (!options.local_files) {
    return MakeError(
        ErrorCode::kNotSupported,
        "The engine cannot yet keep SQL away from local files (local_files = false)");
  }
  return CatchDuckDb({}, [&]() -> Result<std::unique_ptr<Engine>> {
    duckdb::DBConfig config;
    auto spill = options.spill_directory.empty()
                     ? nullptr
                     : SpillDirectory::Claim(options.spill_directory);
    Configure(options, spill == nullptr ? "" : spill->path(), &config);
    MeterMemory(&config);
    CachedQuery::Register(config);
    procedures::AddSettings(config);
    trino::AddViewAnswerSetting(config);
    table::Context shared = context;
    OwnCaches caches = AddCaches(&shared);
    const auto sources = std::make_shared<CatalogSources>();
    const auto servers = std::make_shared<FederatedServers>(
        std::vector{options.program_extensions, options.extension_directory},
        options.keeper);
    EngineOptions with_kept = options;
    RETURN_NOT_OK(AddKept(*servers, &with_kept.catalogs));
    RegisterStorage(config, shared, with_kept, sources);
    RegisterServers(config, servers);
    RegisterTextFilters(config);
    RegisterOldRows(config);
    RegisterStoreTables(config);
    RegisterReach(config);
    trino::RegisterSetOperationCheck(config);
    trino::AddRecursionSetting(config);
    auto database = std::make_shared<duckdb::DuckDB>(nullptr, &config);
    duckdb::FileSystem::GetFileSystem(*database->instance)
        .RegisterSubSystem(MakeFileSystem(context.io, sources));
    RegisterTrinoFunctions(*database->instance);
    procedures::RegisterChangelog(*database->instance);
    RegisterTableScanCopies(*database->instance);
    GuardFunctions(*database->instance);
    const auto server = std::make_shared<system_tables::ServerLink>();
    system_tables::RegisterSystemTables(*database->instance, server);
    duckdb::Connection connection(*database);
    const std::string& name = context.catalog.name();
    RETURN_NOT_OK(RunSetUp(connection, "SET GLOBAL TimeZone = 'UTC'"));
    RETURN_NOT_OK(AttachNamed(connection, name));
    for (const OtherCatalog& other : with_kept.catalogs) {
      RETURN_NOT_OK(AttachOther(connection, other, *servers));
    }
    SessionRules rules{.warehouse = name,
                       .extension_directory = options.extension_directory};
    ARROW_ASSIGN_OR_RAISE(rules.file_roots, FileRoots::Make(options.file_roots));
    if (options.result_cache_bytes > 0) {
      rules.results = std::make_shared<ResultCache>(options.result_cache_bytes,
                                                    options.result_cache_entry_bytes);
    }
    return std::make_unique<DuckEngine>(std::move(caches), std::move(spill),
                                        std::move(database), std::move(rules), server);
  });
}

}  // namespace tarn::engine
