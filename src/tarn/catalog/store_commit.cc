// Commits of the SQLite catalog: metadata files first, then one transaction that compares
// and swaps their locations, then certainty about what came of it.
#include <algorithm>
#include <set>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/catalog/internal/catalog_names.h"
#include "tarn/catalog/internal/store_catalog.h"

namespace tarn::catalog::internal {
namespace {

/// Races lost in a row before we give up; each means that somebody else committed.
constexpr int kAttemptsMax = 20;

bool AssertsCreate(const TableCommit& commit) {
  return commit.create != nullptr ||
         std::ranges::any_of(
             commit.requirements, [](const iceberg::TableRequirement& required) {
               return std::holds_alternative<iceberg::require::AssertCreate>(required);
             });
}

/// ApplyUpdates enters the previous file in the log if and only if it changed anything.
bool IsChanged(const iceberg::TableMetadata& metadata,
               const std::string& previous_location) {
  return !metadata.metadata_log.empty() &&
         metadata.metadata_log.back().metadata_file == previous_location;
}

/// Says which table: requirements and names that are taken are known to clients by how
/// the message begins.
Status Refusal(const iceberg::TableIdent& ident, const Status& why) {
  switch (CodeOf(why)) {
    case ErrorCode::kAlreadyExists:
      return why;
    case ErrorCode::kCommitConflict:
      return MakeError(ErrorCode::kCommitConflict,
                       why.message() + " (table " + ident.ToString() + ")");
    default:
      return WithContext("Cannot commit to " + ident.ToString() + ": ", why);
  }
}

Status CheckCommits(const std::vector<TableCommit>& commits) {
  std::set<iceberg::TableIdent> seen;
  for (const TableCommit& commit : commits) {
    ARROW_RETURN_NOT_OK(CheckIdent(commit.ident));
    if (!seen.insert(commit.ident).second) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "A commit names a table twice: " + commit.ident.ToString());
    }
  }
  return Status::OK();
}

}  // namespace

Result<std::vector<LoadedTable>> StoreCatalog::Commit(
    const std::vector<TableCommit>& commits) {
  ARROW_RETURN_NOT_OK(CheckCommits(commits));
  for (int attempt = 1;; ++attempt) {
    bool is_lost = false;
    Result<std::vector<LoadedTable>> result = TryCommit(commits, &is_lost);
    if (!is_lost || attempt == kAttemptsMax) {
      return result;
    }
    BackOff(attempt);
  }
}

void StoreCatalog::BackOff(int attempt) {
  // 1 to 64 ms and as much again at random, so that rivals do not meet in step.
  const int64_t base_ms = int64_t{1} << std::min(attempt - 1, 6);
  const auto jitter_ms =
      static_cast<int64_t>(random_.Next() % static_cast<uint64_t>(base_ms + 1));
  clock_.Sleep(std::chrono::milliseconds(base_ms + jitter_ms));
}

Result<std::vector<LoadedTable>> StoreCatalog::TryCommit(
    const std::vector<TableCommit>& commits, bool* is_lost) {
  std::vector<StagedTable> staged;
  for (const TableCommit& commit : commits) {
    auto one = Stage(commit);
    if (!one.ok()) {
      return Refusal(commit.ident, one.status());
    }
    staged.push_back(*std::move(one));
  }
  ARROW_RETURN_NOT_OK(WriteFiles(&staged));
  std::vector<EntryChange> changes;
  for (const StagedTable& one : staged) {
    changes.push_back(one.change);
  }
  ARROW_ASSIGN_OR_RAISE(const bool is_applied, ApplyChanges(changes));
  if (!is_applied) {
    *is_lost = true;
    return MakeError(ErrorCode::kCommitConflict,
                     "Cannot commit to " + commits.front().ident.ToString() +
                         ": others committed first " + std::to_string(kAttemptsMax) +
                         " times in a row; try again");
  }
  std::vector<LoadedTable> loaded;
  for (StagedTable& one : staged) {
    DiscardOldFiles(one);
    loaded.push_back(
        {one.change.ident, one.change.entry.metadata_location, one.metadata});
  }
  return loaded;
}

