// Reads whole manifests into columns; what their headers say is compiled once.
#include <array>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/iceberg/avro/reader.h"
#include "tarn/iceberg/internal/manifest_columns_decoder.h"
#include "tarn/iceberg/internal/manifest_header.h"
#include "tarn/iceberg/internal/manifest_limits.h"
#include "tarn/iceberg/manifest_columns.h"

namespace tarn::iceberg {
namespace {

using internal::CompiledManifest;
using AvroSchema = std::shared_ptr<const avro::Schema>;

/// A table has one header for each spec and schema that wrote manifests; more than these
/// are of tables that are read in turns.
constexpr size_t kCompiledMax = 64;

/// What ReadManifestHeader makes a header from.
std::string HeaderText(const avro::FileReader& reader, SpecId list_spec) {
  constexpr std::array<std::string_view, 5> kKeys = {
      "format-version", "content", "partition-spec-id", "partition-spec", "schema"};
  std::string text = std::to_string(list_spec.value);
  for (std::string_view key : kKeys) {
    const std::string* value = reader.FindMetadata(key);
    text += value == nullptr ? '-' : '+';
    if (value != nullptr) {
      text += std::to_string(value->size()) + ' ' + *value;
    }
  }
  return text;
}

Result<std::shared_ptr<const CompiledManifest>> Compile(const avro::FileReader& reader,
                                                        AvroSchema schema,
                                                        SpecId list_spec,
                                                        std::string header_text) {
  ARROW_ASSIGN_OR_RAISE(ManifestHeader header,
                        internal::ReadManifestHeader(reader, list_spec));
  ARROW_ASSIGN_OR_RAISE(CompiledManifest compiled,
                        internal::CompileManifest(std::move(schema), header));
  compiled.avro_schema_json = *reader.FindMetadata("avro.schema");
  compiled.header_text = std::move(header_text);
  compiled.header = std::make_shared<const ManifestHeader>(std::move(header));
  return std::make_shared<const CompiledManifest>(std::move(compiled));
}

Result<std::shared_ptr<const ManifestColumns>> ReadRows(avro::FileReader* reader,
                                                        const CompiledManifest& compiled,
                                                        const ManifestFile& list_entry,
                                                        size_t file_bytes) {
  ColumnBudget budget;
  budget.rows_expected = internal::ExpectedEntries(list_entry, file_bytes);
  budget.bytes_left = internal::ManifestMemoryMax(file_bytes);
  internal::ManifestColumnsDecoder decoder(compiled, list_entry, budget);
  for (;;) {
    ARROW_ASSIGN_OR_RAISE(const bool more, reader->NextRow());
    if (!more) {
      break;
    }
    decoder.Decode(&reader->decoder());
  }
  std::shared_ptr<const ManifestColumns> columns = decoder.Finish();
  if (columns == nullptr) {
    return MakeError(ErrorCode::kInvalidData,
                     "manifest: needs more memory than its size justifies: " +
                         std::to_string(internal::ManifestMemoryMax(file_bytes)));
  }
  return columns;
}

}  // namespace

ManifestReader::ManifestReader() = default;
ManifestReader::~ManifestReader() = default;

Result<std::shared_ptr<const ManifestColumns>> ManifestReader::Read(
    std::string_view avro, const ManifestFile& list_entry) {
  if (avro.starts_with("AGS1")) {
    return MakeError(ErrorCode::kNotSupported,
                     "manifest: encrypted manifests cannot be read");
  }
  std::vector<Compiled> known;
  {
    const std::lock_guard lock(mutex_);
    known = compiled_;
  }
  AvroSchema schema;
  const auto parse = [&](const std::string& json) -> Result<AvroSchema> {
    for (const Compiled& one : known) {
      if (one->avro_schema_json == json) {
        schema = one->avro_schema;
        return schema;
      }
    }
    ARROW_ASSIGN_OR_RAISE(avro::Schema parsed, avro::Schema::FromJson(json));
    schema = std::make_shared<const avro::Schema>(std::move(parsed));
    return schema;
  };
  avro::MemorySource source(avro);
  ARROW_ASSIGN_OR_RAISE(
      avro::FileReader reader,
      avro::FileReader::Open(&source, internal::kManifestLimits, parse));
  std::string header_text = HeaderText(reader, list_entry.spec_id);
  for (const Compiled& one : known) {
    if (one->avro_schema == schema && one->header_text == header_text) {
      return ReadRows(&reader, *one, list_entry, avro.size());
    }
  }
  ARROW_ASSIGN_OR_RAISE(Compiled compiled, Compile(reader, schema, list_entry.spec_id,
                                                   std::move(header_text)));
  {
    const std::lock_guard lock(mutex_);
    if (compiled_.size() == kCompiledMax) {
      compiled_.erase(compiled_.begin());
    }
    compiled_.push_back(compiled);
  }
  return ReadRows(&reader, *compiled, list_entry, avro.size());
}

}  // namespace tarn::iceberg
