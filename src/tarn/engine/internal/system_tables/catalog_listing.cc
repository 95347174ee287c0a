#include "tarn/engine/internal/system_tables/catalog_listing.h"

#include <algorithm>
#include <set>
#include <utility>

#include <duckdb/catalog/catalog_entry/schema_catalog_entry.hpp>
#include <duckdb/main/attached_database.hpp>
#include <duckdb/main/database_manager.hpp>

#include "tarn/base/error.h"
#include "tarn/engine/internal/attached_catalog.h"
#include "tarn/engine/internal/catch_duckdb.h"
#include "tarn/engine/internal/materialized_view.h"
#include "tarn/engine/internal/system_tables/system_table.h"

namespace tarn::engine::system_tables {
namespace {

using Names = std::optional<std::vector<std::string>>;

bool IsWanted(const Names& only, const std::string& name) {
  return !only.has_value() || std::ranges::find(*only, name) != only->end();
}

/// DuckDB's own: what it works with, and tables in memory.
bool IsInternal(duckdb::AttachedDatabase& database) {
  return database.IsSystem() || database.IsTemporary() ||
         (database.GetCatalog().IsDuckCatalog() && database.GetCatalog().InMemory());
}

void AddOurs(IcebergTransaction& transaction, const Names& only,
             std::set<std::string>* names) {
  if (!only.has_value()) {
    for (const auto& ns : ValueOrThrow(transaction.view().AllNamespaces())) {
      names->insert(FoldName(ns.ToString()));
    }
    return;
  }
  for (const std::string& name : *only) {
    const auto ns = ValueOrThrow(transaction.view().FindNamespace(name));
    if (ns.has_value() && FoldName(ns->ToString()) == name) {
      names->insert(name);
    }
  }
}

/// Tables first: a view that differs from one only in case is not shown.
class OurObjects {
 public:
  OurObjects(const std::string& catalog, const std::string& schema)
      : catalog_(catalog), schema_(schema) {}

  void Add(iceberg::TableIdent ident, ObjectKind kind) {
    std::string name = FoldName(ident.name);
    if (names_.insert(name).second) {
      objects_.push_back({.catalog = catalog_,
                          .schema = schema_,
                          .name = std::move(name),
                          .kind = kind,
                          .ident = std::move(ident)});
    }
  }
  void Add(CatalogObject loaded) {
    const size_t count = objects_.size();
    Add(std::move(loaded.ident),
        loaded.table == nullptr ? ObjectKind::kView : ObjectKind::kTable);
    if (objects_.size() > count) {
      objects_.back().table = std::move(loaded.table);
      objects_.back().view = std::move(loaded.view);
    }
  }
  std::vector<ListedObject> Take() { return std::move(objects_); }

