#include "tarn/table/maintenance/purge_table.h"

#include "tarn/table/maintenance/maintained_table_test.h"

namespace tarn::table {
namespace {

TEST(PurgeTable, TakesEveryFileThatTheTableNames) {
  MaintainedTable table;
  ASSERT_OK(table.Create());
  table.AppendDay(1);
  table.OverwriteDay(2);
  const std::set<std::string> referenced = table.Referenced();
  const std::string location = table.Metadata()->location;
  ASSERT_OK(table.memory.WriteNew("/elsewhere/file", "not ours"));

  ASSERT_OK_AND_ASSIGN(const auto preview,
                       PurgeTable(table.context, table.ident, {.dry_run = DryRun::kYes}));
  for (const std::string& file : referenced) {
    EXPECT_TRUE(table.Exists(file)) << file;
  }
  ASSERT_OK(table.context.catalog.LoadTable(table.ident));

  ASSERT_OK_AND_ASSIGN(const auto purged, PurgeTable(table.context, table.ident));
  EXPECT_EQ(purged.files.size(), preview.files.size());
  EXPECT_EQ(purged.failed_files.size(), 0U);
  EXPECT_ERROR(table.context.catalog.LoadTable(table.ident), ErrorCode::kNoSuchTable, "");
  for (const std::string& file : referenced) {
    EXPECT_FALSE(table.Exists(file)) << file;
  }
  ASSERT_OK_AND_ASSIGN(const auto left, table.memory.List(location));
  EXPECT_EQ(left.size(), 0U);
  EXPECT_TRUE(table.Exists("/elsewhere/file"));
}

TEST(PurgeTable, LeavesATableThatForbidsIt) {
  MaintainedTable table;
  ASSERT_OK(table.Create());
  table.AppendDay(1);
  ASSERT_OK(table.SetProperty("gc.enabled", "false"));
  EXPECT_ERROR(PurgeTable(table.context, table.ident), ErrorCode::kInvalidArgument,
               "gc.enabled");
  EXPECT_OK(table.context.catalog.LoadTable(table.ident));
}

TEST(PurgeTable, LeavesATableWhoseFilesCannotBeRead) {
  MaintainedTable table;
  ASSERT_OK(table.Create());
  table.AppendDay(1);
  const std::string list = table.Metadata()->current_snapshot()->manifest_list;
  ASSERT_OK_AND_ASSIGN(const std::string bytes, table.memory.ReadAll(list));
  ASSERT_OK(table.memory.Delete(list));
  ASSERT_OK(table.memory.WriteNew(list, bytes.substr(0, bytes.size() / 2)));
  EXPECT_ERROR(PurgeTable(table.context, table.ident), ErrorCode::kInvalidData, "");
  EXPECT_OK(table.context.catalog.LoadTable(table.ident));
}

}  // namespace
}  // namespace tarn::table
