#include "tarn/table/maintenance/rewrite_delete_files.h"

#include "tarn/table/internal/summary.h"
#include "tarn/table/maintenance/remove_dangling_deletes.h"
#include "tarn/table/maintenance/row_table_test.h"

namespace tarn::table {
namespace {

using iceberg::FileContent;

std::map<std::string, std::string> Version(int version) {
  return {{"format-version", std::to_string(version)}};
}

/// How many live delete files of each kind tasks have: position, vector, equality.
struct Kinds {
  int positions = 0;
  int vectors = 0;
  int equality = 0;
  bool operator==(const Kinds&) const = default;
};
Kinds KindsOf(RowTable& table) {
  Kinds kinds;
  const ScanPlan plan = table.Plan().ValueOrDie();
  std::set<const iceberg::ManifestEntry*> seen;
  for (const FileScanTask& task : plan.tasks) {
    for (const auto& entry : task.deletes) {
      if (!seen.insert(entry.get()).second) {
        continue;
      }
      if (entry->file.content == FileContent::kEqualityDeletes) {
        ++kinds.equality;
      } else {
        ++(internal::IsDeletionVector(entry->file) ? kinds.vectors : kinds.positions);
      }
    }
  }
  return kinds;
}

TEST(RewritePositionDeleteFiles, Trap25_BecomeOneDeletionVectorEach) {
  RowTable table;
  ASSERT_OK(table.Create(Version(2)));
  ASSERT_OK(table.AppendRows(RowTable::Range(0, 10), 1));
  ASSERT_OK(table.AppendRows(RowTable::Range(10, 20), 2));
  ASSERT_OK(table.AppendRows(RowTable::Range(20, 30), 3));
  ASSERT_OK(table.TryDelete({1, 11}));
  ASSERT_OK(table.TryDelete({2, 12}));
  ASSERT_OK(table.TryDelete({3}));
  ASSERT_OK(table.DeleteByEquality({4}, 1));
  ASSERT_OK(table.Commit({iceberg::update::UpgradeFormatVersion{3}}));
  const auto before = table.LiveIds();
  ASSERT_EQ(before.size(), 24U);
  ASSERT_EQ(KindsOf(table), (Kinds{.positions = 5, .vectors = 0, .equality = 1}));
  ASSERT_OK_AND_ASSIGN(const auto result,
                       RewritePositionDeleteFiles(table.context, table.ident));
  EXPECT_EQ(result.affected_data_files_count, 2);
  EXPECT_EQ(result.rewritten_delete_files_count, 5);
  EXPECT_EQ(result.added_delete_files_count, 2);
  EXPECT_EQ(result.snapshot_id, table.HeadId());
  EXPECT_EQ(KindsOf(table), (Kinds{.positions = 0, .vectors = 2, .equality = 1}));
  EXPECT_EQ(table.LiveIds(), before);
  EXPECT_EQ(table.Metadata()->current_snapshot()->operation, "replace");
  ASSERT_OK_AND_ASSIGN(const auto again,
                       RewritePositionDeleteFiles(table.context, table.ident));
  EXPECT_FALSE(again.snapshot_id);
}

TEST(RewritePositionDeleteFiles, SeveralOfAFileBecomeOne) {
  RowTable table;
  ASSERT_OK(table.Create(Version(2)));
  ASSERT_OK(table.AppendRows(RowTable::Range(0, 10), 1));
  ASSERT_OK(table.AppendRows(RowTable::Range(10, 20), 2));
  ASSERT_OK(table.TryDelete({1, 11}));
  ASSERT_OK(table.TryDelete({2}));
  const auto before = table.LiveIds();
  RewriteDeleteFilesOptions options;
  options.dry_run = DryRun::kYes;
  const auto files = table.Files();
  ASSERT_OK_AND_ASSIGN(const auto planned,
                       RewritePositionDeleteFiles(table.context, table.ident, options));
  EXPECT_EQ(planned.rewritten_delete_files_count, 2);
  EXPECT_EQ(table.Files(), files);
  ASSERT_OK_AND_ASSIGN(const auto result,
                       RewritePositionDeleteFiles(table.context, table.ident));
  EXPECT_EQ(result.rewritten_delete_files_count, 2);
  EXPECT_EQ(result.added_delete_files_count, 1);
  EXPECT_EQ(KindsOf(table), (Kinds{.positions = 2, .vectors = 0, .equality = 0}));
  EXPECT_EQ(table.LiveIds(), before);
}

TEST(ConvertEqualityDeletes, BecomePositions) {
  for (const int version : {2, 3}) {
    SCOPED_TRACE(version);
    RowTable table;
    ASSERT_OK(table.Create(Version(version)));
    ASSERT_OK(table.AppendRows(RowTable::Range(0, 10), 1));
    ASSERT_OK(table.AppendRows(RowTable::Range(10, 20), 2));
    ASSERT_OK(table.TryDelete({5}));
    ASSERT_OK(table.DeleteByEquality({1, 2, 99}, 1));
    ASSERT_OK(table.DeleteByEquality({98}, 2));  // hits nothing
    ASSERT_OK(table.DeleteByEquality({97}, 3));  // applies to no file
    ASSERT_OK(table.AppendRows({1}, 1));         // after the deletes
    const auto before = table.LiveIds();
    ASSERT_EQ(before.size(), 18U);
    ASSERT_OK_AND_ASSIGN(const auto result,
                         ConvertEqualityDeletes(table.context, table.ident));
    EXPECT_EQ(result.affected_data_files_count, 2);
    EXPECT_EQ(result.added_delete_files_count, 1);
    EXPECT_EQ(result.rewritten_delete_files_count, 4);
    EXPECT_EQ(table.LiveIds(), before);
    EXPECT_EQ(table.NumDeleteFiles(), 1);
    EXPECT_EQ(KindsOf(table).equality, 0);
    EXPECT_EQ(KindsOf(table).vectors, version == 3 ? 1 : 0);
  }
}

TEST(ConvertEqualityDeletes, OneThatOtherFilesNeedStays) {
  RowTable table;
  ASSERT_OK(table.Create(Version(3)));
  ASSERT_OK(table.AppendRows(RowTable::Range(0, 10), 1));
  ASSERT_OK(table.AppendRows(RowTable::Range(10, 20), 1));
  ASSERT_OK(table.DeleteByEquality({1, 11}, 1));
  const auto before = table.LiveIds();
  RewriteDeleteFilesOptions options;
  options.filter = iceberg::Predicate(iceberg::Operation::kLess, "id",
                                      iceberg::Type::Long(), {int64_t{10}});
  ASSERT_OK_AND_ASSIGN(const auto result,
                       ConvertEqualityDeletes(table.context, table.ident, options));
  EXPECT_EQ(result.rewritten_delete_files_count, 0);  // both files need it
  EXPECT_EQ(table.LiveIds(), before);
  ASSERT_OK(ConvertEqualityDeletes(table.context, table.ident));
  EXPECT_EQ(KindsOf(table), (Kinds{.positions = 0, .vectors = 2, .equality = 0}));
  EXPECT_EQ(table.LiveIds(), before);
}

TEST(ConvertEqualityDeletes, Trap25_DeletesMeanwhileAreNotLost) {
  RowTable table;
  ASSERT_OK(table.Create(Version(3)));
  ASSERT_OK(table.AppendRows(RowTable::Range(0, 10), 1));
  ASSERT_OK(table.DeleteByEquality({1}, 1));
  table.catalog.BeforeNextCommit([&] { EXPECT_OK(table.TryDelete({7}).status()); });
  EXPECT_ERROR(ConvertEqualityDeletes(table.context, table.ident),
               ErrorCode::kCommitConflict, "");
  EXPECT_EQ(table.LiveIds().size(), 8U);
  EXPECT_EQ(table.Files(), table.Referenced());
}

TEST(RemoveDanglingDeletes, OnlyThoseThatApplyToNothing) {
  RowTable table;
  ASSERT_OK(table.Create(Version(2)));
  ASSERT_OK(table.AppendRows(RowTable::Range(0, 10), 1));
  ASSERT_OK(table.DeleteByEquality({1}, 1));
  ASSERT_OK(table.DeleteByEquality({1}, 2));  // no such partition
  ASSERT_OK(table.AppendRows({1}, 2));        // newer
  const auto before = table.LiveIds();
  RemoveDanglingDeletesOptions options;
  options.dry_run = DryRun::kYes;
  ASSERT_OK_AND_ASSIGN(auto result,
                       RemoveDanglingDeletes(table.context, table.ident, options));
  EXPECT_EQ(result.removed_delete_files_count, 1);
  EXPECT_FALSE(result.snapshot_id);
  ASSERT_OK_AND_ASSIGN(result, RemoveDanglingDeletes(table.context, table.ident));
  EXPECT_EQ(result.removed_delete_files_count, 1);
  EXPECT_EQ(result.snapshot_id, table.HeadId());
  EXPECT_EQ(table.LiveIds(), before);
  EXPECT_EQ(table.NumDeleteFiles(), 1);
}

}  // namespace
}  // namespace tarn::table
