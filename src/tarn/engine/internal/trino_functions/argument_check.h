// Arguments that Trino does not take and DuckDB would cast: texts and truth values where
// a number, bytes or a moment stands.
#pragma once

#include <string_view>

#include <duckdb/function/scalar_function.hpp>

#include "tarn/engine/internal/trino_functions/call_rewrite.h"

namespace tarn::engine {

/// True if a value of type `from` is no argument for `to` in Trino.
bool IsForeign(const duckdb::LogicalType& from, const duckdb::LogicalType& to);

/// Throws FUNCTION_NOT_FOUND that names the types of `arguments`.
[[noreturn]] void ThrowNoFunction(std::string_view name, const Expressions& arguments);

/// The same for an aggregate of numbers whose argument is none.
void CheckNumber(std::string_view name, const Expressions& arguments);

/// Binds a function that has no data: throws FUNCTION_NOT_FOUND for foreign arguments,
/// and for JSON unless the function has it in its name.
duckdb::unique_ptr<duckdb::FunctionData> BindChecked(duckdb::ClientContext& context,
                                                     duckdb::ScalarFunction& function,
                                                     Expressions& arguments);

}  // namespace tarn::engine
