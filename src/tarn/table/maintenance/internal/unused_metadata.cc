#include "tarn/table/maintenance/internal/unused_metadata.h"

#include <algorithm>
#include <utility>

#include "tarn/table/maintenance/internal/shared_files.h"

namespace tarn::table::internal {
namespace {

using iceberg::FieldId;
using iceberg::SchemaId;
using iceberg::Snapshot;
using iceberg::SpecId;
using iceberg::TableMetadata;

bool KnowsColumn(const TableMetadata& table, const std::set<SchemaId>& schemas,
                 FieldId column) {
  return std::ranges::any_of(schemas, [&](SchemaId id) {
    const auto schema = table.FindSchema(id);
    return schema != nullptr && schema->FindById(column) != nullptr;
  });
}

bool IsMetadataFile(const std::string& location) {
  return location.ends_with(".metadata.json") || location.ends_with(".metadata.json.gz");
}

}  // namespace

UnusedMetadata FindUnusedMetadata(const TableMetadata& table,
                                  const std::vector<Snapshot>& remaining,
                                  const SnapshotFiles::InUse& in_use) {
  std::set<SchemaId> schemas = {table.current_schema_id};
  for (const Snapshot& snapshot : remaining) {
    if (snapshot.schema_id) {
      schemas.insert(*snapshot.schema_id);
    }
  }
  for (const FieldId column : in_use.equality_columns) {
    if (KnowsColumn(table, schemas, column)) {
      continue;
    }
    const auto newest = std::find_if(
        table.schemas.rbegin(), table.schemas.rend(),
        [&](const auto& schema) { return schema->FindById(column) != nullptr; });
    if (newest != table.schemas.rend()) {
      schemas.insert((*newest)->id());
    }
  }
  UnusedMetadata unused;
  for (const auto& schema : table.schemas) {
    if (!schemas.contains(schema->id())) {
      unused.schemas.push_back(schema->id());
    }
  }
  for (const iceberg::PartitionSpec& spec : table.partition_specs) {
    if (spec.id != table.default_spec_id && !in_use.specs.contains(spec.id)) {
      unused.specs.push_back(spec.id);
    }
  }
  return unused;
}

std::vector<TableFile> StatisticsFilesOf(const TableMetadata& table) {
  std::vector<TableFile> files;
  for (const iceberg::StatisticsFile& file : table.statistics) {
    files.push_back({file.path, TableFileKind::kStatistics, file.file_size_bytes});
  }
  for (const iceberg::PartitionStatisticsFile& file : table.partition_statistics) {
    files.push_back({file.path, TableFileKind::kStatistics, file.file_size_bytes});
  }
  return files;
}

Result<std::vector<TableFile>> FindOldMetadataFiles(io::FileIO& io,
                                                    const catalog::LoadedTable& table) {
  const TableMetadata& metadata = *table.metadata;
  std::vector<TableFile> files;
  if (metadata.Property("write.metadata.delete-after-commit.enabled", "false") !=
      "true") {
    return files;
  }
  int64_t oldest = iceberg::MetadataVersionOf(table.metadata_location);
  for (const iceberg::MetadataLogEntry& entry : metadata.metadata_log) {
    oldest = std::min(oldest, iceberg::MetadataVersionOf(entry.metadata_file));
  }
  if (oldest <= 0) {
    return files;  // nothing can be older, or the names do not tell
  }
  LocationSet named;
  AddMetadataFiles(table, &named);
  const std::string folder = metadata.Property("write.metadata.path", "");
  ARROW_ASSIGN_OR_RAISE(
      const std::vector<io::FileInfo> found,
      io.List(folder.empty() ? io::JoinLocation(metadata.location, "metadata") : folder));
  for (const io::FileInfo& file : found) {
    const int64_t version = iceberg::MetadataVersionOf(file.location);
    if (IsMetadataFile(file.location) && version >= 0 && version < oldest &&
        !named.Contains(file.location)) {
      files.push_back({file.location, TableFileKind::kMetadata, file.size_bytes});
    }
  }
  return files;
}

}  // namespace tarn::table::internal
