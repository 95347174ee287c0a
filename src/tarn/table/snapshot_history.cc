// Which snapshot is meant: by ancestry, by time, by name.
#include <algorithm>
#include <charconv>

#include "tarn/base/error.h"
#include "tarn/table/snapshot_refs.h"

namespace tarn::table {
namespace {

using iceberg::Snapshot;
using iceberg::SnapshotId;
using iceberg::TableMetadata;

Status NoSnapshotAsOf(const TableMetadata& metadata, std::chrono::milliseconds time) {
  return MakeError(ErrorCode::kNoSuchSnapshot,
                   "Table at " + metadata.location +
                       " has no snapshot as old as milliseconds since 1970: " +
                       std::to_string(time.count()));
}

/// Some writers keep no log: the ancestors of main are the next best.
std::optional<SnapshotId> AncestorAsOf(const TableMetadata& metadata,
                                       std::chrono::milliseconds time) {
  if (!metadata.current_snapshot_id.has_value()) {
    return std::nullopt;
  }
  for (const Snapshot* snapshot : AncestorsOf(metadata, *metadata.current_snapshot_id)) {
    if (snapshot->timestamp <= time) {
      return snapshot->id;
    }
  }
  return std::nullopt;
}

std::string NamesOfRefs(const TableMetadata& metadata) {
  std::string names;
  for (const auto& [name, ref] : metadata.refs) {
    names += (names.empty() ? "" : ", ") + name;
  }
  return names.empty() ? "none" : names;
}

}  // namespace

std::vector<const Snapshot*> AncestorsOf(const TableMetadata& metadata,
                                         SnapshotId start) {
  std::vector<const Snapshot*> ancestors;
  const Snapshot* snapshot = metadata.FindSnapshot(start);
  // Parents cannot form a circle in what we write; in what others write they may.
  while (snapshot != nullptr && ancestors.size() < metadata.snapshots.size()) {
    ancestors.push_back(snapshot);
    snapshot =
        snapshot->parent_id ? metadata.FindSnapshot(*snapshot->parent_id) : nullptr;
  }
  return ancestors;
}

bool IsAncestorOf(const TableMetadata& metadata, SnapshotId ancestor,
                  SnapshotId descendant) {
  return std::ranges::any_of(
      AncestorsOf(metadata, descendant),
      [&](const Snapshot* snapshot) { return snapshot->id == ancestor; });
}

Result<SnapshotId> SnapshotAsOf(const TableMetadata& metadata,
                                std::chrono::milliseconds time) {
  std::optional<SnapshotId> found;
  for (const iceberg::SnapshotLogEntry& entry : metadata.snapshot_log) {
    if (entry.timestamp <= time) {
      found = entry.snapshot_id;
    }
  }
  if (metadata.snapshot_log.empty()) {
    found = AncestorAsOf(metadata, time);
  }
  if (!found.has_value()) {
    return NoSnapshotAsOf(metadata, time);
  }
  if (metadata.FindSnapshot(*found) != nullptr) {
    return *found;
  }
  return MakeError(ErrorCode::kNoSuchSnapshot,
                   "The snapshot that the table at " + metadata.location +
                       " had then has expired: " + std::to_string(found->value));
}

Result<SnapshotId> SnapshotNamed(const TableMetadata& metadata,
                                 const std::string& ref_or_id) {
  const auto ref = metadata.refs.find(ref_or_id);
  if (ref != metadata.refs.end()) {
    return ref->second.snapshot_id;
  }
  SnapshotId id;
  const char* const end = ref_or_id.data() + ref_or_id.size();
  const auto parsed = std::from_chars(ref_or_id.data(), end, id.value);
  const bool is_number = parsed.ec == std::errc() && parsed.ptr == end;
  if (is_number && metadata.FindSnapshot(id) != nullptr) {
    return id;
  }
  const bool is_main =
      ref_or_id == iceberg::kMainBranch && metadata.current_snapshot_id.has_value();
  if (is_main) {
    return *metadata.current_snapshot_id;
  }
  return MakeError(ErrorCode::kNoSuchSnapshot,
                   "Table at " + metadata.location + " has no branch, tag or snapshot " +
                       ref_or_id +
                       "; its branches and tags are: " + NamesOfRefs(metadata));
}

}  // namespace tarn::table
