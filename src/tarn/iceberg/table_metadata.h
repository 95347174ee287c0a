// Table metadata (spec: Table Metadata). Immutable once published; changed only by
// ApplyUpdates (tarn/iceberg/table_update.h).
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/iceberg/encrypted_key.h"
#include "tarn/iceberg/ids.h"
#include "tarn/iceberg/partition_spec.h"
#include "tarn/iceberg/schema.h"
#include "tarn/iceberg/snapshot.h"
#include "tarn/iceberg/sort_order.h"
#include "tarn/iceberg/statistics_file.h"

namespace tarn::iceberg {

inline constexpr int32_t kDefaultFormatVersion = 2;

struct MetadataLogEntry {
  std::chrono::milliseconds timestamp{0};
  std::string metadata_file;

  bool operator==(const MetadataLogEntry&) const = default;
};

struct TableMetadata {
  int32_t format_version = kDefaultFormatVersion;
  std::string table_uuid;
  std::string location;
  SequenceNumber last_sequence_number;
  std::chrono::milliseconds last_updated{0};
  FieldId last_column_id = 0;
  std::vector<std::shared_ptr<const Schema>> schemas;
  SchemaId current_schema_id;
  std::vector<PartitionSpec> partition_specs;
  SpecId default_spec_id;
  FieldId last_partition_id = kFirstPartitionFieldId - 1;
  std::vector<SortOrder> sort_orders;
  SortOrderId default_sort_order_id;
  std::map<std::string, std::string> properties;
  std::optional<SnapshotId> current_snapshot_id = {};
  std::vector<Snapshot> snapshots;
  std::vector<SnapshotLogEntry> snapshot_log;
  std::vector<MetadataLogEntry> metadata_log;
  std::map<std::string, SnapshotRef> refs;
  std::optional<int64_t> next_row_id = {};  // v3
  std::vector<StatisticsFile> statistics;
  std::vector<PartitionStatisticsFile> partition_statistics;
  std::vector<EncryptedKey> encryption_keys;  // v3
  /// Top-level members that we do not know, as JSON text by key: kept on rewrite.
  std::map<std::string, std::string> carried = {};

  const Schema& schema() const;  // the current one
  std::shared_ptr<const Schema> schema_ptr() const;
  const PartitionSpec& spec() const;  // the default one
  const SortOrder& sort_order() const;
  /// nullptr if there is none with this id.
  std::shared_ptr<const Schema> FindSchema(SchemaId id) const;
  const PartitionSpec* FindSpec(SpecId id) const;
  const Snapshot* FindSnapshot(SnapshotId id) const;
  const Snapshot* current_snapshot() const;
  /// nullptr if the snapshot has none.
  const StatisticsFile* FindStatistics(SnapshotId id) const;
  /// nullptr if there is none with this id.
  const EncryptedKey* FindEncryptionKey(const std::string& key_id) const;
  /// The schema a snapshot was written with; the current one if it does not say.
  std::shared_ptr<const Schema> SchemaOf(const Snapshot& snapshot) const;
  /// The property's value, or `otherwise`.
  std::string Property(const std::string& key, std::string_view otherwise) const;
};

/// Reads v1, v2 and v3 metadata; plain JSON text (gunzip first: MetadataBytesToJson).
/// Errors: kInvalidData, kNotSupported for other versions.
Result<std::shared_ptr<const TableMetadata>> TableMetadataFromJson(std::string_view json);
/// As the table's own format version has it.
std::string TableMetadataToJson(const TableMetadata& metadata);
/// Text of a metadata file's bytes: gunzipped if they are gzip, whatever the file's name
/// says. Errors: kInvalidData.
Result<std::string> MetadataBytesToJson(std::string bytes);
/// What a metadata file holds: the JSON, gzipped if property
/// write.metadata.compression-codec is "gzip". Errors: kResourceLimit, kOutOfMemory.
Result<std::string> TableMetadataToFileBytes(const TableMetadata& metadata);

struct NewTable {
  std::vector<Field>
      fields;  // ids are assigned anew; specs and orders below refer to these ids by name
  std::vector<FieldId> identifier_field_ids = {};
  PartitionSpec spec = {};  // source ids as in `fields`; field ids are assigned
  SortOrder sort_order = {};
  std::string location;
  std::map<std::string, std::string> properties =
      {};  // "format-version" chooses the version and is not kept
  std::string table_uuid;
  std::chrono::milliseconds now{0};
};
/// Metadata of a table that has no snapshot yet: format version 2, or 3 if the property
/// asks for it or a type needs it, 1 if the property asks for that. Errors:
/// kInvalidArgument; kNotSupported for unknown versions.
Result<std::shared_ptr<const TableMetadata>> MakeTableMetadata(const NewTable& table);

/// "<location>/metadata/<version>-<uuid>.metadata.json", ".gz.metadata.json" if
/// TableMetadataToFileBytes compresses; version has at least five digits. Property
/// write.metadata.path replaces "<location>/metadata".
std::string MetadataFileName(const TableMetadata& metadata, int64_t version,
                             std::string_view uuid);
/// "<directory>/<version>-<uuid>.metadata.json", for views.
std::string MetadataFileName(std::string_view directory, int64_t version,
                             std::string_view uuid);
/// The version in a metadata file's name ("00003-….metadata.json", "v3.metadata.json",
/// .gz forms); -1 if it has none.
int64_t MetadataVersionOf(std::string_view metadata_location);

}  // namespace tarn::iceberg
