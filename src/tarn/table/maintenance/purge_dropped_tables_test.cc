#include "tarn/table/maintenance/purge_dropped_tables.h"

#include <chrono>
#include <memory>
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tarn/base/error.h"
#include "tarn/table/maintenance/maintained_table_test.h"
#include "tarn/table/maintenance/purge_table.h"
#include "tarn/table/maintenance/remove_orphan_files.h"
#include "tarn/testing/lake.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::table {
namespace {

using catalog::LoadedTable;
using iceberg::TableIdent;
using tarn::testing::Lake;

/// A table of two snapshots in a catalog that keeps dropped tables for an hour.
class PurgeDropped : public ::testing::Test {
 protected:
  PurgeDropped() {
    lake_ = Lake::Make({.files = tarn::testing::LakeFiles::kMemory,
                        .undrop_retention = std::chrono::hours(1)})
                .ValueOrDie();
    EXPECT_OK(lake_->Create(4));
    EXPECT_OK(lake_->Append(3));
    loaded_ = lake_->catalog().LoadTable(lake_->ident()).ValueOrDie();
  }

  catalog::Catalog& catalog() { return lake_->catalog(); }
  const TableIdent& ident() { return lake_->ident(); }
  size_t NumFiles() {
    return lake_->fs().List(loaded_.metadata->location).ValueOrDie().size();
  }
  PurgeDroppedTablesResult Purge(PurgeDroppedTablesOptions options = {}) {
    auto result = PurgeDroppedTables(lake_->context(), options);
    EXPECT_OK(result.status());
    return result.ok() ? *result : PurgeDroppedTablesResult{};
  }

