// Manifests: header, entries and what entries inherit (spec: Manifests, Sequence Number
// Inheritance, First Row ID Inheritance).
#include <algorithm>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/iceberg/avro/reader.h"
#include "tarn/iceberg/internal/manifest_entry_decoder.h"
#include "tarn/iceberg/internal/manifest_header.h"
#include "tarn/iceberg/internal/manifest_limits.h"
#include "tarn/iceberg/manifest.h"

namespace tarn::iceberg {
namespace {

Status Invalid(const std::string& what) {
  return MakeError(ErrorCode::kInvalidData, "manifest: " + what);
}

Result<Manifest> Read(std::string_view avro, const ManifestFile* list_entry) {
  if (avro.starts_with("AGS1")) {
    return MakeError(ErrorCode::kNotSupported,
                     "manifest: encrypted manifests cannot be read");
  }
  avro::MemorySource source(avro);
  ARROW_ASSIGN_OR_RAISE(avro::FileReader reader,
                        avro::FileReader::Open(&source, internal::kManifestLimits));
  std::optional<SpecId> list_spec;
  if (list_entry != nullptr) {
    list_spec = list_entry->spec_id;
  }
  Manifest manifest;
  ARROW_ASSIGN_OR_RAISE(manifest.header, internal::ReadManifestHeader(reader, list_spec));
  const PartitionSpec& spec = manifest.header.spec;
  std::vector<Type> types = PartitionTypes(spec, *manifest.header.schema);
  ARROW_ASSIGN_OR_RAISE(
      internal::ManifestEntryDecoder decoder,
      internal::ManifestEntryDecoder::Make(reader.schema(), spec, types));
  if (list_entry != nullptr) {
    manifest.entries.reserve(internal::ExpectedEntries(*list_entry, avro.size()));
  }
  const size_t bytes_max = internal::ManifestMemoryMax(avro.size());
  const size_t entry_bytes = sizeof(ManifestEntry) + spec.fields.size() * sizeof(Value);
  for (;;) {
    ARROW_ASSIGN_OR_RAISE(bool more, reader.NextRow());
    if (!more) {
      return manifest;
    }
    decoder.Decode(&reader.decoder(), &manifest.entries.emplace_back());
    if (decoder.stats_bytes() + manifest.entries.size() * entry_bytes > bytes_max) {
      return Invalid("needs more memory than its size justifies: " +
                     std::to_string(bytes_max));
    }
  }
}

void InheritFromV1(ManifestEntry* entry) {
  if (!entry->sequence_number) {
    entry->sequence_number = SequenceNumber{0};
  }
  if (!entry->file_sequence_number) {
    entry->file_sequence_number = SequenceNumber{0};
  }
}

/// Only ADDED entries inherit; a manifest numbered 0 comes from a v1 table, where all is
/// 0.
void InheritSequence(const ManifestFile& list_entry, ManifestEntry* entry) {
  bool from_v1 = list_entry.sequence_number == SequenceNumber{0};
  if (entry->status != EntryStatus::kAdded && !from_v1) {
    return;
  }
  if (!entry->sequence_number) {
    entry->sequence_number = list_entry.sequence_number;
  }
  if (!entry->file_sequence_number) {
    entry->file_sequence_number = list_entry.sequence_number;
  }
}

/// Rows of data files without an id of their own are numbered on from the manifest's
/// first one. A manifest without one says that its snapshot has no row ids, whatever its
/// entries hold.
Status InheritRowIds(const ManifestFile& list_entry,
                     std::vector<ManifestEntry>* entries) {
  std::optional<int64_t> next = list_entry.first_row_id;
  for (ManifestEntry& entry : *entries) {
    if (entry.file.content != FileContent::kData) {
      continue;
    }
    if (!next) {
      entry.file.first_row_id.reset();
    } else if (entry.is_live() && !entry.file.first_row_id) {
      entry.file.first_row_id = *next;
      if (__builtin_add_overflow(*next, entry.file.record_count, &*next)) {
        return Invalid("row ids go beyond 64 bits at file " + entry.file.file_path);
      }
    }
  }
  return Status::OK();
}

}  // namespace

Result<Manifest> ReadManifestRaw(std::string_view avro) { return Read(avro, nullptr); }

Result<Manifest> ReadManifest(std::string_view avro, const ManifestFile& list_entry) {
  ARROW_ASSIGN_OR_RAISE(Manifest manifest, Read(avro, &list_entry));
  for (ManifestEntry& entry : manifest.entries) {
    if (entry.status == EntryStatus::kAdded && !entry.snapshot_id) {
      entry.snapshot_id = list_entry.added_snapshot_id;
    }
    if (manifest.header.format_version == 1) {
      InheritFromV1(&entry);
    } else {
      InheritSequence(list_entry, &entry);
    }
  }
  ARROW_RETURN_NOT_OK(InheritRowIds(list_entry, &manifest.entries));
  return manifest;
}

}  // namespace tarn::iceberg
