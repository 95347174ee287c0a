#include "tarn/table/incremental_scan.h"

#include <algorithm>
#include <set>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/table/internal/delete_index.h"
#include "tarn/table/internal/manifest_files.h"
#include "tarn/table/internal/parallel.h"
#include "tarn/table/internal/snapshot_range.h"
#include "tarn/table/internal/spec_filters.h"
#include "tarn/table/manifest_cache.h"

namespace tarn::table {
namespace {

using iceberg::EntryStatus;
using iceberg::ManifestColumns;
using iceberg::ManifestContent;
using iceberg::ManifestFile;
using iceberg::SequenceNumber;
using iceberg::Snapshot;
using iceberg::SnapshotId;
using iceberg::StatsKept;
using internal::DeleteIndex;
using internal::NormalManifest;
using internal::SpecFilters;
using Manifests = std::vector<const ManifestFile*>;
using Snapshots = std::vector<const Snapshot*>;

/// Manifests of the request's table, read and filtered.
class Reader {
 public:
  Reader(io::FileIO& io, const IncrementalRequest& request, ManifestCache& cache,
         const iceberg::Schema& schema, const iceberg::Expression& filter)
      : io_(io),
        request_(request),
        cache_(cache),
        filters_(*request.metadata, schema, filter) {}

  /// The manifest lists of `snapshots`.
  Result<std::vector<ManifestCache::List>> ReadLists(const Snapshots& snapshots) {
    std::vector<ManifestCache::List> lists(snapshots.size());
    RETURN_NOT_OK(internal::ForEachParallel(
        snapshots.size(), request_.threads_max, [&](size_t i) -> Status {
          ARROW_ASSIGN_OR_RAISE(lists[i],
                                cache_.ReadList(io_, *request_.metadata, *snapshots[i]));
          return Status::OK();
        }));
    for (const ManifestCache::List& list : lists) {
      for (const ManifestFile& manifest : *list) {
        RETURN_NOT_OK(filters_.Add(manifest));
      }
    }
    return lists;
  }

  Result<std::vector<NormalManifest>> Load(const Manifests& manifests) const {
    std::vector<std::optional<NormalManifest>> loaded(manifests.size());
    RETURN_NOT_OK(internal::ForEachParallel(
        manifests.size(), request_.threads_max, [&](size_t i) -> Status {
          RETURN_NOT_OK(CheckNotStopped(request_.stop));
          ARROW_ASSIGN_OR_RAISE(ManifestCache::Manifest columns,
                                cache_.ReadManifest(io_, *manifests[i]));
          ARROW_ASSIGN_OR_RAISE(
              loaded[i], NormalManifest::Make(filters_.Of(*manifests[i]), *manifests[i],
                                              std::move(columns)));
          return Status::OK();
        }));
    std::vector<NormalManifest> result;
    result.reserve(loaded.size());
    for (std::optional<NormalManifest>& one : loaded) {
      result.push_back(*std::move(one));
    }
    return result;
  }

  const SpecFilters& filters() const { return filters_; }
  const iceberg::ManifestFilter& FilterOf(const ManifestFile& manifest) const {
    return filters_.Of(manifest).manifest;
  }
  StatsKept stats() const {
    return request_.keep_stats ? StatsKept::kYes : StatsKept::kNo;
  }
  const iceberg::TableMetadata& metadata() const { return *request_.metadata; }

 private:
  io::FileIO& io_;
  const IncrementalRequest& request_;
  ManifestCache& cache_;
  SpecFilters filters_;
};

SequenceNumber SequenceAt(const ManifestColumns& columns, size_t row) {
  return columns.sequence_number(row).value_or(SequenceNumber{0});
}

Status PlanAppended(Reader& reader, const Snapshots& range, ScanPlan* plan) {
  Snapshots appends;
  std::set<SnapshotId> ids;
  for (const Snapshot* snapshot : range) {
    if (snapshot->operation == "append") {
      appends.push_back(snapshot);
      ids.insert(snapshot->id);
    }
  }
  ARROW_ASSIGN_OR_RAISE(const auto lists, reader.ReadLists(appends));
  Manifests manifests;
  std::set<std::string_view> seen;
  for (const ManifestCache::List& list : lists) {
    for (const ManifestFile& manifest : *list) {
      const bool is_new = manifest.content == ManifestContent::kData &&
                          ids.contains(manifest.added_snapshot_id) &&
                          seen.insert(manifest.path).second;
      if (!is_new) {
        continue;
      }
      ++plan->manifests;
      if (reader.filters().MayMatch(manifest)) {
        manifests.push_back(&manifest);
      } else {
        ++plan->manifests_skipped;
      }
    }
  }
  ARROW_ASSIGN_OR_RAISE(const auto loaded, reader.Load(manifests));
  for (size_t i = 0; i < loaded.size(); ++i) {
    const ManifestColumns& columns = loaded[i].columns();
    const auto is_appended = [&](size_t row) {
      const std::optional<SnapshotId> id = columns.snapshot_id(row);
      return columns.status(row) == EntryStatus::kAdded && id && ids.contains(*id);
    };
    for (size_t row = 0; row < columns.size(); ++row) {
      plan->entries += is_appended(row) ? 1 : 0;
    }
    for (const uint32_t row :
         SelectRows(columns, reader.FilterOf(*manifests[i]), loaded[i].partitions())) {
      if (is_appended(row)) {
        plan->tasks.push_back(
            {loaded[i].FileAt(row, reader.stats()), SequenceAt(columns, row)});
      }
    }
  }
  plan->files_skipped = plan->entries - static_cast<int64_t>(plan->tasks.size());
  return Status::OK();
}

/// The changes of one snapshot.
class SnapshotChanges {
 public:
  SnapshotChanges(Reader& reader, const Snapshot& snapshot,
                  const std::vector<ManifestFile>& list, int32_t ordinal)
      : reader_(reader), snapshot_(snapshot), list_(list), ordinal_(ordinal) {}

