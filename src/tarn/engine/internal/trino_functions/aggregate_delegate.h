// Aggregates that are DuckDB's own, chosen at bind time by the types of the arguments,
// with or without a last step on what they collected.
#pragma once

#include <string_view>

#include <duckdb/function/aggregate_function.hpp>

#include "tarn/engine/internal/trino_functions/call_rewrite.h"

namespace tarn::engine {

/// Throws what has DuckDB bind again if a parameter among them has no type yet.
void RequireTypes(const Expressions& arguments);

/// Makes `function` DuckDB's aggregate `name` for `arguments`, and binds it.
duckdb::unique_ptr<duckdb::FunctionData> BecomeOwn(duckdb::ClientContext& context,
                                                   std::string_view name,
                                                   duckdb::AggregateFunction& function,
                                                   Expressions& arguments);

/// The function `name` of the schema `trino` with `arguments`, for what an aggregate's
/// binding makes of its arguments. Throws DuckDB's exceptions.
ExpressionPtr OursOf(duckdb::ClientContext& context, std::string_view name,
                     Expressions arguments);

/// An aggregate whose callbacks come from its binding.
duckdb::AggregateFunction UnboundAggregate(std::string_view name, size_t arguments_count,
                                           duckdb::bind_aggregate_function_t bind);

/// What becomes of the rows that a group collected; null for a group without rows.
using Conversion = duckdb::Value (*)(const duckdb::Value& rows,
                                     const duckdb::LogicalType& result);

/// The type of a collected row, from the type of the aggregate's result.
using ElementOf = duckdb::LogicalType (*)(const duckdb::LogicalType& result);

/// Makes `function` collect its arguments (several of them as one struct), finalized by
/// `finalize` into `result`.
duckdb::unique_ptr<duckdb::FunctionData> BecomeCollector(
    duckdb::ClientContext& context, duckdb::AggregateFunction& function,
    Expressions& arguments, duckdb::aggregate_finalize_t finalize,
    const duckdb::LogicalType& result);

/// Finishes groups made by BecomeCollector with `convert`.
void FinishCollected(Conversion convert, ElementOf element, duckdb::Vector& states,
                     duckdb::AggregateInputData& input, duckdb::Vector& result,
                     duckdb::idx_t count, duckdb::idx_t offset);

template <Conversion kConvert, ElementOf kElement>
void FinalizeWith(duckdb::Vector& states, duckdb::AggregateInputData& input,
                  duckdb::Vector& result, duckdb::idx_t count, duckdb::idx_t offset) {
  FinishCollected(kConvert, kElement, states, input, result, count, offset);
}

}  // namespace tarn::engine
