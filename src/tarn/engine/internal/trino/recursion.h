// How often a WITH RECURSIVE may step.
#pragma once

#include <duckdb/main/config.hpp>

namespace tarn::engine::trino {

/// Trino's session property of this name, 10 unless set.
inline constexpr char kMaxRecursionDepth[] = "max_recursion_depth";

/// The function by which the last column of a step says how many steps there were.
inline constexpr char kLimitedDepth[] = "limited_depth";

/// Makes it a setting of every session. Before the database is opened.
void AddRecursionSetting(duckdb::DBConfig& config);

}  // namespace tarn::engine::trino
