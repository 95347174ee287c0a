#include "tarn/table/scan.h"

#include <algorithm>
#include <string>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/table/context.h"
#include "tarn/table/internal/delete_index.h"
#include "tarn/table/internal/manifest_files.h"
#include "tarn/table/internal/parallel.h"
#include "tarn/table/internal/spec_filters.h"
#include "tarn/table/manifest_cache.h"

namespace tarn::table {
namespace {

using iceberg::ManifestContent;
using iceberg::ManifestFile;
using iceberg::Schema;
using iceberg::SequenceNumber;
using iceberg::Snapshot;
using iceberg::StatsKept;
using iceberg::TableMetadata;
using internal::DeleteIndex;
using internal::NormalManifest;
using internal::SpecFilters;

/// Threads are not worth their start for fewer files.
constexpr int64_t kFilesPerThreadMin = 4096;
/// Manifests whose rows are held at once, beside those that are cached.
constexpr size_t kManifestsAtOnce = 1024;
/// Requests in flight to a store that is not a local disk.
constexpr int32_t kRemoteReadsMax = 16;

/// nullptr for a table without snapshots.
Result<const Snapshot*> ChooseSnapshot(const ScanRequest& request) {
  const TableMetadata& metadata = *request.metadata;
  const auto id =
      request.snapshot_id ? request.snapshot_id : metadata.current_snapshot_id;
  if (!id.has_value()) {
    return nullptr;
  }
  const Snapshot* snapshot = metadata.FindSnapshot(*id);
  if (snapshot == nullptr) {
    return MakeError(ErrorCode::kNoSuchSnapshot,
                     "Table at " + metadata.location +
                         " has no snapshot (any more): " + std::to_string(id->value));
  }
  return snapshot;
}

/// A branch is read with the table's current schema, an older state with its own.
std::shared_ptr<const Schema> ChooseSchema(const TableMetadata& metadata,
                                           const Snapshot* snapshot) {
  const bool is_head =
      snapshot == nullptr || metadata.current_snapshot_id == snapshot->id;
  return is_head ? metadata.schema_ptr() : metadata.SchemaOf(*snapshot);
}

using Manifests = std::vector<const ManifestFile*>;

class Planner {
 public:
  Planner(io::FileIO& io, ManifestCache& cache, const ScanRequest& request,
          ScanPlan* plan)
      : io_(io),
        cache_(cache),
        request_(request),
        plan_(*plan),
        filters_(*request.metadata, *plan->schema, plan->filter) {}

  Status Plan(const Snapshot& snapshot) {
    ARROW_ASSIGN_OR_RAISE(const ManifestCache::List list,
                          cache_.ReadList(io_, *request_.metadata, snapshot));
    Manifests data;
    Manifests deletes;
    for (const ManifestFile& manifest : *list) {
      RETURN_NOT_OK(filters_.Add(manifest));
      (manifest.content == ManifestContent::kDeletes ? deletes : data)
          .push_back(&manifest);
    }
    plan_.manifests = static_cast<int64_t>(data.size());
    std::erase_if(data, [this](const ManifestFile* manifest) {
      return !filters_.MayMatch(*manifest);
    });
    plan_.manifests_skipped = plan_.manifests - static_cast<int64_t>(data.size());
    RETURN_NOT_OK(FindDeletes(snapshot, data, deletes));
    return PlanData(data);
  }

 private:
  Result<NormalManifest> Load(const ManifestFile& manifest) const {
    RETURN_NOT_OK(CheckNotStopped(request_.stop));
    ARROW_ASSIGN_OR_RAISE(ManifestCache::Manifest columns,
                          cache_.ReadManifest(io_, manifest));
    return NormalManifest::Make(filters_.Of(manifest), manifest, std::move(columns));
  }

  /// How many threads to load `manifests` on and to look at their rows.
  int32_t ThreadsFor(std::span<const ManifestFile* const> manifests) const {
    int64_t files = 0;
    bool all_cached = true;
    bool is_local = true;
    for (const ManifestFile* manifest : manifests) {
      files += internal::LiveFiles(*manifest).value_or(kFilesPerThreadMin);
      all_cached = all_cached && cache_.FindManifest(*manifest) != nullptr;
      is_local = is_local && io::LocalPathOf(manifest->path).has_value();
    }
    if (all_cached) {
      const int64_t worth = 1 + files / kFilesPerThreadMin;
      return static_cast<int32_t>(std::min<int64_t>(request_.threads_max, worth));
    }
    return is_local ? request_.threads_max
                    : std::max(request_.threads_max, kRemoteReadsMax);
  }

