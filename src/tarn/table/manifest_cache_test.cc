#include "tarn/table/manifest_cache.h"

#include <atomic>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "tarn/base/error.h"
#include "tarn/table/fake_table_test.h"

namespace tarn::table {
namespace {

using iceberg::Operation;

constexpr int64_t kPlenty = 64 << 20;

iceberg::Expression DayIs(int32_t day) {
  return iceberg::Predicate(Operation::kEqual, "day", iceberg::Type::Date(), {day});
}

Result<ScanPlan> Plan(FakeTable& table, ManifestCache* cache,
                      iceberg::Expression filter = iceberg::AlwaysTrue(),
                      std::optional<iceberg::SnapshotId> snapshot = {}) {
  ScanRequest request{.metadata = table.Metadata(),
                      .snapshot_id = snapshot,
                      .filter = std::move(filter),
                      .manifests = cache};
  return PlanScan(table.memory, request);
}

std::vector<std::string> Paths(const ScanPlan& plan) {
  std::vector<std::string> paths;
  for (const FileScanTask& task : plan.tasks) {
    paths.push_back(task.file.file_path);
  }
  return paths;
}

void FillDays(FakeTable& table, int32_t days) {
  ASSERT_OK(table.Create());
  for (int32_t day = 0; day < days; ++day) {
    ASSERT_OK(table.Append({table.NewFile(day)}));
  }
}

TEST(ManifestCache, ReadsEachManifestOnce) {
  FakeTable table;
  FillDays(table, 5);
  ManifestCache cache(kPlenty);
  ASSERT_OK_AND_ASSIGN(const ScanPlan cold, Plan(table, &cache));
  EXPECT_EQ(cache.usage().misses, 6);  // the list too
  ASSERT_OK_AND_ASSIGN(const ScanPlan warm, Plan(table, &cache));
  EXPECT_EQ(cache.usage().misses, 6);
  EXPECT_EQ(Paths(warm), Paths(cold));
  ASSERT_OK_AND_ASSIGN(const ScanPlan without, table.Plan());
  EXPECT_EQ(Paths(warm), Paths(without));
  // A new snapshot shares the manifests of the old one.
  ASSERT_OK(table.Append({table.NewFile(int32_t{9})}));
  ASSERT_OK_AND_ASSIGN(const ScanPlan next, Plan(table, &cache));
  EXPECT_EQ(next.tasks.size(), 6u);
  EXPECT_EQ(cache.usage().misses, 8);
}

TEST(ManifestCache, PlansFromMemoryAlone) {
  FakeTable table;
  FillDays(table, 4);
  ManifestCache cache(kPlenty);
  ASSERT_OK(Plan(table, &cache));
  for (const iceberg::ManifestFile& manifest : table.HeadManifests()) {
    ASSERT_OK(table.memory.Delete(manifest.path));
  }
  ASSERT_OK_AND_ASSIGN(const ScanPlan warm, Plan(table, &cache, DayIs(2)));
  EXPECT_EQ(warm.tasks.size(), 1u);
  EXPECT_EQ(warm.manifests_skipped, 3);
  cache.Clear();
  EXPECT_EQ(cache.usage().bytes, 0);
  EXPECT_ERROR(Plan(table, &cache), ErrorCode::kNoSuchFile, "");
}

TEST(ManifestCache, ManifestsThatSummariesPruneAreNotTouched) {
  FakeTable table;
  FillDays(table, 6);
  for (const iceberg::ManifestFile& manifest : table.HeadManifests()) {
    if (manifest.partitions.front().lower_bound !=
        iceberg::ValueToBytes(iceberg::Type::Date(), int32_t{3})) {
      table.memory.Put(manifest.path, "not avro");
    }
  }
  ManifestCache cache(kPlenty);
  ASSERT_OK_AND_ASSIGN(const ScanPlan plan, Plan(table, &cache, DayIs(3)));
  EXPECT_EQ(plan.tasks.size(), 1u);
  EXPECT_EQ(plan.entries, 1);
  EXPECT_ERROR(Plan(table, &cache), ErrorCode::kInvalidData, "Manifest ");
}

TEST(ManifestCache, StaysWithinItsBudgetAndKeepsWhatWasUsedLast) {
  FakeTable table;
  FillDays(table, 20);
  ManifestCache all(kPlenty);
  ASSERT_OK(Plan(table, &all));
  const int64_t needed = all.usage().bytes;
  EXPECT_GT(needed, 20 * 200);
  ManifestCache half(needed / 2);
  for (int i = 0; i < 3; ++i) {
    ASSERT_OK_AND_ASSIGN(const ScanPlan plan, Plan(table, &half));
    EXPECT_EQ(plan.tasks.size(), 20u);
    EXPECT_LE(half.usage().bytes, needed / 2);
    EXPECT_GT(half.usage().evictions, 0);
  }
  const auto manifests = table.HeadManifests();
  half.Clear();
  ASSERT_OK(half.ReadManifest(table.memory, manifests[0]));
  for (size_t i = 1; i < manifests.size(); ++i) {
    ASSERT_OK(half.ReadManifest(table.memory, manifests[i]));
    EXPECT_NE(half.FindManifest(manifests[0]), nullptr) << i;
  }
  EXPECT_EQ(half.FindManifest(manifests[1]), nullptr);
  ManifestCache none(0);
  ASSERT_OK(Plan(table, &none));
  EXPECT_EQ(none.usage().bytes, 0);
}

TEST(ManifestCache, FailuresAreNotKept) {
  FakeTable table;
  FillDays(table, 1);
  const auto manifest = table.HeadManifests().front();
  ASSERT_OK_AND_ASSIGN(const std::string avro, table.memory.ReadAll(manifest.path));
  ASSERT_OK(table.memory.Delete(manifest.path));
  ManifestCache cache(kPlenty);
  EXPECT_ERROR(Plan(table, &cache), ErrorCode::kNoSuchFile, manifest.path);
  table.memory.Put(manifest.path, avro);
  ASSERT_OK_AND_ASSIGN(const ScanPlan plan, Plan(table, &cache));
  EXPECT_EQ(plan.tasks.size(), 1u);
}

TEST(ManifestCache, ManyThreadsReadOnce) {
  ManifestCache cache(kPlenty);
  std::atomic<int> loads{0};
  std::atomic<int> wrong{0};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 50; ++i) {
          const int key = i % 10;
          const auto value = cache.ReadDerived(
              std::to_string(key), [&]() -> Result<ManifestCache::Loaded> {
                ++loads;
                std::this_thread::sleep_for(std::chrono::milliseconds(1));
                return ManifestCache::Loaded{std::make_shared<const int>(key), 4};
              });
          const bool right = value.ok() && *static_cast<const int*>(value->get()) == key;
          wrong += right ? 0 : 1;
        }
      });
    }
  }
  EXPECT_EQ(loads, 10);
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(cache.usage().entries, 10);
}

