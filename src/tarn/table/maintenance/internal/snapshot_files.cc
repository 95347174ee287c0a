#include "tarn/table/maintenance/internal/snapshot_files.h"

#include <algorithm>
#include <atomic>
#include <iterator>
#include <mutex>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/table/internal/manifest_files.h"
#include "tarn/table/internal/parallel.h"
#include "tarn/table/maintenance/file_location.h"
#include "tarn/table/scan.h"

namespace tarn::table::internal {
namespace {

using iceberg::Manifest;
using iceberg::ManifestEntry;
using iceberg::ManifestFile;
using iceberg::Snapshot;
using iceberg::TableMetadata;

constexpr int32_t kThreads = 4;

TableFileKind KindOf(iceberg::FileContent content) {
  switch (content) {
    case iceberg::FileContent::kData:
      return TableFileKind::kData;
    case iceberg::FileContent::kPositionDeletes:
      return TableFileKind::kPositionDeletes;
    case iceberg::FileContent::kEqualityDeletes:
      return TableFileKind::kEqualityDeletes;
  }
  return TableFileKind::kData;
}

bool IsMissing(const Status& status) {
  return !status.ok() && CodeOf(status) == ErrorCode::kNoSuchFile;
}

}  // namespace

uint64_t LocationSet::HashOf(std::string_view location) {
  return std::hash<std::string>{}(LocationKey(location));
}

Status SnapshotFiles::ReadLists(const TableMetadata& metadata,
                                const std::vector<Snapshot>& snapshots,
                                IfMissing if_missing) {
  std::vector<const Snapshot*> unread;
  for (const Snapshot& snapshot : snapshots) {
    if (!lists_.contains(snapshot.id)) {
      unread.push_back(&snapshot);
    }
  }
  std::vector<std::optional<std::vector<ManifestFile>>> read(unread.size());
  RETURN_NOT_OK(ForEachParallel(unread.size(), kThreads, [&](size_t i) -> Status {
    RETURN_NOT_OK(control_.Check());
    Result<std::vector<ManifestFile>> manifests =
        LoadManifests(io_, metadata, *unread[i]);
    if (if_missing == IfMissing::kSkip && IsMissing(manifests.status())) {
      return Status::OK();
    }
    ARROW_ASSIGN_OR_RAISE(read[i], std::move(manifests));
    return Status::OK();
  }));
  for (size_t i = 0; i < unread.size(); ++i) {
    if (!read[i].has_value()) {
      continue;  // not remembered: were the snapshot to stay, this would be an error
    }
    std::vector<std::string>& keys = lists_[unread[i]->id];
    for (ManifestFile& manifest : *read[i]) {
      keys.push_back(LocationKey(manifest.path));
      manifests_.try_emplace(keys.back(), ManifestInfo{std::move(manifest)});
    }
  }
  return Status::OK();
}

std::set<std::string> SnapshotFiles::ManifestKeysOf(
    const std::vector<Snapshot>& snapshots) const {
  std::set<std::string> keys;
  for (const Snapshot& snapshot : snapshots) {
    const auto list = lists_.find(snapshot.id);
    if (list != lists_.end()) {
      keys.insert(list->second.begin(), list->second.end());
    }
  }
  return keys;
}

Status SnapshotFiles::ReadManifests(const std::vector<std::string>& keys) {
  std::vector<ManifestInfo*> unread;
  for (const std::string& key : keys) {
    ManifestInfo& info = manifests_.at(key);
    if (!info.is_read) {
      unread.push_back(&info);
    }
  }
  std::mutex mutex;
  int64_t done = 0;  // guarded by mutex
  return ForEachParallel(unread.size(), kThreads, [&](size_t i) -> Status {
    RETURN_NOT_OK(control_.Check());
    ManifestInfo& info = *unread[i];
    Manifest manifest;
    if (!HasNoLiveEntries(info.description)) {
      ARROW_ASSIGN_OR_RAISE(manifest, LoadManifest(io_, info.description));
    }
    std::set<iceberg::FieldId> columns;
    for (const ManifestEntry& entry : manifest.entries) {
      if (entry.is_live()) {
        info.live.push_back(LocationSet::HashOf(entry.file.file_path));
        columns.insert(entry.file.equality_ids.begin(), entry.file.equality_ids.end());
      }
    }
    info.equality_columns.assign(columns.begin(), columns.end());
    info.is_read = true;
    const std::lock_guard lock(mutex);
    control_.Report("read manifests", ++done, static_cast<int64_t>(unread.size()));
    return Status::OK();
  });
}

Result<std::map<std::string, TableFile>> SnapshotFiles::LiveFilesOf(
    const std::vector<std::string>& manifest_keys) {
  std::map<std::string, TableFile> files;
  std::mutex mutex;  // guards files
  RETURN_NOT_OK(ForEachParallel(manifest_keys.size(), kThreads, [&](size_t i) -> Status {
    RETURN_NOT_OK(control_.Check());
    const ManifestFile& description = manifests_.at(manifest_keys[i]).description;
    if (HasNoLiveEntries(description)) {
      return Status::OK();
    }
    Result<Manifest> manifest = LoadManifest(io_, description);
    if (IsMissing(manifest.status())) {
      return Status::OK();
    }
    RETURN_NOT_OK(manifest.status());
    const std::lock_guard lock(mutex);
    for (const ManifestEntry& entry : manifest->entries) {
      if (entry.is_live()) {
        files.try_emplace(LocationKey(entry.file.file_path),
                          TableFile{entry.file.file_path, KindOf(entry.file.content),
                                    entry.file.file_size_bytes});
      }
    }
    return Status::OK();
  }));
  return files;
}

Result<std::vector<TableFile>> SnapshotFiles::OnlyReachableFrom(
    const TableMetadata& metadata, const std::vector<Snapshot>& expired,
    const std::vector<Snapshot>& remaining) {
  RETURN_NOT_OK(ReadLists(metadata, remaining, IfMissing::kFail));
  RETURN_NOT_OK(ReadLists(metadata, expired, IfMissing::kSkip));
  const std::set<std::string> kept = ManifestKeysOf(remaining);
  const std::set<std::string> gone = ManifestKeysOf(expired);
  std::vector<std::string> manifests;
  std::ranges::set_difference(gone, kept, std::back_inserter(manifests));

  ARROW_ASSIGN_OR_RAISE(auto content, LiveFilesOf(manifests));
  std::vector<TableFile> files;
  if (!content.empty()) {
    LocationSet reachable;
    RETURN_NOT_OK(AddReachable(metadata, remaining, &reachable));
    for (auto& [key, file] : content) {
      if (!reachable.Contains(file.location)) {
        files.push_back(std::move(file));
      }
    }
  }
  for (const std::string& key : manifests) {
    const ManifestFile& manifest = manifests_.at(key).description;
    files.push_back({manifest.path, TableFileKind::kManifest, manifest.length_bytes});
  }
  std::set<std::string> lists;
  for (const Snapshot& snapshot : remaining) {
    lists.insert(LocationKey(snapshot.manifest_list));
  }
  for (const Snapshot& snapshot : expired) {
    const std::string& list = snapshot.manifest_list;
    if (!list.empty() && lists.insert(LocationKey(list)).second) {
      files.push_back({list, TableFileKind::kManifestList, 0});
    }
  }
  return files;
}

Status SnapshotFiles::AddReachable(const TableMetadata& metadata,
                                   const std::vector<Snapshot>& snapshots,
                                   LocationSet* reachable) {
  RETURN_NOT_OK(ReadLists(metadata, snapshots, IfMissing::kFail));
  const std::set<std::string> keys = ManifestKeysOf(snapshots);
  RETURN_NOT_OK(ReadManifests({keys.begin(), keys.end()}));
  for (const Snapshot& snapshot : snapshots) {
    if (!snapshot.manifest_list.empty()) {
      reachable->Add(snapshot.manifest_list);
    }
  }
  for (const std::string& key : keys) {
    const ManifestInfo& info = manifests_.at(key);
    reachable->Add(info.description.path);
    reachable->AddHashes(info.live);
  }
  return Status::OK();
}

Result<SnapshotFiles::InUse> SnapshotFiles::InUseBy(
    const TableMetadata& metadata, const std::vector<Snapshot>& snapshots) {
  RETURN_NOT_OK(ReadLists(metadata, snapshots, IfMissing::kFail));
  InUse in_use;
  std::vector<std::string> delete_manifests;
  for (const std::string& key : ManifestKeysOf(snapshots)) {
    const ManifestFile& manifest = manifests_.at(key).description;
    in_use.specs.insert(manifest.spec_id);
    if (manifest.content == iceberg::ManifestContent::kDeletes) {
      delete_manifests.push_back(key);
    }
  }
  RETURN_NOT_OK(ReadManifests(delete_manifests));
  for (const std::string& key : delete_manifests) {
    const std::vector<iceberg::FieldId>& columns = manifests_.at(key).equality_columns;
    in_use.equality_columns.insert(columns.begin(), columns.end());
  }
  return in_use;
}

}  // namespace tarn::table::internal
