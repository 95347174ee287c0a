#include "tarn/ingest/load.h"

#include <deque>

#include <arrow/array/array_base.h>
#include <arrow/json/from_string.h>
#include <arrow/record_batch.h>
#include <arrow/scalar.h>
#include <arrow/type.h>

#include "tarn/iceberg/table_update.h"
#include "tarn/storage/data_file_reader.h"
#include "tarn/table/scan.h"
#include "tarn/testing/fake_catalog.h"
#include "tarn/testing/fake_clock.h"
#include "tarn/testing/memory_file_io.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::ingest {
namespace {

/// Batches from memory, then an error if one is set.
class MemorySource final : public Source {
 public:
  explicit MemorySource(std::shared_ptr<arrow::Schema> schema)
      : schema_(std::move(schema)) {}

  void Add(const std::string& json) {
    const auto rows =
        arrow::json::ArrayFromJSONString(arrow::struct_(schema_->fields()), json)
            .ValueOrDie();
    batches_.push_back(arrow::RecordBatch::FromStructArray(rows).ValueOrDie());
  }
  void FailAtEnd(Status status) { failure_ = std::move(status); }
  void Reject(engine::RejectedRow row) { rejects_.push_back(std::move(row)); }

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }
  Format format() const override { return Format::kCsv; }
  Result<std::shared_ptr<arrow::RecordBatch>> Next() override {
    if (batches_.empty()) {
      RETURN_NOT_OK(failure_);
      return std::shared_ptr<arrow::RecordBatch>();
    }
    auto batch = batches_.front();
    batches_.pop_front();
    return batch;
  }
  Result<std::vector<engine::RejectedRow>> Rejects() override { return rejects_; }
  std::optional<double> progress() const override { return std::nullopt; }

 private:
  std::shared_ptr<arrow::Schema> schema_;
  std::deque<std::shared_ptr<arrow::RecordBatch>> batches_;
  std::vector<engine::RejectedRow> rejects_;
  Status failure_;
};

/// Cannot be reached any more from a commit on, until `lost` is cleared.
class LosableCatalog final : public testing::FakeCatalog {
 public:
  using FakeCatalog::FakeCatalog;
  Result<catalog::LoadedTable> LoadTable(const iceberg::TableIdent& ident) override {
    if (lost) {
      return MakeError(ErrorCode::kIoFailed, "cannot be reached");
    }
    return FakeCatalog::LoadTable(ident);
  }
  bool lost = false;
};

class LoadTest : public ::testing::Test {
 protected:
  static MemorySource TwoRows() {
    MemorySource source(arrow::schema(
        {arrow::field("id", arrow::int64()), arrow::field("name", arrow::utf8())}));
    source.Add(R"([{"id": 1, "name": "a"}, {"id": 2, "name": null}])");
    return source;
  }
  Result<LoadResult> Run(Source& source, LoadMode mode,
                         const std::vector<std::string>& partition_by = {}) {
    return Load(context_, source,
                {.into = ident_, .mode = mode, .partition_by = partition_by});
  }
  int64_t NumRows() {
    const auto table = catalog_.LoadTable(ident_).ValueOrDie();
    const auto plan = table::PlanScan(io_, {.metadata = table.metadata}).ValueOrDie();
    int64_t rows = 0;
    for (const table::FileScanTask& task : plan.tasks) {
      rows += task.file.record_count;
    }
    return rows;
  }
  void ExpectNothingLeft() {
    EXPECT_EQ(io_.num_files(), 0U);
    EXPECT_EQ(catalog_.ListNamespaces({}).ValueOrDie().size(), 0U);
  }

  testing::FakeClock clock_;
  testing::SeededRandom random_;
  testing::MemoryFileIO io_{clock_};
  LosableCatalog catalog_{clock_};
  const table::Context context_{catalog_, io_, clock_, random_};
  const iceberg::TableIdent ident_{{{"a", "b"}}, "t"};
};

TEST_F(LoadTest, CreatesNamespacesAndTable) {
  MemorySource source = TwoRows();
  ASSERT_OK_AND_ASSIGN(const LoadResult result, Run(source, LoadMode::kCreate));
  EXPECT_EQ(result.rows_loaded, 2);
  EXPECT_EQ(result.files_written, 1);
  EXPECT_TRUE(result.snapshot_id.has_value());
  EXPECT_EQ(result.schema->fields()[1].type, iceberg::Type::String());
  EXPECT_EQ(NumRows(), 2);
}

