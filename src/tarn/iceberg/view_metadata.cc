#include "tarn/iceberg/view_metadata.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/iceberg/internal/json_fields.h"
#include "tarn/iceberg/schema_json.h"

namespace tarn::iceberg {

using internal::Json;
using internal::JsonFields;

namespace {

constexpr std::array kKnownKeys = std::to_array<std::string_view>(
    {"view-uuid", "format-version", "location", "schemas", "current-version-id",
     "versions", "version-log", "properties"});

constexpr size_t kVersionsKept = 10;  // default of version.history.num-entries

Result<ViewVersion> VersionFromJson(const Json& json) {
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
                       "A view version has several statements of one dialect: " +
                           representation.dialect);
    }
    version.representations.push_back(std::move(representation));
  }
  ARROW_ASSIGN_OR_RAISE(version.default_catalog,
                        fields.OptionalString("default-catalog"));
  ARROW_ASSIGN_OR_RAISE(const Json* levels, fields.OptionalArray("default-namespace"));
  if (levels != nullptr) {
    ARROW_ASSIGN_OR_RAISE(
        version.default_namespace,
        internal::StringArray(*levels, "\"default-namespace\" of view version"));
  }
  return version;
}

Json VersionToJson(const ViewVersion& version) {
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

constexpr std::array kFieldIdKeys = {"id", "element-id", "key-id", "value-id"};

/// True if a column in `json`, a schema or a part of one, has the id 0.
bool CountsFromZero(const Json& json) {
  if (json.is_object() && std::ranges::any_of(kFieldIdKeys, [&](const char* key) {
        const auto id = json.find(key);
        return id != json.end() && *id == 0;
      })) {
    return true;
  }
  return json.is_structured() && std::ranges::any_of(json, CountsFromZero);
}

void RaiseFieldIds(Json* json) {
  for (const char* key : kFieldIdKeys) {
    const bool has_id =
        json->is_object() && json->contains(key) && (*json)[key].is_number_integer();
    const auto id = has_id ? (*json)[key].get<int64_t>() : -1;
    if (id >= 0 && id < kMaxUserFieldId) {
      (*json)[key] = id + 1;
    }
  }
  if (json->is_structured()) {
    for (Json& child : *json) {
      RaiseFieldIds(&child);
    }
  }
}

/// The Java reference numbers columns of views from 0, where those of tables begin with
/// 1. Nothing outside of a view refers to them: they are raised by one.
Result<std::shared_ptr<const Schema>> ViewSchemaFromJson(const Json& json) {
  if (!CountsFromZero(json)) {
    return SchemaFromJson(json);
  }
  Json raised = json;
  RaiseFieldIds(&raised);
  return SchemaFromJson(raised);
}

Status ReadVersions(const JsonFields& fields, ViewMetadata* view) {
  ARROW_ASSIGN_OR_RAISE(const Json* schemas, fields.Array("schemas"));
  for (const Json& item : *schemas) {
    ARROW_ASSIGN_OR_RAISE(auto schema, ViewSchemaFromJson(item));
    view->schemas.push_back(std::move(schema));
  }
  std::set<int32_t> ids;
  ARROW_ASSIGN_OR_RAISE(const Json* versions, fields.Array("versions"));
  for (const Json& item : *versions) {
    ARROW_ASSIGN_OR_RAISE(ViewVersion version, VersionFromJson(item));
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

/// Takes over `schema`, or finds the id of an identical one.
Result<SchemaId> AddSchema(const Schema& schema, ViewMetadata* view) {
  int32_t next_id = 0;
  for (const auto& known : view->schemas) {
    if (known->SameAs(schema)) {
      return known->id();
    }
    next_id = std::max(next_id, known->id().value + 1);
  }
  ARROW_ASSIGN_OR_RAISE(auto added, Schema::Make(SchemaId{next_id}, schema.fields(),
                                                 schema.identifier_field_ids()));
  view->schemas.push_back(std::move(added));
  return SchemaId{next_id};
}

size_t VersionsKept(const ViewMetadata& view) {
  const auto found = view.properties.find("version.history.num-entries");
  if (found == view.properties.end()) {
    return kVersionsKept;
  }
  size_t count = 0;
  const std::string& text = found->second;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), count);
  return parsed.ec == std::errc() && count > 0 ? count : kVersionsKept;
}

}  // namespace

