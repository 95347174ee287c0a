#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/scalar.h>

#include "tarn/iceberg/puffin.h"
#include "tarn/iceberg/theta_sketch.h"
#include "tarn/table/maintenance/compute_partition_stats.h"
#include "tarn/table/maintenance/compute_table_stats.h"
#include "tarn/table/maintenance/internal/partition_stats.h"
#include "tarn/table/maintenance/row_table_test.h"

namespace tarn::table {
namespace {

using iceberg::StatisticsFile;

/// The blobs of a statistics file, by field id.
std::map<iceberg::FieldId, iceberg::ThetaSketch> Sketches(RowTable& table,
                                                          const StatisticsFile& file) {
  const std::string bytes = table.memory.ReadAll(file.path).ValueOrDie();
  EXPECT_EQ(static_cast<int64_t>(bytes.size()), file.file_size_bytes);
  const auto footer = iceberg::ReadPuffinFooter(bytes, file.file_size_bytes).ValueOrDie();
  std::map<iceberg::FieldId, iceberg::ThetaSketch> sketches;
  for (const iceberg::PuffinBlob& blob : footer.blobs) {
    const std::string stored = bytes.substr(static_cast<size_t>(blob.offset),
                                            static_cast<size_t>(blob.length_bytes));
    const std::string content = iceberg::DecodePuffinBlob(blob, stored).ValueOrDie();
    if (blob.type == iceberg::kThetaSketchBlob) {
      sketches.emplace(blob.fields.front(),
                       iceberg::ThetaSketch::Deserialize(content).ValueOrDie());
    }
  }
  return sketches;
}

TEST(ComputeTableStats, Trap44_CountsDistinctLiveValues) {
  for (const char* version : {"2", "3"}) {
    RowTable table;
    ASSERT_OK(table.Create({{"format-version", version}}));
    for (int32_t day = 0; day < 5; ++day) {
      ASSERT_OK(table.AppendRows(RowTable::Range(0, 100), day));
    }
    ASSERT_OK(table.AppendRows(RowTable::Range(5000, 5010), 4));
    std::set<int64_t> gone;
    for (int64_t id = 0; id < 20; ++id) {
      gone.insert(id);
    }
    ASSERT_OK(table.TryDelete(gone));
    const iceberg::Snapshot snapshot = *table.Metadata()->current_snapshot();
    ASSERT_OK_AND_ASSIGN(const auto result,
                         ComputeTableStats(table.context, table.ident));
    EXPECT_EQ(result.rows_count, 410);
    EXPECT_EQ(result.distinct_values,
              (std::map<std::string, int64_t>{{"id", 90}, {"day", 5}}));
    const StatisticsFile* set = table.Metadata()->FindStatistics(snapshot.id);
    ASSERT_NE(set, nullptr);
    EXPECT_EQ(*set, *result.statistics_file);
    ASSERT_EQ(set->blobs.size(), 2U);
    EXPECT_EQ(set->blobs[0].properties.at("ndv"), "90");
    EXPECT_EQ(set->blobs[0].snapshot_id, snapshot.id);
    EXPECT_EQ(set->blobs[0].sequence_number, snapshot.sequence_number);
    EXPECT_EQ(iceberg::DistinctValues(*set, 1), 90);
    const auto sketches = Sketches(table, *set);
    EXPECT_EQ(sketches.at(1).Estimate(), 90);
    EXPECT_EQ(sketches.at(2).Estimate(), 5);
    EXPECT_EQ(table.HeadId(), snapshot.id);  // statistics are no snapshot
  }
}

TEST(ComputeTableStats, ColumnsMayBeChosenAndOthersAreCarried) {
  RowTable table;
  ASSERT_OK(table.Create());
  EXPECT_FALSE(ComputeTableStats(table.context, table.ident)->statistics_file);
  ASSERT_OK(table.AppendRows(RowTable::Range(0, 10), 1));
  ComputeTableStatsOptions options;
  options.columns = {"id"};
  ASSERT_OK(ComputeTableStats(table.context, table.ident, options));
  options.columns = {"Day"};
  ASSERT_OK_AND_ASSIGN(const auto result,
                       ComputeTableStats(table.context, table.ident, options));
  ASSERT_EQ(table.Metadata()->statistics.size(), 1U);
  EXPECT_EQ(iceberg::DistinctValues(table.Metadata()->statistics[0], 1), 10);
  EXPECT_EQ(iceberg::DistinctValues(table.Metadata()->statistics[0], 2), 1);
  EXPECT_EQ(Sketches(table, *result.statistics_file).size(), 2U);
  options.columns = {"none"};
  EXPECT_ERROR(ComputeTableStats(table.context, table.ident, options),
               ErrorCode::kNoSuchColumn, "none");
  options.columns = {};
  options.snapshot_id = iceberg::SnapshotId{7};
  EXPECT_ERROR(ComputeTableStats(table.context, table.ident, options),
               ErrorCode::kNoSuchSnapshot, "7");
}

TEST(ComputeTableStats, ManyValuesAreEstimated) {
  RowTable table;
  ASSERT_OK(table.Create());
  for (int64_t i = 0; i < 4; ++i) {
    ASSERT_OK(table.AppendRows(RowTable::Range(20'000 * i, 20'000 * i + 30'000), 1));
  }
  ASSERT_OK_AND_ASSIGN(const auto result, ComputeTableStats(table.context, table.ident));
  EXPECT_NEAR(static_cast<double>(result.distinct_values.at("id")), 90'000, 4'500);
}

TEST(ComputeTableStats, ASnapshotThatExpiresMeanwhileGetsNone) {
  RowTable table;
  ASSERT_OK(table.Create());
  ASSERT_OK(table.AppendRows({1}, 1));
  const auto first = table.HeadId();
  ASSERT_OK(table.AppendRows({2}, 1));
  ComputeTableStatsOptions options;
  options.snapshot_id = first;
  const size_t files = table.Files().size();
  options.control.progress = [&](const ActionProgress&) {
    EXPECT_OK(table.Commit({iceberg::update::RemoveSnapshots{{first}}}));
  };
  EXPECT_ERROR(ComputeTableStats(table.context, table.ident, options),
               ErrorCode::kNoSuchSnapshot, "expired");
  EXPECT_EQ(table.Files().size(), files);
}

TEST(ComputePartitionStats, AddsUpByPartition) {
  for (const int version : {2, 3}) {
    SCOPED_TRACE(version);
    RowTable table;
    ASSERT_OK(table.Create({{"format-version", std::to_string(version)}}));
    ASSERT_OK(table.AppendRows(RowTable::Range(0, 10), 2));
    ASSERT_OK(table.AppendRows(RowTable::Range(10, 30), 1));
    table.clock.Advance(std::chrono::hours(1));
    ASSERT_OK(table.AppendRows(RowTable::Range(30, 35), 2));
    ASSERT_OK(table.TryDelete({0, 1}));
    const auto metadata = table.Metadata();
    const iceberg::Snapshot& snapshot = *metadata->current_snapshot();
    const internal::PartitionUnion partitions(*metadata);
    ASSERT_OK_AND_ASSIGN(
        const auto stats,
        internal::CollectPartitionStats(table.io, *metadata, snapshot, partitions, {}));
    ASSERT_EQ(stats.size(), 2U);
    EXPECT_EQ(stats[0].partition, iceberg::PartitionTuple{int32_t{1}});
    EXPECT_EQ(stats[0].data_record_count, 20);
    EXPECT_EQ(stats[0].data_file_count, 1);
    EXPECT_EQ(stats[0].total_record_count, 20);
    EXPECT_EQ(stats[1].data_record_count, 15);
    EXPECT_EQ(stats[1].data_file_count, 2);
    EXPECT_EQ(stats[1].position_delete_record_count, 2);
    EXPECT_EQ(stats[1].position_delete_file_count, version == 2 ? 1 : 0);
    EXPECT_EQ(stats[1].deletion_vector_count, version == 3 ? 1 : 0);
    EXPECT_FALSE(stats[1].total_record_count);
    EXPECT_EQ(stats[1].last_updated_snapshot_id, snapshot.id);
    EXPECT_EQ(stats[1].last_updated_at_ms, snapshot.timestamp.count());
    EXPECT_LT(*stats[0].last_updated_at_ms, *stats[1].last_updated_at_ms);
    ASSERT_OK_AND_ASSIGN(
        const auto batch,
        internal::PartitionStatsBatch(stats, partitions, metadata->format_version));
    ASSERT_OK(batch->ValidateFull());
    EXPECT_EQ(batch->num_columns(), version == 3 ? 13 : 12);

    ASSERT_OK_AND_ASSIGN(const auto result,
                         ComputePartitionStats(table.context, table.ident));
    EXPECT_EQ(result.partitions_count, 2);
    ASSERT_EQ(table.Metadata()->partition_statistics.size(), 1U);
    EXPECT_EQ(table.Metadata()->partition_statistics[0], *result.statistics_file);
    ASSERT_OK_AND_ASSIGN(const auto info,
                         table.memory.Stat(result.statistics_file->path));
    EXPECT_EQ(info.size_bytes, result.statistics_file->file_size_bytes);
    EXPECT_EQ(table.memory.ReadAll(info.location)->substr(0, 4), "PAR1");
  }
}

}  // namespace
}  // namespace tarn::table
