// INSERT [OVERWRITE] t PARTITION (p = 'a', q): the clause travels behind the table's
// name, so that DuckDB binds a table that has not the columns whose values the clause
// gives.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <duckdb/common/types/value.hpp>
#include <duckdb/common/vector.hpp>

#include "tarn/base/result.h"
#include "tarn/engine/internal/table_changes.h"
#include "tarn/iceberg/expression.h"
#include "tarn/iceberg/schema.h"
#include "tarn/iceberg/table_metadata.h"
#include "tarn/sql/partition_clause.h"
#include "tarn/table/context.h"

namespace duckdb {
class ClientContext;
class PhysicalOperator;
class PhysicalPlanGenerator;
}  // namespace duckdb

namespace tarn::engine {

/// What a PARTITION clause means for a table.
struct StaticPartition {
  /// The value of each column of the schema that the clause gives; unset: the query's.
  std::vector<std::optional<duckdb::Value>> values;
  /// OVERWRITE where the clause gives every partition column: rows that it replaces. If
  /// unset, those of the partitions that the new rows come to.
  std::optional<iceberg::Expression> replaced = {};
};

/// Values are cast to the columns' types. Throws DuckDB's exceptions: kInvalidArgument
/// for a column that is none of an identity partition's, or a value that does not fit.
StaticPartition ResolvePartition(duckdb::ClientContext& context,
                                 const iceberg::TableMetadata& metadata,
                                 const iceberg::Schema& schema,
                                 const sql::InsertName& name);

/// What of a branch rows that match `rows` are in, as files that go; commits of others
/// that bring such rows conflict. Errors: kInvalidArgument if only some rows of a file
/// may match, and those of table::PlanScan.
Result<RowDelta> ReplacedFiles(
    const table::Context& tarn,
    const std::shared_ptr<const iceberg::TableMetadata>& metadata,
    const std::string& branch, const iceberg::Expression& rows);

/// `plan`, which brings the columns without static ones, with all of them.
duckdb::PhysicalOperator& AddStaticColumns(duckdb::PhysicalPlanGenerator& planner,
                                           const StaticPartition& partition,
                                           duckdb::PhysicalOperator& plan);

}  // namespace tarn::engine
