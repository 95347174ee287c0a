#include "tarn/table/maintenance/internal/delete_files.h"

#include <utility>

#include "tarn/table/internal/manifest_files.h"
#include "tarn/table/internal/parallel.h"
#include "tarn/table/internal/summary.h"
#include "tarn/table/scan.h"

namespace tarn::table::internal {
namespace {

constexpr int32_t kThreads = 4;

}  // namespace

std::string DeleteKey(const iceberg::DataFile& file) {
  if (!IsDeletionVector(file)) {
    return file.file_path;
  }
  return file.file_path + '\n' + std::to_string(file.content_offset.value_or(-1));
}

Result<std::vector<iceberg::ManifestEntry>> LiveDeletes(
    io::FileIO& io, const iceberg::TableMetadata& metadata,
    const iceberg::Snapshot& snapshot, const ActionControl& control) {
  ARROW_ASSIGN_OR_RAISE(std::vector<iceberg::ManifestFile> manifests,
                        LoadManifests(io, metadata, snapshot));
  std::erase_if(manifests, [](const iceberg::ManifestFile& manifest) {
    return manifest.content != iceberg::ManifestContent::kDeletes ||
           HasNoLiveEntries(manifest);
  });
  std::vector<iceberg::Manifest> loaded(manifests.size());
  RETURN_NOT_OK(ForEachParallel(manifests.size(), kThreads, [&](size_t i) -> Status {
    RETURN_NOT_OK(control.Check());
    ARROW_ASSIGN_OR_RAISE(loaded[i], LoadManifest(io, manifests[i]));
    return Status::OK();
  }));
  std::vector<iceberg::ManifestEntry> entries;
  for (size_t i = 0; i < manifests.size(); ++i) {
    for (iceberg::ManifestEntry& entry : loaded[i].entries) {
      if (entry.is_live()) {
        entry.file.spec_id = manifests[i].spec_id;
        entries.push_back(std::move(entry));
      }
    }
  }
  return entries;
}

}  // namespace tarn::table::internal
