#include "tarn/table/maintenance/expire_snapshots.h"

#include <limits>

#include "tarn/table/maintenance/maintained_table_test.h"

namespace tarn::table {
namespace {

using iceberg::SnapshotId;
using iceberg::SnapshotRef;
using std::chrono::days;
using std::chrono::milliseconds;
using testing::Applied;

/// Expires all that may go, by age.
ExpireSnapshotsOptions Everything() {
  ExpireSnapshotsOptions options;
  options.older_than = milliseconds(std::numeric_limits<int64_t>::max());
  return options;
}

using Ids = std::set<SnapshotId>;

TEST(ExpireSnapshots, FiveDaysAndTheHeadStayByDefault) {
  MaintainedTable table;
  ASSERT_OK(table.Create());
  table.AppendDay(1);
  table.clock.Advance(days(4));
  const SnapshotId second = table.AppendDay(2);
  table.clock.Advance(days(4));
  const SnapshotId third = table.AppendDay(3);
  ASSERT_OK_AND_ASSIGN(const auto result, ExpireSnapshots(table.context, table.ident));
  EXPECT_EQ(result.expired_snapshot_ids.size(), 1U);
  EXPECT_EQ(table.SnapshotIds(), (Ids{second, third}));
  EXPECT_EQ(result.deleted_data_files_count, 0);  // appends only: all rows live on
  EXPECT_EQ(result.deleted_manifest_files_count, 0);
  EXPECT_EQ(result.deleted_manifest_lists_count, 1);
  table.clock.Advance(days(400));
  ASSERT_OK(ExpireSnapshots(table.context, table.ident));
  EXPECT_EQ(table.SnapshotIds(), Ids{third});
  EXPECT_EQ(table.NumRows(), 30);
  table.ExpectNoDanglingReference();
}

TEST(ExpireSnapshots, FilesOfReplacedRowsGo) {
  MaintainedTable table;
  ASSERT_OK(table.Create());
  table.AppendDay(1);
  table.AppendDay(2);
  table.OverwriteDay(3);
  const SnapshotId head = table.AppendDay(4);
  ASSERT_OK_AND_ASSIGN(const auto result,
                       ExpireSnapshots(table.context, table.ident, Everything()));
  EXPECT_EQ(table.SnapshotIds(), Ids{head});
  EXPECT_EQ(result.deleted_data_files_count, 2);
  EXPECT_EQ(result.deleted_manifest_files_count, 2);
  EXPECT_EQ(result.deleted_manifest_lists_count, 3);
  EXPECT_GT(result.deleted_bytes, 200);
  EXPECT_EQ(result.failed_files.size(), 0U);
  EXPECT_EQ(table.Files(), table.Referenced());
  EXPECT_EQ(table.NumRows(), 20);
}

TEST(ExpireSnapshots, RetainLastAndPropertiesOfTheTable) {
  MaintainedTable table;
  ASSERT_OK(table.Create());
  std::vector<SnapshotId> ids;
  for (int32_t day = 1; day <= 5; ++day) {
    ids.push_back(table.AppendDay(day));
    table.clock.Advance(days(1));
  }
  ExpireSnapshotsOptions options = Everything();
  options.retain_last = 4;
  ASSERT_OK(ExpireSnapshots(table.context, table.ident, options));
  EXPECT_EQ(table.SnapshotIds(), (Ids{ids[1], ids[2], ids[3], ids[4]}));
  ASSERT_OK(table.SetProperty("history.expire.max-snapshot-age-ms", "1"));
  ASSERT_OK(table.SetProperty("history.expire.min-snapshots-to-keep", "2"));
  ASSERT_OK(ExpireSnapshots(table.context, table.ident));
  EXPECT_EQ(table.SnapshotIds(), (Ids{ids[3], ids[4]}));
  for (const char* bad : {"0", "-1", "two", "1.5"}) {
    ASSERT_OK(table.SetProperty("history.expire.min-snapshots-to-keep", bad));
    EXPECT_ERROR(ExpireSnapshots(table.context, table.ident), ErrorCode::kInvalidArgument,
                 bad);
  }
  options.retain_last = 0;
  ASSERT_OK(table.SetProperty("history.expire.min-snapshots-to-keep", "1"));
  EXPECT_ERROR(ExpireSnapshots(table.context, table.ident, options),
               ErrorCode::kInvalidArgument, "0");
  EXPECT_EQ(table.SnapshotIds(), (Ids{ids[3], ids[4]}));
}

TEST(ExpireSnapshots, Trap34_HeadsOfBranchesAndTagsAlwaysStay) {
  MaintainedTable table;
  ASSERT_OK(table.Create());
  const SnapshotId tagged = table.AppendDay(1);
  const SnapshotId branched = table.OverwriteDay(2);
  table.OverwriteDay(3);
  const SnapshotId head = table.OverwriteDay(4);
  ASSERT_OK(table.Tag("v1", tagged));
  ASSERT_OK(table.SetRef("audit", {.snapshot_id = branched}));
  ASSERT_OK_AND_ASSIGN(const auto result,
                       ExpireSnapshots(table.context, table.ident, Everything()));
  EXPECT_EQ(table.SnapshotIds(), (Ids{tagged, branched, head}));
  EXPECT_EQ(result.deleted_data_files_count, 1);
  EXPECT_TRUE(result.expired_refs.empty());
  table.ExpectNoDanglingReference();
}

TEST(ExpireSnapshots, Trap34_RetentionOfABranchIsItsOwn) {
  MaintainedTable table;
  ASSERT_OK(table.Create());
  std::vector<SnapshotId> ids;
  for (int32_t day = 0; day < 6; ++day) {
    ids.push_back(table.AppendDay(day));
    table.clock.Advance(days(1));
  }
  ASSERT_OK(
      table.SetRef("by_count", {.snapshot_id = ids[2], .min_snapshots_to_keep = 2}));
  ExpireSnapshotsOptions options = Everything();
  ASSERT_OK(ExpireSnapshots(table.context, table.ident, options));
  EXPECT_EQ(table.SnapshotIds(), (Ids{ids[1], ids[2], ids[5]}));
  // From the head on: ids[2] is young enough, ids[1] is not.
  ASSERT_OK(table.Commit({iceberg::update::RemoveSnapshotRef{"by_count"}}));
  ASSERT_OK(table.SetRef("by_age", {.snapshot_id = ids[2], .max_snapshot_age = days(4)}));
  ASSERT_OK(ExpireSnapshots(table.context, table.ident, options));
  EXPECT_EQ(table.SnapshotIds(), (Ids{ids[2], ids[5]}));
}

TEST(ExpireSnapshots, OldRefsGoAndMainNever) {
  MaintainedTable table;
  ASSERT_OK(table.Create());
  const SnapshotId old = table.AppendDay(1);
  table.clock.Advance(days(10));
  const SnapshotId head = table.OverwriteDay(2);
  const auto age = [](int count) { return milliseconds(days(count)); };
  SnapshotRef tag{.snapshot_id = old, .type = iceberg::RefType::kTag};
  tag.max_ref_age = age(11);
  ASSERT_OK(table.SetRef("young", tag));
  tag.max_ref_age = age(9);
  ASSERT_OK(table.SetRef("old", tag));
  ASSERT_OK(table.SetRef("forever", {.snapshot_id = old}));
  ASSERT_OK_AND_ASSIGN(auto result,
                       ExpireSnapshots(table.context, table.ident, Everything()));
  EXPECT_EQ(result.expired_refs, std::vector<std::string>{"old"});
  EXPECT_EQ(table.SnapshotIds(), (Ids{old, head}));
  ASSERT_OK(
      table.SetProperty("history.expire.max-ref-age-ms", std::to_string(age(1).count())));
  table.clock.Advance(days(2));
  ASSERT_OK_AND_ASSIGN(result, ExpireSnapshots(table.context, table.ident, Everything()));
  EXPECT_EQ(result.expired_refs, (std::vector<std::string>{"forever", "young"}));
  EXPECT_EQ(table.SnapshotIds(), Ids{head});
  EXPECT_TRUE(table.Metadata()->refs.contains("main"));
  EXPECT_EQ(table.Files(), table.Referenced());
}

TEST(ExpireSnapshots, Trap34_AFileThatAnyRemainingSnapshotReachesStays) {
  // The file of day 1 is removed on main in a snapshot that expires; the branch made
  // before still reads it. Cleaning up by what expired snapshots deleted would lose it.
  MaintainedTable table;
  ASSERT_OK(table.Create());
  const SnapshotId first = table.AppendDay(1);
  ASSERT_OK(table.SetRef("b", {.snapshot_id = first}));
  const SnapshotId second = table.OverwriteDay(2);
  table.OverwriteDay(3);
  ASSERT_OK(table.SetRef("main", {.snapshot_id = first}));  // rolled back
  const SnapshotId head = table.AppendDay(4);
  ASSERT_OK(table.Tag("t", second));
  ASSERT_OK(ExpireSnapshots(table.context, table.ident, Everything()));
  EXPECT_EQ(table.SnapshotIds(), (Ids{first, second, head}));
  ASSERT_OK(table.Commit({iceberg::update::RemoveSnapshotRef{"t"}}));
  ASSERT_OK(ExpireSnapshots(table.context, table.ident, Everything()));
  EXPECT_EQ(table.SnapshotIds(), (Ids{first, head}));
  EXPECT_EQ(table.Files(), table.Referenced());
  EXPECT_EQ(table.NumRows(), 20);
}

TEST(ExpireSnapshots, ChosenSnapshotsAlone) {
  MaintainedTable table;
  ASSERT_OK(table.Create());
  const SnapshotId first = table.AppendDay(1);
  const SnapshotId second = table.AppendDay(2);
  const SnapshotId third = table.AppendDay(3);
  table.clock.Advance(days(100));
  ExpireSnapshotsOptions options;
  options.snapshot_ids = {third};
  EXPECT_ERROR(ExpireSnapshots(table.context, table.ident, options),
               ErrorCode::kInvalidArgument, "main");
  ASSERT_OK(table.Tag("kept", first));
  options.snapshot_ids = {first};
  EXPECT_ERROR(ExpireSnapshots(table.context, table.ident, options),
               ErrorCode::kInvalidArgument, "tag kept");
  options.snapshot_ids = {SnapshotId{42}};
  EXPECT_ERROR(ExpireSnapshots(table.context, table.ident, options),
               ErrorCode::kNoSuchSnapshot, "42");
  ASSERT_OK(table.Commit({iceberg::update::RemoveSnapshotRef{"kept"}}));
  options.snapshot_ids = {second};
  ASSERT_OK_AND_ASSIGN(const auto result,
                       ExpireSnapshots(table.context, table.ident, options));
  EXPECT_EQ(result.expired_snapshot_ids, std::vector<SnapshotId>{second});
  EXPECT_EQ(table.SnapshotIds(), (Ids{first, third}));
  EXPECT_EQ(table.NumRows(), 30);
  table.ExpectNoDanglingReference();
}

TEST(ExpireSnapshots, UnreferencedSnapshotsStayWhileTheyAreYoung) {
  MaintainedTable table;
  ASSERT_OK(table.Create());
  const SnapshotId first = table.AppendDay(1);
  const SnapshotId staged = table.AppendDay(2);
  ASSERT_OK(table.SetRef("main", {.snapshot_id = first}));  // rolled back
  ASSERT_OK(ExpireSnapshots(table.context, table.ident));
  EXPECT_EQ(table.SnapshotIds(), (Ids{first, staged}));
  table.clock.Advance(days(6));
  ASSERT_OK(ExpireSnapshots(table.context, table.ident));
  EXPECT_EQ(table.SnapshotIds(), Ids{first});
  EXPECT_EQ(table.Files(), table.Referenced());
}

TEST(ExpireSnapshots, DryRunListsWhatARunDeletes) {
  MaintainedTable table;
  ASSERT_OK(table.Create());
  table.AppendDay(1);
  table.OverwriteDay(2);
  table.OverwriteDay(3);
  const auto files = table.Files();
  const auto ids = table.SnapshotIds();
  ExpireSnapshotsOptions options = Everything();
  options.dry_run = DryRun::kYes;
  ASSERT_OK_AND_ASSIGN(const auto planned,
                       ExpireSnapshots(table.context, table.ident, options));
  EXPECT_EQ(table.Files(), files);
  EXPECT_EQ(table.SnapshotIds(), ids);
  EXPECT_EQ(planned.expired_snapshot_ids.size(), 2U);
  EXPECT_EQ(planned.deleted_data_files_count, 2);
  options.dry_run = DryRun::kNo;
  ASSERT_OK_AND_ASSIGN(const auto done,
                       ExpireSnapshots(table.context, table.ident, options));
  EXPECT_EQ(LocationsOf(done.files), LocationsOf(planned.files));
  EXPECT_EQ(done.deleted_bytes, planned.deleted_bytes);
}

TEST(ExpireSnapshots, CleanupLevels) {
  MaintainedTable table;
  ASSERT_OK(table.Create());
  table.AppendDay(1);
  table.OverwriteDay(2);
  const auto files = table.Files();
  ExpireSnapshotsOptions options = Everything();
  options.cleanup_level = CleanupLevel::kNone;
  ASSERT_OK_AND_ASSIGN(auto result, ExpireSnapshots(table.context, table.ident, options));
  EXPECT_EQ(result.expired_snapshot_ids.size(), 1U);
  EXPECT_EQ(table.Files(), files);
  table.OverwriteDay(3);
  options.cleanup_level = CleanupLevel::kMetadataOnly;
  ASSERT_OK_AND_ASSIGN(result, ExpireSnapshots(table.context, table.ident, options));
  EXPECT_EQ(result.deleted_data_files_count, 0);
  EXPECT_EQ(result.deleted_manifest_lists_count, 1);
  table.ExpectNoDanglingReference();
}

TEST(ExpireSnapshots, Trap44_StatisticsGoWithTheirSnapshot) {
  MaintainedTable table;
  ASSERT_OK(table.Create());
  const SnapshotId first = table.AppendDay(1);
  const SnapshotId head = table.AppendDay(2);
  for (const SnapshotId id : {first, head}) {
    const std::string name = "/warehouse/t/metadata/" + std::to_string(id.value);
    table.memory.Put(name + ".stats", "puffin");
    table.memory.Put(name + ".partitions", "parquet");
    ASSERT_OK(table.Commit(
        {iceberg::update::SetStatistics{
             {.snapshot_id = id, .path = name + ".stats", .file_size_bytes = 6}},
         iceberg::update::SetPartitionStatistics{
             {.snapshot_id = id, .path = name + ".partitions", .file_size_bytes = 7}}}));
  }
  ASSERT_OK_AND_ASSIGN(const auto result,
                       ExpireSnapshots(table.context, table.ident, Everything()));
  EXPECT_EQ(result.deleted_statistics_files_count, 2);
  const std::string gone = "/warehouse/t/metadata/" + std::to_string(first.value);
  const std::string kept = "/warehouse/t/metadata/" + std::to_string(head.value);
  EXPECT_FALSE(table.Exists(gone + ".stats") || table.Exists(gone + ".partitions"));
  EXPECT_TRUE(table.Exists(kept + ".stats") && table.Exists(kept + ".partitions"));
}

TEST(ExpireSnapshots, RefusedWhereFilesBelongToOthers) {
  MaintainedTable table;
  ASSERT_OK(table.Create({{"gc.enabled", "false"}}));
  table.AppendDay(1);
  EXPECT_ERROR(ExpireSnapshots(table.context, table.ident), ErrorCode::kInvalidArgument,
               "gc.enabled");
}

TEST(ExpireSnapshots, ATagSetMeanwhileKeepsItsSnapshot) {
  MaintainedTable table;
  ASSERT_OK(table.Create());
  const SnapshotId first = table.AppendDay(1);
  table.OverwriteDay(2);
  const SnapshotId head = table.OverwriteDay(3);
  table.catalog.BeforeNextCommit([&] { EXPECT_OK(table.Tag("late", first)); });
  ASSERT_OK_AND_ASSIGN(const auto result,
                       ExpireSnapshots(table.context, table.ident, Everything()));
  EXPECT_EQ(table.SnapshotIds(), (Ids{first, head}));
  EXPECT_EQ(result.deleted_data_files_count, 1);
  table.ExpectNoDanglingReference();
}

TEST(ExpireSnapshots, ARollbackMeanwhileIsSeen) {
  MaintainedTable table;
  ASSERT_OK(table.Create());
  const SnapshotId first = table.AppendDay(1);
  table.OverwriteDay(2);
  table.catalog.BeforeNextCommit(
      [&] { EXPECT_OK(table.SetRef("main", {.snapshot_id = first})); });
  ASSERT_OK(ExpireSnapshots(table.context, table.ident, Everything()));
  EXPECT_EQ(table.SnapshotIds(), Ids{first});
  EXPECT_EQ(table.Files(), table.Referenced());
}

TEST(ExpireSnapshots, Trap30_AnUnknownOutcomeIsLookedUp) {
  for (const Applied applied : {Applied::kYes, Applied::kNo}) {
    SCOPED_TRACE(applied == Applied::kYes);
    MaintainedTable table;
    ASSERT_OK(table.Create());
    table.AppendDay(1);
    const SnapshotId head = table.OverwriteDay(2);
    table.catalog.FailNextCommit(
        MakeError(ErrorCode::kCommitStateUnknown, "connection lost"), applied);
    ASSERT_OK_AND_ASSIGN(const auto result,
                         ExpireSnapshots(table.context, table.ident, Everything()));
    EXPECT_EQ(result.expired_snapshot_ids.size(), 1U);
    EXPECT_EQ(result.deleted_data_files_count, 1);
    EXPECT_EQ(table.SnapshotIds(), Ids{head});
    EXPECT_EQ(table.Files(), table.Referenced());
  }
}

TEST(ExpireSnapshots, AnUnreadableManifestEndsItBeforeAnythingIsDone) {
  MaintainedTable table;
  ASSERT_OK(table.Create());
  table.AppendDay(1);
  table.OverwriteDay(2);
  const auto ids = table.SnapshotIds();
  table.memory.Put(table.HeadManifests().front().path, "not Avro");
  const auto files = table.Files();
  EXPECT_ERROR(ExpireSnapshots(table.context, table.ident, Everything()),
               ErrorCode::kInvalidData, "");
  EXPECT_EQ(table.SnapshotIds(), ids);
  EXPECT_EQ(table.Files(), files);
}

TEST(ExpireSnapshots, AnExpiredSnapshotWithoutItsManifestListIsNoObstacle) {
  MaintainedTable table;
  ASSERT_OK(table.Create());
  const SnapshotId first = table.AppendDay(1);
  const SnapshotId head = table.OverwriteDay(2);
  ASSERT_OK(table.memory.Delete(table.Metadata()->FindSnapshot(first)->manifest_list));
  ASSERT_OK(ExpireSnapshots(table.context, table.ident, Everything()));
  EXPECT_EQ(table.SnapshotIds(), Ids{head});
  table.ExpectNoDanglingReference();
}

TEST(ExpireSnapshots, CancelledBeforeTheCommitItDoesNothing) {
  MaintainedTable table;
  ASSERT_OK(table.Create());
  table.AppendDay(1);
  table.OverwriteDay(2);
  const auto files = table.Files();
  ExpireSnapshotsOptions options = Everything();
  options.control.is_cancelled = [] { return true; };
  EXPECT_ERROR(ExpireSnapshots(table.context, table.ident, options),
               ErrorCode::kCancelled, "");
  EXPECT_EQ(table.Files(), files);
  EXPECT_EQ(table.SnapshotIds().size(), 2U);
}

TEST(ExpireSnapshots, UnusedSchemasGoUnlessEqualityDeletesNeedThem) {
  MaintainedTable table;
  ASSERT_OK(table.Create());
  const auto add_schema = [&](const std::string& name, int32_t column) {
    std::vector<iceberg::Field> fields = table.Metadata()->schemas.front()->fields();
    fields.push_back({.id = column, .name = name, .type = iceberg::Type::Int()});
    const auto schema = iceberg::Schema::Make(iceberg::SchemaId{0}, fields).ValueOrDie();
    return table.Commit({iceberg::update::AddSchema{schema},
                         iceberg::update::SetCurrentSchema{iceberg::SchemaId{-1}}});
  };
  table.AppendDay(1);
  ASSERT_OK(add_schema("a", 3));
  ASSERT_OK(add_schema("b", 4));
  table.AppendDay(2);
  ASSERT_EQ(table.Metadata()->schemas.size(), 3U);
  ExpireSnapshotsOptions options = Everything();
  options.clean_expired_metadata = true;
  ASSERT_OK_AND_ASSIGN(const auto result,
                       ExpireSnapshots(table.context, table.ident, options));
  EXPECT_EQ(result.removed_schemas_count, 2);
  ASSERT_EQ(table.Metadata()->schemas.size(), 1U);
  EXPECT_NE(table.Metadata()->schema().FindByName("b"), nullptr);
  EXPECT_EQ(table.NumRows(), 20);
}

}  // namespace
}  // namespace tarn::table
