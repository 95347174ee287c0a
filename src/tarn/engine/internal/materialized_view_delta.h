// What a refresh has to compute: all rows anew, or only what rows that were appended to
// the base tables add.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <duckdb/parser/statement/select_statement.hpp>

#include "tarn/base/result.h"
#include "tarn/engine/internal/materialized_view.h"

namespace tarn::engine {

enum class RefreshKind : uint8_t {
  kNothing,  // the base tables have grown by no rows
  kAppend,   // `rows` are added to those that are there
  kMerge,    // `rows` take the place of those that are there, out of which they are made
};

struct DeltaRefresh {
  RefreshKind kind = RefreshKind::kNothing;
  duckdb::unique_ptr<duckdb::SelectStatement> rows = nullptr;
};

/// Where the storage table is.
struct StorageName {
  std::string catalog;
  std::string schema;
  std::string table;
};

/// For `query`, a view's with full names, whose rows as of `state` are in `storage`.
/// Unset if all must be computed anew: the query is no SELECT of inner joins with filters
/// and projections, or with count, sum, min and max by keys that are all among its
/// columns; or a base table has lost rows, or is not the same any more. Floating-point
/// sums depend on the order of rows, and keys of such numbers on which of two equals is
/// met first: neither is added to. May throw DuckDB's exceptions.
Result<std::optional<DeltaRefresh>> PlanDelta(duckdb::ClientContext& context,
                                              const duckdb::SelectStatement& query,
                                              const RefreshState& state,
                                              const iceberg::TableMetadata& storage,
                                              const StorageName& name);

/// Whether `query` reads other tables than those of attached Iceberg catalogs.
bool ReadsOthers(duckdb::ClientContext& context, const duckdb::SelectStatement& query);

}  // namespace tarn::engine
