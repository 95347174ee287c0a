// Commits of clients that write metadata files themselves and only ask for the swap of
// locations: no rebase, no retry, a plain compare and swap.
#include <utility>

#include "tarn/base/error.h"
#include "tarn/catalog/internal/catalog_names.h"
#include "tarn/catalog/internal/store_catalog.h"

namespace tarn::catalog::internal {
namespace {

Status Conflict(const EntryChange& change, const std::string& present) {
  return MakeError(
      ErrorCode::kCommitConflict,
      "Cannot commit to " + change.ident.ToString() +
          ": it was changed by another commit; reload it, its metadata is at " + present);
}

Status CheckIsSame(const iceberg::TableIdent& ident, const std::string& present_uuid,
                   const std::string& uuid) {
  if (present_uuid == uuid) {
    return Status::OK();
  }
  return MakeError(ErrorCode::kInvalidArgument,
                   "Cannot commit to " + ident.ToString() +
                       ": the new metadata is of another table or view, UUID " + uuid);
}

}  // namespace

Result<std::optional<EntryChange>> StoreCatalog::StageSwap(
    const iceberg::TableIdent& ident, EntryType type,
    const std::string& expected_location, const std::string& metadata_location) {
  ARROW_ASSIGN_OR_RAISE(const auto entry, FindEntry(ident));
  if (!entry || entry->type != type) {
    return NoSuchEntry(ident, type);
  }
  if (entry->metadata_location == metadata_location) {
    return std::nullopt;  // the same call came before, and its answer was lost
  }
  EntryChange change;
  change.ident = ident;
  change.entry = *entry;
  change.entry.metadata_location = metadata_location;
  change.expected = expected_location;
  change.keeps_file = true;
  if (entry->metadata_location != expected_location) {
    return Conflict(change, entry->metadata_location);
  }
  return change;
}

Status StoreCatalog::ApplySwap(const EntryChange& change) {
  ARROW_ASSIGN_OR_RAISE(const bool is_applied, ApplyChanges({change}));
  if (is_applied) {
    return Status::OK();
  }
  ARROW_ASSIGN_OR_RAISE(const auto present, FindEntry(change.ident));
  if (!present) {
    return NoSuchEntry(change.ident, change.entry.type);
  }
  return Conflict(change, present->metadata_location);
}

Result<LoadedTable> StoreCatalog::SwapTable(const iceberg::TableIdent& ident,
                                            const std::string& expected_location,
                                            const std::string& metadata_location) {
  ARROW_ASSIGN_OR_RAISE(auto metadata, files_.ReadTable(metadata_location));
  ARROW_ASSIGN_OR_RAISE(
      const auto change,
      StageSwap(ident, EntryType::kTable, expected_location, metadata_location));
  if (change) {
    ARROW_ASSIGN_OR_RAISE(const auto present, files_.ReadTable(expected_location));
    ARROW_RETURN_NOT_OK(CheckIsSame(ident, present->table_uuid, metadata->table_uuid));
    ARROW_RETURN_NOT_OK(ApplySwap(*change));
  }
  return LoadedTable{ident, metadata_location, std::move(metadata)};
}

Result<LoadedView> StoreCatalog::SwapView(const iceberg::TableIdent& ident,
                                          const std::string& expected_location,
                                          const std::string& metadata_location) {
  ARROW_ASSIGN_OR_RAISE(auto metadata, files_.ReadView(metadata_location));
  ARROW_ASSIGN_OR_RAISE(
      const auto change,
      StageSwap(ident, EntryType::kView, expected_location, metadata_location));
  if (change) {
    ARROW_ASSIGN_OR_RAISE(const auto present, files_.ReadView(expected_location));
    ARROW_RETURN_NOT_OK(CheckIsSame(ident, present->view_uuid, metadata->view_uuid));
    ARROW_RETURN_NOT_OK(ApplySwap(*change));
  }
  return LoadedView{ident, metadata_location, std::move(metadata)};
}

}  // namespace tarn::catalog::internal
