#include "tarn/gateway/iceberg_rest/rest_request.h"

#include <utility>

#include "tarn/base/error.h"

namespace tarn::gateway {
namespace {

constexpr char kLevelSeparator = '\x1F';

}  // namespace

iceberg::Namespace NamespaceOfLevels(std::string_view text) {
  iceberg::Namespace ns;
  while (true) {
    const size_t end = text.find(kLevelSeparator);
    ns.levels.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) {
      return ns;
    }
    text.remove_prefix(end + 1);
  }
}

Result<iceberg::Namespace> NamespaceOfJson(const Json& json) {
  if (!json.is_array()) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "Cannot parse JSON array from non-array: namespace");
  }
  ARROW_ASSIGN_OR_RAISE(auto levels, StringArray(json, "namespace"));
  return iceberg::Namespace{std::move(levels)};
}

Result<iceberg::TableIdent> IdentOfJson(const Json& json) {
  ARROW_ASSIGN_OR_RAISE(const JsonFields fields, JsonFields::Make(json, "identifier"));
  iceberg::TableIdent ident;
  ARROW_ASSIGN_OR_RAISE(const Json* levels, fields.Array("namespace"));
  ARROW_ASSIGN_OR_RAISE(ident.ns, NamespaceOfJson(*levels));
  ARROW_ASSIGN_OR_RAISE(ident.name, fields.String("name"));
  return ident;
}

Json IdentToJson(const iceberg::TableIdent& ident) {
  return {{"namespace", ident.ns.levels}, {"name", ident.name}};
}

Result<const Json*> MemberObject(const Json& json, const char* key) {
  const auto found = json.find(key);
  if (found == json.end() || !found->is_object()) {
    return MakeError(ErrorCode::kInvalidArgument,
                     std::string("The request needs an object \"") + key + "\"");
  }
  return &*found;
}

Result<iceberg::Namespace> RestRequest::PathNamespace() const {
  const std::string* text = http_.PathParameter("namespace");
  TARN_CHECK(text != nullptr);  // routes that have none do not ask
  return NamespaceOfLevels(*text);
}

Result<iceberg::TableIdent> RestRequest::PathIdent() const {
  ARROW_ASSIGN_OR_RAISE(iceberg::Namespace ns, PathNamespace());
  const std::string* name = http_.PathParameter("table");
  if (name == nullptr) {
    name = http_.PathParameter("view");
  }
  TARN_CHECK(name != nullptr);
  return iceberg::TableIdent{std::move(ns), *name};
}

Result<Json> RestRequest::Body() const {
  Result<Json> json = ParseJson(http_.body, "request");
  if (!json.ok()) {
    return MakeError(ErrorCode::kInvalidArgument, json.status().message());
  }
  if (!json->is_object()) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "The request's body must be a JSON object");
  }
  return json;
}

Result<RenameRequest> RestRequest::Rename() const {
  ARROW_ASSIGN_OR_RAISE(const Json body, Body());
  ARROW_ASSIGN_OR_RAISE(const Json* source, MemberObject(body, "source"));
  ARROW_ASSIGN_OR_RAISE(const Json* destination, MemberObject(body, "destination"));
  RenameRequest rename;
  ARROW_ASSIGN_OR_RAISE(rename.from, IdentOfJson(*source));
  ARROW_ASSIGN_OR_RAISE(rename.to, IdentOfJson(*destination));
  return rename;
}

bool RestRequest::QueryFlag(std::string_view name) const {
  const auto value = http_.QueryParameter(name);
  return value == "true" || value == "True";  // as Python writes it
}

}  // namespace tarn::gateway
