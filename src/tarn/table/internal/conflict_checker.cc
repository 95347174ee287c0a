#include "tarn/table/internal/conflict_checker.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/table/internal/delete_index.h"
#include "tarn/table/internal/manifest_rewrite.h"
#include "tarn/table/internal/request_checks.h"

namespace tarn::table::internal {
namespace {

using iceberg::DataFile;
using iceberg::EntryStatus;
using iceberg::FileContent;
using iceberg::ManifestContent;
using iceberg::ManifestEntry;
using iceberg::ManifestFile;
using iceberg::Snapshot;
using iceberg::TableMetadata;

Status Conflict(const WriteRequest& request, const std::string& what) {
  return MakeError(ErrorCode::kCommitConflict, "Cannot commit to " +
                                                   request.ident.ToString() +
                                                   ", another writer was first: " + what +
                                                   "; run the statement again");
}

}  // namespace

/// Data files whose rows the request takes away or writes anew.
struct ConflictChecker::Targets {
  explicit Targets(const TableMetadata& table) : partitions(table) {}

  /// As scan planning decides it, but for sequence numbers: every delete looked at is
  /// newer than the targets.
  Result<bool> MayBeHitBy(const DataFile& delete_file, const TableMetadata& table) const {
    const std::string_view path = ReferencedDataFile(delete_file);
    if (!path.empty()) {
      return paths.contains(std::string(path));
    }
    const iceberg::PartitionSpec* spec = table.FindSpec(delete_file.spec_id);
    const bool is_global = delete_file.content == FileContent::kEqualityDeletes &&
                           spec != nullptr && spec->is_unpartitioned();
    if (is_global) {
      return !paths.empty();
    }
    return partitions.Contains(delete_file);
  }

