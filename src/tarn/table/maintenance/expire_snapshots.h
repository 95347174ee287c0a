// Expiring snapshots (Java's ExpireSnapshots, Spark's expire_snapshots): they leave the
// table's metadata, and files that only they reach are deleted.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/catalog/catalog.h"
#include "tarn/table/context.h"
#include "tarn/table/maintenance/action.h"
#include "tarn/table/maintenance/table_file.h"

namespace tarn::table {

enum class CleanupLevel : uint8_t {
  kNone,          // files stay, for orphan removal to find
  kMetadataOnly,  // manifests, manifest lists and statistics go, content files stay
  kAll,
};

struct ExpireSnapshotsOptions {
  /// Since the Unix epoch; snapshots committed before go. Unset: now less the table's
  /// history.expire.max-snapshot-age-ms (5 days). A branch's own max-snapshot-age-ms
  /// counts instead.
  std::optional<std::chrono::milliseconds> older_than = {};
  /// Snapshots of each branch that stay whatever their age, at least one; unset:
  /// history.expire.min-snapshots-to-keep (1). A branch's own min-snapshots-to-keep
  /// counts instead.
  std::optional<int32_t> retain_last = {};
  /// These go too; alone (without the two above) nothing else goes. None may be the head
  /// of a branch or a tag.
  std::vector<iceberg::SnapshotId> snapshot_ids = {};
  CleanupLevel cleanup_level = CleanupLevel::kAll;
  /// Also removes schemas and partition specs that nothing uses any more.
  bool clean_expired_metadata = false;
  int32_t max_concurrent_deletes = 4;
  DryRun dry_run = DryRun::kNo;
  ActionControl control = {};
};

struct ExpireSnapshotsResult {
  std::vector<iceberg::SnapshotId> expired_snapshot_ids = {};
  std::vector<std::string> expired_refs = {};
  int64_t removed_schemas_count = 0;
  int64_t removed_partition_specs_count = 0;
  int64_t deleted_data_files_count = 0;
  int64_t deleted_position_delete_files_count = 0;
  int64_t deleted_equality_delete_files_count = 0;
  int64_t deleted_manifest_files_count = 0;
  int64_t deleted_manifest_lists_count = 0;
  int64_t deleted_statistics_files_count = 0;
  int64_t deleted_metadata_files_count = 0;
  int64_t deleted_bytes = 0;  // as far as metadata tells sizes: not of manifest lists
  /// What was deleted; of a dry run what would be.
  std::vector<TableFile> files = {};
  /// What could not be deleted: orphan removal finds it. The first reason, if any.
  std::vector<TableFile> failed_files = {};
  std::string first_failure = {};
};

/// Branches and tags older than their max-ref-age-ms (history.expire.max-ref-age-ms;
/// never by default) go first, main never. Then stay: the heads of all refs; of each
/// branch the first retain_last ancestors and, from the head on, those that are young
/// enough; snapshots that no ref reaches, while they are young enough. The removal is
/// committed first, under the condition that no ref has moved, and tried again on
/// conflicts. A file is deleted only if no snapshot that stays reaches it, nor one of
/// another table that shares its directory. With
/// write.metadata.delete-after-commit.enabled metadata files that have left the metadata
/// log are deleted too.
///
/// A crash between commit and the last deletion leaves files that nothing refers to.
/// Errors: kInvalidArgument (gc.enabled is false, a bad property, a snapshot that a ref
/// needs), kNoSuchSnapshot, kCommitConflict, kCommitStateUnknown (nothing is deleted
/// then), kCancelled, those of FileIO.
Result<ExpireSnapshotsResult> ExpireSnapshots(const Context& context,
                                              const iceberg::TableIdent& ident,
                                              const ExpireSnapshotsOptions& options = {});

}  // namespace tarn::table
