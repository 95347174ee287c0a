#include "tarn/table/maintenance/add_files.h"

#include <string>

#include <gtest/gtest.h>

#include "tarn/table/alter.h"
#include "tarn/table/maintenance/internal/partition_directories.h"
#include "tarn/table/maintenance/row_table_test.h"

namespace tarn::table {
namespace {

constexpr char kSource[] = "/source";

/// A table by day with one row group of its own, and the same file in other places.
struct AddedTable : RowTable {
  std::string bytes;

  AddedTable() {
    EXPECT_OK(Create());
    EXPECT_OK(AppendRows(Range(0, 3), 1));
    bytes = memory.ReadAll(Plan().ValueOrDie().tasks[0].file.file_path).ValueOrDie();
  }
  void PutFile(const std::string& below) {
    memory.Put(std::string(kSource) + "/" + below, bytes);
  }
  Result<AddFilesResult> Add(AddFilesOptions options = {}) {
    options.location = options.location.empty() ? kSource : options.location;
    return AddFiles(context, ident, options);
  }
};

TEST(AddFiles, TakesPartitionsFromDirectories) {
  AddedTable table;
  table.PutFile("p=1970-01-03/a.parquet");
  table.PutFile("p=1970-01-03/deeper/b.parquet");
  table.PutFile("p=__HIVE_DEFAULT_PARTITION__/c.parquet");
  table.PutFile("_temporary/d.parquet");
  table.memory.Put("/source/_SUCCESS", "x");
  ASSERT_OK_AND_ASSIGN(const AddFilesResult result, table.Add());
  EXPECT_EQ(result.added_files_count, 3);
  EXPECT_EQ(result.changed_partition_count, 2);
  EXPECT_EQ(table.NumRows(), 12);
  ASSERT_OK_AND_ASSIGN(const ScanPlan plan, table.Plan());
  int64_t nulls = 0;
  for (const FileScanTask& task : plan.tasks) {
    nulls += iceberg::IsNull(task.file.partition[0]) ? 1 : 0;
  }
  EXPECT_EQ(nulls, 1);
  EXPECT_NE(table.Metadata()->Property("schema.name-mapping.default", ""), "");
}

TEST(AddFiles, RefusesWhatIsThereAlready) {
  AddedTable table;
  table.PutFile("p=1970-01-03/a.parquet");
  ASSERT_OK(table.Add());
  EXPECT_ERROR(table.Add(), ErrorCode::kAlreadyExists, "already");
  EXPECT_EQ(table.NumRows(), 6);
  AddFilesOptions again;
  again.check_duplicate_files = false;
  ASSERT_OK(table.Add(again));
  EXPECT_EQ(table.NumRows(), 9);
}

TEST(AddFiles, ChoosesFiles) {
  AddedTable table;
  table.PutFile("p=1970-01-03/a.parquet");
  table.PutFile("p=1970-01-04/a.parquet");
  AddFilesOptions filtered;
  filtered.partition_filter = {{"p", "1970-01-04"}};
  ASSERT_OK_AND_ASSIGN(const AddFilesResult result, table.Add(filtered));
  EXPECT_EQ(result.added_files_count, 1);
  AddFilesOptions none;
  none.partition_filter = {{"p", "1980-01-01"}};
  EXPECT_ERROR(table.Add(none), ErrorCode::kNoSuchFile, "no files");
  table.PutFile("p=1970-01-05/x/a.parquet");
  AddFilesOptions strict;
  strict.subdirectories = Subdirectories::kFail;
  EXPECT_ERROR(table.Add(strict), ErrorCode::kInvalidArgument, "recursion");
  strict.subdirectories = Subdirectories::kSkip;
  strict.partition_filter = {{"p", "1970-01-03"}};
  ASSERT_OK_AND_ASSIGN(const AddFilesResult flat, table.Add(strict));
  EXPECT_EQ(flat.added_files_count, 1);
}

TEST(AddFiles, LeavesTheTableAsItWasAfterAnError) {
  AddedTable table;
  table.PutFile("p=1970-01-03/a.parquet");
  table.memory.Put("/source/p=1970-01-03/b.parquet", "no Parquet file");
  EXPECT_ERROR(table.Add(), ErrorCode::kInvalidData, "b.parquet");
  table.PutFile("p=1970-01-03/b.parquet");
  table.PutFile("unpartitioned.parquet");
  EXPECT_ERROR(table.Add(), ErrorCode::kInvalidArgument, "unpartitioned");
  table.PutFile("p=yesterday/c.parquet");
  EXPECT_FALSE(table.Add().ok());
  EXPECT_EQ(table.NumRows(), 3);
  AddedTable bucketed;
  ASSERT_OK(bucketed.catalog.DropTable(bucketed.ident));
  ASSERT_OK(bucketed.Create({}, iceberg::Bucket{4}));
  bucketed.PutFile("p=1/a.parquet");
  EXPECT_ERROR(bucketed.Add(), ErrorCode::kNotSupported, "p");
}

TEST(AddFiles, ColumnsThatChangeMeanwhileAreAConflict) {
  AddedTable table;
  table.PutFile("p=1970-01-03/a.parquet");
  // The first commit is that of the name mapping.
  table.catalog.BeforeNextCommit([&] { ASSERT_OK(table.AppendRows({70}, 2)); });
  ASSERT_OK(table.Add());
  EXPECT_EQ(table.NumRows(), 7);
}

TEST(AddFiles, EveryFailureLeavesAllOrNothing) {
  for (int64_t at = 0; at < 40; ++at) {
    AddedTable table;
    table.PutFile("p=1970-01-03/a.parquet");
    table.PutFile("p=1970-01-04/a.parquet");
    table.io.FailOperation(at);
    const auto result = table.Add();
    table.io.FailOperation(-1);
    EXPECT_EQ(table.NumRows(), result.ok() ? 9 : 3) << at;
    EXPECT_TRUE(table.Exists("/source/p=1970-01-03/a.parquet")) << at;
    table.ExpectNoDanglingReference();
  }
}

TEST(DiscoverTable, GivesPartitionColumnsTheNarrowestType) {
  AddedTable table;
  table.PutFile("year=2023/on=2023-01-01/name=a%2Fb/f.parquet");
  table.PutFile("year=2024/on=2024-01-01/name=5/f.parquet");
  AddFilesOptions options;
  options.location = kSource;
  ASSERT_OK_AND_ASSIGN(const DiscoveredTable found,
                       DiscoverTable(table.context, options));
  EXPECT_EQ(found.partition_columns, (std::vector<std::string>{"year", "on", "name"}));
  ASSERT_EQ(found.fields.size(), 5U);
  EXPECT_EQ(found.fields[2].type, iceberg::Type::Long());
  EXPECT_EQ(found.fields[3].type, iceberg::Type::Date());
  EXPECT_EQ(found.fields[4].type, iceberg::Type::String());
  ASSERT_OK_AND_ASSIGN(const auto files,
                       internal::FindPartitionedFiles(table.memory, options));
  EXPECT_EQ(files[0].partitions[2].value, "a/b");
}

}  // namespace
}  // namespace tarn::table
