// The class behind Store::OpenCatalog: namespaces in store_catalog.cc, tables and views
// by name in store_tables.cc, dropped tables in store_dropped.cc, commits in
// store_commit.cc.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tarn/catalog/internal/catalog_database.h"
#include "tarn/catalog/internal/commit_service.h"
#include "tarn/catalog/internal/head_swap.h"
#include "tarn/catalog/internal/metadata_files.h"
#include "tarn/catalog/one_moment.h"
#include "tarn/catalog/store.h"

namespace tarn::catalog::internal {

/// What a catalog and its copies for one operation share.
struct CatalogParts {
  CatalogParts(CatalogOptions catalog_options, std::shared_ptr<StoreDatabase> store,
               io::FileIO& io, Clock& catalog_clock, Random& catalog_random)
      : options(std::move(catalog_options)),
        database(std::move(store), options.name),
        files(io, catalog_random),
        clock(catalog_clock),
        random(catalog_random),
        commits(database, files, io, catalog_clock, catalog_random) {}

  const CatalogOptions options;
  CatalogDatabase database;
  MetadataFiles files;
  Clock& clock;
  Random& random;
  CommitService commits;
};

class StoreCatalog : public Catalog, public OneMoment {
 public:
  explicit StoreCatalog(std::shared_ptr<CatalogParts> parts,
                        std::optional<Operation> operation = {})
      : parts_(std::move(parts)),
        options_(parts_->options),
        database_(&parts_->database),
        files_(parts_->files),
        clock_(parts_->clock),
        random_(parts_->random),
        operation_(std::move(operation)) {}

  const std::string& name() const override { return options_.name; }
  std::unique_ptr<Catalog> WithOperation(const Operation& operation) override {
    return std::make_unique<StoreCatalog>(parts_, operation);
  }

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
  Result<std::map<iceberg::TableIdent, std::string>> TableLocations() override;
  Result<LoadedTable> LoadTableAt(const iceberg::TableIdent& ident,
                                  const std::string& metadata_location) override;
  Result<bool> TableExists(const iceberg::TableIdent& ident) override;
  Result<LoadedTable> RegisterTable(const iceberg::TableIdent& ident,
                                    const std::string& metadata_location,
                                    IfExists if_exists) override;
  Status DropTable(const iceberg::TableIdent& ident, const DropOptions& options) override;
  Status RenameTable(const iceberg::TableIdent& from,
                     const iceberg::TableIdent& to) override;

  std::chrono::milliseconds undrop_retention() const override {
    return options_.undrop_retention;
  }
  Result<std::vector<DroppedTable>> ListDroppedTables(
      const iceberg::Namespace& ns) override;
  Result<std::vector<DroppedTable>> ListExpiredTables() override;
  Result<LoadedTable> UndropTable(const std::string& id,
                                  const std::optional<iceberg::TableIdent>& as) override;
  Status ExpireDroppedTable(const std::string& id) override;
  Status ForgetDroppedTable(const std::string& id) override;

  Result<std::vector<LoadedTable>> Commit(
      const std::vector<TableCommit>& commits) override;

  Result<LoadedTable> SwapTable(const iceberg::TableIdent& ident,
                                const std::string& expected_location,
                                const std::string& metadata_location) override;

  Result<std::vector<iceberg::TableIdent>> ListViews(
      const iceberg::Namespace& ns) override;
  Result<LoadedView> LoadView(const iceberg::TableIdent& ident) override;
  Result<bool> ViewExists(const iceberg::TableIdent& ident) override;
  Result<LoadedView> CreateView(const NewView& view) override;
  Result<LoadedView> CommitView(const ViewCommit& commit) override;
  Result<LoadedView> RegisterView(const iceberg::TableIdent& ident,
                                  const std::string& metadata_location) override;
  Result<LoadedView> SwapView(const iceberg::TableIdent& ident,
                              const std::string& expected_location,
                              const std::string& metadata_location) override;
  Status DropView(const iceberg::TableIdent& ident) override;
  Status RenameView(const iceberg::TableIdent& from,
                    const iceberg::TableIdent& to) override;

  Result<std::string> NewTableLocation(const iceberg::TableIdent& ident) override;

 private:
  /// CatalogDatabase::Write and WriteEntries for changes that a client asked for: with
  /// the operation that they are, if any, in the same transaction.
  Status Change(const std::function<Status(CatalogTables&)>& change);
  Status ChangeEntries(const std::function<Status(CatalogTables&)>& change);
  /// Writes down the operation, if any; first in a transaction. Errors:
  /// kOperationRepeated.
  Status RecordOperation(CatalogTables& tables);
  /// A change that was refused before its transaction began: kOperationRepeated if that
  /// is because the same operation was made already.
  template <typename T>
  Result<T> OrRepeated(Result<T> result) {
    return result.ok() ? std::move(result) : Result<T>(RepeatedOr(result.status()));
  }
  Status RepeatedOr(const Status& refusal);

  /// The entry of `ident`, of either type; unset if there is none. Errors:
  /// kInvalidArgument.
  Result<std::optional<Entry>> FindEntry(const iceberg::TableIdent& ident);
  /// The location of an entry that must be of `type`. Errors: kNoSuchTable or
  /// kNoSuchView; kInvalidData.
  Result<std::string> LocationOf(const iceberg::TableIdent& ident, EntryType type);
  Result<std::vector<iceberg::TableIdent>> ListEntries(const iceberg::Namespace& ns,
                                                       EntryType type);
  Status DropEntry(const iceberg::TableIdent& ident, EntryType type,
                   const DropOptions& options);
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

  /// The head of `ident`, ready to move to a client's own file. Unset: it is there
  /// already.
  Result<std::optional<EntryChange>> StageSwap(const iceberg::TableIdent& ident,
                                               EntryType type,
                                               const std::string& expected_location,
                                               const std::string& metadata_location);
  Status ApplySwap(const EntryChange& change);

  /// HeadSwap::Apply, with the operation that the change is, if any.
  Result<bool> ApplyChanges(const std::vector<EntryChange>& changes);

  const std::shared_ptr<CatalogParts> parts_;
  const CatalogOptions& options_;
  CatalogDatabase* const database_;
  MetadataFiles& files_;
  Clock& clock_;
  Random& random_;
  const std::optional<Operation> operation_;
};

Status NoSuchNamespace(const iceberg::Namespace& ns);
Status NoSuchEntry(const iceberg::TableIdent& ident, EntryType type);
/// A name that is to be one of `wanted` belongs to one of `found`.
Status EntryExists(const iceberg::TableIdent& ident, EntryType found, EntryType wanted);

}  // namespace tarn::catalog::internal
