// What a planned statement reads and writes, found in DuckDB's plan of it.
#pragma once

#include <string>

#include <duckdb/parser/sql_statement.hpp>
#include <duckdb/planner/logical_operator.hpp>

#include "tarn/base/result.h"
#include "tarn/engine/engine.h"

namespace duckdb {
class ClientContext;
}  // namespace duckdb

namespace tarn::engine {

/// Plans `statement` and throws the plan away: nothing runs. Throws duckdb exceptions.
ScanEstimate EstimateOf(duckdb::ClientContext& context,
                        duckdb::unique_ptr<duckdb::SQLStatement> statement);

}  // namespace tarn::engine
