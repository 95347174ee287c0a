#include "tarn/service/migration/places.h"

#include <algorithm>
#include <utility>

#include "tarn/base/error.h"

namespace tarn::service {
namespace {

/// The catalog `name` of the setting `catalogs`; empty if there is none.
std::map<std::string, std::string> SettingsOf(const Config& config,
                                              const std::string& name) {
  std::map<std::string, std::string> properties;
  for (const auto& [key, value] : config.GetMap("catalogs")) {
    if (key.starts_with(name + ".")) {
      properties[key.substr(name.size() + 1)] = value;
    }
  }
  return properties;
}

std::map<std::string, std::string> FileProperties(const Config& config) {
  std::map<std::string, std::string> properties;
  for (const char* store : {"s3.", "adls.", "gcs."}) {
    properties.merge(config.Properties(store));
  }
  return properties;
}

}  // namespace

Places::Places(const Lake& lake, std::map<std::string, std::string> server)
    : lake_(lake), server_(std::move(server)) {}

std::string Places::FullNameOf(const std::string& name) const {
  return name.empty() && !lake_.warehouses.empty() ? lake_.warehouses.front().name : name;
}

bool Places::AreSame(const std::string& left, const std::string& right) const {
  return FullNameOf(left) == FullNameOf(right);
}

bool Places::IsWarehouse(const std::string& name) const {
  const std::string full = FullNameOf(name);
  return std::ranges::find(lake_.warehouses, full, &LakeWarehouse::name) !=
         lake_.warehouses.end();
}

std::string Places::SqlNameOf(const std::string& name) const {
  const std::string full = FullNameOf(name);
  if (!lake_.warehouses.empty() && full == lake_.warehouses.front().name) {
    return lake_.config.GetText("catalog.name");
  }
  return SettingsOf(lake_.config, full).empty() ? std::string() : full;
}

Result<const table::Context*> Places::Find(const std::string& name) {
  const std::string full = FullNameOf(name);
  const std::lock_guard lock(mutex_);
  auto found = opened_.find(full);
  if (found == opened_.end()) {
    ARROW_ASSIGN_OR_RAISE(auto opened, Open(full));
    found = opened_.emplace(full, std::move(opened)).first;
  }
  return found->second->context.get();
}

Result<std::unique_ptr<Places::Opened>> Places::Open(const std::string& name) const {
  auto opened = std::make_unique<Opened>();
  const auto warehouse = std::ranges::find(lake_.warehouses, name, &LakeWarehouse::name);
  if (warehouse != lake_.warehouses.end()) {
    opened->context = std::make_unique<table::Context>(warehouse->context);
    return opened;
  }
  const bool is_named = name == kNamedServer && !server_.empty();
  const std::map<std::string, std::string> properties =
      is_named ? server_ : SettingsOf(lake_.config, name);
  if (properties.empty()) {
    return MakeError(ErrorCode::kNoSuchWarehouse,
                     "There is neither a warehouse nor, below catalogs in tarn.yaml, a "
                     "catalog called " +
                         name);
  }
  const auto type = properties.find("type");
  if (type != properties.end() && type->second != "rest") {
    return MakeError(ErrorCode::kNotSupported,
                     "Catalog " + name + " is of type " + type->second +
                         ": its tables are loaded (tarn load, INSERT … SELECT), not "
                         "migrated");
  }
  ARROW_ASSIGN_OR_RAISE(
      opened->catalog,
      catalog::OpenRestCatalog({.name = name,
                                .properties = properties,
                                .file_properties = FileProperties(lake_.config),
                                .keys = lake_.files.keys()},
                               lake_.clock, lake_.random));
  opened->context = std::make_unique<table::Context>(table::Context{
      *opened->catalog, opened->catalog->files(), lake_.clock, lake_.random});
  const table::Context& home = lake_.warehouses.front().context;
  opened->context->manifests = home.manifests;
  opened->context->deletions = home.deletions;
  if (home.writing != nullptr) {
    opened->writing = *home.writing;
    opened->writing.journal = nullptr;  // nobody here could tell what became of a file
    opened->context->writing = &opened->writing;
  }
  return opened;
}

std::map<std::string, std::string> NamedServerFrom(const Json& request,
                                                   const Json& secrets) {
  std::map<std::string, std::string> properties;
  const auto take = [&](const Json& from, const char* member, const char* property) {
    if (from.is_object() && from.contains(member) && from[member].is_string()) {
      properties[property] = from[member].get<std::string>();
    }
  };
  take(request, "source_uri", "uri");
  if (properties.empty()) {
    return properties;
  }
  take(request, "source_catalog", "warehouse");
  take(secrets, "source_token", "token");
  take(secrets, "source_credential", "credential");
  return properties;
}

}  // namespace tarn::service
