// Maintenance through the real storage, catalog and files: every I/O fails once.
#include <functional>
#include <limits>
#include <string>

#include <gtest/gtest.h>

#include "tarn/table/maintenance/expire_snapshots.h"
#include "tarn/table/maintenance/remove_orphan_files.h"
#include "tarn/table/maintenance/rewrite_manifests.h"
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
  const Status ignored = lake->context().io.WriteNew(
      lake->directory() + "/warehouse/ns/stray", "not in the table's directory");
  ASSERT_OK(ignored);
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
      {"expire", &Expire, 15},
      {"orphans", &RemoveOrphans, 8},
      {"manifests", &Rewrite, 8},
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

}  // namespace
}  // namespace tarn::table
