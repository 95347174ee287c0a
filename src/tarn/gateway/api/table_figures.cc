#include "tarn/gateway/api/table_figures.h"

#include <algorithm>

#include "tarn/gateway/api/browse_page.h"

namespace tarn::gateway {
namespace {

/// "Apache Iceberg 1.12.0 (commit …)" and the like: the first of these that is there.
constexpr const char* kEngineKeys[] = {"engine-name", "app-id", "iceberg-version"};

std::string EngineOf(const iceberg::Snapshot& snapshot) {
  for (const char* key : kEngineKeys) {
    const auto found = snapshot.summary.find(key);
    if (found == snapshot.summary.end() || found->second.empty()) {
      continue;
    }
    const auto version = snapshot.summary.find("engine-version");
    const bool has_version = std::string_view(key) == "engine-name" &&
                             version != snapshot.summary.end() &&
                             !version->second.empty();
    return has_version ? found->second + " " + version->second : found->second;
  }
  return "";
}

std::optional<int64_t> SumOf(const std::optional<int64_t>& left,
                             const std::optional<int64_t>& right) {
  if (!left && !right) {
    return std::nullopt;
  }
  return left.value_or(0) + right.value_or(0);
}

/// Rows that are gone since: removed with their files, or marked as deleted. Unset if the
/// summary tells neither; equality deletes do not say how many rows they take.
std::optional<int64_t> DeletedRows(const iceberg::Snapshot& snapshot) {
  const auto removed = SummaryNumber(snapshot, "deleted-records");
  const auto marked = SummaryNumber(snapshot, "added-position-deletes");
  if (!marked) {
    return removed;
  }
  const int64_t unmarked =
      SummaryNumber(snapshot, "removed-position-deletes").value_or(0);
  return removed.value_or(0) + std::max<int64_t>(0, *marked - unmarked);
}

Json PartitioningJson(const iceberg::TableMetadata& metadata) {
  Json fields = Json::array();
  for (const iceberg::PartitionField& field : metadata.spec().fields) {
    fields.push_back({{"name", field.name},
                      {"transform", iceberg::TransformToString(field.transform)},
                      {"source", metadata.schema().NameOf(field.source_id())}});
  }
  return fields;
}

}  // namespace

TableFigures TableFigures::Of(const iceberg::TableMetadata& metadata) {
  const iceberg::Snapshot* snapshot = metadata.current_snapshot();
  if (snapshot == nullptr) {
    return {.rows = 0, .files = 0, .bytes = 0, .delete_files = 0};
  }
  return {.rows = SummaryNumber(*snapshot, "total-records"),
          .files = SummaryNumber(*snapshot, "total-data-files"),
          .bytes = SummaryNumber(*snapshot, "total-files-size"),
          .delete_files = SummaryNumber(*snapshot, "total-delete-files")};
}

Json TableFiguresJson(const catalog::LoadedTable& table) {
  const iceberg::TableMetadata& metadata = *table.metadata;
  const TableFigures figures = TableFigures::Of(metadata);
  const iceberg::Snapshot* snapshot = metadata.current_snapshot();
  return {{"name", table.ident.name},
          {"format_version", metadata.format_version},
          {"location", metadata.location},
          {"updated_ms", metadata.last_updated.count()},
          {"columns", metadata.schema().fields().size()},
          {"partitioning", PartitioningJson(metadata)},
          {"snapshots", metadata.snapshots.size()},
          {"current_snapshot_id", IdJson(metadata.current_snapshot_id)},
          {"operation", snapshot == nullptr ? "" : snapshot->operation},
          {"rows", NumberJson(figures.rows)},
          {"files", NumberJson(figures.files)},
          {"bytes", NumberJson(figures.bytes)},
          {"delete_files", NumberJson(figures.delete_files)}};
}

CommitFigures CommitFigures::Of(const iceberg::Snapshot& snapshot) {
  return {.snapshot_id = snapshot.id,
          .timestamp = snapshot.timestamp,
          .operation = snapshot.operation,
          .added_rows = SummaryNumber(snapshot, "added-records"),
          .deleted_rows = DeletedRows(snapshot),
          .added_files = SumOf(SummaryNumber(snapshot, "added-data-files"),
                               SummaryNumber(snapshot, "added-delete-files")),
          .removed_files = SumOf(SummaryNumber(snapshot, "deleted-data-files"),
                                 SummaryNumber(snapshot, "removed-delete-files")),
          .engine = EngineOf(snapshot)};
}

Json CommitFiguresJson(const iceberg::TableIdent& ident, const CommitFigures& commit) {
  return {{"namespace", ident.ns.levels},
          {"table", ident.name},
          {"snapshot_id", IdJson(commit.snapshot_id)},
          {"timestamp_ms", commit.timestamp.count()},
          {"operation", commit.operation},
          {"added_rows", NumberJson(commit.added_rows)},
          {"deleted_rows", NumberJson(commit.deleted_rows)},
          {"added_files", NumberJson(commit.added_files)},
          {"removed_files", NumberJson(commit.removed_files)},
          {"engine", commit.engine}};
}

}  // namespace tarn::gateway
