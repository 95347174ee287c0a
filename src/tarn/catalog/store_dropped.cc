// Tables of a store's catalog that were dropped and can be brought back.
#include <utility>

#include "tarn/base/error.h"
#include "tarn/catalog/internal/catalog_names.h"
#include "tarn/catalog/internal/dropped_rows.h"
#include "tarn/catalog/internal/store_catalog.h"

namespace tarn::catalog::internal {
namespace {

Status NoSuchDropped(const std::string& id) {
  return MakeError(ErrorCode::kNoSuchTable, "Dropped table does not exist: " + id);
}

}  // namespace

Result<std::vector<DroppedTable>> StoreCatalog::ListDroppedTables(
    const iceberg::Namespace& ns) {
  std::string text;
  if (!ns.levels.empty()) {
    ARROW_ASSIGN_OR_RAISE(text, NamespaceText(ns));
  }
  return database_->Read([&](CatalogTables& tables) {
    return ListDropped(tables, text, DroppedSet::kUndroppable, clock_.Now());
  });
}

Result<std::vector<DroppedTable>> StoreCatalog::ListExpiredTables() {
  return database_->Read([&](CatalogTables& tables) {
    return ListDropped(tables, "", DroppedSet::kExpired, clock_.Now());
  });
}

Result<LoadedTable> StoreCatalog::UndropTable(
    const std::string& id, const std::optional<iceberg::TableIdent>& as) {
  if (as) {
    ARROW_RETURN_NOT_OK(CheckIdent(*as));
  }
  LoadedTable loaded;
  ARROW_RETURN_NOT_OK(ChangeEntries([&](CatalogTables& tables) -> Status {
    ARROW_ASSIGN_OR_RAISE(auto dropped, FindDropped(tables, id));
    if (!dropped) {
      return NoSuchDropped(id);
    }
    const DroppedTable& table = dropped->table;
    loaded.ident = as.value_or(table.ident);
    loaded.metadata_location = table.metadata_location;
    if (table.expires_at <= clock_.Now()) {
      return MakeError(ErrorCode::kNoSuchTable,
                       "Dropped table can no longer be brought back, its time is over: " +
                           table.ident.ToString());
    }
    Entry& entry = dropped->entry;
    entry.name_space = NamespaceKey(loaded.ident.ns);
    entry.name = loaded.ident.name;
    ARROW_ASSIGN_OR_RAISE(const bool exists, tables.NamespaceExists(entry.name_space));
    if (!exists) {
      return NoSuchNamespace(loaded.ident.ns);
    }
    ARROW_ASSIGN_OR_RAISE(const auto taken, tables.Find(entry.name_space, entry.name));
    if (taken) {
      return EntryExists(loaded.ident, taken->type, EntryType::kTable);
    }
    // A table that cannot be read is not brought back: what is left of it stays listed.
    auto metadata = files_.ReadTable(loaded.metadata_location);
    if (!metadata.ok()) {
      return WithContext("Cannot bring back " + loaded.ident.ToString() + ": ",
                         metadata.status());
    }
    loaded.metadata = *std::move(metadata);
    ARROW_RETURN_NOT_OK(RemoveDropped(tables, id).status());
    return tables.Insert(entry);
  }));
  return loaded;
}

Status StoreCatalog::ExpireDroppedTable(const std::string& id) {
  return ChangeEntries([&](CatalogTables& tables) -> Status {
    ARROW_ASSIGN_OR_RAISE(const auto dropped, FindDropped(tables, id));
    if (!dropped) {
      return NoSuchDropped(id);
    }
    // Long ago, so that no server's clock thinks otherwise.
    return EndDropped(tables, id, std::chrono::milliseconds(0)).status();
  });
}

Status StoreCatalog::ForgetDroppedTable(const std::string& id) {
  return ChangeEntries([&](CatalogTables& tables) -> Status {
    ARROW_ASSIGN_OR_RAISE(const bool is_removed, RemoveDropped(tables, id));
    return is_removed ? Status::OK() : NoSuchDropped(id);
  });
}

}  // namespace tarn::catalog::internal
