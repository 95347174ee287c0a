// What was appended, and what changed, between two snapshots of a table (Java's
// IncrementalAppendScan and IncrementalChangelogScan, here also over delete files).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/iceberg/expression.h"
#include "tarn/iceberg/table_metadata.h"
#include "tarn/io/file_io.h"
#include "tarn/table/scan.h"

namespace tarn::table {

enum class StartOfRange : uint8_t {
  kExclusive,  // changes after the snapshot, which may be expired
  kInclusive,  // its own changes too
};

struct IncrementalRequest {
  std::shared_ptr<const iceberg::TableMetadata> metadata;
  /// Unset: from the first ancestor of `to` that is still there.
  std::optional<iceberg::SnapshotId> from = {};
  StartOfRange start = StartOfRange::kExclusive;
  std::optional<iceberg::SnapshotId> to = {};  // unset: the current snapshot
  /// Rows are judged by the table's current schema, with which they are read.
  iceberg::Expression filter = iceberg::AlwaysTrue();
  bool keep_stats = false;
  int32_t threads_max = 4;
  ManifestCache* manifests = nullptr;  // nullptr: they are read for this plan alone
  std::stop_token stop = {};           // as ScanRequest's
};

/// Files that append operations of the range added; overwrites, deletes and replaces in
/// between are passed over, and no deletes are applied: ScanPlan::tasks come without.
/// Errors: kNoSuchSnapshot, kInvalidArgument (the start is no ancestor of the end; the
/// end is the exclusive start), kNoSuchColumn, kInvalidData, kCancelled, those of FileIO.
Result<ScanPlan> PlanAppends(io::FileIO& io, const IncrementalRequest& request);

enum class ChangeOperation : uint8_t { kInsert, kDelete };

/// Rows of one data file that one snapshot added or removed.
struct ChangelogTask {
  ChangeOperation operation = ChangeOperation::kInsert;
  int32_t ordinal = 0;  // of the snapshot in the range, from 0
  iceberg::SnapshotId commit_snapshot_id;
  iceberg::DataFile file;
  iceberg::SequenceNumber data_sequence_number;
  /// Deletes whose rows are not part of the change: those gone before a delete, or, of an
  /// insert, those that the same snapshot deleted again.
  std::vector<std::shared_ptr<const iceberg::ManifestEntry>> existing_deletes = {};
  /// Only for deletes: the change is the rows that these take away. Empty: the whole file
  /// went. A vector among them repeats what `existing_deletes` have taken away already.
  std::vector<std::shared_ptr<const iceberg::ManifestEntry>> added_deletes = {};
};

struct ChangelogPlan {
  std::shared_ptr<const iceberg::Schema> schema;       // the table's current one
  iceberg::Expression filter = iceberg::AlwaysTrue();  // bound to `schema`
  std::vector<iceberg::SnapshotId> snapshots;          // by ordinal
  std::vector<ChangelogTask> tasks;                    // by ordinal, deletes first
};

/// Changes of the range, without snapshots that only rewrote files (operation "replace").
/// Errors as PlanAppends.
Result<ChangelogPlan> PlanChangelog(io::FileIO& io, const IncrementalRequest& request);

/// A row that a changelog scan gave. `row` is the same for rows with the same values.
struct ChangedRow {
  ChangeOperation operation = ChangeOperation::kInsert;
  int32_t ordinal = 0;
  std::string_view row;
};

/// Indexes, ascending, of the rows that are left without those that a snapshot deleted
/// and inserted again unchanged, as rewriting a file for some of its rows does: one
/// delete is matched with one insert of its own snapshot.
std::vector<size_t> RemoveCarryOvers(std::span<const ChangedRow> rows);

/// The same over all snapshots: what remains is the difference between the table before
/// the range and after it.
std::vector<size_t> NetChanges(std::span<const ChangedRow> rows);

}  // namespace tarn::table
