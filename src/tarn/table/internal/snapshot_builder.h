// Turns a write request into a snapshot on a given head.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/iceberg/manifest.h"
#include "tarn/iceberg/snapshot.h"
#include "tarn/iceberg/table_metadata.h"
#include "tarn/table/internal/conflict_checker.h"
#include "tarn/table/internal/file_removal.h"
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
      : context_(context),
        request_(request),
        staged_(context),
        conflicts_(context, request) {}

  /// Checks for conflicts and writes manifests and manifest list of snapshot `id` on
  /// `parent` (nullptr: the branch is empty). `table` is the table as the commit will
  /// leave it but for the snapshot. `id` is the same in every call. nullopt if a row
  /// delta finds nothing to change. Errors: kCommitConflict, kInvalidArgument, and those
  /// of FileIO.
  Result<std::optional<iceberg::Snapshot>> Build(const iceberg::TableMetadata& table,
                                                 const iceberg::Snapshot* parent,
                                                 iceberg::SnapshotId id);

  /// What a commit of the snapshot that Build made last has to do first of all.
  std::vector<iceberg::TableUpdate> UpdatesToAdd(iceberg::Snapshot snapshot) {
    return staged_.UpdatesToAdd(std::move(snapshot));
  }

  /// Deletes what was written, but for what `committed` (nullptr: nothing) refers to.
  void CleanUp(const iceberg::Snapshot* committed);

 private:
  using Manifests = std::vector<iceberg::ManifestFile>;

  struct AddedFiles {
    int32_t format_version = 0;
    Manifests manifests;
    FileTotals totals;
  };
  /// What one call of Build made: which manifests its list names.
  struct Attempt {
    std::string manifest_list;
    std::vector<std::string> manifests;
  };

  Status WriteAddedFiles(const iceberg::TableMetadata& table, iceberg::SnapshotId id);
  Result<RemainingFiles> Remaining(const iceberg::TableMetadata& table,
                                   const iceberg::Snapshot* parent,
                                   iceberg::SnapshotId id);
  Status CheckRewrittenRows(const FileTotals& removed) const;
  Status WriteList(const iceberg::TableMetadata& table, const Manifests& manifests,
                   iceberg::Snapshot* snapshot);

  const Context& context_;
  const WriteRequest& request_;
  StagedFiles staged_;
  ConflictChecker conflicts_;
  std::optional<AddedFiles> added_;
  std::vector<Attempt> attempts_;
};

}  // namespace tarn::table::internal
