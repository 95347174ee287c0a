// Branches, tags and the current snapshot (spec: Snapshot References; Java's
// ManageSnapshots; Spark's procedures of the same names).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/catalog/catalog.h"
#include "tarn/iceberg/snapshot.h"
#include "tarn/iceberg/table_metadata.h"
#include "tarn/table/context.h"

namespace tarn::table {

struct RefRetention {
  std::optional<int32_t> min_snapshots_to_keep = {};               // branches
  std::optional<std::chrono::milliseconds> max_snapshot_age = {};  // branches
  std::optional<std::chrono::milliseconds> max_ref_age = {};

  bool operator==(const RefRetention&) const = default;
};

enum class IfRefExists : uint8_t { kFail, kIgnore, kReplace };

/// `snapshot_id` unset: the head of main. Errors: kAlreadyExists, kNoSuchSnapshot,
/// kInvalidArgument (a name or retention that is not allowed).
struct NewRef {
  std::string name;
  iceberg::RefType type = iceberg::RefType::kBranch;
  std::optional<iceberg::SnapshotId> snapshot_id = {};
  RefRetention retention = {};
  IfRefExists if_exists = IfRefExists::kFail;
};
Result<catalog::LoadedTable> CreateRef(const Context& context,
                                       const iceberg::TableIdent& ident,
                                       const NewRef& ref);
/// Unset parts stay as they are. Errors: kNoSuchSnapshot if there is no such ref.
Result<catalog::LoadedTable> SetRefRetention(const Context& context,
                                             const iceberg::TableIdent& ident,
                                             const std::string& name,
                                             const RefRetention& retention);
/// main cannot be dropped.
Result<catalog::LoadedTable> DropRef(const Context& context,
                                     const iceberg::TableIdent& ident,
                                     const std::string& name, bool if_exists = false);
Result<catalog::LoadedTable> RenameBranch(const Context& context,
                                          const iceberg::TableIdent& ident,
                                          const std::string& from, const std::string& to);

/// Moves `branch` to the head of `to` (a ref), of which it must be an ancestor. Errors:
/// kInvalidArgument if it is not.
Result<catalog::LoadedTable> FastForward(const Context& context,
                                         const iceberg::TableIdent& ident,
                                         const std::string& branch,
                                         const std::string& to);
/// main to an ancestor of it. Errors: kInvalidArgument for a snapshot that is none.
Result<catalog::LoadedTable> RollbackToSnapshot(const Context& context,
                                                const iceberg::TableIdent& ident,
                                                iceberg::SnapshotId snapshot_id);
/// main to its state as of `time`, by the snapshot log: the newest ancestor not younger.
Result<catalog::LoadedTable> RollbackToTimestamp(const Context& context,
                                                 const iceberg::TableIdent& ident,
                                                 std::chrono::milliseconds time);
/// main to any snapshot of the table.
Result<catalog::LoadedTable> SetCurrentSnapshot(const Context& context,
                                                const iceberg::TableIdent& ident,
                                                iceberg::SnapshotId snapshot_id);

/// Applies the change of a snapshot that is not in main's history (an append, or a
/// dynamic overwrite of partitions nobody has written since) on main's head; a fast
/// forward if it sits on the head. Summary: source-snapshot-id, published-wap-id. Errors:
/// kInvalidArgument (another operation, already picked, an ancestor), kCommitConflict.
Result<catalog::LoadedTable> CherryPick(const Context& context,
                                        const iceberg::TableIdent& ident,
                                        iceberg::SnapshotId snapshot_id);
/// Cherry-picks the snapshot staged with this wap.id. Errors: kNoSuchSnapshot;
/// kInvalidArgument if it was published already.
Result<catalog::LoadedTable> PublishChanges(const Context& context,
                                            const iceberg::TableIdent& ident,
                                            const std::string& wap_id);

/// `start` and its ancestors that the table still has, newest first.
std::vector<const iceberg::Snapshot*> AncestorsOf(const iceberg::TableMetadata& metadata,
                                                  iceberg::SnapshotId start);
bool IsAncestorOf(const iceberg::TableMetadata& metadata, iceberg::SnapshotId ancestor,
                  iceberg::SnapshotId descendant);
/// The snapshot that main had at `time`, by the snapshot log. Errors: kNoSuchSnapshot if
/// the table had none yet.
Result<iceberg::SnapshotId> SnapshotAsOf(const iceberg::TableMetadata& metadata,
                                         std::chrono::milliseconds time);
/// What a name in SQL or on the command line means: a ref, or a snapshot id in decimal.
/// Errors: kNoSuchSnapshot, naming the refs there are.
Result<iceberg::SnapshotId> SnapshotNamed(const iceberg::TableMetadata& metadata,
                                          const std::string& ref_or_id);

}  // namespace tarn::table
