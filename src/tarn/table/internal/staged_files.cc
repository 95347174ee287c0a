#include "tarn/table/internal/staged_files.h"

#include <utility>

namespace tarn::table::internal {
namespace {

std::string MetadataFolder(const iceberg::TableMetadata& table) {
  const std::string folder = table.Property("write.metadata.path", "");
  return folder.empty() ? io::JoinLocation(table.location, "metadata") : folder;
}

}  // namespace

Result<iceberg::ManifestFile> StagedFiles::WriteManifest(
    const iceberg::TableMetadata& table, iceberg::ManifestWriter::Finished finished) {
  const std::string name = token_ + "-m" + std::to_string(manifests_++) + ".avro";
  finished.manifest.path = io::JoinLocation(MetadataFolder(table), name);
  RETURN_NOT_OK(Write(finished.manifest.path, finished.avro));
  return std::move(finished.manifest);
}

Result<std::string> StagedFiles::WriteManifestList(const iceberg::TableMetadata& table,
                                                   iceberg::SnapshotId snapshot_id,
                                                   std::string_view avro) {
  const std::string name = "snap-" + std::to_string(snapshot_id.value) + "-" +
                           std::to_string(++lists_) + "-" + token_ + ".avro";
  std::string location = io::JoinLocation(MetadataFolder(table), name);
  RETURN_NOT_OK(Write(location, avro));
  return location;
}

Status StagedFiles::Write(const std::string& location, std::string_view bytes) {
  {
    const std::lock_guard lock(mutex_);
    locations_.insert(location);
  }
  return io_.WriteNew(location, bytes);
}

void StagedFiles::DeleteAllBut(const std::set<std::string>& kept) {
  const std::lock_guard lock(mutex_);
  std::erase_if(locations_, [&](const std::string& location) {
    if (kept.contains(location)) {
      return false;
    }
    const Status ignored = io_.Delete(location);
    return ignored.ok();
  });
}

}  // namespace tarn::table::internal
