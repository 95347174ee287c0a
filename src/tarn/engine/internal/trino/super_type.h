// The type that values of two types are brought to where they meet: in CASE, VALUES,
// ARRAY, UNION and their like.
#pragma once

#include <optional>
#include <string>

#include <duckdb/common/types.hpp>

#include "tarn/engine/internal/trino_functions/call_rewrite.h"

namespace tarn::engine::trino {

/// Trino's common super type; unset where it has none, as of a number and a text.
std::optional<duckdb::LogicalType> CommonTypeOf(const duckdb::LogicalType& left,
                                                const duckdb::LogicalType& right);

/// `value` as a value of `type`, which CommonTypeOf found for it and others.
ExpressionPtr Brought(const BoundCall& call, ExpressionPtr value,
                      const duckdb::LogicalType& type);

/// Trino's name of the type of argument `i`; of a literal text with its length.
std::string NameOfArgument(const BoundCall& call, size_t i);

}  // namespace tarn::engine::trino
