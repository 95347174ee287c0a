#include "tarn/service/maintenance_report.h"

#include <optional>
#include <utility>
#include <vector>

namespace tarn::service {
namespace {

using nlohmann::ordered_json;

ordered_json IdOrNull(const std::optional<iceberg::SnapshotId>& id) {
  return id ? ordered_json(id->value) : ordered_json(nullptr);
}

ordered_json IdsOf(const std::vector<iceberg::SnapshotId>& ids) {
  ordered_json list = ordered_json::array();
  for (const iceberg::SnapshotId id : ids) {
    list.push_back(id.value);
  }
  return list;
}

template <typename StatisticsFile>
ordered_json PathOrNull(const std::optional<StatisticsFile>& file) {
  return file ? ordered_json(file->path) : ordered_json(nullptr);
}

}  // namespace

Result<DeletesResult> RewriteAllDeletes(const table::Context& context,
                                        const iceberg::TableIdent& ident,
                                        const table::RewriteDeleteFilesOptions& options) {
  DeletesResult result;
  ARROW_ASSIGN_OR_RAISE(result.equality,
                        table::ConvertEqualityDeletes(context, ident, options));
  ARROW_ASSIGN_OR_RAISE(result.positions,
                        table::RewritePositionDeleteFiles(context, ident, options));
  ARROW_ASSIGN_OR_RAISE(result.dangling,
                        table::RemoveDanglingDeletes(context, ident,
                                                     {.branch = options.branch,
                                                      .dry_run = options.dry_run,
                                                      .control = options.control}));
  return result;
}

ordered_json ReportOf(const table::RewriteDataFilesResult& result) {
  return {{"rewritten_data_files_count", result.rewritten_data_files_count},
          {"added_data_files_count", result.added_data_files_count},
          {"rewritten_bytes_count", result.rewritten_bytes_count},
          {"added_bytes_count", result.added_bytes_count},
          {"rewritten_rows_count", result.rewritten_rows_count},
          {"removed_delete_files_count", result.removed_delete_files_count},
          {"failed_data_files_count", result.failed_data_files_count},
          {"first_failure", result.first_failure},
          {"file_groups_count", result.file_groups_count},
          {"snapshot_ids", IdsOf(result.snapshot_ids)}};
}

ordered_json ReportOf(const DeletesResult& result) {
  const auto& [equality, positions, dangling] = result;
  return {
      {"converted_equality_delete_files_count", equality.rewritten_delete_files_count},
      {"rewritten_position_delete_files_count", positions.rewritten_delete_files_count},
      {"removed_dangling_delete_files_count", dangling.removed_delete_files_count},
      {"added_delete_files_count",
       equality.added_delete_files_count + positions.added_delete_files_count},
      {"added_bytes_count", equality.added_bytes_count + positions.added_bytes_count},
      {"affected_data_files_count",
       equality.affected_data_files_count + positions.affected_data_files_count}};
}

ordered_json ReportOf(const table::RewriteManifestsResult& result) {
  return {{"rewritten_manifests_count", result.rewritten_manifests_count},
          {"added_manifests_count", result.added_manifests_count},
          {"rewritten_bytes", result.rewritten_bytes},
          {"added_bytes", result.added_bytes},
          {"entries_count", result.entries_count},
          {"snapshot_id", IdOrNull(result.snapshot_id)}};
}

ordered_json ReportOf(const table::ComputeTableStatsResult& result) {
  ordered_json distinct = ordered_json::object();
  for (const auto& [column, count] : result.distinct_values) {
    distinct[column] = count;
  }
  return {{"statistics_file", PathOrNull(result.statistics_file)},
          {"distinct_values", std::move(distinct)},
          {"rows_count", result.rows_count},
          {"files_count", result.files_count}};
}

ordered_json ReportOf(const table::ComputePartitionStatsResult& result) {
  return {{"statistics_file", PathOrNull(result.statistics_file)},
          {"partitions_count", result.partitions_count}};
}

ordered_json ReportOf(const table::ExpireSnapshotsResult& result, ReportFiles files) {
  ordered_json report = {
      {"expired_snapshots_count", result.expired_snapshot_ids.size()},
      {"expired_snapshot_ids", IdsOf(result.expired_snapshot_ids)},
      {"expired_refs", result.expired_refs},
      {"deleted_files_count", result.files.size()},
      {"deleted_data_files_count", result.deleted_data_files_count},
      {"deleted_position_delete_files_count", result.deleted_position_delete_files_count},
      {"deleted_equality_delete_files_count", result.deleted_equality_delete_files_count},
      {"deleted_manifest_files_count", result.deleted_manifest_files_count},
      {"deleted_manifest_lists_count", result.deleted_manifest_lists_count},
      {"deleted_statistics_files_count", result.deleted_statistics_files_count},
      {"deleted_metadata_files_count", result.deleted_metadata_files_count},
      {"deleted_bytes", result.deleted_bytes},
      {"removed_schemas_count", result.removed_schemas_count},
      {"removed_partition_specs_count", result.removed_partition_specs_count},
      {"failed_files_count", result.failed_files.size()},
      {"first_failure", result.first_failure}};
  if (files == ReportFiles::kNamed) {
    ordered_json list = ordered_json::array();
    for (const table::TableFile& file : result.files) {
      list.push_back(file.location);
    }
    report["files"] = std::move(list);
  }
  return report;
}

ordered_json ReportOf(const table::RemoveOrphanFilesResult& result, ReportFiles files) {
  ordered_json report = {{"orphan_files_count", result.orphan_files.size()},
                         {"orphan_bytes", result.orphan_bytes},
                         {"failed_files_count", result.failed_files.size()},
                         {"first_failure", result.first_failure}};
  if (files == ReportFiles::kNamed) {
    ordered_json list = ordered_json::array();
    for (const io::FileInfo& file : result.orphan_files) {
      list.push_back({{"path", file.location}, {"bytes", file.size_bytes}});
    }
    report["files"] = std::move(list);
  }
  return report;
}

}  // namespace tarn::service
