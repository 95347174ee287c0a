// Committing changes to tables as new snapshots: which files come, which go, and what
// must not have happened meanwhile.
//
//   WriteRequest request;
//   request.ident = ident;
//   request.files = files;                      // append
//   ARROW_ASSIGN_OR_RAISE(auto table, Write(context, request));
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/catalog/catalog.h"
#include "tarn/iceberg/data_file.h"
#include "tarn/iceberg/expression.h"
#include "tarn/iceberg/snapshot.h"
#include "tarn/table/context.h"

namespace tarn::table {

enum class WriteMode : uint8_t {
  kAppend,  // files come; small manifests are merged when there are many (merge append)
  kFastAppend,           // files come; every manifest of the head is carried as it is
  kOverwrite,            // all rows of the table are replaced by `files`
  kOverwritePartitions,  // all rows of the partitions that `files` are in are replaced
                         // (dynamic overwrite; "replace-partitions" in the summary)
  kRowDelta,  // `removed_files` and rows matching `removed_rows` go, files and delete
              // files come: DELETE, UPDATE, MERGE, overwrite by filter, delete files
  kRewrite,   // the same rows in other files (operation "replace"): compaction and
              // rewrites of delete files; `files` keep `data_sequence_number`
};

/// How much of what others committed since `ConflictChecks::base` makes a write fail.
enum class Isolation : uint8_t {
  kNone,          // only what makes the write itself impossible (a removed file is gone…)
  kSnapshot,      // also new deletes of rows that the write deletes or rewrites
  kSerializable,  // also new rows that the write would have had to look at
};

/// Checked on every attempt against all snapshots between `base` and the head (Java's
/// validate… of RowDelta, OverwriteFiles, ReplacePartitions, RewriteFiles). If `base` is
/// no ancestor of the head any more the write fails.
struct ConflictChecks {
  Isolation isolation = Isolation::kNone;
  /// The snapshot that the change was computed from; unset: the table was empty.
  std::optional<iceberg::SnapshotId> base = {};
  /// Rows that the statement looked at: others' new files that cannot hold one of these
  /// do not conflict. Bound or not; bound to the table's schema when checked.
  iceberg::Expression read_rows = iceberg::AlwaysTrue();
};

struct WriteRequest {
  iceberg::TableIdent ident;
  WriteMode mode = WriteMode::kAppend;
  std::vector<iceberg::DataFile>
      files;  // of the table's specs; may be empty (an empty append makes no snapshot)
  std::map<std::string, std::string> summary = {};  // extra summary properties
  /// Set to create the table in the same commit (CTAS, load --mode create).
  std::shared_ptr<const iceberg::TableMetadata> create = nullptr;
  /// kOverwrite: replace schema and spec too (load --mode replace): the table as it shall
  /// become.
  std::shared_ptr<const iceberg::TableMetadata> replace = nullptr;
  /// Set if the schema the files were written with must still be the table's current one.
  std::optional<iceberg::SchemaId> schema_id = {};

  /// Position deletes, deletion vectors, equality deletes to add (kRowDelta, kRewrite). A
  /// deletion vector replaces the one that its data file has, which must be among
  /// `removed_files`; position delete files are refused on v3 tables. The data files that
  /// position deletes and vectors refer to must still be live.
  std::vector<iceberg::DataFile> delete_files = {};
  /// Live files, data and deletes, that go (kRowDelta, kRewrite); known by path, deletion
  /// vectors by path and offset. One that is not live any more is a conflict. Deletion
  /// vectors and file-scoped position deletes of a removed data file go with it.
  std::vector<iceberg::DataFile> removed_files = {};
  /// kRowDelta: every live data file all of whose rows match goes; one of which only some
  /// may match is kInvalidArgument.
  std::optional<iceberg::Expression> removed_rows = {};
  /// kRewrite: of `files`; the lowest of the files they replace, so that equality deletes
  /// committed meanwhile still apply.
  std::optional<iceberg::SequenceNumber> data_sequence_number = {};

  /// The branch that gets the snapshot; made from main if it does not exist. A tag is
  /// kInvalidArgument.
  std::string branch = iceberg::kMainBranch;
  /// The snapshot is added to the table and to no ref (write-audit-publish: with summary
  /// "wap.id", published later by PublishChanges).
  bool stage_only = false;
  /// Whose files `files` are (cherry-pick): the commit fails with kNoSuchSnapshot if this
  /// snapshot was expired meanwhile, as its files may be gone with it.
  std::optional<iceberg::SnapshotId> picked_from = {};
  ConflictChecks checks = {};
};

/// Commits the change in one snapshot. A conflict (another writer was first) rebuilds the
/// manifest list on the new head and tries again, up to the table's
/// commit.retry.num-retries (20) times with back-off (commit.retry.min-wait-ms 25,
/// .max-wait-ms 5000, .total-timeout-ms 30 minutes); the data files are kept. After a
/// definite failure the manifests made here are deleted and the data files are the
/// caller's to abort. When the outcome of a commit is unknown the snapshot id is looked
/// up in the reloaded table; if that is impossible kCommitStateUnknown is returned and
/// nothing may be deleted. A head with more than commit.manifest.min-count-to-merge (100)
/// manifests gets its small ones merged. Errors: kCommitConflict, kCommitStateUnknown,
/// kAlreadyExists, kNoSuchTable, kNoSuchNamespace, kInvalidArgument (files or a
/// replacement that do not fit the table), and those of FileIO.
Result<catalog::LoadedTable> Write(const Context& context, const WriteRequest& request);

/// Several tables, all or nothing.
Result<std::vector<catalog::LoadedTable>> WriteAll(
    const Context& context, const std::vector<WriteRequest>& requests);

}  // namespace tarn::table