 private:
  const std::string& catalog_;
  const std::string& schema_;
  std::set<std::string> names_;
  std::vector<ListedObject> objects_;
};

/// Without the tables that materialised views keep their rows in.
std::vector<ListedObject> WithoutStorage(IcebergTransaction& transaction,
                                         const iceberg::Namespace& ns,
                                         std::vector<ListedObject> objects) {
  const auto may_be = [](const ListedObject& object) {
    return object.kind == ObjectKind::kTable && IsStorageName(object.name);
  };
  if (std::ranges::none_of(objects, may_be)) {
    return objects;
  }
  for (const StoredView& view : ValueOrThrow(MaterializedViewsIn(transaction, ns))) {
    std::erase_if(objects, [&](const ListedObject& object) {
      return may_be(object) && object.name == view.storage;
    });
  }
  return objects;
}

std::vector<ListedObject> ListOurs(IcebergTransaction& transaction,
                                   const std::string& catalog, const std::string& schema,
                                   const Names& only) {
  const auto ns = ValueOrThrow(transaction.view().FindNamespace(schema));
  if (!ns.has_value()) {
    return {};
  }
  OurObjects found(catalog, schema);
  if (only.has_value()) {
    for (const std::string& name : *only) {
      auto object = ValueOrThrow(transaction.view().Find(*ns, name));
      if (object.has_value() && FoldName(object->ident.name) == name) {
        found.Add(*std::move(object));
      }
    }
    return WithoutStorage(transaction, *ns, found.Take());
  }
  catalog::Catalog& store = transaction.tarn().catalog;
  for (auto& ident : ValueOrThrow(store.ListTables(*ns))) {
    found.Add(std::move(ident), ObjectKind::kTable);
  }
  for (auto& ident : transaction.writes().CreatedIn(*ns)) {
    found.Add(std::move(ident), ObjectKind::kTable);
  }
  for (auto& ident : ValueOrThrow(store.ListViews(*ns))) {
    found.Add(std::move(ident), ObjectKind::kView);
  }
  return WithoutStorage(transaction, *ns, found.Take());
}

std::vector<ListedObject> ListForeign(duckdb::ClientContext& context,
                                      duckdb::Catalog& catalog, const std::string& schema,
                                      const Names& only) {
  std::vector<ListedObject> objects;
  auto found = catalog.GetSchema(context, schema, duckdb::OnEntryNotFound::RETURN_NULL);
  if (found == nullptr) {
    return objects;
  }
  found->Scan(context, duckdb::CatalogType::TABLE_ENTRY,
              [&](duckdb::CatalogEntry& entry) {
                const std::string name = FoldName(entry.name);
                if (!entry.internal && IsWanted(only, name)) {
                  objects.push_back({.catalog = FoldName(catalog.GetName()),
                                     .schema = schema,
                                     .name = name,
                                     .kind = entry.type == duckdb::CatalogType::VIEW_ENTRY
                                                 ? ObjectKind::kView
                                                 : ObjectKind::kTable});
                }
              });
  return objects;
}

}  // namespace

duckdb::Catalog* CatalogListing::Find(const std::string& catalog) const {
  if (catalog == kSystemCatalog) {
    return nullptr;
  }
  auto database = duckdb::DatabaseManager::Get(context_).GetDatabase(context_, catalog);
  return database == nullptr || IsInternal(*database) ? nullptr : &database->GetCatalog();
}

AttachedCatalog* CatalogListing::Ours(const std::string& catalog) const {
  duckdb::Catalog* const found = Find(catalog);
  return found == nullptr ? nullptr : AttachedCatalog::From(*found);
}

bool CatalogListing::HasCatalog(const std::string& catalog) const {
  return catalog == kSystemCatalog || Find(catalog) != nullptr;
}

std::vector<std::string> CatalogListing::Catalogs() const {
  std::set<std::string> names = {kSystemCatalog};
  for (auto& database : duckdb::DatabaseManager::Get(context_).GetDatabases(context_)) {
    if (!IsInternal(*database)) {
      names.insert(FoldName(database->GetName()));
    }
  }
  return {names.begin(), names.end()};
}

std::vector<std::string> CatalogListing::Schemas(const std::string& catalog,
                                                 const Names& only) const {
  std::set<std::string> names;
  for (const SystemTable& table : AllSystemTables()) {
    if (table.IsIn(catalog, Ours(catalog) != nullptr) && IsWanted(only, table.schema)) {
      names.insert(table.schema);
    }
  }
  duckdb::Catalog* const found = Find(catalog);
  if (AttachedCatalog* const ours = Ours(catalog)) {
    AddOurs(IcebergTransaction::Get(context_, *ours), only, &names);
  } else if (found != nullptr) {
    found->ScanSchemas(context_, [&](duckdb::SchemaCatalogEntry& schema) {
      const std::string name = FoldName(schema.name);
      if (!schema.internal && IsWanted(only, name)) {
        names.insert(name);
      }
    });
  }
  return {names.begin(), names.end()};
}

std::vector<ListedObject> CatalogListing::Objects(const std::string& catalog,
                                                  const std::string& schema,
                                                  const Names& only) const {
  AttachedCatalog* const ours = Ours(catalog);
  duckdb::Catalog* const found = Find(catalog);
  std::vector<ListedObject> objects;
  if (ours != nullptr) {
    objects = ListOurs(IcebergTransaction::Get(context_, *ours), catalog, schema, only);
  } else if (found != nullptr) {
    objects = ListForeign(context_, *found, schema, only);
  }
  for (const SystemTable& table : AllSystemTables()) {
    if (table.schema == schema && table.IsIn(catalog, ours != nullptr) &&
        IsWanted(only, table.name)) {
      objects.push_back({.catalog = catalog,
                         .schema = schema,
                         .name = table.name,
                         .kind = ObjectKind::kSystemTable});
    }
  }
  std::ranges::sort(objects, {}, &ListedObject::name);
  return objects;
}

}  // namespace tarn::engine::system_tables
