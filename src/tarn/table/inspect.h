// Metadata tables: what a table's metadata holds, as rows (the sixteen of the Java
// reference, and Trino's properties).
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"
#include "tarn/catalog/catalog.h"
#include "tarn/io/file_io.h"
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
};

/// "snapshots", "all_data_files"…, in any case; unset for other names.
std::optional<MetadataTable> MetadataTableNamed(std::string_view name);
std::string_view NameOf(MetadataTable table);
std::vector<MetadataTable> AllMetadataTables();

/// What of the table is shown; `snapshot_id` matters to tables of one snapshot (files,
/// entries, manifests, partitions, position_deletes).
struct InspectRequest {
  catalog::LoadedTable table;
  MetadataTable kind = MetadataTable::kSnapshots;
  std::optional<iceberg::SnapshotId> snapshot_id = {};  // the current one if unset
};

/// Columns, names and types are those of Iceberg 1.12's Java metadata tables (partition
/// is a struct over all specs, readable_metrics a struct over columns).
Result<std::shared_ptr<arrow::Schema>> MetadataTableSchema(const InspectRequest& request);

/// Rows in batches, manifests read as they are needed; must not outlive `context`'s
/// parts. Errors, there and while reading: kNoSuchSnapshot, kInvalidData, those of
/// FileIO.
Result<std::shared_ptr<arrow::RecordBatchReader>> Inspect(const Context& context,
                                                          const InspectRequest& request);

}  // namespace tarn::table
