// UNION, INTERSECT and EXCEPT between columns of types that go together.
#pragma once

#include <duckdb/main/config.hpp>

namespace tarn::engine::trino {

/// Refuses set operations of this dialect (the translator marks their sides with kSide)
/// whose columns have no common type: TYPE_MISMATCH. Before the database is opened.
void RegisterSetOperationCheck(duckdb::DBConfig& config);

}  // namespace tarn::engine::trino
