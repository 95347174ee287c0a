#include "tarn/table/internal/snapshot_range.h"

#include <algorithm>
#include <set>
#include <string>

#include "tarn/base/error.h"

namespace tarn::table::internal {
namespace {

using iceberg::Snapshot;
using iceberg::SnapshotId;
using iceberg::TableMetadata;

Result<const Snapshot*> Find(const TableMetadata& metadata, SnapshotId id,
                             const char* which) {
  const Snapshot* snapshot = metadata.FindSnapshot(id);
  if (snapshot == nullptr) {
    return MakeError(ErrorCode::kNoSuchSnapshot,
                     std::string("Cannot find the ") + which + " snapshot of table at " +
                         metadata.location + ": " + std::to_string(id.value));
  }
  return snapshot;
}

Status NotAnAncestor(const char* kind, SnapshotId from, SnapshotId to) {
  return MakeError(ErrorCode::kInvalidArgument,
                   std::string("Starting snapshot (") + kind + ") " +
                       std::to_string(from.value) +
                       " is not an ancestor of the end: " + std::to_string(to.value));
}

}  // namespace

Result<std::vector<const Snapshot*>> SnapshotRange(const IncrementalRequest& request) {
  const TableMetadata& metadata = *request.metadata;
  std::vector<const Snapshot*> range;
  const bool inclusive = request.start == StartOfRange::kInclusive;
  if (request.from && inclusive) {
    RETURN_NOT_OK(Find(metadata, *request.from, "starting").status());
  }
  const auto to = request.to ? request.to : metadata.current_snapshot_id;
  if (!to.has_value()) {
    if (!request.from) {
      return range;
    }
    return MakeError(ErrorCode::kInvalidArgument,
                     "End snapshot is not set and the table has no current snapshot: " +
                         metadata.location);
  }
  ARROW_ASSIGN_OR_RAISE(const Snapshot* snapshot, Find(metadata, *to, "end"));
  // An exclusive start may be expired: it is enough that a snapshot names it as parent.
  std::set<SnapshotId> seen;  // a history that loops must not be followed for ever
  bool found = !request.from.has_value();
  while (snapshot != nullptr && seen.insert(snapshot->id).second) {
    range.push_back(snapshot);
    found = found || (inclusive ? snapshot->id == *request.from
                                : snapshot->parent_id == request.from);
    if (!snapshot->parent_id || (found && request.from)) {
      break;
    }
    snapshot = metadata.FindSnapshot(*snapshot->parent_id);
  }
  if (!found) {
    return NotAnAncestor(inclusive ? "inclusive" : "exclusive", *request.from, *to);
  }
  std::ranges::reverse(range);
  return range;
}

}  // namespace tarn::table::internal