Result<StoreCatalog::StagedTable> StoreCatalog::Stage(const TableCommit& commit) {
  ARROW_ASSIGN_OR_RAISE(const auto entry, FindEntry(commit.ident));
  if (!entry) {
    return StageNew(commit);
  }
  if (commit.create == nullptr && entry->type == EntryType::kTable &&
      AssertsCreate(commit)) {
    return MakeError(
        ErrorCode::kAlreadyExists,
        "Requirement failed: table already exists: " + commit.ident.ToString());
  }
  if (AssertsCreate(commit)) {
    return EntryExists(commit.ident, entry->type, EntryType::kTable);
  }
  if (entry->type == EntryType::kView) {
    return NoSuchEntry(commit.ident, EntryType::kTable);
  }

  StagedTable staged;
  staged.change = {commit.ident, *entry, entry->metadata_location};
  ARROW_ASSIGN_OR_RAISE(staged.base, files_.ReadTable(entry->metadata_location));
  ARROW_RETURN_NOT_OK(iceberg::CheckRequirements(commit.requirements, staged.base.get()));
  ARROW_ASSIGN_OR_RAISE(staged.metadata,
                        iceberg::ApplyUpdates(*staged.base, entry->metadata_location,
                                              commit.updates, clock_.Now()));
  return staged;
}

Result<StoreCatalog::StagedTable> StoreCatalog::StageNew(const TableCommit& commit) {
  if (!AssertsCreate(commit)) {
    return NoSuchEntry(commit.ident, EntryType::kTable);
  }
  const std::string ns = NamespaceKey(commit.ident.ns);
  ARROW_ASSIGN_OR_RAISE(const bool exists, database_->Read([&](CatalogTables& tables) {
    return tables.NamespaceExists(ns);
  }));
  if (!exists) {
    return NoSuchNamespace(commit.ident.ns);
  }
  ARROW_RETURN_NOT_OK(iceberg::CheckRequirements(commit.requirements, nullptr));

  StagedTable staged;
  staged.change.ident = commit.ident;
  staged.change.entry = {.name_space = ns,
                         .name = commit.ident.name,
                         .type = EntryType::kTable,
                         .metadata_location = {},
                         .previous_metadata_location = {}};
  // Without first metadata the updates must make up the whole table, as REST clients do
  // it: in the version that they name.
  iceberg::TableMetadata nothing;
  for (const iceberg::TableUpdate& update : commit.updates) {
    if (const auto* version =
            std::get_if<iceberg::update::UpgradeFormatVersion>(&update)) {
      nothing.format_version = std::clamp(version->version, 1, nothing.format_version);
      break;
    }
  }
  ARROW_ASSIGN_OR_RAISE(
      staged.metadata, iceberg::ApplyUpdates(commit.create ? *commit.create : nothing, "",
                                             commit.updates, clock_.Now()));
  return staged;
}

Status StoreCatalog::WriteFiles(std::vector<StagedTable>* staged) {
  for (size_t i = 0; i < staged->size(); ++i) {
    StagedTable& one = (*staged)[i];
    if (one.base != nullptr && !IsChanged(*one.metadata, one.change.expected)) {
      continue;
    }
    auto location = files_.WriteTable(one.metadata, one.change.expected);
    if (!location.ok()) {
      for (size_t k = 0; k < i; ++k) {
        DiscardFiles({(*staged)[k].change});
      }
      return WithContext("Cannot commit to " + one.change.ident.ToString() + ": ",
                         location.status());
    }
    one.change.entry.metadata_location = *std::move(location);
  }
  return Status::OK();
}

void StoreCatalog::DiscardOldFiles(const StagedTable& staged) {
  if (staged.base == nullptr ||
      staged.metadata->Property("write.metadata.delete-after-commit.enabled", "false") !=
          "true") {
    return;
  }
  for (const iceberg::MetadataLogEntry& old : staged.base->metadata_log) {
    if (std::ranges::count(staged.metadata->metadata_log, old.metadata_file,
                           &iceberg::MetadataLogEntry::metadata_file) == 0) {
      files_.Discard(old.metadata_file);
    }
  }
}

void StoreCatalog::DiscardFiles(const std::vector<EntryChange>& changes) {
  for (const EntryChange& change : changes) {
    if (change.is_new_file()) {
      files_.Discard(change.entry.metadata_location);
    }
  }
}

