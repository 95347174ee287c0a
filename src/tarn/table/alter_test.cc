#include "tarn/table/alter.h"

#include <gtest/gtest.h>

#include "tarn/table/fake_table_test.h"

namespace tarn::table {
namespace {

using iceberg::TableMetadata;
using testing::Applied;

Alteration SetProperty(const std::string& key, const std::string& value) {
  return {{}, {iceberg::update::SetProperties{{{key, value}}}}};
}

/// Fails if the column is there already: the change is no longer what it was.
Result<Alteration> AddColumn(const TableMetadata& base) {
  if (base.schema().FindByName("more") != nullptr) {
    return MakeError(ErrorCode::kAlreadyExists, "Column already exists: more");
  }
  auto fields = base.schema().fields();
  fields.push_back(
      {.id = base.last_column_id + 1, .name = "more", .type = iceberg::Type::Int()});
  ARROW_ASSIGN_OR_RAISE(auto schema,
                        iceberg::Schema::Make(iceberg::SchemaId{{1}}, fields));
  return Alteration{{iceberg::require::AssertLastAssignedFieldId{base.last_column_id}},
                    {iceberg::update::AddSchema{schema},
                     iceberg::update::SetCurrentSchema{iceberg::SchemaId{{-1}}}}};
}

TEST(AlterTable, SeesTheNewestTableOnEachAttempt) {
  FakeTable table;
  ASSERT_OK(table.Create());
  int asked = 0;
  table.catalog.BeforeNextCommit([&] {
    ASSERT_OK(AlterTable(table.context, table.ident, AddColumn));
    ASSERT_OK(table.Append({table.NewFile(int32_t{1})}));
  });
  ASSERT_OK_AND_ASSIGN(
      const auto altered,
      AlterTable(table.context, table.ident,
                 [&](const TableMetadata& base) -> Result<Alteration> {
                   ++asked;
                   Alteration alteration = SetProperty("seen", base.schema().ToString());
                   alteration.requirements = {
                       iceberg::require::AssertCurrentSchemaId{base.current_schema_id}};
                   return alteration;
                 }));
  EXPECT_EQ(asked, 2);
  EXPECT_NE(altered.metadata->Property("seen", "").find("more"), std::string::npos);
  EXPECT_EQ(table.NumRows(), 10);
  EXPECT_GT(table.clock.slept().count(), 0);
}

TEST(AlterTable, NothingToDoCommitsNothing) {
  FakeTable table;
  ASSERT_OK(table.Create());
  const int64_t commits = table.catalog.num_commits();
  ASSERT_OK(AlterTable(
      table.context, table.ident,
      [](const TableMetadata&) -> Result<Alteration> { return Alteration{}; }));
  EXPECT_EQ(table.catalog.num_commits(), commits);
}

TEST(AlterTable, ErrorsOfTheChangeComeThrough) {
  FakeTable table;
  ASSERT_OK(table.Create());
  ASSERT_OK(AlterTable(table.context, table.ident, AddColumn));
  EXPECT_ERROR(AlterTable(table.context, table.ident, AddColumn),
               ErrorCode::kAlreadyExists, "more");
  iceberg::TableIdent other = table.ident;
  other.name = "nope";
  EXPECT_ERROR(AlterTable(table.context, other, AddColumn), ErrorCode::kNoSuchTable,
               "nope");
}

TEST(AlterTable, Trap30_UnknownOutcomeIsLookedUp) {
  for (const Applied applied : {Applied::kYes, Applied::kNo}) {
    FakeTable table;
    ASSERT_OK(table.Create());
    table.catalog.FailNextCommit(MakeError(ErrorCode::kCommitStateUnknown, "lost"),
                                 applied);
    ASSERT_OK_AND_ASSIGN(const auto altered,
                         AlterTable(table.context, table.ident, AddColumn));
    EXPECT_NE(altered.metadata->schema().FindByName("more"), nullptr);
    EXPECT_EQ(altered.metadata->schemas.size(), 2U);
  }
}

TEST(AlterTable, Trap30_WhatIsNotSeenToHaveLandedStaysUnknown) {
  for (const Applied applied : {Applied::kYes, Applied::kNo}) {
    FakeTable table;
    ASSERT_OK(table.Create());
    table.catalog.FailNextCommit(MakeError(ErrorCode::kCommitStateUnknown, "lost"),
                                 applied);
    table.catalog.BeforeNextCommit(
        [&] { table.catalog.FailNextLoad(MakeError(ErrorCode::kForbidden, "go away")); });
    const auto altered = AlterTable(table.context, table.ident, AddColumn);
    if (applied == Applied::kYes) {
      EXPECT_OK(altered);
    } else {
      EXPECT_ERROR(altered, ErrorCode::kCommitStateUnknown, "lost");
    }
  }
}

TEST(AlterTable, GivesUpAfterTheTablesNumberOfRetries) {
  FakeTable table;
  ASSERT_OK(table.Create({{"commit.retry.num-retries", "3"}}));
  const int64_t before = table.catalog.num_commits();
  std::function<void()> again = [&] {
    table.catalog.FailNextCommit(MakeError(ErrorCode::kCommitConflict, "busy"),
                                 Applied::kNo);
    table.catalog.BeforeNextCommit(again);
  };
  table.catalog.BeforeNextCommit(again);
  EXPECT_ERROR(AlterTable(table.context, table.ident, AddColumn),
               ErrorCode::kCommitConflict, "busy");
  EXPECT_EQ(table.catalog.num_commits() - before, 4);
}

TEST(AlterTable, Trap31_ATableMadeAnewIsAnotherTable) {
  FakeTable table;
  ASSERT_OK(table.Create());
  table.catalog.BeforeNextCommit([&] {
    ASSERT_OK(table.catalog.DropTable(table.ident));
    ASSERT_OK(table.Create());
  });
  EXPECT_ERROR(AlterTable(table.context, table.ident, AddColumn),
               ErrorCode::kCommitConflict, "made anew");
  EXPECT_EQ(table.Metadata()->schema().FindByName("more"), nullptr);
}

}  // namespace
}  // namespace tarn::table
