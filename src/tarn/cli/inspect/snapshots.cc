// Snapshots and history of a table.
#include <set>
#include <vector>

#include <nlohmann/json.hpp>

#include "tarn/cli/inspect/inspect.h"
#include "tarn/cli/inspect/print_report.h"
#include "tarn/cli/print/quantity.h"

namespace tarn::cli {
namespace {

using nlohmann::ordered_json;

ordered_json IdJson(const std::optional<iceberg::SnapshotId>& id) {
  if (!id.has_value()) {
    return nullptr;
  }
  return id->value;
}

std::string IdText(const std::optional<iceberg::SnapshotId>& id) {
  if (!id.has_value()) {
    return "";
  }
  return std::to_string(id->value);
}

/// Names of the branches and tags at a snapshot.
std::string RefsAt(const iceberg::TableMetadata& metadata, iceberg::SnapshotId id) {
  std::string names;
  for (const auto& [name, ref] : metadata.refs) {
    if (ref.snapshot_id == id) {
      names += (names.empty() ? "" : ", ") + name;
    }
  }
  return names;
}

/// The current snapshot and those it descends from.
std::set<iceberg::SnapshotId> CurrentAncestors(const iceberg::TableMetadata& metadata) {
  std::set<iceberg::SnapshotId> ancestors;
  std::optional<iceberg::SnapshotId> id = metadata.current_snapshot_id;
  while (id && ancestors.insert(*id).second) {
    const iceberg::Snapshot* snapshot = metadata.FindSnapshot(*id);
    id = snapshot == nullptr ? std::nullopt : snapshot->parent_id;
  }
  return ancestors;
}

}  // namespace

Status ReportSnapshots(Workspace& workspace, const iceberg::TableIdent& ident,
                       ReportFormat format) {
  ARROW_ASSIGN_OR_RAISE(const catalog::LoadedTable table,
                        workspace.catalog().LoadTable(ident));
  const iceberg::TableMetadata& metadata = *table.metadata;
  if (format == ReportFormat::kJson) {
    ordered_json list = ordered_json::array();
    for (const iceberg::Snapshot& snapshot : metadata.snapshots) {
      list.push_back({{"snapshot_id", snapshot.id.value},
                      {"parent_id", IdJson(snapshot.parent_id)},
                      {"sequence_number", snapshot.sequence_number.value},
                      {"committed_at", InstantText(snapshot.timestamp)},
                      {"operation", snapshot.operation},
                      {"refs", RefsAt(metadata, snapshot.id)},
                      {"manifest_list", snapshot.manifest_list},
                      {"summary", snapshot.summary}});
    }
    return PrintJson(list);
  }
  std::vector<std::vector<std::string>> rows;
  for (const iceberg::Snapshot& snapshot : metadata.snapshots) {
    rows.push_back({InstantText(snapshot.timestamp), std::to_string(snapshot.id.value),
                    IdText(snapshot.parent_id), snapshot.operation,
                    OptionalText(SummaryNumber(snapshot, "added-data-files")),
                    OptionalText(SummaryNumber(snapshot, "added-records")),
                    OptionalText(SummaryNumber(snapshot, "total-records")),
                    RefsAt(metadata, snapshot.id)});
  }
  return PrintTable({{"committed"},
                     {"snapshot", Align::kRight},
                     {"parent", Align::kRight},
                     {"operation"},
                     {"files +", Align::kRight},
                     {"rows +", Align::kRight},
                     {"rows", Align::kRight},
                     {"refs"}},
                    rows);
}

Status ReportHistory(Workspace& workspace, const iceberg::TableIdent& ident,
                     ReportFormat format) {
  ARROW_ASSIGN_OR_RAISE(const catalog::LoadedTable table,
                        workspace.catalog().LoadTable(ident));
  const iceberg::TableMetadata& metadata = *table.metadata;
  const std::set<iceberg::SnapshotId> ancestors = CurrentAncestors(metadata);
  ordered_json list = ordered_json::array();
  std::vector<std::vector<std::string>> rows;
  for (const iceberg::SnapshotLogEntry& entry : metadata.snapshot_log) {
    const iceberg::Snapshot* snapshot = metadata.FindSnapshot(entry.snapshot_id);
    std::optional<iceberg::SnapshotId> parent;
    if (snapshot != nullptr) {
      parent = snapshot->parent_id;
    }
    const bool is_ancestor = ancestors.contains(entry.snapshot_id);
    list.push_back({{"made_current_at", InstantText(entry.timestamp)},
                    {"snapshot_id", entry.snapshot_id.value},
                    {"parent_id", IdJson(parent)},
                    {"is_current_ancestor", is_ancestor}});
    rows.push_back({InstantText(entry.timestamp), std::to_string(entry.snapshot_id.value),
                    IdText(parent), is_ancestor ? "yes" : "no"});
  }
  if (format == ReportFormat::kJson) {
    return PrintJson(list);
  }
  return PrintTable({{"made current"},
                     {"snapshot", Align::kRight},
                     {"parent", Align::kRight},
                     {"ancestor of current"}},
                    rows);
}

}  // namespace tarn::cli
