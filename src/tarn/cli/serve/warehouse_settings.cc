#include "tarn/cli/serve/warehouse_settings.h"

#include <map>
#include <string_view>
#include <utility>

#include "tarn/base/error.h"

namespace tarn::cli {
namespace {

constexpr char kKey[] = "warehouses";
constexpr std::string_view kVend = ".vend.";
constexpr std::string_view kLocation = ".location";

struct Named {
  std::string location;
  std::map<std::string, std::string> own;  // "vend.s3.mode" and so on
  bool is_map = false;                     // a location with settings
};

Status Wrong(const Config& config, const std::string& warehouse,
             const std::string& what) {
  return MakeError(ErrorCode::kInvalidArgument,
                   config.OriginOf(kKey) + ": " + kKey + "." + warehouse + " " + what);
}

Status SetLocation(const Config& config, const std::string& name,
                   const std::string& location, Named* named) {
  if (!named->location.empty()) {
    return Wrong(config, name, "has two locations");
  }
  named->location = location;
  return Status::OK();
}

/// Names may hold points, so that "a.b" can be a name, or a setting of "a" that is not
/// known: the latter if "a" has others.
Status CheckNames(const Config& config, const std::map<std::string, Named>& warehouses) {
  for (const auto& [name, named] : warehouses) {
    for (size_t at = name.find('.'); at != std::string::npos;
         at = name.find('.', at + 1)) {
      const auto outer = warehouses.find(name.substr(0, at));
      if (outer != warehouses.end() && outer->second.is_map) {
        return Wrong(config, outer->first,
                     "has no setting " + name.substr(at + 1) +
                         "; it may have location and vend.*");
      }
    }
    if (named.location.empty()) {
      return Wrong(config, name, "needs a location");
    }
  }
  return Status::OK();
}

}  // namespace

Result<std::vector<WarehouseSettings>> WarehouseSettingsFrom(const Config& config) {
  std::map<std::string, Named> warehouses;
  for (const auto& [key, value] : config.GetMap(kKey)) {
    if (const size_t at = key.find(kVend); at != std::string::npos && at > 0) {
      Named& named = warehouses[key.substr(0, at)];
      named.own[key.substr(at + 1)] = value;
      named.is_map = true;
    } else if (key.size() > kLocation.size() && key.ends_with(kLocation)) {
      const std::string name = key.substr(0, key.size() - kLocation.size());
      Named& named = warehouses[name];
      named.is_map = true;
      ARROW_RETURN_NOT_OK(SetLocation(config, name, value, &named));
    } else {
      ARROW_RETURN_NOT_OK(SetLocation(config, key, value, &warehouses[key]));
    }
  }
  ARROW_RETURN_NOT_OK(CheckNames(config, warehouses));
  std::vector<WarehouseSettings> all;
  for (auto& [name, named] : warehouses) {
    WarehouseSettings one{.name = name, .location = named.location, .config = config};
    const std::string origin = config.OriginOf(kKey) + ": " + kKey + "." + name;
    for (const auto& [setting, value] : named.own) {
      ARROW_RETURN_NOT_OK(one.config.Set(setting, value, origin));
    }
    all.push_back(std::move(one));
  }
  return all;
}

}  // namespace tarn::cli
