// Headers of manifests (spec: Manifests, the metadata of their Avro files).
#include <charconv>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "tarn/base/error.h"
#include "tarn/iceberg/internal/manifest_header.h"
#include "tarn/iceberg/schema_json.h"

namespace tarn::iceberg::internal {
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

}  // namespace

Result<ManifestHeader> ReadManifestHeader(const avro::FileReader& reader,
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

}  // namespace tarn::iceberg::internal
