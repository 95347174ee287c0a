#include "tarn/iceberg/append_rebase.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/iceberg/encryption.h"

namespace tarn::iceberg {
namespace {

Status CannotMove(const std::string& why) {
  return MakeError(ErrorCode::kCommitConflict,
                   "The append cannot be moved to the new head: " + why);
}

bool ChangesNoRows(const Snapshot& snapshot) {
  return snapshot.operation == "append" || snapshot.operation == "replace";
}

/// The snapshots of a branch, from its head on. Parents come before their children in
/// metadata, so that one pass over it finds them all; where another writer put them in
/// another order they are looked up.
class History {
 public:
  History(const TableMetadata& table, const Snapshot* head)
      : table_(table), next_(head == nullptr ? std::nullopt : std::optional(head->id)) {
    left_ = at_ = table.snapshots.size();
  }

  /// nullptr at the end: after the first snapshot, or where its parent has expired.
  const Snapshot* Next() {
    if (!next_ || left_ == 0) {
      return nullptr;
    }
    --left_;  // parents may form a circle in what others wrote
    const Snapshot* found = Find(*next_);
    if (found != nullptr) {
      next_ = found->parent_id;
    }
    return found;
  }
  /// After the end: true if the branch was followed to its first snapshot.
  bool is_complete() const { return !next_; }

 private:
  const Snapshot* Find(SnapshotId id) {
    while (at_ > 0) {
      const Snapshot& snapshot = table_.snapshots[--at_];
      if (snapshot.id == id) {
        return &snapshot;
      }
    }
    return table_.FindSnapshot(id);
  }

