// Planning a scan: from a snapshot and a filter to the files that must be read.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/iceberg/data_file.h"
#include "tarn/iceberg/expression.h"
#include "tarn/iceberg/manifest.h"
#include "tarn/iceberg/table_metadata.h"
#include "tarn/io/file_io.h"

namespace tarn::table {

class ManifestCache;
struct Context;

struct ScanRequest {
  std::shared_ptr<const iceberg::TableMetadata> metadata;
  std::optional<iceberg::SnapshotId> snapshot_id = {};  // the current one if unset
  /// What rows are read with; if unset the current schema for the current snapshot, its
  /// own for any other (a branch other than main has the current one, too).
  std::shared_ptr<const iceberg::Schema> schema = nullptr;
  iceberg::Expression filter =
      iceberg::AlwaysTrue();  // unbound or bound to `metadata`'s scan schema
  bool keep_stats =
      false;  // column statistics in the planned files (min/max from metadata, NDV…)
  int32_t threads_max = 4;  // manifests decoded at once
  /// Where parsed manifests are kept; nullptr: they are read for this plan alone.
  ManifestCache* manifests = nullptr;
  /// Whoever asked may have gone: looked at before each manifest is read.
  std::stop_token stop = {};
};

/// One data file to read, its partition values in the types that its spec has under the
/// plan's schema. Deletes that apply to it are listed beside it.
struct FileScanTask {
  iceberg::DataFile file;
  iceberg::SequenceNumber data_sequence_number;
  std::vector<std::shared_ptr<const iceberg::ManifestEntry>> deletes = {};
};

struct ScanPlan {
  /// The table's current schema for the current snapshot, its own schema for any other.
  std::shared_ptr<const iceberg::Schema> schema;
  iceberg::Expression filter = iceberg::AlwaysTrue();  // bound to `schema`, without Not
  std::vector<FileScanTask> tasks;                     // in the order of the manifests
  int64_t manifests = 0;                               // data manifests in the snapshot
  int64_t manifests_skipped = 0;
  int64_t entries = 0;  // live entries looked at
  int64_t files_skipped =
      0;                     // live entries that were pruned, of manifests that were read
  int64_t delete_files = 0;  // live delete files in the snapshot
  /// Delete manifests that were not read: none of their files can apply to a task.
  int64_t delete_manifests_skipped = 0;
  std::chrono::microseconds elapsed{0};
};

/// Errors: kNoSuchSnapshot, kNoSuchColumn, kInvalidData, kCancelled, and those of FileIO.
Result<ScanPlan> PlanScan(io::FileIO& io, const ScanRequest& request);
/// The same with the files and the cache of `context`.
Result<ScanPlan> PlanScan(const Context& context, ScanRequest request);

/// kCancelled if `stop` was requested.
Status CheckNotStopped(const std::stop_token& stop);

/// Manifests of a snapshot, v1's embedded list included.
Result<std::vector<iceberg::ManifestFile>> LoadManifests(
    io::FileIO& io, const iceberg::TableMetadata& metadata,
    const iceberg::Snapshot& snapshot);

/// Files under the table's location that nothing in its metadata (any snapshot, metadata
/// log, statistics) refers to, and that were modified before `older_than` (since the Unix
/// epoch; leave the files of writers at work alone). Sorted by location. Deletes nothing.
/// An unreadable manifest is an error: nothing is called unreferenced by guess.
Result<std::vector<io::FileInfo>> ListUnreferencedFiles(
    io::FileIO& io, const std::string& metadata_location,
    const iceberg::TableMetadata& metadata, std::chrono::milliseconds older_than);

}  // namespace tarn::table
