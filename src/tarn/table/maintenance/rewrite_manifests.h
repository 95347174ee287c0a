// Rewriting manifests (Java's RewriteManifests, Spark's rewrite_manifests): the same
// files in fewer manifests, each about few partitions, so that scans skip more and open
// less.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "tarn/base/result.h"
#include "tarn/catalog/catalog.h"
#include "tarn/iceberg/snapshot.h"
#include "tarn/table/context.h"
#include "tarn/table/maintenance/action.h"

namespace tarn::table {

struct RewriteManifestsOptions {
  /// Only manifests of this partition spec; all, each spec by itself, if unset.
  std::optional<iceberg::SpecId> spec_id = {};
  /// Unset: the table's commit.manifest.target-size-bytes (8 MiB).
  std::optional<int64_t> target_size_bytes = {};
  /// Also rewrites manifests that are of a good size and about partitions of their own.
  bool rewrite_all = false;
  std::string branch = iceberg::kMainBranch;
  DryRun dry_run = DryRun::kNo;
  ActionControl control = {};
};

struct RewriteManifestsResult {
  int64_t rewritten_manifests_count = 0;
  int64_t rewritten_bytes = 0;
  int64_t added_manifests_count = 0;  // of a dry run: an estimate
  int64_t added_bytes = 0;            // of a dry run: 0
  int64_t entries_count = 0;          // live entries in the new manifests
  std::optional<iceberg::SnapshotId> snapshot_id = {};  // unset if nothing was to be done
};

/// Live entries, sorted by partition, become EXISTING entries of new manifests with the
/// snapshot ids, sequence numbers and row ids that they have; entries of removed files
/// are left out. Data and delete manifests stay apart. Manifests committed meanwhile are
/// carried; if one that was rewritten has gone, the work is done again on the new head.
/// Left as they are: manifests whose partition source was dropped from the schema, and in
/// v3 those that have no row ids yet (the next commit assigns them). Holds the entries of
/// at most some 250 000 files in memory at once. Errors: kNotSupported (format version
/// 1), kNoSuchSnapshot (no such branch), kCommitConflict, kCommitStateUnknown,
/// kCancelled, those of FileIO.
Result<RewriteManifestsResult> RewriteManifests(
    const Context& context, const iceberg::TableIdent& ident,
    const RewriteManifestsOptions& options = {});

}  // namespace tarn::table
