// An Iceberg table as DuckDB's catalog shows it.
#pragma once

#include <memory>
#include <optional>

#include <duckdb/catalog/catalog_entry/table_catalog_entry.hpp>

#include "tarn/base/result.h"
#include "tarn/engine/internal/time_travel.h"
#include "tarn/iceberg/table_ident.h"
#include "tarn/iceberg/table_metadata.h"

namespace tarn::sql {
struct InsertName;
}  // namespace tarn::sql

namespace tarn::engine {

class IcebergTransaction;
class ScanFiles;
struct OwnChanges;
struct StaticPartition;

/// Behind a table's name: INSERT INTO it is INSERT OVERWRITE of the table.
inline constexpr char kOverwriteSuffix[] = "$overwrite";

class TableEntry final : public duckdb::TableCatalogEntry {
 public:
  /// The table in its current state, or in `state`. Throws
  /// duckdb::NotImplementedException for columns that cannot be queried.
  static std::unique_ptr<TableEntry> Make(
      duckdb::SchemaCatalogEntry& owner, const iceberg::TableIdent& ident,
      std::shared_ptr<const iceberg::TableMetadata> metadata,
      std::optional<TableState> state = {});
  /// A table that cannot be loaded: listed without columns, `error` when it is read.
  static std::unique_ptr<TableEntry> MakeBroken(duckdb::SchemaCatalogEntry& owner,
                                                const iceberg::TableIdent& ident,
                                                Status error);

  /// The table under the name that INSERT OVERWRITE and INSERT … PARTITION write to: it
  /// has no columns whose values the clause gives. Throws what ResolvePartition does.
  static std::unique_ptr<TableEntry> MakeInsertTarget(duckdb::ClientContext& context,
                                                      duckdb::SchemaCatalogEntry& owner,
                                                      const TableEntry& table,
                                                      const sql::InsertName& name);

  /// `entry`, the target of a statement that changes rows, as one of ours. Throws for
  /// metadata tables, tables that cannot be loaded, and states that cannot be changed.
  static TableEntry& ForWriting(duckdb::TableCatalogEntry& entry);
  /// The same for statements that change the table itself: not of a branch.
  static TableEntry& ForAltering(duckdb::TableCatalogEntry& entry);

  const iceberg::TableIdent& ident() const { return ident_; }
  /// nullptr for a broken one.
  const std::shared_ptr<const iceberg::TableMetadata>& metadata() const {
    return metadata_;
  }

  const TableState& state() const { return state_; }
  /// What this transaction has done to the table before; nullptr: nothing, or no scan of
  /// it was bound yet.
  const std::shared_ptr<const OwnChanges>& own_changes() const { return own_changes_; }

  /// True if rows that are inserted replace those of their partitions.
  bool is_overwritten() const { return is_overwritten_; }

  /// What a PARTITION clause says; nullptr: there is none.
  const std::shared_ptr<const StaticPartition>& static_partition() const {
    return static_partition_;
  }

  /// What scans of the state's snapshot have planned.
  const std::shared_ptr<ScanFiles>& files() const { return files_; }

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
             std::shared_ptr<const iceberg::TableMetadata> metadata, TableState state,
             Status error);
  /// `partition`: columns that it gives are left out; may be nullptr.
  static std::unique_ptr<TableEntry> Make(
      duckdb::SchemaCatalogEntry& owner, const iceberg::TableIdent& ident,
      std::shared_ptr<const iceberg::TableMetadata> metadata, TableState state,
      const StaticPartition* partition);
  /// Has the entry show what the transaction has changed.
  void ShowOwnChanges(IcebergTransaction& transaction);

  iceberg::TableIdent ident_;
  std::shared_ptr<const iceberg::TableMetadata> metadata_;
  TableState state_;
  Status error_;
  std::shared_ptr<ScanFiles> files_;
  std::shared_ptr<const OwnChanges> own_changes_;
  bool is_overwritten_ = false;
  bool takes_inserts_only_ = false;
  std::shared_ptr<const StaticPartition> static_partition_;
};

}  // namespace tarn::engine
