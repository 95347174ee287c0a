#include "tarn/table/maintenance/internal/shared_files.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include "tarn/base/error.h"
#include "tarn/table/internal/parallel.h"

namespace tarn::table::internal {
namespace {

using catalog::LoadedTable;
using iceberg::Namespace;
using iceberg::TableIdent;

constexpr int32_t kThreads = 8;

struct CatalogEntry {
  TableIdent ident;
  bool is_view = false;
  std::optional<catalog::DroppedTable> dropped = {};
};

Status ListEntries(catalog::Catalog& catalog, const Namespace& parent,
                   std::vector<CatalogEntry>* entries) {
  ARROW_ASSIGN_OR_RAISE(const std::vector<Namespace> children,
                        catalog.ListNamespaces(parent));
  for (const Namespace& child : children) {
    ARROW_ASSIGN_OR_RAISE(const std::vector<TableIdent> tables,
                          catalog.ListTables(child));
    for (const TableIdent& table : tables) {
      entries->push_back({table, false});
    }
    ARROW_ASSIGN_OR_RAISE(const std::vector<TableIdent> views, catalog.ListViews(child));
    for (const TableIdent& view : views) {
      entries->push_back({view, true});
    }
    RETURN_NOT_OK(ListEntries(catalog, child, entries));
  }
  return Status::OK();
}

Status ListDropped(catalog::Catalog& catalog,
                   std::map<std::string, catalog::DroppedTable>* by_id) {
  ARROW_ASSIGN_OR_RAISE(const auto dropped, ListAllDropped(catalog));
  for (const catalog::DroppedTable& table : dropped) {
    by_id->emplace(table.id, table);
  }
  return Status::OK();
}

/// All of the catalog but `self`, and dropped tables but the one of `dropped_self`.
Result<std::vector<CatalogEntry>> EntriesBut(catalog::Catalog& catalog,
                                             const LoadedTable& self,
                                             const std::string& dropped_self) {
  // Dropped ones twice: one that is brought back meanwhile may not be found among the
  // tables any more, nor one that is dropped meanwhile.
  std::map<std::string, catalog::DroppedTable> dropped;
  std::vector<CatalogEntry> entries;
  RETURN_NOT_OK(ListDropped(catalog, &dropped));
  RETURN_NOT_OK(ListEntries(catalog, {}, &entries));
  RETURN_NOT_OK(ListDropped(catalog, &dropped));
  std::erase_if(entries, [&](const CatalogEntry& entry) {
    return !entry.is_view && entry.ident == self.ident;
  });
  dropped.erase(dropped_self);
  for (auto& [id, table] : dropped) {
    const TableIdent ident = table.ident;
    entries.push_back({ident, false, std::move(table)});
  }
  return entries;
}

bool IsGone(const CatalogEntry& entry, const Status& status) {
  if (entry.dropped) {
    // Without its metadata it cannot be brought back either.
    return CodeOf(status) == ErrorCode::kNoSuchFile;
  }
  return CodeOf(status) == ErrorCode::kNoSuchTable ||
         CodeOf(status) == ErrorCode::kNoSuchView;
}

bool Overlaps(const FileLocation& left, const FileLocation& right) {
  return LiesIn(left, right) || LiesIn(right, left);
}

void AddTexts(const nlohmann::json& json, LocationSet* referenced) {
  if (json.is_string()) {
    referenced->Add(json.get_ref<const std::string&>());
  } else if (json.is_structured()) {
    for (const auto& child : json) {
      AddTexts(child, referenced);
    }
  }
}

class Search {
 public:
  Search(const Context& context, const LoadedTable& self,
         const std::vector<FileLocation>& directories, const ActionControl& control)
      : context_(context), self_(self), directories_(directories), control_(control) {}

  Status Look(const CatalogEntry& entry) {
    if (entry.is_view) {
      ARROW_ASSIGN_OR_RAISE(const auto view, context_.catalog.LoadView(entry.ident));
      AddDirectory(ParseFileLocation(view.metadata->location));
      return Status::OK();
    }
    ARROW_ASSIGN_OR_RAISE(const LoadedTable table,
                          entry.dropped ? LoadDroppedTable(context_.io, *entry.dropped)
                                        : context_.catalog.LoadTable(entry.ident));
    const std::vector<FileLocation> theirs = DirectoriesOf(*table.metadata);
    bool shares = !table.metadata->table_uuid.empty() &&
                  table.metadata->table_uuid == self_.metadata->table_uuid;
    for (const FileLocation& directory : theirs) {
      shares = shares || std::ranges::any_of(directories_, [&](const FileLocation& ours) {
                 return Overlaps(directory, ours);
               });
    }
    if (!shares) {
      return Status::OK();
    }
    for (const FileLocation& directory : theirs) {
      AddDirectory(directory);
    }
    LocationSet referenced;
    AddMetadataFiles(table, &referenced);
    SnapshotFiles files(context_.io, control_);
    RETURN_NOT_OK(
        files.AddReachable(*table.metadata, table.metadata->snapshots, &referenced));
    const std::lock_guard lock(mutex_);
    found_.referenced.AddAll(referenced);
    found_.tables.push_back(entry.ident);
    return Status::OK();
  }

