#include "tarn/table/scan.h"

#include <set>

#include <gtest/gtest.h>

#include "tarn/table/fake_table_test.h"

namespace tarn::table {
namespace {

using iceberg::Operation;

iceberg::Expression IdIs(Operation op, int64_t value) {
  return iceberg::Predicate(op, "id", iceberg::Type::Long(), {value});
}
iceberg::Expression DayIs(Operation op, int32_t value) {
  return iceberg::Predicate(op, "day", iceberg::Type::Date(), {value});
}

/// Three snapshots: days 1 and 2 with ids 0-9 and 10-19, day 3 with ids 20-29, day 4 with
/// 30-39.
void Fill(FakeTable& table) {
  ASSERT_OK(table.Create());
  ASSERT_OK(table.Append(
      {table.NewFile(int32_t{1}, 10, 0), table.NewFile(int32_t{2}, 10, 10)}));
  ASSERT_OK(table.Append({table.NewFile(int32_t{3}, 10, 20)}));
  ASSERT_OK(table.Append({table.NewFile(int32_t{4}, 10, 30)}));
}

TEST(PlanScan, PrunesManifestsPartitionsAndFiles) {
  FakeTable table;
  Fill(table);
  struct Case {
    const char* name;
    iceberg::Expression filter;
    size_t tasks;
    int64_t manifests_skipped;
    int64_t files_skipped;
  };
  const Case cases[] = {
      {"all", iceberg::AlwaysTrue(), 4, 0, 0},
      {"partition of one manifest", DayIs(Operation::kEqual, 3), 1, 2, 0},
      {"one of two partitions of a manifest", DayIs(Operation::kEqual, 2), 1, 2, 1},
      {"bounds", IdIs(Operation::kLess, 10), 1, 0, 3},
      {"both", And(DayIs(Operation::kGreater, 1), IdIs(Operation::kGreaterEqual, 35)), 1,
       0, 3},
      {"nothing", DayIs(Operation::kEqual, 9), 0, 3, 0},
      {"negated", Not(Or(DayIs(Operation::kLess, 4), IdIs(Operation::kLess, 5))), 1, 2,
       0},
      {"false", iceberg::AlwaysFalse(), 0, 3, 0},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    ASSERT_OK_AND_ASSIGN(const ScanPlan plan, table.Plan(c.filter));
    EXPECT_EQ(plan.tasks.size(), c.tasks);
    EXPECT_EQ(plan.manifests, 3);
    EXPECT_EQ(plan.manifests_skipped, c.manifests_skipped);
    EXPECT_EQ(plan.files_skipped, c.files_skipped);
    EXPECT_EQ(plan.entries, static_cast<int64_t>(c.tasks) + c.files_skipped);
  }
}

TEST(PlanScan, IsTheSameOnAnyNumberOfThreads) {
  FakeTable table;
  ASSERT_OK(table.Create());
  for (int32_t i = 0; i < 20; ++i) {
    ASSERT_OK(table.Append({table.NewFile(i)}));
  }
  std::vector<std::vector<std::string>> paths;
  for (const int32_t threads : {1, 4, 64}) {
    ScanRequest request{.metadata = table.Metadata(), .threads_max = threads};
    ASSERT_OK_AND_ASSIGN(const ScanPlan plan, PlanScan(table.memory, request));
    auto& found = paths.emplace_back();
    for (const FileScanTask& task : plan.tasks) {
      found.push_back(task.file.file_path);
    }
  }
  EXPECT_EQ(paths[0].size(), 20U);
  EXPECT_EQ(paths[0], paths[1]);
  EXPECT_EQ(paths[0], paths[2]);
}

TEST(PlanScan, KeepsStatisticsOnRequest) {
  FakeTable table;
  Fill(table);
  ScanRequest request{.metadata = table.Metadata(), .keep_stats = true};
  ASSERT_OK_AND_ASSIGN(const ScanPlan with, PlanScan(table.memory, request));
  EXPECT_FALSE(with.tasks.front().file.columns.empty());
  ASSERT_OK_AND_ASSIGN(const ScanPlan without, table.Plan());
  EXPECT_TRUE(without.tasks.front().file.columns.empty());
  EXPECT_EQ(without.tasks.front().data_sequence_number.value, 3);
}

TEST(PlanScan, EmptyTableHasAnEmptyPlan) {
  FakeTable table;
  ASSERT_OK(table.Create());
  ASSERT_OK_AND_ASSIGN(const ScanPlan plan, table.Plan(IdIs(Operation::kEqual, 1)));
  EXPECT_TRUE(plan.tasks.empty());
  EXPECT_EQ(plan.schema->fields().size(), 2U);
}

TEST(PlanScan, NamesWhatIsMissing) {
  FakeTable table;
  Fill(table);
  ScanRequest request{.metadata = table.Metadata(),
                      .snapshot_id = iceberg::SnapshotId{{5}}};
  EXPECT_ERROR(PlanScan(table.memory, request), ErrorCode::kNoSuchSnapshot, "5");
  EXPECT_ERROR(table.Plan(iceberg::Unary(Operation::kIsNull, "nope")),
               ErrorCode::kNoSuchColumn, "nope");
  const std::string manifest = table.HeadManifests().back().path;
  table.memory.Put(manifest, "not avro");
  EXPECT_ERROR(table.Plan(), ErrorCode::kInvalidData, manifest);
  ASSERT_OK(table.memory.Delete(manifest));
  EXPECT_ERROR(table.Plan(), ErrorCode::kNoSuchFile, manifest);
}

TEST(PlanScan, Trap39_HeadIsReadWithTheCurrentSchemaAndHistoryWithItsOwn) {
  FakeTable table;
  Fill(table);
  const auto before = table.Metadata();
  auto fields = before->schema().fields();
  fields.push_back({.id = 3, .name = "more", .type = iceberg::Type::Int()});
  const auto schema = iceberg::Schema::Make(iceberg::SchemaId{{1}}, fields).ValueOrDie();
  ASSERT_OK(
      table.catalog.Commit({{table.ident,
                             {},
                             {iceberg::update::AddSchema{schema},
                              iceberg::update::SetCurrentSchema{iceberg::SchemaId{{-1}}}},
                             nullptr}}));
  ASSERT_OK_AND_ASSIGN(const ScanPlan head,
                       table.Plan(iceberg::Unary(Operation::kIsNull, "more")));
  EXPECT_EQ(head.schema->fields().size(), 3U);
  EXPECT_EQ(head.tasks.size(), 4U);  // files that are older than the column may match
  ScanRequest request{.metadata = table.Metadata(),
                      .snapshot_id = before->snapshots.front().id};
  ASSERT_OK_AND_ASSIGN(const ScanPlan old, PlanScan(table.memory, request));
  EXPECT_EQ(old.schema->fields().size(), 2U);
}

TEST(PlanScan, Trap43_ManifestsAreReadInTheirOwnSpec) {
  FakeTable table;
  Fill(table);
  iceberg::PartitionSpec by_id;
  by_id.fields = {{.source_ids = {1},
                   .field_id = 0,
                   .name = "id_trunc",
                   .transform = iceberg::Truncate{10}}};
  ASSERT_OK(
      table.catalog.Commit({{table.ident,
                             {},
                             {iceberg::update::AddPartitionSpec{by_id},
                              iceberg::update::SetDefaultSpec{iceberg::SpecId{{-1}}}},
                             nullptr}}));
  iceberg::DataFile file = table.NewFile(int64_t{40}, 10, 40);
  file.spec_id = iceberg::SpecId{{1}};
  ASSERT_OK(table.Append({file}));
  ASSERT_OK_AND_ASSIGN(const ScanPlan by_day, table.Plan(DayIs(Operation::kEqual, 3)));
  EXPECT_EQ(by_day.tasks.size(), 2U);  // the new spec says nothing about days
  ASSERT_OK_AND_ASSIGN(const ScanPlan by_number, table.Plan(IdIs(Operation::kEqual, 45)));
  ASSERT_EQ(by_number.tasks.size(), 1U);
  EXPECT_EQ(by_number.tasks.front().file.spec_id.value, 1);
}

TEST(PlanScan, Trap54_EntriesMayNameExpiredSnapshots) {
  FakeTable table;
  Fill(table);
  auto metadata = std::make_shared<iceberg::TableMetadata>(*table.Metadata());
  metadata->snapshots.erase(metadata->snapshots.begin());
  ScanRequest request{.metadata = metadata};
  ASSERT_OK_AND_ASSIGN(const ScanPlan plan, PlanScan(table.memory, request));
  EXPECT_EQ(plan.tasks.size(), 4U);
}

TEST(PlanScan, Trap48_ReadsManifestsEmbeddedInOldSnapshots) {
  FakeTable table;
  Fill(table);
  auto metadata = std::make_shared<iceberg::TableMetadata>(*table.Metadata());
  iceberg::Snapshot& head = metadata->snapshots.back();
  for (const iceberg::ManifestFile& manifest : table.HeadManifests()) {
    head.v1_manifests.push_back(manifest.path);
  }
  head.manifest_list.clear();
  ScanRequest request{.metadata = metadata, .filter = DayIs(Operation::kEqual, 2)};
  ASSERT_OK_AND_ASSIGN(const ScanPlan plan, PlanScan(table.memory, request));
  EXPECT_EQ(plan.tasks.size(), 1U);
  EXPECT_EQ(plan.manifests, 3);
}

TEST(ListUnreferencedFiles, Trap35_KeepsEverythingTheMetadataRefersTo) {
  FakeTable table;
  Fill(table);
  ASSERT_OK(Write(table.context,
                  table.Request({table.NewFile(int32_t{8})}, WriteMode::kOverwrite)));
  const std::string metadata_folder = "/warehouse/t/metadata/";
  auto metadata = std::make_shared<iceberg::TableMetadata>(*table.Metadata());
  metadata->location = "file:///warehouse/t";  // other spellings of the same paths
  metadata->statistics.push_back({.path = "file:/warehouse/t/metadata/a.stats"});
  metadata->metadata_log = {
      {std::chrono::milliseconds(1), metadata_folder + "v1.metadata.json"}};
  for (const char* name : {"a.stats", "v1.metadata.json", "v2.metadata.json",
                           "version-hint.text", "orphan.avro"}) {
    table.memory.Put(metadata_folder + name, "x");
  }
  table.memory.Put("/warehouse/t/data/orphan.parquet", "x");
  table.clock.Advance(std::chrono::hours(2));
  table.memory.Put("/warehouse/t/data/in-flight.parquet", "x");
  const auto older_than = table.clock.Now() - std::chrono::hours(1);
  ASSERT_OK_AND_ASSIGN(
      const auto files,
      ListUnreferencedFiles(table.memory, "file:" + metadata_folder + "v2.metadata.json",
                            *metadata, older_than));
  std::vector<std::string> locations;
  for (const io::FileInfo& file : files) {
    locations.push_back(file.location);
  }
  EXPECT_EQ(locations,
            (std::vector<std::string>{"file:///warehouse/t/data/orphan.parquet",
                                      "file:///warehouse/t/metadata/orphan.avro"}));
}

TEST(ListUnreferencedFiles, GuessesNothingWithoutAManifest) {
  FakeTable table;
  Fill(table);
  ASSERT_OK(table.memory.Delete(table.HeadManifests().front().path));
  EXPECT_ERROR(
      ListUnreferencedFiles(table.memory, "/m", *table.Metadata(), table.clock.Now()),
      ErrorCode::kNoSuchFile, "");
}

TEST(ListUnreferencedFiles, Trap35_S3SchemesMeanTheSame) {
  testing::FakeClock clock;
  testing::MemoryFileIO memory(clock);
  iceberg::TableMetadata metadata;
  metadata.location = "s3a://bucket/t";
  metadata.metadata_log = {
      {std::chrono::milliseconds(1), "s3://bucket/t/metadata/v1.metadata.json"}};
  memory.Put("s3a://bucket/t/metadata/v1.metadata.json", "x");
  memory.Put("s3a://bucket/t/metadata/lost", "x");
  clock.Advance(std::chrono::hours(1));
  ASSERT_OK_AND_ASSIGN(const auto files,
                       ListUnreferencedFiles(memory, "s3://bucket/t/metadata/v2.json",
                                             metadata, clock.Now()));
  ASSERT_EQ(files.size(), 1U);
  EXPECT_EQ(files.front().location, "s3a://bucket/t/metadata/lost");
}

}  // namespace
}  // namespace tarn::table
