// Which state of a table is meant: the current one, a branch, a tag, a snapshot, a time.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "tarn/base/result.h"
#include "tarn/iceberg/snapshot.h"
#include "tarn/iceberg/table_metadata.h"

namespace duckdb {
class BoundAtClause;
class ClientContext;
}  // namespace duckdb

namespace tarn::engine {

/// A state of a table as queries see it. An old state has the schema it was written with,
/// a branch the table's current one.
struct TableState {
  std::optional<iceberg::SnapshotId> snapshot_id = {};  // unset: no snapshot yet
  std::shared_ptr<const iceberg::Schema> schema;
  std::string branch;  // that writes go to; empty: the state cannot be changed
  bool is_current = false;
  /// Only the rows of files that were appended after it.
  std::optional<iceberg::SnapshotId> appended_after = {};
};

TableState CurrentState(const iceberg::TableMetadata& metadata);

/// What AT (VERSION => …) or AT (TIMESTAMP => …) asks for: a snapshot id, the name of a
/// ref or an id as text, a time since the Unix epoch.
struct AppendedAfter {
  iceberg::SnapshotId snapshot_id;
};
using AsOf = std::variant<iceberg::SnapshotId, std::string, std::chrono::milliseconds,
                          AppendedAfter>;
/// The unit of an AT clause that asks for AppendedAfter a snapshot's id: no grammar has
/// it.
inline constexpr char kAppendedAfterUnit[] = "appended after";

/// Times without a zone are in the session's; numbers are seconds since 1970, as in
/// Spark. Throws DuckDB's exceptions.
AsOf AsOfClause(duckdb::ClientContext& context, const duckdb::BoundAtClause& clause);
/// Different for different states.
std::string KeyOf(const AsOf& as_of);

/// Times go by the log of main's snapshots. Errors: kNoSuchSnapshot.
Result<TableState> StateAsOf(const iceberg::TableMetadata& metadata, const AsOf& as_of);

/// The state that a suffix of a table's name means, in Spark's words: branch_x, tag_x,
/// snapshot_id_1, at_timestamp_1 (milliseconds since 1970); unset for other suffixes.
/// Errors: kNoSuchSnapshot, kInvalidArgument (a tag called branch, or the reverse).
Result<std::optional<TableState>> StateOfSuffix(const iceberg::TableMetadata& metadata,
                                                const std::string& suffix);
/// True if StateOfSuffix may know the suffix.
bool IsStateSuffix(std::string_view suffix);

}  // namespace tarn::engine
