// s3."bucket/path/*.parquet" in FROM: files of an object store as a table.
#pragma once

namespace duckdb {
struct DBConfig;
}  // namespace duckdb

namespace tarn::engine {

/// Before the database is opened. Sessions that do not reach the server read only what is
/// below a root, as with read_parquet.
void RegisterStoreTables(duckdb::DBConfig& config);

}  // namespace tarn::engine
