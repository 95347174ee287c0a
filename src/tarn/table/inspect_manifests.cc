// Metadata tables that show manifest lists: manifests, all_manifests, manifest_rows.
#include <string>
#include <utility>

#include <arrow/array/builder_nested.h>

#include "tarn/iceberg/value.h"
#include "tarn/table/internal/metadata_tables.h"

namespace tarn::table::internal {
namespace {

using iceberg::ManifestContent;
using iceberg::ManifestFile;
using iceberg::PartitionFieldSummary;
using iceberg::TableMetadata;

struct ManifestRow {
  const ManifestFile* manifest;
  iceberg::SnapshotId reference;  // the snapshot whose list has it
};

/// A partition summary with its bounds as text.
struct SummaryRow {
  const PartitionFieldSummary* summary;
  std::optional<std::string> lower;
  std::optional<std::string> upper;
};

using Count = std::optional<int32_t> ManifestFile::*;

/// Files of the other content than the manifest's are none.
Column<ManifestRow> CountColumn(const std::string& name, ManifestContent content,
                                Count count) {
  return MakeColumn<ManifestRow>(
      name, [content, count](const ManifestRow& row) -> std::optional<int32_t> {
        return row.manifest->content == content ? row.manifest->*count : 0;
      });
}

std::vector<Column<SummaryRow>> SummaryColumns() {
  using Row = SummaryRow;
  return {
      MakeColumn<Row>("contains_null",
                      [](const Row& row) { return row.summary->contains_null; }),
      MakeColumn<Row>("contains_nan",
                      [](const Row& row) { return row.summary->contains_nan; }),
      MakeColumn<Row>("lower_bound", [](const Row& row) { return row.lower; }),
      MakeColumn<Row>("upper_bound", [](const Row& row) { return row.upper; }),
  };
}

/// Bounds as the Java reference writes partition values for people.
class BoundTexts {
 public:
  explicit BoundTexts(std::shared_ptr<const TableMetadata> metadata)
      : metadata_(std::move(metadata)) {}

  SummaryRow Describe(iceberg::SpecId spec_id, size_t place,
                      const PartitionFieldSummary& summary) const {
    SummaryRow row{&summary, {}, {}};
    const iceberg::PartitionSpec* spec = metadata_->FindSpec(spec_id);
    if (spec == nullptr || place >= spec->fields.size()) {
      return row;
    }
    const iceberg::PartitionField& field = spec->fields[place];
    const iceberg::Field* source = metadata_->schema().FindById(field.source_id());
    if (source == nullptr) {
      return row;  // dropped since: its type is not known
    }
    const auto types = iceberg::PartitionTypes(*spec, metadata_->schema());
    row.lower = Text(field.transform, source->type, types[place], summary.lower_bound);
    row.upper = Text(field.transform, source->type, types[place], summary.upper_bound);
    return row;
  }

 private:
  static std::optional<std::string> Text(const iceberg::Transform& transform,
                                         const iceberg::Type& source,
                                         const iceberg::Type& type,
                                         const std::optional<std::string>& bound) {
    if (!bound.has_value()) {
      return {};
    }
    const auto value = iceberg::ValueFromBytes(type, *bound);
    if (!value.ok()) {
      return {};
    }
    return iceberg::PartitionValueToString(transform, source, *value);
  }