Status StoreCatalog::ApplyChange(CatalogTables& tables, const EntryChange& change,
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

Result<bool> StoreCatalog::ApplyChanges(const std::vector<EntryChange>& changes) {
  const bool is_needed = std::ranges::any_of(changes, &EntryChange::is_new_file);
  if (!is_needed) {
    return true;
  }
  bool is_lost = false;
  WriteOutcome outcome = WriteOutcome::kNotApplied;
  const Status status = database_->Write(
      [&](CatalogTables& tables) -> Status {
        for (const EntryChange& change : changes) {
          ARROW_RETURN_NOT_OK(ApplyChange(tables, change, &is_lost));
        }
        return Status::OK();
      },
      &outcome);
  if (status.ok()) {
    return true;
  }
  if (outcome == WriteOutcome::kUnknown) {
    return SettleUnknown(changes, status);
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
Result<bool> StoreCatalog::SettleUnknown(const std::vector<EntryChange>& changes,
                                          const Status& error) {
  const EntryChange& witness = *std::ranges::find_if(changes, &EntryChange::is_new_file);
  const auto unknown = [&](const Status& why) {
    return MakeError(ErrorCode::kCommitStateUnknown,
                     "Cannot tell whether the commit to " + witness.ident.ToString() +
                         " was applied (look the table up before touching its files): " +
                         error.message() + "; then " + why.message());
  };
  // One witness is enough: the changes are in one transaction.
  bool is_applied = false;
  const Status settled = database_->Write([&](CatalogTables& tables) -> Status {
    ARROW_ASSIGN_OR_RAISE(is_applied, IsApplied(tables, witness));
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

Result<bool> StoreCatalog::IsApplied(CatalogTables& tables, const EntryChange& change) {
  const std::string& ours = change.entry.metadata_location;
  ARROW_ASSIGN_OR_RAISE(const auto found,
                        tables.Find(change.entry.name_space, change.entry.name));
  if (!found) {
    if (change.expected.empty()) {
      return false;
    }
    return MakeError(ErrorCode::kNoSuchTable, "it was dropped or renamed meanwhile");
  }
  if (found->metadata_location == ours || found->previous_metadata_location == ours) {
    return true;
  }
  if (found->metadata_location == change.expected) {
    return false;
  }
  if (found->type == EntryType::kView) {
    return false;
  }
  // Somebody committed since: on top of ours, or of what was there before.
  ARROW_ASSIGN_OR_RAISE(const auto head, files_.ReadTable(found->metadata_location));
  return std::ranges::count(head->metadata_log, ours,
                            &iceberg::MetadataLogEntry::metadata_file) > 0;
}

Result<LoadedView> StoreCatalog::ChangeView(const iceberg::TableIdent& ident,
                                             const ViewChange& change_view) {
  ARROW_RETURN_NOT_OK(CheckIdent(ident));
  for (int attempt = 1; attempt <= kAttemptsMax; ++attempt) {
    ARROW_ASSIGN_OR_RAISE(const auto entry, FindEntry(ident));
    if (entry && entry->type == EntryType::kTable) {
      return EntryExists(ident, entry->type, EntryType::kView);
    }
    std::shared_ptr<const iceberg::ViewMetadata> base;
    EntryChange change;
    change.ident = ident;
    change.entry = {.name_space = NamespaceKey(ident.ns),
                    .name = ident.name,
                    .type = EntryType::kView,
                    .metadata_location = {},
                    .previous_metadata_location = {}};
    if (entry) {
      change.expected = entry->metadata_location;
      ARROW_ASSIGN_OR_RAISE(base, files_.ReadView(entry->metadata_location));
    }
    ARROW_ASSIGN_OR_RAISE(const auto metadata, change_view(base.get()));
    ARROW_ASSIGN_OR_RAISE(change.entry.metadata_location,
                          files_.WriteView(metadata, change.expected));
    ARROW_ASSIGN_OR_RAISE(const bool is_applied, ApplyChanges({change}));
    if (is_applied) {
      return LoadedView{ident, change.entry.metadata_location, metadata};
    }
    BackOff(attempt);
  }
  return MakeError(ErrorCode::kCommitConflict,
                   "Cannot change view " + ident.ToString() +
                       ": others change it at the same time; try again");
}

Result<LoadedView> StoreCatalog::CreateView(const NewView& view) {
  using Metadata = std::shared_ptr<const iceberg::ViewMetadata>;
  return ChangeView(
      view.ident, [&](const iceberg::ViewMetadata* base) -> Result<Metadata> {
        if (base == nullptr) {
          return view.metadata;
        }
        if (!view.replace) {
          return EntryExists(view.ident, EntryType::kView, EntryType::kView);
        }
        return iceberg::ReplaceViewVersion(*base, *view.metadata);
      });
}

Result<LoadedView> StoreCatalog::CommitView(const ViewCommit& commit) {
  using Metadata = std::shared_ptr<const iceberg::ViewMetadata>;
  return ChangeView(
      commit.ident, [&](const iceberg::ViewMetadata* base) -> Result<Metadata> {
        if (base == nullptr) {
          if (!commit.creates) {
            return NoSuchEntry(commit.ident, EntryType::kView);
          }
          return iceberg::ApplyUpdates(iceberg::ViewMetadata(), commit.updates,
                                       clock_.Now());
        }
        if (commit.creates) {
          return EntryExists(commit.ident, EntryType::kView, EntryType::kView);
        }
        ARROW_RETURN_NOT_OK(iceberg::CheckRequirements(commit.requirements, *base));
        return iceberg::ApplyUpdates(*base, commit.updates, clock_.Now());
      });
}

}  // namespace tarn::catalog::internal