  std::unique_ptr<Lake> lake_;
  LoadedTable loaded_;
};

TEST_F(PurgeDropped, FilesGoOnlyWhenTheTimeIsOver) {
  const size_t files = NumFiles();
  ASSERT_OK_AND_ASSIGN(const auto dropped, DropTableWithFiles(lake_->context(), ident()));
  ASSERT_TRUE(dropped.kept_until.has_value());
  EXPECT_EQ(*dropped.kept_until, lake_->clock().Now() + std::chrono::hours(1));
  EXPECT_EQ(Purge().tables.size(), 0U);
  EXPECT_EQ(NumFiles(), files);

  lake_->clock().Advance(std::chrono::hours(1));
  const auto preview = Purge({.dry_run = DryRun::kYes});
  ASSERT_EQ(preview.tables.size(), 1U);
  EXPECT_EQ(preview.tables[0].files.size(), files);
  EXPECT_FALSE(preview.tables[0].is_forgotten);
  EXPECT_EQ(NumFiles(), files);

  const auto purged = Purge();
  ASSERT_EQ(purged.tables.size(), 1U);
  EXPECT_EQ(purged.tables[0].problem, "");
  EXPECT_EQ(purged.tables[0].files.size(), files);
  EXPECT_TRUE(purged.tables[0].is_forgotten);
  EXPECT_EQ(NumFiles(), 0U);
  EXPECT_EQ(Purge().tables.size(), 0U);
}

TEST_F(PurgeDropped, WithoutPurgeTheFilesStay) {
  const size_t files = NumFiles();
  ASSERT_OK(catalog().DropTable(ident()));
  lake_->clock().Advance(std::chrono::hours(2));
  const auto purged = Purge();
  ASSERT_EQ(purged.tables.size(), 1U);
  EXPECT_TRUE(purged.tables[0].is_forgotten);
  EXPECT_EQ(NumFiles(), files);
}

TEST_F(PurgeDropped, FilesOfALiveTableStay) {
  // The same files under another name: what a clone or a second registration makes.
  const TableIdent twin{ident().ns, "twin"};
  ASSERT_OK(catalog().RegisterTable(twin, loaded_.metadata_location));
  const size_t files = NumFiles();
  ASSERT_OK(DropTableWithFiles(lake_->context(), ident()));
  lake_->clock().Advance(std::chrono::hours(2));
  const auto purged = Purge();
  ASSERT_EQ(purged.tables.size(), 1U);
  EXPECT_EQ(purged.tables[0].files.size(), 0U);
  EXPECT_EQ(NumFiles(), files);
  ASSERT_OK(catalog().LoadTable(twin));
}

TEST_F(PurgeDropped, FilesOfALiveTableOfTheSameNameStay) {
  ASSERT_OK(DropTableWithFiles(lake_->context(), ident()));
  ASSERT_OK(catalog().RegisterTable(ident(), loaded_.metadata_location));
  const size_t files = NumFiles();
  lake_->clock().Advance(std::chrono::hours(2));
  EXPECT_EQ(Purge().tables.at(0).files.size(), 0U);
  EXPECT_EQ(NumFiles(), files);
  EXPECT_OK(lake_->CheckInvariants());
}

TEST_F(PurgeDropped, FilesOfAnotherTableThatCanComeBackStay) {
  const TableIdent twin{ident().ns, "twin"};
  ASSERT_OK(catalog().RegisterTable(twin, loaded_.metadata_location));
  const size_t files = NumFiles();
  ASSERT_OK(DropTableWithFiles(lake_->context(), ident()));
  lake_->clock().Advance(std::chrono::minutes(30));
  ASSERT_OK(DropTableWithFiles(lake_->context(), twin));
  lake_->clock().Advance(std::chrono::minutes(40));
  EXPECT_EQ(Purge().tables.at(0).files.size(), 0U);
  EXPECT_EQ(NumFiles(), files);
  ASSERT_OK_AND_ASSIGN(const auto dropped, catalog().ListDroppedTables({}));
  ASSERT_EQ(dropped.size(), 1U);
  ASSERT_OK(catalog().UndropTable(dropped[0].id, ident()));
  EXPECT_OK(lake_->CheckInvariants());
  // The last one takes them along.
  ASSERT_OK(DropTableWithFiles(lake_->context(), ident()));
  lake_->clock().Advance(std::chrono::hours(2));
  EXPECT_EQ(Purge().tables.at(0).files.size(), files);
  EXPECT_EQ(NumFiles(), 0U);
}

TEST_F(PurgeDropped, AnImmediatePurgeSparesFilesOfDroppedTables) {
  const TableIdent twin{ident().ns, "twin"};
  ASSERT_OK(catalog().RegisterTable(twin, loaded_.metadata_location));
  const size_t files = NumFiles();
  ASSERT_OK(catalog().DropTable(twin));
  ASSERT_OK_AND_ASSIGN(const auto purged, PurgeTable(lake_->context(), ident()));
  EXPECT_EQ(purged.files.size(), 0U);
  EXPECT_EQ(NumFiles(), files);
  ASSERT_OK_AND_ASSIGN(const auto dropped, catalog().ListDroppedTables({}));
  ASSERT_EQ(dropped.size(), 1U);  // the one purged is no more
  EXPECT_EQ(dropped[0].ident, twin);
}

TEST_F(PurgeDropped, OrphanRemovalSparesFilesOfDroppedTables) {
  // A dropped table whose directory another one has now.
  const size_t files = NumFiles();
  ASSERT_OK(catalog().DropTable(ident()));
  const TableIdent next{ident().ns, "next"};
  iceberg::NewTable made;
  made.fields = {{.id = 1, .name = "id", .type = iceberg::Type::Long()}};
  made.location = loaded_.metadata->location;
  made.table_uuid = "5a3e6f0e-0000-4000-8000-000000000001";
  made.now = lake_->clock().Now();
  ASSERT_OK_AND_ASSIGN(const auto metadata, iceberg::MakeTableMetadata(made));
  ASSERT_OK(catalog().Commit({{.ident = next,
                               .requirements = {iceberg::require::AssertCreate{}},
                               .updates = {},
                               .create = metadata}}));
  lake_->clock().Advance(std::chrono::minutes(30));
  const RemoveOrphanFilesOptions options = {.older_than = lake_->clock().Now(),
                                            .allow_recent = true};
  ASSERT_OK_AND_ASSIGN(const auto kept,
                       RemoveOrphanFiles(lake_->context(), next, options));
  EXPECT_EQ(kept.orphan_files.size(), 0U);
  EXPECT_EQ(NumFiles(), files + 1);
  // Once it is forgotten they are nobody's.
  lake_->clock().Advance(std::chrono::hours(1));
  EXPECT_TRUE(Purge().tables.at(0).is_forgotten);
  ASSERT_OK_AND_ASSIGN(const auto removed,
                       RemoveOrphanFiles(lake_->context(), next, options));
  EXPECT_EQ(removed.orphan_files.size(), files);
}

TEST_F(PurgeDropped, ATableThatForbidsItKeepsItsFiles) {
  EXPECT_OK(catalog().Commit(
      {{.ident = ident(),
        .requirements = {},
        .updates = {iceberg::update::SetProperties{{{"gc.enabled", "false"}}}}}}));
  EXPECT_ERROR(DropTableWithFiles(lake_->context(), ident()), ErrorCode::kInvalidArgument,
               "gc.enabled");
  ASSERT_OK(catalog().DropTable(ident(), {.purges = true}));
  const size_t files = NumFiles();
  lake_->clock().Advance(std::chrono::hours(2));
  EXPECT_TRUE(Purge().tables.at(0).is_forgotten);
  EXPECT_EQ(NumFiles(), files);
}

TEST_F(PurgeDropped, EveryFailureIsTakenUpAgain) {
  for (int64_t fail_at = 0;; ++fail_at) {
    SCOPED_TRACE("fail_at=" + std::to_string(fail_at));
    auto lake = Lake::Make({.files = tarn::testing::LakeFiles::kMemory,
                            .undrop_retention = std::chrono::hours(1)})
                    .ValueOrDie();
    ASSERT_OK(lake->Create(4));
    ASSERT_OK(lake->Append(3));
    ASSERT_OK_AND_ASSIGN(const auto table, lake->catalog().LoadTable(lake->ident()));
    ASSERT_OK(DropTableWithFiles(lake->context(), lake->ident()));
    lake->clock().Advance(std::chrono::hours(2));
    lake->fs().FailOperation(fail_at);
    const auto first = PurgeDroppedTables(lake->context());
    const bool fired = lake->fs().fault_fired();
    ASSERT_OK(first.status());
    const bool is_done = first->tables.at(0).is_forgotten;
    EXPECT_EQ(is_done, first->tables.at(0).problem.empty());
    ASSERT_OK(lake->Reopen());
    if (!is_done) {
      ASSERT_OK_AND_ASSIGN(const auto second, PurgeDroppedTables(lake->context()));
      ASSERT_EQ(second.tables.size(), 1U);
      EXPECT_TRUE(second.tables[0].is_forgotten);
    }
    // No data file is left, whatever happened.
    ASSERT_OK_AND_ASSIGN(const auto left, lake->fs().List(table.metadata->location));
    for (const io::FileInfo& file : left) {
      EXPECT_FALSE(file.location.ends_with(".parquet")) << file.location;
    }
    if (!fired) {
      EXPECT_EQ(left.size(), 0U);
      break;
    }
  }
}

}  // namespace
}  // namespace tarn::table
