// New manifests made from those of a table's head.
#pragma once

#include <optional>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/iceberg/manifest.h"
#include "tarn/iceberg/table_metadata.h"
#include "tarn/io/file_io.h"
#include "tarn/table/internal/staged_files.h"
#include "tarn/table/internal/summary.h"

namespace tarn::table::internal {

/// Where rewritten manifests go. All outlive the calls.
struct RewriteTarget {
  io::FileIO& io;
  StagedFiles& staged;
  const iceberg::TableMetadata&
      table;  // as the commit will leave it, without the new snapshot
  iceberg::SnapshotId snapshot_id;  // of the new snapshot
};

struct RemovedFiles {
  std::vector<iceberg::ManifestFile> manifests;
  FileTotals totals;
};

/// Manifests that mark every live file of `manifests`, data and deletes, as DELETED.
Result<RemovedFiles> RemoveAllFiles(const RewriteTarget& target,
                                    const std::vector<iceberg::ManifestFile>& manifests);

/// `carried` with small data manifests of one spec merged, if the head would have more
/// manifests than the table's commit.manifest.min-count-to-merge (100). Merged ones hold
/// about commit.manifest.target-size-bytes (8 MiB). Entries stay live with the sequence
/// numbers, snapshot ids and row ids that they have.
Result<std::vector<iceberg::ManifestFile>> MergeSmallManifests(
    const RewriteTarget& target, std::vector<iceberg::ManifestFile> carried,
    size_t num_added);

/// Fills in the counts that some v1 manifest lists lack and that later versions require.
Status CompleteCounts(const RewriteTarget& target,
                      std::vector<iceberg::ManifestFile>* manifests);

}  // namespace tarn::table::internal
