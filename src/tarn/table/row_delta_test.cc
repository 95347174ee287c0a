// Row deltas, partition overwrites and rewrites: what becomes of the head.
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tarn/table/delta_files_test.h"

namespace tarn::table {
namespace {

using iceberg::DataFile;
using iceberg::EntryStatus;
using iceberg::ManifestContent;
using iceberg::ManifestEntry;
using iceberg::ManifestFile;
using iceberg::Snapshot;
using iceberg::Type;

WriteRequest Delta(FakeTable& table) { return table.Request({}, WriteMode::kRowDelta); }

iceberg::Expression IdLess(int64_t id) {
  return Predicate(iceberg::Operation::kLess, "id", Type::Long(), {id});
}
iceberg::Expression DayIs(int32_t day) {
  return Predicate(iceberg::Operation::kEqual, "day", Type::Date(), {day});
}

TEST(RowDelta, RemovesFilesAndKeepsTheOthersAsTheyWere) {
  FakeTable table;
  ASSERT_OK(table.Create());
  const DataFile gone = table.NewFile(int32_t{1}, 10);
  const DataFile kept = table.NewFile(int32_t{1}, 20);
  ASSERT_OK_AND_ASSIGN(const auto first, table.Append({gone, kept}));
  ASSERT_OK(table.Append({table.NewFile(int32_t{2}, 30)}));
  WriteRequest request = Delta(table);
  request.removed_files = {gone};
  request.summary = {{"engine-name", "test"}};
  ASSERT_OK_AND_ASSIGN(const auto loaded, Write(table.context, request));
  const Snapshot& snapshot = *loaded.metadata->current_snapshot();
  EXPECT_EQ(snapshot.operation, "delete");
  EXPECT_EQ(SummaryOf(snapshot, "deleted-data-files"), "1");
  EXPECT_EQ(SummaryOf(snapshot, "deleted-records"), "10");
  EXPECT_EQ(SummaryOf(snapshot, "total-records"), "50");
  EXPECT_EQ(SummaryOf(snapshot, "total-data-files"), "2");
  EXPECT_EQ(SummaryOf(snapshot, "engine-name"), "test");
  EXPECT_EQ(SummaryOf(snapshot, "changed-partition-count"), "1");
  EXPECT_EQ(table.NumRows(), 50);
  for (const ManifestEntry& entry : EntriesOf(table)) {
    if (entry.file.file_path == gone.file_path) {
      EXPECT_EQ(entry.status, EntryStatus::kDeleted);
      EXPECT_EQ(entry.snapshot_id, snapshot.id);
      EXPECT_EQ(entry.sequence_number->value, 1);
      EXPECT_EQ(entry.file_sequence_number->value, 1);
    }
  }
  const ManifestEntry still = Live(table).at(kept.file_path);
  EXPECT_EQ(still.status, EntryStatus::kExisting);
  EXPECT_EQ(still.snapshot_id, first.metadata->current_snapshot_id);
  EXPECT_EQ(still.sequence_number->value, 1);
  EXPECT_EQ(table.NumOrphans(), 0U);

  // The next one forgets what went before.
  request = Delta(table);
  request.removed_files = {kept};
  ASSERT_OK(Write(table.context, request));
  for (const ManifestEntry& entry : EntriesOf(table)) {
    EXPECT_NE(entry.file.file_path, gone.file_path);
  }
  EXPECT_EQ(table.NumRows(), 30);
}

TEST(RowDelta, Trap18_KeptEntriesAreExplicit) {
  FakeTable table;
  ASSERT_OK(table.Create({{"format-version", "3"}}));
  const DataFile first = table.NewFile(int32_t{1}, 10);
  const DataFile second = table.NewFile(int32_t{1}, 20);
  ASSERT_OK(table.Append({first, second}));
  WriteRequest request = Delta(table);
  request.removed_files = {first};
  ASSERT_OK(Write(table.context, request));
  bool found = false;
  for (const ManifestFile& manifest : table.HeadManifests()) {
    const std::string avro = table.memory.ReadAll(manifest.path).ValueOrDie();
    ASSERT_OK_AND_ASSIGN(const iceberg::Manifest raw, iceberg::ReadManifestRaw(avro));
    for (const ManifestEntry& entry : raw.entries) {
      EXPECT_EQ(entry.sequence_number->value, 1);
      EXPECT_EQ(entry.file_sequence_number->value, 1);
      if (entry.status == EntryStatus::kExisting) {
        found = true;
        EXPECT_EQ(entry.file.file_path, second.file_path);
        EXPECT_EQ(entry.file.first_row_id, 10);  // trap 28: its row ids stay
        EXPECT_TRUE(entry.snapshot_id.has_value());
      }
    }
  }
  EXPECT_TRUE(found);
}

TEST(RowDelta, OneFileIsFoundWithoutReadingOtherPartitions) {
  FakeTable table;
  ASSERT_OK(table.Create());
  const std::vector<DataFile> files = AppendEach(table, 20);
  WriteRequest request = Delta(table);
  request.removed_files = {files[7]};
  const std::vector<ManifestFile> before = table.HeadManifests();
  table.io.FailOperation(-1);
  ASSERT_OK(Write(table.context, request));
  // The list and one manifest are read, one of each is written.
  EXPECT_LE(table.io.operations(), 4);
  std::set<std::string> carried;
  for (const ManifestFile& manifest : table.HeadManifests()) {
    carried.insert(manifest.path);
  }
  int num_carried = 0;
  for (const ManifestFile& manifest : before) {
    num_carried += carried.contains(manifest.path) ? 1 : 0;
  }
  EXPECT_EQ(num_carried, 19);
  EXPECT_EQ(table.NumRows(), 190);
}

TEST(RowDelta, AFileThatIsNotLiveIsAConflict) {
  FakeTable table;
  ASSERT_OK(table.Create());
  const DataFile file = table.NewFile(int32_t{1});
  ASSERT_OK(table.Append({file, table.NewFile(int32_t{1})}));
  WriteRequest request = Delta(table);
  request.removed_files = {file};
  table.catalog.BeforeNextCommit([&] { ASSERT_OK(Write(table.context, request)); });
  EXPECT_ERROR(Write(table.context, request), ErrorCode::kCommitConflict,
               "missing required file to delete: " + file.file_path);
  EXPECT_EQ(table.NumRows(), 10);
  EXPECT_EQ(table.NumOrphans(), 0U);
  request.removed_files.clear();
  request.delete_files = {NewPositionDeletes(table, file)};
  EXPECT_ERROR(Write(table.context, request), ErrorCode::kCommitConflict,
               "missing data file: " + file.file_path);
}

TEST(RowDelta, PositionDeletesGoIntoAManifestOfTheirOwn) {
  FakeTable table;
  ASSERT_OK(table.Create());
  const std::vector<DataFile> files = AppendEach(table, 2);
  WriteRequest request = Delta(table);
  request.delete_files = {NewPositionDeletes(table, files[0], 3)};
  ASSERT_OK_AND_ASSIGN(auto loaded, Write(table.context, request));
  const Snapshot* snapshot = loaded.metadata->current_snapshot();
  EXPECT_EQ(snapshot->operation, "delete");
  EXPECT_EQ(SummaryOf(*snapshot, "added-delete-files"), "1");
  EXPECT_EQ(SummaryOf(*snapshot, "added-position-delete-files"), "1");
  EXPECT_EQ(SummaryOf(*snapshot, "added-position-deletes"), "3");
  EXPECT_EQ(SummaryOf(*snapshot, "added-dvs"), "absent");
  EXPECT_EQ(SummaryOf(*snapshot, "added-files-size"), "50");
  EXPECT_EQ(SummaryOf(*snapshot, "total-position-deletes"), "3");
  EXPECT_EQ(SummaryOf(*snapshot, "total-delete-files"), "1");
  EXPECT_EQ(SummaryOf(*snapshot, "total-records"), "20");
  int delete_manifests = 0;
  for (const ManifestFile& manifest : table.HeadManifests()) {
    delete_manifests += manifest.content == ManifestContent::kDeletes ? 1 : 0;
  }
  EXPECT_EQ(delete_manifests, 1);
  ASSERT_OK_AND_ASSIGN(const ScanPlan plan, table.Plan());
  for (const FileScanTask& task : plan.tasks) {
    EXPECT_EQ(task.deletes.size(), task.file.file_path == files[0].file_path ? 1U : 0U);
  }

  // An update: deletes and new rows in one snapshot.
  request = Delta(table);
  request.delete_files = {NewPositionDeletes(table, files[1], 1)};
  request.files = {table.NewFile(int32_t{1}, 1)};
  ASSERT_OK_AND_ASSIGN(loaded, Write(table.context, request));
  EXPECT_EQ(loaded.metadata->current_snapshot()->operation, "overwrite");
  // Only new rows: as an append.
  request = Delta(table);
  request.files = {table.NewFile(int32_t{1}, 1)};
  ASSERT_OK_AND_ASSIGN(loaded, Write(table.context, request));
  EXPECT_EQ(loaded.metadata->current_snapshot()->operation, "append");
  EXPECT_EQ(Live(table).size(), 6U);
}

TEST(RowDelta, Trap19_DeletesMayBeOfTheSameCommitsData) {
  FakeTable table;
  ASSERT_OK(table.Create());
  WriteRequest request = Delta(table);
  request.files = {table.NewFile(int32_t{1})};
  request.delete_files = {NewPositionDeletes(table, request.files[0])};
  ASSERT_OK(Write(table.context, request));
  ASSERT_OK_AND_ASSIGN(const ScanPlan plan, table.Plan());
  ASSERT_EQ(plan.tasks.size(), 1U);
  EXPECT_EQ(plan.tasks[0].deletes.size(), 1U);
}

TEST(RowDelta, Trap26_DeletesGoWithTheirDataFile) {
  for (const char* version : {"2", "3"}) {
    SCOPED_TRACE(version);
    FakeTable table;
    ASSERT_OK(table.Create({{"format-version", version}}));
    const std::vector<DataFile> files = AppendEach(table, 3);
    const bool is_v3 = std::string(version) == "3";
    const auto deletes_of = [&](const DataFile& file, int64_t offset) {
      return is_v3 ? NewVector(table, file, 2, offset, "/warehouse/t/data/shared.puffin")
                   : NewPositionDeletes(table, file, 2);
    };
    WriteRequest request = Delta(table);
    request.delete_files = {deletes_of(files[0], 4), deletes_of(files[1], 30)};
    ASSERT_OK(Write(table.context, request));
    const std::string other = NameOf(request.delete_files[1]);
    request = Delta(table);
    request.removed_files = {files[0]};
    ASSERT_OK_AND_ASSIGN(const auto loaded, Write(table.context, request));
    const Snapshot& snapshot = *loaded.metadata->current_snapshot();
    EXPECT_EQ(SummaryOf(snapshot, "removed-delete-files"), "1");
    EXPECT_EQ(SummaryOf(snapshot, "removed-position-deletes"), "2");
    EXPECT_EQ(SummaryOf(snapshot, "removed-dvs"), is_v3 ? "1" : "absent");
    EXPECT_EQ(SummaryOf(snapshot, "total-position-deletes"), "2");
    EXPECT_EQ(SummaryOf(snapshot, "removed-files-size"), is_v3 ? "120" : "150");
    const LiveFiles live = Live(table);
    EXPECT_EQ(live.size(), 3U);
    EXPECT_TRUE(live.contains(other));
  }
}

TEST(RowDelta, Trap25_AVectorReplacesTheOneBefore) {
  FakeTable table;
  ASSERT_OK(table.Create({{"format-version", "3"}}));
  const std::vector<DataFile> files = AppendEach(table, 2);
  WriteRequest request = Delta(table);
  const std::string puffin = "/warehouse/t/data/dv.puffin";
  const DataFile old_vector = NewVector(table, files[0], 1, 4, puffin);
  request.delete_files = {old_vector, NewVector(table, files[1], 1, 60, puffin)};
  ASSERT_OK(Write(table.context, request));

  // Without saying that it replaces the old one it would be the second of its file.
  request = Delta(table);
  request.delete_files = {NewVector(table, files[0], 2)};
  EXPECT_ERROR(Write(table.context, request), ErrorCode::kCommitConflict,
               "concurrently added deletes for " + files[0].file_path);
  EXPECT_EQ(table.NumOrphans(), 0U);
  request.removed_files = {old_vector};
  ASSERT_OK_AND_ASSIGN(const auto loaded, Write(table.context, request));
  const Snapshot& snapshot = *loaded.metadata->current_snapshot();
  EXPECT_EQ(SummaryOf(snapshot, "added-dvs"), "1");
  EXPECT_EQ(SummaryOf(snapshot, "removed-dvs"), "1");
  EXPECT_EQ(SummaryOf(snapshot, "added-position-delete-files"), "absent");
  EXPECT_EQ(SummaryOf(snapshot, "total-position-deletes"), "3");
  const LiveFiles live = Live(table);
  EXPECT_FALSE(live.contains(NameOf(old_vector)));
  EXPECT_TRUE(live.contains(puffin + "@60"));  // its neighbour in the Puffin file stays
  EXPECT_TRUE(live.contains(NameOf(request.delete_files[0])));
  EXPECT_OK(table.Plan());

  request.delete_files.push_back(NewVector(table, files[0], 2));
  EXPECT_ERROR(Write(table.context, request), ErrorCode::kInvalidArgument,
               "two deletion vectors");
}

TEST(RowDelta, Trap25_AVectorTakesOverPositionDeletesOfBeforeTheUpgrade) {
  FakeTable table;
  ASSERT_OK(table.Create());
  const std::vector<DataFile> files = AppendEach(table, 2);
  WriteRequest request = Delta(table);
  request.delete_files = {NewPositionDeletes(table, files[0]),
                          NewPositionDeletes(table, files[1])};
  const std::string other = request.delete_files[1].file_path;
  ASSERT_OK(Write(table.context, request));
  ASSERT_OK(table.catalog.Commit(
      {{table.ident, {}, {iceberg::update::UpgradeFormatVersion{3}}, nullptr}}));
  request = Delta(table);
  request.checks.base = HeadOf(table);
  request.delete_files = {NewVector(table, files[0], 2)};
  ASSERT_OK(Write(table.context, request));
  const LiveFiles live = Live(table);
  EXPECT_EQ(live.size(), 4U);  // two data files, the vector, the other's deletes
  EXPECT_TRUE(live.contains(other));
}

TEST(RowDelta, Trap26_FormatVersionDecidesWhichDeletesAreTaken) {
  FakeTable table;
  ASSERT_OK(table.Create());
  const std::vector<DataFile> files = AppendEach(table, 1);
  WriteRequest request = Delta(table);
  request.delete_files = {NewVector(table, files[0])};
  EXPECT_ERROR(Write(table.context, request), ErrorCode::kInvalidArgument,
               "format version 3");
  // A delete that was computed for version 2 must not land in version 3.
  request.delete_files = {NewPositionDeletes(table, files[0])};
  table.catalog.BeforeNextCommit([&] {
    ASSERT_OK(table.catalog.Commit(
        {{table.ident, {}, {iceberg::update::UpgradeFormatVersion{3}}, nullptr}}));
    ASSERT_OK(table.Append({table.NewFile(int32_t{5})}));
  });
  EXPECT_ERROR(Write(table.context, request), ErrorCode::kCommitConflict,
               "deletion vectors only");
  EXPECT_EQ(table.NumOrphans(), 0U);
}

TEST(RowDelta, DeleteFilesNeedVersionTwo) {
  FakeTable table;
  ASSERT_OK_AND_ASSIGN(const auto described, table.Describe());
  auto version_one = std::make_shared<iceberg::TableMetadata>(*described);
  version_one->format_version = 1;
  const DataFile file = table.NewFile(int32_t{1});
  WriteRequest create = table.Request({file, table.NewFile(int32_t{1}, 7)});
  create.create = version_one;
  ASSERT_OK(Write(table.context, create));
  WriteRequest request = Delta(table);
  request.delete_files = {NewPositionDeletes(table, file)};
  EXPECT_ERROR(Write(table.context, request), ErrorCode::kNotSupported, "upgrade");
  request = Delta(table);
  request.removed_files = {file};
  ASSERT_OK(Write(table.context, request));
  EXPECT_EQ(table.NumRows(), 7);
}

TEST(RowDelta, Trap9_RemovesRowsByFilterOnlyWhereAllMatch) {
  FakeTable table;
  ASSERT_OK(table.Create());
  const std::vector<DataFile> files = AppendEach(table, 4);  // ids 0–9, 10–19, …
  WriteRequest request = Delta(table);
  request.removed_rows = IdLess(20);
  ASSERT_OK_AND_ASSIGN(auto loaded, Write(table.context, request));
  EXPECT_EQ(table.NumRows(), 20);
  EXPECT_EQ(loaded.metadata->current_snapshot()->operation, "delete");
  request.removed_rows = IdLess(25);
  EXPECT_ERROR(Write(table.context, request), ErrorCode::kInvalidArgument,
               "some, but not all, rows match");
  EXPECT_EQ(table.NumRows(), 20);
  EXPECT_EQ(table.NumOrphans(), 0U);
  // By partition, with new rows instead.
  request.removed_rows = DayIs(3);
  request.files = {table.NewFile(int32_t{3}, 7)};
  ASSERT_OK_AND_ASSIGN(loaded, Write(table.context, request));
  EXPECT_EQ(loaded.metadata->current_snapshot()->operation, "overwrite");
  EXPECT_EQ(table.NumRows(), 17);
  // Nothing to do, nothing done.
  request = Delta(table);
  request.removed_rows = DayIs(99);
  const int64_t commits = table.catalog.num_commits();
  ASSERT_OK(Write(table.context, request));
  EXPECT_EQ(table.catalog.num_commits(), commits);
  EXPECT_EQ(table.NumOrphans(), 0U);
}

TEST(RowDelta, DeletesOfARemovedPartitionGoToo) {
  FakeTable table;
  ASSERT_OK(table.Create());
  ASSERT_OK(AppendEach(table, 3).empty() ? MakeError(ErrorCode::kInternal, "no files")
                                         : Status::OK());
  WriteRequest request = Delta(table);
  request.delete_files = {NewEqualityDeletes(table, int32_t{1}),
                          NewEqualityDeletes(table, int32_t{2})};
  const std::string other = request.delete_files[1].file_path;
  ASSERT_OK_AND_ASSIGN(auto loaded, Write(table.context, request));
  EXPECT_EQ(SummaryOf(*loaded.metadata->current_snapshot(), "added-equality-deletes"),
            "2");
  EXPECT_EQ(
      SummaryOf(*loaded.metadata->current_snapshot(), "added-equality-delete-files"),
      "2");
  request = Delta(table);
  request.removed_rows = DayIs(1);
  ASSERT_OK_AND_ASSIGN(loaded, Write(table.context, request));
  EXPECT_EQ(
      SummaryOf(*loaded.metadata->current_snapshot(), "removed-equality-delete-files"),
      "1");
  EXPECT_EQ(Live(table).size(), 3U);
  EXPECT_TRUE(Live(table).contains(other));
}

TEST(RowDelta, DeletesOlderThanAllDataAreForgotten) {
  FakeTable table;
  ASSERT_OK(table.Create());
  const std::vector<DataFile> files = AppendEach(table, 2);
  WriteRequest request = Delta(table);
  request.delete_files = {NewEqualityDeletes(table, int32_t{0})};
  ASSERT_OK(Write(table.context, request));  // sequence number 3
  ASSERT_OK(table.Append({table.NewFile(int32_t{1}, 5)}));
  request = Delta(table);
  request.removed_files = {files[0]};
  ASSERT_OK(Write(table.context, request));
  EXPECT_EQ(Live(table).size(), 3U);  // files[1] is older than the delete
  request.removed_files = {files[1]};
  ASSERT_OK_AND_ASSIGN(const auto loaded, Write(table.context, request));
  EXPECT_EQ(Live(table).size(), 1U);
  EXPECT_EQ(SummaryOf(*loaded.metadata->current_snapshot(), "total-equality-deletes"),
            "0");
}

TEST(RowDelta, Trap33_MergingKeepsDeleteManifestsApart) {
  FakeTable table;
  ASSERT_OK(table.Create({{"commit.manifest.min-count-to-merge", "3"}}));
  std::vector<DataFile> files;
  for (int i = 0; i < 6; ++i) {
    files.push_back(table.NewFile(int32_t{i}));
    ASSERT_OK(table.Append({files.back()}));
    WriteRequest request = Delta(table);
    request.delete_files = {NewPositionDeletes(table, files.back())};
    ASSERT_OK(Write(table.context, request));
  }
  const std::vector<ManifestFile> manifests = table.HeadManifests();
  EXPECT_LE(manifests.size(), 8U);
  for (const ManifestEntry& entry : EntriesOf(table)) {
    EXPECT_TRUE(entry.is_live());
  }
  const LiveFiles live = Live(table);
  EXPECT_EQ(live.size(), 12U);
  int64_t expected = 1;
  for (const DataFile& file : files) {
    EXPECT_EQ(live.at(file.file_path).sequence_number->value, expected);
    expected += 2;
  }
  ASSERT_OK_AND_ASSIGN(const ScanPlan plan, table.Plan());
  for (const FileScanTask& task : plan.tasks) {
    EXPECT_EQ(task.deletes.size(), 1U);
  }
}

TEST(FastAppend, CarriesEveryManifestAsItIs) {
  FakeTable table;
  ASSERT_OK(table.Create({{"commit.manifest.min-count-to-merge", "2"}}));
  for (int i = 0; i < 5; ++i) {
    ASSERT_OK(Write(table.context,
                    table.Request({table.NewFile(int32_t{i})}, WriteMode::kFastAppend)));
  }
  EXPECT_EQ(table.HeadManifests().size(), 5U);
  EXPECT_EQ(table.Metadata()->current_snapshot()->operation, "append");
  ASSERT_OK(table.Append({table.NewFile(int32_t{9})}));
  EXPECT_EQ(table.HeadManifests().size(), 2U);
  EXPECT_EQ(table.NumRows(), 60);
}

TEST(OverwritePartitions, ReplacesThePartitionsOfItsFiles) {
  FakeTable table;
  ASSERT_OK(table.Create());
  const std::vector<DataFile> files = AppendEach(table, 3);
  WriteRequest request = Delta(table);
  request.delete_files = {NewPositionDeletes(table, files[1]),
                          NewPositionDeletes(table, files[2])};
  ASSERT_OK(Write(table.context, request));
  request = table.Request({table.NewFile(int32_t{1}, 5), table.NewFile(int32_t{8}, 6)},
                          WriteMode::kOverwritePartitions);
  ASSERT_OK_AND_ASSIGN(const auto loaded, Write(table.context, request));
  const Snapshot& snapshot = *loaded.metadata->current_snapshot();
  EXPECT_EQ(snapshot.operation, "overwrite");
  EXPECT_EQ(SummaryOf(snapshot, "replace-partitions"), "true");
  EXPECT_EQ(SummaryOf(snapshot, "deleted-data-files"), "1");
  EXPECT_EQ(SummaryOf(snapshot, "removed-position-deletes"), "1");
  EXPECT_EQ(SummaryOf(snapshot, "total-records"), "31");
  EXPECT_EQ(table.NumRows(), 31);
  EXPECT_EQ(Live(table).size(), 5U);
  EXPECT_FALSE(Live(table).contains(files[1].file_path));
}

TEST(OverwritePartitions, AnUnpartitionedTableIsReplacedAsAWhole) {
  FakeTable table;
  ASSERT_OK(table.Create({}, iceberg::Void{}));
  ASSERT_OK(table.Append({table.NewFile({}, 5), table.NewFile({}, 6)}));
  ASSERT_OK(Write(table.context, table.Request({table.NewFile({}, 2)},
                                               WriteMode::kOverwritePartitions)));
  EXPECT_EQ(table.NumRows(), 2);
}

TEST(Rewrite, Trap33_KeepsTheDataSequenceNumber) {
  FakeTable table;
  ASSERT_OK(table.Create({{"format-version", "3"}}));
  const std::vector<DataFile> files = AppendEach(table, 3);
  WriteRequest request = Delta(table);
  request.delete_files = {NewVector(table, files[0], 2)};
  ASSERT_OK(Write(table.context, request));
  request = table.Request({table.NewFile(int32_t{0}, 18)}, WriteMode::kRewrite);
  request.removed_files = {files[0], files[1]};
  request.data_sequence_number = iceberg::SequenceNumber{1};
  request.checks.base = HeadOf(table);
  ASSERT_OK_AND_ASSIGN(const auto loaded, Write(table.context, request));
  const Snapshot& snapshot = *loaded.metadata->current_snapshot();
  EXPECT_EQ(snapshot.operation, "replace");
  EXPECT_EQ(snapshot.sequence_number.value, 5);
  EXPECT_EQ(SummaryOf(snapshot, "added-records"), "18");
  EXPECT_EQ(SummaryOf(snapshot, "deleted-records"), "20");
  EXPECT_EQ(SummaryOf(snapshot, "removed-dvs"), "1");
  EXPECT_EQ(SummaryOf(snapshot, "total-position-deletes"), "0");
  EXPECT_EQ(SummaryOf(snapshot, "total-records"), "28");
  const LiveFiles live = Live(table);
  ASSERT_EQ(live.size(), 2U);
  const ManifestEntry& added = live.at(request.files[0].file_path);
  EXPECT_EQ(added.status, EntryStatus::kAdded);
  EXPECT_EQ(added.sequence_number->value, 1);
  EXPECT_EQ(added.file_sequence_number->value, 5);
  EXPECT_EQ(added.snapshot_id, snapshot.id);
  EXPECT_EQ(table.HeadManifests().front().min_sequence_number.value, 1);
}

TEST(Rewrite, AddsNoRows) {
  FakeTable table;
  ASSERT_OK(table.Create());
  const std::vector<DataFile> files = AppendEach(table, 1);
  WriteRequest request =
      table.Request({table.NewFile(int32_t{0}, 11)}, WriteMode::kRewrite);
  request.removed_files = files;
  request.checks.base = HeadOf(table);
  EXPECT_ERROR(Write(table.context, request), ErrorCode::kInvalidArgument,
               "11 rows are added for removed rows: 10");
  EXPECT_EQ(table.NumOrphans(), 0U);
}

TEST(Rewrite, ReplacesDeleteFiles) {
  FakeTable table;
  ASSERT_OK(table.Create());
  const std::vector<DataFile> files = AppendEach(table, 1);
  WriteRequest request = Delta(table);
  request.delete_files = {NewPositionDeletes(table, files[0], 1),
                          NewPositionDeletes(table, files[0], 2)};
  ASSERT_OK(Write(table.context, request));
  const std::vector<DataFile> old = request.delete_files;
  request = table.Request({}, WriteMode::kRewrite);
  request.delete_files = {NewPositionDeletes(table, files[0], 3)};
  EXPECT_ERROR(Write(table.context, request), ErrorCode::kInvalidArgument,
               "must remove the files");
  request.removed_files = old;
  request.checks.base = HeadOf(table);
  ASSERT_OK_AND_ASSIGN(const auto loaded, Write(table.context, request));
  const Snapshot& snapshot = *loaded.metadata->current_snapshot();
  EXPECT_EQ(snapshot.operation, "replace");
  EXPECT_EQ(SummaryOf(snapshot, "total-delete-files"), "1");
  EXPECT_EQ(SummaryOf(snapshot, "total-position-deletes"), "3");
  EXPECT_EQ(Live(table).size(), 2U);
}

TEST(WriteRequests, SenselessOnesAreRefused) {
  FakeTable table;
  ASSERT_OK(table.Create());
  const DataFile file = table.NewFile(int32_t{1});
  ASSERT_OK(table.Append({file}));
  struct Case {
    const char* name;
    std::function<void(WriteRequest*)> change;
    const char* message;
  };
  const Case cases[] = {
      {"deletes in an append",
       [&](WriteRequest* r) { r->delete_files = {NewPositionDeletes(table, file)}; },
       "only a row delta or a rewrite"},
      {"filter in an append",
       [&](WriteRequest* r) { r->removed_rows = iceberg::AlwaysTrue(); },
       "only a row delta"},
      {"sequence number in an append",
       [&](WriteRequest* r) { r->data_sequence_number = iceberg::SequenceNumber{1}; },
       "only a rewrite"},
      {"a file twice", [&](WriteRequest* r) { r->files = {file, file}; }, "added twice"},
      {"a delete file as data",
       [&](WriteRequest* r) { r->files = {NewPositionDeletes(table, file)}; },
       "delete file is given as a data file"},
      {"a data file as delete",
       [&](WriteRequest* r) {
         r->mode = WriteMode::kRowDelta;
         r->delete_files = {table.NewFile(int32_t{1})};
       },
       "data file is given as a delete file"},
      {"added and removed",
       [&](WriteRequest* r) {
         r->mode = WriteMode::kRowDelta;
         r->files = {file};
         r->removed_files = {file};
       },
       "added and removed"},
      {"removed and referenced",
       [&](WriteRequest* r) {
         r->mode = WriteMode::kRowDelta;
         r->delete_files = {NewPositionDeletes(table, file)};
         r->removed_files = {file};
       },
       "referenced by new delete file"},
      {"equality deletes of nothing",
       [&](WriteRequest* r) {
         r->mode = WriteMode::kRowDelta;
         r->delete_files = {NewEqualityDeletes(table, int32_t{1})};
         r->delete_files[0].equality_ids.clear();
       },
       "names no columns"},
      {"no branch", [&](WriteRequest* r) { r->branch = ""; }, "needs a name"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    WriteRequest request = table.Request({});
    c.change(&request);
    EXPECT_ERROR(Write(table.context, request), ErrorCode::kInvalidArgument, c.message);
  }
  EXPECT_EQ(table.NumOrphans(), 0U);
}

}  // namespace
}  // namespace tarn::table
