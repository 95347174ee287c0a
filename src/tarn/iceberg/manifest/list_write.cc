// Manifest lists of format versions 1 to 3.
#include <string>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/iceberg/avro/writer.h"
#include "tarn/iceberg/internal/manifest_codec.h"
#include "tarn/iceberg/internal/manifest_schema.h"
#include "tarn/iceberg/manifest.h"

namespace tarn::iceberg {
namespace {

using avro::Encoder;

Status Invalid(const std::string& what, const std::string& value) {
  return MakeError(ErrorCode::kInvalidArgument,
                   "manifest list to write: " + what + ": " + value);
}

template <typename T, typename Write>
void Optional(const std::optional<T>& value, Encoder* encoder, Write write) {
  encoder->Branch(value ? 1 : 0);
  if (value) {
    write(*value);
  }
}

/// No summaries are written as such, and not as unknown: Trino's metadata tables read no
/// null here.
void EncodeSummaries(const ManifestFile& manifest, Encoder* encoder) {
  auto bytes = [&](const std::string& value) { encoder->Bytes(value); };
  const bool known = manifest.has_partitions || !manifest.partitions.empty();
  encoder->Branch(known ? 1 : 0);
  if (!known) {
    return;
  }
  if (!manifest.partitions.empty()) {
    encoder->Items(static_cast<int64_t>(manifest.partitions.size()));
  }
  for (const PartitionFieldSummary& summary : manifest.partitions) {
    encoder->Boolean(summary.contains_null);
    Optional(summary.contains_nan, encoder, [&](bool value) { encoder->Boolean(value); });
    Optional(summary.lower_bound, encoder, bytes);
    Optional(summary.upper_bound, encoder, bytes);
  }
  encoder->EndItems();
}

Status CheckManifest(const ManifestFile& manifest) {
  if (manifest.path.empty()) {
    return Invalid("a manifest has no path", "\"\"");
  }
  bool counted = manifest.added_files_count && manifest.existing_files_count &&
                 manifest.deleted_files_count && manifest.added_rows_count &&
                 manifest.existing_rows_count && manifest.deleted_rows_count;
  if (counted) {
    return Status::OK();
  }
  return Invalid("the counts of a manifest are not known, read it to count its entries",
                 manifest.path);
}

/// Sequence numbers that the manifest got or now gets. A manifest of another snapshot
/// cannot be without them.
Status Number(const ManifestListOptions& options, ManifestFile* manifest) {
  bool unassigned = manifest->sequence_number == kUnassignedSequence ||
                    manifest->min_sequence_number == kUnassignedSequence;
  if (!unassigned) {
    return Status::OK();
  }
  if (manifest->added_snapshot_id != options.snapshot_id) {
    return Invalid("a manifest of another snapshot has no sequence number",
                   manifest->path);
  }
  if (manifest->sequence_number == kUnassignedSequence) {
    manifest->sequence_number = options.sequence_number;
  }
  if (manifest->min_sequence_number == kUnassignedSequence) {
    manifest->min_sequence_number = options.sequence_number;
  }
  return Status::OK();
}

/// Gives a data manifest without row ids the next ones, enough for its added and existing
/// rows; delete manifests have none (spec: First Row ID Assignment).
Status AssignRowIds(std::optional<int64_t>* next, ManifestFile* manifest) {
  if (manifest->content == ManifestContent::kDeletes) {
    manifest->first_row_id.reset();
    return Status::OK();
  }
  if (manifest->first_row_id) {
    return Status::OK();
  }
  manifest->first_row_id = **next;
  int64_t rows = 0;
  if (__builtin_add_overflow(*manifest->added_rows_count, *manifest->existing_rows_count,
                             &rows) ||
      rows < 0 || __builtin_add_overflow(**next, rows, &**next)) {
    return Invalid("row ids go beyond 64 bits", manifest->path);
  }
  return Status::OK();
}

/// Version 1 has neither delete manifests nor sequence numbers.
void EncodeV1(const ManifestFile& manifest, Encoder* encoder) {
  encoder->Bytes(manifest.path);
  encoder->Long(manifest.length_bytes);
  encoder->Int(manifest.spec_id.value);
  encoder->Long(manifest.added_snapshot_id.value);
  for (const auto& files : {manifest.added_files_count, manifest.existing_files_count,
                            manifest.deleted_files_count}) {
    Optional(files, encoder, [&](int32_t count) { encoder->Int(count); });
  }
  for (const auto& rows : {manifest.added_rows_count, manifest.existing_rows_count,
                           manifest.deleted_rows_count}) {
    Optional(rows, encoder, [&](int64_t count) { encoder->Long(count); });
  }
  EncodeSummaries(manifest, encoder);
  Optional(manifest.key_metadata, encoder,
           [&](const std::string& v) { encoder->Bytes(v); });
}

void Encode(int32_t format_version, const ManifestFile& manifest, Encoder* encoder) {
  encoder->Bytes(manifest.path);
  encoder->Long(manifest.length_bytes);
  encoder->Int(manifest.spec_id.value);
  encoder->Int(static_cast<int32_t>(manifest.content));
  encoder->Long(manifest.sequence_number.value);
  encoder->Long(manifest.min_sequence_number.value);
  encoder->Long(manifest.added_snapshot_id.value);
  encoder->Int(*manifest.added_files_count);
  encoder->Int(*manifest.existing_files_count);
  encoder->Int(*manifest.deleted_files_count);
  encoder->Long(*manifest.added_rows_count);
  encoder->Long(*manifest.existing_rows_count);
  encoder->Long(*manifest.deleted_rows_count);
  EncodeSummaries(manifest, encoder);
  Optional(manifest.key_metadata, encoder,
           [&](const std::string& v) { encoder->Bytes(v); });
  if (format_version < 3) {
    return;
  }
  Optional(manifest.first_row_id, encoder, [&](int64_t v) { encoder->Long(v); });
}

}  // namespace

Result<ManifestListBytes> WriteManifestList(const ManifestListOptions& options,
                                            const std::vector<ManifestFile>& manifests) {
  const int32_t version = options.format_version;
  if (version < 1 || version > 3) {
    return Invalid("format version is not 1, 2 or 3", std::to_string(version));
  }
  if (version == 3 && !options.first_row_id) {
    return Invalid("format version 3 needs the table's next row id", "first_row_id");
  }
  std::optional<int64_t> next_row_id = options.first_row_id;
  avro::FileWriter file(internal::CodecOf(options.compression));
  for (ManifestFile manifest : manifests) {
    ARROW_RETURN_NOT_OK(CheckManifest(manifest));
    ARROW_RETURN_NOT_OK(Number(options, &manifest));
    if (version == 3) {
      ARROW_RETURN_NOT_OK(AssignRowIds(&next_row_id, &manifest));
    }
    if (version == 1 && manifest.content == ManifestContent::kDeletes) {
      return Invalid("delete manifests need format version 2", manifest.path);
    }
    Encoder encoder(file.row());
    version == 1 ? EncodeV1(manifest, &encoder) : Encode(version, manifest, &encoder);
    ARROW_RETURN_NOT_OK(file.EndRow());
  }
  avro::FileWriter::Metadata metadata = {
      {"snapshot-id", std::to_string(options.snapshot_id.value)},
      {"parent-snapshot-id", options.parent_snapshot_id
                                 ? std::to_string(options.parent_snapshot_id->value)
                                 : "null"},
      {"format-version", std::to_string(version)},
  };
  if (version >= 2) {
    metadata.emplace_back("sequence-number",
                          std::to_string(options.sequence_number.value));
  }
  if (version == 3) {
    metadata.emplace_back("first-row-id", std::to_string(*options.first_row_id));
  }
  ManifestListBytes bytes;
  ARROW_ASSIGN_OR_RAISE(bytes.avro,
                        file.Finish(internal::ManifestFileSchema(version), metadata));
  if (version == 3) {
    bytes.next_row_id = next_row_id;
  }
  return bytes;
}

}  // namespace tarn::iceberg
