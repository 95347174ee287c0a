// Scanning an Iceberg table with DuckDB's own Parquet reader: the plan gives the files,
// field ids map the columns, filters prune.
#pragma once

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

namespace tarn::engine {

struct TableScanSource {
  std::string name;  // "iceberg.sales.orders", for messages and EXPLAIN
  std::shared_ptr<const iceberg::TableMetadata> metadata;
  std::optional<iceberg::SnapshotId> snapshot_id = {};  // the current one if unset
  io::FileIO* io = nullptr;                             // outlives the query
  duckdb::TableCatalogEntry* entry = nullptr;           // for GetBindInfo
};

/// The scan's table function and its bind data. No file is opened. Throws duckdb
/// exceptions: NotImplemented when the snapshot has delete files that cannot be applied,
/// IO errors of planning.
duckdb::TableFunction BindTableScan(duckdb::ClientContext& context,
                                    const TableScanSource& source,
                                    duckdb::unique_ptr<duckdb::FunctionData>* bind_data);

/// The scan's virtual columns (filename, file_index, file_row_number, …) and those that
/// identify a row; TableCatalogEntry's overrides must say the same as the function.
duckdb::virtual_column_map_t TableScanVirtualColumns();
duckdb::vector<duckdb::column_t> TableScanRowIdColumns();

}  // namespace tarn::engine
