// What changed in a table between two snapshots, as a query over its states.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <duckdb/main/database.hpp>

#include "tarn/base/result.h"
#include "tarn/iceberg/snapshot.h"
#include "tarn/iceberg/table_metadata.h"
#include "tarn/table/incremental_scan.h"

namespace tarn::engine::procedures {

/// The function that a changelog's view reads: kChangelogFunction(catalog, schema, table,
/// start or NULL, end or NULL, form, [identifier columns]).
inline constexpr char kChangelogFunction[] = "tarn_table_changes";

enum class ChangelogForm : uint8_t {
  kChanges,     // rows that came and went, without those that were only carried over
  kNetChanges,  // the difference between the ends of the range
  kUpdates,     // changes; a row that went and came as another is an update
  kTrino,       // changes with the columns of Trino's table_changes
};
/// "changes", "net", "updates", "trino".
std::string NameOf(ChangelogForm form);

struct ChangelogRange {
  std::optional<iceberg::SnapshotId> start = {};  // exclusive; unset: from the beginning
  std::optional<iceberg::SnapshotId> end = {};    // unset: the table has none yet
};

/// The query's text. `table` is the full name in SQL's quotes; `plan` is that of the
/// range. Columns are the table's current ones, found by id in older states. Errors:
/// kNotSupported (a nested column whose type changed in the range), kNoSuchSnapshot (what
/// went was in a snapshot that has expired).
Result<std::string> ChangelogQuery(const std::string& table,
                                   const iceberg::TableMetadata& metadata,
                                   const table::ChangelogPlan& plan, ChangelogForm form,
                                   const std::vector<std::string>& identifiers);

/// Makes kChangelogFunction known.
void RegisterChangelog(duckdb::DatabaseInstance& database);

}  // namespace tarn::engine::procedures
