// Manifests of format versions 1 to 3.
#include <utility>

#include <nlohmann/json.hpp>

#include "tarn/base/error.h"
#include "tarn/iceberg/avro/writer.h"
#include "tarn/iceberg/internal/manifest_codec.h"
#include "tarn/iceberg/internal/manifest_entry_encoder.h"
#include "tarn/iceberg/internal/manifest_schema.h"
#include "tarn/iceberg/internal/partition_summary_builder.h"
#include "tarn/iceberg/manifest.h"
#include "tarn/iceberg/schema_json.h"

namespace tarn::iceberg {
namespace {

Status Invalid(const std::string& what, const std::string& value) {
  return MakeError(ErrorCode::kInvalidArgument,
                   "manifest to write: " + what + ": " + value);
}

Status CheckVersion(int32_t format_version) {
  if (format_version >= 1 && format_version <= 3) {
    return Status::OK();
  }
  return Invalid("format version is not 1, 2 or 3", std::to_string(format_version));
}

/// A type that holds `value` of a partition field whose own type is not known.
Type TypeHolding(const Value& value) {
  if (std::holds_alternative<bool>(value)) {
    return Type::Boolean();
  }
  if (std::holds_alternative<int32_t>(value)) {
    return Type::Int();
  }
  if (std::holds_alternative<int64_t>(value)) {
    return Type::Long();
  }
  if (std::holds_alternative<float>(value)) {
    return Type::Float();
  }
  if (std::holds_alternative<double>(value)) {
    return Type::Double();
  }
  if (std::holds_alternative<int128_t>(value)) {
    return Type::Decimal(38, 0);
  }
  return Type::Binary();
}

}  // namespace

struct ManifestWriter::Impl {
  Impl(Options chosen, std::shared_ptr<const Schema> table_schema, PartitionSpec own_spec)
      : options(chosen),
        schema(std::move(table_schema)),
        spec(std::move(own_spec)),
        known_types(PartitionTypes(spec, *schema)),
        types(known_types),
        file(internal::CodecOf(chosen.compression)),
        summaries(known_types) {}

  Status Check(const ManifestEntry& entry) const;
  Status CheckFile(const DataFile& data_file) const;
  Status CheckPartition(const DataFile& data_file);
  void Count(const ManifestEntry& entry);
  Status Encode(const ManifestEntry& entry);

