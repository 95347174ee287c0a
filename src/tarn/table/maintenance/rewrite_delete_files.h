// Fewer and cheaper delete files, no data file touched (Java's
// RewritePositionDeleteFiles, ConvertEqualityDeleteFiles).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "tarn/base/result.h"
#include "tarn/catalog/catalog.h"
#include "tarn/iceberg/expression.h"
#include "tarn/table/context.h"
#include "tarn/table/maintenance/action.h"

namespace tarn::table {

struct RewriteDeleteFilesOptions {
  /// Only deletes of data files that may hold a matching row.
  iceberg::Expression filter = iceberg::AlwaysTrue();
  /// Position deletes in format version 2: a data file with this many delete files or
  /// more gets one instead.
  int32_t min_input_files = 2;
  std::string branch = iceberg::kMainBranch;
  DryRun dry_run = DryRun::kNo;
  ActionControl control = {};
};

struct RewriteDeleteFilesResult {
  int64_t affected_data_files_count = 0;
  int64_t rewritten_delete_files_count = 0;  // removed
  int64_t rewritten_bytes_count = 0;
  int64_t added_delete_files_count = 0;  // deletion vectors in v3; 0 in a dry run
  int64_t added_bytes_count = 0;
  std::optional<iceberg::SnapshotId> snapshot_id = {};  // unset if nothing was to be done
};

/// Format version 3: position delete files, left from version 2, become one deletion
/// vector for each data file. Version 2: several position delete files of a data file
/// become one of its own.
///
/// Both actions commit operation "replace". A delete file goes once every data file it
/// applies to has its rows in a new one; another that is still needed stays. A data file
/// that went meanwhile, or got new deletes that its new deletion vector does not know, is
/// a conflict. Errors: kInvalidArgument, kNoSuchSnapshot (no such branch),
/// kCommitConflict, kCommitStateUnknown, kCancelled, those of storage and FileIO; no new
/// file is left then, unless the outcome is unknown.
Result<RewriteDeleteFilesResult> RewritePositionDeleteFiles(
    const Context& context, const iceberg::TableIdent& ident,
    const RewriteDeleteFilesOptions& options = {});

/// Equality deletes become deletion vectors (v3) or position deletes (v2) of the data
/// files they hit, merged with what these have. Equality delete files that hit nothing
/// go.
Result<RewriteDeleteFilesResult> ConvertEqualityDeletes(
    const Context& context, const iceberg::TableIdent& ident,
    const RewriteDeleteFilesOptions& options = {});

}  // namespace tarn::table
