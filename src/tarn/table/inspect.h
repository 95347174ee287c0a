// Metadata tables: what a table's metadata holds, as rows (the sixteen of the Java
// reference, and two of Trino's).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"
#include "tarn/catalog/catalog.h"
#include "tarn/table/context.h"

namespace tarn::table {

enum class MetadataTable : uint8_t {
  kSnapshots,
  kHistory,
  kRefs,
  kFiles,
  kDataFiles,
  kDeleteFiles,
  kEntries,
  kManifests,
  kPartitions,
  kPositionDeletes,
  kMetadataLogEntries,
  kAllFiles,
  kAllDataFiles,
  kAllDeleteFiles,
  kAllEntries,
  kAllManifests,
  kProperties,
  kManifestRows,  // manifests with counts of rows, as Trino shows them
};

/// "snapshots", "all_data_files"…, in any case; unset for other names.
std::optional<MetadataTable> MetadataTableNamed(std::string_view name);
std::string_view NameOf(MetadataTable table);
std::vector<MetadataTable> AllMetadataTables();
/// True for the tables that show one snapshot: files, entries, manifests, partitions…
bool ShowsOneSnapshot(MetadataTable table);

/// What of the table is shown; `snapshot_id` matters to tables of one snapshot (files,
/// entries, manifests, partitions, position_deletes).
struct InspectRequest {
  catalog::LoadedTable table;
  MetadataTable kind = MetadataTable::kSnapshots;
  std::optional<iceberg::SnapshotId> snapshot_id = {};  // the current one if unset
  /// Columns of the result, in this order; all if empty. Others are not computed.
  std::vector<std::string> columns = {};
};

/// Columns, names and types are those of Iceberg 1.12's Java metadata tables (partition
/// is a struct over all specs, left out if none partitions; readable_metrics a struct
/// over columns). Reads nothing. Errors: kNoSuchColumn.
Result<std::shared_ptr<arrow::Schema>> MetadataTableSchema(const InspectRequest& request);

/// Rows in batches, manifests read as they are needed; must not outlive `context`'s
/// parts. Errors, there and while reading: kNoSuchSnapshot, kInvalidArgument (a snapshot
/// for a table that shows them all), kNoSuchColumn, kInvalidData, those of FileIO.
Result<std::shared_ptr<arrow::RecordBatchReader>> Inspect(const Context& context,
                                                          const InspectRequest& request);

}  // namespace tarn::table
