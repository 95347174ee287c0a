// Parts of a table's metadata that its snapshots have left behind.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/catalog/catalog.h"
#include "tarn/table/maintenance/internal/snapshot_files.h"
#include "tarn/table/maintenance/table_file.h"

namespace tarn::table::internal {

struct UnusedMetadata {
  std::vector<iceberg::SchemaId> schemas = {};
  std::vector<iceberg::SpecId> specs = {};
};

/// What neither the table's defaults nor `remaining` snapshots need. A schema also stays
/// while it is the newest one with a column that live equality deletes compare by.
UnusedMetadata FindUnusedMetadata(const iceberg::TableMetadata& table,
                                  const std::vector<iceberg::Snapshot>& remaining,
                                  const SnapshotFiles::InUse& in_use);

/// Statistics and partition statistics files that the metadata lists.
std::vector<TableFile> StatisticsFilesOf(const iceberg::TableMetadata& table);

/// Metadata files of versions before all that the metadata log still names. Empty unless
/// write.metadata.delete-after-commit.enabled is true.
Result<std::vector<TableFile>> FindOldMetadataFiles(io::FileIO& io,
                                                    const catalog::LoadedTable& table);

}  // namespace tarn::table::internal
