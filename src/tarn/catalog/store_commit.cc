// Changes of what tables and views are: commits go to the commit service, views move by a
// plain compare and swap.
#include <utility>

#include "tarn/base/error.h"
#include "tarn/catalog/internal/catalog_names.h"
#include "tarn/catalog/internal/store_catalog.h"

namespace tarn::catalog::internal {

Result<std::vector<LoadedTable>> StoreCatalog::Commit(
    const std::vector<TableCommit>& commits) {
  return OrRepeated(parts_->commits.Commit(commits, operation_ ? &*operation_ : nullptr));
}

Result<bool> StoreCatalog::ApplyChanges(const std::vector<EntryChange>& changes) {
  Operations operations;
  if (operation_) {
    operations.push_back(&*operation_);
  }
  return HeadSwap(*database_, files_, clock_).Apply(changes, operations);
}

Result<LoadedView> StoreCatalog::ChangeView(const iceberg::TableIdent& ident,
                                            const ViewChange& change_view) {
  ARROW_RETURN_NOT_OK(CheckIdent(ident));
  for (int attempt = 1; attempt <= kCommitAttemptsMax; ++attempt) {
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
    BackOffCommit(attempt, clock_, random_);
  }
  return MakeError(ErrorCode::kCommitConflict,
                   "Cannot change view " + ident.ToString() +
                       ": others change it at the same time; try again");
}

Result<LoadedView> StoreCatalog::CreateView(const NewView& view) {
  using Metadata = std::shared_ptr<const iceberg::ViewMetadata>;
  return OrRepeated(
      ChangeView(view.ident, [&](const iceberg::ViewMetadata* base) -> Result<Metadata> {
        if (base == nullptr) {
          return view.metadata;
        }
        if (!view.replace) {
          return EntryExists(view.ident, EntryType::kView, EntryType::kView);
        }
        return iceberg::ReplaceViewVersion(*base, *view.metadata);
      }));
}

Result<LoadedView> StoreCatalog::CommitView(const ViewCommit& commit) {
  using Metadata = std::shared_ptr<const iceberg::ViewMetadata>;
  return OrRepeated(ChangeView(
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
      }));
}

}  // namespace tarn::catalog::internal
