// A table's next metadata, while commits are applied to it one after another.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/catalog/catalog.h"
#include "tarn/catalog/internal/append_mover.h"
#include "tarn/catalog/internal/head_swap.h"
#include "tarn/iceberg/append_rebase.h"

namespace tarn::catalog::internal {

/// What is known of a commit's append, over all attempts to apply it.
struct PendingAppend {
  /// The commit's append if it may be moved at all.
  static std::optional<iceberg::AppendUpdate> Find(const TableCommit& commit);

  std::optional<iceberg::AppendUpdate> update;
  /// Set once its files were looked at.
  std::optional<Result<std::shared_ptr<const iceberg::AppendedManifests>>> appended = {};
};

/// Thread-compatible.
class TableDraft {
 public:
  /// A table that is there: `entry` as found, `base` what its file says.
  TableDraft(const iceberg::TableIdent& ident, const Entry& entry,
             std::shared_ptr<const iceberg::TableMetadata> base)
      : base_(std::move(base)), metadata_(base_) {
    change_ = {ident, entry, entry.metadata_location};
  }
  /// One that `commit` creates. Errors: those of ApplyUpdates.
  static Result<TableDraft> Create(const TableCommit& commit,
                                   std::chrono::milliseconds now);

  /// Checks and applies `commit` on top of those before it; the draft is as it was after
  /// an error. An append that comes a second time changes nothing. Errors: those of
  /// CheckRequirements and ApplyUpdates.
  Status Take(const TableCommit& commit, PendingAppend* append, AppendMover& mover,
              std::chrono::milliseconds now);

  /// Where to go back to.
  struct Mark {
    std::shared_ptr<const iceberg::TableMetadata> metadata;
    size_t num_lists;
  };
  Mark mark() const { return {metadata_, lists_.size()}; }
  void GoBackTo(const Mark& mark);

  const EntryChange& change() const { return change_; }
  /// Unset for a new table.
  const std::shared_ptr<const iceberg::TableMetadata>& base() const { return base_; }
  const std::shared_ptr<const iceberg::TableMetadata>& metadata() const {
    return metadata_;
  }
  /// Of the appends that were moved, in their order: to be written before the commit.
  const std::vector<NewManifestList>& lists() const { return lists_; }
  /// True if a new metadata file is needed.
  bool is_changed() const;

 private:
  TableDraft() = default;

  Status TakeLiterally(const TableCommit& commit, std::chrono::milliseconds now);
  Status TakeMoved(const TableCommit& commit, const iceberg::AppendUpdate& append,
                   PendingAppend* pending, AppendMover& mover,
                   std::chrono::milliseconds now);

  EntryChange change_;
  std::shared_ptr<const iceberg::TableMetadata> base_;
  std::shared_ptr<const iceberg::TableMetadata> metadata_;
  std::vector<NewManifestList> lists_;
};

/// True if the commit makes a new table.
bool AssertsCreate(const TableCommit& commit);

}  // namespace tarn::catalog::internal
