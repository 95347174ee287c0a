#include "tarn/table/maintenance/compute_partition_stats.h"

#include <algorithm>
#include <string>
#include <utility>

#include <arrow/io/interfaces.h>
#include <arrow/record_batch.h>

#include "tarn/base/error.h"
#include "tarn/storage/parquet_stream.h"
#include "tarn/table/maintenance/internal/partition_stats.h"
#include "tarn/table/maintenance/internal/statistics_commit.h"

namespace tarn::table {
namespace {

Status WriteFile(io::FileIO& io, const std::string& location,
                 const arrow::RecordBatch& batch) {
  ARROW_ASSIGN_OR_RAISE(auto output, io.OpenOutput(location));
  ARROW_ASSIGN_OR_RAISE(const auto stream,
                        storage::OpenParquetStream(std::move(output), batch.schema()));
  RETURN_NOT_OK(stream->Append(batch));
  return stream->Close();
}

}  // namespace

Result<ComputePartitionStatsResult> ComputePartitionStats(
    const Context& context, const iceberg::TableIdent& ident,
    const ComputePartitionStatsOptions& options) {
  ARROW_ASSIGN_OR_RAISE(const catalog::LoadedTable table,
                        context.catalog.LoadTable(ident));
  const iceberg::TableMetadata& metadata = *table.metadata;
  RETURN_NOT_OK(internal::CheckMayHaveStatistics(ident, metadata));
  const iceberg::Snapshot* snapshot = options.snapshot_id
                                          ? metadata.FindSnapshot(*options.snapshot_id)
                                          : metadata.current_snapshot();
  if (snapshot == nullptr && options.snapshot_id) {
    return MakeError(ErrorCode::kNoSuchSnapshot,
                     "Table " + ident.ToString() + " has no snapshot " +
                         std::to_string(options.snapshot_id->value));
  }
  ComputePartitionStatsResult result;
  const internal::PartitionUnion partitions(metadata);
  if (snapshot == nullptr || partitions.fields().empty()) {
    return result;
  }
  ARROW_ASSIGN_OR_RAISE(const std::vector<internal::PartitionStats> stats,
                        internal::CollectPartitionStats(context.io, metadata, *snapshot,
                                                        partitions, options.control));
  result.partitions_count = static_cast<int64_t>(stats.size());
  if (options.dry_run == DryRun::kYes) {
    return result;
  }
  ARROW_ASSIGN_OR_RAISE(
      const auto batch,
      internal::PartitionStatsBatch(stats, partitions, metadata.format_version));
  iceberg::PartitionStatisticsFile file;
  file.snapshot_id = snapshot->id;
  file.path = internal::StatisticsLocation(metadata, "partition-stats-", snapshot->id,
                                           ".parquet", context.random);
  Status status = WriteFile(context.io, file.path, *batch);
  if (status.ok()) {
    const Result<io::FileInfo> info = context.io.Stat(file.path);
    status = info.status();
    file.file_size_bytes = info.ok() ? info->size_bytes : 0;
  }
  if (!status.ok()) {
    [[maybe_unused]] const Status best_effort = context.io.Delete(file.path);
    return status;
  }
  RETURN_NOT_OK(internal::CommitStatistics(
      context, table, snapshot->id, iceberg::update::SetPartitionStatistics{file},
      file.path,
      [&](const iceberg::TableMetadata& current) {
        return std::ranges::count(current.partition_statistics, file.path,
                                  &iceberg::PartitionStatisticsFile::path) > 0;
      },
      options.control));
  result.statistics_file = std::move(file);
  return result;
}

}  // namespace tarn::table
