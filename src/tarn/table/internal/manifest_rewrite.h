// New manifests made from those of a table's head.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/iceberg/manifest.h"
#include "tarn/iceberg/manifest_columns.h"
#include "tarn/iceberg/table_metadata.h"
#include "tarn/table/context.h"
#include "tarn/table/internal/staged_files.h"
#include "tarn/table/internal/summary.h"

namespace tarn::table::internal {

/// Manifests that a write reads or makes at once.
inline constexpr int32_t kManifestThreads = 4;

/// Where rewritten manifests go. All outlive the calls.
struct RewriteTarget {
  const Context& context;
  StagedFiles& staged;
  const iceberg::TableMetadata&
      table;  // as the commit will leave it, without the new snapshot
  iceberg::SnapshotId snapshot_id;  // of the new snapshot
};

/// A manifest of a head and its entries, with what they inherit.
struct OpenedManifest {
  std::shared_ptr<const iceberg::ManifestColumns> columns;
  iceberg::SpecId spec_id;  // as the manifest list says

  size_t size() const { return columns->size(); }
  iceberg::ManifestEntry EntryAt(size_t row) const;
  /// Without column statistics.
  iceberg::DataFile FileAt(size_t row) const;
};

/// By the cache of `context`, if it has one.
Result<OpenedManifest> OpenManifest(const Context& context,
                                    const iceberg::ManifestFile& list_entry);
Result<std::vector<iceberg::ManifestFile>> OpenManifestListOf(
    const Context& context, const iceberg::TableMetadata& table,
    const iceberg::Snapshot& snapshot);

/// What became of one manifest.
struct FilteredManifest {
  iceberg::ManifestFile manifest;
  bool is_rewritten = false;
  FileTotals removed;
  std::vector<iceberg::DataFile> removed_data_files;  // without statistics
};

/// Asks `goes` about each live file of `manifest`. If one goes the manifest is written
/// anew in its own spec: those entries DELETED by the new snapshot, the others EXISTING
/// with the sequence numbers, snapshot ids and row ids that they have (traps 18, 28);
/// else it stays as it is.
using RemovalPredicate =
    std::function<Result<bool>(const OpenedManifest& manifest, size_t row)>;
Result<FilteredManifest> FilterManifest(const RewriteTarget& target,
                                        const iceberg::ManifestFile& manifest,
                                        const RemovalPredicate& goes);

struct RemovedFiles {
  std::vector<iceberg::ManifestFile> manifests;
  FileTotals totals;
};

/// Manifests that mark every live file of `manifests`, data and deletes, as DELETED.
Result<RemovedFiles> RemoveAllFiles(const RewriteTarget& target,
                                    const std::vector<iceberg::ManifestFile>& manifests);

/// Fills in the counts that some v1 manifest lists lack and that later versions require.
Status CompleteCounts(const RewriteTarget& target,
                      std::vector<iceberg::ManifestFile>* manifests);

}  // namespace tarn::table::internal
