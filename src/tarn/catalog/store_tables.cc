// Tables and views of a store's catalog by name; changes of their content are in
// store_commit.cc.
#include <utility>

#include "tarn/base/error.h"
#include "tarn/catalog/internal/catalog_names.h"
#include "tarn/catalog/internal/dropped_rows.h"
#include "tarn/catalog/internal/store_catalog.h"

namespace tarn::catalog::internal {

Result<std::optional<Entry>> StoreCatalog::FindEntry(const iceberg::TableIdent& ident) {
  ARROW_RETURN_NOT_OK(CheckIdent(ident));
  return database_->Read([&](CatalogTables& tables) {
    return tables.Find(NamespaceKey(ident.ns), ident.name);
  });
}

Result<std::string> StoreCatalog::LocationOf(const iceberg::TableIdent& ident,
                                             EntryType type) {
  ARROW_ASSIGN_OR_RAISE(const auto entry, FindEntry(ident));
  if (!entry || entry->type != type) {
    return NoSuchEntry(ident, type);
  }
  if (entry->metadata_location.empty()) {
    return MakeError(ErrorCode::kInvalidData, "Catalog " + database_->location() +
                                                  " has no metadata location for " +
                                                  ident.ToString());
  }
  return entry->metadata_location;
}

Result<std::vector<iceberg::TableIdent>> StoreCatalog::ListEntries(
    const iceberg::Namespace& ns, EntryType type) {
  ARROW_ASSIGN_OR_RAISE(const std::string text, NamespaceText(ns));
  return database_->Read(
      [&](CatalogTables& tables) -> Result<std::vector<iceberg::TableIdent>> {
        ARROW_ASSIGN_OR_RAISE(auto entries, tables.List(text));
        std::vector<iceberg::TableIdent> idents;
        for (Entry& entry : entries) {
          if (entry.type == type) {
            idents.push_back({ns, std::move(entry.name)});
          }
        }
        if (entries.empty()) {
          ARROW_ASSIGN_OR_RAISE(const bool exists, tables.NamespaceExists(text));
          if (!exists) {
            return NoSuchNamespace(ns);
          }
        }
        return idents;
      });
}

Result<std::vector<iceberg::TableIdent>> StoreCatalog::ListTables(
    const iceberg::Namespace& ns) {
  return ListEntries(ns, EntryType::kTable);
}

Result<LoadedTable> StoreCatalog::LoadTable(const iceberg::TableIdent& ident) {
  ARROW_ASSIGN_OR_RAISE(const std::string location, LocationOf(ident, EntryType::kTable));
  return LoadTableAt(ident, location);
}

Result<LoadedTable> StoreCatalog::LoadTableAt(const iceberg::TableIdent& ident,
                                              const std::string& metadata_location) {
  auto file = files_.ReadTableFile(metadata_location);
  if (!file.ok()) {
    return WithContext(ident.ToString() + ": ", file.status());
  }
  return LoadedTable{ident, metadata_location, std::move(file->metadata),
                     std::move(file->text)};
}

Result<std::map<iceberg::TableIdent, std::string>> StoreCatalog::TableLocations() {
  return database_->Read(
      [](CatalogTables& tables) -> Result<std::map<iceberg::TableIdent, std::string>> {
        ARROW_ASSIGN_OR_RAISE(auto entries, tables.ListAll());
        std::map<iceberg::TableIdent, std::string> locations;
        for (Entry& entry : entries) {
          if (entry.type == EntryType::kTable) {
            locations[{NamespaceOfText(entry.name_space), std::move(entry.name)}] =
                std::move(entry.metadata_location);
          }
        }
        return locations;
      });
}

Result<bool> StoreCatalog::TableExists(const iceberg::TableIdent& ident) {
  ARROW_ASSIGN_OR_RAISE(const auto entry, FindEntry(ident));
  return entry && entry->type == EntryType::kTable;
}

Status StoreCatalog::RegisterEntry(const iceberg::TableIdent& ident, EntryType type,
                                   const std::string& location, IfExists if_exists) {
  const std::string ns = NamespaceKey(ident.ns);
  return ChangeEntries([&](CatalogTables& tables) -> Status {
    ARROW_ASSIGN_OR_RAISE(const bool exists, tables.NamespaceExists(ns));
    if (!exists) {
      return NoSuchNamespace(ident.ns);
    }
    ARROW_ASSIGN_OR_RAISE(const auto entry, tables.Find(ns, ident.name));
    if (entry && (entry->type != type || if_exists == IfExists::kFail)) {
      return EntryExists(ident, entry->type, type);
    }
    if (entry) {
      ARROW_RETURN_NOT_OK(tables.Remove(ns, ident.name).status());
    }
    return tables.Insert({.name_space = ns,
                          .name = ident.name,
                          .type = type,
                          .metadata_location = location,
                          .previous_metadata_location = {}});
  });
}

Result<LoadedTable> StoreCatalog::RegisterTable(const iceberg::TableIdent& ident,
                                                const std::string& metadata_location,
                                                IfExists if_exists) {
  ARROW_RETURN_NOT_OK(CheckIdent(ident));
  ARROW_ASSIGN_OR_RAISE(auto metadata, files_.ReadTable(metadata_location));
  ARROW_RETURN_NOT_OK(
      RegisterEntry(ident, EntryType::kTable, metadata_location, if_exists));
  return LoadedTable{ident, metadata_location, std::move(metadata)};
}

Result<LoadedView> StoreCatalog::RegisterView(const iceberg::TableIdent& ident,
                                              const std::string& metadata_location) {
  ARROW_RETURN_NOT_OK(CheckIdent(ident));
  ARROW_ASSIGN_OR_RAISE(auto metadata, files_.ReadView(metadata_location));
  ARROW_RETURN_NOT_OK(
      RegisterEntry(ident, EntryType::kView, metadata_location, IfExists::kFail));
  return LoadedView{ident, metadata_location, std::move(metadata)};
}

Status StoreCatalog::DropEntry(const iceberg::TableIdent& ident, EntryType type,
                               const DropOptions& options) {
  ARROW_RETURN_NOT_OK(CheckIdent(ident));
  const std::string ns = NamespaceKey(ident.ns);
  const std::chrono::milliseconds retention = options_.undrop_retention;
  const bool can_return =
      type == EntryType::kTable && retention.count() > 0 && !options.for_good;
  const std::string id = can_return ? NewUuid(random_) : "";
  return ChangeEntries([&](CatalogTables& tables) -> Status {
    ARROW_ASSIGN_OR_RAISE(const auto entry, tables.Find(ns, ident.name));
    if (!entry || entry->type != type) {
      return NoSuchEntry(ident, type);
    }
    // An entry without metadata is nothing to bring back.
    if (can_return && !entry->metadata_location.empty()) {
      DroppedRow row;
      row.entry = *entry;
      row.table.id = id;
      row.table.dropped_at = clock_.Now();
      row.table.expires_at = row.table.dropped_at + retention;
      row.table.purges = options.purges;
      ARROW_RETURN_NOT_OK(InsertDropped(tables, row));
    }
    return tables.Remove(ns, ident.name).status();
  });
}

Status StoreCatalog::DropTable(const iceberg::TableIdent& ident,
                               const DropOptions& options) {
  return DropEntry(ident, EntryType::kTable, options);
}

Status StoreCatalog::RenameEntry(const iceberg::TableIdent& from,
                                 const iceberg::TableIdent& to, EntryType type) {
  ARROW_RETURN_NOT_OK(CheckIdent(from));
  ARROW_RETURN_NOT_OK(CheckIdent(to));
  const std::string to_ns = NamespaceKey(to.ns);
  return ChangeEntries([&](CatalogTables& tables) -> Status {
    ARROW_ASSIGN_OR_RAISE(const auto entry,
                          tables.Find(NamespaceKey(from.ns), from.name));
    if (!entry || entry->type != type) {
      return NoSuchEntry(from, type);
    }
    if (from == to) {
      return Status::OK();
    }
    ARROW_ASSIGN_OR_RAISE(const bool exists, tables.NamespaceExists(to_ns));
    if (!exists) {
      return NoSuchNamespace(to.ns);
    }
    ARROW_ASSIGN_OR_RAISE(const auto taken, tables.Find(to_ns, to.name));
    if (taken) {
      return MakeError(ErrorCode::kAlreadyExists,
                       "Cannot rename " + from.ToString() + " to " + to.ToString() +
                           ". " + (taken->type == EntryType::kView ? "View" : "Table") +
                           " already exists");
    }
    return tables.Rename(*entry, to_ns, to.name).status();
  });
}

Status StoreCatalog::RenameTable(const iceberg::TableIdent& from,
                                 const iceberg::TableIdent& to) {
  return RenameEntry(from, to, EntryType::kTable);
}

Status StoreCatalog::RenameView(const iceberg::TableIdent& from,
                                const iceberg::TableIdent& to) {
  return RenameEntry(from, to, EntryType::kView);
}

Result<std::vector<iceberg::TableIdent>> StoreCatalog::ListViews(
    const iceberg::Namespace& ns) {
  return ListEntries(ns, EntryType::kView);
}

Result<LoadedView> StoreCatalog::LoadView(const iceberg::TableIdent& ident) {
  ARROW_ASSIGN_OR_RAISE(std::string location, LocationOf(ident, EntryType::kView));
  auto metadata = files_.ReadView(location);
  if (!metadata.ok()) {
    return WithContext(ident.ToString() + ": ", metadata.status());
  }
  return LoadedView{ident, std::move(location), *std::move(metadata)};
}

Result<bool> StoreCatalog::ViewExists(const iceberg::TableIdent& ident) {
  ARROW_ASSIGN_OR_RAISE(const auto entry, FindEntry(ident));
  return entry && entry->type == EntryType::kView;
}

Status StoreCatalog::DropView(const iceberg::TableIdent& ident) {
  return DropEntry(ident, EntryType::kView, {});
}

}  // namespace tarn::catalog::internal
