#include "tarn/service/migration/increment.h"

#include <cstdlib>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/service/migration/destination.h"
#include "tarn/table/incremental_scan.h"

namespace tarn::service {
namespace {

using iceberg::Snapshot;
using iceberg::TableMetadata;

const Snapshot* ParentOf(const TableMetadata& metadata, const Snapshot& snapshot) {
  return snapshot.parent_id ? metadata.FindSnapshot(*snapshot.parent_id) : nullptr;
}

bool Says(const Snapshot& snapshot, const char* key, const std::string& value) {
  const auto found = snapshot.summary.find(key);
  return found != snapshot.summary.end() && found->second == value;
}

/// The same rows in other files.
bool IsRewrite(const Snapshot& snapshot) { return snapshot.operation == "replace"; }

/// What the destination was last given from the source.
struct LastMigration {
  std::optional<iceberg::SnapshotId> source_snapshot = {};
  bool found = false;
  bool others_wrote = false;  // since then
};

LastMigration FindLast(const TableMetadata& destination, const std::string& uuid) {
  LastMigration last;
  for (const Snapshot* snapshot = destination.current_snapshot(); snapshot != nullptr;
       snapshot = ParentOf(destination, *snapshot)) {
    if (Says(*snapshot, kSourceUuidKey, uuid)) {
      last.found = true;
      const auto id = snapshot->summary.find(kSourceSnapshotKey);
      if (id != snapshot->summary.end()) {
        last.source_snapshot =
            iceberg::SnapshotId{std::strtoll(id->second.c_str(), nullptr, 10)};
      }
      return last;
    }
    last.others_wrote = last.others_wrote || !IsRewrite(*snapshot);
  }
  return last;
}

/// Empty if all snapshots after `from` only appended; else why not.
std::string RewrittenSince(const TableMetadata& source, iceberg::SnapshotId from) {
  for (const Snapshot* snapshot = source.current_snapshot(); snapshot != nullptr;
       snapshot = ParentOf(source, *snapshot)) {
    if (snapshot->id == from) {
      return {};
    }
    if (snapshot->operation != "append" && !IsRewrite(*snapshot)) {
      return "the source had a snapshot of operation " + snapshot->operation;
    }
  }
  return "the source's snapshot of the last migration is gone from its history";
}

}  // namespace

std::map<std::string, std::string> OriginOf(const TableMetadata& metadata) {
  const Snapshot* const head = metadata.current_snapshot();
  if (head != nullptr && head->summary.contains(kSourceUuidKey)) {
    return head->summary;
  }
  const auto snapshot = metadata.properties.find(kSourceSnapshotKey);
  const bool is_as_made =
      snapshot != metadata.properties.end() &&
      snapshot->second == (head == nullptr ? "" : std::to_string(head->id.value));
  return is_as_made ? metadata.properties : std::map<std::string, std::string>();
}

const Snapshot* FindSnapshotOf(const TableMetadata& metadata, const std::string& id,
                               const std::string& source) {
  for (const Snapshot* snapshot = metadata.current_snapshot(); snapshot != nullptr;
       snapshot = ParentOf(metadata, *snapshot)) {
    if (Says(*snapshot, kMigrationIdKey, id) && Says(*snapshot, kSourceKey, source)) {
      return snapshot;
    }
  }
  return nullptr;
}

Result<Increment> PlanIncrement(const table::Context& context,
                                const std::shared_ptr<const TableMetadata>& source,
                                const std::optional<catalog::LoadedTable>& destination) {
  Increment increment;
  if (!destination) {
    increment.reason = "the destination does not exist";
    return increment;
  }
  const TableMetadata& before = *destination->metadata;
  const LastMigration last = FindLast(before, source->table_uuid);
  if (!last.found && before.current_snapshot() != nullptr) {
    return MakeError(ErrorCode::kCommitConflict,
                     "The destination has rows, and no snapshot in its history that a "
                     "migration from this source made; choose mode append, overwrite or "
                     "replace without incremental: " +
                         destination->ident.ToString());
  }
  if (last.source_snapshot == source->current_snapshot_id) {
    increment.kind = Increment::Kind::kNothing;
    return increment;
  }
  increment.reason = last.source_snapshot ? RewrittenSince(*source, *last.source_snapshot)
                                          : "the source was empty at the last migration";
  if (increment.reason.empty()) {
    ARROW_ASSIGN_OR_RAISE(
        table::ScanPlan plan,
        table::PlanAppends(context.io, {.metadata = source,
                                        .from = last.source_snapshot,
                                        .manifests = context.manifests}));
    increment.kind = Increment::Kind::kAppends;
    increment.tasks = std::move(plan.tasks);
    return increment;
  }
  if (last.others_wrote) {
    return MakeError(ErrorCode::kCommitConflict,
                     "All rows would have to be replaced (" + increment.reason +
                         "), but others wrote to the destination since the last "
                         "migration; mode overwrite without incremental replaces theirs "
                         "too: " +
                         destination->ident.ToString());
  }
  return increment;
}

}  // namespace tarn::service
