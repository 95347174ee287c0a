// Publishing snapshots that are in no branch yet (Java's CherryPickOperation).
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tarn/base/error.h"
#include "tarn/iceberg/metrics_evaluator.h"
#include "tarn/table/alter.h"
#include "tarn/table/internal/manifest_rewrite.h"
#include "tarn/table/internal/request_checks.h"
#include "tarn/table/snapshot_refs.h"
#include "tarn/table/write.h"

namespace tarn::table {
namespace {

using catalog::LoadedTable;
using iceberg::DataFile;
using iceberg::ManifestFile;
using iceberg::Snapshot;
using iceberg::SnapshotId;
using iceberg::TableIdent;
using iceberg::TableMetadata;

std::string SummaryOf(const Snapshot& snapshot, const std::string& key) {
  const auto found = snapshot.summary.find(key);
  return found == snapshot.summary.end() ? std::string() : found->second;
}

Status Invalid(SnapshotId id, const std::string& what) {
  return MakeError(
      ErrorCode::kInvalidArgument,
      "Cannot cherry-pick snapshot " + std::to_string(id.value) + ": " + what);
}

/// The data files that `snapshot` added, fit to be added to `table` again.
Result<std::vector<DataFile>> FilesAddedBy(const Context& context,
                                           const TableMetadata& table,
                                           const Snapshot& snapshot) {
  std::vector<DataFile> files;
  ARROW_ASSIGN_OR_RAISE(const std::vector<ManifestFile> manifests,
                        internal::OpenManifestListOf(context, table, snapshot));
  for (const ManifestFile& manifest : manifests) {
    if (manifest.added_snapshot_id != snapshot.id || manifest.added_files_count == 0) {
      continue;
    }
    if (manifest.content == iceberg::ManifestContent::kDeletes) {
      return Invalid(snapshot.id, "it adds row-level deletes");
    }
    const iceberg::PartitionSpec* spec = table.FindSpec(manifest.spec_id);
    if (spec == nullptr) {
      return Invalid(snapshot.id, "the table lacks its partition spec " +
                                      std::to_string(manifest.spec_id.value));
    }
    const auto types = PartitionTypes(*spec, table.schema());
    ARROW_ASSIGN_OR_RAISE(const internal::OpenedManifest loaded,
                          internal::OpenManifest(context, manifest));
    for (size_t row = 0; row < loaded.size(); ++row) {
      if (loaded.columns->status(row) != iceberg::EntryStatus::kAdded ||
          loaded.columns->snapshot_id(row) != snapshot.id) {
        continue;
      }
      DataFile file = loaded.EntryAt(row).file;
      RETURN_NOT_OK(NormalizePartition(*spec, types, &file.partition));
      files.push_back(std::move(file));
    }
  }
  return files;
}

/// What the new snapshot says about where it comes from.
std::map<std::string, std::string> SourceSummary(const Snapshot& picked) {
  std::map<std::string, std::string> summary = {
      {"source-snapshot-id", std::to_string(picked.id.value)}};
  const std::string wap_id = SummaryOf(picked, "wap.id");
  if (!wap_id.empty()) {
    summary.emplace("published-wap-id", wap_id);
  }
  return summary;
}

Status CheckCanPick(const TableMetadata& table, const TableIdent& ident,
                    const Snapshot& picked) {
  if (table.current_snapshot_id &&
      IsAncestorOf(table, picked.id, *table.current_snapshot_id)) {
    return Invalid(picked.id, "already an ancestor");
  }
  WriteRequest request;
  request.ident = ident;
  request.summary = SourceSummary(picked);
  return internal::CheckNotPublished(table, table.current_snapshot(), request);
}

/// Moves main to `id` as long as that sits on main's head; nullopt if it does not.
Result<std::optional<LoadedTable>> TryFastForward(const Context& context,
                                                  const TableIdent& ident,
                                                  SnapshotId id) {
  bool sits_on_head = true;
  const auto change = [&](const TableMetadata& base) -> Result<Alteration> {
    const Snapshot* picked = base.FindSnapshot(id);
    sits_on_head = picked != nullptr && (base.current_snapshot_id == id ||
                                         base.current_snapshot_id == picked->parent_id);
    if (!sits_on_head || base.current_snapshot_id == id) {
      return Alteration{};
    }
    RETURN_NOT_OK(CheckCanPick(base, ident, *picked));
    iceberg::SnapshotRef main;
    main.snapshot_id = id;
    return Alteration{{iceberg::require::AssertRefSnapshotId{iceberg::kMainBranch,
                                                             base.current_snapshot_id}},
                      {iceberg::update::SetSnapshotRef{iceberg::kMainBranch, main}}};
  };
  ARROW_ASSIGN_OR_RAISE(LoadedTable table, AlterTable(context, ident, change));
  return sits_on_head ? std::optional(std::move(table)) : std::nullopt;
}

/// The write that does on another head what `picked` did on its own.
Result<WriteRequest> RequestFor(const Context& context, const TableMetadata& table,
                                const TableIdent& ident, const Snapshot& picked) {
  WriteRequest request;
  request.ident = ident;
  request.summary = SourceSummary(picked);
  request.picked_from = picked.id;
  const bool replaces_partitions = picked.operation == "overwrite" &&
                                   SummaryOf(picked, "replace-partitions") == "true";
  if (picked.operation != "append" && !replaces_partitions) {
    return Invalid(picked.id, "not append, dynamic overwrite, or fast-forward");
  }
  if (replaces_partitions) {
    request.mode = WriteMode::kOverwritePartitions;
    request.checks.isolation = Isolation::kSerializable;
    request.checks.base = picked.parent_id;
    const bool has_base = !picked.parent_id || (table.current_snapshot_id &&
                                                IsAncestorOf(table, *picked.parent_id,
                                                             *table.current_snapshot_id));
    if (!has_base) {
      return Invalid(picked.id,
                     "an overwrite not based on an ancestor of the current "
                     "state");
    }
  }
  ARROW_ASSIGN_OR_RAISE(request.files, FilesAddedBy(context, table, picked));
  return request;
}

}  // namespace

Result<LoadedTable> CherryPick(const Context& context, const TableIdent& ident,
                               SnapshotId snapshot_id) {
  ARROW_ASSIGN_OR_RAISE(LoadedTable loaded, context.catalog.LoadTable(ident));
  const Snapshot* picked = loaded.metadata->FindSnapshot(snapshot_id);
  if (picked == nullptr) {
    return MakeError(
        ErrorCode::kNoSuchSnapshot,
        "Cannot cherry-pick unknown snapshot ID: " + std::to_string(snapshot_id.value));
  }
  RETURN_NOT_OK(CheckCanPick(*loaded.metadata, ident, *picked));
  ARROW_ASSIGN_OR_RAISE(std::optional<LoadedTable> forwarded,
                        TryFastForward(context, ident, snapshot_id));
  if (forwarded.has_value()) {
    return *std::move(forwarded);
  }
  ARROW_ASSIGN_OR_RAISE(const WriteRequest request,
                        RequestFor(context, *loaded.metadata, ident, *picked));
  return Write(context, request);
}

Result<LoadedTable> PublishChanges(const Context& context, const TableIdent& ident,
                                   const std::string& wap_id) {
  ARROW_ASSIGN_OR_RAISE(const LoadedTable loaded, context.catalog.LoadTable(ident));
  for (const Snapshot& snapshot : loaded.metadata->snapshots) {
    if (!wap_id.empty() && SummaryOf(snapshot, "wap.id") == wap_id) {
      return CherryPick(context, ident, snapshot.id);
    }
  }
  return MakeError(ErrorCode::kNoSuchSnapshot, "Cannot apply unknown WAP ID: " + wap_id);
}

}  // namespace tarn::table
