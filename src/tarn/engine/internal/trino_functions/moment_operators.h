// Arithmetic of dates, times, timestamps, instants and intervals.
#pragma once

#include <string_view>

#include "tarn/engine/internal/trino_functions/call_rewrite.h"
#include "tarn/engine/internal/trino_functions/function_library.h"

namespace tarn::engine {

/// x + y and x - y where one is of time; nullptr for others. Throw TYPE_MISMATCH for what
/// of time does not go together.
ExpressionPtr SumOfMoments(const BoundCall& call);
ExpressionPtr DifferenceOfMoments(const BoundCall& call);

/// Argument `interval` and a number, by one of two functions, as its type is.
ExpressionPtr ScaledInterval(const BoundCall& call, size_t interval,
                             std::string_view day_time, std::string_view year_month);

/// Throws TYPE_MISMATCH: "Cannot apply operator: date + integer".
[[noreturn]] void ThrowCannotApply(const BoundCall& call, std::string_view symbol);

void AddMomentOperators(FunctionLibrary& library);

}  // namespace tarn::engine
