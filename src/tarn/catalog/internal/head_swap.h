// The compare and swap of commits: locations of metadata files, all or none, in one
// transaction, and certainty about what came of it.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "tarn/base/clock.h"
#include "tarn/base/result.h"
#include "tarn/catalog/catalog.h"
#include "tarn/catalog/internal/catalog_database.h"
#include "tarn/catalog/internal/metadata_files.h"
#include "tarn/iceberg/table_ident.h"

namespace tarn::catalog::internal {

/// One name's move to a new metadata file.
struct EntryChange {
  iceberg::TableIdent ident;
  Entry entry;           // with the new location
  std::string expected;  // the location it must still have; empty: the name must be new
  bool keeps_file = false;  // a client's own file: not ours to remove

  /// False for a table that only has to stay as it is.
  bool is_new_file() const { return entry.metadata_location != expected; }
};

/// Operations of a group of commits, each its client's.
using Operations = std::vector<const Operation*>;

/// Thread-safe. What it is made with outlives it.
class HeadSwap {
 public:
  HeadSwap(CatalogDatabase& database, MetadataFiles& files, Clock& clock)
      : database_(database), files_(files), clock_(clock) {}

  /// Makes all changes and writes all operations down, or none. False: another commit was
  /// first. Files of changes that are definitely not made are removed. Errors:
  /// kAlreadyExists, kNoSuchNamespace, kOperationRepeated (`repeated`, if given, becomes
  /// the operation's index), kCommitStateUnknown, the database's.
  Result<bool> Apply(const std::vector<EntryChange>& changes,
                     const Operations& operations = {}, size_t* repeated = nullptr);

  /// Removes the new files of changes that are not made.
  void DiscardFiles(const std::vector<EntryChange>& changes);

 private:
  Status ApplyOne(CatalogTables& tables, const EntryChange& change, bool* is_lost);
  Status Record(CatalogTables& tables, const Operations& operations, size_t* repeated);
  Result<bool> SettleUnknown(const std::vector<EntryChange>& changes,
                             const Operations& operations, const Status& error);
  /// Whether all of these are written down as applied.
  Result<bool> AreRecorded(CatalogTables& tables, const Operations& operations);
  /// Whether `change` is in the catalog, at the head or in its history. An error if
  /// nothing shows it.
  Result<bool> IsApplied(CatalogTables& tables, const EntryChange& change);
  Result<bool> IsSameObject(EntryType type, const std::string& a, const std::string& b);

  CatalogDatabase& database_;
  MetadataFiles& files_;
  Clock& clock_;
};

}  // namespace tarn::catalog::internal