  std::unordered_set<std::string> paths;
  PartitionSet partitions;
};

Result<ConflictChecker::Snapshots> ConflictChecker::SnapshotsSinceBase(
    const TableMetadata& table, const Snapshot* head) const {
  const std::optional<iceberg::SnapshotId>& base = request_.checks.base;
  Snapshots since;
  std::optional<iceberg::SnapshotId> next;
  if (head != nullptr) {
    next = head->id;
  }
  while (next.has_value() && next != base) {
    const Snapshot* snapshot = table.FindSnapshot(*next);
    if (snapshot == nullptr || since.size() > table.snapshots.size()) {
      return Conflict(request_, "snapshots since the change was computed have expired");
    }
    since.push_back(snapshot);
    next = snapshot->parent_id;
  }
  if (base.has_value() && !next.has_value()) {
    return Conflict(request_, "snapshot " + std::to_string(base->value) +
                                  ", which the change was computed from, is not an "
                                  "ancestor of the head any more");
  }
  return since;
}

Result<const std::vector<ManifestFile>*> ConflictChecker::ManifestsMadeBy(
    const Snapshot& snapshot) {
  const auto known = made_.find(snapshot.id.value);
  if (known != made_.end()) {
    return &known->second;
  }
  ARROW_ASSIGN_OR_RAISE(std::vector<ManifestFile> manifests,
                        OpenManifestListOf(context_, *table_, snapshot));
  std::erase_if(manifests, [&](const ManifestFile& manifest) {
    return manifest.added_snapshot_id != snapshot.id;
  });
  return &(made_[snapshot.id.value] = std::move(manifests));
}

Status ConflictChecker::ForEachChange(const Snapshots& snapshots, ManifestContent content,
                                      EntryStatus status, const EntryCheck& check) {
  for (const Snapshot* snapshot : snapshots) {
    ARROW_ASSIGN_OR_RAISE(const auto* manifests, ManifestsMadeBy(*snapshot));
    for (const ManifestFile& manifest : *manifests) {
      const bool has_none =
          status == EntryStatus::kAdded
              ? manifest.added_files_count == 0
              : status == EntryStatus::kDeleted && manifest.deleted_files_count == 0;
      if (manifest.content != content || has_none) {
        continue;
      }
      ARROW_ASSIGN_OR_RAISE(const OpenedManifest loaded,
                            OpenManifest(context_, manifest));
      for (size_t row = 0; row < loaded.size(); ++row) {
        const auto made_by = loaded.columns->snapshot_id(row);
        if (loaded.columns->status(row) == status &&
            made_by.value_or(snapshot->id) == snapshot->id) {
          RETURN_NOT_OK(check(loaded.EntryAt(row)));
        }
      }
    }
  }
  return Status::OK();
}

/// True for writes that name no files but say which rows go.
bool ConflictChecker::TakesAwayByRule() const {
  return request_.mode == WriteMode::kOverwrite ||
         request_.mode == WriteMode::kOverwritePartitions ||
         request_.removed_rows.has_value();
}

/// Rows that others deleted from the files would come back.
Status ConflictChecker::CheckDeletesOf(const std::vector<DataFile>& removed_data) {
  Targets targets(*table_);
  for (const DataFile& file : removed_data) {
    targets.paths.insert(file.file_path);
    RETURN_NOT_OK(targets.partitions.Add(file));
  }
  // Deleting a row twice is no conflict, writing it anew after another deleted it is.
  const bool writes_anew = !request_.files.empty();
  for (const DataFile& file : request_.delete_files) {
    const std::string path(ReferencedDataFile(file));
    if (!writes_anew || file.content != FileContent::kPositionDeletes) {
      continue;
    }
    if (!path.empty()) {
      targets.paths.insert(path);
    }
    RETURN_NOT_OK(targets.partitions.Add(file));
  }
  if (targets.paths.empty() && targets.partitions.empty()) {
    return Status::OK();
  }
  // What only moved deletes to other files counts too for a rewrite: it may have made an
  // equality delete, which the new files do not have yet, into positions of the old ones.
  const bool is_rewrite = request_.mode == WriteMode::kRewrite;
  return ForEachChange(
      is_rewrite ? since_ : changing_, ManifestContent::kDeletes, EntryStatus::kAdded,
      [&](const ManifestEntry& entry) -> Status {
        ARROW_ASSIGN_OR_RAISE(const bool hit, targets.MayBeHitBy(entry.file, *table_));
        if (!hit || StaysInReach(entry.file, removed_data)) {
          return Status::OK();
        }
        return Conflict(
            request_, "found new delete for replaced data file: " + entry.file.file_path);
      });
}

/// True if an equality delete applies to rewritten rows as it does to the old ones: they
/// keep their sequence number, and they are in the same partition or the delete is in
/// none.
bool ConflictChecker::StaysInReach(const DataFile& delete_file,
                                   const std::vector<DataFile>& removed_data) const {
  if (request_.mode != WriteMode::kRewrite || !request_.data_sequence_number ||
      delete_file.content != FileContent::kEqualityDeletes) {
    return false;
  }
  const iceberg::PartitionSpec* spec = table_->FindSpec(delete_file.spec_id);
  if (spec != nullptr && spec->is_unpartitioned()) {
    return true;
  }
  const auto is_of_its_spec = [&](const DataFile& file) {
    return file.spec_id == delete_file.spec_id;
  };
  return std::ranges::all_of(removed_data, is_of_its_spec) &&
         std::ranges::all_of(request_.files, is_of_its_spec);
}

Result<bool> ConflictChecker::IsInRange(const DataFile& file) const {
  if (replaced_partitions_.has_value()) {
    return replaced_partitions_->Contains(file);
  }
  ARROW_ASSIGN_OR_RAISE(const Matching matching, read_rows_->Match(file));
  return matching != Matching::kNoRow;
}

Status ConflictChecker::ChooseRange() {
  const bool by_partition = request_.mode == WriteMode::kOverwritePartitions;
  ARROW_ASSIGN_OR_RAISE(
      read_rows_,
      RowFilter::Make(by_partition ? iceberg::AlwaysTrue() : request_.checks.read_rows,
                      *table_));
  replaced_partitions_.reset();
  if (by_partition && !ReplacesEverything(request_, *table_)) {
    replaced_partitions_.emplace(*table_);
    for (const DataFile& file : request_.files) {
      RETURN_NOT_OK(replaced_partitions_->Add(file));
    }
  }
  return Status::OK();
}

/// Deletes of others in what is replaced by rule: their rows are gone, but what replaces
/// them may have been computed from them.
Status ConflictChecker::CheckRange() {
  RETURN_NOT_OK(ForEachChange(
      changing_, ManifestContent::kDeletes, EntryStatus::kAdded,
      [&](const ManifestEntry& entry) -> Status {
        ARROW_ASSIGN_OR_RAISE(const bool in_range, IsInRange(entry.file));
        return !in_range ? Status::OK()
                         : Conflict(request_,
                                    "found new conflicting delete files that can apply "
                                    "to the rows concerned: " +
                                        entry.file.file_path);
      }));
  return ForEachChange(
      changing_, ManifestContent::kData, EntryStatus::kDeleted,
      [&](const ManifestEntry& entry) -> Status {
        ARROW_ASSIGN_OR_RAISE(const bool in_range, IsInRange(entry.file));
        return !in_range ? Status::OK()
                         : Conflict(request_,
                                    "found conflicting deleted files that can "
                                    "contain the rows concerned: " +
                                        entry.file.file_path);
      });
}

/// New rows that the statement would have had to look at.
Status ConflictChecker::CheckReadRows() {
  return ForEachChange(
      changing_, ManifestContent::kData, EntryStatus::kAdded,
      [&](const ManifestEntry& entry) -> Status {
        ARROW_ASSIGN_OR_RAISE(const bool in_range, IsInRange(entry.file));
        return !in_range ? Status::OK()
                         : Conflict(request_,
                                    "found conflicting files that can contain "
                                    "the rows concerned: " +
                                        entry.file.file_path);
      });
}

Status ConflictChecker::Check(const TableMetadata& table, const Snapshot* head,
                              const std::vector<DataFile>& removed_data) {
  const bool is_rewrite = request_.mode == WriteMode::kRewrite;
  Isolation isolation = request_.checks.isolation;
  if (is_rewrite && !removed_data.empty() && isolation == Isolation::kNone) {
    isolation = Isolation::kSnapshot;  // else a rewrite could bring back deleted rows
  }
  if (isolation == Isolation::kNone && !request_.checks.base.has_value()) {
    return Status::OK();
  }
  ARROW_ASSIGN_OR_RAISE(since_, SnapshotsSinceBase(table, head));
  if (isolation == Isolation::kNone || since_.empty()) {
    return Status::OK();
  }
  table_ = &table;
  changing_ = since_;
  std::erase_if(changing_, [](const Snapshot* snapshot) {
    return snapshot->operation == "replace";
  });
  RETURN_NOT_OK(CheckDeletesOf(removed_data));
  if (is_rewrite) {
    return Status::OK();
  }
  RETURN_NOT_OK(ChooseRange());
  const bool is_serializable = isolation == Isolation::kSerializable;
  if (TakesAwayByRule() || (is_serializable && !request_.files.empty())) {
    RETURN_NOT_OK(CheckRange());
  }
  return is_serializable ? CheckReadRows() : Status::OK();
}

}  // namespace tarn::table::internal
