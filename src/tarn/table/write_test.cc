#include "tarn/table/write.h"

#include <set>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tarn/table/fake_table_test.h"

namespace tarn::table {
namespace {

using iceberg::EntryStatus;
using iceberg::ManifestEntry;
using iceberg::ManifestFile;
using iceberg::Snapshot;
using testing::Applied;

std::string Total(const Snapshot& snapshot, const std::string& key) {
  const auto found = snapshot.summary.find(key);
  return found == snapshot.summary.end() ? "absent" : found->second;
}

std::vector<ManifestEntry> Entries(FakeTable& table, const ManifestFile& manifest) {
  const std::string avro = table.memory.ReadAll(manifest.path).ValueOrDie();
  return iceberg::ReadManifest(avro, manifest).ValueOrDie().entries;
}

TEST(Append, AddsASnapshotWithItsSummary) {
  FakeTable table;
  ASSERT_OK(table.Create());
  WriteRequest request =
      table.Request({table.NewFile(int32_t{1}), table.NewFile(int32_t{2}, 5)});
  request.summary = {{"loaded-by", "test"}, {"total-records", "999"}};
  ASSERT_OK_AND_ASSIGN(const catalog::LoadedTable loaded, Write(table.context, request));
  const Snapshot& snapshot = *loaded.metadata->current_snapshot();
  EXPECT_EQ(snapshot.operation, "append");
  EXPECT_EQ(snapshot.sequence_number.value, 1);
  EXPECT_EQ(snapshot.schema_id, loaded.metadata->current_schema_id);
  EXPECT_EQ(Total(snapshot, "added-data-files"), "2");
  EXPECT_EQ(Total(snapshot, "added-records"), "15");
  EXPECT_EQ(Total(snapshot, "added-files-size"), "200");
  EXPECT_EQ(Total(snapshot, "changed-partition-count"), "2");
  EXPECT_EQ(Total(snapshot, "total-records"), "15");
  EXPECT_EQ(Total(snapshot, "total-delete-files"), "0");
  EXPECT_EQ(Total(snapshot, "loaded-by"), "test");
  EXPECT_EQ(table.NumRows(), 15);
  EXPECT_EQ(table.NumOrphans(), 0U);
}

TEST(Append, EmptyAppendMakesNoSnapshot) {
  FakeTable table;
  ASSERT_OK(table.Create());
  const int64_t commits = table.catalog.num_commits();
  ASSERT_OK_AND_ASSIGN(const catalog::LoadedTable loaded, table.Append({}));
  EXPECT_EQ(loaded.metadata->current_snapshot(), nullptr);
  EXPECT_EQ(table.catalog.num_commits(), commits);
}

TEST(Append, Trap33_CarriesAllManifestsOfTheParent) {
  FakeTable table;
  ASSERT_OK(table.Create());
  ASSERT_OK(table.Append({table.NewFile(int32_t{1})}));
  ASSERT_OK(Write(table.context,
                  table.Request({table.NewFile(int32_t{2})}, WriteMode::kOverwrite)));
  const std::vector<ManifestFile> before = table.HeadManifests();
  ASSERT_OK(table.Append({table.NewFile(int32_t{3})}));
  std::set<std::string> carried;
  for (const ManifestFile& manifest : table.HeadManifests()) {
    carried.insert(manifest.path);
  }
  ASSERT_EQ(before.size(), 2U);  // added, and one that only says what was deleted
  for (const ManifestFile& manifest : before) {
    EXPECT_TRUE(carried.contains(manifest.path));
  }
}

TEST(Append, Trap36_SnapshotIdsArePositiveAndSequenceNumbersCount) {
  FakeTable table;
  ASSERT_OK(table.Create());
  std::set<int64_t> ids;
  for (int64_t i = 1; i <= 20; ++i) {
    ASSERT_OK_AND_ASSIGN(const auto loaded, table.Append({table.NewFile(int32_t{1})}));
    const Snapshot& snapshot = *loaded.metadata->current_snapshot();
    EXPECT_GT(snapshot.id.value, 0);
    EXPECT_TRUE(ids.insert(snapshot.id.value).second);
    EXPECT_EQ(snapshot.sequence_number.value, i);
  }
}

TEST(Append, Trap18_AddedEntriesInheritTheirSequenceNumber) {
  FakeTable table;
  ASSERT_OK(table.Create());
  ASSERT_OK(table.Append({table.NewFile(int32_t{1})}));
  ASSERT_OK(table.Append({table.NewFile(int32_t{1})}));
  const std::vector<ManifestFile> manifests = table.HeadManifests();
  ASSERT_EQ(manifests.size(), 2U);
  EXPECT_EQ(Entries(table, manifests[0]).front().sequence_number->value, 2);
  EXPECT_EQ(Entries(table, manifests[1]).front().sequence_number->value, 1);
  const std::string avro = table.memory.ReadAll(manifests[0].path).ValueOrDie();
  ASSERT_OK_AND_ASSIGN(const iceberg::Manifest raw, iceberg::ReadManifestRaw(avro));
  EXPECT_FALSE(raw.entries.front().sequence_number.has_value());
}

TEST(Append, Trap43_WritesOneManifestForEachSpec) {
  FakeTable table;
  ASSERT_OK(table.Create());
  const auto metadata = table.Metadata();
  iceberg::PartitionSpec by_bucket;
  by_bucket.fields = {
      {.source_ids = {1}, .field_id = 0, .name = "b", .transform = iceberg::Bucket{4}}};
  ASSERT_OK(table.catalog.Commit(
      {{table.ident, {}, {iceberg::update::AddPartitionSpec{by_bucket}}, nullptr}}));
  iceberg::DataFile other = table.NewFile(int32_t{3});
  other.spec_id = iceberg::SpecId{{1}};
  ASSERT_OK(table.Append({table.NewFile(int32_t{1}), other}));
  const std::vector<ManifestFile> manifests = table.HeadManifests();
  ASSERT_EQ(manifests.size(), 2U);
  EXPECT_EQ(manifests[0].spec_id.value, 0);
  EXPECT_EQ(manifests[1].spec_id.value, 1);
  other.spec_id = iceberg::SpecId{{9}};
  EXPECT_ERROR(table.Append({other}), ErrorCode::kInvalidArgument, "no partition spec 9");
}

TEST(Append, Trap46_TotalsAreNotMadeUp) {
  FakeTable table;
  ASSERT_OK(table.Create());
  ASSERT_OK_AND_ASSIGN(auto first, table.Append({table.NewFile(int32_t{1})}));
  // Another writer's snapshot on the same files, without total-records.
  Snapshot silent = *first.metadata->current_snapshot();
  silent.parent_id = silent.id;
  silent.id = iceberg::SnapshotId{{77}};
  silent.sequence_number = iceberg::SequenceNumber{{2}};
  silent.summary = {{"total-data-files", "5000000000"}};
  iceberg::SnapshotRef main;
  main.snapshot_id = silent.id;
  ASSERT_OK(table.catalog.Commit({{table.ident,
                                   {},
                                   {iceberg::update::AddSnapshot{silent},
                                    iceberg::update::SetSnapshotRef{"main", main}},
                                   nullptr}}));
  ASSERT_OK_AND_ASSIGN(auto loaded, table.Append({table.NewFile(int32_t{1})}));
  EXPECT_EQ(Total(*loaded.metadata->current_snapshot(), "total-records"), "absent");
  EXPECT_EQ(Total(*loaded.metadata->current_snapshot(), "total-data-files"),
            "5000000001");
  ASSERT_OK_AND_ASSIGN(loaded,
                       Write(table.context, table.Request({table.NewFile(int32_t{1}, 3)},
                                                          WriteMode::kOverwrite)));
  EXPECT_EQ(Total(*loaded.metadata->current_snapshot(), "total-records"), "3");
}

TEST(Append, Trap32_RetryBuildsOnTheNewHead) {
  FakeTable table;
  ASSERT_OK(table.Create());
  ASSERT_OK(table.Append({table.NewFile(int32_t{1}, 10)}));
  table.catalog.BeforeNextCommit(
      [&] { ASSERT_OK(table.Append({table.NewFile(int32_t{2}, 20)})); });
  ASSERT_OK_AND_ASSIGN(const auto loaded, table.Append({table.NewFile(int32_t{3}, 40)}));
  EXPECT_EQ(table.NumRows(), 70);
  EXPECT_EQ(table.HeadManifests().size(), 3U);
  EXPECT_EQ(loaded.metadata->current_snapshot()->sequence_number.value, 3);
  EXPECT_EQ(Total(*loaded.metadata->current_snapshot(), "total-records"), "70");
  EXPECT_GT(table.clock.slept().count(), 0);
  EXPECT_EQ(table.NumOrphans(), 0U);  // the stale manifest list is gone
}

TEST(Append, GivesUpAfterTheTablesNumberOfRetries) {
  FakeTable table;
  ASSERT_OK(table.Create({{"commit.retry.num-retries", "3"}}));
  const int64_t before = table.catalog.num_commits();
  std::function<void()> again = [&] {
    table.catalog.FailNextCommit(MakeError(ErrorCode::kCommitConflict, "busy"),
                                 Applied::kNo);
    table.catalog.BeforeNextCommit(again);
  };
  table.catalog.BeforeNextCommit(again);
  EXPECT_ERROR(table.Append({table.NewFile(int32_t{1})}), ErrorCode::kCommitConflict,
               "busy");
  EXPECT_EQ(table.catalog.num_commits() - before, 4);
  EXPECT_EQ(table.NumOrphans(), 0U);
}

TEST(Append, Trap30_UnknownOutcomeIsLookedUp) {
  for (const Applied applied : {Applied::kYes, Applied::kNo}) {
    SCOPED_TRACE(applied == Applied::kYes ? "applied" : "not applied");
    FakeTable table;
    ASSERT_OK(table.Create());
    ASSERT_OK(table.Append({table.NewFile(int32_t{1}, 10)}));
    table.catalog.FailNextCommit(MakeError(ErrorCode::kCommitStateUnknown, "lost"),
                                 applied);
    ASSERT_OK_AND_ASSIGN(const auto loaded, table.Append({table.NewFile(int32_t{2}, 5)}));
    EXPECT_EQ(table.NumRows(), 15);
    EXPECT_EQ(loaded.metadata->snapshots.size(), 2U);
    EXPECT_EQ(table.NumOrphans(), 0U);
  }
}

TEST(Append, Trap30_UnknownOutcomeThatCannotBeLookedUpDeletesNothing) {
  FakeTable table;
  ASSERT_OK(table.Create({{"commit.retry.num-retries", "0"}}));
  table.catalog.FailNextCommit(MakeError(ErrorCode::kCommitStateUnknown, "lost"),
                               Applied::kYes);
  table.catalog.BeforeNextCommit(
      [&] { table.catalog.FailNextLoad(MakeError(ErrorCode::kForbidden, "go away")); });
  EXPECT_ERROR(table.Append({table.NewFile(int32_t{1}, 10)}),
               ErrorCode::kCommitStateUnknown, "lost");
  EXPECT_EQ(table.NumRows(), 10);  // it was applied, and its files are there
}

TEST(Append, Trap30_AConflictMayBeOurOwnCommitSentTwice) {
  FakeTable table;
  ASSERT_OK(table.Create({{"commit.retry.num-retries", "0"}}));
  table.catalog.FailNextCommit(MakeError(ErrorCode::kCommitConflict, "stale"),
                               Applied::kYes);
  ASSERT_OK(table.Append({table.NewFile(int32_t{1}, 10)}));
  EXPECT_EQ(table.NumRows(), 10);
}

TEST(Append, DefiniteFailureDeletesTheManifests) {
  FakeTable table;
  ASSERT_OK(table.Create());
  table.catalog.FailNextCommit(MakeError(ErrorCode::kForbidden, "no"), Applied::kNo);
  EXPECT_ERROR(table.Append({table.NewFile(int32_t{1})}), ErrorCode::kForbidden, "no");
  EXPECT_EQ(table.NumOrphans(), 0U);
}

TEST(Append, Trap31_FirstSnapshotAssertsAnEmptyMain) {
  FakeTable table;
  ASSERT_OK(table.Create());
  // Two first snapshots: the slower one becomes the second.
  table.catalog.BeforeNextCommit(
      [&] { ASSERT_OK(table.Append({table.NewFile(int32_t{1}, 1)})); });
  ASSERT_OK_AND_ASSIGN(const auto loaded, table.Append({table.NewFile(int32_t{1}, 2)}));
  EXPECT_EQ(table.NumRows(), 3);
  ASSERT_TRUE(loaded.metadata->current_snapshot()->parent_id.has_value());
}

TEST(Append, Trap31_ATableMadeAnewIsAnotherTable) {
  FakeTable table;
  ASSERT_OK(table.Create());
  ASSERT_OK(table.Append({table.NewFile(int32_t{1})}));
  table.catalog.BeforeNextCommit([&] {
    ASSERT_OK(table.catalog.DropTable(table.ident));
    ASSERT_OK(table.Create());
  });
  EXPECT_ERROR(table.Append({table.NewFile(int32_t{1})}), ErrorCode::kCommitConflict,
               "made anew");
  EXPECT_EQ(table.NumRows(), 0);
}

TEST(Append, SchemaMustStayTheOneThatWasWritten) {
  FakeTable table;
  ASSERT_OK(table.Create());
  WriteRequest request = table.Request({table.NewFile(int32_t{1})});
  request.schema_id = table.Metadata()->current_schema_id;
  table.catalog.BeforeNextCommit([&] {
    auto fields = table.Metadata()->schema().fields();
    fields.push_back({.id = 3, .name = "more", .type = iceberg::Type::Int()});
    auto schema = iceberg::Schema::Make(iceberg::SchemaId{{1}}, fields).ValueOrDie();
    ASSERT_OK(table.catalog.Commit(
        {{table.ident,
          {},
          {iceberg::update::AddSchema{schema},
           iceberg::update::SetCurrentSchema{iceberg::SchemaId{{-1}}}},
          nullptr}}));
  });
  EXPECT_ERROR(Write(table.context, request), ErrorCode::kCommitConflict, "schema");
  EXPECT_EQ(table.NumOrphans(), 0U);
}

TEST(Append, AnotherBranchMayUseUpTheSequenceNumber) {
  FakeTable table;
  ASSERT_OK(table.Create());
  ASSERT_OK_AND_ASSIGN(const auto first, table.Append({table.NewFile(int32_t{1})}));
  table.catalog.BeforeNextCommit([&] {
    Snapshot branched = *first.metadata->current_snapshot();
    branched.parent_id = branched.id;
    branched.id = iceberg::SnapshotId{{99}};
    branched.sequence_number = iceberg::SequenceNumber{{2}};
    iceberg::SnapshotRef ref;
    ref.snapshot_id = branched.id;
    ASSERT_OK(table.catalog.Commit({{table.ident,
                                     {},
                                     {iceberg::update::AddSnapshot{branched},
                                      iceberg::update::SetSnapshotRef{"audit", ref}},
                                     nullptr}}));
  });
  ASSERT_OK_AND_ASSIGN(const auto loaded, table.Append({table.NewFile(int32_t{2})}));
  EXPECT_EQ(loaded.metadata->current_snapshot()->sequence_number.value, 3);
  EXPECT_EQ(loaded.metadata->current_snapshot()->parent_id,
            first.metadata->current_snapshot()->id);
}

TEST(Overwrite, DeletesTheOldFilesAndKeepsOldSnapshotsReadable) {
  FakeTable table;
  ASSERT_OK(table.Create());
  ASSERT_OK(table.Append({table.NewFile(int32_t{1}, 10), table.NewFile(int32_t{2}, 20)}));
  ASSERT_OK_AND_ASSIGN(const auto before, table.Append({table.NewFile(int32_t{3}, 30)}));
  ASSERT_OK_AND_ASSIGN(const auto loaded,
                       Write(table.context, table.Request({table.NewFile(int32_t{9}, 4)},
                                                          WriteMode::kOverwrite)));
  const Snapshot& snapshot = *loaded.metadata->current_snapshot();
  EXPECT_EQ(snapshot.operation, "overwrite");
  EXPECT_EQ(Total(snapshot, "deleted-data-files"), "3");
  EXPECT_EQ(Total(snapshot, "deleted-records"), "60");
  EXPECT_EQ(Total(snapshot, "removed-files-size"), "300");
  EXPECT_EQ(Total(snapshot, "total-data-files"), "1");
  EXPECT_EQ(Total(snapshot, "changed-partition-count"), "4");
  EXPECT_EQ(table.NumRows(), 4);
  size_t deleted = 0;
  for (const ManifestFile& manifest : table.HeadManifests()) {
    for (const ManifestEntry& entry : Entries(table, manifest)) {
      if (entry.status != EntryStatus::kDeleted) {
        continue;
      }
      ++deleted;
      EXPECT_EQ(entry.snapshot_id, snapshot.id);
      EXPECT_LT(entry.sequence_number->value, snapshot.sequence_number.value);
    }
  }
  EXPECT_EQ(deleted, 3U);
  ScanRequest old{.metadata = loaded.metadata,
                  .snapshot_id = before.metadata->current_snapshot_id};
  ASSERT_OK_AND_ASSIGN(const ScanPlan plan, PlanScan(table.memory, old));
  EXPECT_EQ(plan.tasks.size(), 3U);
}

TEST(Overwrite, ReplaceChangesTheSchemaAndKeepsTheTable) {
  FakeTable table;
  ASSERT_OK(table.Create());
  ASSERT_OK(table.Append({table.NewFile(int32_t{1}, 10)}));
  const auto base = table.Metadata();
  auto schema =
      iceberg::Schema::Make(iceberg::SchemaId{{1}},
                            {{.id = 1, .name = "id", .type = iceberg::Type::Long()},
                             {.id = 3, .name = "name", .type = iceberg::Type::String()}})
          .ValueOrDie();
  ASSERT_OK_AND_ASSIGN(
      const auto wanted,
      iceberg::ApplyUpdates(
          *base, "",
          {iceberg::update::AddSchema{schema}, iceberg::update::SetCurrentSchema{{{-1}}},
           iceberg::update::AddPartitionSpec{iceberg::PartitionSpec{}},
           iceberg::update::SetDefaultSpec{{{-1}}}},
          base->last_updated));
  iceberg::DataFile file = table.NewFile({}, 5);
  file.partition = {};
  file.spec_id = wanted->default_spec_id;
  WriteRequest request = table.Request({file}, WriteMode::kOverwrite);
  request.replace = wanted;
  ASSERT_OK_AND_ASSIGN(const auto loaded, Write(table.context, request));
  EXPECT_EQ(loaded.metadata->table_uuid, base->table_uuid);
  EXPECT_NE(loaded.metadata->schema().FindByName("name"), nullptr);
  EXPECT_EQ(loaded.metadata->spec().fields.size(), 0U);
  EXPECT_EQ(loaded.metadata->current_snapshot()->schema_id,
            loaded.metadata->current_schema_id);
  EXPECT_EQ(table.NumRows(), 5);
  ScanRequest old{.metadata = loaded.metadata, .snapshot_id = base->current_snapshot_id};
  ASSERT_OK_AND_ASSIGN(const ScanPlan plan, PlanScan(table.memory, old));
  EXPECT_NE(plan.schema->FindByName("day"), nullptr);
  EXPECT_EQ(plan.tasks.size(), 1U);

  // Column 1 is "id" already.
  ASSERT_OK_AND_ASSIGN(const auto clash, table.Describe());
  WriteRequest bad = table.Request({}, WriteMode::kOverwrite);
  auto renamed = std::make_shared<iceberg::TableMetadata>(*clash);
  renamed->schemas = {
      iceberg::Schema::Make(iceberg::SchemaId{},
                            {{.id = 1, .name = "other", .type = iceberg::Type::Long()},
                             {.id = 2, .name = "day", .type = iceberg::Type::Date()}})
          .ValueOrDie()};
  bad.replace = renamed;
  EXPECT_ERROR(Write(table.context, bad), ErrorCode::kInvalidArgument, "column id 1");
}

TEST(Create, MakesTableAndSnapshotInOneCommit) {
  FakeTable table;
  ASSERT_OK_AND_ASSIGN(const auto metadata, table.Describe());
  WriteRequest request = table.Request({table.NewFile(int32_t{1}, 7)});
  request.create = metadata;
  ASSERT_OK_AND_ASSIGN(const auto loaded, Write(table.context, request));
  EXPECT_EQ(table.catalog.num_commits(), 1);
  EXPECT_EQ(loaded.metadata->current_snapshot()->operation, "append");
  EXPECT_EQ(table.NumRows(), 7);
  EXPECT_ERROR(Write(table.context, request), ErrorCode::kAlreadyExists, "");
}

TEST(Create, Trap30_UnknownOutcomeIsLookedUp) {
  for (const Applied applied : {Applied::kYes, Applied::kNo}) {
    FakeTable table;
    ASSERT_OK_AND_ASSIGN(const auto metadata, table.Describe());
    WriteRequest request = table.Request({table.NewFile(int32_t{1}, 7)});
    request.create = metadata;
    table.catalog.FailNextCommit(MakeError(ErrorCode::kCommitStateUnknown, "lost"),
                                 applied);
    ASSERT_OK(Write(table.context, request));
    EXPECT_EQ(table.NumRows(), 7);
    EXPECT_EQ(table.NumOrphans(), 0U);
  }
}

TEST(Create, AnotherWritersTableIsLeftAlone) {
  FakeTable table;
  ASSERT_OK_AND_ASSIGN(const auto metadata, table.Describe());
  WriteRequest request = table.Request({table.NewFile(int32_t{1}, 7)});
  request.create = metadata;
  table.catalog.BeforeNextCommit([&] { ASSERT_OK(table.Create()); });
  EXPECT_ERROR(Write(table.context, request), ErrorCode::kAlreadyExists, "");
  EXPECT_EQ(table.NumRows(), 0);
  EXPECT_EQ(table.NumOrphans(), 0U);
}

TEST(WriteAll, CommitsAllTablesOrNone) {
  FakeTable table;
  ASSERT_OK(table.Create());
  WriteRequest first = table.Request({table.NewFile(int32_t{1}, 1)});
  WriteRequest second = table.Request({table.NewFile(int32_t{1}, 2)});
  second.ident.name = "u";
  EXPECT_ERROR(WriteAll(table.context, {first, second}), ErrorCode::kNoSuchTable, "u");
  EXPECT_EQ(table.NumRows(), 0);
  EXPECT_EQ(table.NumOrphans(), 0U);
  ASSERT_OK_AND_ASSIGN(const auto metadata, table.Describe());
  second.create = metadata;
  table.catalog.FailNextCommit(MakeError(ErrorCode::kCommitStateUnknown, "lost"),
                               Applied::kYes);
  ASSERT_OK_AND_ASSIGN(const auto loaded, WriteAll(table.context, {first, second}));
  ASSERT_EQ(loaded.size(), 2U);
  EXPECT_EQ(loaded[1].ident.name, "u");
  EXPECT_EQ(loaded[1].metadata->snapshots.size(), 1U);
  EXPECT_EQ(table.NumRows(), 1);
  EXPECT_ERROR(WriteAll(table.context, {first, first}), ErrorCode::kInvalidArgument,
               "twice");
}

TEST(Append, MergesSmallManifestsWithTheirSequenceNumbers) {
  FakeTable table;
  ASSERT_OK(table.Create({{"commit.manifest.min-count-to-merge", "4"}}));
  for (int i = 0; i < 5; ++i) {
    ASSERT_OK(table.Append({table.NewFile(int32_t{i})}));
  }
  const std::vector<ManifestFile> manifests = table.HeadManifests();
  ASSERT_EQ(manifests.size(), 2U);
  EXPECT_EQ(manifests[1].min_sequence_number.value, 1);
  EXPECT_EQ(manifests[1].sequence_number.value, 5);
  std::vector<int64_t> sequence_numbers;
  std::set<int64_t> snapshots;
  for (const ManifestEntry& entry : Entries(table, manifests[1])) {
    EXPECT_EQ(entry.status, EntryStatus::kExisting);
    sequence_numbers.push_back(entry.sequence_number->value);
    snapshots.insert(entry.snapshot_id->value);
  }
  EXPECT_THAT(sequence_numbers, ::testing::UnorderedElementsAre(1, 2, 3, 4));
  EXPECT_EQ(snapshots.size(), 4U);
  EXPECT_EQ(table.NumRows(), 50);
}

TEST(Append, Trap27_RowIdsAreGivenByTheManifestList) {
  FakeTable table;
  ASSERT_OK(table.Create({{"format-version", "3"}}));
  ASSERT_OK(table.Append({table.NewFile(int32_t{1}, 10)}));
  table.catalog.BeforeNextCommit(
      [&] { ASSERT_OK(table.Append({table.NewFile(int32_t{2}, 20)})); });
  ASSERT_OK_AND_ASSIGN(const auto loaded, table.Append({table.NewFile(int32_t{3}, 40)}));
  const Snapshot& snapshot = *loaded.metadata->current_snapshot();
  EXPECT_EQ(snapshot.first_row_id, 30);  // of the new base, not of the attempt that lost
  EXPECT_EQ(snapshot.added_rows, 40);
  EXPECT_EQ(loaded.metadata->next_row_id, 70);
  EXPECT_EQ(table.HeadManifests().front().first_row_id, 30);
}

TEST(Append, Trap28_FirstCommitAfterAnUpgradeGivesRowIdsToAllManifests) {
  FakeTable table;
  ASSERT_OK(table.Create({{"commit.manifest.min-count-to-merge", "1"}}));
  ASSERT_OK(table.Append({table.NewFile(int32_t{1}, 10)}));
  ASSERT_OK(table.catalog.Commit(
      {{table.ident, {}, {iceberg::update::UpgradeFormatVersion{3}}, nullptr}}));
  ASSERT_OK_AND_ASSIGN(const auto loaded, table.Append({table.NewFile(int32_t{2}, 20)}));
  for (const ManifestFile& manifest : table.HeadManifests()) {
    EXPECT_TRUE(manifest.first_row_id.has_value());
  }
  EXPECT_EQ(loaded.metadata->next_row_id, 30);
  // Now that they have ids, merging keeps them in the entries.
  ASSERT_OK(table.Append({table.NewFile(int32_t{3}, 40)}));
  std::set<int64_t> row_ids;
  for (const ManifestFile& manifest : table.HeadManifests()) {
    for (const ManifestEntry& entry : Entries(table, manifest)) {
      row_ids.insert(entry.file.first_row_id.value_or(-1));
    }
  }
  EXPECT_EQ(table.HeadManifests().size(), 2U);
  EXPECT_THAT(row_ids, ::testing::ElementsAre(0, 20, 30));
  EXPECT_EQ(table.NumRows(), 70);
}

TEST(Append, TablesOfVersionOneAreWrittenAndUpgraded) {
  FakeTable table;
  ASSERT_OK_AND_ASSIGN(const auto described, table.Describe());
  auto version_one = std::make_shared<iceberg::TableMetadata>(*described);
  version_one->format_version = 1;
  WriteRequest create = table.Request({});
  create.create = version_one;
  ASSERT_OK(Write(table.context, create));
  ASSERT_OK(table.Append({table.NewFile(int32_t{1}, 10)}));
  ASSERT_OK_AND_ASSIGN(auto loaded, table.Append({table.NewFile(int32_t{2}, 20)}));
  EXPECT_EQ(table.NumRows(), 30);
  EXPECT_EQ(loaded.metadata->last_sequence_number.value, 0);
  EXPECT_EQ(loaded.metadata->current_snapshot()->sequence_number.value, 0);
  for (const ManifestFile& manifest : table.HeadManifests()) {
    const std::string avro = table.memory.ReadAll(manifest.path).ValueOrDie();
    ASSERT_OK_AND_ASSIGN(const iceberg::Manifest raw, iceberg::ReadManifestRaw(avro));
    EXPECT_EQ(raw.header.format_version, 1);
    EXPECT_FALSE(raw.entries.front().sequence_number.has_value());
  }
  ASSERT_OK_AND_ASSIGN(
      loaded, Write(table.context, table.Request({table.NewFile(int32_t{1}, 3)},
                                                 WriteMode::kOverwritePartitions)));
  EXPECT_EQ(table.NumRows(), 23);

  ASSERT_OK(table.catalog.Commit(
      {{table.ident, {}, {iceberg::update::UpgradeFormatVersion{2}}, nullptr}}));
  ASSERT_OK_AND_ASSIGN(loaded, table.Append({table.NewFile(int32_t{3}, 40)}));
  EXPECT_EQ(loaded.metadata->current_snapshot()->sequence_number.value, 1);
  EXPECT_EQ(table.NumRows(), 63);
}

TEST(Append, EightThreadsAllSucceed) {
  FakeTable table;
  ASSERT_OK(table.Create({{"commit.retry.num-retries", "1000"}}));
  std::vector<std::vector<iceberg::DataFile>> files(8);
  for (auto& of_thread : files) {
    for (int i = 0; i < 5; ++i) {
      of_thread.push_back(table.NewFile(int32_t{1}, 10));
    }
  }
  std::vector<std::thread> threads;
  for (auto& of_thread : files) {
    threads.emplace_back([&] {
      for (iceberg::DataFile& file : of_thread) {
        EXPECT_OK(table.Append({file}));
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(table.NumRows(), 400);
  EXPECT_EQ(table.Metadata()->snapshots.size(), 40U);
  EXPECT_EQ(Total(*table.Metadata()->current_snapshot(), "total-records"), "400");
  EXPECT_EQ(table.NumOrphans(), 0U);
}

}  // namespace
}  // namespace tarn::table
