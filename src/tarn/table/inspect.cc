#include "tarn/table/inspect.h"

#include <algorithm>
#include <array>
#include <utility>

#include <arrow/record_batch.h>

#include "tarn/base/error.h"
#include "tarn/table/internal/metadata_tables.h"
#include "tarn/table/manifest_cache.h"
#include "tarn/table/scan.h"

namespace tarn::table {
namespace {

struct Named {
  std::string_view name;
  MetadataTable table;
  bool one_snapshot;
};

constexpr std::array kTables = {
    Named{"snapshots", MetadataTable::kSnapshots, false},
    Named{"history", MetadataTable::kHistory, false},
    Named{"refs", MetadataTable::kRefs, false},
    Named{"files", MetadataTable::kFiles, true},
    Named{"data_files", MetadataTable::kDataFiles, true},
    Named{"delete_files", MetadataTable::kDeleteFiles, true},
    Named{"entries", MetadataTable::kEntries, true},
    Named{"manifests", MetadataTable::kManifests, true},
    Named{"partitions", MetadataTable::kPartitions, true},
    Named{"position_deletes", MetadataTable::kPositionDeletes, true},
    Named{"metadata_log_entries", MetadataTable::kMetadataLogEntries, false},
    Named{"all_files", MetadataTable::kAllFiles, false},
    Named{"all_data_files", MetadataTable::kAllDataFiles, false},
    Named{"all_delete_files", MetadataTable::kAllDeleteFiles, false},
    Named{"all_entries", MetadataTable::kAllEntries, false},
    Named{"all_manifests", MetadataTable::kAllManifests, false},
    Named{"properties", MetadataTable::kProperties, false},
    Named{"manifest_rows", MetadataTable::kManifestRows, true},
};

const Named& RowOf(MetadataTable table) {
  const auto found = std::ranges::find(kTables, table, &Named::table);
  TARN_CHECK(found != kTables.end());
  return *found;
}

Result<internal::Reader> Open(const Context* context, const InspectRequest& request) {
  switch (request.kind) {
    case MetadataTable::kSnapshots:
      return internal::ReadSnapshots(request);
    case MetadataTable::kHistory:
      return internal::ReadHistory(request);
    case MetadataTable::kRefs:
      return internal::ReadRefs(request);
    case MetadataTable::kMetadataLogEntries:
      return internal::ReadMetadataLog(request);
    case MetadataTable::kProperties:
      return internal::ReadProperties(request);
    case MetadataTable::kManifests:
    case MetadataTable::kAllManifests:
    case MetadataTable::kManifestRows:
      return internal::ReadManifestTable(context, request);
    case MetadataTable::kPartitions:
      return internal::ReadPartitions(context, request);
    case MetadataTable::kPositionDeletes:
      return internal::ReadPositionDeletes(context, request);
    case MetadataTable::kFiles:
    case MetadataTable::kDataFiles:
    case MetadataTable::kDeleteFiles:
    case MetadataTable::kEntries:
    case MetadataTable::kAllFiles:
    case MetadataTable::kAllDataFiles:
    case MetadataTable::kAllDeleteFiles:
    case MetadataTable::kAllEntries:
      break;
  }
  return internal::ReadFileTable(context, request);
}

}  // namespace

std::optional<MetadataTable> MetadataTableNamed(std::string_view name) {
  const auto same = [&](const Named& row) {
    return std::ranges::equal(row.name, name, [](char ours, char given) {
      return ours == (given >= 'A' && given <= 'Z' ? given - 'A' + 'a' : given);
    });
  };
  const auto found = std::ranges::find_if(kTables, same);
  return found == kTables.end() ? std::nullopt : std::optional(found->table);
}

std::string_view NameOf(MetadataTable table) { return RowOf(table).name; }

bool ShowsOneSnapshot(MetadataTable table) { return RowOf(table).one_snapshot; }

std::vector<MetadataTable> AllMetadataTables() {
  std::vector<MetadataTable> tables;
  for (const Named& row : kTables) {
    tables.push_back(row.table);
  }
  return tables;
}

Result<std::shared_ptr<arrow::Schema>> MetadataTableSchema(
    const InspectRequest& request) {
  ARROW_ASSIGN_OR_RAISE(const auto reader, Open(/*context=*/nullptr, request));
  return reader->schema();
}

Result<std::shared_ptr<arrow::RecordBatchReader>> Inspect(const Context& context,
                                                          const InspectRequest& request) {
  if (request.snapshot_id.has_value()) {
    if (!ShowsOneSnapshot(request.kind)) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "Metadata table shows all snapshots and has no state as of one: " +
                           std::string(NameOf(request.kind)));
    }
    RETURN_NOT_OK(internal::SnapshotOf(request).status());
  }
  return Open(&context, request);
}

namespace internal {

Result<const iceberg::Snapshot*> SnapshotOf(const InspectRequest& request) {
  const iceberg::TableMetadata& metadata = *request.table.metadata;
  const auto id =
      request.snapshot_id ? request.snapshot_id : metadata.current_snapshot_id;
  if (!id.has_value()) {
    return nullptr;
  }
  const iceberg::Snapshot* snapshot = metadata.FindSnapshot(*id);
  if (snapshot == nullptr) {
    return MakeError(ErrorCode::kNoSuchSnapshot,
                     "Table " + request.table.ident.ToString() +
                         " has no snapshot (any more): " + std::to_string(id->value));
  }
  return snapshot;
}

Result<std::vector<iceberg::ManifestFile>> ListOf(const Context& context,
                                                  const iceberg::TableMetadata& metadata,
                                                  const iceberg::Snapshot& snapshot) {
  if (context.manifests == nullptr) {
    return LoadManifests(context.io, metadata, snapshot);
  }
  ARROW_ASSIGN_OR_RAISE(const auto list,
                        context.manifests->ReadList(context.io, metadata, snapshot));
  return *list;
}

Result<std::vector<iceberg::ManifestFile>> ManifestsOf(const Context& context,
                                                       const InspectRequest& request) {
  ARROW_ASSIGN_OR_RAISE(const iceberg::Snapshot* snapshot, SnapshotOf(request));
  if (snapshot == nullptr) {
    return std::vector<iceberg::ManifestFile>();
  }
  return ListOf(context, *request.table.metadata, *snapshot);
}

Result<std::shared_ptr<const iceberg::ManifestColumns>> ManifestFor(
    const Context& context, const iceberg::ManifestFile& manifest) {
  if (context.manifests != nullptr) {
    return context.manifests->ReadManifest(context.io, manifest);
  }
  ManifestCache none(0);
  return none.ReadManifest(context.io, manifest);
}

}  // namespace internal
}  // namespace tarn::table
