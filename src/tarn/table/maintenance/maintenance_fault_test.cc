// Maintenance through the real storage, catalog and files: every I/O fails once.
#include <functional>
#include <limits>
#include <string>

#include <gtest/gtest.h>

#include "tarn/table/maintenance/compute_partition_stats.h"
#include "tarn/table/maintenance/compute_table_stats.h"
#include "tarn/table/maintenance/expire_snapshots.h"
#include "tarn/table/maintenance/remove_orphan_files.h"
#include "tarn/table/maintenance/rewrite_data_files.h"
#include "tarn/table/maintenance/rewrite_delete_files.h"
#include "tarn/table/maintenance/rewrite_manifests.h"
#include "tarn/table/maintenance/row_table_test.h"
#include "tarn/testing/lake.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::table {
namespace {

using testing::FaultEffect;
using testing::Lake;

constexpr std::chrono::milliseconds kEverAfter{std::numeric_limits<int64_t>::max()};

Status Expire(Lake& lake) {
  ExpireSnapshotsOptions options;
  options.older_than = kEverAfter;
  options.clean_expired_metadata = true;
  return ExpireSnapshots(lake.context(), lake.ident(), options).status();
}

Status RemoveOrphans(Lake& lake) {
  RemoveOrphanFilesOptions options;
  options.older_than = kEverAfter;
  options.allow_recent = true;
  return RemoveOrphanFiles(lake.context(), lake.ident(), options).status();
}

Status Rewrite(Lake& lake) {
  return RewriteManifests(lake.context(), lake.ident()).status();
}

struct Case {
  const char* name;
  Status (*run)(Lake&);
  int64_t operations_min;  // fewer would mean that the test covers nothing
};

/// Files in the table's directory that nothing refers to; -1 on an error.
int64_t NumOrphans(Lake& lake) {
  RemoveOrphanFilesOptions options;
  options.older_than = kEverAfter;
  options.dry_run = DryRun::kYes;
  const auto result = RemoveOrphanFiles(lake.context(), lake.ident(), options);
  return result.ok() ? static_cast<int64_t>(result->orphan_files.size()) : -1;
}

/// One point of failure; sets `fired` if the action got that far.
void FailOnce(const Case& c, testing::Fault fault, bool* fired) {
  ASSERT_OK_AND_ASSIGN(const auto lake, Lake::Make());
  ASSERT_OK(lake->Create(4));
  ASSERT_OK(lake->Overwrite(3));
  ASSERT_OK(lake->Append(2));
  lake->fs().FailOperation(fault);
  [[maybe_unused]] const Status status = c.run(*lake);
  *fired = lake->fs().fault_fired();
  ASSERT_OK(lake->Reopen());
  ASSERT_OK(lake->CheckInvariants());
  ASSERT_OK_AND_ASSIGN(int64_t rows, lake->num_rows());
  EXPECT_EQ(rows, 5) << testing::Describe(status);
  if (!*fired) {
    EXPECT_OK(status);
  }
  // What is left behind is found, and everything works on.
  ASSERT_OK(lake->Append(1));
  ASSERT_OK(Rewrite(*lake));
  ASSERT_OK(Expire(*lake));
  ASSERT_OK(RemoveOrphans(*lake));
  EXPECT_EQ(NumOrphans(*lake), 0);
  ASSERT_OK(lake->CheckInvariants());
  ASSERT_OK_AND_ASSIGN(rows, lake->num_rows());
  EXPECT_EQ(rows, 6);
}

TEST(MaintenanceFaults, Trap30_EveryFailedIoLosesNothing) {
  const Case cases[] = {
      {"expire", &Expire, 10},
      {"orphans", &RemoveOrphans, 6},
      {"manifests", &Rewrite, 6},
  };
  for (const Case& c : cases) {
    for (const FaultEffect effect : {FaultEffect::kNone, FaultEffect::kFull}) {
      int64_t fail_at = 0;
      for (bool fired = true; fired && !::testing::Test::HasFatalFailure(); ++fail_at) {
        SCOPED_TRACE(std::string(c.name) + ", effect " +
                     std::to_string(static_cast<int>(effect)) +
                     ", fail_at=" + std::to_string(fail_at));
        FailOnce(c, {fail_at, effect, ErrorCode::kIoFailed}, &fired);
      }
      EXPECT_GT(fail_at, c.operations_min) << c.name;
    }
  }
}

/// Actions that read and write rows, on files in memory.
struct RowCase {
  const char* name;
  Status (*run)(RowTable&);
  int version;
  int64_t operations_min;
};

Status Compact(RowTable& table) {
  RewriteDataFilesOptions options;
  options.min_input_files = 2;
  options.remove_dangling_deletes = true;
  options.max_concurrent_file_group_rewrites = 1;
  return RewriteDataFiles(table.context, table.ident, options).status();
}
Status Convert(RowTable& table) {
  return ConvertEqualityDeletes(table.context, table.ident).status();
}
Status RewriteDeletes(RowTable& table) {
  return RewritePositionDeleteFiles(table.context, table.ident).status();
}
Status TableStats(RowTable& table) {
  return ComputeTableStats(table.context, table.ident).status();
}
Status PartitionStats(RowTable& table) {
  return ComputePartitionStats(table.context, table.ident).status();
}

void FailRowsOnce(const RowCase& c, testing::Fault fault, bool* fired) {
  RowTable table;
  ASSERT_OK(table.Create({{"format-version", std::to_string(c.version)}}));
  ASSERT_OK(table.AppendRows(RowTable::Range(0, 10), 1));
  ASSERT_OK(table.AppendRows(RowTable::Range(10, 20), 1));
  ASSERT_OK(table.TryDelete({1, 11}));
  ASSERT_OK(table.TryDelete({2}));
  ASSERT_OK(table.DeleteByEquality({3}, 1));
  const auto before = table.LiveIds();
  ASSERT_EQ(before.size(), 16U);
  table.io.FailOperation(fault);
  const Status status = c.run(table);
  *fired = table.io.fault_fired();
  table.io.FailOperation(-1);
  if (!*fired) {
    EXPECT_OK(status);
  }
  EXPECT_EQ(table.LiveIds(), before) << testing::Describe(status);
  table.ExpectNoDanglingReference();
  if (!status.ok()) {
    ASSERT_OK(c.run(table));
  }
  RemoveOrphanFilesOptions options;
  options.older_than = kEverAfter;
  options.allow_recent = true;
  ASSERT_OK(RemoveOrphanFiles(table.context, table.ident, options));
  EXPECT_EQ(table.LiveIds(), before);
  table.ExpectNoDanglingReference();
}

TEST(MaintenanceFaults, Trap30_EveryFailedIoOfARewriteLosesNoRow) {
  const RowCase cases[] = {
      {"compact v2", &Compact, 2, 20},    {"compact v3", &Compact, 3, 20},
      {"convert v3", &Convert, 3, 15},    {"deletes v2", &RewriteDeletes, 2, 8},
      {"table stats", &TableStats, 2, 8}, {"partition stats", &PartitionStats, 2, 5},
  };
  for (const RowCase& c : cases) {
    std::vector<FaultEffect> effects = {FaultEffect::kNone};
    if (c.run == &Compact && c.version == 3) {  // once is enough: these take a while
      effects.push_back(FaultEffect::kFull);
    }
    for (const FaultEffect effect : effects) {
      int64_t fail_at = 0;
      for (bool fired = true; fired && !::testing::Test::HasFatalFailure(); ++fail_at) {
        SCOPED_TRACE(std::string(c.name) + ", effect " +
                     std::to_string(static_cast<int>(effect)) +
                     ", fail_at=" + std::to_string(fail_at));
        FailRowsOnce(c, {fail_at, effect, ErrorCode::kIoFailed}, &fired);
      }
      EXPECT_GT(fail_at, c.operations_min) << c.name;
    }
  }
}

}  // namespace
}  // namespace tarn::table
