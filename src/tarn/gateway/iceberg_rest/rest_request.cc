#include "tarn/gateway/iceberg_rest/rest_request.h"

#include <utility>

#include "tarn/base/error.h"

namespace tarn::gateway {
namespace {

iceberg::Namespace SplitLevels(std::string_view text, char separator) {
  iceberg::Namespace ns;
  while (true) {
    const size_t end = text.find(separator);
    ns.levels.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) {
      return ns;
    }
    text.remove_prefix(end + 1);
  }
}

Result<bool> Exists(catalog::Catalog& catalog, const iceberg::Namespace& ns) {
  const Status found = catalog.LoadNamespaceProperties(ns).status();
  if (found.ok() || CodeOf(found) == ErrorCode::kNoSuchNamespace) {
    return found.ok();
  }
  return found;
}

}  // namespace

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

Result<iceberg::Namespace> RestRequest::NamespaceOf(std::string_view text) const {
  const char separator = services().level_separator;
  if (separator == kLevelSeparator || text.find(separator) == std::string_view::npos ||
      text.find(kLevelSeparator) != std::string_view::npos) {
    return SplitLevels(text, kLevelSeparator);
  }
  iceberg::Namespace levels = SplitLevels(text, separator);
  ARROW_ASSIGN_OR_RAISE(const bool is_path, Exists(catalog(), levels));
  if (is_path) {
    return levels;
  }
  iceberg::Namespace one{{std::string(text)}};
  ARROW_ASSIGN_OR_RAISE(const bool is_name, Exists(catalog(), one));
  return is_name ? one : levels;
}

Result<iceberg::Namespace> RestRequest::PathNamespace() const {
  const std::string* text = http_.PathParameter("namespace");
  TARN_CHECK(text != nullptr);  // routes that have none do not ask
  return NamespaceOf(*text);
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
