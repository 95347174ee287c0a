// Statistics of a table that planners use (Java's ComputeTableStats, Spark's
// compute_table_stats): how many distinct values each column has.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/catalog/catalog.h"
#include "tarn/iceberg/statistics_file.h"
#include "tarn/table/context.h"
#include "tarn/table/maintenance/action.h"

namespace tarn::table {

struct ComputeTableStatsOptions {
  std::optional<iceberg::SnapshotId> snapshot_id = {};  // the current one if unset
  /// Full names of primitive columns, structs' too; empty: all at the top level.
  std::vector<std::string> columns = {};
  int32_t threads_max = 4;
  DryRun dry_run = DryRun::kNo;
  ActionControl control = {};
};

struct ComputeTableStatsResult {
  std::optional<iceberg::StatisticsFile> statistics_file = {};  // unset: no snapshot
  std::map<std::string, int64_t> distinct_values = {};  // by column; empty: dry run
  int64_t rows_count = 0;                               // that were read
  int64_t files_count = 0;                              // of a dry run: that would be
};

/// Reads all live rows of the snapshot once, in batches, and writes a Puffin file with a
/// theta sketch for each column (blob apache-datasketches-theta-v1, property "ndv"),
/// which becomes the snapshot's statistics file. Blobs of a file that is there already
/// are carried over, but for sketches of the same columns. Nulls are not counted. Errors:
/// kNoSuchSnapshot (also if it expires meanwhile), kNoSuchColumn, kInvalidArgument (a
/// column without an order of values), kCommitConflict, kCommitStateUnknown, kCancelled,
/// those of storage and FileIO.
Result<ComputeTableStatsResult> ComputeTableStats(
    const Context& context, const iceberg::TableIdent& ident,
    const ComputeTableStatsOptions& options = {});

}  // namespace tarn::table
