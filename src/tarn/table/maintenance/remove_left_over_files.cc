#include "tarn/table/maintenance/remove_left_over_files.h"

#include <set>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/table/maintenance/internal/file_deletion.h"
#include "tarn/table/maintenance/internal/left_over_search.h"

namespace tarn::table {
namespace {

using internal::LeftOverReferences;

constexpr std::chrono::hours kGracePeriod{1};

Status Judge(LeftOverReferences& references, bool allow_in_doubt, LeftOverFile* file) {
  const std::string& location = file->journaled.location;
  if (references.Contains(location)) {
    file->fate = LeftOverFate::kCommitted;
    return Status::OK();
  }
  // An unfinished part has a name that nothing can refer to.
  if (file->fate != LeftOverFate::kRemoved || file->location != location ||
      allow_in_doubt) {
    return Status::OK();
  }
  ARROW_ASSIGN_OR_RAISE(file->reason,
                        references.DoubtAbout(file->journaled.table, location));
  if (!file->reason.empty()) {
    file->fate = LeftOverFate::kInDoubt;
  }
  return Status::OK();
}

Status Delete(const Context& context, const RemoveLeftOverFilesOptions& options,
              std::vector<LeftOverFile>* left_over) {
  std::vector<TableFile> files;
  for (const LeftOverFile& file : *left_over) {
    if (file.fate == LeftOverFate::kRemoved) {
      files.push_back({file.location, TableFileKind::kData, file.bytes});
    }
  }
  ARROW_ASSIGN_OR_RAISE(
      const internal::FileDeletion deletion,
      internal::DeleteFiles(context.io, files, options.max_concurrent_deletes,
                            options.control));
  std::set<std::string> failed;
  for (const TableFile& file : deletion.failed) {
    failed.insert(file.location);
  }
  for (LeftOverFile& file : *left_over) {
    if (file.fate == LeftOverFate::kRemoved && failed.contains(file.location)) {
      file.fate = LeftOverFate::kFailed;
      file.reason = deletion.first_error.message();
    }
  }
  return Status::OK();
}

bool IsDone(LeftOverFate fate) {
  return fate == LeftOverFate::kRemoved || fate == LeftOverFate::kCommitted ||
         fate == LeftOverFate::kGone;
}

/// A journaled file may have several parts: it is forgotten when all are done with.
std::vector<std::string> DoneWith(const std::vector<LeftOverFile>& left_over) {
  std::set<std::string> done;
  for (const LeftOverFile& file : left_over) {
    done.insert(file.journaled.location);
  }
  for (const LeftOverFile& file : left_over) {
    if (!IsDone(file.fate)) {
      done.erase(file.journaled.location);
    }
  }
  return {done.begin(), done.end()};
}

}  // namespace

std::string_view ToString(LeftOverFate fate) {
  switch (fate) {
    case LeftOverFate::kRemoved:
      return "removed";
    case LeftOverFate::kCommitted:
      return "committed";
    case LeftOverFate::kGone:
      return "gone";
    case LeftOverFate::kYoung:
      return "young";
    case LeftOverFate::kInDoubt:
      return "in doubt";
    case LeftOverFate::kFailed:
      return "failed";
  }
  return "";
}

Result<RemoveLeftOverFilesResult> RemoveLeftOverFiles(
    const Context& context, const std::string& directory,
    const RemoveLeftOverFilesOptions& options) {
  ARROW_ASSIGN_OR_RAISE(storage::JournalContents journals,
                        storage::ReadJournals(directory));
  RemoveLeftOverFilesResult result;
  result.in_hand = std::move(journals.in_hand);
  if (journals.left_over.empty()) {
    return result;
  }
  const auto older_than = options.older_than.value_or(context.clock.Now() - kGracePeriod);
  ARROW_ASSIGN_OR_RAISE(result.left_over,
                        internal::FindLeftOver(context.io, journals.left_over, older_than,
                                               options.control));
  ARROW_ASSIGN_OR_RAISE(
      LeftOverReferences references,
      LeftOverReferences::Make(context, result.left_over, options.control));
  for (LeftOverFile& file : result.left_over) {
    RETURN_NOT_OK(Judge(references, options.allow_in_doubt, &file));
  }
  if (options.dry_run == DryRun::kNo) {
    RETURN_NOT_OK(Delete(context, options, &result.left_over));
    RETURN_NOT_OK(storage::ForgetLeftOver(directory, DoneWith(result.left_over)));
  }
  for (const LeftOverFile& file : result.left_over) {
    result.failed_files_count += file.fate == LeftOverFate::kFailed ? 1 : 0;
    if (file.fate == LeftOverFate::kRemoved) {
      ++result.removed_files_count;
      result.removed_bytes += file.bytes;
    }
  }
  return result;
}

}  // namespace tarn::table
