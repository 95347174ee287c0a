// Moving an append to a newer head of its branch: what a commit service does for a writer
// that lost a race and would only build the same snapshot anew. Pure; the reading and
// writing of files is the catalog's (catalog/internal/append_mover.h).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/iceberg/manifest.h"
#include "tarn/iceberg/snapshot.h"
#include "tarn/iceberg/table_metadata.h"
#include "tarn/iceberg/table_update.h"

namespace tarn::iceberg {

/// "true": every append may be moved; "false": none. Unset: as CheckMayMove finds it.
inline constexpr char kRebaseAppendsProperty[] = "commit.rebase-appends";

/// The append in a commit: the one snapshot that it adds, and the branch that goes to it.
struct AppendUpdate {
  size_t index = 0;   // of the AddSnapshot among the updates
  Snapshot snapshot;  // as the writer built it
  std::string branch;
  bool asserts_parent = false;  // a requirement says that the branch is at the parent
};

/// Unset if the commit is not a plain append, and so is never moved: another operation;
/// no or several snapshots; a ref that goes elsewhere; changes of the table's shape
/// without the requirements that guard them; upgrades, removals, statistics, keys; a
/// requirement that the branch is at another snapshot than the parent; a snapshot without
/// a parent on a branch that is not required to be missing (a table that is replaced).
std::optional<AppendUpdate> FindAppend(const std::vector<TableRequirement>& requirements,
                                       const std::vector<TableUpdate>& updates);

/// Those that are to the letter when the append is moved: all but that of its branch.
std::vector<TableRequirement> LiteralRequirements(
    const std::vector<TableRequirement>& requirements, const AppendUpdate& append);

/// Where the append goes: the branch's head; for a branch that does not exist its parent.
/// nullptr: nowhere.
const Snapshot* HeadFor(const TableMetadata& table, const AppendUpdate& append);

/// True if the snapshot was built on what the branch is at. (Its numbers may be taken all
/// the same, by another branch's.) True for a tag, too, which refuses it.
bool IsOnHead(const TableMetadata& table, const AppendUpdate& append);

/// True if the branch holds the very snapshot already: the commit came twice.
bool IsAppliedAlready(const TableMetadata& table, const AppendUpdate& append);

/// Whether the writer's append may go on top of `table` although its branch has moved.
/// Appends of writers that require their parent may hide a checked MERGE or upsert that
/// found nothing to change: they are moved only on tables where nothing ever changes
/// rows. Errors: kCommitConflict with the reason.
Status CheckMayMove(const TableMetadata& table, const AppendUpdate& append);

/// What an append brings, whatever head it goes to.
struct AppendedManifests {
  std::vector<ManifestFile> added;  // as the writer listed them, not numbered
  std::set<std::string> merged;     // paths of the base's that `added` took in
  int64_t merged_files = 0;         // live ones of `merged`
  // As CountManifest finds them in `added`:
  int64_t carried_files = 0;
  int64_t data_files = 0;  // new ones
  int64_t records = 0;
  int64_t bytes = 0;
};

/// Compares the writer's list with that of its base (empty: none). Errors:
/// kCommitConflict if they say more than an append: deletes, removed files, manifests of
/// others.
Result<AppendedManifests> CompareLists(const Snapshot& snapshot,
                                       const std::vector<ManifestFile>& base,
                                       const std::vector<ManifestFile>& own);

/// Takes in what `appended->added[index]` says about its files: `manifest`, without what
/// it inherits. Errors: kCommitConflict if it holds other than new and carried files, or
/// new ones that do not take their sequence number from the list.
Status CountManifest(const Snapshot& snapshot, const Manifest& manifest, size_t index,
                     AppendedManifests* appended);

struct MovedAppend {
  Snapshot snapshot;                    // the same id, without the list's location
  std::vector<ManifestFile> manifests;  // of the list, numbered
  std::string list;                     // its bytes
};

/// The append as the next snapshot after `head` (nullptr: the first one), whose list is
/// `manifests`; each manifest of `appended` was counted. Errors: kCommitConflict if the
/// head lacks a manifest that the writer merged, the writer lost a file in merging, or
/// table and snapshot do not go together (spec, format version, encryption).
Result<MovedAppend> MoveAppend(const TableMetadata& table, const Snapshot* head,
                               const std::vector<ManifestFile>& manifests,
                               const Snapshot& snapshot,
                               const AppendedManifests& appended);

/// "<directory of the writer's list>/snap-<id>-<attempt>-<uuid>.avro".
std::string MovedListLocation(const Snapshot& snapshot, int attempt,
                              const std::string& uuid);

}  // namespace tarn::iceberg
