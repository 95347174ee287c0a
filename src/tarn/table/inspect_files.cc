// Metadata tables that show the entries of manifests: files, entries and their kin, and
// partitions.
#include <algorithm>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/table/internal/manifest_files.h"
#include "tarn/table/internal/metadata_tables.h"
#include "tarn/table/internal/value_builder.h"

namespace tarn::table::internal {
namespace {

using iceberg::FileContent;
using iceberg::ManifestContent;
using iceberg::ManifestEntry;
using iceberg::ManifestFile;

bool ShowsEntries(MetadataTable kind) {
  return kind == MetadataTable::kEntries || kind == MetadataTable::kAllEntries;
}

bool Shows(MetadataTable kind, const ManifestFile& manifest) {
  if (!ShowsEntries(kind) && HasNoLiveEntries(manifest)) {
    return false;
  }
  switch (kind) {
    case MetadataTable::kDataFiles:
    case MetadataTable::kAllDataFiles:
      return manifest.content == ManifestContent::kData;
    case MetadataTable::kDeleteFiles:
    case MetadataTable::kAllDeleteFiles:
      return manifest.content == ManifestContent::kDeletes;
    default:
      return true;
  }
}

/// Manifests of every snapshot, each once.
Result<std::vector<ManifestFile>> AllManifests(const Context& context,
                                               const iceberg::TableMetadata& metadata) {
  std::vector<ManifestFile> all;
  std::set<std::string> seen;
  for (const iceberg::Snapshot& snapshot : metadata.snapshots) {
    ARROW_ASSIGN_OR_RAISE(auto manifests, ListOf(context, metadata, snapshot));
    for (ManifestFile& manifest : manifests) {
      if (seen.insert(manifest.path).second) {
        all.push_back(std::move(manifest));
      }
    }
  }
  return all;
}

/// Goes through the manifests that a table shows, one with each call.
class ManifestWalk {
 public:
  ManifestWalk(const Context& context, InspectRequest request)
      : context_(context), request_(std::move(request)) {}

  Result<bool> operator()(RowSink<FileRow>& sink) {
    if (!manifests_.has_value()) {
      RETURN_NOT_OK(LoadList());
    }
    if (next_ == manifests_->size()) {
      return false;
    }
    const ManifestFile& manifest = (*manifests_)[next_++];
    ARROW_ASSIGN_OR_RAISE(const auto loaded, ManifestFor(context_, manifest));
    for (size_t row = 0; row < loaded->size(); ++row) {
      if (!loaded->is_live(row) && !ShowsEntries(request_.kind)) {
        continue;
      }
      const ManifestEntry entry = loaded->EntryAt(row);
      const Status status = sink.Append({&entry, manifest.spec_id});
      if (!status.ok()) {
        return WithContext("Manifest " + manifest.path + ": ", status);
      }
    }
    return true;
  }

 private:
  Status LoadList() {
    if (ShowsOneSnapshot(request_.kind)) {
      ARROW_ASSIGN_OR_RAISE(manifests_, ManifestsOf(context_, request_));
    } else {
      ARROW_ASSIGN_OR_RAISE(manifests_, AllManifests(context_, *request_.table.metadata));
    }
    std::erase_if(*manifests_, [this](const ManifestFile& manifest) {
      return !Shows(request_.kind, manifest);
    });
    return Status::OK();
  }

  Context context_;
  InspectRequest request_;
  std::optional<std::vector<ManifestFile>> manifests_;
  size_t next_ = 0;
};

std::optional<int64_t> NumberOf(const std::optional<iceberg::SequenceNumber>& number) {
  return number.has_value() ? std::optional(number->value) : std::nullopt;
}

std::vector<Column<FileRow>> EntryColumns(std::vector<Column<FileRow>> file) {
  using Row = FileRow;
  return {
      MakeColumn<Row>(
          "status",
          [](const Row& row) { return static_cast<int32_t>(row.entry->status); }),
      MakeColumn<Row>("snapshot_id",
                      [](const Row& row) -> std::optional<int64_t> {
                        const auto& id = row.entry->snapshot_id;
                        return id.has_value() ? std::optional(id->value) : std::nullopt;
                      }),
      MakeColumn<Row>(
          "sequence_number",
          [](const Row& row) { return NumberOf(row.entry->sequence_number); }),
      MakeColumn<Row>(
          "file_sequence_number",
          [](const Row& row) { return NumberOf(row.entry->file_sequence_number); }),
      StructColumn<Row>("data_file", std::move(file)),
  };
}

/// What the live files of one partition add up to.
struct PartitionRow {
  iceberg::PartitionTuple values;
  iceberg::SpecId spec_id;  // of the newest file
  int64_t records = 0;
  int32_t files = 0;
  int64_t bytes = 0;
  int64_t position_deletes = 0;
  int32_t position_delete_files = 0;
  int64_t equality_deletes = 0;
  int32_t equality_delete_files = 0;
  std::optional<std::chrono::milliseconds> updated_at = {};
  std::optional<int64_t> updated_by = {};

