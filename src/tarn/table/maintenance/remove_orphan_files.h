// Removing files that lie in a table's directory and that nothing refers to (Java's
// DeleteOrphanFiles, Spark's remove_orphan_files).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/catalog/catalog.h"
#include "tarn/io/file_io.h"
#include "tarn/table/context.h"
#include "tarn/table/maintenance/action.h"
#include "tarn/table/maintenance/file_location.h"

namespace tarn::table {

/// What becomes of a file that is referred to under another scheme, authority or base
/// directory (a table that was moved, a bucket with two names, a symbolic link).
enum class PrefixMismatchMode : uint8_t {
  kError,   // the action fails and names them, before anything is deleted
  kIgnore,  // it stays
  kDelete,  // it is an orphan
};

struct RemoveOrphanFilesOptions {
  /// Since the Unix epoch; only files modified before may go. Unset: three days ago.
  std::optional<std::chrono::milliseconds> older_than = {};
  /// Allows an `older_than` of less than 24 hours ago: files of writers that are at work
  /// now look like orphans.
  bool allow_recent = false;
  /// The directory to look in; the table's location if empty.
  std::string location = {};
  /// Looked through instead of listing the directory, as far as they lie in it: a list
  /// that was made before the call. Sizes may be 0.
  std::optional<std::vector<io::FileInfo>> file_list = {};
  PrefixMismatchMode prefix_mismatch_mode = PrefixMismatchMode::kError;
  LocationEquality equality = {};
  int32_t max_concurrent_deletes = 4;
  DryRun dry_run = DryRun::kNo;
  ActionControl control = {};
};

struct RemoveOrphanFilesResult {
  std::vector<io::FileInfo> orphan_files = {};  // sorted; deleted unless it was a dry run
  int64_t orphan_bytes = 0;
  std::vector<std::string> failed_files = {};  // orphans that could not be deleted
  std::string first_failure = {};
};

/// Kept, whatever their age: all that any snapshot, the metadata log, statistics or any
/// other text in the table's metadata names; what other tables of the catalog refer to if
/// their directories overlap, and all in the directories of tables and views inside of
/// this one; files and directories whose name begins with '_' or '.' (unless a partition
/// field's name does, and but for what Tarn's own crashed writers left). The directory is
/// listed before the table is loaded: what is committed meanwhile is referred to by then.
/// Errors: kInvalidArgument (gc.enabled is false, a grace period under 24 hours, a prefix
/// mismatch), kCancelled, those of the catalog and of FileIO; an unreadable manifest or
/// table in the catalog is one: nothing is called an orphan by guess.
Result<RemoveOrphanFilesResult> RemoveOrphanFiles(
    const Context& context, const iceberg::TableIdent& ident,
    const RemoveOrphanFilesOptions& options = {});

}  // namespace tarn::table
