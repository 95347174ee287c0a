// Results as record batches: of a running query, and of what is known at once.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <arrow/type_fwd.h>
#include <duckdb/main/connection.hpp>
#include <duckdb/main/query_result.hpp>

#include "tarn/base/result.h"
#include "tarn/engine/engine.h"

namespace tarn::engine {

/// A client's connection, shared by its session and the result it reads.
struct SessionConnection {
  explicit SessionConnection(duckdb::DuckDB& database) : duckdb(database) {}
  duckdb::Connection duckdb;
  /// Counts statements: a result of an older one must not touch the connection any more.
  std::atomic<uint64_t> statement = 0;
  /// Of a procedure at work; `steps_total` is 0 if none is, or nobody knows.
  std::atomic<int64_t> steps_done = 0;
  std::atomic<int64_t> steps_total = 0;

  /// The error of `data`, with our own code if a commit of ours failed.
  Status ErrorOf(const duckdb::ErrorData& data, std::string_view sql);
};

/// What Trino's clients are told of a column, as metadata of the schema's field.
struct TrinoColumn {
  std::string type;       // key "trino.type": "decimal(3, 2)"
  std::string zone = {};  // key "trino.zone": in which its instants are shown
};

/// `columns` is empty or has all of them. Errors: that of `result`, if it has one.
Result<std::unique_ptr<ResultStream>> StreamOf(
    std::shared_ptr<SessionConnection> connection,
    duckdb::unique_ptr<duckdb::QueryResult> result, std::string statement_type,
    std::string sql, const std::vector<TrinoColumn>& columns = {});

/// A result without columns and rows: DDL and USE.
std::unique_ptr<ResultStream> EmptyResult(std::string statement_type);

/// A result of texts, all rows at hand; an unset cell is null.
using TextRow = std::vector<std::optional<std::string>>;
Result<std::unique_ptr<ResultStream>> TextResult(std::string statement_type,
                                                 const std::vector<std::string>& columns,
                                                 const std::vector<TextRow>& rows);

/// Rows at hand; `rows` may have none.
std::unique_ptr<ResultStream> RowsResult(std::string statement_type,
                                         std::shared_ptr<arrow::RecordBatch> rows);

}  // namespace tarn::engine
