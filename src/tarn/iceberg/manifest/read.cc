// Manifests: header, entries and what entries inherit (spec: Manifests, Sequence Number
// Inheritance, First Row ID Inheritance).
#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>

#include "tarn/base/error.h"
#include "tarn/iceberg/avro/reader.h"
#include "tarn/iceberg/internal/manifest_entry_decoder.h"
#include "tarn/iceberg/internal/manifest_limits.h"
#include "tarn/iceberg/manifest.h"
#include "tarn/iceberg/schema_json.h"

namespace tarn::iceberg {
namespace {

using Json = nlohmann::json;

Status Invalid(const std::string& what) {
  return MakeError(ErrorCode::kInvalidData, "manifest: " + what);
}

Result<std::optional<int32_t>> HeaderInt(const avro::FileReader& reader,
                                         std::string_view key) {
  const std::string* text = reader.FindMetadata(key);
  if (text == nullptr) {
    return std::nullopt;
  }
  int32_t value = 0;
  auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc() || end != text->data() + text->size()) {
    return Invalid("header's " + std::string(key) + " is not a number: " + *text);
  }
  return value;
}

Result<Json> HeaderJson(const std::string& text, std::string_view key) {
  Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) {
    return Invalid("header's " + std::string(key) + " is not valid JSON");
  }
  return json;
}

/// Without the header's schema the partition values are read as they are written.
Result<std::shared_ptr<const Schema>> ReadSchema(const avro::FileReader& reader) {
  const std::string* text = reader.FindMetadata("schema");
  if (text == nullptr) {
    return Schema::Make(SchemaId{}, {});
  }
  ARROW_ASSIGN_OR_RAISE(Json json, HeaderJson(*text, "schema"));
  return SchemaFromJson(json);
}

Result<PartitionSpec> ReadSpec(const avro::FileReader& reader,
                               std::optional<SpecId> list_spec) {
  ARROW_ASSIGN_OR_RAISE(std::optional<int32_t> id,
                        HeaderInt(reader, "partition-spec-id"));
  SpecId spec_id = id ? SpecId{*id} : list_spec.value_or(SpecId{});
  const std::string* text = reader.FindMetadata("partition-spec");
  if (text == nullptr) {
    return Invalid("header has no partition-spec");
  }
  ARROW_ASSIGN_OR_RAISE(Json json, HeaderJson(*text, "partition-spec"));
  // Some writers put the whole spec there, not just its fields.
  if (json.is_object() && json.contains("fields")) {
    json = Json(json["fields"]);
  }
  ARROW_ASSIGN_OR_RAISE(PartitionSpec spec, PartitionSpecFromFieldsJson(spec_id, json));
  // Values are found by field id: two fields with one id would read each other's.
  std::set<FieldId> ids;
  for (const PartitionField& field : spec.fields) {
    if (!ids.insert(field.field_id).second) {
      return Invalid("partition-spec has field id " + std::to_string(field.field_id) +
                     " twice");
    }
  }
  return spec;
}

Result<ManifestHeader> ReadHeader(const avro::FileReader& reader,
                                  std::optional<SpecId> list_spec) {
  ManifestHeader header;
  ARROW_ASSIGN_OR_RAISE(std::optional<int32_t> version,
                        HeaderInt(reader, "format-version"));
  header.format_version = version.value_or(1);
  if (header.format_version < 1 || header.format_version > 3) {
    return MakeError(ErrorCode::kNotSupported,
                     "manifest: format version is not 1, 2 or 3: " +
                         std::to_string(header.format_version));
  }
  if (const std::string* content = reader.FindMetadata("content")) {
    if (*content == "deletes") {
      header.content = ManifestContent::kDeletes;
    } else if (*content != "data") {
      return Invalid("header's content is neither data nor deletes: " + *content);
    }
  }
  ARROW_ASSIGN_OR_RAISE(header.schema, ReadSchema(reader));
  ARROW_ASSIGN_OR_RAISE(header.spec, ReadSpec(reader, list_spec));
  return header;
}

/// Entries that the list counts, as far as the file's size makes them believable.
size_t ExpectedEntries(const ManifestFile* list_entry, size_t file_bytes) {
  if (list_entry == nullptr) {
    return 0;
  }
  constexpr size_t kPackedEntryBytesMin = 16;
  int64_t counted = 0;
  for (const auto& count :
       {list_entry->added_files_count, list_entry->existing_files_count,
        list_entry->deleted_files_count}) {
    counted += std::max(count.value_or(0), 0);
  }
  return std::min(static_cast<size_t>(counted), file_bytes / kPackedEntryBytesMin);
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
  ARROW_ASSIGN_OR_RAISE(manifest.header, ReadHeader(reader, list_spec));
  const PartitionSpec& spec = manifest.header.spec;
  std::vector<Type> types = PartitionTypes(spec, *manifest.header.schema);
  ARROW_ASSIGN_OR_RAISE(
      internal::ManifestEntryDecoder decoder,
      internal::ManifestEntryDecoder::Make(reader.schema(), spec, types));
  manifest.entries.reserve(ExpectedEntries(list_entry, avro.size()));
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
