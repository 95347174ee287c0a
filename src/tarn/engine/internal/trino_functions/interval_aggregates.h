// sum and avg of intervals, which give intervals of the same type.
#pragma once

#include <duckdb/function/aggregate_function.hpp>

namespace tarn::engine {

duckdb::AggregateFunction SumOfIntervals(const duckdb::LogicalType& type);
duckdb::AggregateFunction AverageOfIntervals(const duckdb::LogicalType& type);

}  // namespace tarn::engine
