// Updates to a table's history: snapshots, references and the snapshot log.
#include <algorithm>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/iceberg/internal/table_metadata_builder.h"

namespace tarn::iceberg::internal {
namespace {

std::string IdText(SnapshotId id) { return std::to_string(id.value); }

Status CheckRef(const std::string& name, const SnapshotRef& ref) {
  const auto refuse = [&](const std::string& why) {
    return InvalidUpdate("Cannot set reference " + name + ": " + why);
  };
  if (name.empty()) {
    return InvalidUpdate("A branch or tag needs a name");
  }
  if (ref.type == RefType::kTag) {
    if (name == kMainBranch) {
      return refuse("main is always a branch");
    }
    if (ref.min_snapshots_to_keep || ref.max_snapshot_age) {
      return refuse("a tag keeps one snapshot, only max-ref-age-ms applies to it");
    }
  }
  if (ref.min_snapshots_to_keep.value_or(1) <= 0 ||
      ref.max_snapshot_age.value_or(std::chrono::milliseconds(1)).count() <= 0 ||
      ref.max_ref_age.value_or(std::chrono::milliseconds(1)).count() <= 0) {
    return refuse("retention values must be positive");
  }
  return Status::OK();
}

}  // namespace

Status TableMetadataBuilder::On(const update::AddSnapshot& update) {
  Snapshot snapshot = update.snapshot;
  const auto refuse = [&](const std::string& why) {
    return InvalidUpdate("Cannot add snapshot " + IdText(snapshot.id) + ": " + why);
  };
  // It was built on an older table: built anew it fits.
  const auto overtaken = [&](const std::string& why) {
    return MakeError(ErrorCode::kCommitConflict,
                     "Cannot add snapshot " + IdText(snapshot.id) + ": " + why);
  };
  if (snapshot.id.value <= 0) {
    return refuse("ids are positive");
  }
  if (table_.FindSnapshot(snapshot.id) != nullptr) {
    return refuse("the id is taken");
  }
  if (table_.schemas.empty()) {
    return refuse("the table has no schema yet");
  }
  if (snapshot.schema_id && table_.FindSchema(*snapshot.schema_id) == nullptr) {
    return refuse("there is no schema " + std::to_string(snapshot.schema_id->value));
  }
  if (table_.format_version == 1) {
    snapshot.sequence_number = SequenceNumber{0};
  } else {
    if (snapshot.manifest_list.empty()) {
      return refuse("it has no manifest list");
    }
    // One without a parent has none of the files that the number orders deletes for: a
    // table that is replaced while others write to it gets it as it comes, as in the
    // reference implementation.
    if (snapshot.parent_id && snapshot.sequence_number <= table_.last_sequence_number) {
      return overtaken("its sequence number " +
                       std::to_string(snapshot.sequence_number.value) +
                       " is not above the table's last, " +
                       std::to_string(table_.last_sequence_number.value));
    }
    table_.last_sequence_number =
        std::max(table_.last_sequence_number, snapshot.sequence_number);
  }
  if (table_.format_version >= 3) {
    const int64_t next_row_id = table_.next_row_id.value_or(0);
    if (!snapshot.first_row_id || !snapshot.added_rows) {
      return refuse("format version 3 needs first-row-id and added-rows");
    }
    if (*snapshot.first_row_id < next_row_id) {
      return overtaken("its first-row-id " + std::to_string(*snapshot.first_row_id) +
                       " is behind the table's next-row-id, " +
                       std::to_string(next_row_id));
    }
    int64_t end = 0;
    if (*snapshot.added_rows < 0 ||
        __builtin_add_overflow(*snapshot.first_row_id, *snapshot.added_rows, &end)) {
      return refuse("added-rows " + std::to_string(*snapshot.added_rows) +
                    " is out of range");
    }
    table_.next_row_id = end;
  } else {
    snapshot.first_row_id.reset();
    snapshot.added_rows.reset();
  }
  newest_snapshot_ = std::max(newest_snapshot_, snapshot.timestamp);
  added_snapshots_.insert(snapshot.id);
  table_.snapshots.push_back(std::move(snapshot));
  is_changed_ = true;
  return Status::OK();
}

Status TableMetadataBuilder::On(const update::SetSnapshotRef& update) {
  SnapshotRef ref = update.ref;
  ARROW_RETURN_NOT_OK(CheckRef(update.name, ref));
  if (table_.FindSnapshot(ref.snapshot_id) == nullptr) {
    return InvalidUpdate("Cannot set reference " + update.name + " to snapshot " +
                         IdText(ref.snapshot_id) + ", which does not exist");
  }
  const auto known = table_.refs.find(update.name);
  if (known != table_.refs.end()) {
    if (known->second.type != ref.type) {
      return InvalidUpdate(
          "Reference " + update.name + " is a " +
          (known->second.type == RefType::kTag ? "tag" : "branch") +
          " and cannot be committed to as the other kind: remove it first");
    }
    // A commit that says nothing about retention does not end it.
    if (!ref.min_snapshots_to_keep) {
      ref.min_snapshots_to_keep = known->second.min_snapshots_to_keep;
    }
    if (!ref.max_snapshot_age) {
      ref.max_snapshot_age = known->second.max_snapshot_age;
    }
    if (!ref.max_ref_age) {
      ref.max_ref_age = known->second.max_ref_age;
    }
    if (known->second == ref) {
      return Status::OK();
    }
  }
  if (update.name == kMainBranch) {
    table_.current_snapshot_id = ref.snapshot_id;
  }
  table_.refs[update.name] = ref;
  is_changed_ = true;
  return Status::OK();
}

Status TableMetadataBuilder::On(const update::RemoveSnapshots& update) {
  for (const SnapshotId id : update.ids) {
    const auto removed = std::erase_if(
        table_.snapshots, [&](const Snapshot& snapshot) { return snapshot.id == id; });
    if (removed == 0) {
      continue;
    }
    is_changed_ = true;
    ARROW_RETURN_NOT_OK(On(update::RemoveStatistics{id}));
    ARROW_RETURN_NOT_OK(On(update::RemovePartitionStatistics{id}));
  }
  return Status::OK();
}

Status TableMetadataBuilder::On(const update::RemoveSnapshotRef& update) {
  if (table_.refs.erase(update.name) == 0) {
    return Status::OK();
  }
  if (update.name == kMainBranch) {
    table_.current_snapshot_id.reset();
  }
  is_changed_ = true;
  return Status::OK();
}

Status TableMetadataBuilder::CheckRefs() const {
  for (const auto& [name, ref] : table_.refs) {
    if (table_.FindSnapshot(ref.snapshot_id) == nullptr) {
      return InvalidUpdate("Cannot remove snapshot " + IdText(ref.snapshot_id) + ": " +
                           (ref.type == RefType::kTag ? "tag " : "branch ") + name +
                           " is there; remove the reference first");
    }
  }
  return Status::OK();
}

void TableMetadataBuilder::UpdateSnapshotLog() {
  std::vector<SnapshotLogEntry>& log = table_.snapshot_log;
  // Any expired entry makes a gap: what is older would answer AS OF questions wrongly.
  const auto gap =
      std::find_if(log.rbegin(), log.rend(), [&](const SnapshotLogEntry& entry) {
        return table_.FindSnapshot(entry.snapshot_id) == nullptr;
      });
  log.erase(log.begin(), gap.base());
  // Only where main ends up counts: snapshots it passed through within this commit were
  // never current.
  if (!table_.current_snapshot_id ||
      table_.current_snapshot_id == base_.current_snapshot_id) {
    return;
  }
  const SnapshotId current = *table_.current_snapshot_id;
  std::chrono::milliseconds timestamp = table_.last_updated;
  if (added_snapshots_.contains(current)) {
    timestamp = table_.FindSnapshot(current)->timestamp;
  }
  if (!log.empty()) {
    timestamp = std::max(timestamp, log.back().timestamp);
  }
  log.push_back({timestamp, current});
}

}  // namespace tarn::iceberg::internal
