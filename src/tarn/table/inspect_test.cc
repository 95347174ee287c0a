#include "tarn/table/inspect.h"

#include <algorithm>
#include <set>
#include <string>

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/scalar.h>
#include <arrow/table.h>
#include <gtest/gtest.h>

#include "tarn/base/error.h"
#include "tarn/table/fake_table_test.h"

namespace tarn::table {
namespace {

using iceberg::Field;
using iceberg::Type;

class InspectTest : public ::testing::Test {
 protected:
  InspectRequest Request(MetadataTable kind) {
    return {.table = table_.catalog.LoadTable(table_.ident).ValueOrDie(), .kind = kind};
  }

  Result<std::shared_ptr<arrow::Table>> Read(const InspectRequest& request) {
    ARROW_ASSIGN_OR_RAISE(const auto reader, Inspect(table_.context, request));
    ARROW_ASSIGN_OR_RAISE(auto rows, reader->ToTable());
    return rows->CombineChunks();
  }

  /// The cells of one column as text, "null" for null ones.
  std::vector<std::string> Cells(MetadataTable kind, const std::string& column,
                                 std::optional<iceberg::SnapshotId> snapshot = {}) {
    InspectRequest request = Request(kind);
    request.columns = {column};
    request.snapshot_id = snapshot;
    const auto rows = Read(request);
    EXPECT_TRUE(rows.ok()) << rows.status().ToString();
    std::vector<std::string> cells;
    if (rows.ok() && (*rows)->num_rows() > 0) {
      const auto& array = *(*rows)->column(0)->chunk(0);
      for (int64_t i = 0; i < array.length(); ++i) {
        cells.push_back((*array.GetScalar(i))->ToString());
      }
    }
    return cells;
  }

  iceberg::SnapshotId Head() { return *table_.Metadata()->current_snapshot_id; }

