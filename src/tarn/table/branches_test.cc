// Writes to branches and writes that are staged only.
#include <set>

#include <gtest/gtest.h>

#include "tarn/table/delta_files_test.h"
#include "tarn/table/snapshot_refs.h"

namespace tarn::table {
namespace {

using iceberg::DataFile;
using iceberg::Snapshot;
using iceberg::SnapshotId;
using testing::Applied;

WriteRequest OnBranch(WriteRequest request, std::string branch) {
  request.branch = std::move(branch);
  return request;
}

SnapshotId RefOf(FakeTable& table, const std::string& name) {
  const auto metadata = table.Metadata();
  const auto found = metadata->refs.find(name);
  return found == metadata->refs.end() ? SnapshotId{} : found->second.snapshot_id;
}

TEST(Branches, Trap32_ParentIsTheHeadOfTheBranch) {
  FakeTable table;
  ASSERT_OK(table.Create());
  ASSERT_OK(table.Append({table.NewFile(int32_t{1})}));
  const SnapshotId main = *HeadOf(table);
  // The branch begins at main.
  ASSERT_OK(Write(table.context,
                  OnBranch(table.Request({table.NewFile(int32_t{2})}), "audit")));
  const SnapshotId first = RefOf(table, "audit");
  EXPECT_EQ(*HeadOf(table), main);
  EXPECT_EQ(table.Metadata()->FindSnapshot(first)->parent_id, main);
  EXPECT_EQ(Live(table, first).size(), 2U);
  // Main goes on, and the branch on its own.
  ASSERT_OK(table.Append({table.NewFile(int32_t{3})}));
  ASSERT_OK(Write(table.context,
                  OnBranch(table.Request({table.NewFile(int32_t{4})}), "audit")));
  const auto metadata = table.Metadata();
  const Snapshot& second = *metadata->FindSnapshot(RefOf(table, "audit"));
  EXPECT_EQ(second.parent_id, first);
  EXPECT_EQ(second.sequence_number.value, 4);  // of the table, not of the branch
  EXPECT_EQ(SummaryOf(second, "total-data-files"), "3");
  EXPECT_EQ(Live(table).size(), 2U);
  EXPECT_EQ(Live(table, second.id).size(), 3U);
  EXPECT_EQ(metadata->snapshot_log.size(), 2U);  // of main only
  EXPECT_EQ(table.NumOrphans(), 0U);
}

TEST(Branches, RetryBuildsOnTheBranch) {
  FakeTable table;
  ASSERT_OK(table.Create());
  ASSERT_OK(table.Append({table.NewFile(int32_t{1})}));
  // Two writers make the branch at once; a third uses up a sequence number on main.
  table.catalog.BeforeNextCommit([&] {
    ASSERT_OK(Write(table.context,
                    OnBranch(table.Request({table.NewFile(int32_t{2})}), "dev")));
    table.catalog.BeforeNextCommit(
        [&] { ASSERT_OK(table.Append({table.NewFile(int32_t{3})})); });
  });
  ASSERT_OK(
      Write(table.context, OnBranch(table.Request({table.NewFile(int32_t{4})}), "dev")));
  EXPECT_EQ(Live(table).size(), 2U);
  EXPECT_EQ(Live(table, RefOf(table, "dev")).size(), 3U);
  EXPECT_EQ(table.Metadata()->snapshots.size(), 4U);
  EXPECT_EQ(table.NumOrphans(), 0U);
}

TEST(Branches, RowDeltasAndOverwritesStayOnTheirBranch) {
  FakeTable table;
  ASSERT_OK(table.Create({{"format-version", "3"}}));
  const std::vector<DataFile> files = AppendEach(table, 2);
  WriteRequest request = OnBranch(table.Request({}, WriteMode::kRowDelta), "dev");
  request.delete_files = {NewVector(table, files[0])};
  request.removed_files = {files[1]};
  ASSERT_OK(Write(table.context, request));
  EXPECT_EQ(Live(table).size(), 2U);
  EXPECT_EQ(Live(table, RefOf(table, "dev")).size(), 2U);
  // The same vector again: main has none, so it is no second one there.
  request = table.Request({}, WriteMode::kRowDelta);
  request.delete_files = {NewVector(table, files[0])};
  ASSERT_OK(Write(table.context, request));
  ASSERT_OK(
      Write(table.context, OnBranch(table.Request({}, WriteMode::kOverwrite), "dev")));
  EXPECT_EQ(Live(table, RefOf(table, "dev")).size(), 0U);
  EXPECT_EQ(Live(table).size(), 3U);
}

TEST(Branches, Trap34_ATagIsNoTarget) {
  FakeTable table;
  ASSERT_OK(table.Create());
  ASSERT_OK(table.Append({table.NewFile(int32_t{1})}));
  ASSERT_OK(CreateRef(table.context, table.ident,
                      {.name = "v1", .type = iceberg::RefType::kTag}));
  EXPECT_ERROR(
      Write(table.context, OnBranch(table.Request({table.NewFile(int32_t{2})}), "v1")),
      ErrorCode::kInvalidArgument, "v1 is a tag, not a branch");
  EXPECT_EQ(table.NumOrphans(), 0U);
}

TEST(Branches, Trap34_RetentionSurvivesACommit) {
  FakeTable table;
  ASSERT_OK(table.Create());
  ASSERT_OK(table.Append({table.NewFile(int32_t{1})}));
  ASSERT_OK(CreateRef(table.context, table.ident,
                      {.name = "dev", .retention = {.min_snapshots_to_keep = 7}}));
  ASSERT_OK(
      Write(table.context, OnBranch(table.Request({table.NewFile(int32_t{2})}), "dev")));
  EXPECT_EQ(table.Metadata()->refs.at("dev").min_snapshots_to_keep, 7);
}

TEST(Branches, Trap30_UnknownOutcomeIsLookedUpOnTheBranch) {
  for (const Applied applied : {Applied::kYes, Applied::kNo}) {
    for (const bool stage_only : {true, false}) {
      FakeTable table;
      ASSERT_OK(table.Create());
      ASSERT_OK(table.Append({table.NewFile(int32_t{1})}));
      WriteRequest request = OnBranch(table.Request({table.NewFile(int32_t{2})}),
                                      stage_only ? "main" : "dev");
      request.stage_only = stage_only;
      table.catalog.FailNextCommit(MakeError(ErrorCode::kCommitStateUnknown, "lost"),
                                   applied);
      ASSERT_OK(Write(table.context, request));
      EXPECT_EQ(table.Metadata()->snapshots.size(), 2U);
      EXPECT_EQ(table.NumOrphans(), 0U);
    }
  }
}

TEST(Staged, IsInNoRefUntilPublished) {
  FakeTable table;
  ASSERT_OK(table.Create());
  ASSERT_OK(table.Append({table.NewFile(int32_t{1})}));
  WriteRequest request = table.Request({table.NewFile(int32_t{2})});
  request.stage_only = true;
  request.summary = {{"wap.id", "w1"}};
  const int64_t commits = table.catalog.num_commits();
  ASSERT_OK_AND_ASSIGN(const auto loaded, Write(table.context, request));
  EXPECT_EQ(table.catalog.num_commits(), commits + 1);
  EXPECT_EQ(loaded.metadata->snapshots.size(), 2U);
  EXPECT_EQ(loaded.metadata->refs.size(), 1U);
  EXPECT_EQ(Live(table).size(), 1U);
  EXPECT_EQ(loaded.metadata->snapshots.back().parent_id, HeadOf(table));
  // Another one is staged beside it.
  request.files = {table.NewFile(int32_t{3})};
  request.summary = {{"wap.id", "w2"}};
  ASSERT_OK(Write(table.context, request));
  EXPECT_EQ(table.Metadata()->snapshots.back().parent_id, HeadOf(table));

  ASSERT_OK(PublishChanges(table.context, table.ident, "w1"));  // a fast forward
  EXPECT_EQ(Live(table).size(), 2U);
  EXPECT_EQ(table.Metadata()->snapshots.size(), 3U);
  ASSERT_OK(PublishChanges(table.context, table.ident, "w2"));
  EXPECT_EQ(Live(table).size(), 3U);
  const auto metadata = table.Metadata();
  const Snapshot& published = *metadata->current_snapshot();
  EXPECT_EQ(SummaryOf(published, "published-wap-id"), "w2");
  EXPECT_EQ(SummaryOf(published, "source-snapshot-id"),
            std::to_string(metadata->snapshots[2].id.value));
  for (const char* wap_id : {"w1", "w2"}) {
    EXPECT_ERROR(PublishChanges(table.context, table.ident, wap_id),
                 ErrorCode::kInvalidArgument, "already");
  }
  EXPECT_ERROR(PublishChanges(table.context, table.ident, "w3"),
               ErrorCode::kNoSuchSnapshot, "w3");
  EXPECT_EQ(table.NumRows(), 30);
}

TEST(Staged, OnlyMainIsCreatedOrReplaced) {
  FakeTable table;
  ASSERT_OK_AND_ASSIGN(const auto metadata, table.Describe());
  WriteRequest request = OnBranch(table.Request({}), "dev");
  request.create = metadata;
  EXPECT_ERROR(Write(table.context, request), ErrorCode::kInvalidArgument,
               "on main only");
}

TEST(CherryPick, AppliesAnAppendOnAnotherHead) {
  FakeTable table;
  ASSERT_OK(table.Create());
  ASSERT_OK(table.Append({table.NewFile(int32_t{1})}));
  ASSERT_OK(
      Write(table.context, OnBranch(table.Request({table.NewFile(int32_t{2})}), "dev")));
  ASSERT_OK(
      Write(table.context, OnBranch(table.Request({table.NewFile(int32_t{3})}), "dev")));
  const SnapshotId picked = RefOf(table, "dev");
  const DataFile file = Live(table, picked).begin()->second.file;
  ASSERT_OK(CherryPick(table.context, table.ident, picked));
  EXPECT_EQ(Live(table).size(), 2U);  // only what the picked snapshot added
  EXPECT_ERROR(CherryPick(table.context, table.ident, picked),
               ErrorCode::kInvalidArgument, "already picked");
  EXPECT_ERROR(CherryPick(table.context, table.ident, *HeadOf(table)),
               ErrorCode::kInvalidArgument, "already an ancestor");
  EXPECT_ERROR(CherryPick(table.context, table.ident, SnapshotId{{12345}}),
               ErrorCode::kNoSuchSnapshot, "12345");
}

TEST(CherryPick, ASnapshotThatExpiresMeanwhileIsNotPicked) {
  FakeTable table;
  ASSERT_OK(table.Create());
  ASSERT_OK(table.Append({table.NewFile(int32_t{1})}));
  ASSERT_OK(
      Write(table.context, OnBranch(table.Request({table.NewFile(int32_t{2})}), "dev")));
  ASSERT_OK(table.Append({table.NewFile(int32_t{3})}));
  const SnapshotId picked = RefOf(table, "dev");
  table.catalog.BeforeNextCommit([&] {
    EXPECT_OK(table.catalog.Commit(
        {{.ident = table.ident,
          .requirements = {},
          .updates = {iceberg::update::RemoveSnapshotRef{"dev"},
                      iceberg::update::RemoveSnapshots{{picked}}}}}));
  });
  EXPECT_ERROR(CherryPick(table.context, table.ident, picked), ErrorCode::kNoSuchSnapshot,
               "expired while");
  EXPECT_EQ(Live(table).size(), 2U);
}

TEST(CherryPick, TwiceAtOnceAppliesOnce) {
  FakeTable table;
  ASSERT_OK(table.Create());
  ASSERT_OK(table.Append({table.NewFile(int32_t{1})}));
  WriteRequest request = table.Request({table.NewFile(int32_t{2})});
  request.stage_only = true;
  request.summary = {{"wap.id", "w"}};
  ASSERT_OK(Write(table.context, request));
  ASSERT_OK(table.Append({table.NewFile(int32_t{3})}));
  table.catalog.BeforeNextCommit(
      [&] { ASSERT_OK(PublishChanges(table.context, table.ident, "w")); });
  EXPECT_ERROR(PublishChanges(table.context, table.ident, "w"),
               ErrorCode::kInvalidArgument, "already picked");
  EXPECT_EQ(table.NumRows(), 30);
  EXPECT_EQ(table.NumOrphans(), 0U);
}

TEST(CherryPick, OtherOperationsOnlyFastForward) {
  FakeTable table;
  ASSERT_OK(table.Create());
  const std::vector<DataFile> files = AppendEach(table, 2);
  WriteRequest request = table.Request({}, WriteMode::kRowDelta);
  request.removed_files = {files[0]};
  request.stage_only = true;
  ASSERT_OK_AND_ASSIGN(auto loaded, Write(table.context, request));
  const SnapshotId on_head = loaded.metadata->snapshots.back().id;
  request.removed_files = {files[1]};
  ASSERT_OK_AND_ASSIGN(loaded, Write(table.context, request));
  const SnapshotId beside = loaded.metadata->snapshots.back().id;
  ASSERT_OK(CherryPick(table.context, table.ident, on_head));
  EXPECT_EQ(HeadOf(table), on_head);
  EXPECT_ERROR(CherryPick(table.context, table.ident, beside),
               ErrorCode::kInvalidArgument,
               "not append, dynamic overwrite, or fast-forward");
}

TEST(CherryPick, ADynamicOverwriteNeedsItsPartitionsUntouched) {
  for (const int32_t appended_day : {0, 1}) {
    FakeTable table;
    ASSERT_OK(table.Create());
    AppendEach(table, 2);
    WriteRequest request =
        table.Request({table.NewFile(int32_t{0}, 3)}, WriteMode::kOverwritePartitions);
    request.stage_only = true;
    ASSERT_OK_AND_ASSIGN(const auto loaded, Write(table.context, request));
    const SnapshotId staged = loaded.metadata->snapshots.back().id;
    ASSERT_OK(table.Append({table.NewFile(appended_day, 5)}));
    const auto picked = CherryPick(table.context, table.ident, staged);
    if (appended_day == 0) {
      EXPECT_ERROR(picked, ErrorCode::kCommitConflict, "conflicting files");
      EXPECT_EQ(table.NumRows(), 25);
    } else {
      EXPECT_OK(picked);
      EXPECT_EQ(table.NumRows(), 18);
    }
  }
}

}  // namespace
}  // namespace tarn::table
