// Maintenance while others write, against a model of the rows: nothing lost, nothing
// resurrected.
#include <atomic>
#include <limits>
#include <mutex>
#include <thread>

#include "tarn/table/maintenance/expire_snapshots.h"
#include "tarn/table/maintenance/remove_orphan_files.h"
#include "tarn/table/maintenance/rewrite_data_files.h"
#include "tarn/table/maintenance/rewrite_delete_files.h"
#include "tarn/table/maintenance/rewrite_manifests.h"
#include "tarn/table/maintenance/row_table_test.h"

namespace tarn::table {
namespace {

constexpr int kWriters = 8;
constexpr int kRounds = 6;
constexpr std::chrono::milliseconds kEverAfter{std::numeric_limits<int64_t>::max()};

/// What the rows must be in the end.
class Model {
 public:
  void Add(const RowTable::Ids& ids) {
    const std::lock_guard lock(mutex_);
    ids_.insert(ids.begin(), ids.end());
  }
  void Remove(const RowTable::Ids& ids) {
    const std::lock_guard lock(mutex_);
    for (const int64_t id : ids) {
      EXPECT_EQ(ids_.erase(id), 1U) << "deleted twice: " << id;
    }
  }
  RowTable::Ids ids() const { return {ids_.begin(), ids_.end()}; }

 private:
  std::mutex mutex_;
  std::set<int64_t> ids_;
};

/// Appends rows of its own and deletes some of them, by position or by equality.
void RunWriter(RowTable& table, Model& model, int writer) {
  for (int round = 0; round < kRounds; ++round) {
    const int64_t first = 10'000 * writer + 100 * round;
    const RowTable::Ids ids = RowTable::Range(first, first + 10);
    const int32_t day = writer % 2;
    ASSERT_OK(table.AppendRows(ids, day));
    model.Add(ids);
    if (round % 3 == 2) {
      ASSERT_OK(table.DeleteByEquality({first, first + 1}, day));
      model.Remove({first, first + 1});
      continue;
    }
    const std::set<int64_t> victims = {first + 2, first + 3};
    while (true) {
      const auto deleted = table.TryDelete(victims);
      if (deleted.ok()) {
        ASSERT_EQ(deleted->size(), victims.size());
        model.Remove(*deleted);
        break;
      }
      // A file that expiry took away between planning and reading is a conflict too.
      const ErrorCode code = CodeOf(deleted.status());
      ASSERT_TRUE(code == ErrorCode::kCommitConflict || code == ErrorCode::kNoSuchFile)
          << testing::Describe(deleted.status());
    }
  }
}

bool MayBeBeatenBy(const Status& status) {
  return status.ok() || CodeOf(status) == ErrorCode::kCommitConflict ||
         CodeOf(status) == ErrorCode::kNoSuchFile;
}

void RunCompaction(RowTable& table, const std::atomic<bool>& stop) {
  while (!stop) {
    RewriteDataFilesOptions options;
    options.min_input_files = 3;
    options.delete_file_threshold = 1;
    options.partial_progress_enabled = true;
    const Status status = RewriteDataFiles(table.context, table.ident, options).status();
    EXPECT_TRUE(MayBeBeatenBy(status)) << testing::Describe(status);
    const Status converted = ConvertEqualityDeletes(table.context, table.ident).status();
    EXPECT_TRUE(MayBeBeatenBy(converted)) << testing::Describe(converted);
    const Status manifests = RewriteManifests(table.context, table.ident).status();
    EXPECT_TRUE(MayBeBeatenBy(manifests)) << testing::Describe(manifests);
  }
}

void RunCleaning(RowTable& table, const std::atomic<bool>& stop) {
  while (!stop) {
    ExpireSnapshotsOptions options;
    options.older_than = kEverAfter;
    options.retain_last = 25;
    const Status status = ExpireSnapshots(table.context, table.ident, options).status();
    EXPECT_TRUE(MayBeBeatenBy(status)) << testing::Describe(status);
    // With the usual grace period: files of writers at work stay.
    const Status orphans = RemoveOrphanFiles(table.context, table.ident).status();
    EXPECT_TRUE(MayBeBeatenBy(orphans)) << testing::Describe(orphans);
  }
}

TEST(MaintenanceModel, Trap33_NothingIsLostOrResurrectedAmongEightWriters) {
  for (const char* version : {"2", "3"}) {
    SCOPED_TRACE(version);
    RowTable table;
    ASSERT_OK(table.Create({{"format-version", version},
                            {"commit.retry.num-retries", "1000"},
                            {"commit.retry.max-wait-ms", "20"}}));
    Model model;
    ASSERT_OK(table.AppendRows({-1}, 0));
    model.Add({-1});
    std::atomic<bool> stop{false};
    {
      std::vector<std::jthread> janitors;
      janitors.emplace_back([&] { RunCompaction(table, stop); });
      janitors.emplace_back([&] { RunCleaning(table, stop); });
      {
        std::vector<std::jthread> writers;
        for (int writer = 0; writer < kWriters; ++writer) {
          writers.emplace_back([&, writer] { RunWriter(table, model, writer); });
        }
      }
      stop = true;
    }
    EXPECT_EQ(table.LiveIds(), model.ids());
    table.ExpectNoDanglingReference();
    // And once more with nobody about.
    ASSERT_OK(ConvertEqualityDeletes(table.context, table.ident));
    RewriteDataFilesOptions options;
    options.rewrite_all = true;
    options.remove_dangling_deletes = true;
    ASSERT_OK(RewriteDataFiles(table.context, table.ident, options));
    ExpireSnapshotsOptions expire;
    expire.older_than = kEverAfter;
    ASSERT_OK(ExpireSnapshots(table.context, table.ident, expire));
    RemoveOrphanFilesOptions orphans;
    orphans.older_than = kEverAfter;
    orphans.allow_recent = true;
    ASSERT_OK(RemoveOrphanFiles(table.context, table.ident, orphans));
    EXPECT_EQ(table.LiveIds(), model.ids());
    EXPECT_EQ(table.NumDeleteFiles(), 0);
    EXPECT_EQ(table.SnapshotIds().size(), 1U);
    EXPECT_EQ(table.Files(), table.Referenced());
  }
}

}  // namespace
}  // namespace tarn::table
