// The metadata tables, by what they are made from. Each function gives a reader that
// reads nothing before its first batch is asked for; `context` is nullptr when only its
// schema is wanted.
#pragma once

#include <memory>
#include <vector>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"
#include "tarn/iceberg/manifest.h"
#include "tarn/iceberg/manifest_columns.h"
#include "tarn/table/context.h"
#include "tarn/table/inspect.h"
#include "tarn/table/internal/metadata_columns.h"
#include "tarn/table/internal/partition_union.h"

namespace tarn::table::internal {

using Reader = std::shared_ptr<arrow::RecordBatchReader>;

// The metadata alone.
Result<Reader> ReadSnapshots(const InspectRequest& request);
Result<Reader> ReadHistory(const InspectRequest& request);
Result<Reader> ReadRefs(const InspectRequest& request);
Result<Reader> ReadMetadataLog(const InspectRequest& request);
Result<Reader> ReadProperties(const InspectRequest& request);

// Manifest lists: manifests, all_manifests.
Result<Reader> ReadManifestTable(const Context* context, const InspectRequest& request);

// Manifests: files, data_files, delete_files, entries and their all_ forms.
Result<Reader> ReadFileTable(const Context* context, const InspectRequest& request);
Result<Reader> ReadPartitions(const Context* context, const InspectRequest& request);

// Delete files.
Result<Reader> ReadPositionDeletes(const Context* context, const InspectRequest& request);

/// nullptr if the table has no snapshot. Errors: kNoSuchSnapshot.
Result<const iceberg::Snapshot*> SnapshotOf(const InspectRequest& request);
/// Manifests of `snapshot`, from the cache if the context has one.
Result<std::vector<iceberg::ManifestFile>> ListOf(const Context& context,
                                                  const iceberg::TableMetadata& metadata,
                                                  const iceberg::Snapshot& snapshot);
/// Manifests of the request's snapshot. Errors: kNoSuchSnapshot, those of FileIO.
Result<std::vector<iceberg::ManifestFile>> ManifestsOf(const Context& context,
                                                       const InspectRequest& request);
/// The manifest with what its entries inherit, from the cache if the context has one.
Result<std::shared_ptr<const iceberg::ManifestColumns>> ManifestFor(
    const Context& context, const iceberg::ManifestFile& manifest);

/// An entry of a manifest, as rows of the tables of files are made from.
struct FileRow {
  const iceberg::ManifestEntry* entry = nullptr;
  iceberg::SpecId spec_id;  // of the manifest
};

/// "partition", or none if `partitions` has no fields.
std::vector<Column<FileRow>> PartitionColumn(
    const std::shared_ptr<const PartitionUnion>& partitions);
/// The columns of a data file, from content to content_size_in_bytes.
std::vector<Column<FileRow>> FileColumns(
    const std::shared_ptr<const PartitionUnion>& partitions);
/// What a file's metrics say of each primitive column of `schema`, bounds in its type.
Column<FileRow> ReadableMetricsColumn(
    const std::shared_ptr<const iceberg::Schema>& schema);

}  // namespace tarn::table::internal
