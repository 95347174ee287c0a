// Tables with an order, written by statements: what is in their files is in that order.

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <arrow/array/array_primitive.h>
#include <arrow/record_batch.h>

#include "tarn/engine/engine.h"
#include "tarn/engine/session_text_test.h"
#include "tarn/storage/data_file_reader.h"
#include "tarn/table/scan.h"
#include "tarn/testing/lake.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::engine {
namespace {

class SortedWritesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_OK_AND_ASSIGN(lake_, testing::Lake::Make());
    ASSERT_OK_AND_ASSIGN(engine_, Engine::Open({.threads = 4}, lake_->context()));
    ASSERT_OK_AND_ASSIGN(session_, engine_->Connect());
    Run("CREATE SCHEMA s");
  }

  void Run(const std::string& sql) {
    SCOPED_TRACE(sql);
    ASSERT_OK(ReadAll(*session_, sql).status());
  }

  struct File {
    std::string path;
    iceberg::SortOrderId order;
    std::vector<int64_t> ids;  // column "id", as stored; deleted ones too
  };

  /// Live files of s.t, in the order of their smallest ids.
  std::vector<File> Files() {
    const auto table = lake_->catalog().LoadTable({{{"s"}}, "t"}).ValueOrDie();
    const table::Context context = lake_->context();
    const auto plan =
        table::PlanScan(context.io, {.metadata = table.metadata}).ValueOrDie();
    const auto schema =
        iceberg::Schema::MakeForFile({}, {*table.metadata->schema().FindByName("id")})
            .ValueOrDie();
    std::vector<File> files;
    for (const table::FileScanTask& task : plan.tasks) {
      const auto reader = storage::DataFileReader::Open(
                              context.io, *table.metadata, task.file,
                              task.data_sequence_number, nullptr, {.schema = schema})
                              .ValueOrDie();
      File file{.path = task.file.file_path,
                .order = task.file.sort_order_id.value_or(iceberg::SortOrderId{-1})};
      while (const auto batch = reader->Next().ValueOrDie()) {
        const auto column = batch->column(0);
        const auto& ids = static_cast<const arrow::Int64Array&>(*column);
        for (int64_t row = 0; row < ids.length(); ++row) {
          file.ids.push_back(ids.Value(row));
        }
      }
      files.push_back(std::move(file));
    }
    std::sort(files.begin(), files.end(), [](const File& a, const File& b) {
      return std::ranges::min(a.ids) < std::ranges::min(b.ids);
    });
    return files;
  }

  std::unique_ptr<testing::Lake> lake_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Session> session_;
};

constexpr char kShuffled[] =
    "SELECT (i * 7919) % 20000 AS id, (i % 3)::INTEGER AS p FROM range(20000) r(i)";

TEST_F(SortedWritesTest, InsertFollowsTheOrderOverAllThreads) {
  Run("CREATE TABLE s.t (id BIGINT, p INTEGER) WITH (sorted_by = ARRAY['id DESC'])");
  Run(std::string("INSERT INTO s.t ") + kShuffled);
  const std::vector<File> files = Files();
  ASSERT_EQ(files.size(), 1U);
  EXPECT_EQ(files[0].order, iceberg::SortOrderId{1});
  ASSERT_EQ(files[0].ids.size(), 20'000U);
  EXPECT_TRUE(std::ranges::is_sorted(files[0].ids, std::ranges::greater()));
  EXPECT_EQ(Text(*session_, "SELECT count(*), sum(id) FROM s.t").ValueOrDie(),
            "20000, 199990000\n");
}

TEST_F(SortedWritesTest, EveryPartitionIsInOrder) {
  Run("CREATE TABLE s.t (id BIGINT, p INTEGER) WITH (partitioning = ARRAY['p'], "
      "sorted_by = ARRAY['id'])");
  Run(std::string("INSERT INTO s.t ") + kShuffled);
  const std::vector<File> files = Files();
  EXPECT_EQ(files.size(), 3U);
  for (const File& file : files) {
    EXPECT_EQ(file.order, iceberg::SortOrderId{1});
    EXPECT_TRUE(std::ranges::is_sorted(file.ids));
  }
}

TEST_F(SortedWritesTest, FilesOfOneStatementFollowEachOther) {
  Run("CREATE TABLE s.t (id BIGINT, p INTEGER) WITH (sorted_by = ARRAY['id'], "
      "'write.target-file-size-bytes' = '60000')");
  Run("INSERT INTO s.t SELECT hash(i)::HUGEINT % 1000000007, 1 FROM range(400000) r(i)");
  const std::vector<File> files = Files();
  EXPECT_GT(files.size(), 2U);
  int64_t last = -1;
  for (const File& file : files) {
    EXPECT_TRUE(std::ranges::is_sorted(file.ids));
    EXPECT_GE(file.ids.front(), last);
    last = file.ids.back();
  }
}

TEST_F(SortedWritesTest, CreateTableAsAndMergeDoToo) {
  Run(std::string("CREATE TABLE s.t WITH (sorted_by = ARRAY['id']) AS ") + kShuffled);
  ASSERT_EQ(Files().size(), 1U);
  EXPECT_EQ(Files()[0].order, iceberg::SortOrderId{1});
  EXPECT_TRUE(std::ranges::is_sorted(Files()[0].ids));
  Run("MERGE INTO s.t USING (SELECT 40000 - i AS id, 5 AS p FROM range(20000) r(i)) n "
      "ON s.t.id = n.id WHEN MATCHED THEN UPDATE SET p = n.p WHEN NOT MATCHED THEN "
      "INSERT VALUES (n.id, n.p)");
  for (const File& file : Files()) {
    EXPECT_EQ(file.order, iceberg::SortOrderId{1}) << file.path;
    EXPECT_TRUE(std::ranges::is_sorted(file.ids)) << file.path;
  }
  Run("UPDATE s.t SET p = 9 WHERE id % 2 = 0");
  for (const File& file : Files()) {
    EXPECT_TRUE(std::ranges::is_sorted(file.ids)) << file.path;
  }
}

TEST_F(SortedWritesTest, TheTableMaySayOtherwise) {
  Run("CREATE TABLE s.t (id BIGINT) WITH (sorted_by = ARRAY['id'], 'write.ordering' = "
      "'given')");
  Run("INSERT INTO s.t VALUES (3), (1), (2)");
  EXPECT_EQ(Files()[0].ids, (std::vector<int64_t>{3, 1, 2}));
  EXPECT_EQ(Files()[0].order, iceberg::SortOrderId{0});
}

}  // namespace
}  // namespace tarn::engine
