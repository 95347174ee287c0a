// The version of the DuckDB library that is loaded; opens no database.
#pragma once

#include <string>

namespace tarn::engine {

std::string DuckDbVersion();  // "v1.5.5"

}  // namespace tarn::engine
