// The values of literals.
#pragma once

#include <string>
#include <string_view>

#include <duckdb/common/types/value.hpp>

#include "tarn/base/result.h"
#include "tarn/sql/expression.h"

namespace tarn::engine::trino {

/// Digits, 0x…, 0o…, 0b…: integer if the value fits, else bigint. Errors: kSyntax.
Result<duckdb::Value> IntegerValue(const std::string& text);
/// "1.50" is decimal(3, 2). Errors: kInvalidArgument over 38 digits.
Result<duckdb::Value> DecimalValue(std::string_view text);
/// Errors: kInvalidArgument out of range.
Result<duckdb::Value> DoubleValue(const std::string& text);
/// Day to second intervals have microseconds only, year to month intervals months.
/// Errors: kInvalidArgument.
Result<duckdb::Value> IntervalValue(const sql::node::Interval& interval);

/// What TIMESTAMP '…' and TIME '…' say about themselves.
struct TimeText {
  int32_t precision = 0;  // digits after the second
  bool has_zone = false;
  std::string_view zone = {};  // of the text; empty without one
};
TimeText LookAtTime(std::string_view text);

}  // namespace tarn::engine::trino
