#include "tarn/table/internal/snapshot_builder.h"

#include <algorithm>
#include <map>
#include <set>
#include <span>
#include <string>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/table/internal/manifest_merge.h"
#include "tarn/table/internal/manifest_rewrite.h"
#include "tarn/table/internal/request_checks.h"

namespace tarn::table::internal {
namespace {

using iceberg::DataFile;
using iceberg::ManifestContent;
using iceberg::ManifestFile;
using iceberg::ManifestWriter;
using iceberg::PartitionSpec;
using iceberg::SequenceNumber;
using iceberg::Snapshot;
using iceberg::SnapshotId;
using iceberg::TableMetadata;

/// About 8 MiB of manifest, the size that the format's other writers aim at.
constexpr size_t kFilesPerManifest = 10'000;

/// ADDED entries of one content; `sequence` unset: they inherit the snapshot's.
struct AddedContent {
  ManifestContent content;
  const std::vector<DataFile>& files;
  std::optional<SequenceNumber> sequence = {};
};

/// Files of one spec in a manifest of their own.
Result<ManifestFile> WriteAdded(StagedFiles& staged, const TableMetadata& table,
                                SnapshotId id, const PartitionSpec& spec,
                                const AddedContent& added,
                                std::span<const DataFile* const> files) {
  ManifestWriter::Options options;
  options.format_version = table.format_version;
  options.content = added.content;
  options.snapshot_id = id;
  ManifestWriter writer(options, table.schema_ptr(), spec);
  for (const DataFile* file : files) {
    iceberg::ManifestEntry entry;
    entry.status = iceberg::EntryStatus::kAdded;
    entry.snapshot_id = id;
    entry.sequence_number = added.sequence;
    entry.file = *file;
    entry.file.first_row_id
        .reset();  // inherited from the manifest list, which knows the head
    RETURN_NOT_OK(writer.Add(entry));
  }
  ARROW_ASSIGN_OR_RAISE(ManifestWriter::Finished finished, writer.Finish());
  return staged.WriteManifest(table, std::move(finished));
}

bool NeedsFileRemoval(const WriteRequest& request) {
  return request.mode == WriteMode::kOverwritePartitions ||
         !request.removed_files.empty() || !request.delete_files.empty() ||
         request.removed_rows.has_value();
}

/// As Java names what its updates do.
std::string OperationOf(const WriteRequest& request, const Snapshot* parent,
                        const FileTotals& removed) {
  const bool adds_data = !request.files.empty();
  switch (request.mode) {
    case WriteMode::kAppend:
    case WriteMode::kFastAppend:
      return "append";
    case WriteMode::kRewrite:
      return "replace";
    case WriteMode::kOverwritePartitions:
      return "overwrite";
    case WriteMode::kOverwrite:
      if (parent == nullptr) {
        return "append";
      }
      return adds_data || removed.data_files == 0 ? "overwrite" : "delete";
    case WriteMode::kRowDelta:
      break;
  }
  if (!adds_data) {
    return "delete";
  }
  return request.delete_files.empty() && removed.data_files == 0 ? "append" : "overwrite";
}

}  // namespace

Status SnapshotBuilder::WriteAddedFiles(const TableMetadata& table, SnapshotId id) {
  if (added_.has_value() && added_->format_version == table.format_version) {
    return Status::OK();
  }
  AddedFiles added;
  added.format_version = table.format_version;
  std::optional<SequenceNumber> sequence;
  if (table.format_version >= 2) {
    sequence = request_.data_sequence_number;
  }
  const AddedContent contents[] = {
      {ManifestContent::kData, request_.files, sequence},
      {ManifestContent::kDeletes, request_.delete_files},
  };
  for (const AddedContent& content : contents) {
    std::map<int32_t, std::vector<const DataFile*>> by_spec;
    for (const DataFile& file : content.files) {
      const PartitionSpec& spec = *table.FindSpec(file.spec_id);
      by_spec[spec.id.value].push_back(&file);
      added.totals.Add(file, PartitionText(spec, table.schema(), file.partition));
    }
    for (const auto& [spec_id, files] : by_spec) {
      const PartitionSpec& spec = *table.FindSpec(iceberg::SpecId{{spec_id}});
      for (size_t begin = 0; begin < files.size(); begin += kFilesPerManifest) {
        const size_t count = std::min(kFilesPerManifest, files.size() - begin);
        ARROW_ASSIGN_OR_RAISE(ManifestFile manifest,
                              WriteAdded(staged_, table, id, spec, content,
                                         std::span(files).subspan(begin, count)));
        added.manifests.push_back(std::move(manifest));
      }
    }
  }
  added_ = std::move(added);
  return Status::OK();
}

/// What the head's manifests become.
Result<RemainingFiles> SnapshotBuilder::Remaining(const TableMetadata& table,
                                                  const Snapshot* parent, SnapshotId id) {
  const RewriteTarget target{context_, staged_, table, id};
  RemainingFiles remaining;
  if (parent != nullptr) {
    ARROW_ASSIGN_OR_RAISE(remaining.manifests,
                          OpenManifestListOf(context_, table, *parent));
  }
  if (ReplacesEverything(request_, table)) {
    ARROW_ASSIGN_OR_RAISE(RemovedFiles all, RemoveAllFiles(target, remaining.manifests));
    remaining.removed = std::move(all.totals);
    remaining.manifests = std::move(all.manifests);
    return remaining;
  }
  RETURN_NOT_OK(CompleteCounts(target, &remaining.manifests));
  if (NeedsFileRemoval(request_)) {
    FileRemoval removal(request_, target);
    ARROW_ASSIGN_OR_RAISE(remaining, removal.Run(remaining.manifests, added_->manifests));
  }
  if (request_.mode != WriteMode::kFastAppend) {
    ARROW_ASSIGN_OR_RAISE(
        remaining.manifests,
        MergeSmallManifests(target, std::move(remaining.manifests), added_->manifests));
  }
  return remaining;
}

Result<std::optional<Snapshot>> SnapshotBuilder::Build(const TableMetadata& table,
                                                       const Snapshot* parent,
                                                       SnapshotId id) {
  RETURN_NOT_OK(CheckRequestFits(request_, table));
  RETURN_NOT_OK(WriteAddedFiles(table, id));
  ARROW_ASSIGN_OR_RAISE(RemainingFiles remaining, Remaining(table, parent, id));
  RETURN_NOT_OK(conflicts_.Check(table, parent, remaining.removed_data_files));
  RETURN_NOT_OK(CheckRewrittenRows(remaining.removed));
  const bool is_delta = request_.mode == WriteMode::kRowDelta;
  if (is_delta && added_->manifests.empty() && request_.removed_files.empty() &&
      remaining.removed.data_files == 0) {
    return std::nullopt;
  }
  Snapshot snapshot;
  snapshot.id = id;
  if (parent != nullptr) {
    snapshot.parent_id = parent->id;
  }
  if (table.format_version >= 2) {
    snapshot.sequence_number = SequenceNumber{table.last_sequence_number.value + 1};
  }
  snapshot.timestamp = std::max(context_.clock.Now(), table.last_updated);
  snapshot.schema_id = table.current_schema_id;
  snapshot.operation = OperationOf(request_, parent, remaining.removed);
  const bool replaces_all = ReplacesEverything(request_, table) && parent != nullptr;
  snapshot.summary = MakeSummary(
      added_->totals, remaining.removed, parent,
      replaces_all ? Replaces::kEverything : Replaces::kNothing, request_.summary);
  if (request_.mode == WriteMode::kOverwritePartitions) {
    snapshot.summary["replace-partitions"] = "true";
  }
  std::vector<ManifestFile> manifests = added_->manifests;
  std::ranges::move(remaining.manifests, std::back_inserter(manifests));
  RETURN_NOT_OK(WriteList(table, manifests, &snapshot));
  return snapshot;
}

/// A rewrite has the rows of the files it replaces, or fewer if deletes were applied.
Status SnapshotBuilder::CheckRewrittenRows(const FileTotals& removed) const {
  if (request_.mode != WriteMode::kRewrite || added_->totals.records <= removed.records) {
    return Status::OK();
  }
  return MakeError(
      ErrorCode::kInvalidArgument,
      "Cannot rewrite files of " + request_.ident.ToString() + ": " +
          std::to_string(added_->totals.records) +
          " rows are added for removed rows: " + std::to_string(removed.records));
}

/// Sets what of `snapshot` the manifest list decides.
Status SnapshotBuilder::WriteList(const TableMetadata& table, const Manifests& manifests,
                                  Snapshot* snapshot) {
  iceberg::ManifestListOptions options;
  options.format_version = table.format_version;
  options.snapshot_id = snapshot->id;
  options.parent_snapshot_id = snapshot->parent_id;
  options.sequence_number = snapshot->sequence_number;
  if (table.format_version >= 3) {
    options.first_row_id = table.next_row_id.value_or(0);
  }
  ARROW_ASSIGN_OR_RAISE(const iceberg::ManifestListBytes list,
                        iceberg::WriteManifestList(options, manifests));
  if (options.first_row_id.has_value()) {
    snapshot->first_row_id = options.first_row_id;
    snapshot->added_rows =
        list.next_row_id.value_or(*options.first_row_id) - *options.first_row_id;
  }
  Attempt& attempt = attempts_.emplace_back();
  for (const ManifestFile& manifest : manifests) {
    attempt.manifests.push_back(manifest.path);
  }
  RETURN_NOT_OK(staged_.WriteManifestList(table, list.avro, snapshot));
  attempt.manifest_list = snapshot->manifest_list;
  return Status::OK();
}

void SnapshotBuilder::CleanUp(const Snapshot* committed) {
  std::set<std::string> kept;
  if (committed != nullptr) {
    kept.insert(committed->manifest_list);
    const auto attempt =
        std::ranges::find(attempts_, committed->manifest_list, &Attempt::manifest_list);
    // The catalog may have moved an append and made another list for it. Which attempt
    // it took the manifests of does not matter then: only the lists are not needed.
    const bool is_moved = attempt == attempts_.end() && committed->operation == "append";
    if (attempt == attempts_.end() && !is_moved) {
      return;  // rewritten by somebody else since: touch nothing
    }
    for (const Attempt& made : attempts_) {
      if (is_moved || made.manifest_list == committed->manifest_list) {
        kept.insert(made.manifests.begin(), made.manifests.end());
      }
    }
  }
  staged_.DeleteAllBut(kept);
}

}  // namespace tarn::table::internal
