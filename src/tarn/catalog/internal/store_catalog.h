// The class behind OpenSqliteCatalog: namespaces in store_catalog.cc, tables and views
// by name in store_tables.cc, commits in store_commit.cc.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tarn/catalog/internal/catalog_database.h"
#include "tarn/catalog/internal/metadata_files.h"
#include "tarn/catalog/sqlite_catalog.h"

namespace tarn::catalog::internal {

/// One name's move to a new metadata file.
struct EntryChange {
  iceberg::TableIdent ident;
  Entry entry;           // with the new location
  std::string expected;  // the location it must still have; empty: the name must be new

  /// False for a table that only has to stay as it is.
  bool is_new_file() const { return entry.metadata_location != expected; }
};

class StoreCatalog : public Catalog {
 public:
  StoreCatalog(SqliteCatalogOptions options, std::unique_ptr<CatalogDatabase> database,
                io::FileIO& io, Clock& clock, Random& random)
      : options_(std::move(options)),
        database_(std::move(database)),
        files_(io, random),
        clock_(clock),
        random_(random) {}

  const std::string& name() const override { return options_.name; }

  Status CreateNamespace(const iceberg::Namespace& ns,
                         const Properties& properties) override;
  Result<std::vector<iceberg::Namespace>> ListNamespaces(
      const iceberg::Namespace& parent) override;
  Result<Properties> LoadNamespaceProperties(const iceberg::Namespace& ns) override;
  Status UpdateNamespaceProperties(const iceberg::Namespace& ns,
                                   const Properties& updates,
                                   const std::vector<std::string>& removals) override;
  Status DropNamespace(const iceberg::Namespace& ns) override;

  Result<std::vector<iceberg::TableIdent>> ListTables(
      const iceberg::Namespace& ns) override;
  Result<LoadedTable> LoadTable(const iceberg::TableIdent& ident) override;
  Result<bool> TableExists(const iceberg::TableIdent& ident) override;
  Result<LoadedTable> RegisterTable(const iceberg::TableIdent& ident,
                                    const std::string& metadata_location,
                                    IfExists if_exists) override;
  Status DropTable(const iceberg::TableIdent& ident) override;
  Status RenameTable(const iceberg::TableIdent& from,
                     const iceberg::TableIdent& to) override;

  Result<std::vector<LoadedTable>> Commit(
      const std::vector<TableCommit>& commits) override;

  Result<std::vector<iceberg::TableIdent>> ListViews(
      const iceberg::Namespace& ns) override;
  Result<LoadedView> LoadView(const iceberg::TableIdent& ident) override;
  Result<bool> ViewExists(const iceberg::TableIdent& ident) override;
  Result<LoadedView> CreateView(const NewView& view) override;
  Result<LoadedView> CommitView(const ViewCommit& commit) override;
  Result<LoadedView> RegisterView(const iceberg::TableIdent& ident,
                                  const std::string& metadata_location) override;
  Status DropView(const iceberg::TableIdent& ident) override;
  Status RenameView(const iceberg::TableIdent& from,
                    const iceberg::TableIdent& to) override;

  Result<std::string> NewTableLocation(const iceberg::TableIdent& ident) override;

 private:
  /// A table's part of a commit, worked out against the head that was found.
  struct StagedTable {
    EntryChange change;
    std::shared_ptr<const iceberg::TableMetadata> base;  // null for a new table
    std::shared_ptr<const iceberg::TableMetadata> metadata;
  };

  /// The entry of `ident`, of either type; unset if there is none. Errors:
  /// kInvalidArgument.
  Result<std::optional<Entry>> FindEntry(const iceberg::TableIdent& ident);
  /// The location of an entry that must be of `type`. Errors: kNoSuchTable or
  /// kNoSuchView; kInvalidData.
  Result<std::string> LocationOf(const iceberg::TableIdent& ident, EntryType type);
  Result<std::vector<iceberg::TableIdent>> ListEntries(const iceberg::Namespace& ns,
                                                       EntryType type);
  Status DropEntry(const iceberg::TableIdent& ident, EntryType type);
  Status RenameEntry(const iceberg::TableIdent& from, const iceberg::TableIdent& to,
                     EntryType type);
  /// Gives the name to a metadata file that is there already.
  Status RegisterEntry(const iceberg::TableIdent& ident, EntryType type,
                       const std::string& location, IfExists if_exists);

  /// The view's next metadata on top of `base` (nullptr: there is none yet).
  using ViewChange = std::function<Result<std::shared_ptr<const iceberg::ViewMetadata>>(
      const iceberg::ViewMetadata* base)>;
  Result<LoadedView> ChangeView(const iceberg::TableIdent& ident,
                                const ViewChange& change);

  Result<std::vector<LoadedTable>> TryCommit(const std::vector<TableCommit>& commits,
                                             bool* is_lost);
  Result<StagedTable> Stage(const TableCommit& commit);
  Result<StagedTable> StageNew(const TableCommit& commit);
  Status WriteFiles(std::vector<StagedTable>* staged);
  void DiscardOldFiles(const StagedTable& staged);

  /// Makes all changes or none. False: another commit was first. Files of changes that
  /// are definitely not made are removed. Errors: kAlreadyExists, kNoSuchNamespace,
  /// kCommitStateUnknown, the database's.
  Result<bool> ApplyChanges(const std::vector<EntryChange>& changes);
  Status ApplyChange(CatalogTables& tables, const EntryChange& change, bool* is_lost);
  void DiscardFiles(const std::vector<EntryChange>& changes);
  Result<bool> SettleUnknown(const std::vector<EntryChange>& changes,
                             const Status& error);
  /// Whether `change` is in the catalog, at the head or in its history.
  Result<bool> IsApplied(CatalogTables& tables, const EntryChange& change);
  void BackOff(int attempt);

  const SqliteCatalogOptions options_;
  const std::unique_ptr<CatalogDatabase> database_;
  MetadataFiles files_;
  Clock& clock_;
  Random& random_;
};

Status NoSuchNamespace(const iceberg::Namespace& ns);
Status NoSuchEntry(const iceberg::TableIdent& ident, EntryType type);
/// A name that is to be one of `wanted` belongs to one of `found`.
Status EntryExists(const iceberg::TableIdent& ident, EntryType found, EntryType wanted);

}  // namespace tarn::catalog::internal