  /// Only deletes that can apply to a file of `data` are looked at: of partitions that
  /// the filter leaves, and not older than all the files.
  Status FindDeletes(const Snapshot& snapshot, const Manifests& data,
                     const Manifests& deletes) {
    SequenceNumber oldest{INT64_MAX};
    for (const ManifestFile* manifest : data) {
      oldest = std::min(oldest, manifest->min_sequence_number);
    }
    Manifests needed;
    for (const ManifestFile* manifest : deletes) {
      const std::optional<int64_t> files = internal::LiveFiles(*manifest);
      plan_.delete_files += files.value_or(0);
      const bool applies = !data.empty() && manifest->sequence_number >= oldest &&
                           filters_.MayMatch(*manifest);
      if (applies || !files.has_value()) {
        needed.push_back(manifest);
      }
    }
    plan_.delete_manifests_skipped = static_cast<int64_t>(deletes.size() - needed.size());
    if (needed.empty()) {
      return Status::OK();
    }
    const auto load = [&]() -> Result<ManifestCache::Loaded> {
      return IndexDeletes(needed);
    };
    ARROW_ASSIGN_OR_RAISE(std::shared_ptr<const void> index,
                          cache_.ReadDerived(IndexKey(snapshot, needed), load));
    deletes_ = std::static_pointer_cast<const DeleteIndex>(std::move(index));
    for (const ManifestFile* manifest : needed) {
      if (!internal::LiveFiles(*manifest)) {
        ARROW_ASSIGN_OR_RAISE(const NormalManifest loaded, Load(*manifest));
        plan_.delete_files += static_cast<int64_t>(loaded.columns().num_live());
      }
    }
    return Status::OK();
  }

  /// The manifests of a list never change; how their partitions are widened depends on
  /// the schema.
  std::string IndexKey(const Snapshot& snapshot, const Manifests& needed) const {
    std::string key = "deletes of " + std::to_string(snapshot.id.value) + " in " +
                      snapshot.manifest_list;
    for (const ManifestFile* manifest : needed) {
      key += '\n' + manifest->path;
      for (const iceberg::Type& type : filters_.Of(*manifest).types) {
        key += ' ' + type.ToString();
      }
    }
    return key;
  }

  Result<ManifestCache::Loaded> IndexDeletes(const Manifests& manifests) const {
    std::vector<std::optional<NormalManifest>> loaded(manifests.size());
    RETURN_NOT_OK(internal::ForEachParallel(
        manifests.size(), ThreadsFor(manifests), [&](size_t i) -> Status {
          ARROW_ASSIGN_OR_RAISE(loaded[i], Load(*manifests[i]));
          return Status::OK();
        }));
    auto index = std::make_shared<DeleteIndex>();
    size_t bytes = sizeof(DeleteIndex);
    for (size_t i = 0; i < manifests.size(); ++i) {
      const iceberg::ManifestColumns& columns = loaded[i]->columns();
      for (size_t row = 0; row < columns.size(); ++row) {
        if (!columns.is_live(row)) {
          continue;
        }
        auto entry =
            std::make_shared<const iceberg::ManifestEntry>(loaded[i]->EntryAt(row));
        RETURN_NOT_OK(index->Add(std::move(entry), *filters_.Of(*manifests[i]).spec));
      }
      bytes += DeleteIndex::kEntryBytes * columns.num_live() + 2 * columns.memory_bytes();
    }
    return ManifestCache::Loaded{std::move(index), bytes};
  }

  /// A manifest's rows that are to be read.
  struct Selection {
    std::optional<NormalManifest> manifest;
    std::vector<uint32_t> rows;
    size_t first_task = 0;  // where they go in the plan
  };

