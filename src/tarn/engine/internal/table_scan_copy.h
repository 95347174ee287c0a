// Copies of plans with table scans. DuckDB copies a plan by writing it down and reading
// it back, and looks up a scan's function by its name then (a WITH query that is named
// more than once, for example).
#pragma once

#include <duckdb/function/table_function.hpp>

namespace duckdb {
class DatabaseInstance;
}  // namespace duckdb

namespace tarn::engine {

/// Makes scans by `function` copyable within this process.
void MakeCopyable(duckdb::TableFunction* function);

/// The entry that copies are read back through; the schema `trino` must be there.
void RegisterTableScanCopies(duckdb::DatabaseInstance& database);

}  // namespace tarn::engine
