// Iceberg types and values as DuckDB's, and back.
#pragma once

#include <optional>

#include <duckdb/common/types.hpp>
#include <duckdb/common/types/value.hpp>

#include "tarn/base/result.h"
#include "tarn/iceberg/type.h"

namespace tarn::engine {

/// unknown is DuckDB's NULL type, geography its GEOMETRY, and timestamptz_ns its
/// TIMESTAMP WITH TIME ZONE, which has microseconds: the rest is cut off. Throws
/// duckdb::NotImplementedException for a struct without fields.
duckdb::LogicalType LogicalTypeOf(const iceberg::Type& type);

/// Children get ids counted up from `*next_id`. Errors: kNotSupported naming the type.
Result<iceberg::Type> IcebergTypeOf(const duckdb::LogicalType& type,
                                    iceberg::FieldId* next_id);

/// Null becomes a typed NULL.
duckdb::Value DuckValueOf(const iceberg::Type& type, const iceberg::Value& value);

/// A constant that a filter compares a column of `type` with; unset when it has no exact
/// Iceberg value.
std::optional<iceberg::Value> IcebergValueOf(const iceberg::Type& type,
                                             const duckdb::Value& value);

}  // namespace tarn::engine