  Result<std::vector<ChangelogTask>> Plan() {
    RETURN_NOT_OK(CollectFiles());
    RETURN_NOT_OK(IndexDeletes());
    for (ChangelogTask& task : removed_) {
      task.existing_deletes = before_.For(task.file, task.data_sequence_number);
    }
    if (added_.size() > 0) {
      RETURN_NOT_OK(CollectRows());
    }
    for (ChangelogTask& task : inserted_) {
      task.existing_deletes = after_.For(task.file, task.data_sequence_number);
      removed_.push_back(std::move(task));
    }
    return std::move(removed_);
  }

 private:
  bool IsOurs(const ManifestColumns& columns, size_t row, EntryStatus status) const {
    return columns.status(row) == status && columns.snapshot_id(row) == snapshot_.id;
  }

  ChangelogTask MakeTask(const NormalManifest& manifest, uint32_t row,
                         ChangeOperation operation) const {
    ChangelogTask task;
    task.operation = operation;
    task.ordinal = ordinal_;
    task.commit_snapshot_id = snapshot_.id;
    task.file = manifest.FileAt(row, reader_.stats());
    task.data_sequence_number = SequenceAt(manifest.columns(), row);
    return task;
  }

  /// Files that came and went; their entries are in manifests of this snapshot.
  Status CollectFiles() {
    Manifests manifests;
    for (const ManifestFile& manifest : list_) {
      // Not every writer lets the summaries speak of files that went.
      const bool may_match = manifest.deleted_files_count.value_or(1) != 0 ||
                             reader_.filters().MayMatch(manifest);
      if (manifest.content == ManifestContent::kData &&
          manifest.added_snapshot_id == snapshot_.id && may_match) {
        manifests.push_back(&manifest);
      }
    }
    ARROW_ASSIGN_OR_RAISE(const auto loaded, reader_.Load(manifests));
    for (size_t i = 0; i < loaded.size(); ++i) {
      const ManifestColumns& columns = loaded[i].columns();
      for (const uint32_t row : SelectAllRows(columns, reader_.FilterOf(*manifests[i]),
                                              loaded[i].partitions())) {
        if (IsOurs(columns, row, EntryStatus::kAdded)) {
          inserted_.push_back(MakeTask(loaded[i], row, ChangeOperation::kInsert));
        } else if (IsOurs(columns, row, EntryStatus::kDeleted)) {
          removed_.push_back(MakeTask(loaded[i], row, ChangeOperation::kDelete));
        }
      }
    }
    return Status::OK();
  }

  /// Deletes that this snapshot added, those that it has, and those that its parent had.
  Status IndexDeletes() {
    Manifests manifests;
    for (const ManifestFile& manifest : list_) {
      if (manifest.content == ManifestContent::kDeletes) {
        manifests.push_back(&manifest);
      }
    }
    ARROW_ASSIGN_OR_RAISE(const auto loaded, reader_.Load(manifests));
    const Snapshot* parent = snapshot_.parent_id
                                 ? reader_.metadata().FindSnapshot(*snapshot_.parent_id)
                                 : nullptr;
    for (size_t i = 0; i < loaded.size(); ++i) {
      const ManifestColumns& columns = loaded[i].columns();
      const iceberg::PartitionSpec& spec = *FilterSpec(*manifests[i]);
      for (size_t row = 0; row < columns.size(); ++row) {
        const bool is_new = IsOurs(columns, row, EntryStatus::kAdded);
        const bool is_gone = IsOurs(columns, row, EntryStatus::kDeleted);
        if (!columns.is_live(row) && !is_gone) {
          continue;
        }
        const auto entry =
            std::make_shared<const iceberg::ManifestEntry>(loaded[i].EntryAt(row));
        if (is_new) {
          RETURN_NOT_OK(added_.Add(entry, spec));
        }
        if (!is_gone) {
          RETURN_NOT_OK(after_.Add(entry, spec));
        }
        // Without the parent: what was there is what this snapshot kept or marked.
        if (parent == nullptr && !is_new) {
          RETURN_NOT_OK(before_.Add(entry, spec));
        }
      }
    }
    const bool before_matters = !removed_.empty() || added_.size() > 0;
    return parent != nullptr && before_matters ? IndexParent(*parent) : Status::OK();
  }

