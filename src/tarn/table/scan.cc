#include "tarn/table/scan.h"

#include <algorithm>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/iceberg/metrics_evaluator.h"
#include "tarn/iceberg/projection.h"
#include "tarn/table/internal/delete_index.h"
#include "tarn/table/internal/manifest_files.h"
#include "tarn/table/internal/parallel.h"

namespace tarn::table {
namespace {

using iceberg::Expression;
using iceberg::Manifest;
using iceberg::ManifestContent;
using iceberg::ManifestEntry;
using iceberg::ManifestFile;
using iceberg::PartitionSpec;
using iceberg::Schema;
using iceberg::SequenceNumber;
using iceberg::Snapshot;
using iceberg::TableMetadata;
using iceberg::Type;

/// What one spec makes of the scan's filter.
struct SpecFilter {
  const PartitionSpec* spec;
  std::vector<Type> types;
  Expression partition_filter;
};

struct ManifestResult {
  std::vector<FileScanTask> tasks;
  int64_t entries = 0;
  int64_t files_skipped = 0;
};

Status NoSuchSnapshot(iceberg::SnapshotId id, const TableMetadata& metadata) {
  return MakeError(ErrorCode::kNoSuchSnapshot,
                   "Table at " + metadata.location +
                       " has no snapshot (any more): " + std::to_string(id.value));
}

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
    return NoSuchSnapshot(*id, metadata);
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

class Planner {
 public:
  Planner(io::FileIO& io, const ScanRequest& request, ScanPlan* plan)
      : io_(io), request_(request), plan_(*plan) {}

  Status Plan(const std::vector<ManifestFile>& manifests) {
    std::vector<const ManifestFile*> data;
    std::vector<const ManifestFile*> deletes;
    for (const ManifestFile& manifest : manifests) {
      RETURN_NOT_OK(AddSpec(manifest));
      (manifest.content == ManifestContent::kDeletes ? deletes : data)
          .push_back(&manifest);
    }
    plan_.manifests = static_cast<int64_t>(data.size());
    std::erase_if(data,
                  [this](const ManifestFile* manifest) { return !MayMatch(*manifest); });
    plan_.manifests_skipped = plan_.manifests - static_cast<int64_t>(data.size());
    RETURN_NOT_OK(IndexDeletes(deletes));
    return PlanData(data);
  }

 private:
  Status AddSpec(const ManifestFile& manifest) {
    if (filters_.contains(manifest.spec_id.value)) {
      return Status::OK();
    }
    const PartitionSpec* spec = request_.metadata->FindSpec(manifest.spec_id);
    if (spec == nullptr) {
      return MakeError(ErrorCode::kInvalidData,
                       "Manifest " + manifest.path +
                           " is of a partition spec that the table lacks: " +
                           std::to_string(manifest.spec_id.value));
    }
    SpecFilter filter{spec, PartitionTypes(*spec, *plan_.schema),
                      ProjectInclusive(plan_.filter, *spec, *plan_.schema)};
    filters_.emplace(manifest.spec_id.value, std::move(filter));
    return Status::OK();
  }

  const SpecFilter& FilterOf(const ManifestFile& manifest) const {
    return filters_.at(manifest.spec_id.value);
  }

  bool MayMatch(const ManifestFile& manifest) const {
    if (internal::HasNoLiveEntries(manifest)) {
      return false;
    }
    const SpecFilter& filter = FilterOf(manifest);
    return ManifestMayMatch(filter.partition_filter, *filter.spec, *plan_.schema,
                            manifest);
  }

  /// The live entries of `manifest`, their partitions normalised.
  Result<std::vector<ManifestEntry>> LoadLiveEntries(const ManifestFile& manifest) const {
    const SpecFilter& filter = FilterOf(manifest);
    ARROW_ASSIGN_OR_RAISE(Manifest loaded, internal::LoadManifest(io_, manifest));
    std::erase_if(loaded.entries,
                  [](const ManifestEntry& entry) { return !entry.is_live(); });
    for (ManifestEntry& entry : loaded.entries) {
      entry.file.spec_id = manifest.spec_id;
      const Status status =
          NormalizePartition(*filter.spec, filter.types, &entry.file.partition);
      if (!status.ok()) {
        return WithContext("Manifest " + manifest.path + ": ", status);
      }
    }
    return std::move(loaded.entries);
  }

  /// All delete files of the snapshot, also those of partitions that the filter rules
  /// out: they are counted.
  Status IndexDeletes(const std::vector<const ManifestFile*>& manifests) {
    std::vector<std::vector<ManifestEntry>> loaded(manifests.size());
    RETURN_NOT_OK(internal::ForEachParallel(
        manifests.size(), request_.threads_max, [&](size_t i) -> Status {
          if (internal::HasNoLiveEntries(*manifests[i])) {
            return Status::OK();
          }
          ARROW_ASSIGN_OR_RAISE(loaded[i], LoadLiveEntries(*manifests[i]));
          return Status::OK();
        }));
    for (size_t i = 0; i < manifests.size(); ++i) {
      for (ManifestEntry& entry : loaded[i]) {
        RETURN_NOT_OK(
            deletes_.Add(std::make_shared<const ManifestEntry>(std::move(entry)),
                         *FilterOf(*manifests[i]).spec));
      }
    }
    plan_.delete_files = deletes_.size();
    return Status::OK();
  }

