// Trino's types as DuckDB's, and their names.
//
// A timestamp's precision is carried by DuckDB's four timestamp types: up to 0, 3, 6 and
// 9 digits.
#pragma once

#include <string>

#include <duckdb/common/types.hpp>

#include "tarn/base/result.h"
#include "tarn/sql/ast.h"

namespace tarn::engine::trino {

/// Errors: kNotSupported naming the type, kInvalidArgument for a precision out of range.
Result<duckdb::LogicalType> TypeOf(const sql::TypeName& type);

/// DuckDB's timestamp type that keeps so many digits. Errors: kNotSupported over 9.
Result<duckdb::LogicalType> TimestampOf(int32_t precision);

/// Trino's text of the type: "decimal(3, 2)", "array(integer)".
std::string NameOf(const duckdb::LogicalType& type);
/// As written, with Trino's default parameters: "timestamp" is "timestamp(3)".
std::string NameOf(const sql::TypeName& type);

}  // namespace tarn::engine::trino
