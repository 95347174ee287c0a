// Moving one table: its rows in one snapshot, or its files with all snapshots.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tarn/base/error.h"
#include "tarn/base/json_fields.h"
#include "tarn/base/result.h"
#include "tarn/iceberg/ids.h"
#include "tarn/service/lake.h"
#include "tarn/service/migration/compare_rows.h"
#include "tarn/service/migration/copy_rows.h"
#include "tarn/service/migration/migration_request.h"
#include "tarn/service/migration/places.h"

namespace tarn::service {

class CopyJournal;

/// What all tables of a migration have in common. Outlives it.
struct MigrationRun {
  const Lake& lake;
  Places& places;
  std::string id;           // of the migration
  std::string job_id = {};  // empty: no job
  bool reaches_server = true;
  CancelledFunction cancelled = {};
  CopyProgress progress = {};
  std::function<void(const std::string& step)> step = {};  // for people
  size_t threads = 2;                                      // of one table
  /// A destination that holds the source's present rows from an earlier migration is done
  /// already; if false only one that this very migration made.
  bool takes_up = false;
  CopyJournal* copies = nullptr;  // nullptr: what a kill leaves is for orphan removal
};

/// What a view's report has beside a table's.
struct MigratedView {
  std::vector<std::string> dialects = {};  // of its texts
  int64_t names_rewritten = 0;             // in all of them
  int64_t columns = 0;
  std::optional<bool> definition_match = {};  // unset: not compared
};

struct TableReport {
  std::string source;
  std::string destination;
  /// "success", "already_migrated", "up_to_date" (incremental: nothing was new), "error".
  std::string status = "success";
  std::string mode;  // what was done: "create", "append", "copy", …
  int64_t rows_migrated = 0;
  int64_t files_written = 0;
  int64_t bytes_written = 0;
  std::optional<iceberg::SnapshotId> source_snapshot_id = {};
  std::optional<iceberg::SnapshotId> snapshot_id = {};  // of the destination
  int64_t snapshots = 1;                                // that were brought over
  Comparison comparison = {};
  double duration_seconds = 0;
  std::string note = {};
  std::optional<Status> failure = {};
  std::optional<MigratedView> view = {};  // unset: a table

  bool is_done() const { return !failure; }
};

Json TableReportToJson(const TableReport& report);

/// Never leaves a half-copied table: rows are compared before the commit, and after an
/// error nothing is left behind but files whose commit's outcome is unknown. The report
/// holds the error.
TableReport MigrateTable(const MigrationRun& run, const TablePair& pair);

}  // namespace tarn::service
