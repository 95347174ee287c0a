#include "tarn/catalog/internal/append_mover.h"

#include <algorithm>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/iceberg/encryption.h"

namespace tarn::catalog::internal {
namespace {

using iceberg::AppendedManifests;
using iceberg::AppendUpdate;
using iceberg::ManifestFile;
using iceberg::Snapshot;
using iceberg::TableMetadata;

/// What makes a move impossible leaves the commit as it came, which its requirements do
/// not allow: a conflict, whatever the reason.
Status AsConflict(const Status& why) {
  if (why.ok() || CodeOf(why) == ErrorCode::kCommitConflict) {
    return why;
  }
  return MakeError(
      ErrorCode::kCommitConflict,
      "The append cannot be moved to the new head, its files cannot be read: " +
          why.message());
}

Status Refuse(const std::string& why) {
  return MakeError(ErrorCode::kCommitConflict,
                   "The append cannot be moved to the new head: " + why);
}

/// True if `location` is below the table's location or its metadata path, however a local
/// one is spelled.
bool IsInTable(const TableMetadata& table, const std::string& location) {
  const auto plain = [](const std::string& text) {
    return io::LocalPathOf(text).value_or(text);
  };
  const std::string path = plain(location);
  if (path.find("/../") != std::string::npos) {
    return false;
  }
  const auto is_below = [&](std::string directory) {
    directory = plain(directory);
    while (directory.ends_with('/')) {
      directory.pop_back();
    }
    return !directory.empty() && path.starts_with(directory + "/");
  };
  return is_below(table.location) || is_below(table.Property("write.metadata.path", ""));
}

size_t BytesOf(const ManifestList& list) {
  size_t bytes = sizeof(list);
  for (const ManifestFile& manifest : list) {
    bytes += sizeof(manifest) + manifest.path.size() +
             2 * manifest.partitions.size() * sizeof(iceberg::PartitionFieldSummary);
  }
  return bytes;
}

}  // namespace

Result<std::shared_ptr<const ManifestList>> AppendMover::ReadList(
    const Snapshot& snapshot, const std::vector<NewManifestList>& unwritten) {
  const std::string& location = snapshot.manifest_list;
  const auto made = std::ranges::find(unwritten, location, &NewManifestList::location);
  if (made != unwritten.end()) {
    return made->manifests;
  }
  if (location.empty()) {
    return Refuse("snapshot " + std::to_string(snapshot.id.value) +
                  " has no manifest list");
  }
  if (auto cached = lists_.Find(location)) {
    return cached;
  }
  ARROW_ASSIGN_OR_RAISE(const std::string bytes, io_.ReadAll(location));
  auto read = iceberg::ReadManifestList(bytes);
  if (!read.ok()) {
    return WithContext("Manifest list " + location + ": ", read.status());
  }
  auto list = std::make_shared<const ManifestList>(*std::move(read));
  lists_.Put(location, list, BytesOf(*list));
  return list;
}

Result<std::shared_ptr<const AppendedManifests>> AppendMover::ReadAppended(
    const TableMetadata& table, const AppendUpdate& append) {
  const Snapshot& snapshot = append.snapshot;
  if (iceberg::IsEncrypted(table) || snapshot.key_id) {
    return Refuse("the table is encrypted, only writers have the keys of its lists");
  }
  // The new list goes beside the writer's: nobody makes us write elsewhere.
  if (!IsInTable(table, snapshot.manifest_list)) {
    return Refuse("its manifest list is not in the table's directory: " +
                  snapshot.manifest_list);
  }
  std::shared_ptr<const ManifestList> base = std::make_shared<const ManifestList>();
  if (snapshot.parent_id) {
    const Snapshot* parent = table.FindSnapshot(*snapshot.parent_id);
    if (parent == nullptr) {
      return Refuse("its parent has expired");
    }
    ARROW_ASSIGN_OR_RAISE(base, ReadList(*parent));
  }
  ARROW_ASSIGN_OR_RAISE(const auto own, ReadList(snapshot));
  ARROW_ASSIGN_OR_RAISE(AppendedManifests appended,
                        iceberg::CompareLists(snapshot, *base, *own));
  for (size_t i = 0; i < appended.added.size(); ++i) {
    const std::string& path = appended.added[i].path;
    ARROW_ASSIGN_OR_RAISE(const std::string bytes, io_.ReadAll(path));
    const auto manifest = iceberg::ReadManifestRaw(bytes);
    if (!manifest.ok()) {
      return WithContext("Manifest " + path + ": ", manifest.status());
    }
    ARROW_RETURN_NOT_OK(iceberg::CountManifest(snapshot, *manifest, i, &appended));
  }
  return std::make_shared<const AppendedManifests>(std::move(appended));
}

Result<std::shared_ptr<const AppendedManifests>> AppendMover::Examine(
    const TableMetadata& table, const AppendUpdate& append) {
  auto appended = ReadAppended(table, append);
  return appended.ok() ? appended : AsConflict(appended.status());
}

Result<AppendMover::Moved> AppendMover::Move(
    const TableMetadata& table, const AppendUpdate& append,
    const AppendedManifests& appended, const std::vector<NewManifestList>& unwritten) {
  const Snapshot* head = iceberg::HeadFor(table, append);
  std::shared_ptr<const ManifestList> before = std::make_shared<const ManifestList>();
  if (head != nullptr) {
    auto read = ReadList(*head, unwritten);
    if (!read.ok()) {
      return AsConflict(read.status());
    }
    before = *std::move(read);
  }
  auto moved = iceberg::MoveAppend(table, head, *before, append.snapshot, appended);
  if (!moved.ok()) {
    return AsConflict(moved.status());
  }
  Moved result;
  result.snapshot = std::move(moved->snapshot);
  result.list.bytes = std::move(moved->list);
  result.list.manifests =
      std::make_shared<const ManifestList>(std::move(moved->manifests));
  result.list.location = iceberg::MovedListLocation(append.snapshot, 1, NewUuid(random_));
  result.snapshot.manifest_list = result.list.location;
  return result;
}

Result<bool> AppendMover::IsSame(const TableMetadata& table, const AppendUpdate& append,
                                 const std::vector<NewManifestList>& unwritten) {
  const Snapshot& sent = append.snapshot;
  const Snapshot* known = table.FindSnapshot(sent.id);
  if (known == nullptr || known->manifest_list == sent.manifest_list) {
    return known != nullptr;
  }
  const auto there = ReadList(*known, unwritten);
  const auto own = ReadList(sent);
  if (!there.ok() || !own.ok()) {
    return AsConflict(there.ok() ? own.status() : there.status());
  }
  return std::ranges::all_of(**own, [&](const ManifestFile& manifest) {
    return manifest.added_snapshot_id != sent.id ||
           std::ranges::count(**there, manifest.path, &ManifestFile::path) > 0;
  });
}

Status AppendMover::Write(const NewManifestList& list) {
  ARROW_RETURN_NOT_OK(WithContext("Cannot write manifest list " + list.location + ": ",
                                  io_.WriteNew(list.location, list.bytes)));
  lists_.Put(list.location, list.manifests, BytesOf(*list.manifests));
  return Status::OK();
}

void AppendMover::Discard(const NewManifestList& list) {
  const Status ignored = io_.Delete(list.location);
  static_cast<void>(ignored);
}

}  // namespace tarn::catalog::internal