  void Add(const ManifestEntry& entry, iceberg::SpecId spec,
           const iceberg::Snapshot* snapshot) {
    if (snapshot != nullptr && (!updated_at || snapshot->timestamp > *updated_at)) {
      spec_id = spec;
      updated_at = snapshot->timestamp;
      updated_by = snapshot->id.value;
    }
    const iceberg::DataFile& file = entry.file;
    switch (file.content) {
      case FileContent::kData:
        records += file.record_count;
        bytes += file.file_size_bytes;
        ++files;
        break;
      case FileContent::kPositionDeletes:
        position_deletes += file.record_count;
        ++position_delete_files;
        break;
      case FileContent::kEqualityDeletes:
        equality_deletes += file.record_count;
        ++equality_delete_files;
        break;
    }
  }
};

Column<PartitionRow> PartitionValuesColumn(
    const std::shared_ptr<const PartitionUnion>& partitions) {
  std::vector<Column<PartitionRow>> children;
  for (size_t i = 0; i < partitions->fields().size(); ++i) {
    const auto& field = partitions->fields()[i];
    children.push_back(
        {ValueField(field.name, field.type),
         [i, type = field.type](const PartitionRow& row, arrow::ArrayBuilder& builder) {
           return AppendValue(type, row.values[i], builder);
         }});
  }
  return StructColumn<PartitionRow>("partition", std::move(children));
}

template <typename Value>
Column<PartitionRow> SumColumn(const std::string& name, Value PartitionRow::* member) {
  return MakeColumn<PartitionRow>(
      name, [member](const PartitionRow& row) { return row.*member; });
}

std::vector<Column<PartitionRow>> PartitionColumns(
    const std::shared_ptr<const PartitionUnion>& partitions) {
  using Row = PartitionRow;
  std::vector<Column<Row>> columns;
  if (!partitions->fields().empty()) {
    columns.push_back(PartitionValuesColumn(partitions));
    columns.push_back(
        MakeColumn<Row>("spec_id", [](const Row& row) { return row.spec_id.value; }));
  }
  std::vector<Column<Row>> sums = {
      SumColumn("record_count", &Row::records),
      SumColumn("file_count", &Row::files),
      SumColumn("total_data_file_size_in_bytes", &Row::bytes),
      SumColumn("position_delete_record_count", &Row::position_deletes),
      SumColumn("position_delete_file_count", &Row::position_delete_files),
      SumColumn("equality_delete_record_count", &Row::equality_deletes),
      SumColumn("equality_delete_file_count", &Row::equality_delete_files),
      SumColumn("last_updated_at", &Row::updated_at),
      SumColumn("last_updated_snapshot_id", &Row::updated_by),
  };
  std::ranges::move(sums, std::back_inserter(columns));
  return columns;
}

using PartitionPlaces =
    std::unordered_map<iceberg::PartitionTuple, size_t, iceberg::PartitionTupleHash,
                       iceberg::PartitionTupleEquals>;

Result<std::vector<PartitionRow>> SumUp(const Context& context,
                                        const InspectRequest& request,
                                        const PartitionUnion& partitions) {
  ARROW_ASSIGN_OR_RAISE(const auto manifests, ManifestsOf(context, request));
  std::vector<PartitionRow> rows;
  PartitionPlaces places;
  for (const ManifestFile& manifest : manifests) {
    if (HasNoLiveEntries(manifest)) {
      continue;
    }
    ARROW_ASSIGN_OR_RAISE(const auto loaded, ManifestFor(context, manifest));
    for (size_t row = 0; row < loaded->size(); ++row) {
      if (!loaded->is_live(row)) {
        continue;
      }
      const ManifestEntry entry = loaded->EntryAt(row, iceberg::StatsKept::kNo);
      ARROW_ASSIGN_OR_RAISE(auto values,
                            partitions.Unify(manifest.spec_id, entry.file.partition));
      const auto [place, is_new] = places.try_emplace(values, rows.size());
      if (is_new) {
        rows.push_back({.values = std::move(values), .spec_id = manifest.spec_id});
      }
      const iceberg::Snapshot* snapshot =
          entry.snapshot_id ? request.table.metadata->FindSnapshot(*entry.snapshot_id)
                            : nullptr;
      rows[place->second].Add(entry, manifest.spec_id, snapshot);
    }
  }
  return rows;
}

}  // namespace

Result<Reader> ReadFileTable(const Context* context, const InspectRequest& request) {
  const auto& metadata = request.table.metadata;
  auto columns = FileColumns(std::make_shared<const PartitionUnion>(*metadata));
  if (ShowsEntries(request.kind)) {
    columns = EntryColumns(std::move(columns));
  }
  columns.push_back(ReadableMetricsColumn(metadata->schema_ptr()));
  RowSource<FileRow> source;
  if (context != nullptr) {
    source = ManifestWalk(*context, request);
  }
  return MakeReader<FileRow>(columns, request.columns, std::move(source));
}

Result<Reader> ReadPartitions(const Context* context, const InspectRequest& request) {
  const auto partitions = std::make_shared<const PartitionUnion>(*request.table.metadata);
  RowSource<PartitionRow> source;
  if (context != nullptr) {
    source = [context = *context, request,
              partitions](RowSink<PartitionRow>& sink) -> Result<bool> {
      ARROW_ASSIGN_OR_RAISE(const auto rows, SumUp(context, request, *partitions));
      for (const PartitionRow& row : rows) {
        RETURN_NOT_OK(sink.Append(row));
      }
      return false;
    };
  }
  return MakeReader<PartitionRow>(PartitionColumns(partitions), request.columns,
                                  std::move(source));
}

}  // namespace tarn::table::internal
