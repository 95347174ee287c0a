// View metadata as JSON (Iceberg view spec v1).
#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/base/json_fields.h"
#include "tarn/iceberg/schema_json.h"
#include "tarn/iceberg/view_json.h"
#include "tarn/iceberg/view_metadata.h"

namespace tarn::iceberg {

namespace {

constexpr std::array kKnownKeys = std::to_array<std::string_view>(
    {"view-uuid", "format-version", "location", "schemas", "current-version-id",
     "versions", "version-log", "properties"});

}  // namespace

Result<ViewVersion> ViewVersionFromJson(const Json& json) {
  ViewVersion version;
  ARROW_ASSIGN_OR_RAISE(JsonFields fields, JsonFields::Make(json, "view version"));
  ARROW_ASSIGN_OR_RAISE(version.version_id, fields.Int32("version-id"));
  ARROW_ASSIGN_OR_RAISE(version.schema_id.value, fields.Int32("schema-id"));
  ARROW_ASSIGN_OR_RAISE(const int64_t timestamp, fields.Int64("timestamp-ms"));
  version.timestamp = std::chrono::milliseconds(timestamp);
  ARROW_ASSIGN_OR_RAISE(version.summary, fields.StringMap("summary"));
  ARROW_ASSIGN_OR_RAISE(const Json* representations, fields.Array("representations"));
  for (const Json& item : *representations) {
    ARROW_ASSIGN_OR_RAISE(JsonFields member,
                          JsonFields::Make(item, "view representation"));
    ARROW_ASSIGN_OR_RAISE(const std::string type, member.String("type"));
    if (type != "sql") {
      continue;  // the only type of the spec; others cannot be run
    }
    ViewRepresentation representation;
    ARROW_ASSIGN_OR_RAISE(representation.sql, member.String("sql"));
    ARROW_ASSIGN_OR_RAISE(representation.dialect, member.String("dialect"));
    const auto& known = version.representations;
    if (std::ranges::find(known, representation.dialect, &ViewRepresentation::dialect) !=
        known.end()) {
      return MakeError(ErrorCode::kInvalidData,
                       "Invalid view version: Cannot add multiple queries for dialect " +
                           representation.dialect);
    }
    version.representations.push_back(std::move(representation));
  }
  ARROW_ASSIGN_OR_RAISE(version.default_catalog,
                        fields.OptionalString("default-catalog"));
  ARROW_ASSIGN_OR_RAISE(const Json* levels, fields.OptionalArray("default-namespace"));
  if (levels != nullptr) {
    ARROW_ASSIGN_OR_RAISE(version.default_namespace,
                          StringArray(*levels, "\"default-namespace\" of view version"));
  }
  return version;
}

Json ViewVersionToJson(const ViewVersion& version) {
  Json representations = Json::array();
  for (const ViewRepresentation& item : version.representations) {
    representations.push_back(
        {{"type", "sql"}, {"sql", item.sql}, {"dialect", item.dialect}});
  }
  Json json = {{"version-id", version.version_id},
               {"schema-id", version.schema_id.value},
               {"timestamp-ms", version.timestamp.count()},
               {"representations", std::move(representations)}};
  json["summary"] = version.summary;
  if (version.default_catalog) {
    json["default-catalog"] = *version.default_catalog;
  }
  json["default-namespace"] = version.default_namespace;
  return json;
}

Result<std::shared_ptr<const Schema>> ViewSchemaFromJson(const Json& json) {
  if (!CountsFromZero(json)) {
    return SchemaFromJson(json);
  }
  Json raised = json;
  RaiseFieldIds(&raised);
  return SchemaFromJson(raised);
}

namespace {

Status ReadVersions(const JsonFields& fields, ViewMetadata* view) {
  ARROW_ASSIGN_OR_RAISE(const Json* schemas, fields.Array("schemas"));
  for (const Json& item : *schemas) {
    ARROW_ASSIGN_OR_RAISE(auto schema, ViewSchemaFromJson(item));
    view->schemas.push_back(std::move(schema));
  }
  std::set<int32_t> ids;
  ARROW_ASSIGN_OR_RAISE(const Json* versions, fields.Array("versions"));
  for (const Json& item : *versions) {
    ARROW_ASSIGN_OR_RAISE(ViewVersion version, ViewVersionFromJson(item));
    if (!ids.insert(version.version_id).second) {
      return MakeError(ErrorCode::kInvalidData,
                       "Invalid view metadata: two versions have id " +
                           std::to_string(version.version_id));
    }
    if (view->FindSchema(version.schema_id) == nullptr) {
      return MakeError(ErrorCode::kInvalidData,
                       "Invalid view metadata: version " +
                           std::to_string(version.version_id) + " has schema " +
                           std::to_string(version.schema_id.value) +
                           ", which is not in \"schemas\"");
    }
    view->versions.push_back(std::move(version));
  }
  ARROW_ASSIGN_OR_RAISE(view->current_version_id, fields.Int32("current-version-id"));
  if (!ids.contains(view->current_version_id)) {
    return MakeError(ErrorCode::kInvalidData,
                     "Invalid view metadata: \"versions\" has none with the current id " +
                         std::to_string(view->current_version_id));
  }
  return Status::OK();
}

}  // namespace

Result<std::shared_ptr<const ViewMetadata>> ViewMetadataFromJson(std::string_view text) {
  ARROW_ASSIGN_OR_RAISE(const Json json, ParseJson(text, "view metadata"));
  ARROW_ASSIGN_OR_RAISE(const JsonFields fields, JsonFields::Make(json, "view metadata"));
  auto view = std::make_shared<ViewMetadata>();
  ARROW_ASSIGN_OR_RAISE(view->format_version, fields.Int32("format-version"));
  if (view->format_version != 1) {
    return MakeError(ErrorCode::kNotSupported,
                     "Cannot read view metadata of format version " +
                         std::to_string(view->format_version) +
                         ": only version 1 is supported");
  }
  ARROW_ASSIGN_OR_RAISE(view->view_uuid, fields.String("view-uuid"));
  ARROW_ASSIGN_OR_RAISE(view->location, fields.String("location"));
  ARROW_ASSIGN_OR_RAISE(view->properties, fields.StringMap("properties"));
  ARROW_RETURN_NOT_OK(ReadVersions(fields, view.get()));
  ARROW_ASSIGN_OR_RAISE(const Json* log, fields.OptionalArray("version-log"));
  for (const Json& item : log == nullptr ? Json::array() : *log) {
    ARROW_ASSIGN_OR_RAISE(JsonFields entry, JsonFields::Make(item, "version-log entry"));
    ARROW_ASSIGN_OR_RAISE(const int64_t timestamp, entry.Int64("timestamp-ms"));
    ARROW_ASSIGN_OR_RAISE(const int32_t id, entry.Int32("version-id"));
    view->version_log.push_back({std::chrono::milliseconds(timestamp), id});
  }
  for (const auto& [key, value] : json.items()) {
    if (std::ranges::find(kKnownKeys, key) == kKnownKeys.end()) {
      view->carried[key] = DumpJson(value);
    }
  }
  return view;
}

std::string ViewMetadataToJson(const ViewMetadata& view) {
  Json json = {{"view-uuid", view.view_uuid},
               {"format-version", view.format_version},
               {"location", view.location},
               {"current-version-id", view.current_version_id}};
  json["properties"] = view.properties;
  json["schemas"] = Json::array();
  for (const auto& schema : view.schemas) {
    json["schemas"].push_back(SchemaToJson(*schema));
  }
  json["versions"] = Json::array();
  for (const ViewVersion& version : view.versions) {
    json["versions"].push_back(ViewVersionToJson(version));
  }
  json["version-log"] = Json::array();
  for (const ViewVersionLogEntry& entry : view.version_log) {
    json["version-log"].push_back(
        {{"timestamp-ms", entry.timestamp.count()}, {"version-id", entry.version_id}});
  }
  for (const auto& [key, text] : view.carried) {
    Json value = Json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (!value.is_discarded()) {
      json[key] = std::move(value);
    }
  }
  return DumpJson(json);
}

}  // namespace tarn::iceberg
