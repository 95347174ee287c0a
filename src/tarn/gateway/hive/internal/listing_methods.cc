// Which tables and views there are.
#include <algorithm>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/gateway/hive/internal/hive_call.h"
#include "tarn/gateway/hive/internal/hive_names.h"

namespace tarn::gateway::hive {
namespace {

enum class Kind : uint8_t { kTable, kView };

struct Name {
  std::string text;
  Kind kind = Kind::kTable;

  const char* hive_type() const {
    return kind == Kind::kTable ? kExternalTable : kVirtualView;
  }
  const char* table_type() const {
    return kind == Kind::kTable ? kIcebergTable : kIcebergView;
  }
};

/// Sorted. Errors: kNoSuchNamespace.
Result<std::vector<Name>> NamesIn(catalog::Catalog& catalog,
                                  const std::string& database) {
  ARROW_ASSIGN_OR_RAISE(const iceberg::Namespace ns, FindDatabase(catalog, database));
  ARROW_ASSIGN_OR_RAISE(const auto tables, catalog.ListTables(ns));
  ARROW_ASSIGN_OR_RAISE(const auto views, catalog.ListViews(ns));
  std::vector<Name> names;
  for (const iceberg::TableIdent& table : tables) {
    names.push_back({table.name, Kind::kTable});
  }
  for (const iceberg::TableIdent& view : views) {
    names.push_back({view.name, Kind::kView});
  }
  std::ranges::sort(names, {}, &Name::text);
  return names;
}

/// As Hive answers where there is no such database: nothing.
Result<std::vector<Name>> NamesIfThere(catalog::Catalog& catalog,
                                       const std::string& database) {
  auto names = NamesIn(catalog, database);
  if (!names.ok() && CodeOf(names.status()) == ErrorCode::kNoSuchNamespace) {
    return std::vector<Name>();
  }
  return names;
}

Result<HiveAnswer> Fitting(const HiveCall& call, const std::string& pattern,
                           const std::string& hive_type) {
  ARROW_ASSIGN_OR_RAISE(const auto names,
                        NamesIfThere(call.catalog(), call.arguments.Text(1)));
  std::vector<std::string> fitting;
  for (const Name& name : names) {
    if ((hive_type.empty() || hive_type == name.hive_type()) &&
        FitsPattern(pattern, name.text)) {
      fitting.push_back(name.text);
    }
  }
  return ThriftValue(fitting);
}

Result<HiveAnswer> GetAllTables(const HiveCall& call) { return Fitting(call, "", ""); }

Result<HiveAnswer> GetTables(const HiveCall& call) {
  return Fitting(call, call.arguments.Text(2), "");
}

Result<HiveAnswer> GetTablesByType(const HiveCall& call) {
  return Fitting(call, call.arguments.Text(2), call.arguments.Text(3));
}

Result<std::vector<std::string>> DatabasesLike(catalog::Catalog& catalog,
                                               const std::string& pattern) {
  ARROW_ASSIGN_OR_RAISE(const auto namespaces, catalog.ListNamespaces({}));
  std::vector<std::string> names;
  for (const iceberg::Namespace& ns : namespaces) {
    if (FitsPattern(pattern, ns.levels[0])) {
      names.push_back(ns.levels[0]);
    }
  }
  return names;
}

Result<HiveAnswer> GetTableMeta(const HiveCall& call) {
  const std::vector<std::string> types = call.arguments.Texts(3);
  ARROW_ASSIGN_OR_RAISE(
      const auto databases,
      DatabasesLike(call.catalog(), DatabaseOf(call.arguments.Text(1))));
  std::vector<ThriftStruct> shown;
  for (const std::string& database : databases) {
    ARROW_ASSIGN_OR_RAISE(const auto names, NamesIfThere(call.catalog(), database));
    for (const Name& name : names) {
      if (!FitsPattern(call.arguments.Text(2), name.text) ||
          (!types.empty() && std::ranges::count(types, name.hive_type()) == 0)) {
        continue;
      }
      ThriftStruct meta;
      meta.Set(1, database).Set(2, name.text).Set(3, name.hive_type());
      shown.push_back(std::move(meta));
    }
  }
  return ThriftValue(StructList(std::move(shown)));
}

Result<HiveAnswer> GetTablesExt(const HiveCall& call) {
  const ThriftStruct& request = call.arguments.Struct(1);
  const int64_t limit = request.Integer(5, -1);
  ARROW_ASSIGN_OR_RAISE(const auto names, NamesIfThere(call.catalog(), request.Text(2)));
  std::vector<ThriftStruct> shown;
  for (const Name& name : names) {
    if (limit >= 0 && std::ssize(shown) >= limit) {
      break;
    }
    if (FitsPattern(request.Text(3), name.text)) {
      ThriftStruct table;
      table.Set(1, name.text);
      shown.push_back(std::move(table));
    }
  }
  return ThriftValue(StructList(std::move(shown)));
}

/// Whether the filters let `name` through. Its metadata is read only if they ask for
/// more than its type.
Result<bool> Passes(catalog::Catalog& catalog, const std::string& database,
                    const Name& name, const std::vector<ParameterFilter>& filters) {
  std::optional<std::map<std::string, std::string>> parameters;
  for (const ParameterFilter& filter : filters) {
    std::optional<std::string> value;
    if (filter.key == kTableTypeKey) {
      value = name.table_type();
    } else {
      if (!parameters) {
        auto entry = FindTable(catalog, database, name.text);
        if (!entry.ok()) {
          return false;  // dropped meanwhile, or not readable: it has no parameters
        }
        parameters = HiveParameters(*entry);
      }
      const auto found = parameters->find(filter.key);
      value = found == parameters->end() ? std::nullopt : std::optional(found->second);
    }
    if (!filter.Fits(value)) {
      return false;
    }
  }
  return true;
}

Result<HiveAnswer> GetTableNamesByFilter(const HiveCall& call) {
  const std::string database = call.arguments.Text(1);
  const int64_t names_max = call.arguments.Integer(3, -1);
  ARROW_ASSIGN_OR_RAISE(const auto filters, ParseTableFilter(call.arguments.Text(2)));
  ARROW_ASSIGN_OR_RAISE(const auto names, NamesIn(call.catalog(), database));
  std::vector<std::string> passing;
  for (const Name& name : names) {
    if (names_max >= 0 && std::ssize(passing) >= names_max) {
      break;
    }
    ARROW_ASSIGN_OR_RAISE(const bool passes,
                          Passes(call.catalog(), database, name, filters));
    if (passes) {
      passing.push_back(name.text);
    }
  }
  return ThriftValue(passing);
}

Result<HiveAnswer> NoNames(const HiveCall&) {
  return ThriftValue(std::vector<std::string>());
}

}  // namespace

std::vector<HiveMethod> ListingMethods() {
  using enum HiveException;
  return {
      {"get_all_tables", &GetAllTables, {kMeta}},
      {"get_tables", &GetTables, {kMeta}},
      {"get_tables_by_type", &GetTablesByType, {kMeta}},
      {"get_table_meta", &GetTableMeta, {kMeta}},
      {"get_tables_ext", &GetTablesExt, {kMeta}},
      {"get_table_names_by_filter",
       &GetTableNamesByFilter,
       {kMeta, kInvalidOperation, kUnknownDatabase}},
      {"get_materialized_views_for_rewriting", &NoNames, {kMeta}},
  };
}

}  // namespace tarn::gateway::hive
