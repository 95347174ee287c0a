// Trino's two types of intervals. DAY TO SECOND is DuckDB's INTERVAL with days and
// microseconds; YEAR TO MONTH is a type of its own over it, with months alone.
#pragma once

#include <duckdb/common/types.hpp>
#include <duckdb/common/types/interval.hpp>
#include <duckdb/main/database.hpp>

#include "tarn/engine/internal/trino_functions/call_rewrite.h"
#include "tarn/engine/internal/trino_functions/function_library.h"

namespace tarn::engine {

duckdb::LogicalType YearMonthInterval();
bool IsYearMonth(const duckdb::LogicalType& type);

/// Argument `i`, an interval of either type, as DuckDB's.
ExpressionPtr PlainInterval(const BoundCall& call, size_t i);
/// What DuckDB made of an interval of `type`, as an interval of that type.
ExpressionPtr IntervalAs(const BoundCall& call, ExpressionPtr made,
                         const duckdb::LogicalType& type);

void AddIntervals(FunctionLibrary& library);
/// The casts between both types, by which DuckDB's functions take either.
void RegisterIntervalCasts(duckdb::DatabaseInstance& database);

}  // namespace tarn::engine
