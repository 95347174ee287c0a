#include "tarn/iceberg/name_mapping.h"

#include <unordered_set>
#include <utility>

#include <nlohmann/json.hpp>

#include "tarn/base/error.h"

namespace tarn::iceberg {
namespace {

using Json = nlohmann::ordered_json;

/// The mapping is a table property, so anyone may have written it.
constexpr int kNestingMax = 64;

Status Invalid(const std::string& what, const std::string& value) {
  return MakeError(ErrorCode::kInvalidData, "name mapping: " + what + ": " + value);
}

std::string Text(const Json& json) {
  std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  return text.size() > 200 ? text.substr(0, 200) + "…" : text;
}

Result<std::vector<MappedField>> ParseFields(const Json& json, int depth);

Result<std::optional<FieldId>> ParseId(const Json& json) {
  auto id = json.find("field-id");
  if (id == json.end() || id->is_null()) {
    return std::nullopt;
  }
  if (!id->is_number_integer()) {
    return Invalid("field-id is not an integer", Text(*id));
  }
  bool too_large = id->is_number_unsigned() && id->get<uint64_t>() > INT32_MAX;
  if (too_large || id->get<int64_t>() < 0) {
    return Invalid("field-id is out of range", Text(*id));
  }
  return id->get<FieldId>();
}

Result<MappedField> ParseField(const Json& json, int depth) {
  if (!json.is_object()) {
    return Invalid("a field is not an object", Text(json));
  }
  MappedField field;
  ARROW_ASSIGN_OR_RAISE(field.field_id, ParseId(json));
  if (auto names = json.find("names"); names != json.end() && !names->is_null()) {
    if (!names->is_array()) {
      return Invalid("names is not a list", Text(*names));
    }
    for (const Json& name : *names) {
      if (!name.is_string()) {
        return Invalid("a name is not a string", Text(name));
      }
      field.names.push_back(name.get<std::string>());
    }
  }
  if (auto fields = json.find("fields"); fields != json.end() && !fields->is_null()) {
    ARROW_ASSIGN_OR_RAISE(field.fields, ParseFields(*fields, depth + 1));
  }
  return field;
}

Result<std::vector<MappedField>> ParseFields(const Json& json, int depth) {
  if (depth > kNestingMax) {
    return Invalid("nested deeper than", std::to_string(kNestingMax));
  }
  if (!json.is_array()) {
    return Invalid("it is not a list of fields", Text(json));
  }
  std::vector<MappedField> fields;
  std::unordered_set<std::string> names;
  for (const Json& one : json) {
    ARROW_ASSIGN_OR_RAISE(MappedField field, ParseField(one, depth));
    for (const std::string& name : field.names) {
      if (!names.insert(name).second) {
        return Invalid("a name maps to two fields", name);
      }
    }
    fields.push_back(std::move(field));
  }
  return fields;
}

Json ToJson(const std::vector<MappedField>& fields) {
  Json json = Json::array();
  for (const MappedField& field : fields) {
    Json one = Json::object();
    if (field.field_id) {
      one["field-id"] = *field.field_id;
    }
    one["names"] = field.names;
    if (!field.fields.empty()) {
      one["fields"] = ToJson(field.fields);
    }
    json.push_back(std::move(one));
  }
  return json;
}

/// Children of a list and a map are fields named element, key and value.
std::vector<MappedField> MappingOf(const Type& type) {
  std::vector<MappedField> fields;
  for (const Field& field : type.fields()) {
    fields.push_back(
        {.field_id = field.id, .names = {field.name}, .fields = MappingOf(field.type)});
  }
  return fields;
}

}  // namespace

Result<NameMapping> NameMappingFromJson(std::string_view json) {
  Json parsed =
      Json::parse(json.begin(), json.end(), nullptr, /*allow_exceptions=*/false);
  if (parsed.is_discarded()) {
    return Invalid("not valid JSON", std::string(json.substr(0, 200)));
  }
  return ParseFields(parsed, 0);
}

std::string NameMappingToJson(const NameMapping& mapping) {
  return ToJson(mapping).dump(-1, ' ', false, Json::error_handler_t::replace);
}

NameMapping NameMappingOf(const Schema& schema) { return MappingOf(schema.type()); }

}  // namespace tarn::iceberg