  FakeTable table_;
};

using Texts = std::vector<std::string>;

TEST(MetadataTables, AreFoundByNameInAnyCase) {
  EXPECT_EQ(AllMetadataTables().size(), 18U);
  for (const MetadataTable table : AllMetadataTables()) {
    SCOPED_TRACE(std::string(NameOf(table)));
    EXPECT_EQ(MetadataTableNamed(NameOf(table)), table);
  }
  EXPECT_EQ(MetadataTableNamed("All_Data_FILES"), MetadataTable::kAllDataFiles);
  EXPECT_FALSE(MetadataTableNamed("orders").has_value());
  EXPECT_FALSE(MetadataTableNamed("").has_value());
}

struct NamesCase {
  MetadataTable table;
  Texts names;
};

TEST_F(InspectTest, ColumnsAreThoseOfTheJavaReference) {
  ASSERT_OK(table_.Create());
  const NamesCase cases[] = {
      {MetadataTable::kSnapshots,
       {"committed_at", "snapshot_id", "parent_id", "operation", "manifest_list",
        "summary"}},
      {MetadataTable::kHistory,
       {"made_current_at", "snapshot_id", "parent_id", "is_current_ancestor"}},
      {MetadataTable::kRefs,
       {"name", "type", "snapshot_id", "max_reference_age_in_ms", "min_snapshots_to_keep",
        "max_snapshot_age_in_ms"}},
      {MetadataTable::kEntries,
       {"status", "snapshot_id", "sequence_number", "file_sequence_number", "data_file",
        "readable_metrics"}},
      {MetadataTable::kPartitions,
       {"partition", "spec_id", "record_count", "file_count",
        "total_data_file_size_in_bytes", "position_delete_record_count",
        "position_delete_file_count", "equality_delete_record_count",
        "equality_delete_file_count", "last_updated_at", "last_updated_snapshot_id"}},
      {MetadataTable::kFiles,
       {"content",
        "file_path",
        "file_format",
        "spec_id",
        "partition",
        "record_count",
        "file_size_in_bytes",
        "column_sizes",
        "value_counts",
        "null_value_counts",
        "nan_value_counts",
        "lower_bounds",
        "upper_bounds",
        "key_metadata",
        "split_offsets",
        "equality_ids",
        "sort_order_id",
        "first_row_id",
        "referenced_data_file",
        "content_offset",
        "content_size_in_bytes",
        "readable_metrics"}},
      {MetadataTable::kManifests,
       {"content", "path", "length", "partition_spec_id", "added_snapshot_id",
        "added_data_files_count", "existing_data_files_count", "deleted_data_files_count",
        "added_delete_files_count", "existing_delete_files_count",
        "deleted_delete_files_count", "partition_summaries"}},
      {MetadataTable::kMetadataLogEntries,
       {"timestamp", "file", "latest_snapshot_id", "latest_schema_id",
        "latest_sequence_number"}},
      {MetadataTable::kProperties, {"key", "value"}},
      // Trino's.
      {MetadataTable::kManifestRows,
       {"path", "length", "partition_spec_id", "added_snapshot_id",
        "added_data_files_count", "added_rows_count", "existing_data_files_count",
        "existing_rows_count", "deleted_data_files_count", "deleted_rows_count",
        "partition_summaries"}},
  };
  for (const NamesCase& one : cases) {
    SCOPED_TRACE(std::string(NameOf(one.table)));
    const auto schema = MetadataTableSchema(Request(one.table));
    ASSERT_TRUE(schema.ok()) << schema.status().ToString();
    EXPECT_EQ((*schema)->field_names(), one.names);
  }
}

TEST_F(InspectTest, SchemaIsThatOfTheRows) {
  ASSERT_OK(table_.Create());
  ASSERT_OK(table_.Append({table_.NewFile(19723)}));
  for (const MetadataTable kind : AllMetadataTables()) {
    SCOPED_TRACE(std::string(NameOf(kind)));
    const auto schema = MetadataTableSchema(Request(kind));
    ASSERT_TRUE(schema.ok()) << schema.status().ToString();
    const auto rows = Read(Request(kind));
    ASSERT_TRUE(rows.ok()) << rows.status().ToString();
    EXPECT_TRUE((*rows)->schema()->Equals(**schema));
    EXPECT_OK((*rows)->ValidateFull());
  }
}

TEST_F(InspectTest, TableWithoutSnapshotsHasNoRows) {
  ASSERT_OK(table_.Create());
  for (const MetadataTable kind : AllMetadataTables()) {
    SCOPED_TRACE(std::string(NameOf(kind)));
    const auto rows = Read(Request(kind));
    ASSERT_TRUE(rows.ok()) << rows.status().ToString();
    const bool has_log = kind == MetadataTable::kMetadataLogEntries;
    EXPECT_EQ((*rows)->num_rows(), has_log ? 1 : 0);
  }
}

TEST_F(InspectTest, HistoryOfTwoAppends) {
  ASSERT_OK(table_.Create({{"owner", "me"}}));
  table_.clock.Advance(std::chrono::seconds(1));
  ASSERT_OK(table_.Append({table_.NewFile(19723)}));
  const auto first = std::to_string(Head().value);
  table_.clock.Advance(std::chrono::seconds(1));
  ASSERT_OK(table_.Append({table_.NewFile(19724)}));
  const auto second = std::to_string(Head().value);

  EXPECT_EQ(Cells(MetadataTable::kSnapshots, "snapshot_id"), (Texts{first, second}));
  EXPECT_EQ(Cells(MetadataTable::kSnapshots, "parent_id"), (Texts{"null", first}));
  EXPECT_EQ(Cells(MetadataTable::kSnapshots, "operation"), (Texts{"append", "append"}));
  EXPECT_EQ(Cells(MetadataTable::kHistory, "is_current_ancestor"),
            (Texts{"true", "true"}));
  EXPECT_EQ(Cells(MetadataTable::kRefs, "name"), Texts{"main"});
  EXPECT_EQ(Cells(MetadataTable::kRefs, "type"), Texts{"BRANCH"});
  EXPECT_EQ(Cells(MetadataTable::kRefs, "snapshot_id"), Texts{second});
  EXPECT_EQ(Cells(MetadataTable::kMetadataLogEntries, "latest_snapshot_id"),
            (Texts{"null", first, second}));
  EXPECT_EQ(Cells(MetadataTable::kProperties, "key"), Texts{"owner"});
  EXPECT_EQ(Cells(MetadataTable::kProperties, "value"), Texts{"me"});
}

TEST_F(InspectTest, FilesOfOneSnapshotAndOfAll) {
  ASSERT_OK(table_.Create());
  ASSERT_OK(table_.Append({table_.NewFile(19723), table_.NewFile(19724)}));
  const auto before = Head();
  ASSERT_OK(Write(table_.context,
                  table_.Request({table_.NewFile(19725)}, WriteMode::kOverwrite)));

  EXPECT_EQ(Cells(MetadataTable::kFiles, "file_path"),
            Texts{"/warehouse/t/data/2.parquet"});
  EXPECT_EQ(Cells(MetadataTable::kFiles, "file_path", before).size(), 2U);
  EXPECT_EQ(Cells(MetadataTable::kAllFiles, "file_path").size(), 3U);
  EXPECT_EQ(Cells(MetadataTable::kAllDataFiles, "file_path").size(), 3U);
  EXPECT_EQ(Cells(MetadataTable::kDeleteFiles, "file_path"), Texts{});

  // The overwrite's own entries: one added, two deleted.
  Texts statuses = Cells(MetadataTable::kEntries, "status");
  std::ranges::sort(statuses);
  EXPECT_EQ(statuses, (Texts{"1", "2", "2"}));
  EXPECT_EQ(Cells(MetadataTable::kAllEntries, "status").size(), 5U);
}

TEST_F(InspectTest, FileRowHoldsPartitionAndReadableMetrics) {
  ASSERT_OK(table_.Create());
  ASSERT_OK(table_.Append({table_.NewFile(19723, /*rows=*/10, /*first=*/5)}));
  const auto rows = Read(Request(MetadataTable::kFiles));
  ASSERT_TRUE(rows.ok()) << rows.status().ToString();
  ASSERT_EQ((*rows)->num_rows(), 1);
  const auto cell = [&](const std::string& name) {
    return (*(*rows)->GetColumnByName(name)->GetScalar(0))->ToString();
  };
  EXPECT_EQ(cell("content"), "0");
  EXPECT_EQ(cell("file_format"), "PARQUET");
  EXPECT_EQ(cell("record_count"), "10");
  EXPECT_EQ(cell("partition"), "{p:date32[day] = 2024-01-01}");
  EXPECT_EQ(cell("split_offsets"), "null");
  EXPECT_EQ(cell("value_counts"), "map<int32, int64>[{key:int32 = 1, value:int64 = 10}]");

  // Columns by name: day, then id; the file tells nothing about day.
  const std::string metrics = cell("readable_metrics");
  EXPECT_NE(metrics.find("lower_bound:int64 = 5"), std::string::npos) << metrics;
  EXPECT_NE(metrics.find("upper_bound:int64 = 14"), std::string::npos) << metrics;
  EXPECT_NE(metrics.find("lower_bound:date32[day] = null"), std::string::npos) << metrics;
  EXPECT_LT(metrics.find("day:"), metrics.find("id:"));
}

TEST_F(InspectTest, Trap12AbsentMetricsAreNullAndNotZero) {
  ASSERT_OK(table_.Create());
  iceberg::DataFile file = table_.NewFile(19723);
  file.columns.clear();
  ASSERT_OK(table_.Append({file}));
  for (const char* column : {"column_sizes", "value_counts", "null_value_counts",
                             "nan_value_counts", "lower_bounds", "upper_bounds"}) {
    EXPECT_EQ(Cells(MetadataTable::kFiles, column), Texts{"null"}) << column;
  }
  const Texts metrics = Cells(MetadataTable::kFiles, "readable_metrics");
  ASSERT_EQ(metrics.size(), 1U);
  EXPECT_EQ(metrics[0].find("= 0"), std::string::npos) << metrics[0];
}

TEST_F(InspectTest, ManifestsShowCountsAndSummaries) {
  ASSERT_OK(table_.Create());
  ASSERT_OK(table_.Append({table_.NewFile(19723), table_.NewFile(19725)}));
  EXPECT_EQ(Cells(MetadataTable::kManifests, "added_data_files_count"), Texts{"2"});
  EXPECT_EQ(Cells(MetadataTable::kManifests, "added_delete_files_count"), Texts{"0"});
  const Texts summaries = Cells(MetadataTable::kManifests, "partition_summaries");
  ASSERT_EQ(summaries.size(), 1U);
  EXPECT_NE(summaries[0].find("lower_bound:string = 2024-01-01"), std::string::npos)
      << summaries[0];
  EXPECT_NE(summaries[0].find("upper_bound:string = 2024-01-03"), std::string::npos)
      << summaries[0];

  ASSERT_OK(table_.Append({table_.NewFile(19726)}));
  // The first list has one manifest, the second both.
  EXPECT_EQ(Cells(MetadataTable::kAllManifests, "path").size(), 3U);
}

TEST_F(InspectTest, PartitionsAddUpTheirFiles) {
  ASSERT_OK(table_.Create());
  ASSERT_OK(table_.Append({table_.NewFile(19723, 10), table_.NewFile(19724, 3)}));
  table_.clock.Advance(std::chrono::seconds(5));
  ASSERT_OK(table_.Append({table_.NewFile(19723, 7)}));
  const auto newest = std::to_string(Head().value);

  const Texts partitions = Cells(MetadataTable::kPartitions, "partition");
  ASSERT_EQ(partitions.size(), 2U);
  const size_t first = partitions[0].find("2024-01-01") != std::string::npos ? 0 : 1;
  EXPECT_EQ(Cells(MetadataTable::kPartitions, "record_count")[first], "17");
  EXPECT_EQ(Cells(MetadataTable::kPartitions, "file_count")[first], "2");
  EXPECT_EQ(Cells(MetadataTable::kPartitions, "total_data_file_size_in_bytes")[first],
            "200");
  EXPECT_EQ(Cells(MetadataTable::kPartitions, "last_updated_snapshot_id")[first], newest);
  EXPECT_EQ(Cells(MetadataTable::kPartitions, "record_count")[1 - first], "3");
}

TEST_F(InspectTest, OnlyChosenColumnsInTheirOrder) {
  ASSERT_OK(table_.Create());
  ASSERT_OK(table_.Append({table_.NewFile(19723)}));
  InspectRequest request = Request(MetadataTable::kFiles);
  request.columns = {"record_count", "file_path"};
  const auto rows = Read(request);
  ASSERT_TRUE(rows.ok()) << rows.status().ToString();
  EXPECT_EQ((*rows)->schema()->field_names(), (Texts{"record_count", "file_path"}));

  request.columns = {"no_such"};
  EXPECT_EQ(CodeOf(MetadataTableSchema(request).status()), ErrorCode::kNoSuchColumn);
}

TEST_F(InspectTest, SnapshotThatIsGoneOrMeansNothing) {
  ASSERT_OK(table_.Create());
  ASSERT_OK(table_.Append({table_.NewFile(19723)}));
  InspectRequest request = Request(MetadataTable::kFiles);
  request.snapshot_id = iceberg::SnapshotId{42};
  EXPECT_EQ(CodeOf(Read(request).status()), ErrorCode::kNoSuchSnapshot);
  request.kind = MetadataTable::kSnapshots;
  request.snapshot_id = Head();
  EXPECT_EQ(CodeOf(Read(request).status()), ErrorCode::kInvalidArgument);
}

TEST_F(InspectTest, UnreadableManifestIsAnErrorAndNotAnEmptyTable) {
  ASSERT_OK(table_.Create());
  ASSERT_OK(table_.Append({table_.NewFile(19723)}));
  table_.memory.Put(table_.HeadManifests().at(0).path, "not avro");
  const auto rows = Read(Request(MetadataTable::kFiles));
  EXPECT_EQ(CodeOf(rows.status()), ErrorCode::kInvalidData);
}

}  // namespace
}  // namespace tarn::table
