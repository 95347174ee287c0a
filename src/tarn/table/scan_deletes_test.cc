// Which delete manifests a plan reads, and what it makes of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tarn/table/delta_files_test.h"
#include "tarn/table/manifest_cache.h"

namespace tarn::table {
namespace {

using iceberg::DataFile;
using iceberg::ManifestContent;
using iceberg::Operation;

iceberg::Expression DayIs(int32_t day) {
  return Predicate(Operation::kEqual, "day", iceberg::Type::Date(), {day});
}

Status Delete(FakeTable& table, std::vector<DataFile> deletes,
              std::vector<DataFile> replaced = {}) {
  WriteRequest request = table.Request({}, WriteMode::kRowDelta);
  request.delete_files = std::move(deletes);
  request.removed_files = std::move(replaced);
  return Write(table.context, request).status();
}

Result<ScanPlan> Plan(FakeTable& table, ManifestCache* cache,
                      iceberg::Expression filter = iceberg::AlwaysTrue()) {
  ScanRequest request{
      .metadata = table.Metadata(), .filter = std::move(filter), .manifests = cache};
  return PlanScan(table.memory, request);
}

/// Days 1 to 3 with a file each, and a position delete file for each in a commit of its
/// own.
struct Days {
  FakeTable table;
  std::vector<DataFile> files;
  std::vector<DataFile> deletes;

  Days() {
    EXPECT_OK(table.Create());
    for (int32_t day = 1; day <= 3; ++day) {
      files.push_back(table.NewFile(day));
      EXPECT_OK(table.Append({files.back()}));
    }
    for (const DataFile& file : files) {
      deletes.push_back(NewPositionDeletes(table, file));
      EXPECT_OK(Delete(table, {deletes.back()}));
    }
  }
};

TEST(PlanScanDeletes, OnlyManifestsThatCanApplyAreRead) {
  Days days;
  FakeTable& table = days.table;
  for (const auto& manifest : table.HeadManifests()) {
    if (manifest.content == ManifestContent::kDeletes &&
        manifest.partitions.front().lower_bound !=
            iceberg::ValueToBytes(iceberg::Type::Date(), int32_t{2})) {
      table.memory.Put(manifest.path, "not avro");
    }
  }
  ASSERT_OK_AND_ASSIGN(const ScanPlan plan, table.Plan(DayIs(2)));
  ASSERT_EQ(plan.tasks.size(), 1u);
  ASSERT_EQ(plan.tasks[0].deletes.size(), 1u);
  EXPECT_EQ(plan.tasks[0].deletes[0]->file.file_path, days.deletes[1].file_path);
  EXPECT_EQ(plan.delete_files, 3);
  EXPECT_EQ(plan.delete_manifests_skipped, 2);
  ASSERT_OK_AND_ASSIGN(const ScanPlan nothing, table.Plan(DayIs(9)));
  EXPECT_EQ(nothing.delete_manifests_skipped, 3);
  EXPECT_ERROR(table.Plan(), ErrorCode::kInvalidData, "Manifest ");
}

TEST(PlanScanDeletes, Trap19_OlderDeletesAreNotReadAndThoseOfTheSameCommitAre) {
  Days days;
  FakeTable& table = days.table;
  const DataFile fresh = table.NewFile(int32_t{2});
  WriteRequest request = table.Request({fresh}, WriteMode::kRowDelta);
  request.removed_files = {days.files[1]};
  ASSERT_OK(Write(table.context, request));
  ASSERT_OK_AND_ASSIGN(const ScanPlan younger, table.Plan(DayIs(2)));
  ASSERT_EQ(younger.tasks.size(), 1u);
  EXPECT_TRUE(younger.tasks[0].deletes.empty());
  const DataFile later = table.NewFile(int32_t{5});
  request = table.Request({later}, WriteMode::kRowDelta);
  request.delete_files = {NewEqualityDeletes(table, int32_t{5})};
  ASSERT_OK(Write(table.context, request));
  ASSERT_OK(Delete(table, {NewPositionDeletes(table, later)}));
  ASSERT_OK_AND_ASSIGN(const ScanPlan same, table.Plan(DayIs(5)));
  ASSERT_EQ(same.tasks.size(), 1u);
  // Equality deletes do not apply to files of their own commit, position deletes do.
  ASSERT_EQ(same.tasks[0].deletes.size(), 1u);
  EXPECT_EQ(same.tasks[0].deletes[0]->file.content,
            iceberg::FileContent::kPositionDeletes);
}

TEST(PlanScanDeletes, TheIndexIsKeptForTheSnapshotAndItsManifests) {
  Days days;
  FakeTable& table = days.table;
  ManifestCache cache(64 << 20);
  ASSERT_OK_AND_ASSIGN(const ScanPlan all, Plan(table, &cache));
  const int64_t misses = cache.usage().misses;
  ASSERT_OK_AND_ASSIGN(const ScanPlan again, Plan(table, &cache));
  EXPECT_EQ(cache.usage().misses, misses);
  ASSERT_EQ(again.tasks.size(), 3u);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(again.tasks[i].deletes, all.tasks[i].deletes);  // the very same entries
    EXPECT_EQ(again.tasks[i].deletes.size(), 1u);
  }
  // Fewer manifests make another index; a new snapshot has its own.
  ASSERT_OK_AND_ASSIGN(const ScanPlan one, Plan(table, &cache, DayIs(3)));
  ASSERT_EQ(one.tasks.size(), 1u);
  EXPECT_EQ(one.tasks[0].deletes.size(), 1u);
  ASSERT_OK(Delete(table, {NewPositionDeletes(table, days.files[0])}));
  ASSERT_OK_AND_ASSIGN(const ScanPlan more, Plan(table, &cache, DayIs(1)));
  ASSERT_EQ(more.tasks.size(), 1u);
  EXPECT_EQ(more.tasks[0].deletes.size(), 2u);
}

TEST(PlanScanDeletes, Trap26_TheVectorOfTheSnapshotAtHand) {
  FakeTable table;
  ASSERT_OK(table.Create({{"format-version", "3"}}));
  const DataFile file = table.NewFile(int32_t{1});
  ASSERT_OK(table.Append({file}));
  const DataFile first = NewVector(table, file, 1);
  ASSERT_OK(Delete(table, {first}));
  const auto before = HeadOf(table);
  const DataFile second = NewVector(table, file, 2);
  ASSERT_OK(Delete(table, {second}, {first}));
  ManifestCache cache(64 << 20);
  for (int pass = 0; pass < 2; ++pass) {
    ASSERT_OK_AND_ASSIGN(const ScanPlan now, Plan(table, &cache));
    ASSERT_EQ(now.tasks[0].deletes.size(), 1u);
    EXPECT_EQ(now.tasks[0].deletes[0]->file.file_path, second.file_path);
    ScanRequest request{
        .metadata = table.Metadata(), .snapshot_id = before, .manifests = &cache};
    ASSERT_OK_AND_ASSIGN(const ScanPlan then, PlanScan(table.memory, request));
    ASSERT_EQ(then.tasks[0].deletes.size(), 1u);
    EXPECT_EQ(then.tasks[0].deletes[0]->file.file_path, first.file_path);
  }
}

}  // namespace
}  // namespace tarn::table
