// DuckDB's filters as Iceberg expressions, for pruning only: a file that the result
// excludes has no matching row; what cannot be said in Iceberg's terms becomes "true".
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "tarn/iceberg/expression.h"
#include "tarn/iceberg/schema.h"

namespace duckdb {
class BoundColumnRefExpression;
class Expression;
class TableFilter;
}  // namespace duckdb

namespace tarn::engine {

/// The field that a bound column reference of this scan names; nullptr for others and
/// virtual columns.
using ColumnLookup =
    std::function<const iceberg::Field*(const duckdb::BoundColumnRefExpression&)>;

/// Bound to `schema`, without Not. DuckDB orders NaN after every number and holds -0.0
/// equal to 0.0, Iceberg's bounds do neither: the result allows for both.
iceberg::Expression PruningFilter(const duckdb::Expression& filter,
                                  const iceberg::Schema& schema,
                                  const ColumnLookup& lookup);

/// The same for a filter that the executor pushes into the scan of `field`; boundaries
/// that a running Top-N moves are read as they are now.
iceberg::Expression PruningFilter(const duckdb::TableFilter& filter,
                                  const iceberg::Schema& schema,
                                  const iceberg::Field& field);

/// The same if it accepts exactly the rows that DuckDB's filter accepts; else unset.
std::optional<iceberg::Expression> ExactFilter(const duckdb::TableFilter& filter,
                                               const iceberg::Schema& schema,
                                               const iceberg::Field& field);

}  // namespace tarn::engine
