// Each action of `tarn maintain` with its report.
#include <algorithm>
#include <utility>

#include "tarn/cli/maintain/maintain.h"
#include "tarn/cli/print/quantity.h"
#include "tarn/table/maintenance/compute_partition_stats.h"
#include "tarn/table/maintenance/remove_dangling_deletes.h"

namespace tarn::cli {
namespace {

using nlohmann::ordered_json;
using table::DryRun;

ordered_json IdJson(const std::optional<iceberg::SnapshotId>& id) {
  return id ? ordered_json(id->value) : ordered_json(nullptr);
}

std::string Verb(DryRun dry_run, const char* done, const char* planned) {
  return dry_run == DryRun::kYes ? planned : done;
}

/// "3 data files, 1 manifest": those that are not zero; "nothing" if all are.
std::string Counts(const std::vector<std::pair<int64_t, std::string>>& counts) {
  std::string text;
  for (const auto& [count, name] : counts) {
    if (count > 0) {
      text += (text.empty() ? "" : ", ") + CountText(count, name);
    }
  }
  return text.empty() ? "nothing" : text;
}

std::string FailureText(size_t count, const std::string& first) {
  return count == 0 ? ""
                    : "; " + CountText(static_cast<int64_t>(count), "file") +
                          " could not be deleted: " + first;
}

MaintainReport Report(const iceberg::TableIdent& ident, const char* action,
                      DryRun dry_run, ordered_json result, const std::string& text) {
  MaintainReport report;
  report.json = {{"table", ident.ToString()},
                 {"action", action},
                 {"dry_run", dry_run == DryRun::kYes}};
  report.json.update(result);
  report.text = ident.ToString() + ": " + text + "\n";
  return report;
}

}  // namespace

void MaintainOptions::ShareWithAll(const table::ActionControl& control) {
  const auto share = [&](auto& options) {
    options.dry_run = dry_run;
    options.control = control;
  };
  share(compact);
  share(expire);
  share(orphans);
  share(manifests);
  share(deletes);
  share(stats);
}

Result<MaintainReport> Compact(Workspace& workspace, const iceberg::TableIdent& ident,
                               const MaintainOptions& options) {
  ARROW_ASSIGN_OR_RAISE(
      const auto result,
      table::RewriteDataFiles(workspace.context(), ident, options.compact));
  ordered_json snapshots = ordered_json::array();
  for (const iceberg::SnapshotId id : result.snapshot_ids) {
    snapshots.push_back(id.value);
  }
  const bool is_dry = options.dry_run == DryRun::kYes;
  std::string text = "nothing to compact";
  if (result.rewritten_data_files_count > 0) {
    text = Verb(options.dry_run, "compacted ", "would compact ") +
           CountText(result.rewritten_data_files_count, "file") + " (" +
           BytesText(result.rewritten_bytes_count) + ") to " + (is_dry ? "about " : "") +
           CountText(result.added_data_files_count, "file") + " (" +
           BytesText(result.added_bytes_count) + ")";
  }
  if (result.removed_delete_files_count > 0) {
    text += ", removed " + CountText(result.removed_delete_files_count, "delete file");
  }
  if (result.failed_data_files_count > 0) {
    text += "; " + CountText(result.failed_data_files_count, "file") +
            " failed: " + result.first_failure;
  }
  return Report(ident, "compact", options.dry_run,
                {{"rewritten_data_files_count", result.rewritten_data_files_count},
                 {"added_data_files_count", result.added_data_files_count},
                 {"rewritten_bytes_count", result.rewritten_bytes_count},
                 {"added_bytes_count", result.added_bytes_count},
                 {"rewritten_rows_count", result.rewritten_rows_count},
                 {"removed_delete_files_count", result.removed_delete_files_count},
                 {"failed_data_files_count", result.failed_data_files_count},
                 {"file_groups_count", result.file_groups_count},
                 {"snapshot_ids", std::move(snapshots)}},
                text);
}

Result<MaintainReport> Expire(Workspace& workspace, const iceberg::TableIdent& ident,
                              const MaintainOptions& options) {
  ARROW_ASSIGN_OR_RAISE(const auto result, table::ExpireSnapshots(workspace.context(),
                                                                  ident, options.expire));
  ordered_json snapshots = ordered_json::array();
  for (const iceberg::SnapshotId id : result.expired_snapshot_ids) {
    snapshots.push_back(id.value);
  }
  ordered_json files = ordered_json::array();
  for (const table::TableFile& file : result.files) {
    files.push_back(file.location);
  }
  std::string text =
      Verb(options.dry_run, "expired ", "would expire ") +
      Counts({{static_cast<int64_t>(result.expired_snapshot_ids.size()), "snapshot"},
              {static_cast<int64_t>(result.expired_refs.size()), "ref"}});
  if (!result.files.empty()) {
    text += Verb(options.dry_run, ", deleted ", ", delete ") +
            Counts({{result.deleted_data_files_count, "data file"},
                    {result.deleted_position_delete_files_count, "position delete file"},
                    {result.deleted_equality_delete_files_count, "equality delete file"},
                    {result.deleted_manifest_files_count, "manifest"},
                    {result.deleted_manifest_lists_count, "manifest list"},
                    {result.deleted_statistics_files_count, "statistics file"},
                    {result.deleted_metadata_files_count, "metadata file"}});
  }
  text += FailureText(result.failed_files.size(), result.first_failure);
  return Report(
      ident, "expire", options.dry_run,
      {{"expired_snapshot_ids", std::move(snapshots)},
       {"expired_refs", result.expired_refs},
       {"deleted_data_files_count", result.deleted_data_files_count},
       {"deleted_position_delete_files_count",
        result.deleted_position_delete_files_count},
       {"deleted_equality_delete_files_count",
        result.deleted_equality_delete_files_count},
       {"deleted_manifest_files_count", result.deleted_manifest_files_count},
       {"deleted_manifest_lists_count", result.deleted_manifest_lists_count},
       {"deleted_statistics_files_count", result.deleted_statistics_files_count},
       {"deleted_metadata_files_count", result.deleted_metadata_files_count},
       {"deleted_bytes", result.deleted_bytes},
       {"removed_schemas_count", result.removed_schemas_count},
       {"removed_partition_specs_count", result.removed_partition_specs_count},
       {"failed_files_count", result.failed_files.size()},
       {"files", std::move(files)}},
      text);
}

Result<MaintainReport> RemoveOrphans(Workspace& workspace,
                                     const iceberg::TableIdent& ident,
                                     const MaintainOptions& options) {
  ARROW_ASSIGN_OR_RAISE(
      const auto result,
      table::RemoveOrphanFiles(workspace.context(), ident, options.orphans));
  ordered_json files = ordered_json::array();
  std::string list;
  for (const io::FileInfo& file : result.orphan_files) {
    files.push_back({{"path", file.location}, {"bytes", file.size_bytes}});
    list += "\n  " + file.location;
  }
  const auto count = static_cast<int64_t>(result.orphan_files.size());
  const std::string text =
      Verb(options.dry_run, "removed ", "would remove ") +
      CountText(count, "orphan file") + ", " + BytesText(result.orphan_bytes) +
      FailureText(result.failed_files.size(), result.first_failure) + list;
  return Report(ident, "orphans", options.dry_run,
                {{"orphan_files_count", count},
                 {"orphan_bytes", result.orphan_bytes},
                 {"failed_files_count", result.failed_files.size()},
                 {"files", std::move(files)}},
                text);
}

Result<MaintainReport> RewriteManifestFiles(Workspace& workspace,
                                            const iceberg::TableIdent& ident,
                                            const MaintainOptions& options) {
  ARROW_ASSIGN_OR_RAISE(
      const auto result,
      table::RewriteManifests(workspace.context(), ident, options.manifests));
  std::string text = "manifests need no rewrite";
  if (result.rewritten_manifests_count > 0) {
    text = Verb(options.dry_run, "rewrote ", "would rewrite ") +
           CountText(result.rewritten_manifests_count, "manifest") + " to " +
           std::to_string(result.added_manifests_count) + ", " +
           CountText(result.entries_count, "live file");
  }
  return Report(ident, "manifests", options.dry_run,
                {{"rewritten_manifests_count", result.rewritten_manifests_count},
                 {"added_manifests_count", result.added_manifests_count},
                 {"rewritten_bytes", result.rewritten_bytes},
                 {"added_bytes", result.added_bytes},
                 {"entries_count", result.entries_count},
                 {"snapshot_id", IdJson(result.snapshot_id)}},
                text);
}

Result<MaintainReport> RewriteDeletes(Workspace& workspace,
                                      const iceberg::TableIdent& ident,
                                      const MaintainOptions& options) {
  const table::Context context = workspace.context();
  ARROW_ASSIGN_OR_RAISE(const auto equality,
                        table::ConvertEqualityDeletes(context, ident, options.deletes));
  ARROW_ASSIGN_OR_RAISE(const auto positions, table::RewritePositionDeleteFiles(
                                                  context, ident, options.deletes));
  table::RemoveDanglingDeletesOptions dangling_options;
  dangling_options.branch = options.deletes.branch;
  dangling_options.dry_run = options.dry_run;
  dangling_options.control = options.deletes.control;
  ARROW_ASSIGN_OR_RAISE(const auto dangling,
                        table::RemoveDanglingDeletes(context, ident, dangling_options));
  const int64_t removed = equality.rewritten_delete_files_count +
                          positions.rewritten_delete_files_count +
                          dangling.removed_delete_files_count;
  const int64_t added =
      equality.added_delete_files_count + positions.added_delete_files_count;
  std::string text = "delete files need no rewrite";
  if (removed > 0) {
    text = Verb(options.dry_run, "rewrote ", "would rewrite ") +
           CountText(removed, "delete file");
    text += options.dry_run == DryRun::kYes ? "" : " to " + std::to_string(added);
  }
  return Report(
      ident, "deletes", options.dry_run,
      {{"converted_equality_delete_files_count", equality.rewritten_delete_files_count},
       {"rewritten_position_delete_files_count", positions.rewritten_delete_files_count},
       {"removed_dangling_delete_files_count", dangling.removed_delete_files_count},
       {"added_delete_files_count", added},
       {"added_bytes_count", equality.added_bytes_count + positions.added_bytes_count},
       {"affected_data_files_count",
        equality.affected_data_files_count + positions.affected_data_files_count}},
      text);
}

Result<MaintainReport> ComputeStats(Workspace& workspace,
                                    const iceberg::TableIdent& ident,
                                    const MaintainOptions& options) {
  ARROW_ASSIGN_OR_RAISE(
      const auto result,
      table::ComputeTableStats(workspace.context(), ident, options.stats));
  ordered_json ndv = ordered_json::object();
  std::string list;
  for (const auto& [column, count] : result.distinct_values) {
    ndv[column] = count;
    list += (list.empty() ? ": " : ", ") + column + " " + GroupedText(count);
  }
  std::string text = "no snapshot to compute statistics of";
  if (result.statistics_file) {
    text = "distinct values of " + CountText(result.rows_count, "row") + list;
  } else if (options.dry_run == DryRun::kYes) {
    text = "would read " + CountText(result.files_count, "file");
  }
  const bool is_set = result.statistics_file.has_value();
  return Report(ident, "stats", options.dry_run,
                {{"statistics_file", is_set ? ordered_json(result.statistics_file->path)
                                            : ordered_json(nullptr)},
                 {"distinct_values", std::move(ndv)},
                 {"rows_count", result.rows_count},
                 {"files_count", result.files_count}},
                text);
}

Result<MaintainReport> ComputePartitions(Workspace& workspace,
                                         const iceberg::TableIdent& ident,
                                         const MaintainOptions& options) {
  table::ComputePartitionStatsOptions stats;
  stats.snapshot_id = options.stats.snapshot_id;
  stats.dry_run = options.dry_run;
  stats.control = options.stats.control;
  ARROW_ASSIGN_OR_RAISE(const auto result,
                        table::ComputePartitionStats(workspace.context(), ident, stats));
  const bool is_set = result.statistics_file.has_value();
  const std::string text =
      result.partitions_count == 0
          ? "no partitions to compute statistics of"
          : Verb(options.dry_run, "statistics of ", "would compute statistics of ") +
                CountText(result.partitions_count, "partition");
  return Report(ident, "partition-stats", options.dry_run,
                {{"statistics_file", is_set ? ordered_json(result.statistics_file->path)
                                            : ordered_json(nullptr)},
                 {"partitions_count", result.partitions_count}},
                text);
}

Result<MaintainReport> MaintainAll(Workspace& workspace, const iceberg::TableIdent& ident,
                                   const MaintainOptions& options) {
  constexpr MaintainAction kActions[] = {
      &Compact,           &RewriteDeletes, &RewriteManifestFiles, &ComputeStats,
      &ComputePartitions, &Expire,         &RemoveOrphans};
  MaintainReport report;
  report.json = {{"table", ident.ToString()},
                 {"action", "all"},
                 {"dry_run", options.dry_run == DryRun::kYes},
                 {"actions", ordered_json::array()}};
  MaintainOptions each = options;
  each.orphans.older_than.reset();  // the age that was given is that of snapshots
  for (const MaintainAction action : kActions) {
    ARROW_ASSIGN_OR_RAISE(MaintainReport part, action(workspace, ident, each));
    report.json["actions"].push_back(std::move(part.json));
    report.text += part.text;
  }
  return report;
}

}  // namespace tarn::cli
