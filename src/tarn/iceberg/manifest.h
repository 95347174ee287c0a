// Manifests and manifest lists: model and codec entry points (spec: Manifests, Manifest
// Lists). Bytes in, values out; no I/O.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/iceberg/data_file.h"
#include "tarn/iceberg/ids.h"
#include "tarn/iceberg/partition_spec.h"
#include "tarn/iceberg/schema.h"

namespace tarn::iceberg {

enum class EntryStatus : uint8_t { kExisting = 0, kAdded = 1, kDeleted = 2 };
enum class ManifestContent : uint8_t { kData = 0, kDeletes = 1 };

struct ManifestEntry {
  EntryStatus status = EntryStatus::kAdded;
  std::optional<SnapshotId> snapshot_id = {};
  std::optional<SequenceNumber> sequence_number = {};  // data sequence number
  std::optional<SequenceNumber> file_sequence_number = {};
  DataFile file;

  bool is_live() const { return status != EntryStatus::kDeleted; }
  bool operator==(const ManifestEntry&) const = default;
};

struct PartitionFieldSummary {
  bool contains_null = false;
  std::optional<bool> contains_nan = {};  // absent = unknown
  std::optional<std::string> lower_bound = {};
  std::optional<std::string> upper_bound = {};

  bool operator==(const PartitionFieldSummary&) const = default;
};

/// A manifest as its snapshot's manifest list describes it.
struct ManifestFile {
  std::string path;
  int64_t length_bytes = 0;
  SpecId spec_id;
  ManifestContent content = ManifestContent::kData;
  SequenceNumber sequence_number;
  SequenceNumber min_sequence_number;
  SnapshotId added_snapshot_id;
  std::optional<int32_t> added_files_count = {};  // absent in some v1 lists: unknown
  std::optional<int32_t> existing_files_count = {};
  std::optional<int32_t> deleted_files_count = {};
  std::optional<int64_t> added_rows_count = {};
  std::optional<int64_t> existing_rows_count = {};
  std::optional<int64_t> deleted_rows_count = {};
  /// In the order of the spec's fields. Empty are they where nothing is known of them,
  /// and, with `has_partitions`, where the spec has no fields.
  std::vector<PartitionFieldSummary> partitions = {};
  bool has_partitions = false;
  std::optional<std::string> key_metadata = {};
  std::optional<int64_t> first_row_id = {};

  bool operator==(const ManifestFile&) const = default;
};

/// What the header of a manifest says.
struct ManifestHeader {
  std::shared_ptr<const Schema> schema;
  PartitionSpec spec;
  int32_t format_version = 1;
  ManifestContent content = ManifestContent::kData;
};

struct Manifest {
  ManifestHeader header;
  std::vector<ManifestEntry> entries;
};

/// Decodes the Avro bytes of a manifest and applies inheritance from `list_entry`
/// (sequence numbers and snapshot id for ADDED entries without them; 0 in v1;
/// first_row_id as in v3). Errors: kInvalidData, kNotSupported.
Result<Manifest> ReadManifest(std::string_view avro, const ManifestFile& list_entry);

/// As ReadManifest, without a list entry to inherit from: nulls stay null.
Result<Manifest> ReadManifestRaw(std::string_view avro);

/// Decodes a manifest list. Errors: kInvalidData, kNotSupported.
Result<std::vector<ManifestFile>> ReadManifestList(std::string_view avro);

enum class AvroCompression : uint8_t { kNone, kDeflate, kSnappy, kZstd };

/// Builds one manifest in memory. Entries must be of the spec given.
class ManifestWriter {
 public:
  struct Options {
    int32_t format_version = 2;
    ManifestContent content = ManifestContent::kData;
    SnapshotId snapshot_id;  // the snapshot being made
    AvroCompression compression = AvroCompression::kDeflate;
  };
  ManifestWriter(Options options, std::shared_ptr<const Schema> schema,
                 PartitionSpec spec);
  ~ManifestWriter();
  ManifestWriter(const ManifestWriter&) = delete;
  ManifestWriter& operator=(const ManifestWriter&) = delete;

  /// ADDED entries keep null sequence numbers so that they inherit; EXISTING and DELETED
  /// ones must carry theirs. Errors: kInvalidArgument.
  Status Add(const ManifestEntry& entry);

  struct Finished {
    std::string avro;
    /// All but `path`. sequence_number is kUnassignedSequence until the manifest list is
    /// written; min_sequence_number is the lowest explicit one of a live entry, or
    /// kUnassignedSequence.
    ManifestFile manifest;
  };
  Result<Finished> Finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Sequence numbers of a manifest whose commit has not been numbered yet.
inline constexpr SequenceNumber kUnassignedSequence{-1};

struct ManifestListOptions {
  int32_t format_version = 2;
  SnapshotId snapshot_id;
  std::optional<SnapshotId> parent_snapshot_id = {};
  SequenceNumber sequence_number;  // replaces kUnassignedSequence in the manifests
  std::optional<int64_t> first_row_id = {};  // v3: the table's next-row-id
  AvroCompression compression = AvroCompression::kDeflate;
};
struct ManifestListBytes {
  std::string avro;
  std::optional<int64_t> next_row_id = {};  // v3
};
Result<ManifestListBytes> WriteManifestList(const ManifestListOptions& options,
                                            const std::vector<ManifestFile>& manifests);

}  // namespace tarn::iceberg
