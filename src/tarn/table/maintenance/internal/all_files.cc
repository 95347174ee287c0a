#include "tarn/table/maintenance/internal/all_files.h"

#include "tarn/table/maintenance/internal/snapshot_files.h"
#include "tarn/table/maintenance/internal/unused_metadata.h"

namespace tarn::table::internal {

Result<std::vector<TableFile>> AllFilesOf(io::FileIO& io,
                                          const catalog::LoadedTable& table,
                                          const ActionControl& control) {
  const iceberg::TableMetadata& metadata = *table.metadata;
  SnapshotFiles snapshots(io, control);
  ARROW_ASSIGN_OR_RAISE(
      std::vector<TableFile> files,
      snapshots.OnlyReachableFrom(metadata, metadata.snapshots, /*remaining=*/{}));
  const std::vector<TableFile> statistics = StatisticsFilesOf(metadata);
  files.insert(files.end(), statistics.begin(), statistics.end());
  for (const iceberg::MetadataLogEntry& entry : metadata.metadata_log) {
    files.push_back({entry.metadata_file, TableFileKind::kMetadata});
  }
  files.push_back({table.metadata_location, TableFileKind::kMetadata});
  return files;
}

}  // namespace tarn::table::internal
