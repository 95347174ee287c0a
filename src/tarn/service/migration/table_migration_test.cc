// A table moved through real storage, catalog and files, with each I/O failing once.
#include "tarn/service/migration/table_migration.h"

#include <set>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "tarn/base/config.h"
#include "tarn/service/migration/increment.h"
#include "tarn/service/migration/integrity.h"
#include "tarn/table/scan.h"
#include "tarn/testing/lake.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::service {
namespace {

constexpr int64_t kRows = 40;

/// A lake with rows in "ns.t", and what a migration needs around it.
struct Fixture {
  Fixture() {
    auto made = testing::Lake::Make({});
    EXPECT_TRUE(made.ok()) << made.status();
    lake = *std::move(made);
    EXPECT_TRUE(lake->Create(kRows / 2).ok());
    EXPECT_TRUE(lake->Append(kRows / 2).ok());
  }

  TableReport Migrate(MigrationOptions options = {}, const std::string& id = "m1",
                      bool takes_up = false, CancelledFunction cancelled = {}) {
    const Lake served{.warehouses = {{.name = "w",
                                      .location = lake->directory(),
                                      .context = lake->context()}},
                      .engine = {},
                      .files = lake->fs(),
                      .config = config,
                      .clock = lake->clock(),
                      .random = lake->context().random,
                      .work_directory = ""};
    Places places(served, {});
    MigrationRun run{.lake = served, .places = places, .id = id};
    run.threads = 1;
    run.takes_up = takes_up;
    run.cancelled = std::move(cancelled);
    return MigrateTable(run, Pair(options));
  }

  TablePair Pair(MigrationOptions options) const {
    return {{"", lake->ident()}, {"", Destination()}, std::move(options)};
  }
  static iceberg::TableIdent Destination() { return {{{"copied"}}, "t"}; }

  /// Rows of the destination; -1 if there is none.
  int64_t RowsThere() {
    const auto table = lake->catalog().LoadTable(Destination());
    if (!table.ok()) {
      return -1;
    }
    const auto plan = table::PlanScan(lake->context(), {.metadata = table->metadata});
    EXPECT_TRUE(plan.ok()) << plan.status();
    int64_t rows = 0;
    for (const table::FileScanTask& task : plan->tasks) {
      EXPECT_TRUE(lake->fs().Stat(task.file.file_path).ok());
      rows += task.file.record_count;
    }
    return rows;
  }

  /// Every file of the destination's namespace.
  std::set<std::string> OtherFiles() {
    std::set<std::string> others;
    const auto files = lake->fs().List(lake->directory());
    EXPECT_TRUE(files.ok()) << files.status();
    for (const io::FileInfo& file : *files) {
      const bool is_there = file.location.find("/copied/") != std::string::npos;
      if (is_there) {
        others.insert(file.location);
      }
    }
    return others;
  }

