#include "tarn/table/internal/manifest_files.h"

#include <string>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/iceberg/encryption.h"

namespace tarn::table::internal {

Result<std::string> ReadManifestFile(io::FileIO& io,
                                     const iceberg::ManifestFile& list_entry) {
  ARROW_ASSIGN_OR_RAISE(std::string stored, io.ReadAll(list_entry.path));
  Result<std::string> avro =
      iceberg::OpenStoredFile(std::move(stored), list_entry.key_metadata);
  if (avro.ok()) {
    return avro;
  }
  return WithContext("Manifest " + list_entry.path + ": ", avro.status());
}

Result<iceberg::Manifest> LoadManifest(io::FileIO& io,
                                       const iceberg::ManifestFile& list_entry) {
  ARROW_ASSIGN_OR_RAISE(const std::string avro, ReadManifestFile(io, list_entry));
  Result<iceberg::Manifest> manifest = iceberg::ReadManifest(avro, list_entry);
  if (manifest.ok()) {
    return manifest;
  }
  return WithContext("Manifest " + list_entry.path + ": ", manifest.status());
}

std::optional<int64_t> LiveFiles(const iceberg::ManifestFile& manifest) {
  if (!manifest.added_files_count || !manifest.existing_files_count) {
    return std::nullopt;
  }
  return int64_t{*manifest.added_files_count} + *manifest.existing_files_count;
}

bool HasNoLiveEntries(const iceberg::ManifestFile& manifest) {
  return manifest.added_files_count == 0 && manifest.existing_files_count == 0;
}

}  // namespace tarn::table::internal