  Status IndexParent(const Snapshot& parent) {
    ARROW_ASSIGN_OR_RAISE(const auto lists, reader_.ReadLists({&parent}));
    Manifests manifests;
    for (const ManifestFile& manifest : *lists.front()) {
      if (manifest.content == ManifestContent::kDeletes &&
          !internal::HasNoLiveEntries(manifest)) {
        manifests.push_back(&manifest);
      }
    }
    ARROW_ASSIGN_OR_RAISE(const auto loaded, reader_.Load(manifests));
    for (size_t i = 0; i < loaded.size(); ++i) {
      for (size_t row = 0; row < loaded[i].columns().size(); ++row) {
        if (loaded[i].columns().is_live(row)) {
          RETURN_NOT_OK(before_.Add(
              std::make_shared<const iceberg::ManifestEntry>(loaded[i].EntryAt(row)),
              *FilterSpec(*manifests[i])));
        }
      }
    }
    return Status::OK();
  }

  /// Rows that new delete files take away from files that stay.
  Status CollectRows() {
    Manifests manifests;
    for (const ManifestFile& manifest : list_) {
      if (manifest.content == ManifestContent::kData &&
          reader_.filters().MayMatch(manifest)) {
        manifests.push_back(&manifest);
      }
    }
    ARROW_ASSIGN_OR_RAISE(const auto loaded, reader_.Load(manifests));
    for (size_t i = 0; i < loaded.size(); ++i) {
      const ManifestColumns& columns = loaded[i].columns();
      for (const uint32_t row :
           SelectRows(columns, reader_.FilterOf(*manifests[i]), loaded[i].partitions())) {
        if (IsOurs(columns, row, EntryStatus::kAdded) ||
            !added_.MayConcern(std::string(columns.file_path(row)))) {
          continue;
        }
        ChangelogTask task = MakeTask(loaded[i], row, ChangeOperation::kDelete);
        task.added_deletes = added_.For(task.file, task.data_sequence_number);
        if (!task.added_deletes.empty()) {
          task.existing_deletes = before_.For(task.file, task.data_sequence_number);
          removed_.push_back(std::move(task));
        }
      }
    }
    return Status::OK();
  }

  const iceberg::PartitionSpec* FilterSpec(const ManifestFile& manifest) const {
    return reader_.filters().Of(manifest).spec;
  }

  Reader& reader_;
  const Snapshot& snapshot_;
  const std::vector<ManifestFile>& list_;
  int32_t ordinal_;
  std::vector<ChangelogTask> inserted_;
  std::vector<ChangelogTask> removed_;
  DeleteIndex added_;
  DeleteIndex after_;
  DeleteIndex before_;
};

}  // namespace

Result<ScanPlan> PlanAppends(io::FileIO& io, const IncrementalRequest& request) {
  const auto began = std::chrono::steady_clock::now();
  ScanPlan plan;
  ARROW_ASSIGN_OR_RAISE(const Snapshots range, internal::SnapshotRange(request));
  plan.schema = request.metadata->schema_ptr();
  ARROW_ASSIGN_OR_RAISE(plan.filter, iceberg::Bind(request.filter, *plan.schema));
  ManifestCache own(0);
  ManifestCache& cache = request.manifests != nullptr ? *request.manifests : own;
  Reader reader(io, request, cache, *plan.schema, plan.filter);
  RETURN_NOT_OK(PlanAppended(reader, range, &plan));
  plan.elapsed = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now() - began);
  return plan;
}

Result<ChangelogPlan> PlanChangelog(io::FileIO& io, const IncrementalRequest& request) {
  ChangelogPlan plan;
  ARROW_ASSIGN_OR_RAISE(Snapshots range, internal::SnapshotRange(request));
  std::erase_if(range, [](const Snapshot* one) { return one->operation == "replace"; });
  plan.schema = request.metadata->schema_ptr();
  ARROW_ASSIGN_OR_RAISE(plan.filter, iceberg::Bind(request.filter, *plan.schema));
  ManifestCache own(0);
  ManifestCache& cache = request.manifests != nullptr ? *request.manifests : own;
  Reader reader(io, request, cache, *plan.schema, plan.filter);
  ARROW_ASSIGN_OR_RAISE(const auto lists, reader.ReadLists(range));
  for (size_t i = 0; i < range.size(); ++i) {
    plan.snapshots.push_back(range[i]->id);
    SnapshotChanges changes(reader, *range[i], *lists[i], static_cast<int32_t>(i));
    ARROW_ASSIGN_OR_RAISE(std::vector<ChangelogTask> tasks, changes.Plan());
    std::ranges::move(tasks, std::back_inserter(plan.tasks));
  }
  return plan;
}

}  // namespace tarn::table
