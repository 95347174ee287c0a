// Rows as they were, for RETURNING of DELETE and of MERGE's DELETE: DuckDB's binder has
// these statements bring no more of a row than where it is.
#pragma once

namespace duckdb {
struct DBConfig;
}  // namespace duckdb

namespace tarn::engine {

/// Has plans with RETURNING bring all columns of the rows that they delete, before the
/// optimizer sees them. LogicalDelete::expressions hold them after the rows' ids;
/// BoundMergeIntoAction::expressions of a DELETE hold them, then the rows' ids.
void RegisterOldRows(duckdb::DBConfig& config);

}  // namespace tarn::engine