  Config config;
  std::unique_ptr<testing::Lake> lake;
};

TEST(TableMigration, RowsAreComparedAndThere) {
  Fixture fixture;
  const TableReport report = fixture.Migrate();
  ASSERT_TRUE(report.is_done()) << *report.failure;
  EXPECT_EQ(report.status, "success");
  EXPECT_EQ(report.rows_migrated, kRows);
  EXPECT_EQ(report.comparison.destination_rows, kRows);
  EXPECT_EQ(report.comparison.source_checksum.size(), 64U);
  EXPECT_TRUE(report.comparison.checksum_match());
  EXPECT_EQ(fixture.RowsThere(), kRows);
}

TEST(TableMigration, ASecondOneFailsUnlessItTakesUp) {
  Fixture fixture;
  ASSERT_TRUE(fixture.Migrate().is_done());
  EXPECT_EQ(fixture.Migrate().status, "already_migrated");  // the same migration
  const TableReport other = fixture.Migrate({}, "m2");
  ASSERT_FALSE(other.is_done());
  EXPECT_EQ(CodeOf(*other.failure), ErrorCode::kAlreadyExists);
  const TableReport taken_up = fixture.Migrate({}, "m3", /*takes_up=*/true);
  EXPECT_EQ(taken_up.status, "already_migrated");
  EXPECT_EQ(taken_up.rows_migrated, kRows);
  ASSERT_OK(fixture.lake->Append(2));
  const TableReport newer = fixture.Migrate({}, "m4", /*takes_up=*/true);
  ASSERT_FALSE(newer.is_done()) << "the source has other rows by now";
}

TEST(TableMigration, HistoryIsCopied) {
  Fixture fixture;
  const TableReport report = fixture.Migrate({.history = HistoryMode::kCopy});
  ASSERT_TRUE(report.is_done()) << *report.failure;
  EXPECT_EQ(report.snapshots, 2);
  EXPECT_EQ(report.rows_migrated, kRows);
  EXPECT_EQ(fixture.RowsThere(), kRows);
  ASSERT_OK_AND_ASSIGN(const auto source,
                       fixture.lake->catalog().LoadTable(fixture.lake->ident()));
  ASSERT_OK_AND_ASSIGN(const auto copy,
                       fixture.lake->catalog().LoadTable(Fixture::Destination()));
  EXPECT_NE(copy.metadata->table_uuid, source.metadata->table_uuid);
  EXPECT_EQ(copy.metadata->current_snapshot_id, source.metadata->current_snapshot_id);
  EXPECT_EQ(fixture.Migrate({.history = HistoryMode::kCopy}).status, "already_migrated");
  for (const std::string& file : fixture.OtherFiles()) {
    EXPECT_EQ(file.find("staging-"), std::string::npos) << file;
  }
}

TEST(TableMigration, AFileThatChangedIsFound) {
  Fixture fixture;
  ASSERT_TRUE(fixture.Migrate().is_done());
  const Lake served{.warehouses = {{.name = "w",
                                    .location = fixture.lake->directory(),
                                    .context = fixture.lake->context()}},
                    .engine = {},
                    .files = fixture.lake->fs(),
                    .config = fixture.config,
                    .clock = fixture.lake->clock(),
                    .random = fixture.lake->context().random,
                    .work_directory = ""};
  Places places(served, {});
  MigrationRun run{.lake = served, .places = places, .id = ""};
  ASSERT_OK_AND_ASSIGN(TableIntegrity whole, CheckTable(run, {"", Fixture::Destination()},
                                                        IntegrityDepth::kRows));
  EXPECT_EQ(whole.problem_count, 0)
      << whole.problems.front().file << whole.problems.front().problem;
  EXPECT_EQ(whole.checksum, whole.recorded_checksum);
  EXPECT_EQ(whole.rows, kRows);

  ASSERT_OK_AND_ASSIGN(const auto table,
                       fixture.lake->catalog().LoadTable(Fixture::Destination()));
  ASSERT_OK_AND_ASSIGN(const auto plan, table::PlanScan(fixture.lake->context(),
                                                        {.metadata = table.metadata}));
  const std::string path = plan.tasks.front().file.file_path;
  ASSERT_OK(fixture.lake->fs().Delete(path));
  ASSERT_OK_AND_ASSIGN(
      whole, CheckTable(run, {"", Fixture::Destination()}, IntegrityDepth::kFiles));
  ASSERT_EQ(whole.problem_count, 1);
  EXPECT_EQ(whole.problems.front().file, path);
}

TEST(TableMigration, ACancelledOneLeavesNothing) {
  for (const HistoryMode history : {HistoryMode::kNone, HistoryMode::kCopy}) {
    for (int asked = 0;; ++asked) {
      SCOPED_TRACE("asked=" + std::to_string(asked));
      Fixture fixture;
      int left = asked;
      const TableReport report = fixture.Migrate({.history = history}, "m1", false,
                                                 [&left] { return left-- <= 0; });
      if (report.is_done()) {
        EXPECT_EQ(fixture.RowsThere(), kRows);
        EXPECT_GT(asked, 2);
        break;
      }
      EXPECT_EQ(CodeOf(*report.failure), ErrorCode::kCancelled);
      EXPECT_EQ(fixture.RowsThere(), -1);
      EXPECT_TRUE(fixture.OtherFiles().empty()) << *fixture.OtherFiles().begin();
    }
  }
}

class FaultyMigration : public ::testing::TestWithParam<HistoryMode> {};

TEST_P(FaultyMigration, EachFailureLeavesAllOrNothing) {
  for (int64_t fail_at = 0;; ++fail_at) {
    SCOPED_TRACE("fail_at=" + std::to_string(fail_at));
    Fixture fixture;
    fixture.lake->fs().FailOperation(fail_at);
    const TableReport report = fixture.Migrate({.history = GetParam()});
    const bool fired = fixture.lake->fs().fault_fired();
    ASSERT_OK(fixture.lake->Reopen());
    const int64_t rows = fixture.RowsThere();
    if (report.is_done()) {
      EXPECT_EQ(rows, kRows);
    } else if (!IsOutcomeUnknown(*report.failure)) {
      EXPECT_EQ(rows, -1) << *report.failure;
    }
    const TableReport again = fixture.Migrate({.history = GetParam()});
    EXPECT_TRUE(again.is_done()) << *again.failure;
    EXPECT_EQ(fixture.RowsThere(), kRows);
    ASSERT_OK(fixture.lake->CheckInvariants());
    if (!fired) {
      break;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Ways, FaultyMigration,
                         ::testing::Values(HistoryMode::kNone, HistoryMode::kCopy));

}  // namespace
}  // namespace tarn::service
