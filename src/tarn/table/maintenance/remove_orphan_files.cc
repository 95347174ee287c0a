#include "tarn/table/maintenance/remove_orphan_files.h"

#include <algorithm>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/table/maintenance/internal/expiry.h"
#include "tarn/table/maintenance/internal/file_deletion.h"
#include "tarn/table/maintenance/internal/orphan_search.h"
#include "tarn/table/maintenance/internal/shared_files.h"

namespace tarn::table {
namespace {

using catalog::LoadedTable;
using internal::OrphanSearch;
using internal::PrefixMismatch;

constexpr std::chrono::hours kGracePeriod{72};
constexpr std::chrono::hours kShortestGracePeriod{24};

Result<std::chrono::milliseconds> OlderThan(const Clock& clock,
                                            const RemoveOrphanFilesOptions& options) {
  const std::chrono::milliseconds now = clock.Now();
  const std::chrono::milliseconds older_than =
      options.older_than.value_or(now - kGracePeriod);
  const bool deletes = options.dry_run == DryRun::kNo;
  if (deletes && !options.allow_recent && older_than > now - kShortestGracePeriod) {
    return MakeError(
        ErrorCode::kInvalidArgument,
        "Orphan files younger than 24 hours may belong to writers that are at work; "
        "use a longer grace period, or allow recent files if nothing writes");
  }
  return older_than;
}

Status MismatchError(const std::string& table, const PrefixMismatch& first,
                     size_t count) {
  return MakeError(
      ErrorCode::kInvalidArgument,
      "Cannot tell orphans of " + table + ": " + std::to_string(count) +
          " files are referred to under another prefix; name equal schemes and "
          "authorities, or choose how to treat them: " +
          first.file.location + " is referred to as " + first.referenced_as);
}

class OrphanRemoval {
 public:
  OrphanRemoval(const Context& context, const iceberg::TableIdent& ident,
                const RemoveOrphanFilesOptions& options)
      : context_(context), ident_(ident), options_(options) {}

  Result<RemoveOrphanFilesResult> Run() {
    ARROW_ASSIGN_OR_RAISE(older_than_, OlderThan(context_.clock, options_));
    ARROW_ASSIGN_OR_RAISE(LoadedTable table, context_.catalog.LoadTable(ident_));
    RETURN_NOT_OK(internal::CheckGarbageCollection(*table.metadata, "remove orphan files",
                                                   ident_.ToString()));
    directory_ = options_.location.empty() ? table.metadata->location : options_.location;
    options_.control.Report("list files", 0, 0);
    std::vector<io::FileInfo> files;
    if (options_.file_list.has_value()) {
      files = *options_.file_list;
    } else {
      ARROW_ASSIGN_OR_RAISE(files, context_.io.List(directory_));
    }
    // From here on: everything committed until now is seen.
    const std::string uuid = table.metadata->table_uuid;
    ARROW_ASSIGN_OR_RAISE(table, context_.catalog.LoadTable(ident_));
    if (table.metadata->table_uuid != uuid) {
      return MakeError(ErrorCode::kCommitConflict,
                       "Table was dropped and made anew while its orphan files were "
                       "looked for; run the action again: " +
                           ident_.ToString());
    }
    KeepOldAndVisible(*table.metadata, &files);
    RemoveOrphanFilesResult result;
    if (!files.empty()) {
      ARROW_ASSIGN_OR_RAISE(result.orphan_files, Orphans(table, std::move(files)));
    }
    for (const io::FileInfo& file : result.orphan_files) {
      result.orphan_bytes += file.size_bytes;
    }
    if (options_.dry_run == DryRun::kNo) {
      RETURN_NOT_OK(Delete(&result));
    }
    return result;
  }

 private:
  void KeepOldAndVisible(const iceberg::TableMetadata& metadata,
                         std::vector<io::FileInfo>* files) const {
    const FileLocation base = ParseFileLocation(directory_, options_.equality);
    std::erase_if(*files, [&](const io::FileInfo& file) {
      const FileLocation location = ParseFileLocation(file.location, options_.equality);
      const bool is_inside = LiesIn(location, base);
      const std::string_view below =
          std::string_view(location.path).substr(is_inside ? base.path.size() : 0);
      return file.modified >= older_than_ || !is_inside ||
             internal::IsHidden(
                 below.substr(std::min<size_t>(below.starts_with('/'), below.size())),
                 metadata);
    });
  }

  Result<std::vector<io::FileInfo>> Orphans(const LoadedTable& table,
                                            std::vector<io::FileInfo> files) const {
    ARROW_ASSIGN_OR_RAISE(
        OrphanSearch found,
        internal::SearchOrphans(context_.io, table, directory_, std::move(files),
                                options_.equality, options_.control));
    std::vector<io::FileInfo> orphans = std::move(found.orphans);
    if (!found.mismatches.empty()) {
      if (options_.prefix_mismatch_mode == PrefixMismatchMode::kError) {
        return MismatchError(ident_.ToString(), found.mismatches.front(),
                             found.mismatches.size());
      }
      if (options_.prefix_mismatch_mode == PrefixMismatchMode::kDelete) {
        for (PrefixMismatch& mismatch : found.mismatches) {
          orphans.push_back(std::move(mismatch.file));
        }
        std::ranges::sort(orphans, {}, &io::FileInfo::location);
      }
    }
    if (orphans.empty()) {
      return orphans;
    }
    ARROW_ASSIGN_OR_RAISE(
        const internal::SharedFiles shared,
        internal::FindSharedFiles(context_, table, {ParseFileLocation(directory_)},
                                  internal::IfUnreadable::kFail, options_.control));
    std::erase_if(orphans, [&](const io::FileInfo& file) {
      const FileLocation location = ParseFileLocation(file.location);
      return shared.referenced.Contains(file.location) ||
             std::ranges::any_of(shared.directories, [&](const FileLocation& other) {
               return LiesIn(location, other);
             });
    });
    return orphans;
  }

  Status Delete(RemoveOrphanFilesResult* result) const {
    std::vector<TableFile> files;
    for (const io::FileInfo& file : result->orphan_files) {
      files.push_back({file.location, TableFileKind::kData, file.size_bytes});
    }
    ARROW_ASSIGN_OR_RAISE(
        const internal::FileDeletion deletion,
        internal::DeleteFiles(context_.io, files, options_.max_concurrent_deletes,
                              options_.control));
    for (const TableFile& file : deletion.failed) {
      result->failed_files.push_back(file.location);
    }
    if (!deletion.first_error.ok()) {
      result->first_failure = deletion.first_error.message();
    }
    return Status::OK();
  }

  const Context& context_;
  const iceberg::TableIdent& ident_;
  const RemoveOrphanFilesOptions& options_;
  std::string directory_;
  std::chrono::milliseconds older_than_{0};
};

}  // namespace

Result<RemoveOrphanFilesResult> RemoveOrphanFiles(
    const Context& context, const iceberg::TableIdent& ident,
    const RemoveOrphanFilesOptions& options) {
  return OrphanRemoval(context, ident, options).Run();
}

}  // namespace tarn::table
