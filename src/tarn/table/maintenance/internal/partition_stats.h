// What the live files of a snapshot add up to, by partition, and the file that holds it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"
#include "tarn/iceberg/manifest.h"
#include "tarn/iceberg/table_metadata.h"
#include "tarn/io/file_io.h"
#include "tarn/table/internal/partition_union.h"
#include "tarn/table/maintenance/action.h"

namespace tarn::table::internal {

/// One row of a partition statistics file.
struct PartitionStats {
  iceberg::PartitionTuple partition;  // as PartitionUnion has it
  iceberg::SpecId spec_id;
  int64_t data_record_count = 0;
  int32_t data_file_count = 0;
  int64_t total_data_file_size_bytes = 0;
  int64_t position_delete_record_count = 0;  // of deletion vectors too
  int32_t position_delete_file_count = 0;
  int32_t deletion_vector_count = 0;
  int64_t equality_delete_record_count = 0;
  int32_t equality_delete_file_count = 0;
  std::optional<int64_t> total_record_count = {};  // rows left; unset: not known
  std::optional<int64_t> last_updated_at_ms = {};
  std::optional<iceberg::SnapshotId> last_updated_snapshot_id = {};
};

/// Sorted by partition, nulls first, then by spec.
Result<std::vector<PartitionStats>> CollectPartitionStats(
    io::FileIO& io, const iceberg::TableMetadata& metadata,
    const iceberg::Snapshot& snapshot, const PartitionUnion& partitions,
    const ActionControl& control);

/// The rows with the columns, names and field ids that the spec has for the table's
/// format version.
Result<std::shared_ptr<arrow::RecordBatch>> PartitionStatsBatch(
    const std::vector<PartitionStats>& stats, const PartitionUnion& partitions,
    int32_t format_version);

}  // namespace tarn::table::internal