TEST(ManifestCache, WhoWaitsForAFailureHearsOfIt) {
  ManifestCache cache(kPlenty);
  std::atomic<int> told{0};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        const auto value =
            cache.ReadDerived("key", []() -> Result<ManifestCache::Loaded> {
              std::this_thread::sleep_for(std::chrono::milliseconds(20));
              return MakeError(ErrorCode::kIoFailed, "the disk is gone");
            });
        const bool right = !value.ok() && CodeOf(value.status()) == ErrorCode::kIoFailed;
        told += right ? 1 : 0;
      });
    }
  }
  EXPECT_EQ(told, 4);
  EXPECT_EQ(cache.usage().entries, 0);
}

TEST(ManifestCache, Trap28_OldSnapshotsOfAnUpgradedTableStayWithoutRowIds) {
  FakeTable table;
  ASSERT_OK(table.Create());
  ASSERT_OK(table.Append({table.NewFile(int32_t{1})}));
  const auto before = table.Metadata()->current_snapshot_id;
  ASSERT_OK(table.catalog.Commit(
      {{table.ident, {}, {iceberg::update::UpgradeFormatVersion{3}}, nullptr}}));
  ASSERT_OK(table.Append({table.NewFile(int32_t{2})}));
  ManifestCache cache(kPlenty);
  for (int pass = 0; pass < 2; ++pass) {
    ASSERT_OK_AND_ASSIGN(const ScanPlan now, Plan(table, &cache));
    ASSERT_EQ(now.tasks.size(), 2u);
    EXPECT_TRUE(now.tasks[0].file.first_row_id.has_value());
    EXPECT_TRUE(now.tasks[1].file.first_row_id.has_value());
    ASSERT_OK_AND_ASSIGN(const ScanPlan then,
                         Plan(table, &cache, iceberg::AlwaysTrue(), before));
    ASSERT_EQ(then.tasks.size(), 1u);
    EXPECT_EQ(then.tasks[0].file.first_row_id, std::nullopt);
  }
}

}  // namespace
}  // namespace tarn::table