  Options options;
  std::shared_ptr<const Schema> schema;
  PartitionSpec spec;
  std::vector<Type> known_types;
  std::vector<Type> types;  // unknown ones replaced by what holds their values
  avro::FileWriter file;
  /// Entries whose unknown partition types no value has settled yet: they cannot be
  /// encoded.
  std::vector<ManifestEntry> waiting;
  internal::PartitionSummaryBuilder summaries;
  ManifestFile counted;
  bool finished = false;
};

Status ManifestWriter::Impl::Check(const ManifestEntry& entry) const {
  const std::string& path = entry.file.file_path;
  if (finished) {
    return Invalid("it is finished already, cannot add", path);
  }
  ARROW_RETURN_NOT_OK(CheckVersion(options.format_version));
  if (entry.status == EntryStatus::kAdded) {
    if (entry.file_sequence_number) {
      return Invalid("an ADDED entry has a file sequence number, it must inherit", path);
    }
  } else if (!entry.sequence_number || !entry.file_sequence_number) {
    return Invalid("an EXISTING or DELETED entry has no sequence numbers", path);
  } else if (entry.status == EntryStatus::kExisting && !entry.snapshot_id) {
    return Invalid("an EXISTING entry has no snapshot id", path);
  }
  return CheckFile(entry.file);
}

Status ManifestWriter::Impl::CheckFile(const DataFile& data_file) const {
  const std::string& path = data_file.file_path;
  if (path.empty()) {
    return Invalid("a file has no path", "\"\"");
  }
  bool is_data = data_file.content == FileContent::kData;
  if (is_data != (options.content == ManifestContent::kData)) {
    return Invalid("data and delete files go into separate manifests", path);
  }
  if (!is_data && options.format_version == 1) {
    return Invalid("delete files need format version 2", path);
  }
  if (data_file.record_count < 0) {
    return Invalid("a file's record count is negative", path);
  }
  if (data_file.file_size_bytes < 0) {
    return Invalid("a file's size is negative", path);
  }
  if (options.format_version < 3 && data_file.content_offset) {
    return Invalid("a deletion vector needs format version 3", path);
  }
  return Status::OK();
}

Status ManifestWriter::Impl::CheckPartition(const DataFile& data_file) {
  const PartitionTuple& tuple = data_file.partition;
  if (tuple.size() != spec.fields.size()) {
    return Invalid("a file's partition has not one value per field of the spec",
                   data_file.file_path);
  }
  for (size_t i = 0; i < tuple.size(); ++i) {
    if (types[i].id() == TypeId::kUnknown && !IsNull(tuple[i])) {
      types[i] = TypeHolding(tuple[i]);
    }
    if (!internal::ValueFits(types[i], tuple[i])) {
      return Invalid("a file's value for partition field " + spec.fields[i].name +
                         " is not of type " + types[i].ToString(),
                     data_file.file_path);
    }
  }
  return Status::OK();
}

void ManifestWriter::Impl::Count(const ManifestEntry& entry) {
  auto add = [&](std::optional<int32_t>* files, std::optional<int64_t>* rows) {
    *files = files->value_or(0) + 1;
    *rows = rows->value_or(0) + entry.file.record_count;
  };
  switch (entry.status) {
    case EntryStatus::kAdded:
      add(&counted.added_files_count, &counted.added_rows_count);
      break;
    case EntryStatus::kExisting:
      add(&counted.existing_files_count, &counted.existing_rows_count);
      break;
    case EntryStatus::kDeleted:
      add(&counted.deleted_files_count, &counted.deleted_rows_count);
      break;
  }
  summaries.Add(entry.file.partition);
  if (!entry.is_live() || !entry.sequence_number) {
    return;
  }
  SequenceNumber& lowest = counted.min_sequence_number;
  if (lowest == kUnassignedSequence || *entry.sequence_number < lowest) {
    lowest = *entry.sequence_number;
  }
}

Status ManifestWriter::Impl::Encode(const ManifestEntry& entry) {
  internal::EncodeManifestEntry(options.format_version, entry, types, file.row());
  return file.EndRow();
}

ManifestWriter::ManifestWriter(Options options, std::shared_ptr<const Schema> schema,
                               PartitionSpec spec)
    : impl_(std::make_unique<Impl>(options, std::move(schema), std::move(spec))) {
  ManifestFile& counted = impl_->counted;
  counted.spec_id = impl_->spec.id;
  counted.content = options.content;
  counted.sequence_number = kUnassignedSequence;
  counted.min_sequence_number = kUnassignedSequence;
  counted.added_snapshot_id = options.snapshot_id;
  counted.added_files_count = counted.existing_files_count = counted.deleted_files_count =
      0;
  counted.added_rows_count = counted.existing_rows_count = counted.deleted_rows_count = 0;
}

ManifestWriter::~ManifestWriter() = default;

Status ManifestWriter::Add(const ManifestEntry& entry) {
  ARROW_RETURN_NOT_OK(impl_->Check(entry));
  ARROW_RETURN_NOT_OK(impl_->CheckPartition(entry.file));
  impl_->Count(entry);
  ManifestEntry numbered;
  const ManifestEntry* to_write = &entry;
  if (!entry.snapshot_id) {  // added or deleted: by the snapshot being made
    numbered = entry;
    numbered.snapshot_id = impl_->options.snapshot_id;
    to_write = &numbered;
  }
  bool settled = true;
  for (const Type& type : impl_->types) {
    settled &= type.id() != TypeId::kUnknown;
  }
  if (!settled) {
    impl_->waiting.push_back(*to_write);
    return Status::OK();
  }
  for (const ManifestEntry& earlier : std::exchange(impl_->waiting, {})) {
    ARROW_RETURN_NOT_OK(impl_->Encode(earlier));
  }
  return impl_->Encode(*to_write);
}

Result<ManifestWriter::Finished> ManifestWriter::Finish() {
  if (impl_->finished) {
    return Invalid("it is finished already", "Finish");
  }
  ARROW_RETURN_NOT_OK(CheckVersion(impl_->options.format_version));
  impl_->finished = true;
  for (const ManifestEntry& entry : std::exchange(impl_->waiting, {})) {
    ARROW_RETURN_NOT_OK(impl_->Encode(entry));
  }
  const Schema& schema = *impl_->schema;
  constexpr auto kReplace = nlohmann::json::error_handler_t::replace;
  avro::FileWriter::Metadata metadata = {
      {"schema", SchemaToJson(schema).dump(-1, ' ', false, kReplace)},
      {"schema-id", std::to_string(schema.id().value)},
      {"partition-spec",
       PartitionFieldsToJson(impl_->spec).dump(-1, ' ', false, kReplace)},
      {"partition-spec-id", std::to_string(impl_->spec.id.value)},
      {"format-version", std::to_string(impl_->options.format_version)},
  };
  if (impl_->options.format_version > 1) {
    const bool is_data = impl_->options.content == ManifestContent::kData;
    metadata.emplace_back("content", is_data ? "data" : "deletes");
  }
  std::string avro_schema = internal::ManifestEntrySchema(impl_->options.format_version,
                                                          impl_->spec, impl_->types);
  Finished finished;
  ARROW_ASSIGN_OR_RAISE(finished.avro, impl_->file.Finish(avro_schema, metadata));
  finished.manifest = std::move(impl_->counted);
  finished.manifest.length_bytes = static_cast<int64_t>(finished.avro.size());
  finished.manifest.partitions = impl_->summaries.Finish();
  finished.manifest.has_partitions = true;
  return finished;
}

}  // namespace tarn::iceberg
