#include "tarn/engine/version.h"

#include <duckdb.h>

namespace tarn::engine {

std::string DuckDbVersion() { return duckdb_library_version(); }

}  // namespace tarn::engine
