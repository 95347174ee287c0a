#include "tarn/table/maintenance/rewrite_manifests.h"

#include "tarn/table/maintenance/maintained_table_test.h"

namespace tarn::table {
namespace {

using iceberg::EntryStatus;
using iceberg::ManifestEntry;
using iceberg::ManifestFile;
using testing::Applied;

/// Manifests of the head with their entries.
struct ReadManifest {
  ManifestFile description;
  std::vector<ManifestEntry> entries;
};
std::vector<ReadManifest> Manifests(MaintainedTable& table) {
  std::vector<ReadManifest> manifests;
  for (const ManifestFile& manifest : table.HeadManifests()) {
    const std::string avro = table.memory.ReadAll(manifest.path).ValueOrDie();
    manifests.push_back(
        {manifest, iceberg::ReadManifest(avro, manifest).ValueOrDie().entries});
  }
  return manifests;
}

/// Live entries by path, as if each were EXISTING.
std::map<std::string, ManifestEntry> LiveEntries(MaintainedTable& table) {
  std::map<std::string, ManifestEntry> live;
  for (ReadManifest& manifest : Manifests(table)) {
    for (ManifestEntry& entry : manifest.entries) {
      if (entry.is_live()) {
        entry.status = EntryStatus::kExisting;
        live[entry.file.file_path] = entry;
      }
    }
  }
  return live;
}

TEST(RewriteManifests, OneManifestOfManyWithTheSameEntries) {
  for (const char* version : {"2", "3"}) {
    SCOPED_TRACE(version);
    MaintainedTable table;
    ASSERT_OK(table.Create({{"format-version", version}}));
    for (int32_t day = 5; day > 0; --day) {
      table.AppendDay(day);
    }
    const auto before = LiveEntries(table);
    const iceberg::Snapshot parent = *table.Metadata()->current_snapshot();
    ASSERT_OK_AND_ASSIGN(const auto result, RewriteManifests(table.context, table.ident));
    EXPECT_EQ(result.rewritten_manifests_count, 5);
    EXPECT_EQ(result.added_manifests_count, 1);
    EXPECT_EQ(result.entries_count, 5);
    const auto manifests = Manifests(table);
    ASSERT_EQ(manifests.size(), 1U);
    EXPECT_EQ(manifests[0].description.existing_files_count, 5);
    EXPECT_EQ(manifests[0].description.min_sequence_number.value, 1);
    int32_t day = 1;
    for (const ManifestEntry& entry : manifests[0].entries) {  // sorted by partition
      EXPECT_EQ(entry.status, EntryStatus::kExisting);
      EXPECT_EQ(entry.file.partition[0], iceberg::Value(day++));
    }
    // Sequence numbers, snapshot ids and (v3, trap 28) row ids are what they were.
    EXPECT_EQ(LiveEntries(table), before);
    const iceberg::Snapshot& snapshot = *table.Metadata()->current_snapshot();
    EXPECT_EQ(snapshot.id, result.snapshot_id);
    EXPECT_EQ(snapshot.parent_id, parent.id);
    EXPECT_EQ(snapshot.operation, "replace");
    EXPECT_EQ(snapshot.summary.at("manifests-created"), "1");
    EXPECT_EQ(snapshot.summary.at("manifests-replaced"), "5");
    EXPECT_EQ(snapshot.summary.at("manifests-kept"), "0");
    EXPECT_EQ(snapshot.summary.at("entries-processed"), "5");
    EXPECT_EQ(snapshot.summary.at("total-records"), parent.summary.at("total-records"));
    EXPECT_EQ(table.NumRows(), 50);
    EXPECT_EQ(table.NumOrphans(), 0U);
  }
}

TEST(RewriteManifests, NothingToDoMakesNoSnapshot) {
  MaintainedTable table;
  ASSERT_OK(table.Create());
  ASSERT_OK_AND_ASSIGN(auto result, RewriteManifests(table.context, table.ident));
  EXPECT_FALSE(result.snapshot_id);
  const auto head = table.AppendDay(1);
  ASSERT_OK_AND_ASSIGN(result, RewriteManifests(table.context, table.ident));
  EXPECT_FALSE(result.snapshot_id);
  EXPECT_EQ(result.rewritten_manifests_count, 0);
  EXPECT_EQ(table.HeadId(), head);
  RewriteManifestsOptions options;
  options.rewrite_all = true;
  ASSERT_OK_AND_ASSIGN(result, RewriteManifests(table.context, table.ident, options));
  EXPECT_TRUE(result.snapshot_id);
  EXPECT_EQ(table.NumRows(), 10);
}

TEST(RewriteManifests, TargetSizeSplitsByPartitionRange) {
  MaintainedTable table;
  ASSERT_OK(table.Create());
  for (int i = 0; i < 8; ++i) {
    std::vector<iceberg::DataFile> files;
    for (int32_t day = 0; day < 40; ++day) {
      files.push_back(table.NewFile(day));
    }
    ASSERT_OK(table.Append(files));
  }
  int64_t bytes = 0;
  for (const ManifestFile& manifest : table.HeadManifests()) {
    bytes += manifest.length_bytes;
  }
  RewriteManifestsOptions options;
  options.target_size_bytes = bytes / 4;
  ASSERT_OK_AND_ASSIGN(auto result,
                       RewriteManifests(table.context, table.ident, options));
  EXPECT_NEAR(static_cast<double>(result.added_manifests_count), 4, 1);
  EXPECT_EQ(result.entries_count, 320);
  EXPECT_EQ(table.NumRows(), 3200);
  ScanRequest request;
  request.metadata = table.Metadata();
  request.filter = iceberg::Predicate(iceberg::Operation::kEqual, "day",
                                      iceberg::Type::Date(), {int32_t{3}});
  ASSERT_OK_AND_ASSIGN(const ScanPlan plan, PlanScan(table.memory, request));
  EXPECT_EQ(plan.tasks.size(), 8U);
  EXPECT_EQ(plan.manifests_skipped, result.added_manifests_count - 1);
  // Clustered now: a second run finds nothing to do.
  options.target_size_bytes = bytes / 3;
  ASSERT_OK_AND_ASSIGN(result, RewriteManifests(table.context, table.ident, options));
  EXPECT_LE(result.rewritten_manifests_count, 5);
}

TEST(RewriteManifests, ManifestsOfRemovedFilesGo) {
  MaintainedTable table;
  ASSERT_OK(table.Create());
  table.AppendDay(1);
  table.OverwriteDay(2);
  ASSERT_EQ(table.HeadManifests().size(), 2U);
  ASSERT_OK(RewriteManifests(table.context, table.ident));
  ASSERT_EQ(table.HeadManifests().size(), 1U);
  EXPECT_EQ(table.HeadManifests()[0].deleted_files_count, 0);
  EXPECT_EQ(table.NumRows(), 10);
}

TEST(RewriteManifests, DryRunWritesNothing) {
  MaintainedTable table;
  ASSERT_OK(table.Create());
  table.AppendDay(1);
  table.AppendDay(2);
  const auto files = table.Files();
  RewriteManifestsOptions options;
  options.dry_run = DryRun::kYes;
  ASSERT_OK_AND_ASSIGN(const auto result,
                       RewriteManifests(table.context, table.ident, options));
  EXPECT_EQ(result.rewritten_manifests_count, 2);
  EXPECT_EQ(result.added_manifests_count, 1);
  EXPECT_EQ(table.Files(), files);
  EXPECT_EQ(table.SnapshotIds().size(), 2U);
}

TEST(RewriteManifests, Trap33_AppendsMeanwhileAreCarried) {
  MaintainedTable table;
  ASSERT_OK(table.Create());
  table.AppendDay(1);
  table.AppendDay(2);
  table.catalog.BeforeNextCommit([&] { table.AppendDay(3); });
  ASSERT_OK_AND_ASSIGN(const auto result, RewriteManifests(table.context, table.ident));
  EXPECT_EQ(result.rewritten_manifests_count, 2);
  EXPECT_EQ(table.HeadManifests().size(), 2U);
  EXPECT_EQ(table.NumRows(), 30);
  EXPECT_EQ(table.NumOrphans(), 0U);
}

TEST(RewriteManifests, Trap32_ManifestsThatGoMeanwhileAreRewrittenAnew) {
  MaintainedTable table;
  ASSERT_OK(table.Create());
  table.AppendDay(1);
  table.AppendDay(2);
  table.catalog.BeforeNextCommit([&] {
    table.OverwriteDay(3);
    table.AppendDay(4);
  });
  ASSERT_OK(RewriteManifests(table.context, table.ident));
  EXPECT_EQ(table.NumRows(), 20);
  EXPECT_EQ(table.HeadManifests().size(), 1U);
  EXPECT_EQ(table.NumOrphans(), 0U);
  table.ExpectNoDanglingReference();
}

TEST(RewriteManifests, Trap30_AnUnknownOutcomeIsLookedUp) {
  for (const Applied applied : {Applied::kYes, Applied::kNo}) {
    SCOPED_TRACE(applied == Applied::kYes);
    MaintainedTable table;
    ASSERT_OK(table.Create());
    table.AppendDay(1);
    table.AppendDay(2);
    table.catalog.FailNextCommit(
        MakeError(ErrorCode::kCommitStateUnknown, "connection lost"), applied);
    ASSERT_OK_AND_ASSIGN(const auto result, RewriteManifests(table.context, table.ident));
    EXPECT_TRUE(result.snapshot_id);
    EXPECT_EQ(table.SnapshotIds().size(), 3U);
    EXPECT_EQ(table.NumRows(), 20);
    EXPECT_EQ(table.NumOrphans(), 0U);
    table.ExpectNoDanglingReference();
  }
}

TEST(RewriteManifests, AFailureLeavesNothingBehind) {
  MaintainedTable table;
  ASSERT_OK(table.Create({{"commit.retry.num-retries", "0"}}));
  table.AppendDay(1);
  table.AppendDay(2);
  const auto files = table.Files();
  table.catalog.FailNextCommit(MakeError(ErrorCode::kForbidden, "no"), Applied::kNo);
  EXPECT_ERROR(RewriteManifests(table.context, table.ident), ErrorCode::kForbidden, "");
  EXPECT_EQ(table.Files(), files);
}

TEST(RewriteManifests, BranchesAndTags) {
  MaintainedTable table;
  ASSERT_OK(table.Create());
  table.AppendDay(1);
  const auto second = table.AppendDay(2);
  ASSERT_OK(table.SetRef("b", {.snapshot_id = second}));
  ASSERT_OK(table.Tag("t", second));
  RewriteManifestsOptions options;
  options.branch = "b";
  ASSERT_OK(RewriteManifests(table.context, table.ident, options));
  EXPECT_EQ(table.HeadId(), second);
  EXPECT_NE(table.Metadata()->refs.at("b").snapshot_id, second);
  options.branch = "t";
  EXPECT_ERROR(RewriteManifests(table.context, table.ident, options),
               ErrorCode::kInvalidArgument, "tag");
  options.branch = "none";
  EXPECT_ERROR(RewriteManifests(table.context, table.ident, options),
               ErrorCode::kNoSuchSnapshot, "none");
}

}  // namespace
}  // namespace tarn::table
