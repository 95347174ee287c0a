// A metadata table (t$snapshots) as DuckDB's catalog shows it: read-only, its rows made
// while they are read.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include <duckdb/catalog/catalog_entry/table_catalog_entry.hpp>

#include "tarn/catalog/catalog.h"
#include "tarn/table/inspect.h"

namespace tarn::engine {

class MetadataTableEntry final : public duckdb::TableCatalogEntry {
 public:
  /// `name` is the entry's: "orders$files". Throws DuckDB's exceptions: of a snapshot
  /// that the table lacks, or of one for a table that shows them all.
  static std::unique_ptr<MetadataTableEntry> Make(duckdb::ClientContext& context,
                                                  duckdb::SchemaCatalogEntry& owner,
                                                  const std::string& name,
                                                  table::InspectRequest request);

  duckdb::TableFunction GetScanFunction(
      duckdb::ClientContext& context,
      duckdb::unique_ptr<duckdb::FunctionData>& bind_data) override;
  duckdb::unique_ptr<duckdb::BaseStatistics> GetStatistics(
      duckdb::ClientContext& context, duckdb::column_t column) override;
  duckdb::TableStorageInfo GetStorageInfo(duckdb::ClientContext& context) override;
  duckdb::virtual_column_map_t GetVirtualColumns() const override;
  duckdb::vector<duckdb::column_t> GetRowIdColumns() const override;
  void BindUpdateConstraints(duckdb::Binder& binder, duckdb::LogicalGet& get,
                             duckdb::LogicalProjection& projection,
                             duckdb::LogicalUpdate& update,
                             duckdb::ClientContext& context) override;

 private:
  MetadataTableEntry(duckdb::SchemaCatalogEntry& owner, duckdb::CreateTableInfo& info,
                     table::InspectRequest request)
      : duckdb::TableCatalogEntry(owner.ParentCatalog(), owner, info),
        request_(std::move(request)) {}

  table::InspectRequest request_;
};

}  // namespace tarn::engine
