// What is not needed any more: old snapshots and files that nothing refers to.
#include <limits>
#include <string>
#include <utility>

#include "tarn/base/config.h"
#include "tarn/base/error.h"
#include "tarn/engine/internal/catalog_view.h"
#include "tarn/engine/internal/catch_duckdb.h"
#include "tarn/engine/internal/create_table_text.h"
#include "tarn/engine/internal/procedures/procedure_call.h"
#include "tarn/engine/internal/procedures/settings.h"
#include "tarn/table/maintenance/expire_snapshots.h"
#include "tarn/table/maintenance/remove_orphan_files.h"

namespace tarn::engine::procedures {
namespace {

using duckdb::LogicalTypeId;
using std::chrono::milliseconds;

const std::vector<OutputColumn> kMetrics = {{"metric_name", LogicalTypeId::VARCHAR},
                                            {"metric_value", LogicalTypeId::BIGINT}};

/// Trino's floor under what its procedures may remove: an administrator's, or what the
/// session has lowered it to. `property` is the configuration's.
Result<milliseconds> RetentionOf(const ProcedureCall& call, const char* property,
                                 const char* setting) {
  constexpr milliseconds kDefault = std::chrono::hours(7 * 24);
  const milliseconds retention = call.Millis("retention_threshold").value_or(kDefault);
  ARROW_ASSIGN_OR_RAISE(const milliseconds floor, ParseDuration(call.Setting(setting)));
  if (retention < floor) {
    return MakeError(
        ErrorCode::kInvalidArgument,
        "INVALID_PROCEDURE_ARGUMENT: Retention specified (" + DurationText(retention) +
            ") is shorter than the minimum retention configured in the system (" +
            DurationText(floor) + "). Minimum retention can be changed with " + property +
            " configuration property or " + call.catalog_name() + "." + setting +
            " session property");
  }
  return retention;
}

Result<int32_t> ConcurrencyOf(const ProcedureCall& call, int32_t otherwise) {
  const int64_t number = call.Number("max_concurrent_deletes").value_or(otherwise);
  if (number < 1) {
    return call.BadArgument("max_concurrent_deletes should have value > 0, value: " +
                            std::to_string(number));
  }
  return static_cast<int32_t>(std::min<int64_t>(number, 64));
}

Status ExpireSnapshots(ProcedureCall& call) {
  table::ExpireSnapshotsOptions options;
  options.older_than = call.Millis("older_than");
  if (const auto retained = call.Number("retain_last")) {
    if (*retained < 1) {
      return call.BadArgument(
          "Number of snapshots to retain must be at least 1, cannot "
          "be: " +
          std::to_string(*retained));
    }
    options.retain_last = static_cast<int32_t>(*retained);
  }
  for (const int64_t id : call.Numbers("snapshot_ids")) {
    options.snapshot_ids.push_back(iceberg::SnapshotId{id});
  }
  options.clean_expired_metadata = call.Boolean("clean_expired_metadata").value_or(false);
  ARROW_ASSIGN_OR_RAISE(options.max_concurrent_deletes,
                        ConcurrencyOf(call, options.max_concurrent_deletes));
  options.control = call.control();
  ARROW_ASSIGN_OR_RAISE(const auto ident, call.Table());
  ARROW_ASSIGN_OR_RAISE(const auto result,
                        table::ExpireSnapshots(call.tarn(), ident, options));
  call.Answer({Count(result.deleted_data_files_count),
               Count(result.deleted_position_delete_files_count),
               Count(result.deleted_equality_delete_files_count),
               Count(result.deleted_manifest_files_count),
               Count(result.deleted_manifest_lists_count),
               Count(result.deleted_statistics_files_count)});
  return Status::OK();
}

Status ExpireExecuted(ProcedureCall& call) {
  table::ExpireSnapshotsOptions options;
  ARROW_ASSIGN_OR_RAISE(const milliseconds retention,
                        RetentionOf(call, "iceberg.expire-snapshots.min-retention",
                                    kExpireSnapshotsMinRetention));
  options.older_than = call.now() - retention;
  const int64_t retained = call.Number("retain_last").value_or(1);
  if (retained < 1) {
    return call.BadArgument("Number of snapshots to retain must be at least 1");
  }
  options.retain_last = static_cast<int32_t>(retained);
  options.clean_expired_metadata = call.Boolean("clean_expired_metadata").value_or(false);
  options.control = call.control();
  ARROW_ASSIGN_OR_RAISE(const auto ident, call.Table());
  ARROW_ASSIGN_OR_RAISE(const auto result,
                        table::ExpireSnapshots(call.tarn(), ident, options));
  const auto metric = [&](const char* name, int64_t value) {
    call.Answer({duckdb::Value(name), Count(value)});
  };
  metric("expired_snapshots_count",
         static_cast<int64_t>(result.expired_snapshot_ids.size()));
  metric("deleted_data_files_count", result.deleted_data_files_count);
  metric("deleted_position_delete_files_count",
         result.deleted_position_delete_files_count);
  metric("deleted_equality_delete_files_count",
         result.deleted_equality_delete_files_count);
  metric("deleted_manifest_files_count", result.deleted_manifest_files_count);
  metric("deleted_manifest_lists_count", result.deleted_manifest_lists_count);
  metric("deleted_statistics_files_count", result.deleted_statistics_files_count);
  return Status::OK();
}

/// 's3a,s3n' → 's3', each name of the key alone.
std::map<std::string, std::string, std::less<>> EqualNames(const TextMap& given) {
  std::map<std::string, std::string, std::less<>> equal;
  for (const auto& [names, stands_for] : given) {
    std::string name;
    for (const char c : names + ",") {
      if (c != ',') {
        name += c == ' ' ? "" : std::string(1, c);
      } else if (!name.empty()) {
        equal[std::exchange(name, std::string())] = stands_for;
      }
    }
  }
  return equal;
}

Result<table::PrefixMismatchMode> MismatchModeOf(const ProcedureCall& call) {
  const std::string mode = FoldName(call.Text("prefix_mismatch_mode").value_or("error"));
  if (mode == "error") {
    return table::PrefixMismatchMode::kError;
  }
  if (mode == "ignore") {
    return table::PrefixMismatchMode::kIgnore;
  }
  if (mode == "delete") {
    return table::PrefixMismatchMode::kDelete;
  }
  return call.BadArgument("prefix_mismatch_mode is ERROR, IGNORE or DELETE, not " + mode);
}

/// The files of a table or view with columns file_path and last_modified.
Result<std::vector<io::FileInfo>> FilesOfView(const ProcedureCall& call,
                                              const std::string& view) {
  std::string name;
  for (const std::string& part : SplitName(view)) {
    name += (name.empty() ? "" : ".") + QuoteIdentifier(part);
  }
  const std::string sql =
      "SELECT file_path::VARCHAR, epoch_ms(last_modified::TIMESTAMP) "
      "FROM " +
      name +
      " WHERE file_path IS NOT NULL AND last_modified IS NOT "
      "NULL";
  const auto result = call.session().connection->duckdb.Query(sql);
  if (result->HasError()) {
    return call.BadArgument(view + " must have columns file_path and last_modified: " +
                            StatusOf(result->GetErrorObject()).message());
  }
  std::vector<io::FileInfo> files;
  for (duckdb::idx_t row = 0; row < result->RowCount(); ++row) {
    io::FileInfo file;
    file.location = result->GetValue(0, row).ToString();
    file.modified = milliseconds(result->GetValue(1, row).GetValue<int64_t>());
    files.push_back(std::move(file));
  }
  return files;
}

Result<table::RemoveOrphanFilesResult> Remove(ProcedureCall& call,
                                              table::RemoveOrphanFilesOptions options) {
  options.control = call.control();
  ARROW_ASSIGN_OR_RAISE(const auto ident, call.Table());
  ARROW_ASSIGN_OR_RAISE(auto result,
                        table::RemoveOrphanFiles(call.tarn(), ident, options));
  return result;
}

Status RemoveOrphanFiles(ProcedureCall& call) {
  table::RemoveOrphanFilesOptions options;
  options.older_than = call.Millis("older_than");
  options.location = call.Text("location").value_or("");
  options.dry_run =
      call.Boolean("dry_run").value_or(false) ? table::DryRun::kYes : table::DryRun::kNo;
  ARROW_ASSIGN_OR_RAISE(options.max_concurrent_deletes,
                        ConcurrencyOf(call, options.max_concurrent_deletes));
  ARROW_ASSIGN_OR_RAISE(options.prefix_mismatch_mode, MismatchModeOf(call));
  for (auto& [scheme, stands_for] : EqualNames(call.Map("equal_schemes"))) {
    options.equality.schemes[scheme] = stands_for;
  }
  options.equality.authorities = EqualNames(call.Map("equal_authorities"));
  if (const auto view = call.Text("file_list_view")) {
    ARROW_ASSIGN_OR_RAISE(options.file_list, FilesOfView(call, *view));
  }
  ARROW_ASSIGN_OR_RAISE(const auto result, Remove(call, std::move(options)));
  for (const io::FileInfo& file : result.orphan_files) {
    call.Answer({duckdb::Value(file.location)});
  }
  return Status::OK();
}

Status RemoveExecuted(ProcedureCall& call) {
  table::RemoveOrphanFilesOptions options;
  ARROW_ASSIGN_OR_RAISE(const milliseconds retention,
                        RetentionOf(call, "iceberg.remove-orphan-files.min-retention",
                                    kRemoveOrphanFilesMinRetention));
  options.older_than = call.now() - retention;
  options.allow_recent = true;  // the floor says what is allowed
  ARROW_ASSIGN_OR_RAISE(const auto result, Remove(call, std::move(options)));
  call.Answer({duckdb::Value("deleted_files_count"),
               Count(static_cast<int64_t>(result.orphan_files.size() -
                                          result.failed_files.size()))});
  return Status::OK();
}

}  // namespace

void AddCleanupProcedures(std::vector<Procedure>* list) {
  const Parameter table{"table", Kind::kTable, Need::kRequired};
  list->insert(list->end(),
               {{"expire_snapshots",
                 Form::kCall,
                 {table,
                  {"older_than", Kind::kInstant},
                  {"retain_last", Kind::kInteger},
                  {"max_concurrent_deletes", Kind::kInteger},
                  {"stream_results", Kind::kBoolean},
                  {"snapshot_ids", Kind::kLongs},
                  {"clean_expired_metadata", Kind::kBoolean}},
                 {{"deleted_data_files_count", LogicalTypeId::BIGINT},
                  {"deleted_position_delete_files_count", LogicalTypeId::BIGINT},
                  {"deleted_equality_delete_files_count", LogicalTypeId::BIGINT},
                  {"deleted_manifest_files_count", LogicalTypeId::BIGINT},
                  {"deleted_manifest_lists_count", LogicalTypeId::BIGINT},
                  {"deleted_statistics_files_count", LogicalTypeId::BIGINT}},
                 &ExpireSnapshots},
                {"expire_snapshots",
                 Form::kExecute,
                 {{"retention_threshold", Kind::kDuration},
                  {"retain_last", Kind::kInteger},
                  {"clean_expired_metadata", Kind::kBoolean}},
                 kMetrics,
                 &ExpireExecuted},
                {"remove_orphan_files",
                 Form::kCall,
                 {table,
                  {"older_than", Kind::kInstant},
                  {"location", Kind::kText},
                  {"dry_run", Kind::kBoolean},
                  {"max_concurrent_deletes", Kind::kInteger},
                  {"file_list_view", Kind::kText},
                  {"equal_schemes", Kind::kTextMap},
                  {"equal_authorities", Kind::kTextMap},
                  {"prefix_mismatch_mode", Kind::kText},
                  {"prefix_listing", Kind::kBoolean},
                  {"stream_results", Kind::kBoolean}},
                 {{"orphan_file_location", LogicalTypeId::VARCHAR}},
                 &RemoveOrphanFiles},
                {"remove_orphan_files",
                 Form::kExecute,
                 {{"retention_threshold", Kind::kDuration}},
                 kMetrics,
                 &RemoveExecuted}});
}

}  // namespace tarn::engine::procedures