const ViewVersion& ViewMetadata::current_version() const {
  const auto found =
      std::ranges::find(versions, current_version_id, &ViewVersion::version_id);
  TARN_CHECK(found != versions.end());  // the reader makes sure of it
  return *found;
}

std::shared_ptr<const Schema> ViewMetadata::FindSchema(SchemaId id) const {
  const auto found = std::ranges::find_if(
      schemas,
      [&](const std::shared_ptr<const Schema>& schema) { return schema->id() == id; });
  return found == schemas.end() ? nullptr : *found;
}

const ViewRepresentation* ViewMetadata::FindRepresentation(
    const std::vector<std::string>& dialects) const {
  const std::vector<ViewRepresentation>& all = current_version().representations;
  for (const std::string& dialect : dialects) {
    const auto found = std::ranges::find(all, dialect, &ViewRepresentation::dialect);
    if (found != all.end()) {
      return &*found;
    }
  }
  return nullptr;
}

Result<std::shared_ptr<const ViewMetadata>> ViewMetadataFromJson(std::string_view text) {
  ARROW_ASSIGN_OR_RAISE(const Json json, internal::ParseJson(text, "view metadata"));
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
      view->carried[key] = internal::DumpJson(value);
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
    json["versions"].push_back(VersionToJson(version));
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
  return internal::DumpJson(json);
}

namespace {

Status CheckDialectsKept(const ViewMetadata& view, const ViewVersion& before,
                         const ViewVersion& after) {
  const auto allowed = view.properties.find("replace.drop-dialect.allowed");
  if (allowed != view.properties.end() && allowed->second == "true") {
    return Status::OK();
  }
  for (const ViewRepresentation& text : before.representations) {
    if (std::ranges::count(after.representations, text.dialect,
                           &ViewRepresentation::dialect) == 0) {
      return MakeError(
          ErrorCode::kInvalidArgument,
          "Cannot replace a view whose text in another dialect would be lost; drop it "
          "first, or set its property replace.drop-dialect.allowed to true: " +
              text.dialect);
    }
  }
  return Status::OK();
}

}  // namespace

Result<std::shared_ptr<const ViewMetadata>> ReplaceViewVersion(const ViewMetadata& base,
                                                               const ViewMetadata& next) {
  auto view = std::make_shared<ViewMetadata>(base);
  ViewVersion version = next.current_version();
  const std::shared_ptr<const Schema> schema = next.FindSchema(version.schema_id);
  if (schema == nullptr) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "Cannot replace a view: the new version has schema " +
                         std::to_string(version.schema_id.value) +
                         ", which does not exist");
  }
  ARROW_ASSIGN_OR_RAISE(version.schema_id, AddSchema(*schema, view.get()));
  version.version_id =
      1 + std::ranges::max(view->versions, {}, &ViewVersion::version_id).version_id;
  for (const auto& [key, value] : next.properties) {
    view->properties[key] = value;
  }
  RETURN_NOT_OK(CheckDialectsKept(*view, base.current_version(), version));
  view->current_version_id = version.version_id;
  view->version_log.push_back({version.timestamp, version.version_id});
  view->versions.push_back(std::move(version));
  const size_t kept = VersionsKept(*view);
  if (view->versions.size() > kept) {
    view->versions.erase(view->versions.begin(),
                         view->versions.end() - static_cast<std::ptrdiff_t>(kept));
    std::erase_if(view->version_log, [&](const ViewVersionLogEntry& entry) {
      return std::ranges::count(view->versions, entry.version_id,
                                &ViewVersion::version_id) == 0;
    });
  }
  return view;
}

}  // namespace tarn::iceberg
