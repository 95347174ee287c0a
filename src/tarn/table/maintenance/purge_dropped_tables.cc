#include "tarn/table/maintenance/purge_dropped_tables.h"

#include <algorithm>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/table/maintenance/internal/all_files.h"
#include "tarn/table/maintenance/internal/expiry.h"
#include "tarn/table/maintenance/internal/file_deletion.h"
#include "tarn/table/maintenance/internal/shared_files.h"

namespace tarn::table {
namespace {

using catalog::DroppedTable;
using catalog::LoadedTable;

bool IsContent(const TableFile& file) {
  return file.kind == TableFileKind::kData ||
         file.kind == TableFileKind::kPositionDeletes ||
         file.kind == TableFileKind::kEqualityDeletes;
}

class DroppedTablesPurge {
 public:
  DroppedTablesPurge(const Context& context, const PurgeDroppedTablesOptions& options)
      : context_(context), options_(options) {}

  Result<PurgedTable> Run(const DroppedTable& dropped) {
    PurgedTable purged;
    purged.table = dropped;
    if (deletes() && dropped.expires_at.count() > 0) {
      // No server's clock lets it come back while its files go.
      const Status ended = context_.catalog.ExpireDroppedTable(dropped.id);
      if (!ended.ok() && CodeOf(ended) == ErrorCode::kNoSuchTable) {
        purged.is_forgotten = true;  // by another run
        return purged;
      }
      RETURN_NOT_OK(ended);
    }
    bool is_undescribed = false;
    const Status status =
        dropped.purges ? PurgeFiles(&purged, &is_undescribed) : Status::OK();
    if (!status.ok()) {
      if (CodeOf(status) == ErrorCode::kCancelled) {
        return status;
      }
      purged.problem = status.message();
    }
    if (deletes() && (purged.problem.empty() || is_undescribed)) {
      RETURN_NOT_OK(context_.catalog.ForgetDroppedTable(dropped.id));
      purged.is_forgotten = true;
    }
    return purged;
  }

 private:
  bool deletes() const { return options_.dry_run == DryRun::kNo; }

  /// Data goes first. So if what describes it is missing (`is_undescribed`) an earlier
  /// run was broken off after that, or nothing tells any more what there was.
  Status PurgeFiles(PurgedTable* purged, bool* is_undescribed) {
    const auto loaded = internal::LoadDroppedTable(context_.io, purged->table);
    *is_undescribed = !loaded.ok() && CodeOf(loaded.status()) == ErrorCode::kNoSuchFile;
    ARROW_ASSIGN_OR_RAISE(const LoadedTable table, loaded);
    if (!internal::CheckGarbageCollection(*table.metadata, "purge", table.ident.name)
             .ok()) {
      return Status::OK();
    }
    auto found = internal::AllFilesOf(context_.io, table, options_.control);
    *is_undescribed = !found.ok() && CodeOf(found.status()) == ErrorCode::kNoSuchFile;
    ARROW_ASSIGN_OR_RAISE(std::vector<TableFile> files, std::move(found));
    ARROW_ASSIGN_OR_RAISE(
        const internal::SharedFiles shared,
        internal::FindSharedFiles(
            context_, table, internal::DirectoriesWith(*table.metadata, files),
            internal::IfUnreadable::kFail, options_.control, purged->table.id));
    std::erase_if(files, [&](const TableFile& file) {
      return shared.referenced.Contains(file.location);
    });
    if (!deletes()) {
      purged->files = std::move(files);
      return Status::OK();
    }
    RETURN_NOT_OK(options_.control.Check());
    const auto rest = std::ranges::stable_partition(files, &IsContent);
    RETURN_NOT_OK(Delete({files.begin(), rest.begin()}, purged));
    // What describes files that are still there is needed by the next run.
    return purged->problem.empty() ? Delete({rest.begin(), files.end()}, purged)
                                   : Status::OK();
  }

  Status Delete(const std::vector<TableFile>& files, PurgedTable* purged) {
    ARROW_ASSIGN_OR_RAISE(
        const internal::FileDeletion deletion,
        internal::DeleteFiles(context_.io, files, options_.max_concurrent_deletes, {}));
    const auto append = [](const std::vector<TableFile>& some,
                           std::vector<TableFile>* all) {
      all->insert(all->end(), some.begin(), some.end());
    };
    append(deletion.deleted, &purged->files);
    append(deletion.failed, &purged->failed_files);
    if (!deletion.first_error.ok()) {
      purged->problem = deletion.first_error.message();
    }
    return Status::OK();
  }

  const Context& context_;
  const PurgeDroppedTablesOptions& options_;
};

}  // namespace

Result<PurgeDroppedTablesResult> PurgeDroppedTables(
    const Context& context, const PurgeDroppedTablesOptions& options) {
  ARROW_ASSIGN_OR_RAISE(const std::vector<DroppedTable> expired,
                        context.catalog.ListExpiredTables());
  PurgeDroppedTablesResult result;
  DroppedTablesPurge purge(context, options);
  for (const DroppedTable& dropped : expired) {
    RETURN_NOT_OK(options.control.Check());
    ARROW_ASSIGN_OR_RAISE(PurgedTable purged, purge.Run(dropped));
    result.tables.push_back(std::move(purged));
  }
  return result;
}

}  // namespace tarn::table
