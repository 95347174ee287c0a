#include "tarn/table/maintenance/purge_table.h"

#include <utility>

#include "tarn/table/maintenance/internal/expiry.h"
#include "tarn/table/maintenance/internal/file_deletion.h"
#include "tarn/table/maintenance/internal/shared_files.h"
#include "tarn/table/maintenance/internal/snapshot_files.h"
#include "tarn/table/maintenance/internal/unused_metadata.h"

namespace tarn::table {
namespace {

/// All that the table names: content, manifests, lists, statistics, metadata.
Result<std::vector<TableFile>> FilesOf(const Context& context,
                                       const catalog::LoadedTable& table,
                                       const ActionControl& control) {
  const iceberg::TableMetadata& metadata = *table.metadata;
  internal::SnapshotFiles snapshots(context.io, control);
  ARROW_ASSIGN_OR_RAISE(
      std::vector<TableFile> files,
      snapshots.OnlyReachableFrom(metadata, metadata.snapshots, /*remaining=*/{}));
  const std::vector<TableFile> statistics = internal::StatisticsFilesOf(metadata);
  files.insert(files.end(), statistics.begin(), statistics.end());
  for (const iceberg::MetadataLogEntry& entry : metadata.metadata_log) {
    files.push_back({entry.metadata_file, TableFileKind::kMetadata});
  }
  files.push_back({table.metadata_location, TableFileKind::kMetadata});
  return files;
}

}  // namespace

Result<PurgeTableResult> PurgeTable(const Context& context,
                                    const iceberg::TableIdent& ident,
                                    const PurgeTableOptions& options) {
  ARROW_ASSIGN_OR_RAISE(const catalog::LoadedTable table,
                        context.catalog.LoadTable(ident));
  RETURN_NOT_OK(
      internal::CheckGarbageCollection(*table.metadata, "purge", ident.ToString()));
  ARROW_ASSIGN_OR_RAISE(std::vector<TableFile> files,
                        FilesOf(context, table, options.control));
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
  RETURN_NOT_OK(context.catalog.DropTable(ident));
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

}  // namespace tarn::table
