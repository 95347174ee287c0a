// A namespace of the warehouse as DuckDB's schema.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include <duckdb/catalog/catalog_entry/schema_catalog_entry.hpp>

#include "tarn/engine/internal/catalog_view.h"
#include "tarn/engine/internal/time_travel.h"
#include "tarn/engine/internal/transaction.h"
#include "tarn/iceberg/table_ident.h"

namespace tarn::engine {

class SchemaEntry final : public duckdb::SchemaCatalogEntry {
 public:
  SchemaEntry(duckdb::Catalog& owner, duckdb::CreateSchemaInfo& info,
              iceberg::Namespace ns)
      : duckdb::SchemaCatalogEntry(owner, info), ns_(std::move(ns)) {}

  const iceberg::Namespace& ns() const { return ns_; }

  /// A table or view by name, or else what "table$suffix" means: a metadata table, a
  /// branch, a tag; a table in its state as of `as_of`. nullptr if there is none. Throws
  /// when it cannot be loaded, and for a state that the table does not have.
  duckdb::CatalogEntry* Find(duckdb::ClientContext& context, const std::string& name,
                             const std::optional<AsOf>& as_of = {});

  duckdb::optional_ptr<duckdb::CatalogEntry> LookupEntry(
      duckdb::CatalogTransaction transaction,
      const duckdb::EntryLookupInfo& lookup) override;
  duckdb::SimilarCatalogEntry GetSimilarEntry(
      duckdb::CatalogTransaction transaction,
      const duckdb::EntryLookupInfo& lookup) override;
  void Scan(duckdb::ClientContext& context, duckdb::CatalogType wanted,
            const std::function<void(duckdb::CatalogEntry&)>& callback) override;
  void Scan(duckdb::CatalogType wanted,
            const std::function<void(duckdb::CatalogEntry&)>& callback) override;

  duckdb::optional_ptr<duckdb::CatalogEntry> CreateTable(
      duckdb::CatalogTransaction transaction,
      duckdb::BoundCreateTableInfo& info) override;
  duckdb::optional_ptr<duckdb::CatalogEntry> CreateView(
      duckdb::CatalogTransaction transaction, duckdb::CreateViewInfo& info) override;
  void DropEntry(duckdb::ClientContext& context, duckdb::DropInfo& info) override;
  void Alter(duckdb::CatalogTransaction transaction, duckdb::AlterInfo& info) override;

  // Refused: the warehouse holds tables and views only.
  duckdb::optional_ptr<duckdb::CatalogEntry> CreateIndex(
      duckdb::CatalogTransaction transaction, duckdb::CreateIndexInfo& info,
      duckdb::TableCatalogEntry& table) override;
  duckdb::optional_ptr<duckdb::CatalogEntry> CreateFunction(
      duckdb::CatalogTransaction transaction, duckdb::CreateFunctionInfo& info) override;
  duckdb::optional_ptr<duckdb::CatalogEntry> CreateSequence(
      duckdb::CatalogTransaction transaction, duckdb::CreateSequenceInfo& info) override;
  duckdb::optional_ptr<duckdb::CatalogEntry> CreateTableFunction(
      duckdb::CatalogTransaction transaction,
      duckdb::CreateTableFunctionInfo& info) override;
  duckdb::optional_ptr<duckdb::CatalogEntry> CreateCopyFunction(
      duckdb::CatalogTransaction transaction,
      duckdb::CreateCopyFunctionInfo& info) override;
  duckdb::optional_ptr<duckdb::CatalogEntry> CreatePragmaFunction(
      duckdb::CatalogTransaction transaction,
      duckdb::CreatePragmaFunctionInfo& info) override;
  duckdb::optional_ptr<duckdb::CatalogEntry> CreateCollation(
      duckdb::CatalogTransaction transaction, duckdb::CreateCollationInfo& info) override;
  duckdb::optional_ptr<duckdb::CatalogEntry> CreateType(
      duckdb::CatalogTransaction transaction, duckdb::CreateTypeInfo& info) override;

 private:
  duckdb::CatalogEntry* MakeEntry(IcebergTransaction& transaction,
                                  const CatalogObject& object,
                                  const std::optional<AsOf>& as_of = {});
  /// "view$fresh"; nullptr if there is no such view.
  duckdb::CatalogEntry* MakeFreshView(duckdb::ClientContext& context,
                                      const std::string& view_name);
  /// "table$suffix"; nullptr if there is no such table or the suffix means nothing.
  duckdb::CatalogEntry* MakeSuffixedEntry(duckdb::ClientContext& context,
                                          const std::string& name,
                                          const std::optional<AsOf>& as_of);
  duckdb::CatalogEntry& MakeListedEntry(duckdb::ClientContext& context,
                                        const std::string& name);

  iceberg::Namespace ns_;
};

/// Refuses what cannot be undone inside BEGIN … COMMIT. `what`: "DROP TABLE".
void RequireAutocommit(duckdb::ClientContext& context, const std::string& what);

}  // namespace tarn::engine
