// Removing delete files that no longer apply to any data file (Java's
// RemoveDanglingDeleteFiles).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "tarn/base/result.h"
#include "tarn/catalog/catalog.h"
#include "tarn/table/context.h"
#include "tarn/table/maintenance/action.h"

namespace tarn::table {

struct RemoveDanglingDeletesOptions {
  std::string branch = iceberg::kMainBranch;
  DryRun dry_run = DryRun::kNo;
  ActionControl control = {};
};

struct RemoveDanglingDeletesResult {
  int64_t removed_delete_files_count = 0;
  int64_t removed_bytes = 0;
  std::optional<iceberg::SnapshotId> snapshot_id = {};  // unset if nothing was to be done
};

/// A delete file dangles if scan planning gives it to no data file of the head: the files
/// it was about are gone, or all of its partition are newer. That cannot change any more:
/// data files that keep an old sequence number only replace others that have it. Errors:
/// kNoSuchSnapshot, kInvalidArgument, kCommitConflict, kCommitStateUnknown, kCancelled,
/// those of FileIO.
Result<RemoveDanglingDeletesResult> RemoveDanglingDeletes(
    const Context& context, const iceberg::TableIdent& ident,
    const RemoveDanglingDeletesOptions& options = {});

}  // namespace tarn::table