  std::shared_ptr<const TableMetadata> metadata_;
};

Column<ManifestRow> SummariesColumn(std::shared_ptr<const TableMetadata> metadata) {
  auto children = SummaryColumns();
  auto one = StructColumn<SummaryRow>("element", std::move(children));
  return {arrow::field("partition_summaries", arrow::list(one.field)),
          [one, texts = BoundTexts(std::move(metadata))](const ManifestRow& row,
                                                         arrow::ArrayBuilder& builder) {
            auto& list = static_cast<arrow::ListBuilder&>(builder);
            RETURN_NOT_OK(list.Append());
            const ManifestFile& manifest = *row.manifest;
            for (size_t i = 0; i < manifest.partitions.size(); ++i) {
              const SummaryRow summary =
                  texts.Describe(manifest.spec_id, i, manifest.partitions[i]);
              RETURN_NOT_OK(one.append(summary, *list.value_builder()));
            }
            return Status::OK();
          }};
}

std::vector<Column<ManifestRow>> ManifestColumns(
    const std::shared_ptr<const TableMetadata>& metadata) {
  using Row = ManifestRow;
  constexpr auto kData = ManifestContent::kData;
  constexpr auto kDeletes = ManifestContent::kDeletes;
  return {
      MakeColumn<Row>(
          "content",
          [](const Row& row) { return static_cast<int32_t>(row.manifest->content); }),
      MakeColumn<Row>("path", [](const Row& row) { return row.manifest->path; }),
      MakeColumn<Row>("length",
                      [](const Row& row) { return row.manifest->length_bytes; }),
      MakeColumn<Row>("partition_spec_id",
                      [](const Row& row) { return row.manifest->spec_id.value; }),
      MakeColumn<Row>(
          "added_snapshot_id",
          [](const Row& row) { return row.manifest->added_snapshot_id.value; }),
      CountColumn("added_data_files_count", kData, &ManifestFile::added_files_count),
      CountColumn("existing_data_files_count", kData,
                  &ManifestFile::existing_files_count),
      CountColumn("deleted_data_files_count", kData, &ManifestFile::deleted_files_count),
      CountColumn("added_delete_files_count", kDeletes, &ManifestFile::added_files_count),
      CountColumn("existing_delete_files_count", kDeletes,
                  &ManifestFile::existing_files_count),
      CountColumn("deleted_delete_files_count", kDeletes,
                  &ManifestFile::deleted_files_count),
      SummariesColumn(metadata),
  };
}

/// Trino's, which does not tell files of data from files of deletes.
std::vector<Column<ManifestRow>> RowCountColumns(
    const std::shared_ptr<const TableMetadata>& metadata) {
  using Row = ManifestRow;
  const auto add = [](const char* name, auto member) {
    return MakeColumn<Row>(name,
                           [member](const Row& row) { return row.manifest->*member; });
  };
  return {
      add("path", &ManifestFile::path),
      add("length", &ManifestFile::length_bytes),
      MakeColumn<Row>("partition_spec_id",
                      [](const Row& row) { return row.manifest->spec_id.value; }),
      MakeColumn<Row>(
          "added_snapshot_id",
          [](const Row& row) { return row.manifest->added_snapshot_id.value; }),
      add("added_data_files_count", &ManifestFile::added_files_count),
      add("added_rows_count", &ManifestFile::added_rows_count),
      add("existing_data_files_count", &ManifestFile::existing_files_count),
      add("existing_rows_count", &ManifestFile::existing_rows_count),
      add("deleted_data_files_count", &ManifestFile::deleted_files_count),
      add("deleted_rows_count", &ManifestFile::deleted_rows_count),
      SummariesColumn(metadata),
  };
}

void AddReferenceColumns(std::vector<Column<ManifestRow>>* columns) {
  using Row = ManifestRow;
  columns->push_back(MakeColumn<Row>("reference_snapshot_id",
                                     [](const Row& row) { return row.reference.value; }));
  columns->push_back(
      MakeColumn<Row>("key_metadata", [](const Row& row) -> std::optional<Bytes> {
        const auto& key = row.manifest->key_metadata;
        return key.has_value() ? std::optional(Bytes{*key}) : std::nullopt;
      }));
}

Status AppendManifests(const Context& context, const TableMetadata& metadata,
                       const iceberg::Snapshot& snapshot, RowSink<ManifestRow>& sink) {
  ARROW_ASSIGN_OR_RAISE(const auto manifests, ListOf(context, metadata, snapshot));
  for (const ManifestFile& manifest : manifests) {
    RETURN_NOT_OK(sink.Append({&manifest, snapshot.id}));
  }
  return Status::OK();
}

}  // namespace

Result<Reader> ReadManifestTable(const Context* context, const InspectRequest& request) {
  auto columns = request.kind == MetadataTable::kManifestRows
                     ? RowCountColumns(request.table.metadata)
                     : ManifestColumns(request.table.metadata);
  const bool all = request.kind == MetadataTable::kAllManifests;
  if (all) {
    AddReferenceColumns(&columns);
  }
  RowSource<ManifestRow> source;
  if (context != nullptr && all) {
    source = [context = *context, metadata = request.table.metadata,
              next = size_t{0}](RowSink<ManifestRow>& sink) mutable -> Result<bool> {
      if (next == metadata->snapshots.size()) {
        return false;
      }
      RETURN_NOT_OK(AppendManifests(context, *metadata, metadata->snapshots[next], sink));
      ++next;
      return true;
    };
  } else if (context != nullptr) {
    source = [context = *context, request](RowSink<ManifestRow>& sink) -> Result<bool> {
      ARROW_ASSIGN_OR_RAISE(const iceberg::Snapshot* snapshot, SnapshotOf(request));
      if (snapshot != nullptr) {
        RETURN_NOT_OK(AppendManifests(context, *request.table.metadata, *snapshot, sink));
      }
      return false;
    };
  }
  return MakeReader<ManifestRow>(columns, request.columns, std::move(source));
}

}  // namespace tarn::table::internal
