// Turns a write request into a snapshot on a given head.
#pragma once

#include <optional>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/iceberg/manifest.h"
#include "tarn/iceberg/snapshot.h"
#include "tarn/iceberg/table_metadata.h"
#include "tarn/table/internal/staged_files.h"
#include "tarn/table/internal/summary.h"
#include "tarn/table/write.h"

namespace tarn::table::internal {

/// Builds the request's snapshot anew for each head it is tried on; manifests of the
/// added files are written once and used again. Thread-compatible. `context` and
/// `request` outlive it.
class SnapshotBuilder {
 public:
  SnapshotBuilder(const Context& context, const WriteRequest& request)
      : context_(context), request_(request), staged_(context.io, context.random) {}

  /// Writes manifests and manifest list of snapshot `id` on `parent` (nullptr: the table
  /// is empty). `table` is the table as the commit will leave it but for the snapshot.
  /// `id` is the same in every call.
  Result<iceberg::Snapshot> Build(const iceberg::TableMetadata& table,
                                  const iceberg::Snapshot* parent,
                                  iceberg::SnapshotId id);

  /// Deletes what was written, but for what `committed` (nullptr: nothing) refers to.
  void CleanUp(const iceberg::Snapshot* committed);

 private:
  struct AddedFiles {
    int32_t format_version = 0;
    std::vector<iceberg::ManifestFile> manifests;
    FileTotals totals;
  };
  /// What one call of Build made: which manifests its list names.
  struct Attempt {
    std::string manifest_list;
    std::vector<std::string> manifests;
  };

  Status WriteAddedFiles(const iceberg::TableMetadata& table, iceberg::SnapshotId id);
  Result<std::vector<iceberg::ManifestFile>> ManifestsOf(
      const iceberg::TableMetadata& table, const iceberg::Snapshot* parent,
      iceberg::SnapshotId id, FileTotals* removed);

  const Context& context_;
  const WriteRequest& request_;
  StagedFiles staged_;
  std::optional<AddedFiles> added_;
  std::vector<Attempt> attempts_;
};

}  // namespace tarn::table::internal
