// The catalog: names to metadata, and the only writer of metadata locations.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/iceberg/table_ident.h"
#include "tarn/iceberg/table_metadata.h"
#include "tarn/iceberg/table_update.h"
#include "tarn/iceberg/view_metadata.h"
#include "tarn/iceberg/view_update.h"

namespace tarn::catalog {

using Properties = std::map<std::string, std::string>;

struct LoadedTable {
  iceberg::TableIdent ident;
  std::string metadata_location;
  std::shared_ptr<const iceberg::TableMetadata> metadata;
  /// `metadata` as TableMetadataToJson gives it, where the catalog has it at hand.
  std::shared_ptr<const std::string> metadata_text = nullptr;
};

struct LoadedView {
  iceberg::TableIdent ident;
  std::string metadata_location;
  std::shared_ptr<const iceberg::ViewMetadata> metadata;
};

/// Whether the catalog may move an append to a newer head of its branch, so that it does
/// not lose a race (docs/decisions/0006). Catalogs that move nothing ignore it.
enum class Rebase : uint8_t {
  kByPolicy,  // where the table's history and properties allow it: what clients send
  kAlways,    // the rows depend on nothing that was read from the table
  kNever,     // the requirements are meant to the letter
};

/// One table's part of a commit. A table is created by AssertCreate with `create` set to
/// its first metadata (MakeTableMetadata), on which `updates` (its first snapshot) are
/// applied.
struct TableCommit {
  iceberg::TableIdent ident;
  std::vector<iceberg::TableRequirement> requirements;
  std::vector<iceberg::TableUpdate> updates;
  std::shared_ptr<const iceberg::TableMetadata> create = nullptr;
  Rebase rebase = Rebase::kByPolicy;
};

/// One view's commit. `updates` make up the whole view if there is none and `creates`.
struct ViewCommit {
  iceberg::TableIdent ident;
  std::vector<iceberg::ViewRequirement> requirements = {};
  std::vector<iceberg::ViewUpdate> updates;
  bool creates = false;  // the name must be free
};

/// A change as its client names it: the REST specification's Idempotency-Key.
struct Operation {
  std::string key;
  std::string digest;  // of the request: one key, one request
};

struct DropOptions {
  bool purges = false;  // the files go too, once the table can no longer be brought back
  bool for_good = false;  // it cannot be brought back, however long the catalog keeps
                          // tables; its files are the caller's
};

/// A table without a name that still can have one again. Times since the Unix epoch, UTC.
struct DroppedTable {
  std::string id;
  iceberg::TableIdent ident;  // its last name
  std::string metadata_location;
  std::chrono::milliseconds dropped_at{0};
  std::chrono::milliseconds expires_at{0};
  bool purges = false;
};

enum class IfExists : uint8_t { kFail, kReplace };

struct NewView {
  iceberg::TableIdent ident;
  std::shared_ptr<const iceberg::ViewMetadata> metadata;
  bool replace = false;  // CREATE OR REPLACE VIEW: adds a version
};

/// Thread-safe. Contract suite: catalog/catalog_contract_test.h, run on every
/// implementation.
class Catalog {
 public:
  virtual ~Catalog() = default;

  virtual const std::string& name() const = 0;

  /// This catalog with `operation` written down in the very transaction of its next
  /// change (of a namespace, table or view), also if that changes nothing. One more error
  /// of that change: kOperationRepeated if the key is there already, and nothing is done.
  /// Cheap: shares everything with this catalog, and must not outlive what that one was
  /// made with. For one change by one thread. Catalogs that cannot: kNotSupported at the
  /// change.
  virtual std::unique_ptr<Catalog> WithOperation(const Operation& operation) = 0;

  /// Errors: kAlreadyExists; kNoSuchNamespace if the parent is missing.
  virtual Status CreateNamespace(const iceberg::Namespace& ns,
                                 const Properties& properties) = 0;
  /// Direct children of `parent` (empty: the top level), sorted.
  virtual Result<std::vector<iceberg::Namespace>> ListNamespaces(
      const iceberg::Namespace& parent) = 0;
  virtual Result<Properties> LoadNamespaceProperties(const iceberg::Namespace& ns) = 0;
  virtual Status UpdateNamespaceProperties(const iceberg::Namespace& ns,
                                           const Properties& updates,
                                           const std::vector<std::string>& removals) = 0;
  /// Errors: kNoSuchNamespace, kNamespaceNotEmpty.
  virtual Status DropNamespace(const iceberg::Namespace& ns) = 0;

