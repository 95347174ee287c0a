#include "tarn/gateway/api/api_schema.h"

#include <utility>

namespace tarn::gateway {
namespace {

Json Typed(const char* type, std::string_view description) {
  return {{"type", type}, {"description", description}};
}

}  // namespace

Json ApiText(std::string_view description) { return Typed("string", description); }
Json ApiInteger(std::string_view description) { return Typed("integer", description); }
Json ApiNumber(std::string_view description) { return Typed("number", description); }
Json ApiFlag(std::string_view description) { return Typed("boolean", description); }

Json ApiChoice(const std::vector<std::string>& words, std::string_view description) {
  Json schema = Typed("string", description);
  schema["enum"] = words;
  return schema;
}

Json ApiList(Json item, std::string_view description) {
  Json schema = Typed("array", description);
  schema["items"] = std::move(item);
  return schema;
}

Json ApiTextMap(std::string_view description) {
  Json schema = Typed("object", description);
  schema["additionalProperties"] = {{"type", "string"}};
  return schema;
}

Json ApiAny(std::string_view description) { return {{"description", description}}; }

Json ApiObject(std::vector<ApiMember> members) {
  Json schema = {{"type", "object"}, {"properties", Json::object()}};
  for (ApiMember& member : members) {
    if (member.need == ApiNeed::kRequired) {
      schema["required"].push_back(member.name);
    }
    schema["properties"][member.name] = std::move(member.schema);
  }
  return schema;
}

}  // namespace tarn::gateway
