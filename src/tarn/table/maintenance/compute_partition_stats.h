// Statistics of a table's partitions (Java's ComputePartitionStats, Spark's
// compute_partition_stats; spec: Partition Statistics).
#pragma once

#include <cstdint>
#include <optional>

#include "tarn/base/result.h"
#include "tarn/catalog/catalog.h"
#include "tarn/iceberg/statistics_file.h"
#include "tarn/table/context.h"
#include "tarn/table/maintenance/action.h"

namespace tarn::table {

struct ComputePartitionStatsOptions {
  std::optional<iceberg::SnapshotId> snapshot_id = {};  // the current one if unset
  DryRun dry_run = DryRun::kNo;
  ActionControl control = {};
};

struct ComputePartitionStatsResult {
  std::optional<iceberg::PartitionStatisticsFile> statistics_file = {};
  int64_t partitions_count = 0;
};

/// Adds up the live files of the snapshot by spec and partition and writes one Parquet
/// file, sorted by partition, which becomes the snapshot's partition statistics file.
/// total_record_count is given for partitions without deletes only: others would have to
/// be read. Nothing is done for a table that was never partitioned or has no snapshot.
/// Memory: one row for each partition and the entries of four manifests. Errors:
/// kNoSuchSnapshot (also if it expires meanwhile), kCommitConflict, kCommitStateUnknown,
/// kCancelled, those of FileIO.
Result<ComputePartitionStatsResult> ComputePartitionStats(
    const Context& context, const iceberg::TableIdent& ident,
    const ComputePartitionStatsOptions& options = {});

}  // namespace tarn::table
