#include "tarn/engine/engine.h"

#include <utility>

#include <duckdb/common/file_system.hpp>
#include <duckdb/main/config.hpp>
#include <duckdb/main/connection.hpp>
#include <duckdb/main/database.hpp>
#include <duckdb/main/materialized_query_result.hpp>

#include "tarn/base/error.h"
#include "tarn/engine/internal/attached_catalog.h"
#include "tarn/engine/internal/catalog_source.h"
#include "tarn/engine/internal/catch_duckdb.h"
#include "tarn/engine/internal/create_table_text.h"
#include "tarn/engine/internal/file_system.h"
#include "tarn/engine/internal/session.h"
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
  DuckEngine(OwnCaches caches, std::shared_ptr<duckdb::DuckDB> database,
             SessionRules rules)
      : caches_(std::move(caches)),
        database_(std::move(database)),
        rules_(std::move(rules)) {}

  Result<std::unique_ptr<Session>> Connect() override {
    return CatchDuckDb({}, [&]() -> Result<std::unique_ptr<Session>> {
      return std::make_unique<DuckSession>(database_, rules_);
    });
  }

 private:
  OwnCaches caches_;  // outlive the database
  std::shared_ptr<duckdb::DuckDB> database_;
  SessionRules rules_;
};

void Configure(const EngineOptions& options, duckdb::DBConfig* config) {
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
  set("temp_directory", duckdb::Value(options.spill_directory));
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
    Configure(options, &config);
    table::Context shared = context;
    OwnCaches caches = AddCaches(&shared);
    const auto sources = std::make_shared<CatalogSources>();
    RegisterStorage(config, shared, options, sources);
    auto database = std::make_shared<duckdb::DuckDB>(nullptr, &config);
    duckdb::FileSystem::GetFileSystem(*database->instance)
        .RegisterSubSystem(MakeFileSystem(context.io, sources));
    RegisterTrinoFunctions(*database->instance);
    duckdb::Connection connection(*database);
    const std::string& name = context.catalog.name();
    RETURN_NOT_OK(RunSetUp(connection, "SET GLOBAL TimeZone = 'UTC'"));
    RETURN_NOT_OK(AttachNamed(connection, name));
    for (const OtherCatalog& other : options.catalogs) {
      RETURN_NOT_OK(AttachNamed(connection, other.name));
    }
    SessionRules rules{.warehouse = name,
                       .extension_directory = options.extension_directory};
    return std::make_unique<DuckEngine>(std::move(caches), std::move(database),
                                        std::move(rules));
  });
}

}  // namespace tarn::engine
