// Removing what processes that died while they wrote have left: files of the write
// journals (storage/write_journal.h) that no snapshot refers to.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/storage/write_journal.h"
#include "tarn/table/context.h"
#include "tarn/table/maintenance/action.h"

namespace tarn::table {

enum class LeftOverFate : uint8_t {
  kRemoved,    // or would be, in a dry run
  kCommitted,  // a table refers to it: its process died after the commit
  kGone,       // nothing was left of it
  kYoung,      // a commit of it may still be under way somewhere
  kInDoubt,    // a table that the catalog does not have may refer to it: see `reason`
  kFailed,     // could not be deleted: see `reason`
};
std::string_view ToString(LeftOverFate fate);

struct LeftOverFile {
  storage::JournaledFile journaled;
  /// What there is on the store: the file, or its unfinished part under another name;
  /// empty if there is nothing.
  std::string location = {};
  int64_t bytes = 0;
  LeftOverFate fate = LeftOverFate::kRemoved;
  std::string reason = {};
};

struct RemoveLeftOverFilesOptions {
  /// Since the Unix epoch; only what was last written and journaled before may go. Unset:
  /// an hour ago, twice as long as commits are tried by default.
  std::optional<std::chrono::milliseconds> older_than = {};
  /// No other catalog has tables here, and none is made without the catalog: files that
  /// are in doubt may go.
  bool allow_in_doubt = false;
  int32_t max_concurrent_deletes = 4;
  DryRun dry_run = DryRun::kNo;
  ActionControl control = {};
};

struct RemoveLeftOverFilesResult {
  std::vector<storage::JournaledFile> in_hand = {};  // of processes that live
  std::vector<LeftOverFile> left_over = {};
  int64_t removed_files_count = 0;
  int64_t removed_bytes = 0;
  int64_t failed_files_count = 0;
};

/// Looks at the journals in `directory` first and at the tables then: what is committed
/// meanwhile is referred to by then. A file stays if any snapshot of any table of the
/// catalog that puts files where it lies refers to it, whatever its ref; for a table that
/// the catalog does not have, if a metadata file in its directory does. What is done with
/// is taken off the journals. Errors: kCancelled, those of the journals, the catalog and
/// FileIO; a table that cannot be read is one: nothing is deleted by guess.
Result<RemoveLeftOverFilesResult> RemoveLeftOverFiles(
    const Context& context, const std::string& directory,
    const RemoveLeftOverFilesOptions& options = {});

}  // namespace tarn::table