  virtual Result<std::vector<iceberg::TableIdent>> ListTables(
      const iceberg::Namespace& ns) = 0;
  /// Errors: kNoSuchTable; kNoSuchFile or kInvalidData if its metadata cannot be read.
  virtual Result<LoadedTable> LoadTable(const iceberg::TableIdent& ident) = 0;
  virtual Result<bool> TableExists(const iceberg::TableIdent& ident) = 0;
  /// kReplace lets a table of this name be what the file says from now on. Errors:
  /// kAlreadyExists (also for a view of this name), kNoSuchNamespace, kInvalidData.
  virtual Result<LoadedTable> RegisterTable(const iceberg::TableIdent& ident,
                                            const std::string& metadata_location,
                                            IfExists if_exists = IfExists::kFail) = 0;
  /// Removes the name; files stay. For undrop_retention() the table can be brought back.
  /// Errors: kNoSuchTable.
  virtual Status DropTable(const iceberg::TableIdent& ident,
                           const DropOptions& options = {}) = 0;
  virtual Status RenameTable(const iceberg::TableIdent& from,
                             const iceberg::TableIdent& to) = 0;

  /// For how long dropped tables can be brought back; 0: they cannot.
  virtual std::chrono::milliseconds undrop_retention() const {
    return std::chrono::milliseconds(0);
  }
  /// Tables dropped from `ns` (no level: from everywhere) that can be brought back, the
  /// newest first. A namespace that is gone is no error.
  virtual Result<std::vector<DroppedTable>> ListDroppedTables(
      const iceberg::Namespace& ns) = 0;
  /// Dropped tables whose time is over but which nobody has forgotten yet.
  virtual Result<std::vector<DroppedTable>> ListExpiredTables() = 0;
  /// Under its last name, or `as`. Errors: kNoSuchTable if there is no such dropped table
  /// or its time is over; kAlreadyExists, kNoSuchNamespace; kNoSuchFile or kInvalidData
  /// if its metadata cannot be read.
  virtual Result<LoadedTable> UndropTable(
      const std::string& id, const std::optional<iceberg::TableIdent>& as) = 0;
  /// Ends its time at once: it cannot be brought back, and is there until it is
  /// forgotten, so that a purge that was broken off can be taken up again. Errors:
  /// kNoSuchTable.
  virtual Status ExpireDroppedTable(const std::string& id) = 0;
  /// For good; its files are the caller's to purge, before. Errors: kNoSuchTable.
  virtual Status ForgetDroppedTable(const std::string& id) = 0;

  /// Applies all commits or none, by compare and swap of each table's metadata location.
  /// Retries only while the requirements still hold on the newer head. Errors:
  /// kCommitConflict (not applied), kCommitStateUnknown (look up before touching any
  /// file), kAlreadyExists, kNoSuchTable, kNoSuchNamespace.
  virtual Result<std::vector<LoadedTable>> Commit(
      const std::vector<TableCommit>& commits) = 0;

  /// Lets the table be what the file at `metadata_location` says, if it still is what the
  /// one at `expected_location` says: the commit of clients that write metadata files
  /// themselves (Hive's). OK if it is there already. The file stays, whatever comes of
  /// it. Errors: kCommitConflict (not applied; the message ends with the present
  /// location), kCommitStateUnknown, kNoSuchTable, kNoSuchFile, kInvalidData,
  /// kInvalidArgument (the file is another table's), kNotSupported.
  virtual Result<LoadedTable> SwapTable(const iceberg::TableIdent& ident,
                                        const std::string& expected_location,
                                        const std::string& metadata_location);

  virtual Result<std::vector<iceberg::TableIdent>> ListViews(
      const iceberg::Namespace& ns) = 0;
  virtual Result<LoadedView> LoadView(const iceberg::TableIdent& ident) = 0;
  virtual Result<bool> ViewExists(const iceberg::TableIdent& ident) = 0;
  virtual Result<LoadedView> CreateView(const NewView& view) = 0;
  /// As Commit, for one view. Errors: those of Commit, kNoSuchView.
  virtual Result<LoadedView> CommitView(const ViewCommit& commit) = 0;
  /// Errors: kAlreadyExists (also for a table of this name), kNoSuchNamespace,
  /// kInvalidData.
  virtual Result<LoadedView> RegisterView(const iceberg::TableIdent& ident,
                                          const std::string& metadata_location) = 0;
  /// As SwapTable, for a view. Errors: those of SwapTable, kNoSuchView.
  virtual Result<LoadedView> SwapView(const iceberg::TableIdent& ident,
                                      const std::string& expected_location,
                                      const std::string& metadata_location);
  virtual Status DropView(const iceberg::TableIdent& ident) = 0;
  virtual Status RenameView(const iceberg::TableIdent& from,
                            const iceberg::TableIdent& to) = 0;

  /// Where a new table or view goes: the namespace's "location" property or the
  /// warehouse, then
  /// "/ns/name-<short unique suffix>"; characters that paths cannot hold are
  /// percent-escaped.
  virtual Result<std::string> NewTableLocation(const iceberg::TableIdent& ident) = 0;
};

}  // namespace tarn::catalog
