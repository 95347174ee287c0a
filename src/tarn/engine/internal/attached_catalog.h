// The warehouse, or a catalog beside it, as a database attached to DuckDB.
#pragma once

#include <functional>
#include <string>

#include <duckdb/catalog/catalog.hpp>
#include <duckdb/main/config.hpp>
#include <duckdb/storage/storage_extension.hpp>

#include "tarn/engine/engine.h"
#include "tarn/engine/internal/catalog_source.h"
#include "tarn/engine/internal/schema_entry.h"
#include "tarn/table/write.h"

namespace tarn::engine {

/// The type name in ATTACH '' AS iceberg (TYPE tarn).
inline constexpr char kStorageType[] = "tarn";
/// The schema of names without one until USE chooses another: Spark's, which a warehouse
/// may or may not have.
inline constexpr char kDefaultSchema[] = "default";

/// Makes ATTACH know kStorageType, for the warehouse and the catalogs of `options`, and
/// kRestType. Before the database is opened. `sources` receives those of other servers.
void RegisterStorage(duckdb::DBConfig& config, const table::Context& tarn,
                     const EngineOptions& options,
                     std::shared_ptr<CatalogSources> sources);

/// Thread-safe: all state is in transactions.
class AttachedCatalog final : public duckdb::Catalog {
 public:
  AttachedCatalog(duckdb::AttachedDatabase& attached,
                  std::shared_ptr<CatalogSource> source, uint64_t source_number)
      : duckdb::Catalog(attached),
        source_(std::move(source)),
        source_number_(source_number) {}

  /// `catalog` as one of ours; nullptr if it is DuckDB's own or an extension's.
  static AttachedCatalog* From(duckdb::Catalog& catalog);

  const table::Context& tarn() const { return source_->tarn(); }
  /// Among CatalogSources; 0 for the warehouse.
  uint64_t source_number() const { return source_number_; }

  void Initialize(bool) override {}
  duckdb::string GetCatalogType() override { return kStorageType; }
  duckdb::string GetDefaultSchema() const override { return kDefaultSchema; }
  bool InMemory() override { return false; }
  bool SupportsTimeTravel() const override { return true; }
  duckdb::string GetDBPath() override { return {}; }
  duckdb::DatabaseSize GetDatabaseSize(duckdb::ClientContext& context) override;
  duckdb::CatalogLookupBehavior CatalogTypeLookupRule(
      duckdb::CatalogType type) const override;
  bool CheckAmbiguousCatalogOrSchema(duckdb::ClientContext& context,
                                     const duckdb::string& schema) override;

  /// The schema of a namespace, by name; nullptr if there is none.
  SchemaEntry* FindSchema(duckdb::ClientContext& context, const std::string& name);

  duckdb::optional_ptr<duckdb::CatalogEntry> CreateSchema(
      duckdb::CatalogTransaction transaction, duckdb::CreateSchemaInfo& info) override;
  duckdb::optional_ptr<duckdb::SchemaCatalogEntry> LookupSchema(
      duckdb::CatalogTransaction transaction, const duckdb::EntryLookupInfo& lookup,
      duckdb::OnEntryNotFound if_not_found) override;
  void ScanSchemas(duckdb::ClientContext& context,
                   std::function<void(duckdb::SchemaCatalogEntry&)> callback) override;

  duckdb::ErrorData SupportsCreateTable(duckdb::BoundCreateTableInfo& info) override;
  duckdb::PhysicalOperator& PlanCreateTableAs(duckdb::ClientContext& context,
                                              duckdb::PhysicalPlanGenerator& planner,
                                              duckdb::LogicalCreateTable& op,
                                              duckdb::PhysicalOperator& plan) override;
  duckdb::PhysicalOperator& PlanInsert(
      duckdb::ClientContext& context, duckdb::PhysicalPlanGenerator& planner,
      duckdb::LogicalInsert& op,
      duckdb::optional_ptr<duckdb::PhysicalOperator> plan) override;

  using duckdb::Catalog::PlanDelete;
  using duckdb::Catalog::PlanUpdate;
  duckdb::PhysicalOperator& PlanDelete(duckdb::ClientContext& context,
                                       duckdb::PhysicalPlanGenerator& planner,
                                       duckdb::LogicalDelete& op,
                                       duckdb::PhysicalOperator& plan) override;
  duckdb::PhysicalOperator& PlanUpdate(duckdb::ClientContext& context,
                                       duckdb::PhysicalPlanGenerator& planner,
                                       duckdb::LogicalUpdate& op,
                                       duckdb::PhysicalOperator& plan) override;
  duckdb::PhysicalOperator& PlanMergeInto(duckdb::ClientContext& context,
                                          duckdb::PhysicalPlanGenerator& planner,
                                          duckdb::LogicalMergeInto& op,
                                          duckdb::PhysicalOperator& plan) override;
  // Refused.
  duckdb::unique_ptr<duckdb::LogicalOperator> BindCreateIndex(
      duckdb::Binder& binder, duckdb::CreateStatement& statement,
      duckdb::TableCatalogEntry& table,
      duckdb::unique_ptr<duckdb::LogicalOperator> plan) override;
  duckdb::unique_ptr<duckdb::LogicalOperator> BindAlterAddIndex(
      duckdb::Binder& binder, duckdb::TableCatalogEntry& table,
      duckdb::unique_ptr<duckdb::LogicalOperator> plan,
      duckdb::unique_ptr<duckdb::CreateIndexInfo> create_info,
      duckdb::unique_ptr<duckdb::AlterTableInfo> alter_info) override;

 private:
  const std::shared_ptr<CatalogSource> source_;
  const uint64_t source_number_;

  void DropSchema(duckdb::ClientContext& context, duckdb::DropInfo& info) override;
  SchemaEntry& EntryOf(IcebergTransaction& transaction, const iceberg::Namespace& ns);
};

}  // namespace tarn::engine
