// Files of a table: those a scan reads, and those nothing refers to.
#include <algorithm>
#include <vector>

#include <nlohmann/json.hpp>

#include "tarn/base/error.h"
#include "tarn/cli/inspect/inspect.h"
#include "tarn/cli/inspect/print_report.h"
#include "tarn/cli/print/quantity.h"
#include "tarn/cli/print/text_output.h"
#include "tarn/sql/filter.h"
#include "tarn/table/scan.h"

namespace tarn::cli {
namespace {

using nlohmann::ordered_json;

struct PlannedTable {
  catalog::LoadedTable table;
  table::ScanPlan plan;
};

Result<PlannedTable> Plan(Workspace& workspace, const FilesRequest& request) {
  PlannedTable planned;
  table::ScanRequest scan;
  if (!request.where.empty()) {
    const Result<iceberg::Expression> filter = sql::ParseFilter(request.where);
    if (!filter.ok()) {
      return WithContext("--where: ", filter.status());
    }
    scan.filter = *filter;
  }
  ARROW_ASSIGN_OR_RAISE(planned.table, workspace.catalog().LoadTable(request.ident));
  scan.metadata = planned.table.metadata;
  if (request.snapshot_id) {
    scan.snapshot_id = iceberg::SnapshotId{*request.snapshot_id};
  }
  ARROW_ASSIGN_OR_RAISE(planned.plan, table::PlanScan(workspace.io(), scan));
  return planned;
}

std::string FormatText(iceberg::FileFormat format) {
  switch (format) {
    case iceberg::FileFormat::kAvro:
      return "avro";
    case iceberg::FileFormat::kOrc:
      return "orc";
    case iceberg::FileFormat::kParquet:
      return "parquet";
    case iceberg::FileFormat::kPuffin:
      return "puffin";
  }
  return "";
}

std::string PartitionOf(const iceberg::TableMetadata& metadata,
                        const iceberg::DataFile& file) {
  const iceberg::PartitionSpec* spec = metadata.FindSpec(file.spec_id);
  return spec == nullptr
             ? ""
             : iceberg::PartitionPath(*spec, metadata.schema(), file.partition);
}

/// Deletes that the planned files carry, each counted once per file it applies to.
int64_t DeletesOf(const table::ScanPlan& plan) {
  int64_t deletes = 0;
  for (const table::FileScanTask& task : plan.tasks) {
    deletes += static_cast<int64_t>(task.deletes.size());
  }
  return deletes;
}

}  // namespace

Status ReportFiles(Workspace& workspace, const FilesRequest& request,
                   ReportFormat format) {
  ARROW_ASSIGN_OR_RAISE(const PlannedTable planned, Plan(workspace, request));
  ordered_json list = ordered_json::array();
  std::vector<std::vector<std::string>> rows;
  for (const table::FileScanTask& task : planned.plan.tasks) {
    const iceberg::DataFile& file = task.file;
    const std::string partition = PartitionOf(*planned.table.metadata, file);
    if (format == ReportFormat::kJson) {
      list.push_back({{"path", file.file_path},
                      {"format", FormatText(file.format)},
                      {"partition", partition},
                      {"spec_id", file.spec_id.value},
                      {"rows", file.record_count},
                      {"bytes", file.file_size_bytes},
                      {"sequence_number", task.data_sequence_number.value},
                      {"deletes", task.deletes.size()}});
    } else {
      rows.push_back({GroupedText(file.record_count), BytesText(file.file_size_bytes),
                      std::to_string(task.deletes.size()), partition, file.file_path});
    }
  }
  if (format == ReportFormat::kJson) {
    return PrintJson(list);
  }
  return PrintTable({{"rows", Align::kRight},
                     {"size", Align::kRight},
                     {"deletes", Align::kRight},
                     {"partition"},
                     {"path"}},
                    rows);
}

Status ReportPlan(Workspace& workspace, const FilesRequest& request,
                  ReportFormat format) {
  ARROW_ASSIGN_OR_RAISE(const PlannedTable planned, Plan(workspace, request));
  const table::ScanPlan& plan = planned.plan;
  int64_t rows = 0;
  int64_t bytes = 0;
  for (const table::FileScanTask& task : plan.tasks) {
    rows += task.file.record_count;
    bytes += task.file.file_size_bytes;
  }
  const double elapsed_ms = static_cast<double>(plan.elapsed.count()) / 1000;
  const auto files = static_cast<int64_t>(plan.tasks.size());
  if (format == ReportFormat::kJson) {
    return PrintJson({{"files", files},
                      {"deletes", DeletesOf(plan)},
                      {"manifests", plan.manifests},
                      {"manifests_skipped", plan.manifests_skipped},
                      {"entries", plan.entries},
                      {"files_skipped", plan.files_skipped},
                      {"delete_files", plan.delete_files},
                      {"rows", rows},
                      {"bytes", bytes},
                      {"elapsed_ms", elapsed_ms}});
  }
  return StandardOutput().Write(
      FormatPairs({{"Files to read", GroupedText(files) + ", " + CountText(rows, "row") +
                                         ", " + BytesText(bytes)},
                   {"Files pruned", GroupedText(plan.files_skipped)},
                   {"Deletes to apply", GroupedText(DeletesOf(plan))},
                   {"Manifests", GroupedText(plan.manifests) + ", " +
                                     GroupedText(plan.manifests_skipped) + " pruned"},
                   {"Entries looked at", GroupedText(plan.entries)},
                   {"Time", std::to_string(plan.elapsed.count()) + " µs"}}));
}

Status ReportOrphans(Workspace& workspace, const iceberg::TableIdent& ident,
                     std::chrono::milliseconds age, ReportFormat format) {
  ARROW_ASSIGN_OR_RAISE(const catalog::LoadedTable table,
                        workspace.catalog().LoadTable(ident));
  // One millisecond on, so that age 0 includes files of this very moment.
  const std::chrono::milliseconds before =
      SystemClock().Now() + std::chrono::milliseconds(1) - age;
  ARROW_ASSIGN_OR_RAISE(
      std::vector<io::FileInfo> files,
      table::ListUnreferencedFiles(workspace.io(), table.metadata_location,
                                   *table.metadata, before));
  std::sort(files.begin(), files.end(), [](const io::FileInfo& a, const io::FileInfo& b) {
    return a.location < b.location;
  });
  int64_t bytes = 0;
  ordered_json list = ordered_json::array();
  std::vector<std::vector<std::string>> rows;
  for (const io::FileInfo& file : files) {
    bytes += file.size_bytes;
    list.push_back({{"path", file.location},
                    {"bytes", file.size_bytes},
                    {"modified", InstantText(file.modified)}});
    rows.push_back(
        {InstantText(file.modified), BytesText(file.size_bytes), file.location});
  }
  if (format == ReportFormat::kJson) {
    return PrintJson({{"files", list}, {"count", files.size()}, {"bytes", bytes}});
  }
  if (!rows.empty()) {
    RETURN_NOT_OK(PrintTable({{"modified"}, {"size", Align::kRight}, {"path"}}, rows));
  }
  return StandardOutput().Write(
      CountText(static_cast<int64_t>(files.size()), "unreferenced file") + ", " +
      BytesText(bytes) + "\n");
}

}  // namespace tarn::cli
