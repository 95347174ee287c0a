// Databases: namespaces of one level.
#include <utility>

#include "tarn/base/error.h"
#include "tarn/catalog/namespace_location.h"
#include "tarn/gateway/hive/internal/hive_call.h"
#include "tarn/gateway/hive/internal/hive_database.h"
#include "tarn/gateway/hive/internal/hive_names.h"

namespace tarn::gateway::hive {
namespace {

using iceberg::Namespace;

constexpr char kCatalogName[] = "hive";

Result<std::vector<std::string>> DatabaseNames(catalog::Catalog& catalog,
                                               const std::string& pattern) {
  ARROW_ASSIGN_OR_RAISE(const auto namespaces, catalog.ListNamespaces({}));
  std::vector<std::string> names;
  for (const Namespace& ns : namespaces) {
    if (ns.levels.size() == 1 && FitsPattern(pattern, ns.levels[0])) {
      names.push_back(ns.levels[0]);
    }
  }
  return names;
}

Result<HiveAnswer> GetAllDatabases(const HiveCall& call) {
  ARROW_ASSIGN_OR_RAISE(const auto names, DatabaseNames(call.catalog(), ""));
  return ThriftValue(names);
}

Result<HiveAnswer> GetDatabases(const HiveCall& call) {
  ARROW_ASSIGN_OR_RAISE(
      const auto names,
      DatabaseNames(call.catalog(), DatabaseOf(call.arguments.Text(1))));
  return ThriftValue(names);
}

Result<HiveAnswer> DatabaseNamed(const HiveCall& call, const std::string& text) {
  ARROW_ASSIGN_OR_RAISE(const Namespace ns, FindDatabase(call.catalog(), text));
  ARROW_ASSIGN_OR_RAISE(ThriftStruct database, HiveDatabase(call.catalog(), ns));
  return ThriftValue(std::move(database));
}

Result<HiveAnswer> GetDatabase(const HiveCall& call) {
  return DatabaseNamed(call, call.arguments.Text(1));
}

Result<HiveAnswer> GetDatabaseReq(const HiveCall& call) {
  return DatabaseNamed(call, call.arguments.Struct(1).Text(1));
}

/// Of `database` or of a CreateDatabaseRequest, which begin alike.
Result<HiveAnswer> CreateDatabase(const HiveCall& call) {
  const ThriftStruct& database = call.arguments.Struct(1);
  const Namespace ns{{FoldName(DatabaseOf(database.Text(DatabaseField::kName)))}};
  if (ns.levels[0].empty()) {
    return MakeError(ErrorCode::kInvalidArgument, "A database needs a name");
  }
  ARROW_RETURN_NOT_OK(call.catalog().CreateNamespace(ns, PropertiesOf(database, {}, "")));
  return std::nullopt;
}

Result<HiveAnswer> AlterDatabase(const HiveCall& call) {
  const ThriftStruct& database = call.arguments.Struct(2);
  catalog::Catalog& catalog = call.catalog();
  ARROW_ASSIGN_OR_RAISE(const Namespace ns,
                        FindDatabase(catalog, call.arguments.Text(1)));
  const std::string name = DatabaseOf(database.Text(DatabaseField::kName));
  if (!name.empty() && FoldName(name) != FoldName(ns.levels[0])) {
    return MakeError(ErrorCode::kNotSupported,
                     "A database keeps its name: " + ns.ToString());
  }
  ARROW_ASSIGN_OR_RAISE(const auto present, catalog.LoadNamespaceProperties(ns));
  ARROW_ASSIGN_OR_RAISE(const std::string location,
                        catalog::NamespaceLocation(catalog, ns, present));
  const catalog::Properties wanted = PropertiesOf(database, present, location);
  std::vector<std::string> removals;
  for (const auto& [key, value] : present) {
    if (!wanted.contains(key)) {
      removals.push_back(key);
    }
  }
  ARROW_RETURN_NOT_OK(catalog.UpdateNamespaceProperties(ns, wanted, removals));
  return std::nullopt;
}

Status DropContent(catalog::Catalog& catalog, const Namespace& ns) {
  ARROW_ASSIGN_OR_RAISE(const auto views, catalog.ListViews(ns));
  for (const iceberg::TableIdent& view : views) {
    ARROW_RETURN_NOT_OK(catalog.DropView(view));
  }
  ARROW_ASSIGN_OR_RAISE(const auto tables, catalog.ListTables(ns));
  for (const iceberg::TableIdent& table : tables) {
    ARROW_RETURN_NOT_OK(catalog.DropTable(table));
  }
  return Status::OK();
}

/// Files stay: tables are external ones.
Result<HiveAnswer> Drop(const HiveCall& call, const std::string& text, bool cascades,
                        bool ignores_missing) {
  auto ns = FindDatabase(call.catalog(), text);
  if (!ns.ok() && ignores_missing && CodeOf(ns.status()) == ErrorCode::kNoSuchNamespace) {
    return std::nullopt;
  }
  ARROW_RETURN_NOT_OK(ns.status());
  if (cascades) {
    ARROW_RETURN_NOT_OK(DropContent(call.catalog(), *ns));
  }
  ARROW_RETURN_NOT_OK(call.catalog().DropNamespace(*ns));
  return std::nullopt;
}

Result<HiveAnswer> DropDatabase(const HiveCall& call) {
  return Drop(call, call.arguments.Text(1), call.arguments.Flag(3), false);
}

Result<HiveAnswer> DropDatabaseReq(const HiveCall& call) {
  const ThriftStruct& request = call.arguments.Struct(1);
  return Drop(call, request.Text(1), request.Flag(5), request.Flag(3));
}

Result<HiveAnswer> GetCatalogs(const HiveCall&) {
  ThriftStruct answer;
  answer.Set(1, std::vector<std::string>{kCatalogName});
  return ThriftValue(std::move(answer));
}

/// There is one, by whatever name it is asked for.
Result<HiveAnswer> GetCatalog(const HiveCall& call) {
  const std::string name = call.arguments.Struct(1).Text(1);
  ThriftStruct shown;
  shown.Set(1, name.empty() ? kCatalogName : name)
      .Set(2, "Tarn's catalog " + call.catalog().name())
      .Set(3, "");
  ThriftStruct answer;
  answer.Set(1, std::move(shown));
  return ThriftValue(std::move(answer));
}

}  // namespace

std::vector<HiveMethod> DatabaseMethods() {
  using enum HiveException;
  return {
      {"get_all_databases", &GetAllDatabases, {kMeta}},
      {"get_databases", &GetDatabases, {kMeta}},
      {"get_database", &GetDatabase, {kNoSuchObject, kMeta}},
      {"get_database_req", &GetDatabaseReq, {kNoSuchObject, kMeta}},
      {"create_database", &CreateDatabase, {kAlreadyExists, kInvalidObject, kMeta}},
      {"create_database_req", &CreateDatabase, {kAlreadyExists, kInvalidObject, kMeta}},
      {"alter_database", &AlterDatabase, {kMeta, kNoSuchObject}},
      {"drop_database", &DropDatabase, {kNoSuchObject, kInvalidOperation, kMeta}},
      {"drop_database_req", &DropDatabaseReq, {kNoSuchObject, kInvalidOperation, kMeta}},
      {"get_catalogs", &GetCatalogs, {kMeta}},
      {"get_catalog", &GetCatalog, {kNoSuchObject, kMeta}},
  };
}

}  // namespace tarn::gateway::hive
