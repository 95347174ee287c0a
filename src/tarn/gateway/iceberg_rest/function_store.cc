#include "tarn/gateway/iceberg_rest/function_store.h"

#include <utility>

#include "tarn/base/error.h"
#include "tarn/catalog/key_value_store.h"
#include "tarn/net/http_message.h"

namespace tarn::gateway {
namespace {

constexpr char kKeyPrefix[] = "function/";

Status NoSuchFunction(const iceberg::TableIdent& ident) {
  return MakeError(ErrorCode::kNoSuchFunction,
                   "Function does not exist: " + ident.ToString());
}

}  // namespace

std::string FunctionStore::KeyOf(const iceberg::Namespace& ns) const {
  std::string key = kKeyPrefix + net::PercentEncode(context_.catalog.name());
  for (const std::string& level : ns.levels) {
    key += "/" + net::PercentEncode(level);
  }
  return key + "//";  // no level is empty: nothing else begins so
}

std::string FunctionStore::KeyOf(const iceberg::TableIdent& ident) const {
  return KeyOf(ident.ns) + net::PercentEncode(ident.name);
}

Result<std::vector<iceberg::TableIdent>> FunctionStore::List(
    const iceberg::Namespace& ns) {
  RETURN_NOT_OK(context_.catalog.LoadNamespaceProperties(ns).status());
  const std::string prefix = KeyOf(ns);
  ARROW_ASSIGN_OR_RAISE(const auto found, store_.List(prefix));
  std::vector<iceberg::TableIdent> idents;
  for (const auto& [key, location] : found) {
    ARROW_ASSIGN_OR_RAISE(
        std::string name,
        net::PercentDecode(std::string_view(key).substr(prefix.size())));
    idents.push_back({ns, std::move(name)});
  }
  return idents;
}

Result<std::string> FunctionStore::LocationOf(const iceberg::TableIdent& ident) {
  RETURN_NOT_OK(context_.catalog.LoadNamespaceProperties(ident.ns).status());
  ARROW_ASSIGN_OR_RAISE(const auto location, store_.Get(KeyOf(ident)));
  return location ? Result<std::string>(*location) : NoSuchFunction(ident);
}

Result<LoadedFunction> FunctionStore::Load(const iceberg::TableIdent& ident) {
  LoadedFunction function{.ident = ident, .metadata_location = {}, .metadata = {}};
  ARROW_ASSIGN_OR_RAISE(function.metadata_location, LocationOf(ident));
  ARROW_ASSIGN_OR_RAISE(const std::string text,
                        context_.io.ReadAll(function.metadata_location));
  ARROW_ASSIGN_OR_RAISE(
      function.metadata,
      ParseJson(text, "function metadata " + function.metadata_location));
  return function;
}

Result<LoadedFunction> FunctionStore::Register(const iceberg::TableIdent& ident,
                                               Json metadata,
                                               catalog::IfExists if_exists) {
  RETURN_NOT_OK(CheckFunctionMetadata(metadata));
  RETURN_NOT_OK(context_.catalog.LoadNamespaceProperties(ident.ns).status());
  ARROW_ASSIGN_OR_RAISE(const auto known, store_.Get(KeyOf(ident)));
  if (known && if_exists == catalog::IfExists::kFail) {
    return MakeError(ErrorCode::kAlreadyExists,
                     "Function already exists: " + ident.ToString());
  }
  if (known) {
    ARROW_ASSIGN_OR_RAISE(const LoadedFunction present, Load(ident));
    if (present.metadata.value("function-uuid", Json()) != metadata["function-uuid"]) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "A function keeps its function-uuid; drop it first to let another "
                       "one take its name: " +
                           ident.ToString());
    }
  }
  const auto location = metadata.find("location");
  std::string directory;
  if (location != metadata.end() && location->is_string()) {
    directory = location->get<std::string>();
  } else {
    ARROW_ASSIGN_OR_RAISE(directory, context_.catalog.NewTableLocation(ident));
    metadata["location"] = directory;
  }
  LoadedFunction function{
      .ident = ident,
      .metadata_location =
          directory + "/metadata/" + NewUuid(context_.random) + ".metadata.json",
      .metadata = std::move(metadata)};
  RETURN_NOT_OK(
      context_.io.WriteNew(function.metadata_location, DumpJson(function.metadata)));
  if (known) {
    RETURN_NOT_OK(store_.Set(KeyOf(ident), function.metadata_location));
    return function;
  }
  ARROW_ASSIGN_OR_RAISE(const std::string kept,
                        store_.SetIfAbsent(KeyOf(ident), function.metadata_location));
  if (kept != function.metadata_location) {
    return MakeError(ErrorCode::kAlreadyExists,
                     "Function already exists: " + ident.ToString());
  }
  return function;
}

Status FunctionStore::Drop(const iceberg::TableIdent& ident) {
  RETURN_NOT_OK(LocationOf(ident).status());
  return store_.Remove(KeyOf(ident));
}

}  // namespace tarn::gateway
