// An Iceberg table as DuckDB's catalog shows it.
#pragma once

#include <memory>
#include <optional>

#include <duckdb/catalog/catalog_entry/table_catalog_entry.hpp>

#include "tarn/base/result.h"
#include "tarn/iceberg/table_ident.h"
#include "tarn/iceberg/table_metadata.h"

namespace tarn::engine {

class TableEntry final : public duckdb::TableCatalogEntry {
 public:
  /// Throws duckdb::NotImplementedException for columns that cannot be queried.
  static std::unique_ptr<TableEntry> Make(
      duckdb::SchemaCatalogEntry& owner, const iceberg::TableIdent& ident,
      std::shared_ptr<const iceberg::TableMetadata> metadata);
  /// A table that cannot be loaded: listed without columns, `error` when it is read.
  static std::unique_ptr<TableEntry> MakeBroken(duckdb::SchemaCatalogEntry& owner,
                                                const iceberg::TableIdent& ident,
                                                Status error);

  const iceberg::TableIdent& ident() const { return ident_; }
  /// nullptr for a broken one.
  const std::shared_ptr<const iceberg::TableMetadata>& metadata() const {
    return metadata_;
  }

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
  TableEntry(duckdb::SchemaCatalogEntry& owner, duckdb::CreateTableInfo& info,
             iceberg::TableIdent ident,
             std::shared_ptr<const iceberg::TableMetadata> metadata, Status error);

  iceberg::TableIdent ident_;
  std::shared_ptr<const iceberg::TableMetadata> metadata_;
  Status error_;
};

}  // namespace tarn::engine