TEST_F(LoadTest, ModesCheckWhatIsThere) {
  MemorySource first = TwoRows();
  EXPECT_ERROR(Run(first, LoadMode::kAppend), ErrorCode::kNoSuchTable, "a.b.t");
  EXPECT_ERROR(Run(first, LoadMode::kOverwrite), ErrorCode::kNoSuchTable, "a.b.t");
  ExpectNothingLeft();
  ASSERT_OK(Run(first, LoadMode::kCreate));
  MemorySource second = TwoRows();
  EXPECT_ERROR(Run(second, LoadMode::kCreate), ErrorCode::kAlreadyExists, "a.b.t");
  EXPECT_ERROR(Run(second, LoadMode::kAppend, {"id"}), ErrorCode::kInvalidArgument,
               "Partitions");
  EXPECT_EQ(NumRows(), 2);
}

TEST_F(LoadTest, AppendsAndOverwrites) {
  MemorySource first = TwoRows();
  ASSERT_OK(Run(first, LoadMode::kCreate));
  MemorySource more = TwoRows();
  ASSERT_OK(Run(more, LoadMode::kAppend));
  EXPECT_EQ(NumRows(), 4);
  MemorySource instead = TwoRows();
  ASSERT_OK(Run(instead, LoadMode::kOverwrite));
  EXPECT_EQ(NumRows(), 2);
}

TEST_F(LoadTest, ReplaceTakesTheSourcesSchemaAndKeepsOldSnapshotsReadable) {
  MemorySource first = TwoRows();
  ASSERT_OK_AND_ASSIGN(const LoadResult before, Run(first, LoadMode::kReplace));
  MemorySource other(arrow::schema({arrow::field("name", arrow::utf8()),
                                    arrow::field("id", arrow::utf8()),
                                    arrow::field("extra", arrow::float64())}));
  other.Add(R"([{"name": "x", "id": "1", "extra": 0.5}])");
  ASSERT_OK_AND_ASSIGN(const LoadResult after, Run(other, LoadMode::kReplace, {"name"}));
  ASSERT_EQ(after.schema->fields().size(), 3U);
  EXPECT_EQ(after.schema->fields()[0].id, before.schema->fields()[1].id)
      << "same name and type: the same column";
  EXPECT_GT(after.schema->fields()[1].id, 2) << "another type: another column";
  EXPECT_EQ(NumRows(), 1);
  ASSERT_OK_AND_ASSIGN(const auto table, catalog_.LoadTable(ident_));
  EXPECT_EQ(table.metadata->spec().fields.size(), 1U);
  ASSERT_OK_AND_ASSIGN(const auto old_plan,
                       table::PlanScan(io_, {.metadata = table.metadata,
                                             .snapshot_id = before.snapshot_id}));
  EXPECT_EQ(old_plan.tasks.size(), 1U);
  EXPECT_TRUE(old_plan.schema->SameAs(*before.schema));
}

TEST_F(LoadTest, Partitions) {
  MemorySource source = TwoRows();
  ASSERT_OK_AND_ASSIGN(const LoadResult result,
                       Run(source, LoadMode::kCreate, {"bucket(4, id)", "NAME"}));
  EXPECT_EQ(result.files_written, 2);
  ASSERT_OK_AND_ASSIGN(const auto table, catalog_.LoadTable(ident_));
  ASSERT_EQ(table.metadata->spec().fields.size(), 2U);
  EXPECT_EQ(table.metadata->spec().fields[0].name, "id_bucket");
  EXPECT_EQ(table.metadata->spec().fields[1].name, "name");
}

TEST_F(LoadTest, RowsOfAnOrderedTableAreSortedWhateverTheNumberOfWriters) {
  MemorySource first = TwoRows();
  ASSERT_OK(Run(first, LoadMode::kCreate));
  ASSERT_OK(catalog_.Commit(
      {{.ident = ident_,
        .updates = {iceberg::update::AddSortOrder{
                        {iceberg::SortOrderId{1},
                         {{.source_ids = {1},
                           .direction = iceberg::SortDirection::kDescending}}}},
                    iceberg::update::SetDefaultSortOrder{iceberg::SortOrderId{-1}}}}}));
  MemorySource source(arrow::schema(
      {arrow::field("id", arrow::int64()), arrow::field("name", arrow::utf8())}));
  for (int i = 0; i < 50; ++i) {
    source.Add("[{\"id\": " + std::to_string(i * 37 % 50) + ", \"name\": \"x\"}]");
  }
  ASSERT_OK(Load(context_, source,
                 {.into = ident_, .mode = LoadMode::kOverwrite, .writers_max = 2}));
  const auto table = catalog_.LoadTable(ident_).ValueOrDie();
  const auto plan = table::PlanScan(io_, {.metadata = table.metadata}).ValueOrDie();
  ASSERT_EQ(plan.tasks.size(), 1U);
  const iceberg::DataFile& file = plan.tasks[0].file;
  EXPECT_EQ(file.sort_order_id, iceberg::SortOrderId{1});
  const auto reader =
      storage::DataFileReader::Open(io_, *table.metadata, file, {}, nullptr,
                                    {.schema = table.metadata->schema_ptr()})
          .ValueOrDie();
  int64_t expected = 49;
  while (const auto batch = reader->Next().ValueOrDie()) {
    for (int64_t row = 0; row < batch->num_rows(); ++row, --expected) {
      EXPECT_EQ(batch->column(0)->GetScalar(row).ValueOrDie()->ToString(),
                std::to_string(expected));
    }
  }
  EXPECT_EQ(expected, -1);
}

