#include "tarn/table/maintenance/purge_table.h"

#include <utility>

#include "tarn/table/maintenance/internal/all_files.h"
#include "tarn/table/maintenance/internal/expiry.h"
#include "tarn/table/maintenance/internal/file_deletion.h"
#include "tarn/table/maintenance/internal/shared_files.h"

namespace tarn::table {

Result<PurgeTableResult> PurgeTable(const Context& context,
                                    const iceberg::TableIdent& ident,
                                    const PurgeTableOptions& options) {
  ARROW_ASSIGN_OR_RAISE(const catalog::LoadedTable table,
                        context.catalog.LoadTable(ident));
  RETURN_NOT_OK(
      internal::CheckGarbageCollection(*table.metadata, "purge", ident.ToString()));
  ARROW_ASSIGN_OR_RAISE(std::vector<TableFile> files,
                        internal::AllFilesOf(context.io, table, options.control));
  ARROW_ASSIGN_OR_RAISE(
      const internal::SharedFiles shared,
      internal::FindSharedFiles(context, table,
                                internal::DirectoriesWith(*table.metadata, files),
                                internal::IfUnreadable::kFail, options.control));
  std::erase_if(files, [&](const TableFile& file) {
    return shared.referenced.Contains(file.location);
  });
  PurgeTableResult result;
  if (options.dry_run == DryRun::kYes) {
    result.files = std::move(files);
    return result;
  }
  RETURN_NOT_OK(options.control.Check());
  RETURN_NOT_OK(context.catalog.DropTable(ident, {.for_good = true}));
  // The name has gone: there is no way back, and what is deleted now is deleted whole.
  ARROW_ASSIGN_OR_RAISE(
      internal::FileDeletion deletion,
      internal::DeleteFiles(context.io, files, options.max_concurrent_deletes, {}));
  result.files = std::move(deletion.deleted);
  result.failed_files = std::move(deletion.failed);
  if (!deletion.first_error.ok()) {
    result.first_failure = deletion.first_error.message();
  }
  return result;
}

Result<PurgeTableResult> DropTableWithFiles(const Context& context,
                                            const iceberg::TableIdent& ident,
                                            const PurgeTableOptions& options) {
  const std::chrono::milliseconds retention = context.catalog.undrop_retention();
  if (retention.count() == 0) {
    return PurgeTable(context, ident, options);
  }
  ARROW_ASSIGN_OR_RAISE(const catalog::LoadedTable table,
                        context.catalog.LoadTable(ident));
  RETURN_NOT_OK(
      internal::CheckGarbageCollection(*table.metadata, "purge", ident.ToString()));
  PurgeTableResult result;
  result.kept_until = context.clock.Now() + retention;
  if (options.dry_run == DryRun::kNo) {
    RETURN_NOT_OK(context.catalog.DropTable(ident, {.purges = true}));
  }
  return result;
}

}  // namespace tarn::table