  const TableMetadata& table_;
  std::optional<SnapshotId> next_;
  size_t at_ = 0;
  size_t left_ = 0;
};

Status CheckHistory(const TableMetadata& table, const AppendUpdate& append) {
  History history(table, HeadFor(table, append));
  bool is_base_found = false;
  while (const Snapshot* snapshot = history.Next()) {
    is_base_found = is_base_found || snapshot->id == append.snapshot.parent_id;
    if (!ChangesNoRows(*snapshot)) {
      return CannotMove("rows of the table are changed, snapshot " +
                        std::to_string(snapshot->id.value) + " is of operation \"" +
                        snapshot->operation +
                        "\" (table property commit.rebase-appends=true moves it)");
    }
  }
  const bool is_base_known =
      append.snapshot.parent_id ? is_base_found : history.is_complete();
  return is_base_known
             ? Status::OK()
             : CannotMove("its parent is not in the retained history of branch " +
                          append.branch);
}

std::optional<int64_t> Number(const std::map<std::string, std::string>& summary,
                              const std::string& key) {
  const auto found = summary.find(key);
  if (found == summary.end()) {
    return std::nullopt;
  }
  const std::string& text = found->second;
  int64_t number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool valid = parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
  return valid && number >= 0 ? std::optional(number) : std::nullopt;
}

/// The writer's totals are those of its base: the head's and what it brings instead.
/// Where the head does not say, nothing is made up.
void MoveTotals(const Snapshot* head, const AppendedManifests& appended,
                size_t num_carried, std::map<std::string, std::string>* summary) {
  const std::pair<const char*, int64_t> totals[] = {
      {"total-data-files", appended.data_files},
      {"total-records", appended.records},
      {"total-files-size", appended.bytes},
      {"total-delete-files", 0},
      {"total-position-deletes", 0},
      {"total-equality-deletes", 0},
  };
  for (const auto& [key, added] : totals) {
    const std::optional<int64_t> before =
        head == nullptr ? std::optional<int64_t>(0) : Number(head->summary, key);
    int64_t after = 0;
    if (before && !__builtin_add_overflow(*before, added, &after)) {
      (*summary)[key] = std::to_string(after);
    } else {
      summary->erase(key);
    }
  }
  if (const auto kept = summary->find("manifests-kept"); kept != summary->end()) {
    kept->second = std::to_string(num_carried);
  }
}

Status CheckFits(const TableMetadata& table, const Snapshot& snapshot,
                 const AppendedManifests& appended) {
  if (IsEncrypted(table) || snapshot.key_id) {
    return CannotMove("the table is encrypted, only writers have the keys of its lists");
  }
  const bool is_of_version =
      (table.format_version < 2) == (snapshot.sequence_number.value == 0) &&
      (table.format_version < 3) == !snapshot.first_row_id;
  if (!is_of_version) {
    return CannotMove("it was not built for format version " +
                      std::to_string(table.format_version));
  }
  for (const ManifestFile& manifest : appended.added) {
    if (table.FindSpec(manifest.spec_id) == nullptr) {
      return CannotMove("the table has no partition spec " +
                        std::to_string(manifest.spec_id.value) + " any more");
    }
  }
  if (appended.carried_files != appended.merged_files) {
    return CannotMove("the manifests that it merged held " +
                      std::to_string(appended.merged_files) + " files, its own hold " +
                      std::to_string(appended.carried_files) + " of them");
  }
  return Status::OK();
}

/// The new list: what the append brings, then what the head has and it did not take in.
Result<std::vector<ManifestFile>> JoinLists(const std::vector<ManifestFile>& head,
                                            const AppendedManifests& appended) {
  std::set<std::string> added;
  for (const ManifestFile& manifest : appended.added) {
    added.insert(manifest.path);
  }
  std::vector<ManifestFile> joined = appended.added;
  joined.reserve(head.size() + appended.added.size());
  size_t num_merged = 0;
  for (const ManifestFile& manifest : head) {
    if (added.contains(manifest.path)) {
      return CannotMove("the table has its manifest already: " + manifest.path);
    }
    if (appended.merged.contains(manifest.path)) {
      ++num_merged;
      continue;
    }
    joined.push_back(manifest);
  }
  if (num_merged != appended.merged.size()) {
    return CannotMove("another writer replaced manifests that it merged");
  }
  return joined;
}

/// Gives numbers to what has none yet, as WriteManifestList would.
Status NumberManifests(const TableMetadata& table, std::vector<ManifestFile>* manifests,
                       Snapshot* snapshot) {
  int64_t next_row_id = table.next_row_id.value_or(0);
  for (ManifestFile& manifest : *manifests) {
    if (manifest.sequence_number == kUnassignedSequence) {
      manifest.sequence_number = snapshot->sequence_number;
    }
    if (manifest.min_sequence_number == kUnassignedSequence) {
      manifest.min_sequence_number = snapshot->sequence_number;
    }
    if (table.format_version < 3 || manifest.content != ManifestContent::kData ||
        manifest.first_row_id) {
      continue;
    }
    manifest.first_row_id = next_row_id;
    int64_t rows = 0;
    if (!manifest.added_rows_count || !manifest.existing_rows_count ||
        __builtin_add_overflow(*manifest.added_rows_count, *manifest.existing_rows_count,
                               &rows) ||
        rows < 0 || __builtin_add_overflow(next_row_id, rows, &next_row_id)) {
      return CannotMove("the rows of a manifest are not counted: " + manifest.path);
    }
  }
  if (table.format_version >= 3) {
    snapshot->first_row_id = table.next_row_id.value_or(0);
    snapshot->added_rows = next_row_id - *snapshot->first_row_id;
  }
  return Status::OK();
}

}  // namespace

const Snapshot* HeadFor(const TableMetadata& table, const AppendUpdate& append) {
  const auto ref = table.refs.find(append.branch);
  if (ref != table.refs.end()) {
    return table.FindSnapshot(ref->second.snapshot_id);
  }
  if (append.branch == kMainBranch) {
    return table.current_snapshot();
  }
  return append.snapshot.parent_id ? table.FindSnapshot(*append.snapshot.parent_id)
                                   : nullptr;
}

bool IsOnHead(const TableMetadata& table, const AppendUpdate& append) {
  const auto ref = table.refs.find(append.branch);
  if (ref != table.refs.end() && ref->second.type == RefType::kTag) {
    return true;
  }
  const Snapshot* head = HeadFor(table, append);
  const std::optional<SnapshotId>& parent = append.snapshot.parent_id;
  return head == nullptr ? !parent : parent == head->id;
}

bool IsAppliedAlready(const TableMetadata& table, const AppendUpdate& append) {
  const Snapshot* known = table.FindSnapshot(append.snapshot.id);
  if (known == nullptr || known->operation != append.snapshot.operation) {
    return false;
  }
  History history(table, HeadFor(table, append));
  while (const Snapshot* snapshot = history.Next()) {
    if (snapshot == known) {
      return true;
    }
  }
  return false;
}

Status CheckMayMove(const TableMetadata& table, const AppendUpdate& append) {
  const std::string property = table.Property(kRebaseAppendsProperty, "");
  if (property == "false") {
    return CannotMove("table property commit.rebase-appends is false");
  }
  const auto ref = table.refs.find(append.branch);
  if (ref != table.refs.end() && table.FindSnapshot(ref->second.snapshot_id) == nullptr) {
    return CannotMove("the metadata lacks the head of branch " + append.branch);
  }
  if (append.snapshot.parent_id &&
      table.FindSnapshot(*append.snapshot.parent_id) == nullptr) {
    return CannotMove("its parent has expired");
  }
  if (property == "true" || !append.asserts_parent) {
    return Status::OK();
  }
  if (!table.schema().identifier_field_ids().empty()) {
    return CannotMove(
        "the table has identifier fields, an upsert may look like an append "
        "(table property commit.rebase-appends=true moves it)");
  }
  return CheckHistory(table, append);
}

Result<AppendedManifests> CompareLists(const Snapshot& snapshot,
                                       const std::vector<ManifestFile>& base,
                                       const std::vector<ManifestFile>& own) {
  std::map<std::string, const ManifestFile*> base_only;
  for (const ManifestFile& manifest : base) {
    base_only[manifest.path] = &manifest;
  }
  AppendedManifests appended;
  for (const ManifestFile& manifest : own) {
    if (base_only.erase(manifest.path) > 0) {
      continue;
    }
    const std::string what = "its manifest " + manifest.path;
    if (manifest.content != ManifestContent::kData) {
      return CannotMove(what + " holds deletes");
    }
    if (manifest.added_snapshot_id != snapshot.id) {
      return CannotMove(what + " is another snapshot's");
    }
    if (manifest.key_metadata) {
      return CannotMove(what + " is encrypted");
    }
    appended.added.push_back(manifest);
  }
  for (const auto& [path, manifest] : base_only) {
    if (manifest->content != ManifestContent::kData) {
      return CannotMove("it took away deletes: " + path);
    }
    if (!manifest->added_files_count || !manifest->existing_files_count) {
      return CannotMove("the files of a manifest that it merged are not counted: " +
                        path);
    }
    appended.merged.insert(path);
    appended.merged_files +=
        int64_t{*manifest->added_files_count} + *manifest->existing_files_count;
  }
  return appended;
}

Status CountManifest(const Snapshot& snapshot, const Manifest& manifest, size_t index,
                     AppendedManifests* appended) {
  ManifestFile& listed = appended->added[index];
  const auto refuse = [&](const std::string& why) {
    return CannotMove("its manifest " + listed.path + " " + why);
  };
  std::optional<SequenceNumber> lowest;
  for (const ManifestEntry& entry : manifest.entries) {
    if (entry.file.content != FileContent::kData || !entry.is_live()) {
      return refuse("holds more than data files: " + entry.file.file_path);
    }
    if (entry.status == EntryStatus::kExisting) {
      if (snapshot.first_row_id && !entry.file.first_row_id) {
        return refuse("gives row ids to old rows: " + entry.file.file_path);
      }
      const SequenceNumber number = entry.sequence_number.value_or(SequenceNumber{0});
      lowest = std::min(lowest.value_or(number), number);
      ++appended->carried_files;
      continue;
    }
    const bool is_own = entry.snapshot_id.value_or(snapshot.id) == snapshot.id;
    if (!is_own || entry.sequence_number || entry.file_sequence_number ||
        (snapshot.first_row_id && entry.file.first_row_id)) {
      return refuse("numbers a new file itself: " + entry.file.file_path);
    }
    ++appended->data_files;
    appended->records += entry.file.record_count;
    appended->bytes += entry.file.file_size_bytes;
  }
  listed.first_row_id.reset();
  if (snapshot.sequence_number.value > 0) {
    listed.sequence_number = kUnassignedSequence;
    listed.min_sequence_number = lowest.value_or(kUnassignedSequence);
  }
  return Status::OK();
}

Result<MovedAppend> MoveAppend(const TableMetadata& table, const Snapshot* head,
                               const std::vector<ManifestFile>& manifests,
                               const Snapshot& snapshot,
                               const AppendedManifests& appended) {
  ARROW_RETURN_NOT_OK(CheckFits(table, snapshot, appended));
  MovedAppend moved{snapshot, {}, {}};
  Snapshot& made = moved.snapshot;
  made.manifest_list.clear();
  made.parent_id.reset();
  if (head != nullptr) {
    made.parent_id = head->id;
    made.timestamp = std::max(made.timestamp, head->timestamp);
  }
  if (!table.snapshot_log.empty()) {
    made.timestamp = std::max(made.timestamp, table.snapshot_log.back().timestamp);
  }
  if (table.format_version >= 2) {
    made.sequence_number = SequenceNumber{table.last_sequence_number.value + 1};
  }
  ARROW_ASSIGN_OR_RAISE(moved.manifests, JoinLists(manifests, appended));
  ARROW_RETURN_NOT_OK(NumberManifests(table, &moved.manifests, &made));
  MoveTotals(head, appended, moved.manifests.size() - appended.added.size(),
             &made.summary);
  ManifestListOptions options;
  options.format_version = table.format_version;
  options.snapshot_id = made.id;
  options.parent_snapshot_id = made.parent_id;
  options.sequence_number = made.sequence_number;
  options.first_row_id = made.first_row_id;
  auto list = WriteManifestList(options, moved.manifests);
  if (!list.ok()) {
    return CannotMove(list.status().message());
  }
  moved.list = std::move(list->avro);
  return moved;
}

std::string MovedListLocation(const Snapshot& snapshot, int attempt,
                              const std::string& uuid) {
  const size_t slash = snapshot.manifest_list.rfind('/');
  const std::string directory =
      slash == std::string::npos ? "" : snapshot.manifest_list.substr(0, slash + 1);
  return directory + "snap-" + std::to_string(snapshot.id.value) + "-" +
         std::to_string(attempt) + "-" + uuid + ".avro";
}

}  // namespace tarn::iceberg