  Status PlanData(const std::vector<const ManifestFile*>& manifests) {
    std::vector<ManifestResult> results(manifests.size());
    RETURN_NOT_OK(internal::ForEachParallel(
        manifests.size(), request_.threads_max, [&](size_t i) -> Status {
          ARROW_ASSIGN_OR_RAISE(results[i], PlanManifest(*manifests[i]));
          return Status::OK();
        }));
    size_t tasks = 0;
    for (const ManifestResult& result : results) {
      tasks += result.tasks.size();
    }
    plan_.tasks.reserve(tasks);
    for (ManifestResult& result : results) {
      plan_.entries += result.entries;
      plan_.files_skipped += result.files_skipped;
      std::ranges::move(result.tasks, std::back_inserter(plan_.tasks));
    }
    return Status::OK();
  }

  Result<ManifestResult> PlanManifest(const ManifestFile& manifest) const {
    const SpecFilter& filter = FilterOf(manifest);
    ARROW_ASSIGN_OR_RAISE(std::vector<ManifestEntry> entries, LoadLiveEntries(manifest));
    ManifestResult result;
    result.entries = static_cast<int64_t>(entries.size());
    for (ManifestEntry& entry : entries) {
      if (!PartitionMatches(filter.partition_filter, *filter.spec,
                            entry.file.partition) ||
          !iceberg::MayMatch(plan_.filter, *plan_.schema, entry.file)) {
        ++result.files_skipped;
        continue;
      }
      const SequenceNumber sequence = entry.sequence_number.value_or(SequenceNumber{0});
      std::vector<internal::DeleteEntry> deletes = deletes_.For(entry.file, sequence);
      if (!request_.keep_stats) {
        entry.file.columns.clear();
        entry.file.columns.shrink_to_fit();
      }
      result.tasks.push_back({std::move(entry.file), sequence, std::move(deletes)});
    }
    return result;
  }

  io::FileIO& io_;
  const ScanRequest& request_;
  ScanPlan& plan_;
  std::map<int32_t, SpecFilter> filters_;  // by spec id
  internal::DeleteIndex deletes_;
};

/// Old v1 writers put the manifests' paths into the snapshot: the rest is read from the
/// manifests.
Result<std::vector<ManifestFile>> DescribeEmbeddedManifests(io::FileIO& io,
                                                            const Snapshot& snapshot) {
  std::vector<ManifestFile> result;
  for (const std::string& path : snapshot.v1_manifests) {
    ARROW_ASSIGN_OR_RAISE(const std::string avro, io.ReadAll(path));
    Result<Manifest> manifest = iceberg::ReadManifestRaw(avro);
    if (!manifest.ok()) {
      return WithContext("Manifest " + path + ": ", manifest.status());
    }
    ManifestFile described;
    described.path = path;
    described.length_bytes = static_cast<int64_t>(avro.size());
    described.spec_id = manifest->header.spec.id;
    described.added_snapshot_id = snapshot.id;
    result.push_back(std::move(described));
  }
  return result;
}

}  // namespace

Result<std::vector<ManifestFile>> LoadManifests(io::FileIO& io, const TableMetadata&,
                                                const Snapshot& snapshot) {
  if (snapshot.manifest_list.empty()) {
    return DescribeEmbeddedManifests(io, snapshot);
  }
  ARROW_ASSIGN_OR_RAISE(const std::string avro, io.ReadAll(snapshot.manifest_list));
  Result<std::vector<ManifestFile>> manifests = iceberg::ReadManifestList(avro);
  if (manifests.ok()) {
    return manifests;
  }
  return WithContext("Manifest list " + snapshot.manifest_list + ": ",
                     manifests.status());
}

Result<ScanPlan> PlanScan(io::FileIO& io, const ScanRequest& request) {
  const auto began = std::chrono::steady_clock::now();
  ScanPlan plan;
  ARROW_ASSIGN_OR_RAISE(const Snapshot* snapshot, ChooseSnapshot(request));
  plan.schema = ChooseSchema(*request.metadata, snapshot);
  ARROW_ASSIGN_OR_RAISE(plan.filter, iceberg::Bind(request.filter, *plan.schema));
  if (snapshot != nullptr) {
    ARROW_ASSIGN_OR_RAISE(const std::vector<ManifestFile> manifests,
                          LoadManifests(io, *request.metadata, *snapshot));
    RETURN_NOT_OK(Planner(io, request, &plan).Plan(manifests));
  }
  plan.elapsed = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now() - began);
  return plan;
}

}  // namespace tarn::table
