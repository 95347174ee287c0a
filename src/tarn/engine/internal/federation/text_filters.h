// Keeps filters on text from MySQL. Its collations take 'a', 'A' and 'a ' for the same
// and order them their own way: it would give rows that SQL here does not mean, or leave
// out some that it does. The filters of a scan without any on text are pushed to the
// server.
#pragma once

namespace duckdb {
struct DBConfig;
}  // namespace duckdb

namespace tarn::engine {

/// Before the database is opened.
void RegisterTextFilters(duckdb::DBConfig& config);

}  // namespace tarn::engine
