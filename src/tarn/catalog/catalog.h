// The catalog: names to metadata, and the only writer of metadata locations.
#pragma once

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
};

struct LoadedView {
  iceberg::TableIdent ident;
  std::string metadata_location;
  std::shared_ptr<const iceberg::ViewMetadata> metadata;
};

/// One table's part of a commit. A table is created by AssertCreate with `create` set to
/// its first metadata (MakeTableMetadata), on which `updates` (its first snapshot) are
/// applied.
struct TableCommit {
  iceberg::TableIdent ident;
  std::vector<iceberg::TableRequirement> requirements;
  std::vector<iceberg::TableUpdate> updates;
  std::shared_ptr<const iceberg::TableMetadata> create = nullptr;
};

/// One view's commit. `updates` make up the whole view if there is none and `creates`.
struct ViewCommit {
  iceberg::TableIdent ident;
  std::vector<iceberg::ViewRequirement> requirements = {};
  std::vector<iceberg::ViewUpdate> updates;
  bool creates = false;  // the name must be free
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
  /// Removes the name; files stay. Errors: kNoSuchTable.
  virtual Status DropTable(const iceberg::TableIdent& ident) = 0;
  virtual Status RenameTable(const iceberg::TableIdent& from,
                             const iceberg::TableIdent& to) = 0;

  /// Applies all commits or none, by compare and swap of each table's metadata location.
  /// Retries only while the requirements still hold on the newer head. Errors:
  /// kCommitConflict (not applied), kCommitStateUnknown (look up before touching any
  /// file), kAlreadyExists, kNoSuchTable, kNoSuchNamespace.
  virtual Result<std::vector<LoadedTable>> Commit(
      const std::vector<TableCommit>& commits) = 0;

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