  Status PlanData(std::span<const ManifestFile* const> manifests) {
    while (!manifests.empty()) {
      const size_t count = std::min(manifests.size(), kManifestsAtOnce);
      RETURN_NOT_OK(PlanSome(manifests.first(count)));
      manifests = manifests.subspan(count);
    }
    return Status::OK();
  }

  Status PlanSome(std::span<const ManifestFile* const> manifests) {
    std::vector<Selection> selections(manifests.size());
    const int32_t threads = ThreadsFor(manifests);
    RETURN_NOT_OK(internal::ForEachParallel(
        manifests.size(), threads,
        [&](size_t i) -> Status { return Select(*manifests[i], &selections[i]); }));
    size_t tasks = plan_.tasks.size();
    for (Selection& selection : selections) {
      const auto live = static_cast<int64_t>(selection.manifest->columns().num_live());
      plan_.entries += live;
      plan_.files_skipped += live - static_cast<int64_t>(selection.rows.size());
      selection.first_task = tasks;
      tasks += selection.rows.size();
    }
    const size_t added = tasks - plan_.tasks.size();
    plan_.tasks.resize(tasks);
    const auto worth =
        static_cast<int32_t>(1 + added / static_cast<size_t>(kFilesPerThreadMin));
    return internal::ForEachParallel(
        selections.size(), std::min(request_.threads_max, worth), [&](size_t i) {
          MakeTasks(selections[i]);
          selections[i].manifest.reset();
          return Status::OK();
        });
  }

  Status Select(const ManifestFile& manifest, Selection* selection) const {
    ARROW_ASSIGN_OR_RAISE(selection->manifest, Load(manifest));
    selection->rows =
        SelectRows(selection->manifest->columns(), filters_.Of(manifest).manifest,
                   selection->manifest->partitions());
    return Status::OK();
  }

  void MakeTasks(const Selection& selection) {
    const NormalManifest& manifest = *selection.manifest;
    const StatsKept stats = request_.keep_stats ? StatsKept::kYes : StatsKept::kNo;
    size_t at = selection.first_task;
    for (const uint32_t row : selection.rows) {
      FileScanTask& task = plan_.tasks[at++];
      task.file = manifest.FileAt(row, stats);
      task.data_sequence_number =
          manifest.columns().sequence_number(row).value_or(SequenceNumber{0});
      if (deletes_ != nullptr) {
        task.deletes = deletes_->For(task.file, task.data_sequence_number);
      }
    }
  }

  io::FileIO& io_;
  ManifestCache& cache_;
  const ScanRequest& request_;
  ScanPlan& plan_;
  SpecFilters filters_;
  std::shared_ptr<const DeleteIndex> deletes_;  // nullptr: none applies
};

}  // namespace

Status CheckNotStopped(const std::stop_token& stop) {
  return stop.stop_requested()
             ? MakeError(ErrorCode::kCancelled, "Planning the scan was cancelled")
             : Status::OK();
}

Result<std::vector<ManifestFile>> LoadManifests(io::FileIO& io,
                                                const TableMetadata& table,
                                                const Snapshot& snapshot) {
  ManifestCache cache(0);
  ARROW_ASSIGN_OR_RAISE(const ManifestCache::List list,
                        cache.ReadList(io, table, snapshot));
  return *list;
}

Result<ScanPlan> PlanScan(io::FileIO& io, const ScanRequest& request) {
  const auto began = std::chrono::steady_clock::now();
  ScanPlan plan;
  ARROW_ASSIGN_OR_RAISE(const Snapshot* snapshot, ChooseSnapshot(request));
  plan.schema = request.schema != nullptr ? request.schema
                                          : ChooseSchema(*request.metadata, snapshot);
  ARROW_ASSIGN_OR_RAISE(plan.filter, iceberg::Bind(request.filter, *plan.schema));
  if (snapshot != nullptr) {
    ManifestCache own(0);
    ManifestCache& cache = request.manifests != nullptr ? *request.manifests : own;
    RETURN_NOT_OK(Planner(io, cache, request, &plan).Plan(*snapshot));
  }
  plan.elapsed = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now() - began);
  return plan;
}

Result<ScanPlan> PlanScan(const Context& context, ScanRequest request) {
  request.manifests = context.manifests;
  return PlanScan(context.io, request);
}

}  // namespace tarn::table
