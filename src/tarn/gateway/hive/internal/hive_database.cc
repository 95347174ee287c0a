#include "tarn/gateway/hive/internal/hive_database.h"

#include <utility>

#include "tarn/catalog/namespace_location.h"

namespace tarn::gateway::hive {
namespace {

constexpr char kLocation[] = "location";
constexpr char kComment[] = "comment";
constexpr char kOwner[] = "owner";
constexpr char kOwnerTypeKey[] = "owner-type";
constexpr int32_t kUser = 1;

constexpr const char* kOwnerTypes[] = {"USER", "ROLE", "GROUP"};  // from 1 on

std::string Get(const catalog::Properties& properties, const char* key) {
  const auto found = properties.find(key);
  return found == properties.end() ? "" : found->second;
}

int32_t OwnerTypeOf(const catalog::Properties& properties) {
  const std::string text = Get(properties, kOwnerTypeKey);
  for (int32_t i = 0; i < 3; ++i) {
    if (text == kOwnerTypes[i]) {
      return i + 1;
    }
  }
  return kUser;
}

/// What Hive's clients and Spark send where nobody chose a warehouse: a directory of
/// theirs.
bool IsClientsDefault(const std::string& location, const std::string& database) {
  const std::string directory = "/" + database + ".db";
  return location.ends_with("/user/hive/warehouse" + directory) ||
         location.ends_with("/spark-warehouse" + directory);
}

std::string WithoutSlash(std::string text) {
  while (text.size() > 1 && text.back() == '/') {
    text.pop_back();
  }
  return text;
}

}  // namespace

Result<ThriftStruct> HiveDatabase(catalog::Catalog& catalog,
                                  const iceberg::Namespace& ns) {
  ARROW_ASSIGN_OR_RAISE(catalog::Properties properties,
                        catalog.LoadNamespaceProperties(ns));
  ARROW_ASSIGN_OR_RAISE(std::string location,
                        catalog::NamespaceLocation(catalog, ns, properties));
  ThriftStruct database;
  database.Set(DatabaseField::kName, ns.levels.back())
      .Set(DatabaseField::kDescription, Get(properties, kComment))
      .Set(DatabaseField::kLocation, std::move(location))
      .Set(DatabaseField::kOwnerName, Get(properties, kOwner))
      .Set(DatabaseField::kOwnerType, OwnerTypeOf(properties));
  for (const char* const key : {kLocation, kComment, kOwnerTypeKey}) {
    properties.erase(key);
  }
  database.Set(DatabaseField::kParameters, properties);
  return database;
}

catalog::Properties PropertiesOf(const ThriftStruct& database,
                                 const catalog::Properties& present,
                                 const std::string& present_location) {
  catalog::Properties properties = database.TextMap(DatabaseField::kParameters);
  const std::string comment = database.Text(DatabaseField::kDescription);
  if (!comment.empty()) {
    properties[kComment] = comment;
  }
  const std::string location = WithoutSlash(database.Text(DatabaseField::kLocation));
  const bool was_chosen = present.contains(kLocation);
  if (!location.empty() && (was_chosen || location != WithoutSlash(present_location)) &&
      !IsClientsDefault(location, database.Text(DatabaseField::kName))) {
    properties[kLocation] = location;
  }
  // The owner is shown twice; the one that was changed counts.
  const std::string owner = database.Text(DatabaseField::kOwnerName);
  if (!owner.empty() && owner != Get(present, kOwner)) {
    properties.insert_or_assign(kOwner, owner);
  }
  const auto type = database.Integer(DatabaseField::kOwnerType, kUser);
  if (properties.contains(kOwner) && type > kUser && type <= 3) {
    properties[kOwnerTypeKey] = kOwnerTypes[type - 1];
  }
  return properties;
}

}  // namespace tarn::gateway::hive