TEST_F(LoadTest, WhatFailsLeavesNothingBehind) {
  const auto fails = [&](Source& source, LoadRequest request, ErrorCode code,
                         const char* part) {
    request.into = ident_;
    EXPECT_ERROR(Load(context_, source, request), code, part);
    ExpectNothingLeft();
  };
  MemorySource bad_partition = TwoRows();
  fails(bad_partition, {.partition_by = {"day(id)"}}, ErrorCode::kInvalidArgument, "");
  MemorySource no_column = TwoRows();
  fails(no_column, {.partition_by = {"nope"}}, ErrorCode::kNoSuchColumn, "nope");
  MemorySource broken = TwoRows();
  broken.FailAtEnd(MakeError(ErrorCode::kInvalidData, "line 3 is bad"));
  fails(broken, {}, ErrorCode::kInvalidData, "line 3 is bad");
  MemorySource cancelled = TwoRows();
  fails(cancelled, {.cancelled = [] { return true; }}, ErrorCode::kCancelled,
        "nothing was loaded");
  MemorySource rejected = TwoRows();
  rejected.Reject({.file = "x.csv",
                   .line = 7,
                   .column = "id",
                   .message = "not a number",
                   .text = "x,y"});
  fails(rejected, {}, ErrorCode::kInvalidData, "x.csv:7, column id: not a number");
  MemorySource commit_fails = TwoRows();
  catalog_.FailNextCommit(MakeError(ErrorCode::kForbidden, "no"), testing::Applied::kNo);
  fails(commit_fails, {}, ErrorCode::kForbidden, "no");
}

TEST_F(LoadTest, Trap30_FilesStayWhenTheOutcomeIsUnknown) {
  MemorySource source = TwoRows();
  catalog_.FailNextCommit(MakeError(ErrorCode::kCommitStateUnknown, "lost"),
                          testing::Applied::kYes);
  catalog_.BeforeNextCommit([&] { catalog_.lost = true; });
  EXPECT_ERROR(Run(source, LoadMode::kCreate), ErrorCode::kCommitStateUnknown, "");
  catalog_.lost = false;
  EXPECT_GT(io_.num_files(), 0U);
  EXPECT_EQ(NumRows(), 2) << "the commit had been applied";
}

TEST_F(LoadTest, AnEmptySourceMakesAnEmptyTable) {
  MemorySource source(arrow::schema({arrow::field("id", arrow::int64())}));
  ASSERT_OK_AND_ASSIGN(const LoadResult result, Run(source, LoadMode::kCreate));
  EXPECT_EQ(result.rows_loaded, 0);
  EXPECT_EQ(result.files_written, 0);
  EXPECT_EQ(NumRows(), 0);
}

TEST_F(LoadTest, SeveralWritersWriteEveryRowOnce) {
  MemorySource source(arrow::schema({arrow::field("id", arrow::int64())}));
  for (int i = 0; i < 400; ++i) {
    source.Add("[{\"id\": " + std::to_string(i) + "}, {\"id\": 1}]");
  }
  int64_t last_rows = 0;
  const auto on_progress = [&](int64_t rows, int64_t, std::optional<double>) {
    last_rows = rows;
  };
  ASSERT_OK_AND_ASSIGN(
      const LoadResult result,
      Load(context_, source,
           {.into = ident_, .on_progress = on_progress, .writers_max = 4}));
  EXPECT_EQ(result.rows_loaded, 800);
  EXPECT_EQ(last_rows, 800);
  EXPECT_EQ(NumRows(), 800);
}

TEST(LoadMode, HasNames) {
  ASSERT_OK_AND_ASSIGN(const LoadMode mode, LoadModeFromName("overwrite"));
  EXPECT_EQ(mode, LoadMode::kOverwrite);
  EXPECT_ERROR(LoadModeFromName("merge"), ErrorCode::kInvalidArgument, "create, append");
}

}  // namespace
}  // namespace tarn::ingest
