#include "tarn/cli/other_catalogs.h"

#include <algorithm>
#include <utility>

#include "tarn/base/clock.h"
#include "tarn/base/error.h"
#include "tarn/net/http_get.h"

namespace tarn::cli {
namespace {

constexpr std::string_view kTakenNames[] = {"memory", "system", "temp"};
constexpr std::string_view kTypes[] = {"rest", "postgresql", "mysql"};

Status CheckName(const Config& config, const std::string& name) {
  const bool is_taken =
      name == config.GetText("catalog.name") || std::ranges::count(kTakenNames, name) > 0;
  if (!name.empty() && !is_taken) {
    return Status::OK();
  }
  return MakeError(ErrorCode::kInvalidArgument, config.OriginOf("catalogs") +
                                                    ": a catalog beside the warehouse "
                                                    "cannot be called \"" +
                                                    name + "\"");
}

bool IsUrl(const std::string& text) {
  return text.starts_with("http://") || text.starts_with("https://");
}

std::string WithCatalogPath(std::string url) {
  while (url.ends_with('/')) {
    url.pop_back();
  }
  const size_t host = url.find("://") + 3;
  return url.find('/', host) == std::string::npos ? url + "/catalog" : url;
}

}  // namespace

Result<std::vector<engine::OtherCatalog>> OtherCatalogsOf(const Config& config) {
  std::map<std::string, std::map<std::string, std::string>> by_name;
  for (const auto& [key, value] : config.GetMap("catalogs")) {
    const size_t dot = key.find('.');
    if (dot == std::string::npos) {
      return MakeError(ErrorCode::kInvalidArgument,
                       config.OriginOf("catalogs") +
                           ": catalogs holds names with properties below them, like "
                           "catalogs.lake.uri, not " +
                           key);
    }
    by_name[key.substr(0, dot)][key.substr(dot + 1)] = value;
  }
  std::vector<engine::OtherCatalog> catalogs;
  for (auto& [name, properties] : by_name) {
    RETURN_NOT_OK(CheckName(config, name));
    const auto type = properties.find("type");
    if (type != properties.end() && !std::ranges::count(kTypes, type->second)) {
      return MakeError(ErrorCode::kInvalidArgument,
                       config.OriginOf("catalogs") + ": catalog " + name +
                           " must be of type rest, postgresql or mysql, not " +
                           type->second);
    }
    catalogs.push_back({name, std::move(properties)});
  }
  return catalogs;
}

Result<engine::OtherCatalog> CatalogOfServer(const Config& config,
                                             const std::string& server,
                                             const std::string& name) {
  ARROW_ASSIGN_OR_RAISE(const auto others, OtherCatalogsOf(config));
  const auto known = std::ranges::find(others, server, &engine::OtherCatalog::name);
  if (known != others.end()) {
    return engine::OtherCatalog{name, known->properties};
  }
  if (!IsUrl(server)) {
    return MakeError(ErrorCode::kUsage,
                     "--server takes a URL like http://127.0.0.1:8080, or the name of a "
                     "catalog of the settings, not " +
                         net::UrlToShow(server));
  }
  engine::OtherCatalog other{name, {{"uri", WithCatalogPath(server)}}};
  for (const char* key : {"credential", "token"}) {
    const std::string& value = config.GetText(std::string("client.") + key);
    if (!value.empty()) {
      other.properties[key] = value;
    }
  }
  return other;
}

std::map<std::string, std::string> FileProperties(const Config& config) {
  std::map<std::string, std::string> properties;
  for (const char* store : {"s3.", "adls.", "gcs."}) {
    properties.merge(config.Properties(store));
  }
  return properties;
}

OpenedCatalog::OpenedCatalog(std::unique_ptr<catalog::RestCatalog> catalog,
                             const HomeParts& home)
    : catalog_(std::move(catalog)), home_(home), writing_(home.writing) {
  writing_.journal = nullptr;
}

Result<std::unique_ptr<OpenedCatalog>> OpenedCatalog::Open(
    const engine::OtherCatalog& other, const Config& config, const HomeParts& home) {
  const auto type = other.properties.find("type");
  if (type != other.properties.end() && type->second != "rest") {
    return MakeError(ErrorCode::kNotSupported, "Catalog " + other.name + " is of type " +
                                                   type->second +
                                                   ": only SQL reaches its tables");
  }
  ARROW_ASSIGN_OR_RAISE(
      auto catalog, catalog::OpenRestCatalog({.name = other.name,
                                              .properties = other.properties,
                                              .file_properties = FileProperties(config),
                                              .keys = home.io.keys()},
                                             SystemClock(), SystemRandom()));
  return std::unique_ptr<OpenedCatalog>(new OpenedCatalog(std::move(catalog), home));
}

table::Context OpenedCatalog::context() {
  table::Context context{*catalog_, catalog_->files(), SystemClock(), SystemRandom()};
  context.manifests = home_.manifests;
  context.deletions = home_.deletions;
  context.writing = &writing_;
  return context;
}

}  // namespace tarn::cli
