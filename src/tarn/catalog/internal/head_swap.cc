#include "tarn/catalog/internal/head_swap.h"

#include <algorithm>

#include "tarn/base/error.h"
#include "tarn/catalog/internal/operation_rows.h"
#include "tarn/catalog/internal/store_catalog.h"

namespace tarn::catalog::internal {

void HeadSwap::DiscardFiles(const std::vector<EntryChange>& changes) {
  for (const EntryChange& change : changes) {
    if (change.is_new_file() && !change.keeps_file) {
      files_.Discard(change.entry.metadata_location);
    }
  }
}

Status HeadSwap::ApplyOne(CatalogTables& tables, const EntryChange& change,
                          bool* is_lost) {
  const Entry& entry = change.entry;
  if (change.expected.empty()) {
    ARROW_ASSIGN_OR_RAISE(const bool exists, tables.NamespaceExists(entry.name_space));
    if (!exists) {
      return NoSuchNamespace(change.ident.ns);
    }
    ARROW_ASSIGN_OR_RAISE(const auto taken, tables.Find(entry.name_space, entry.name));
    if (taken) {
      return EntryExists(change.ident, taken->type, entry.type);
    }
    return tables.Insert(entry);
  }
  if (change.is_new_file()) {
    ARROW_ASSIGN_OR_RAISE(const bool is_swapped, tables.Swap(entry, change.expected));
    *is_lost = !is_swapped;
  } else {
    ARROW_ASSIGN_OR_RAISE(const auto found, tables.Find(entry.name_space, entry.name));
    *is_lost = !found || found->metadata_location != change.expected;
  }
  if (!*is_lost) {
    return Status::OK();
  }
  return MakeError(ErrorCode::kCommitConflict,
                   "Changed by another commit: " + change.ident.ToString());
}

Status HeadSwap::Record(CatalogTables& tables, const Operations& operations,
                        size_t* repeated) {
  for (size_t i = 0; i < operations.size(); ++i) {
    const Operation& operation = *operations[i];
    ARROW_ASSIGN_OR_RAISE(const bool is_new,
                          InsertOperation(tables.connection(), operation, clock_.Now()));
    if (is_new) {
      continue;
    }
    if (repeated != nullptr) {
      *repeated = i;
    }
    return MakeError(ErrorCode::kOperationRepeated,
                     "This operation was made before: key " + operation.key);
  }
  return Status::OK();
}

Result<bool> HeadSwap::Apply(const std::vector<EntryChange>& changes,
                             const Operations& operations, size_t* repeated) {
  const bool is_needed =
      !operations.empty() || std::ranges::any_of(changes, &EntryChange::is_new_file);
  if (!is_needed) {
    return true;
  }
  bool is_lost = false;
  WriteOutcome outcome = WriteOutcome::kNotApplied;
  const Status status = database_.WriteEntries(
      [&](CatalogTables& tables) -> Status {
        is_lost = false;
        ARROW_RETURN_NOT_OK(Record(tables, operations, repeated));
        for (const EntryChange& change : changes) {
          ARROW_RETURN_NOT_OK(ApplyOne(tables, change, &is_lost));
        }
        return Status::OK();
      },
      &outcome);
  if (status.ok()) {
    return true;
  }
  if (outcome == WriteOutcome::kUnknown) {
    return SettleUnknown(changes, operations, status);
  }
  DiscardFiles(changes);
  if (is_lost) {
    return false;
  }
  return status;
}

/// COMMIT failed: it may be in the database all the same, or come back from the
/// write-ahead log after a crash. A second transaction that succeeds overwrites what the
/// first one left, so what it sees is final.
Result<bool> HeadSwap::SettleUnknown(const std::vector<EntryChange>& changes,
                                     const Operations& operations, const Status& error) {
  const auto new_file = std::ranges::find_if(changes, &EntryChange::is_new_file);
  const auto unknown = [&](const Status& why) {
    const std::string what = changes.empty() ? "the operation " + operations.front()->key
                                             : changes.front().ident.ToString();
    return MakeError(ErrorCode::kCommitStateUnknown,
                     "Cannot tell whether the commit to " + what +
                         " was applied (look the table up before touching its files): " +
                         error.message() + "; then " + why.message());
  };
  bool is_applied = false;
  const Status settled = database_.Write([&](CatalogTables& tables) -> Status {
    // All is in one transaction. A key that is missing proves that it was not applied;
    // one that is there may be another server's, which got the same request: only the
    // location is certainly ours.
    ARROW_ASSIGN_OR_RAISE(is_applied, AreRecorded(tables, operations));
    if (is_applied && new_file != changes.end()) {
      is_applied = false;
      ARROW_ASSIGN_OR_RAISE(is_applied, IsApplied(tables, *new_file));
    }
    return tables.Touch();
  });
  if (!settled.ok()) {
    // A full disk stops a transaction before its last frame: nothing was applied.
    const bool is_disk_full =
        CodeOf(error) == ErrorCode::kDiskFull && CodeOf(settled) == ErrorCode::kDiskFull;
    if (!is_disk_full || is_applied) {
      return unknown(settled);
    }
  }
  if (is_applied) {
    return true;
  }
  DiscardFiles(changes);
  return error;
}

Result<bool> HeadSwap::AreRecorded(CatalogTables& tables, const Operations& operations) {
  for (const Operation* operation : operations) {
    ARROW_ASSIGN_OR_RAISE(const auto found,
                          FindOperation(tables.connection(), operation->key));
    if (!found || !found->is_applied) {
      return false;
    }
  }
  return true;
}

Result<bool> HeadSwap::IsApplied(CatalogTables& tables, const EntryChange& change) {
  const std::string& ours = change.entry.metadata_location;
  ARROW_ASSIGN_OR_RAISE(const auto found,
                        tables.Find(change.entry.name_space, change.entry.name));
  if (!found || found->type != change.entry.type) {
    if (change.expected.empty()) {
      return false;
    }
    return MakeError(ErrorCode::kNoSuchTable, "it was dropped or renamed meanwhile");
  }
  if (found->metadata_location == ours || found->previous_metadata_location == ours) {
    return true;
  }
  if (!change.expected.empty() &&
      (found->metadata_location == change.expected ||
       found->previous_metadata_location == change.expected)) {
    return false;
  }
  // Somebody committed since: on top of ours, or of what was there before.
  if (change.expected.empty()) {
    return IsSameObject(found->type, found->metadata_location, ours);
  }
  if (found->type == EntryType::kView) {
    return MakeError(ErrorCode::kCommitConflict, "others have changed it since");
  }
  ARROW_ASSIGN_OR_RAISE(const auto head, files_.ReadTable(found->metadata_location));
  const auto is_in_history = [&](const std::string& location) {
    return std::ranges::count(head->metadata_log, location,
                              &iceberg::MetadataLogEntry::metadata_file) > 0;
  };
  if (is_in_history(ours)) {
    return true;
  }
  // The log is trimmed from its beginning, and ours would come after what was there.
  if (is_in_history(change.expected)) {
    return false;
  }
  return MakeError(ErrorCode::kCommitConflict,
                   "others have changed it since, and its metadata log does not reach "
                   "back so far");
}

/// Whether the metadata files at both places are of one table or view.
Result<bool> HeadSwap::IsSameObject(EntryType type, const std::string& a,
                                    const std::string& b) {
  if (type == EntryType::kView) {
    ARROW_ASSIGN_OR_RAISE(const auto one, files_.ReadView(a));
    ARROW_ASSIGN_OR_RAISE(const auto other, files_.ReadView(b));
    return one->view_uuid == other->view_uuid;
  }
  ARROW_ASSIGN_OR_RAISE(const auto one, files_.ReadTable(a));
  ARROW_ASSIGN_OR_RAISE(const auto other, files_.ReadTable(b));
  return one->table_uuid == other->table_uuid;
}

}  // namespace tarn::catalog::internal
