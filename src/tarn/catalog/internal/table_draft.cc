#include "tarn/catalog/internal/table_draft.h"

#include <algorithm>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/catalog/internal/catalog_names.h"
#include "tarn/iceberg/table_update.h"

namespace tarn::catalog::internal {
namespace {

using iceberg::AppendUpdate;
using iceberg::TableMetadata;
using iceberg::TableRequirement;
using iceberg::TableUpdate;

/// The snapshot says by which schema it was written; one that is added in the same commit
/// must have got the number that the writer expected.
Status CheckSchemaNumber(const std::vector<TableUpdate>& updates,
                         const AppendUpdate& append, const TableMetadata& table) {
  const bool adds_schema = std::ranges::any_of(updates, [](const TableUpdate& update) {
    return std::holds_alternative<iceberg::update::AddSchema>(update);
  });
  if (!adds_schema || append.snapshot.schema_id == table.current_schema_id) {
    return Status::OK();
  }
  return MakeError(ErrorCode::kCommitConflict,
                   "The append cannot be moved to the new head: its new schema became "
                   "number " +
                       std::to_string(table.current_schema_id.value));
}

}  // namespace

bool AssertsCreate(const TableCommit& commit) {
  return commit.create != nullptr ||
         std::ranges::any_of(commit.requirements, [](const TableRequirement& required) {
           return std::holds_alternative<iceberg::require::AssertCreate>(required);
         });
}

std::optional<AppendUpdate> PendingAppend::Find(const TableCommit& commit) {
  if (commit.rebase == Rebase::kNever || AssertsCreate(commit)) {
    return std::nullopt;
  }
  return iceberg::FindAppend(commit.requirements, commit.updates);
}

Result<TableDraft> TableDraft::Create(const TableCommit& commit,
                                      std::chrono::milliseconds now) {
  TableDraft draft;
  draft.change_.ident = commit.ident;
  draft.change_.entry = {.name_space = NamespaceKey(commit.ident.ns),
                         .name = commit.ident.name,
                         .type = EntryType::kTable,
                         .metadata_location = {},
                         .previous_metadata_location = {}};
  // Without first metadata the updates must make up the whole table, as REST clients do
  // it: in the version that they name.
  TableMetadata nothing;
  for (const TableUpdate& update : commit.updates) {
    if (const auto* version =
            std::get_if<iceberg::update::UpgradeFormatVersion>(&update)) {
      nothing.format_version = std::clamp(version->version, 1, nothing.format_version);
      break;
    }
  }
  ARROW_ASSIGN_OR_RAISE(
      draft.metadata_, iceberg::ApplyUpdates(commit.create ? *commit.create : nothing, "",
                                             commit.updates, now));
  return draft;
}

bool TableDraft::is_changed() const {
  // ApplyUpdates enters the previous file in the log if and only if it changed anything.
  return base_ == nullptr ||
         (!metadata_->metadata_log.empty() &&
          metadata_->metadata_log.back().metadata_file == change_.expected);
}

void TableDraft::GoBackTo(const Mark& mark) {
  metadata_ = mark.metadata;
  lists_.erase(lists_.begin() + static_cast<std::ptrdiff_t>(mark.num_lists),
               lists_.end());
}

Status TableDraft::TakeLiterally(const TableCommit& commit,
                                 std::chrono::milliseconds now) {
  ARROW_RETURN_NOT_OK(iceberg::CheckRequirements(commit.requirements, metadata_.get()));
  ARROW_ASSIGN_OR_RAISE(metadata_, iceberg::ApplyUpdates(*metadata_, change_.expected,
                                                         commit.updates, now));
  return Status::OK();
}

Status TableDraft::TakeMoved(const TableCommit& commit, const AppendUpdate& append,
                             PendingAppend* pending, AppendMover& mover,
                             std::chrono::milliseconds now) {
  ARROW_RETURN_NOT_OK(iceberg::CheckMayMove(*metadata_, append));
  if (!pending->appended) {
    pending->appended = mover.Examine(*metadata_, append);
  }
  ARROW_RETURN_NOT_OK(pending->appended->status());
  ARROW_ASSIGN_OR_RAISE(
      AppendMover::Moved moved,
      mover.Move(*metadata_, append, **pending->appended->operator->(), lists_));
  std::vector<TableUpdate> updates = commit.updates;
  updates[append.index] = iceberg::update::AddSnapshot{std::move(moved.snapshot)};
  ARROW_ASSIGN_OR_RAISE(
      auto metadata, iceberg::ApplyUpdates(*metadata_, change_.expected, updates, now));
  ARROW_RETURN_NOT_OK(CheckSchemaNumber(updates, append, *metadata));
  metadata_ = std::move(metadata);
  lists_.push_back(std::move(moved.list));
  return Status::OK();
}

Status TableDraft::Take(const TableCommit& commit, PendingAppend* pending,
                        AppendMover& mover, std::chrono::milliseconds now) {
  if (!pending->update) {
    return TakeLiterally(commit, now);
  }
  AppendUpdate append = *pending->update;
  if (iceberg::IsAppliedAlready(*metadata_, append)) {
    // The answer was lost on its way. What the table has become since does not matter,
    // but it must be this table, and this append.
    std::vector<TableRequirement> identity = commit.requirements;
    std::erase_if(identity, [](const TableRequirement& required) {
      return !std::holds_alternative<iceberg::require::AssertTableUuid>(required);
    });
    ARROW_RETURN_NOT_OK(iceberg::CheckRequirements(identity, metadata_.get()));
    ARROW_ASSIGN_OR_RAISE(const bool is_same, mover.IsSame(*metadata_, append, lists_));
    return is_same ? Status::OK()
                   : MakeError(ErrorCode::kCommitConflict,
                               "The table has another snapshot of this id: " +
                                   std::to_string(append.snapshot.id.value));
  }
  Status literal = iceberg::CheckRequirements(commit.requirements, metadata_.get());
  const bool is_on_head = iceberg::IsOnHead(*metadata_, append);
  if (is_on_head) {
    if (literal.ok()) {
      literal = TakeLiterally(commit, now);
    }
    const bool is_only_numbered_late =
        !literal.ok() && CodeOf(literal) == ErrorCode::kCommitConflict &&
        iceberg::CheckRequirements(commit.requirements, metadata_.get()).ok();
    if (!is_only_numbered_late) {
      return literal;
    }
  }
  ARROW_RETURN_NOT_OK(iceberg::CheckRequirements(
      iceberg::LiteralRequirements(commit.requirements, append), metadata_.get()));
  if (is_on_head || commit.rebase == Rebase::kAlways) {
    append.asserts_parent = false;  // nothing was read that could have changed
  }
  const Status moved = TakeMoved(commit, append, pending, mover, now);
  if (moved.ok() || CodeOf(moved) != ErrorCode::kCommitConflict || literal.ok()) {
    return moved;
  }
  return MakeError(ErrorCode::kCommitConflict,
                   literal.message() + "; " + moved.message());
}

}  // namespace tarn::catalog::internal
