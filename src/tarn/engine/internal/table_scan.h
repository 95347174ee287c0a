// Scanning an Iceberg table with DuckDB's own Parquet reader: the plan gives the files,
// field ids map the columns, filters prune.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <duckdb/common/table_column.hpp>
#include <duckdb/function/table_function.hpp>

#include "tarn/iceberg/table_metadata.h"
#include "tarn/io/file_io.h"

namespace duckdb {
class ClientContext;
class TableCatalogEntry;
}  // namespace duckdb

namespace tarn::storage {
class DeletedRows;
}  // namespace tarn::storage

namespace tarn::table {
class ManifestCache;
}  // namespace tarn::table

namespace tarn::engine {

class ScanFileList;
class ScanFiles;

struct TableScanSource {
  std::string name;  // "iceberg.sales.orders", for messages and EXPLAIN
  std::shared_ptr<const iceberg::TableMetadata> metadata;
  std::optional<iceberg::SnapshotId> snapshot_id = {};  // the current one if unset
  /// Set: only files that were appended after it, none of whose rows was deleted since.
  std::optional<iceberg::SnapshotId> appended_after = {};
  /// What rows are read with; if unset the current schema for the current snapshot, its
  /// own for any other.
  std::shared_ptr<const iceberg::Schema> schema = nullptr;
  io::FileIO* io = nullptr;                    // outlives the query
  storage::DeletedRows* deletions = nullptr;   // outlives the query
  table::ManifestCache* manifests = nullptr;   // outlives the query; may be null
  duckdb::TableCatalogEntry* entry = nullptr;  // for GetBindInfo
  uint64_t catalog_number = 0;                 // whose files they are (CatalogSources)
  std::shared_ptr<ScanFiles> files = nullptr;  // shared by scans of the same snapshot
};

/// The scan's table function and its bind data. No file is opened. Throws duckdb
/// exceptions.
duckdb::TableFunction BindTableScan(duckdb::ClientContext& context,
                                    const TableScanSource& source,
                                    duckdb::unique_ptr<duckdb::FunctionData>* bind_data);

/// The files of a scan that BindTableScan made; nullptr for other functions.
const ScanFileList* TableScanFiles(const duckdb::TableFunction& function,
                                   const duckdb::FunctionData* bind_data);

/// The scan's virtual columns (filename, file_index, file_row_number, …) and those that
/// identify a row to DELETE, UPDATE and MERGE: the file's number, the row's place in it,
/// and its _row_id. TableCatalogEntry's overrides must say the same as the function.
duckdb::virtual_column_map_t TableScanVirtualColumns();
duckdb::vector<duckdb::column_t> TableScanRowIdColumns();

}  // namespace tarn::engine
