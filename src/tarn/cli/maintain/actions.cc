// Each action of `tarn maintain` with its report.
#include <algorithm>
#include <utility>

#include "tarn/cli/maintain/maintain.h"
#include "tarn/cli/print/quantity.h"
#include "tarn/service/maintenance_report.h"

namespace tarn::cli {
namespace {

using nlohmann::ordered_json;
using table::DryRun;

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
  return Report(ident, "compact", options.dry_run, service::ReportOf(result), text);
}

Result<MaintainReport> Expire(Workspace& workspace, const iceberg::TableIdent& ident,
                              const MaintainOptions& options) {
  ARROW_ASSIGN_OR_RAISE(const auto result, table::ExpireSnapshots(workspace.context(),
                                                                  ident, options.expire));
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
  return Report(ident, "expire", options.dry_run,
                service::ReportOf(result, service::ReportFiles::kNamed), text);
}

Result<MaintainReport> RemoveOrphans(Workspace& workspace,
                                     const iceberg::TableIdent& ident,
                                     const MaintainOptions& options) {
  ARROW_ASSIGN_OR_RAISE(
      const auto result,
      table::RemoveOrphanFiles(workspace.context(), ident, options.orphans));
  std::string list;
  for (const io::FileInfo& file : result.orphan_files) {
    list += "\n  " + file.location;
  }
  const auto count = static_cast<int64_t>(result.orphan_files.size());
  const std::string text =
      Verb(options.dry_run, "removed ", "would remove ") +
      CountText(count, "orphan file") + ", " + BytesText(result.orphan_bytes) +
      FailureText(result.failed_files.size(), result.first_failure) + list;
  return Report(ident, "orphans", options.dry_run,
                service::ReportOf(result, service::ReportFiles::kNamed), text);
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
  return Report(ident, "manifests", options.dry_run, service::ReportOf(result), text);
}

Result<MaintainReport> RewriteDeletes(Workspace& workspace,
                                      const iceberg::TableIdent& ident,
                                      const MaintainOptions& options) {
  ARROW_ASSIGN_OR_RAISE(
      const auto result,
      service::RewriteAllDeletes(workspace.context(), ident, options.deletes));
  const auto& [equality, positions, dangling] = result;
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
  return Report(ident, "deletes", options.dry_run, service::ReportOf(result), text);
}

Result<MaintainReport> ComputeStats(Workspace& workspace,
                                    const iceberg::TableIdent& ident,
                                    const MaintainOptions& options) {
  ARROW_ASSIGN_OR_RAISE(
      const auto result,
      table::ComputeTableStats(workspace.context(), ident, options.stats));
  std::string list;
  for (const auto& [column, count] : result.distinct_values) {
    list += (list.empty() ? ": " : ", ") + column + " " + GroupedText(count);
  }
  std::string text = "no snapshot to compute statistics of";
  if (result.statistics_file) {
    text = "distinct values of " + CountText(result.rows_count, "row") + list;
  } else if (options.dry_run == DryRun::kYes) {
    text = "would read " + CountText(result.files_count, "file");
  }
  return Report(ident, "stats", options.dry_run, service::ReportOf(result), text);
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
  const std::string text =
      result.partitions_count == 0
          ? "no partitions to compute statistics of"
          : Verb(options.dry_run, "statistics of ", "would compute statistics of ") +
                CountText(result.partitions_count, "partition");
  return Report(ident, "partition-stats", options.dry_run, service::ReportOf(result),
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
