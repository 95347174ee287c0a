// Mode upsert: rows of a source take the place of the table's rows with equal keys. The
// rows are staged in local files, looked at, and merged by the engine in one commit.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/base/spill_directory.h"
#include "tarn/catalog/catalog.h"
#include "tarn/iceberg/data_file.h"
#include "tarn/iceberg/table_metadata.h"
#include "tarn/ingest/load.h"
#include "tarn/storage/table_writer.h"
#include "tarn/table/context.h"

namespace tarn::ingest::internal {

/// What a merge made.
struct UpsertSnapshot {
  std::optional<iceberg::SnapshotId> id = {};  // unset: there was nothing to merge
  int64_t files = 0;                           // data files that came
  int64_t bytes = 0;                           // of all files that came
};

/// Thread-compatible. What it staged goes with it.
class Upsert {
 public:
  /// `request.keys` are columns of `table`; none: its identifier fields. Errors:
  /// kInvalidArgument (no key, or one of a type that has no exact equality),
  /// kNoSuchColumn, kIoFailed.
  static Result<std::unique_ptr<Upsert>> Open(
      const table::Context& context, std::shared_ptr<const iceberg::TableMetadata> table,
      const LoadRequest& request);
  Upsert(const Upsert&) = delete;
  Upsert& operator=(const Upsert&) = delete;

  /// What rows are staged as: the table's columns, in a place of its own.
  const std::shared_ptr<const iceberg::TableMetadata>& staged() const { return staged_; }
  /// How they are written.
  storage::TableWriterOptions WriterOptions() const;

  /// Merges the rows of `files`; `summary` goes into the snapshot. Without rows nothing
  /// is committed. Errors: kConstraintViolated (a row without a key, or several with
  /// one), kCommitConflict, kCancelled, and those of engine::Session::Execute.
  Result<catalog::LoadedTable> Commit(const std::vector<iceberg::DataFile>& files,
                                      std::map<std::string, std::string> summary);
  /// Of Commit().
  const UpsertSnapshot& snapshot() const { return snapshot_; }

 private:
  Upsert(const table::Context& context, const LoadRequest& request)
      : context_(context), request_(request) {}

  const table::Context& context_;
  const LoadRequest& request_;
  std::unique_ptr<SpillDirectory> spill_;
  std::string directory_;  // that of spill_
  std::vector<std::string> keys_;
  std::shared_ptr<const iceberg::TableMetadata> table_;
  std::shared_ptr<const iceberg::TableMetadata> staged_;
  UpsertSnapshot snapshot_;
};

}  // namespace tarn::ingest::internal
