// Types of a query's result that its text knows better than DuckDB's types.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <duckdb/common/types.hpp>

#include "tarn/engine/internal/result_stream.h"
#include "tarn/sql/query.h"

namespace tarn::engine::trino {

/// Trino's text of the expression's type; empty if only binding tells it.
std::string WrittenType(const sql::Expression& expression);

/// One for each column, texts empty where the query says nothing; none at all for queries
/// whose columns are not written out. `parameters` are the values of "?".
std::vector<TrinoColumn> WrittenColumns(
    const sql::Query& query, const std::vector<sql::ExpressionPtr>& parameters);

/// All columns of a result: as written, else of DuckDB's type and in the session's zone.
std::vector<TrinoColumn> ResultColumns(duckdb::ClientContext& context,
                                       const std::vector<TrinoColumn>& written,
                                       const duckdb::vector<duckdb::LogicalType>& types);

/// The digits that "time(3)" or "timestamp(1) with time zone" says; unset for others.
std::optional<int32_t> DigitsOfTime(const std::string& type);

}  // namespace tarn::engine::trino
