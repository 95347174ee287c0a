// One table's part of a write, over all attempts to commit it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/catalog/catalog.h"
#include "tarn/iceberg/ids.h"
#include "tarn/iceberg/table_update.h"
#include "tarn/table/internal/commit_retry.h"
#include "tarn/table/internal/snapshot_builder.h"
#include "tarn/table/write.h"

namespace tarn::table::internal {

/// Thread-compatible. `context` and `request` outlive it.
class PendingWrite {
 public:
  PendingWrite(const Context& context, const WriteRequest& request)
      : context_(context), request_(request), builder_(context, request) {}

  /// Loads the table as it is now. Then either an earlier attempt turns out to have
  /// landed (has_landed()), or Stage() may be called. Errors: kCommitConflict if the
  /// table is not the one the files were written for (no use in trying again),
  /// kAlreadyExists for a table to create, and those of LoadTable.
  Status Refresh();
  /// In place of Refresh(), for a write that is not committed: the table as the caller
  /// knows it.
  void StartFrom(std::shared_ptr<const iceberg::TableMetadata> base) {
    base_ = std::move(base);
  }

  /// Prepares commit() on the head that Refresh() found.
  Status Stage();

  bool has_landed() const { return has_landed_; }
  /// True if the table is not as the Refresh() before found it.
  bool has_changed() const { return has_changed_; }
  /// True if the table has moved on since the attempt before the last Refresh(): that one
  /// can land no more.
  bool head_has_moved() const { return head_has_moved_; }
  /// Unset if there is nothing to commit (an empty append, a filter without matches).
  const std::optional<catalog::TableCommit>& commit() const { return commit_; }
  /// The table as last loaded; for a table to create, unset until it exists.
  const std::optional<catalog::LoadedTable>& loaded() const { return loaded_; }
  RetryPolicy retry_policy() const;

  /// Deletes files of attempts that did not become the table's snapshot. `committed` is
  /// the table after the commit; nullptr after a definite failure.
  void CleanUp(const iceberg::TableMetadata* committed);

 private:
  Status RefreshNewTable();
  Status RefreshExistingTable();
  Status CheckSchema() const;
  Status CheckReplacement() const;
  std::vector<iceberg::TableRequirement> Requirements() const;
  std::vector<iceberg::TableUpdate> ShapeUpdates() const;
  Result<std::shared_ptr<const iceberg::TableMetadata>> Shape(
      std::vector<iceberg::TableUpdate>* updates) const;
  bool MayMakeSnapshot() const;
  bool HasMovedOn(const iceberg::TableMetadata& before) const;
  catalog::Rebase MayBeMoved() const;
  void ChooseSnapshotId();
  const iceberg::TableMetadata& base() const { return *base_; }

  const Context& context_;
  const WriteRequest& request_;
  SnapshotBuilder builder_;
  std::shared_ptr<const iceberg::TableMetadata> base_;
  std::optional<catalog::LoadedTable> loaded_;
  std::optional<catalog::TableCommit> commit_;
  std::optional<iceberg::SnapshotId> snapshot_id_;  // one for all attempts
  std::string table_uuid_;
  bool was_staged_ = false;
  bool is_append_ = false;  // the snapshot's operation, once it was staged
  bool has_landed_ = false;
  bool has_changed_ = false;
  bool head_has_moved_ = false;
};

}  // namespace tarn::table::internal
