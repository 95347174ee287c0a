// What the UDF specification requires of a function's metadata.
#include <set>
#include <string>

#include "tarn/base/error.h"
#include "tarn/gateway/iceberg_rest/function_store.h"

namespace tarn::gateway {
namespace {

constexpr int kTypeDepthMax = 50;

Status Bad(const std::string& problem) {
  return MakeError(ErrorCode::kInvalidArgument, "Invalid function metadata: " + problem);
}

/// The canonical text of a type, of which definition ids are made.
Result<std::string> TypeText(const Json& type, int depth) {
  if (depth > kTypeDepthMax) {
    return Bad("a type is nested too deeply");
  }
  if (type.is_string()) {
    const auto text = type.get<std::string>();
    if (text.empty() || text.find_first_of(" \"'") != std::string::npos) {
      return Bad("a type's text has no spaces and no quotes: " + text);
    }
    return text;
  }
  ARROW_ASSIGN_OR_RAISE(const JsonFields fields, JsonFields::Make(type, "type"));
  ARROW_ASSIGN_OR_RAISE(const std::string kind, fields.String("type"));
  const auto member = [&](const char* key) -> Result<std::string> {
    const Json* inner = fields.Find(key);
    return inner != nullptr ? TypeText(*inner, depth + 1)
                            : Bad(std::string("a ") + kind + " needs \"" + key + "\"");
  };
  if (kind == "list") {
    ARROW_ASSIGN_OR_RAISE(const std::string element, member("element"));
    return "list<" + element + ">";
  }
  if (kind == "map") {
    ARROW_ASSIGN_OR_RAISE(const std::string key, member("key"));
    ARROW_ASSIGN_OR_RAISE(const std::string value, member("value"));
    return "map<" + key + "," + value + ">";
  }
  if (kind != "struct") {
    return Bad("no such type: " + kind);
  }
  std::string text;
  ARROW_ASSIGN_OR_RAISE(const Json* parts, fields.Array("fields"));
  for (const Json& part : *parts) {
    ARROW_ASSIGN_OR_RAISE(const JsonFields one, JsonFields::Make(part, "field"));
    ARROW_ASSIGN_OR_RAISE(const std::string name, one.String("name"));
    ARROW_ASSIGN_OR_RAISE(const std::string inner,
                          TypeText(part.value("type", Json()), depth + 1));
    text += (text.empty() ? "" : ",") + name + ":" + inner;
  }
  return "struct<" + text + ">";
}

Status CheckVersion(const Json& json) {
  ARROW_ASSIGN_OR_RAISE(const JsonFields fields, JsonFields::Make(json, "version"));
  RETURN_NOT_OK(fields.Int32("version-id").status());
  RETURN_NOT_OK(fields.Int64("timestamp-ms").status());
  ARROW_ASSIGN_OR_RAISE(const Json* representations, fields.Array("representations"));
  if (representations->empty()) {
    return Bad("a version has no representation");
  }
  std::set<std::string> dialects;
  for (const Json& one : *representations) {
    ARROW_ASSIGN_OR_RAISE(const JsonFields body, JsonFields::Make(one, "representation"));
    ARROW_ASSIGN_OR_RAISE(const std::string type, body.String("type"));
    if (type != "sql") {
      continue;  // of a later specification
    }
    ARROW_ASSIGN_OR_RAISE(const std::string dialect, body.String("dialect"));
    RETURN_NOT_OK(body.String("sql").status());
    if (!dialects.insert(dialect).second) {
      return Bad("a version has two bodies of one dialect: " + dialect);
    }
  }
  ARROW_ASSIGN_OR_RAISE(const auto on_null, fields.OptionalString("on-null-input"));
  if (on_null && *on_null != "return-null" && *on_null != "call") {
    return Bad("on-null-input is return-null or call, not " + *on_null);
  }
  return Status::OK();
}

/// Gives the definition's id.
Result<std::string> CheckDefinition(const Json& json) {
  ARROW_ASSIGN_OR_RAISE(const JsonFields fields, JsonFields::Make(json, "definition"));
  ARROW_ASSIGN_OR_RAISE(const std::string id, fields.String("definition-id"));
  std::string signature;
  ARROW_ASSIGN_OR_RAISE(const Json* parameters, fields.Array("parameters"));
  for (const Json& parameter : *parameters) {
    ARROW_ASSIGN_OR_RAISE(const JsonFields one, JsonFields::Make(parameter, "parameter"));
    RETURN_NOT_OK(one.String("name").status());
    ARROW_ASSIGN_OR_RAISE(const std::string type,
                          TypeText(parameter.value("type", Json()), 0));
    signature += (signature.empty() ? "" : ",") + type;
  }
  if (id != signature) {
    return Bad("definition-id " + id +
               " does not follow from its parameters: " + signature);
  }
  ARROW_ASSIGN_OR_RAISE(const std::string kind, fields.String("function-type"));
  if (kind != "udf" && kind != "udtf") {
    return Bad("function-type is udf or udtf, not " + kind);
  }
  ARROW_ASSIGN_OR_RAISE(const std::string returned,
                        TypeText(json.value("return-type", Json()), 0));
  if (kind == "udtf" && !returned.starts_with("struct<")) {
    return Bad("a udtf returns a struct, not " + returned);
  }
  ARROW_ASSIGN_OR_RAISE(const int32_t current, fields.Int32("current-version-id"));
  std::set<int32_t> versions;
  ARROW_ASSIGN_OR_RAISE(const Json* all, fields.Array("versions"));
  for (const Json& version : *all) {
    RETURN_NOT_OK(CheckVersion(version));
    if (!versions.insert(version["version-id"].get<int32_t>()).second) {
      return Bad("definition " + id + " has two versions of one id");
    }
  }
  if (!versions.contains(current)) {
    return Bad("definition " + id + " has no version " + std::to_string(current));
  }
  return id;
}

Status Check(const Json& json) {
  ARROW_ASSIGN_OR_RAISE(const JsonFields fields,
                        JsonFields::Make(json, "function metadata"));
  ARROW_ASSIGN_OR_RAISE(const std::string uuid, fields.String("function-uuid"));
  constexpr size_t kUuidLength = 36;
  if (uuid.size() != kUuidLength) {
    return Bad("function-uuid is no UUID: " + uuid);
  }
  ARROW_ASSIGN_OR_RAISE(const int32_t version, fields.Int32("format-version"));
  if (version != 1) {
    return Bad("format-version must be 1, not " + std::to_string(version));
  }
  RETURN_NOT_OK(fields.Array("definition-log").status());
  RETURN_NOT_OK(fields.StringMap("properties").status());
  RETURN_NOT_OK(fields.OptionalString("location").status());
  std::set<std::string> ids;
  ARROW_ASSIGN_OR_RAISE(const Json* definitions, fields.Array("definitions"));
  for (const Json& definition : *definitions) {
    ARROW_ASSIGN_OR_RAISE(const std::string id, CheckDefinition(definition));
    if (!ids.insert(id).second) {
      return Bad("two definitions have the same parameters: " + id);
    }
  }
  return ids.empty() ? Bad("there is no definition") : Status::OK();
}

}  // namespace

Status CheckFunctionMetadata(const Json& json) {
  const Status checked = Check(json);
  return checked.ok() || CodeOf(checked) == ErrorCode::kInvalidArgument
             ? checked
             : Bad(checked.message());
}

}  // namespace tarn::gateway
