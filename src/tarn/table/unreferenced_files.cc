#include <algorithm>
#include <string>
#include <string_view>
#include <unordered_set>

#include <nlohmann/json.hpp>

#include "tarn/base/error.h"
#include "tarn/table/internal/manifest_files.h"
#include "tarn/table/internal/parallel.h"
#include "tarn/table/scan.h"

namespace tarn::table {
namespace {

constexpr int32_t kThreads = 4;

/// One spelling per file: no "file:" scheme and no doubled slashes for local files, "s3"
/// for the schemes that mean it. Authorities stay: a bucket is part of a file's identity.
std::string Normalized(std::string_view location) {
  if (const auto path = io::LocalPathOf(location)) {
    std::string result;
    for (const char c : *path) {
      if (c != '/' || result.empty() || result.back() != '/') {
        result += c;
      }
    }
    return result;
  }
  for (const std::string_view scheme : {"s3a://", "s3n://"}) {
    if (location.starts_with(scheme)) {
      return "s3://" + std::string(location.substr(scheme.size()));
    }
  }
  return std::string(location);
}

class References {
 public:
  void Add(std::string_view location) { locations_.insert(Normalized(location)); }
  bool Contains(std::string_view location) const {
    return locations_.contains(Normalized(location));
  }

  /// Every text in a part of the metadata that is carried as it is (statistics files,
  /// unknown keys): one that names a file keeps it.
  void AddTexts(const nlohmann::json& json) {
    if (json.is_string()) {
      Add(json.get_ref<const std::string&>());
    } else if (json.is_structured()) {
      for (const auto& child : json) {
        AddTexts(child);
      }
    }
  }

 private:
  std::unordered_set<std::string> locations_;
};

Status AddManifests(io::FileIO& io, const iceberg::TableMetadata& metadata,
                    References* references) {
  std::vector<iceberg::ManifestFile> manifests;
  std::unordered_set<std::string> seen;
  for (const iceberg::Snapshot& snapshot : metadata.snapshots) {
    if (!snapshot.manifest_list.empty()) {
      references->Add(snapshot.manifest_list);
    }
    ARROW_ASSIGN_OR_RAISE(std::vector<iceberg::ManifestFile> loaded,
                          LoadManifests(io, metadata, snapshot));
    for (iceberg::ManifestFile& manifest : loaded) {
      references->Add(manifest.path);
      if (seen.insert(manifest.path).second) {
        manifests.push_back(std::move(manifest));
      }
    }
  }
  std::vector<std::vector<std::string>> files(manifests.size());
  RETURN_NOT_OK(
      internal::ForEachParallel(manifests.size(), kThreads, [&](size_t i) -> Status {
        ARROW_ASSIGN_OR_RAISE(const iceberg::Manifest loaded,
                              internal::LoadManifest(io, manifests[i]));
        for (const iceberg::ManifestEntry& entry : loaded.entries) {
          if (entry.is_live()) {
            files[i].push_back(entry.file.file_path);
          }
        }
        return Status::OK();
      }));
  for (const auto& paths : files) {
    for (const std::string& path : paths) {
      references->Add(path);
    }
  }
  return Status::OK();
}

}  // namespace

Result<std::vector<io::FileInfo>> ListUnreferencedFiles(
    io::FileIO& io, const std::string& metadata_location,
    const iceberg::TableMetadata& metadata, std::chrono::milliseconds older_than) {
  References references;
  references.Add(metadata_location);
  references.Add(io::JoinLocation(metadata.location, "metadata/version-hint.text"));
  for (const iceberg::MetadataLogEntry& entry : metadata.metadata_log) {
    references.Add(entry.metadata_file);
  }
  for (const auto& [key, text] : metadata.carried) {
    const nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
    if (json.is_discarded()) {
      return MakeError(ErrorCode::kInvalidData,
                       "Table metadata " + metadata_location +
                           " carries a part that is no JSON: " + key);
    }
    references.AddTexts(json);
  }
  RETURN_NOT_OK(AddManifests(io, metadata, &references));
  ARROW_ASSIGN_OR_RAISE(std::vector<io::FileInfo> files, io.List(metadata.location));
  std::erase_if(files, [&](const io::FileInfo& file) {
    return file.modified >= older_than || references.Contains(file.location);
  });
  std::ranges::sort(files, {}, &io::FileInfo::location);
  return files;
}

}  // namespace tarn::table
