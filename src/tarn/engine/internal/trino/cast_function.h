// Which function casts to a type (trino_functions/value_casts.cc and its kin).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <duckdb/common/types/value.hpp>

#include "tarn/base/result.h"
#include "tarn/sql/ast.h"

namespace tarn::engine::trino {

/// cast_decimal(x, 10, 2): `extras` come after the value.
struct CastFunction {
  std::string name;
  std::vector<duckdb::Value> extras = {};
};

/// `target` is CastTarget of `type`. Unset where there is no cast to it.
std::optional<CastFunction> CastFunctionOf(const sql::TypeName& type,
                                           const duckdb::LogicalType& target);

/// DuckDB's type of what a cast to `type` gives, at which char(n) is text. Errors: those
/// of TypeOf.
Result<duckdb::LogicalType> CastTarget(const sql::TypeName& type);

/// The type as a text that ParseTrinoType reads.
std::string TextOf(const sql::TypeName& type);

/// True if DuckDB's type says all of the written one: no lengths, no digits of seconds.
bool IsPlain(const sql::TypeName& type);

}  // namespace tarn::engine::trino
