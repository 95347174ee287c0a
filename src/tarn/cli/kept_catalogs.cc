#include "tarn/cli/kept_catalogs.h"

#include <map>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "tarn/base/error.h"

namespace tarn::cli {
namespace {

constexpr std::string_view kPrefix = "sql.catalog.";

std::string KeyOf(const std::string& name) { return std::string(kPrefix) + name; }

/// A JSON object of texts.
Result<std::map<std::string, std::string>> PropertiesFrom(const std::string& key,
                                                          const std::string& text) {
  const auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  std::map<std::string, std::string> properties;
  bool is_valid = json.is_object();
  for (const auto& [name, value] : json.items()) {
    is_valid = is_valid && value.is_string();
    if (is_valid) {
      properties[name] = value.get<std::string>();
    }
  }
  if (!is_valid) {
    return MakeError(ErrorCode::kInvalidData,
                     "Entry " + key + " of the store is no object of texts");
  }
  return properties;
}

}  // namespace

Result<std::vector<engine::OtherCatalog>> KeptCatalogs::List() {
  ARROW_ASSIGN_OR_RAISE(const auto entries, settings_.List(std::string(kPrefix)));
  std::vector<engine::OtherCatalog> catalogs;
  for (const auto& [key, text] : entries) {
    engine::OtherCatalog catalog{.name = key.substr(kPrefix.size()), .properties = {}};
    ARROW_ASSIGN_OR_RAISE(catalog.properties, PropertiesFrom(key, text));
    catalogs.push_back(std::move(catalog));
  }
  return catalogs;
}

Status KeptCatalogs::Put(const engine::OtherCatalog& catalog) {
  return settings_.Set(KeyOf(catalog.name), nlohmann::json(catalog.properties).dump());
}

Status KeptCatalogs::Remove(const std::string& name) {
  return settings_.Remove(KeyOf(name));
}

}  // namespace tarn::cli
