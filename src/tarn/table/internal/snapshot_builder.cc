#include "tarn/table/internal/snapshot_builder.h"

#include <algorithm>
#include <map>
#include <set>
#include <span>
#include <string>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/table/internal/manifest_rewrite.h"
#include "tarn/table/scan.h"

namespace tarn::table::internal {
namespace {

using iceberg::DataFile;
using iceberg::ManifestFile;
using iceberg::ManifestWriter;
using iceberg::PartitionSpec;
using iceberg::SequenceNumber;
using iceberg::Snapshot;
using iceberg::SnapshotId;
using iceberg::TableMetadata;

/// About 8 MiB of manifest, the size that the format's other writers aim at.
constexpr size_t kFilesPerManifest = 10'000;

Result<const PartitionSpec*> SpecOf(const TableMetadata& table, const DataFile& file) {
  const PartitionSpec* spec = table.FindSpec(file.spec_id);
  if (spec == nullptr) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "Cannot add " + file.file_path +
                         ": the table has no partition spec " +
                         std::to_string(file.spec_id.value));
  }
  if (file.content != iceberg::FileContent::kData ||
      file.partition.size() != spec->fields.size()) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "Cannot add " + file.file_path +
                         ": it is no data file of partition spec " +
                         std::to_string(file.spec_id.value));
  }
  return spec;
}

/// Files of one spec as ADDED entries in a manifest of their own.
Result<ManifestFile> WriteAdded(StagedFiles& staged, const TableMetadata& table,
                                SnapshotId id, const PartitionSpec& spec,
                                std::span<const DataFile* const> files) {
  ManifestWriter::Options options;
  options.format_version = table.format_version;
  options.snapshot_id = id;
  ManifestWriter writer(options, table.schema_ptr(), spec);
  for (const DataFile* file : files) {
    iceberg::ManifestEntry entry;
    entry.status = iceberg::EntryStatus::kAdded;
    entry.snapshot_id = id;
    entry.file = *file;
    entry.file.first_row_id
        .reset();  // inherited from the manifest list, which knows the head
    RETURN_NOT_OK(writer.Add(entry));
  }
  ARROW_ASSIGN_OR_RAISE(ManifestWriter::Finished finished, writer.Finish());
  return staged.WriteManifest(table, std::move(finished));
}

}  // namespace

Status SnapshotBuilder::WriteAddedFiles(const TableMetadata& table, SnapshotId id) {
  if (added_.has_value() && added_->format_version == table.format_version) {
    return Status::OK();
  }
  AddedFiles added;
  added.format_version = table.format_version;
  std::map<int32_t, std::vector<const DataFile*>> by_spec;
  for (const DataFile& file : request_.files) {
    ARROW_ASSIGN_OR_RAISE(const PartitionSpec* spec, SpecOf(table, file));
    by_spec[spec->id.value].push_back(&file);
    added.totals.Add(file, std::to_string(spec->id.value) + ":" +
                               PartitionPath(*spec, table.schema(), file.partition));
  }
  for (const auto& [spec_id, files] : by_spec) {
    const PartitionSpec& spec = *table.FindSpec(iceberg::SpecId{{spec_id}});
    for (size_t begin = 0; begin < files.size(); begin += kFilesPerManifest) {
      const size_t count = std::min(kFilesPerManifest, files.size() - begin);
      ARROW_ASSIGN_OR_RAISE(
          ManifestFile manifest,
          WriteAdded(staged_, table, id, spec, std::span(files).subspan(begin, count)));
      added.manifests.push_back(std::move(manifest));
    }
  }
  added_ = std::move(added);
  return Status::OK();
}

Result<std::vector<ManifestFile>> SnapshotBuilder::ManifestsOf(const TableMetadata& table,
                                                               const Snapshot* parent,
                                                               SnapshotId id,
                                                               FileTotals* removed) {
  RETURN_NOT_OK(WriteAddedFiles(table, id));
  std::vector<ManifestFile> manifests = added_->manifests;
  if (parent == nullptr) {
    return manifests;
  }
  const RewriteTarget target{context_.io, staged_, table, id};
  ARROW_ASSIGN_OR_RAISE(std::vector<ManifestFile> carried,
                        LoadManifests(context_.io, table, *parent));
  if (request_.mode == WriteMode::kOverwrite) {
    ARROW_ASSIGN_OR_RAISE(RemovedFiles removed_files, RemoveAllFiles(target, carried));
    *removed = std::move(removed_files.totals);
    carried = std::move(removed_files.manifests);
  } else {
    RETURN_NOT_OK(CompleteCounts(target, &carried));
    ARROW_ASSIGN_OR_RAISE(
        carried, MergeSmallManifests(target, std::move(carried), manifests.size()));
  }
  std::ranges::move(carried, std::back_inserter(manifests));
  return manifests;
}

Result<Snapshot> SnapshotBuilder::Build(const TableMetadata& table,
                                        const Snapshot* parent, SnapshotId id) {
  FileTotals removed;
  ARROW_ASSIGN_OR_RAISE(const std::vector<ManifestFile> manifests,
                        ManifestsOf(table, parent, id, &removed));
  Snapshot snapshot;
  snapshot.id = id;
  if (parent != nullptr) {
    snapshot.parent_id = parent->id;
  }
  snapshot.sequence_number = SequenceNumber{{table.last_sequence_number.value + 1}};
  snapshot.timestamp = std::max(context_.clock.Now(), table.last_updated);
  snapshot.schema_id = table.current_schema_id;
  const bool overwrites = request_.mode == WriteMode::kOverwrite && parent != nullptr;
  snapshot.operation = overwrites ? "overwrite" : "append";
  snapshot.summary = MakeSummary(added_->totals, removed, parent,
                                 overwrites ? Replaces::kEverything : Replaces::kNothing,
                                 request_.summary);

  iceberg::ManifestListOptions options;
  options.format_version = table.format_version;
  options.snapshot_id = id;
  options.parent_snapshot_id = snapshot.parent_id;
  options.sequence_number = snapshot.sequence_number;
  if (table.format_version >= 3) {
    options.first_row_id = table.next_row_id.value_or(0);
  }
  ARROW_ASSIGN_OR_RAISE(const iceberg::ManifestListBytes list,
                        iceberg::WriteManifestList(options, manifests));
  if (options.first_row_id.has_value()) {
    snapshot.first_row_id = options.first_row_id;
    snapshot.added_rows =
        list.next_row_id.value_or(*options.first_row_id) - *options.first_row_id;
  }
  Attempt& attempt = attempts_.emplace_back();
  for (const ManifestFile& manifest : manifests) {
    attempt.manifests.push_back(manifest.path);
  }
  ARROW_ASSIGN_OR_RAISE(snapshot.manifest_list,
                        staged_.WriteManifestList(table, id, list.avro));
  attempt.manifest_list = snapshot.manifest_list;
  return snapshot;
}

void SnapshotBuilder::CleanUp(const Snapshot* committed) {
  std::set<std::string> kept;
  if (committed != nullptr) {
    kept.insert(committed->manifest_list);
    const auto attempt =
        std::ranges::find(attempts_, committed->manifest_list, &Attempt::manifest_list);
    if (attempt == attempts_.end()) {
      return;  // rewritten by somebody else since: touch nothing
    }
    kept.insert(attempt->manifests.begin(), attempt->manifests.end());
  }
  staged_.DeleteAllBut(kept);
}

}  // namespace tarn::table::internal
