// Metadata tables that show what a metadata file itself says: snapshots, history, refs,
// metadata_log_entries, properties.
#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include <arrow/array/builder_binary.h>

#include "tarn/table/internal/metadata_tables.h"

namespace tarn::table::internal {
namespace {

using iceberg::MetadataLogEntry;
using iceberg::Snapshot;
using iceberg::SnapshotId;
using iceberg::SnapshotLogEntry;
using iceberg::SnapshotRef;
using iceberg::TableMetadata;
using std::chrono::milliseconds;
using Metadata = std::shared_ptr<const TableMetadata>;

/// All rows at once, from a container of rows that `metadata` owns.
template <typename Row, typename Rows>
RowSource<Row> RowsOf(Metadata metadata, const Rows& rows) {
  return [metadata = std::move(metadata), &rows](RowSink<Row>& sink) -> Result<bool> {
    for (const auto& row : rows) {
      RETURN_NOT_OK(sink.Append(row));
    }
    return false;
  };
}

std::optional<int64_t> ValueOf(const std::optional<SnapshotId>& id) {
  return id.has_value() ? std::optional(id->value) : std::nullopt;
}

std::optional<int64_t> ValueOf(const std::optional<milliseconds>& time) {
  return time.has_value() ? std::optional<int64_t>(time->count()) : std::nullopt;
}

std::optional<std::string> Known(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

Column<Snapshot> SummaryColumn() {
  return {arrow::field("summary", arrow::map(arrow::utf8(), arrow::utf8())),
          [](const Snapshot& snapshot, arrow::ArrayBuilder& builder) {
            auto& map = static_cast<arrow::MapBuilder&>(builder);
            RETURN_NOT_OK(map.Append());
            for (const auto& [key, value] : snapshot.summary) {
              RETURN_NOT_OK(AppendPlain(*map.key_builder(), key));
              RETURN_NOT_OK(AppendPlain(*map.item_builder(), value));
            }
            return Status::OK();
          }};
}

/// The current snapshot and those it came from, as far as the table still has them.
std::set<SnapshotId> CurrentAncestors(const TableMetadata& metadata) {
  std::set<SnapshotId> ancestors;
  auto id = metadata.current_snapshot_id;
  while (id.has_value() && ancestors.insert(*id).second) {
    const Snapshot* snapshot = metadata.FindSnapshot(*id);
    id = snapshot == nullptr ? std::nullopt : snapshot->parent_id;
  }
  return ancestors;
}

using NamedRef = std::pair<const std::string, SnapshotRef>;
using Property = std::pair<const std::string, std::string>;

/// A metadata file and the snapshot that was current when it was made.
struct LoggedMetadata {
  MetadataLogEntry entry;
  std::optional<SnapshotId> snapshot_id;
  const Snapshot* snapshot = nullptr;
};

LoggedMetadata DescribeLogEntry(const TableMetadata& metadata, MetadataLogEntry entry) {
  LoggedMetadata logged{.entry = std::move(entry), .snapshot_id = {}};
  for (const SnapshotLogEntry& change : metadata.snapshot_log) {
    if (change.timestamp <= logged.entry.timestamp) {
      logged.snapshot_id = change.snapshot_id;
    }
  }
  if (logged.snapshot_id.has_value()) {
    logged.snapshot = metadata.FindSnapshot(*logged.snapshot_id);
  }
  return logged;
}

}  // namespace

Result<Reader> ReadSnapshots(const InspectRequest& request) {
  const std::vector<Column<Snapshot>> columns = {
      MakeColumn<Snapshot>("committed_at", [](const Snapshot& s) { return s.timestamp; }),
      MakeColumn<Snapshot>("snapshot_id", [](const Snapshot& s) { return s.id.value; }),
      MakeColumn<Snapshot>("parent_id",
                           [](const Snapshot& s) { return ValueOf(s.parent_id); }),
      MakeColumn<Snapshot>("operation",
                           [](const Snapshot& s) { return Known(s.operation); }),
      MakeColumn<Snapshot>("manifest_list",
                           [](const Snapshot& s) { return Known(s.manifest_list); }),
      SummaryColumn(),
  };
  const Metadata& metadata = request.table.metadata;
  return MakeReader<Snapshot>(columns, request.columns,
                              RowsOf<Snapshot>(metadata, metadata->snapshots));
}

Result<Reader> ReadHistory(const InspectRequest& request) {
  using Row = SnapshotLogEntry;
  const Metadata& metadata = request.table.metadata;
  const auto parent_of = [metadata](const Row& row) -> std::optional<int64_t> {
    const Snapshot* snapshot = metadata->FindSnapshot(row.snapshot_id);
    return snapshot == nullptr ? std::nullopt : ValueOf(snapshot->parent_id);
  };
  const auto is_ancestor = [ids = CurrentAncestors(*metadata)](const Row& row) {
    return ids.contains(row.snapshot_id);
  };
  const std::vector<Column<Row>> columns = {
      MakeColumn<Row>("made_current_at", [](const Row& row) { return row.timestamp; }),
      MakeColumn<Row>("snapshot_id",
                      [](const Row& row) { return row.snapshot_id.value; }),
      MakeColumn<Row>("parent_id", parent_of),
      MakeColumn<Row>("is_current_ancestor", is_ancestor),
  };
  return MakeReader<Row>(columns, request.columns,
                         RowsOf<Row>(metadata, metadata->snapshot_log));
}

Result<Reader> ReadRefs(const InspectRequest& request) {
  using Row = NamedRef;
  const std::vector<Column<Row>> columns = {
      MakeColumn<Row>("name", [](const Row& row) { return row.first; }),
      MakeColumn<Row>("type",
                      [](const Row& row) -> std::string {
                        return row.second.type == iceberg::RefType::kTag ? "TAG"
                                                                         : "BRANCH";
                      }),
      MakeColumn<Row>("snapshot_id",
                      [](const Row& row) { return row.second.snapshot_id.value; }),
      MakeColumn<Row>("max_reference_age_in_ms",
                      [](const Row& row) { return ValueOf(row.second.max_ref_age); }),
      MakeColumn<Row>("min_snapshots_to_keep",
                      [](const Row& row) { return row.second.min_snapshots_to_keep; }),
      MakeColumn<Row>(
          "max_snapshot_age_in_ms",
          [](const Row& row) { return ValueOf(row.second.max_snapshot_age); }),
  };
  const Metadata& metadata = request.table.metadata;
  return MakeReader<Row>(columns, request.columns, RowsOf<Row>(metadata, metadata->refs));
}

Result<Reader> ReadMetadataLog(const InspectRequest& request) {
  using Row = LoggedMetadata;
  const std::vector<Column<Row>> columns = {
      MakeColumn<Row>("timestamp", [](const Row& row) { return row.entry.timestamp; }),
      MakeColumn<Row>("file", [](const Row& row) { return row.entry.metadata_file; }),
      MakeColumn<Row>("latest_snapshot_id",
                      [](const Row& row) { return ValueOf(row.snapshot_id); }),
      MakeColumn<Row>("latest_schema_id",
                      [](const Row& row) -> std::optional<int32_t> {
                        if (row.snapshot == nullptr || !row.snapshot->schema_id) {
                          return std::nullopt;
                        }
                        return row.snapshot->schema_id->value;
                      }),
      MakeColumn<Row>("latest_sequence_number",
                      [](const Row& row) -> std::optional<int64_t> {
                        if (row.snapshot == nullptr) {
                          return std::nullopt;
                        }
                        return row.snapshot->sequence_number.value;
                      }),
  };
  RowSource<Row> source = [table = request.table](RowSink<Row>& sink) -> Result<bool> {
    for (const MetadataLogEntry& entry : table.metadata->metadata_log) {
      RETURN_NOT_OK(sink.Append(DescribeLogEntry(*table.metadata, entry)));
    }
    const MetadataLogEntry current{.timestamp = table.metadata->last_updated,
                                   .metadata_file = table.metadata_location};
    RETURN_NOT_OK(sink.Append(DescribeLogEntry(*table.metadata, current)));
    return false;
  };
  return MakeReader<Row>(columns, request.columns, std::move(source));
}

Result<Reader> ReadProperties(const InspectRequest& request) {
  using Row = Property;
  const std::vector<Column<Row>> columns = {
      MakeColumn<Row>("key", [](const Row& row) { return row.first; }),
      MakeColumn<Row>("value", [](const Row& row) { return row.second; }),
  };
  const Metadata& metadata = request.table.metadata;
  return MakeReader<Row>(columns, request.columns,
                         RowsOf<Row>(metadata, metadata->properties));
}

}  // namespace tarn::table::internal