  SharedFiles TakeFound() { return std::move(found_); }

 private:
  /// A directory strictly inside one of ours is another table's for its whole depth.
  void AddDirectory(const FileLocation& directory) {
    const bool is_inside = std::ranges::any_of(directories_, [&](const auto& ours) {
      return directory != ours && LiesIn(directory, ours);
    });
    if (is_inside) {
      const std::lock_guard lock(mutex_);
      found_.directories.push_back(directory);
    }
  }

  const Context& context_;
  const LoadedTable& self_;
  const std::vector<FileLocation>& directories_;
  const ActionControl& control_;
  std::mutex mutex_;
  SharedFiles found_;  // guarded by mutex_
};

}  // namespace

Result<std::vector<catalog::DroppedTable>> ListAllDropped(catalog::Catalog& catalog) {
  Result<std::vector<catalog::DroppedTable>> dropped = catalog.ListDroppedTables({});
  if (!dropped.ok() && CodeOf(dropped.status()) == ErrorCode::kNotSupported) {
    return std::vector<catalog::DroppedTable>();
  }
  ARROW_RETURN_NOT_OK(dropped.status());
  ARROW_ASSIGN_OR_RAISE(const auto expired, catalog.ListExpiredTables());
  dropped->insert(dropped->end(), expired.begin(), expired.end());
  return dropped;
}

Result<LoadedTable> LoadDroppedTable(io::FileIO& io,
                                     const catalog::DroppedTable& dropped) {
  const std::string& location = dropped.metadata_location;
  ARROW_ASSIGN_OR_RAISE(std::string bytes, io.ReadAll(location));
  ARROW_ASSIGN_OR_RAISE(const std::string text,
                        iceberg::MetadataBytesToJson(std::move(bytes)));
  ARROW_ASSIGN_OR_RAISE(auto metadata, iceberg::TableMetadataFromJson(text));
  LoadedTable table;
  table.ident.name = dropped.ident.ToString() + " (dropped)";
  table.metadata_location = location;
  table.metadata = std::move(metadata);
  return table;
}

std::vector<FileLocation> DirectoriesOf(const iceberg::TableMetadata& metadata) {
  std::vector<FileLocation> directories = {ParseFileLocation(metadata.location)};
  for (const char* key : {"write.data.path", "write.metadata.path",
                          "write.object-storage.path", "write.folder-storage.path"}) {
    const std::string directory = metadata.Property(key, "");
    if (!directory.empty()) {
      directories.push_back(ParseFileLocation(directory));
    }
  }
  return directories;
}

void AddMetadataFiles(const LoadedTable& table, LocationSet* referenced) {
  referenced->Add(table.metadata_location);
  referenced->Add(
      io::JoinLocation(table.metadata->location, "metadata/version-hint.text"));
  AddTexts(nlohmann::json::parse(iceberg::TableMetadataToJson(*table.metadata), nullptr,
                                 /*allow_exceptions=*/false),
           referenced);
}

Result<SharedFiles> FindSharedFiles(const Context& context, const LoadedTable& self,
                                    const std::vector<FileLocation>& directories,
                                    IfUnreadable if_unreadable,
                                    const ActionControl& control,
                                    const std::string& dropped_self) {
  ARROW_ASSIGN_OR_RAISE(std::vector<CatalogEntry> entries,
                        EntriesBut(context.catalog, self, dropped_self));
  Search search(context, self, directories, control);
  RETURN_NOT_OK(ForEachParallel(entries.size(), kThreads, [&](size_t i) -> Status {
    RETURN_NOT_OK(control.Check());
    const Status status = search.Look(entries[i]);
    const bool is_no_matter =
        status.ok() || IsGone(entries[i], status) ||
        (if_unreadable == IfUnreadable::kSkip && CodeOf(status) != ErrorCode::kCancelled);
    if (is_no_matter) {
      return Status::OK();
    }
    return WithContext("Cannot tell which files " + entries[i].ident.ToString() +
                           " shares with " + self.ident.ToString() + ": ",
                       status);
  }));
  return search.TakeFound();
}

std::vector<FileLocation> DirectoriesWith(const iceberg::TableMetadata& metadata,
                                          const std::vector<TableFile>& files) {
  std::vector<FileLocation> directories = DirectoriesOf(metadata);
  for (const TableFile& file : files) {
    const FileLocation location = ParseFileLocation(file.location);
    const bool is_known = std::ranges::any_of(
        directories, [&](const FileLocation& known) { return LiesIn(location, known); });
    if (!is_known) {
      const size_t name = location.path.rfind('/');
      directories.push_back({location.scheme, location.authority,
                             location.path.substr(0, std::max<size_t>(name, 1))});
    }
  }
  return directories;
}

}  // namespace tarn::table::internal
