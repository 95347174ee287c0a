#include <utility>

#include "tarn/base/json_fields.h"
#include "tarn/engine/internal/materialized_view.h"

namespace tarn::engine {
namespace {

Json SourceToJson(const RefreshSource& source) {
  Json json = {{"catalog", source.catalog},
               {"namespace", source.ident.ns.levels},
               {"name", source.ident.name},
               {"uuid", source.uuid}};
  if (source.version_id.has_value()) {
    json["version-id"] = *source.version_id;
    return json;
  }
  json["schema-id"] = source.schema_id;
  if (source.snapshot_id.has_value()) {
    json["snapshot-id"] = source.snapshot_id->value;
  }
  return json;
}

Result<RefreshSource> SourceFromJson(const Json& json) {
  ARROW_ASSIGN_OR_RAISE(const auto fields, JsonFields::Make(json, "refresh state"));
  RefreshSource source;
  ARROW_ASSIGN_OR_RAISE(source.catalog, fields.String("catalog"));
  ARROW_ASSIGN_OR_RAISE(const Json* const levels, fields.Array("namespace"));
  ARROW_ASSIGN_OR_RAISE(source.ident.ns.levels, StringArray(*levels, "refresh state"));
  ARROW_ASSIGN_OR_RAISE(source.ident.name, fields.String("name"));
  ARROW_ASSIGN_OR_RAISE(source.uuid, fields.String("uuid"));
  ARROW_ASSIGN_OR_RAISE(source.version_id, fields.OptionalInt32("version-id"));
  ARROW_ASSIGN_OR_RAISE(const auto schema_id, fields.OptionalInt32("schema-id"));
  source.schema_id = schema_id.value_or(0);
  ARROW_ASSIGN_OR_RAISE(const auto snapshot_id, fields.OptionalInt64("snapshot-id"));
  if (snapshot_id.has_value()) {
    source.snapshot_id = iceberg::SnapshotId{*snapshot_id};
  }
  return source;
}

}  // namespace

std::string RefreshStateToJson(const RefreshState& state) {
  Json sources = Json::array();
  for (const RefreshSource& source : state.sources) {
    sources.push_back(SourceToJson(source));
  }
  return DumpJson({{"view-uuid", state.view_uuid},
                   {"view-version-id", state.version_id},
                   {"reads-others", state.reads_others},
                   {"sources", std::move(sources)}});
}

Result<RefreshState> RefreshStateFromJson(const std::string& json) {
  ARROW_ASSIGN_OR_RAISE(const Json parsed, ParseJson(json, "refresh state"));
  ARROW_ASSIGN_OR_RAISE(const auto fields, JsonFields::Make(parsed, "refresh state"));
  RefreshState state;
  ARROW_ASSIGN_OR_RAISE(state.view_uuid, fields.String("view-uuid"));
  ARROW_ASSIGN_OR_RAISE(state.version_id, fields.Int32("view-version-id"));
  const Json* const others = fields.Find("reads-others");
  state.reads_others = others != nullptr && others->is_boolean() && others->get<bool>();
  ARROW_ASSIGN_OR_RAISE(const Json* const sources, fields.Array("sources"));
  for (const Json& source : *sources) {
    ARROW_ASSIGN_OR_RAISE(RefreshSource read, SourceFromJson(source));
    state.sources.push_back(std::move(read));
  }
  return state;
}

}  // namespace tarn::engine
