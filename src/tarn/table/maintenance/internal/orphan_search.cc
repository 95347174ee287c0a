#include "tarn/table/maintenance/internal/orphan_search.h"

#include <algorithm>
#include <mutex>
#include <unordered_map>
#include <utility>

#include <nlohmann/json.hpp>

#include "tarn/table/internal/manifest_files.h"
#include "tarn/table/internal/parallel.h"
#include "tarn/table/maintenance/internal/shared_files.h"
#include "tarn/table/scan.h"

namespace tarn::table::internal {
namespace {

using catalog::LoadedTable;

constexpr int32_t kThreads = 4;
constexpr std::string_view kTemporaryPrefix = ".tarn-tmp-";

std::string_view NameOf(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

/// What a table refers to, as seen from one directory.
class References {
 public:
  References(const FileLocation& directory, const LocationEquality& equality)
      : directory_(directory), equality_(equality) {}

  void Add(std::string_view text) {
    const FileLocation location = ParseFileLocation(text, equality_);
    hashes_.insert(HashOf(location));
    if (!LiesIn(location, directory_)) {
      elsewhere_.emplace(NameOf(location.path), std::string(text));
    }
  }

  bool Contains(const FileLocation& file) const { return hashes_.contains(HashOf(file)); }

  /// A reference to something outside of the directory that ends as `file` does from the
  /// directory on: likely the same file under another prefix. Empty if there is none.
  std::string SameEnd(const FileLocation& file) const {
    const std::string_view end =
        std::string_view(file.path).substr(directory_.path.size());
    const auto [begin, last] = elsewhere_.equal_range(std::string(NameOf(file.path)));
    for (auto found = begin; found != last; ++found) {
      const std::string path = ParseFileLocation(found->second, equality_).path;
      if (path == file.path || path.ends_with(end)) {
        return found->second;
      }
    }
    return "";
  }

 private:
  static uint64_t HashOf(const FileLocation& location) {
    return std::hash<std::string>{}(location.key());
  }

  const FileLocation& directory_;
  const LocationEquality& equality_;
  std::unordered_set<uint64_t> hashes_;  // as LocationSet, under the given equalities
  std::unordered_multimap<std::string, std::string> elsewhere_;  // by file name
};

void AddTexts(const nlohmann::json& json, References* references) {
  if (json.is_string()) {
    references->Add(json.get_ref<const std::string&>());
  } else if (json.is_structured()) {
    for (const auto& child : json) {
      AddTexts(child, references);
    }
  }
}

/// Manifests of all snapshots, each once.
Result<std::vector<iceberg::ManifestFile>> AllManifests(
    io::FileIO& io, const iceberg::TableMetadata& metadata,
    const ActionControl& control) {
  std::vector<std::vector<iceberg::ManifestFile>> lists(metadata.snapshots.size());
  RETURN_NOT_OK(ForEachParallel(lists.size(), kThreads, [&](size_t i) -> Status {
    RETURN_NOT_OK(control.Check());
    ARROW_ASSIGN_OR_RAISE(lists[i], LoadManifests(io, metadata, metadata.snapshots[i]));
    return Status::OK();
  }));
  std::vector<iceberg::ManifestFile> manifests;
  std::unordered_set<std::string> seen;
  for (std::vector<iceberg::ManifestFile>& list : lists) {
    for (iceberg::ManifestFile& manifest : list) {
      if (seen.insert(manifest.path).second) {
        manifests.push_back(std::move(manifest));
      }
    }
  }
  return manifests;
}

Status AddSnapshots(io::FileIO& io, const iceberg::TableMetadata& metadata,
                    const ActionControl& control, References* references) {
  ARROW_ASSIGN_OR_RAISE(const std::vector<iceberg::ManifestFile> manifests,
                        AllManifests(io, metadata, control));
  std::mutex mutex;  // guards references and done
  int64_t done = 0;
  return ForEachParallel(manifests.size(), kThreads, [&](size_t i) -> Status {
    RETURN_NOT_OK(control.Check());
    iceberg::Manifest manifest;
    if (!HasNoLiveEntries(manifests[i])) {
      ARROW_ASSIGN_OR_RAISE(manifest, LoadManifest(io, manifests[i]));
    }
    const std::lock_guard lock(mutex);
    references->Add(manifests[i].path);
    for (const iceberg::ManifestEntry& entry : manifest.entries) {
      if (entry.is_live()) {
        references->Add(entry.file.file_path);
      }
    }
    control.Report("read manifests", ++done, static_cast<int64_t>(manifests.size()));
    return Status::OK();
  });
}

bool IsHiddenPart(std::string_view part, const iceberg::TableMetadata& table) {
  if (!part.starts_with('_') && !part.starts_with('.')) {
    return false;
  }
  if (part.starts_with(kTemporaryPrefix)) {
    return false;
  }
  for (const iceberg::PartitionSpec& spec : table.partition_specs) {
    for (const iceberg::PartitionField& field : spec.fields) {
      if (part.starts_with(field.name + "=")) {
        return false;
      }
    }
  }
  return true;
}

}  // namespace

bool IsHidden(std::string_view path, const iceberg::TableMetadata& table) {
  while (!path.empty()) {
    const size_t end = std::min(path.find('/'), path.size());
    if (IsHiddenPart(path.substr(0, end), table)) {
      return true;
    }
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return false;
}

Result<OrphanSearch> SearchOrphans(io::FileIO& io, const LoadedTable& table,
                                   const std::string& directory,
                                   std::vector<io::FileInfo> files,
                                   const LocationEquality& equality,
                                   const ActionControl& control) {
  const iceberg::TableMetadata& metadata = *table.metadata;
  const FileLocation base = ParseFileLocation(directory, equality);
  References references(base, equality);
  references.Add(table.metadata_location);
  references.Add(io::JoinLocation(metadata.location, "metadata/version-hint.text"));
  AddTexts(nlohmann::json::parse(iceberg::TableMetadataToJson(metadata), nullptr,
                                 /*allow_exceptions=*/false),
           &references);
  RETURN_NOT_OK(AddSnapshots(io, metadata, control, &references));

  OrphanSearch found;
  for (io::FileInfo& file : files) {
    const FileLocation location = ParseFileLocation(file.location, equality);
    if (references.Contains(location)) {
      continue;
    }
    std::string other = references.SameEnd(location);
    if (other.empty()) {
      found.orphans.push_back(std::move(file));
    } else {
      found.mismatches.push_back({std::move(file), std::move(other)});
    }
  }
  std::ranges::sort(found.orphans, {}, &io::FileInfo::location);
  return found;
}

}  // namespace tarn::table::internal
