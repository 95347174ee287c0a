// From the rows that a statement changed to the files that say so: delete files, files
// written anew without the rows, and files that go whole.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/engine/internal/pending_writes.h"
#include "tarn/engine/internal/row_changes.h"
#include "tarn/iceberg/expression.h"
#include "tarn/iceberg/snapshot.h"
#include "tarn/iceberg/table_ident.h"
#include "tarn/iceberg/table_metadata.h"
#include "tarn/table/context.h"

namespace duckdb {
class ClientContext;
}  // namespace duckdb

namespace tarn::engine {

enum class ChangeKind : uint8_t { kDelete, kUpdate, kMerge };
/// "delete", "update", "merge": as table properties and messages have it.
std::string_view NameOf(ChangeKind kind);

/// The table of a DELETE, UPDATE or MERGE, as its scans see it.
struct ChangeTarget {
  ChangeKind kind = ChangeKind::kDelete;
  iceberg::TableIdent ident;
  std::shared_ptr<const iceberg::TableMetadata> metadata;
  std::shared_ptr<ScanFiles> files;
  std::string branch = iceberg::kMainBranch;
  /// The branch's head, as its scans see it; unset: it is empty.
  std::optional<iceberg::SnapshotId> base = {};
  /// What this transaction has done to the table before; nullptr: nothing.
  std::shared_ptr<const OwnChanges> own_changes = nullptr;
  bool returns_rows = false;
  /// Rows that the statement looked at (all if it cannot be said): others' new files
  /// conflict if they may hold one.
  iceberg::Expression read_rows = iceberg::AlwaysTrue();
};

/// How a change is written: property write.{delete,update,merge}.mode, merge-on-read
/// unless it says copy-on-write; always copy-on-write in format version 1, which has no
/// delete files. Errors: kInvalidArgument.
enum class ChangeMode : uint8_t { kMergeOnRead, kCopyOnWrite };
Result<ChangeMode> ModeOf(ChangeKind kind, const iceberg::TableMetadata& metadata);

/// What must not have happened since the statement's snapshot: property
/// write.{delete,update,merge}.isolation-level, serializable unless it says snapshot.
/// Errors: kInvalidArgument.
Result<table::ConflictChecks> ChecksOf(const ChangeTarget& target);

/// Makes the files for `changes`. A file that loses its last row goes whole. Merge on
/// read: position deletes in format version 2; from version 3 on deletion vectors, which
/// take over what earlier ones and position deletes of the same file held. Files of this
/// transaction are written anew. Files are
/// rewritten by DuckDB's threads; an interrupted query stops it. On an error nothing is
/// left behind. Throws DuckDB's exceptions.
RowDelta MakeRowDelta(duckdb::ClientContext& client, const table::Context& tarn,
                      const ChangeTarget& target, std::vector<FileChange> changes);

}  // namespace tarn::engine
