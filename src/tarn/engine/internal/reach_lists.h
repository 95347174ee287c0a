// Which of DuckDB's functions, settings and pragmas a session may use that reaches tables
// only. Every name is in one list: what is in none is refused, and reach_test.cc fails.
#pragma once

#include <cstdint>
#include <string_view>

namespace tarn::engine {

enum class Reach : uint8_t {
  kTables,   // values, and names that SQL knows
  kSetting,  // reads a setting, which must be in the list of settings
  kFiles,    // reads the files that its arguments name
  kServer,   // refused
  kUnknown,  // refused: of a newer DuckDB, or of an extension
};

/// Scalar and aggregate functions. Macros mean what their texts call.
Reach ReachOfFunction(std::string_view name);
Reach ReachOfTableFunction(std::string_view name);
/// Settings that a session has for itself; `name` in lower case.
bool IsSessionSetting(std::string_view name);
/// Pragmas that list names.
bool IsListingPragma(std::string_view name);

}  // namespace tarn::engine
