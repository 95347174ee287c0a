#include "tarn/table/snapshot_refs.h"

#include <gtest/gtest.h>

#include "tarn/table/delta_files_test.h"

namespace tarn::table {
namespace {

using iceberg::RefType;
using iceberg::SnapshotId;
using std::chrono::milliseconds;
using testing::Applied;

/// Main with three snapshots, an hour apart.
struct ThreeSnapshots {
  FakeTable table;
  std::vector<SnapshotId> ids;
  std::vector<milliseconds> times;

  ThreeSnapshots() {
    EXPECT_OK(table.Create());
    for (int32_t i = 0; i < 3; ++i) {
      table.clock.Advance(std::chrono::hours(1));
      EXPECT_OK(table.Append({table.NewFile(i)}));
      ids.push_back(*HeadOf(table));
      times.push_back(table.Metadata()->current_snapshot()->timestamp);
    }
  }
  const Context& context() const { return table.context; }
  const iceberg::TableIdent& ident() const { return table.ident; }
  std::optional<iceberg::SnapshotRef> Ref(const std::string& name) {
    const auto metadata = table.Metadata();
    const auto found = metadata->refs.find(name);
    return found == metadata->refs.end() ? std::nullopt : std::optional(found->second);
  }
};

TEST(Refs, AreCreatedReplacedAndDropped) {
  ThreeSnapshots t;
  ASSERT_OK(CreateRef(t.context(), t.ident(), {.name = "dev"}));
  EXPECT_EQ(t.Ref("dev")->snapshot_id, t.ids[2]);
  const RefRetention retention{.max_ref_age = milliseconds(1000)};
  ASSERT_OK(CreateRef(t.context(), t.ident(),
                      {.name = "v1",
                       .type = RefType::kTag,
                       .snapshot_id = t.ids[0],
                       .retention = retention}));
  EXPECT_EQ(t.Ref("v1")->type, RefType::kTag);
  EXPECT_EQ(t.Ref("v1")->max_ref_age, milliseconds(1000));

  EXPECT_ERROR(CreateRef(t.context(), t.ident(), {.name = "dev"}),
               ErrorCode::kAlreadyExists, "Ref dev already exists");
  ASSERT_OK(CreateRef(
      t.context(), t.ident(),
      {.name = "dev", .snapshot_id = t.ids[0], .if_exists = IfRefExists::kIgnore}));
  EXPECT_EQ(t.Ref("dev")->snapshot_id, t.ids[2]);
  ASSERT_OK(CreateRef(
      t.context(), t.ident(),
      {.name = "dev", .snapshot_id = t.ids[0], .if_exists = IfRefExists::kReplace}));
  EXPECT_EQ(t.Ref("dev")->snapshot_id, t.ids[0]);
  EXPECT_ERROR(CreateRef(t.context(), t.ident(),
                         {.name = "v1", .if_exists = IfRefExists::kReplace}),
               ErrorCode::kInvalidArgument, "v1 is a tag");
  EXPECT_ERROR(
      CreateRef(t.context(), t.ident(), {.name = "x", .snapshot_id = SnapshotId{{9}}}),
      ErrorCode::kNoSuchSnapshot, "unknown snapshot: 9");
  EXPECT_ERROR(CreateRef(t.context(), t.ident(), {.name = ""}),
               ErrorCode::kInvalidArgument, "name");
  EXPECT_ERROR(CreateRef(t.context(), t.ident(),
                         {.name = "y",
                          .type = RefType::kTag,
                          .retention = {.min_snapshots_to_keep = 1}}),
               ErrorCode::kInvalidArgument, "tag");

  ASSERT_OK(DropRef(t.context(), t.ident(), "dev"));
  EXPECT_FALSE(t.Ref("dev").has_value());
  EXPECT_ERROR(DropRef(t.context(), t.ident(), "dev"), ErrorCode::kNoSuchSnapshot,
               "Ref does not exist: dev");
  EXPECT_OK(DropRef(t.context(), t.ident(), "dev", /*if_exists=*/true));
  EXPECT_ERROR(DropRef(t.context(), t.ident(), "main"), ErrorCode::kInvalidArgument,
               "main");
}

TEST(Refs, Trap34_RetentionIsSetInParts) {
  ThreeSnapshots t;
  ASSERT_OK(CreateRef(t.context(), t.ident(),
                      {.name = "dev", .retention = {.min_snapshots_to_keep = 5}}));
  ASSERT_OK(SetRefRetention(t.context(), t.ident(), "dev",
                            {.max_snapshot_age = milliseconds(60'000)}));
  EXPECT_EQ(t.Ref("dev")->min_snapshots_to_keep, 5);
  EXPECT_EQ(t.Ref("dev")->max_snapshot_age, milliseconds(60'000));
  EXPECT_ERROR(SetRefRetention(t.context(), t.ident(), "nope", {}),
               ErrorCode::kNoSuchSnapshot, "nope");
  ASSERT_OK(
      SetRefRetention(t.context(), t.ident(), "main", {.min_snapshots_to_keep = 2}));
  EXPECT_EQ(t.Ref("main")->min_snapshots_to_keep, 2);
}

TEST(Refs, BranchesAreRenamed) {
  ThreeSnapshots t;
  ASSERT_OK(CreateRef(t.context(), t.ident(),
                      {.name = "dev", .retention = {.min_snapshots_to_keep = 5}}));
  ASSERT_OK(CreateRef(t.context(), t.ident(), {.name = "v1", .type = RefType::kTag}));
  ASSERT_OK(RenameBranch(t.context(), t.ident(), "dev", "test"));
  EXPECT_FALSE(t.Ref("dev").has_value());
  EXPECT_EQ(t.Ref("test")->min_snapshots_to_keep, 5);
  EXPECT_ERROR(RenameBranch(t.context(), t.ident(), "dev", "x"),
               ErrorCode::kNoSuchSnapshot, "dev");
  EXPECT_ERROR(RenameBranch(t.context(), t.ident(), "test", "main"),
               ErrorCode::kAlreadyExists, "main");
  EXPECT_ERROR(RenameBranch(t.context(), t.ident(), "v1", "x"),
               ErrorCode::kInvalidArgument, "tag");
  EXPECT_ERROR(RenameBranch(t.context(), t.ident(), "main", "x"),
               ErrorCode::kInvalidArgument, "Cannot rename main branch");
}

TEST(Refs, FastForwardOnlyToDescendants) {
  ThreeSnapshots t;
  ASSERT_OK(CreateRef(t.context(), t.ident(), {.name = "old", .snapshot_id = t.ids[0]}));
  ASSERT_OK(CreateRef(t.context(), t.ident(), {.name = "v1", .type = RefType::kTag}));
  ASSERT_OK(FastForward(t.context(), t.ident(), "old", "main"));
  EXPECT_EQ(t.Ref("old")->snapshot_id, t.ids[2]);
  ASSERT_OK(FastForward(t.context(), t.ident(), "fresh", "main"));
  EXPECT_EQ(t.Ref("fresh")->snapshot_id, t.ids[2]);
  WriteRequest request = t.table.Request({t.table.NewFile(int32_t{7})});
  request.branch = "old";
  ASSERT_OK(Write(t.context(), request));
  ASSERT_OK(t.table.Append({t.table.NewFile(int32_t{8})}));
  EXPECT_ERROR(FastForward(t.context(), t.ident(), "old", "main"),
               ErrorCode::kInvalidArgument, "old is not an ancestor of main");
  EXPECT_ERROR(FastForward(t.context(), t.ident(), "v1", "main"),
               ErrorCode::kInvalidArgument, "tag");
  EXPECT_ERROR(FastForward(t.context(), t.ident(), "old", "nope"),
               ErrorCode::kNoSuchSnapshot, "nope");
}

TEST(Rollback, GoesToAncestorsOnly) {
  ThreeSnapshots t;
  ASSERT_OK(RollbackToSnapshot(t.context(), t.ident(), t.ids[1]));
  EXPECT_EQ(HeadOf(t.table), t.ids[1]);
  EXPECT_EQ(t.table.NumRows(), 20);
  EXPECT_ERROR(RollbackToSnapshot(t.context(), t.ident(), t.ids[2]),
               ErrorCode::kInvalidArgument, "not an ancestor");
  EXPECT_ERROR(RollbackToSnapshot(t.context(), t.ident(), SnapshotId{{3}}),
               ErrorCode::kNoSuchSnapshot, "3");
  ASSERT_OK(SetCurrentSnapshot(t.context(), t.ident(), t.ids[2]));
  EXPECT_EQ(HeadOf(t.table), t.ids[2]);
  EXPECT_ERROR(SetCurrentSnapshot(t.context(), t.ident(), SnapshotId{{3}}),
               ErrorCode::kNoSuchSnapshot, "3");
  ASSERT_OK(RollbackToTimestamp(t.context(), t.ident(), t.times[1] + milliseconds(10)));
  EXPECT_EQ(HeadOf(t.table), t.ids[1]);
  EXPECT_ERROR(RollbackToTimestamp(t.context(), t.ident(), t.times[0] - milliseconds(1)),
               ErrorCode::kNoSuchSnapshot, "no snapshot");
  // What comes next builds on where main is now.
  ASSERT_OK(t.table.Append({t.table.NewFile(int32_t{9})}));
  EXPECT_EQ(t.table.Metadata()->current_snapshot()->parent_id, t.ids[1]);
  EXPECT_EQ(t.table.NumRows(), 30);
}

TEST(History, Trap38_AsOfGoesByTheSnapshotLog) {
  ThreeSnapshots t;
  // Main goes back: what it was in between stays in the log.
  t.table.clock.Advance(std::chrono::hours(1));
  ASSERT_OK(RollbackToSnapshot(t.context(), t.ident(), t.ids[0]));
  const auto metadata = t.table.Metadata();
  const milliseconds now = t.table.clock.Now();
  struct Case {
    const char* name;
    milliseconds time;
    SnapshotId expected;
  };
  const Case cases[] = {
      {"first", t.times[0], t.ids[0]},
      {"just before the second", t.times[1] - milliseconds(1), t.ids[0]},
      {"third, rolled back since", t.times[2], t.ids[2]},
      {"now", now, t.ids[0]},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    ASSERT_OK_AND_ASSIGN(const SnapshotId id, SnapshotAsOf(*metadata, c.time));
    EXPECT_EQ(id, c.expected);
  }
  EXPECT_ERROR(SnapshotAsOf(*metadata, t.times[0] - milliseconds(1)),
               ErrorCode::kNoSuchSnapshot, "no snapshot");
  auto without_log = *metadata;
  without_log.snapshot_log.clear();
  ASSERT_OK_AND_ASSIGN(const SnapshotId id, SnapshotAsOf(without_log, now));
  EXPECT_EQ(id, t.ids[0]);
}

TEST(History, NamesAndAncestors) {
  ThreeSnapshots t;
  ASSERT_OK(CreateRef(t.context(), t.ident(), {.name = "123", .snapshot_id = t.ids[0]}));
  const auto metadata = t.table.Metadata();
  EXPECT_EQ(SnapshotNamed(*metadata, "main").ValueOrDie(), t.ids[2]);
  EXPECT_EQ(SnapshotNamed(*metadata, "123").ValueOrDie(), t.ids[0]);
  EXPECT_EQ(SnapshotNamed(*metadata, std::to_string(t.ids[1].value)).ValueOrDie(),
            t.ids[1]);
  EXPECT_ERROR(SnapshotNamed(*metadata, "nope"), ErrorCode::kNoSuchSnapshot, "123, main");
  EXPECT_ERROR(SnapshotNamed(*metadata, "77"), ErrorCode::kNoSuchSnapshot, "77");
  const auto ancestors = AncestorsOf(*metadata, t.ids[1]);
  ASSERT_EQ(ancestors.size(), 2U);
  EXPECT_EQ(ancestors[0]->id, t.ids[1]);
  EXPECT_EQ(ancestors[1]->id, t.ids[0]);
  EXPECT_TRUE(IsAncestorOf(*metadata, t.ids[0], t.ids[2]));
  EXPECT_TRUE(IsAncestorOf(*metadata, t.ids[2], t.ids[2]));
  EXPECT_FALSE(IsAncestorOf(*metadata, t.ids[2], t.ids[0]));
}

TEST(Refs, Trap30_UnknownOutcomesAreLookedUp) {
  for (const Applied applied : {Applied::kYes, Applied::kNo}) {
    SCOPED_TRACE(applied == Applied::kYes ? "applied" : "not applied");
    ThreeSnapshots t;
    const auto lose = [&] {
      t.table.catalog.FailNextCommit(MakeError(ErrorCode::kCommitStateUnknown, "lost"),
                                     applied);
    };
    lose();
    EXPECT_OK(CreateRef(t.context(), t.ident(), {.name = "dev"}));
    lose();
    EXPECT_OK(RenameBranch(t.context(), t.ident(), "dev", "test"));
    EXPECT_TRUE(t.Ref("test").has_value());
    lose();
    EXPECT_OK(DropRef(t.context(), t.ident(), "test"));
    EXPECT_FALSE(t.Ref("test").has_value());
    lose();
    EXPECT_OK(RollbackToSnapshot(t.context(), t.ident(), t.ids[0]));
    EXPECT_EQ(HeadOf(t.table), t.ids[0]);
  }
}

}  // namespace
}  // namespace tarn::table
