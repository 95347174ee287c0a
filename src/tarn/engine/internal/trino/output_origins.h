// Which tables a query's columns are of, for DESCRIBE OUTPUT.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tarn/engine/internal/trino/statement_host.h"
#include "tarn/sql/query.h"

namespace tarn::engine::trino {

/// The table or view that a column is of, empty for what is computed; whether the query
/// gives it a name.
struct ColumnOrigin {
  std::string catalog = {};
  std::string schema = {};
  std::string table = {};
  bool is_aliased = false;
};

/// One for each of the `count` columns of `query`, in order; empty ones where the query's
/// text does not tell (UNNEST without names). May throw DuckDB's exceptions.
std::vector<ColumnOrigin> OriginsOf(const sql::Query& query, std::string_view text,
                                    StatementHost& host, size_t count);

}  // namespace tarn::engine::trino
