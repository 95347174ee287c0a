#include "tarn/iceberg/append_rebase.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tarn/testing/status_matchers.h"

namespace tarn::iceberg {
namespace {

constexpr SnapshotId kBase{{10}};
constexpr SnapshotId kHead{{20}};
constexpr SnapshotId kNew{{30}};

Snapshot MakeSnapshot(SnapshotId id, std::optional<SnapshotId> parent, int64_t sequence) {
  Snapshot snapshot;
  snapshot.id = id;
  snapshot.parent_id = parent;
  snapshot.sequence_number.value = sequence;
  snapshot.timestamp = std::chrono::milliseconds(1'000 * sequence);
  snapshot.manifest_list = "/t/metadata/snap-" + std::to_string(id.value) + ".avro";
  snapshot.operation = "append";
  return snapshot;
}

/// Base and head on main, both appends.
TableMetadata MakeTable(int32_t version = 2) {
  auto made =
      MakeTableMetadata({.fields = {{.id = 1, .name = "id", .type = Type::Long()}},
                         .location = "/t",
                         .properties = {{"format-version", std::to_string(version)}},
                         .table_uuid = "u"});
  EXPECT_OK(made.status());
  TableMetadata table = **made;
  table.snapshots = {MakeSnapshot(kBase, std::nullopt, version == 1 ? 0 : 1),
                     MakeSnapshot(kHead, kBase, version == 1 ? 0 : 2)};
  table.snapshots[1].summary = {{"total-records", "100"}, {"total-data-files", "2"}};
  table.snapshots[1].timestamp = std::chrono::milliseconds(9'000);
  table.snapshot_log = {{std::chrono::milliseconds(9'500), kHead}};
  table.refs["main"] = {.snapshot_id = kHead};
  table.current_snapshot_id = kHead;
  table.last_sequence_number.value = version == 1 ? 0 : 2;
  if (version == 3) {
    table.next_row_id = 100;
  }
  return table;
}

ManifestFile MakeManifest(const std::string& path, SnapshotId snapshot, int64_t sequence,
                          int32_t added, int32_t existing = 0) {
  ManifestFile manifest;
  manifest.path = path;
  manifest.added_snapshot_id = snapshot;
  manifest.sequence_number.value = sequence;
  manifest.min_sequence_number.value = sequence;
  manifest.added_files_count = added;
  manifest.existing_files_count = existing;
  manifest.deleted_files_count = 0;
  manifest.added_rows_count = 10 * added;
  manifest.existing_rows_count = 10 * existing;
  manifest.deleted_rows_count = 0;
  return manifest;
}

ManifestEntry MakeEntry(EntryStatus status, const std::string& path,
                        std::optional<int64_t> sequence = {}) {
  ManifestEntry entry;
  entry.status = status;
  if (sequence) {
    entry.sequence_number = SequenceNumber{{*sequence}};
    entry.file_sequence_number = entry.sequence_number;
  }
  entry.file.file_path = path;
  entry.file.record_count = 10;
  entry.file.file_size_bytes = 50;
  return entry;
}

std::vector<TableUpdate> Updates(const Snapshot& snapshot) {
  return {update::AddSnapshot{snapshot},
          update::SetSnapshotRef{"main", {.snapshot_id = snapshot.id}}};
}

Snapshot NewSnapshot() { return MakeSnapshot(kNew, kBase, 2); }

struct FindCase {
  std::string name;
  bool is_append;
  std::vector<TableRequirement> requirements = {};
  std::vector<TableUpdate> more = {};
  std::string operation = "append";
  bool has_parent = true;
};

TEST(FindAppend, KnowsWhatMayBeMoved) {
  const auto schema = MakeTable().schema_ptr();
  const SnapshotRef tag{.snapshot_id = kNew, .type = RefType::kTag};
  const require::AssertRefSnapshotId on_base{"main", kBase};
  const FindCase cases[] = {
      {"as clients send it", true, {on_base}},
      {"nothing required", true},
      {"another snapshot required", false, {require::AssertRefSnapshotId{"main", kHead}}},
      {"missing branch required", false, {require::AssertRefSnapshotId{"main", {}}}},
      {"another ref required", true, {require::AssertRefSnapshotId{"side", kHead}}},
      {"creation", false, {require::AssertCreate{}}},
      {"overwrite", false, {on_base}, {}, "overwrite"},
      {"first snapshot",
       true,
       {require::AssertRefSnapshotId{"main", {}}},
       {},
       "append",
       false},
      {"replaced table", false, {}, {}, "append", false},
      {"replaced ref", false, {on_base}, {update::RemoveSnapshotRef{"main"}}},
      {"tagged too", true, {on_base}, {update::SetSnapshotRef{"v1", tag}}},
      {"other ref",
       false,
       {on_base},
       {update::SetSnapshotRef{"v1", {.snapshot_id = kBase, .type = RefType::kTag}}}},
      {"two branches",
       false,
       {on_base},
       {update::SetSnapshotRef{"b", {.snapshot_id = kNew}}}},
      {"two snapshots", false, {on_base}, {update::AddSnapshot{NewSnapshot()}}},
      {"properties", true, {on_base}, {update::SetProperties{{{"a", "b"}}}}},
      {"upgrade", false, {on_base}, {update::UpgradeFormatVersion{3}}},
      {"upgrade by property",
       false,
       {on_base},
       {update::SetProperties{{{"format-version", "3"}}}}},
      {"own rule",
       false,
       {on_base},
       {update::SetProperties{{{kRebaseAppendsProperty, "true"}}}}},
      {"schema", false, {on_base}, {update::AddSchema{schema}}},
      {"guarded schema",
       true,
       {on_base, require::AssertCurrentSchemaId{}, require::AssertLastAssignedFieldId{}},
       {update::AddSchema{schema}, update::SetCurrentSchema{SchemaId{{-1}}}}},
      {"spec", false, {on_base}, {update::SetDefaultSpec{SpecId{{-1}}}}},
      {"guarded spec",
       true,
       {on_base, require::AssertDefaultSpecId{}},
       {update::SetDefaultSpec{SpecId{{-1}}}}},
      {"expiry", false, {on_base}, {update::RemoveSnapshots{{kBase}}}},
      {"statistics", false, {on_base}, {update::RemoveStatistics{kBase}}},
  };
  for (const FindCase& c : cases) {
    SCOPED_TRACE(c.name);
    Snapshot snapshot = NewSnapshot();
    snapshot.operation = c.operation;
    if (!c.has_parent) {
      snapshot.parent_id.reset();
    }
    std::vector<TableUpdate> updates = Updates(snapshot);
    updates.insert(updates.end(), c.more.begin(), c.more.end());
    const auto append = FindAppend(c.requirements, updates);
    EXPECT_EQ(append.has_value(), c.is_append);
    if (append && !c.requirements.empty()) {
      EXPECT_EQ(append->branch, "main");
      EXPECT_LE(LiteralRequirements(c.requirements, *append).size(),
                c.requirements.size());
    }
  }
}

AppendUpdate AppendOf(const Snapshot& snapshot) {
  return *FindAppend({require::AssertRefSnapshotId{"main", snapshot.parent_id}},
                     Updates(snapshot));
}

TEST(CheckMayMove, LooksAtTheWholeRetainedHistory) {
  const AppendUpdate append = AppendOf(NewSnapshot());
  TableMetadata table = MakeTable();
  EXPECT_OK(CheckMayMove(table, append));
  table.snapshots[0].operation = "delete";  // before the base
  EXPECT_ERROR(CheckMayMove(table, append), ErrorCode::kCommitConflict, "\"delete\"");
  table.snapshots[0].operation = "";  // nobody knows
  EXPECT_ERROR(CheckMayMove(table, append), ErrorCode::kCommitConflict, "");
  table = MakeTable();
  table.snapshots[0].operation = "replace";
  EXPECT_OK(CheckMayMove(table, append));
  std::swap(table.snapshots[0], table.snapshots[1]);  // as no writer orders them
  EXPECT_OK(CheckMayMove(table, append));
  table.snapshots[1].parent_id = kHead;  // a circle
  EXPECT_OK(CheckMayMove(table, append));
}

TEST(CheckMayMove, NeedsTheParent) {
  TableMetadata table = MakeTable();
  Snapshot snapshot = NewSnapshot();
  snapshot.parent_id = SnapshotId{{99}};
  EXPECT_ERROR(CheckMayMove(table, AppendOf(snapshot)), ErrorCode::kCommitConflict,
               "expired");
  table.snapshots.push_back(MakeSnapshot(SnapshotId{{99}}, kBase, 2));  // beside main
  EXPECT_ERROR(CheckMayMove(table, AppendOf(snapshot)), ErrorCode::kCommitConflict,
               "not in the retained history");
  table.properties[kRebaseAppendsProperty] = "true";
  EXPECT_OK(CheckMayMove(table, AppendOf(snapshot)));
  table = MakeTable();
  snapshot.parent_id.reset();  // built on an empty branch
  EXPECT_OK(CheckMayMove(table, AppendOf(snapshot)));
  table.snapshots.erase(table.snapshots.begin());  // what was before is not known
  EXPECT_ERROR(CheckMayMove(table, AppendOf(snapshot)), ErrorCode::kCommitConflict,
               "not in the retained history");
  table.refs["main"].snapshot_id = SnapshotId{{77}};
  EXPECT_ERROR(CheckMayMove(table, AppendOf(snapshot)), ErrorCode::kCommitConflict,
               "lacks the head");
}

TEST(CompareLists, SeesWhatCameAndWhatWasMerged) {
  const Snapshot snapshot = NewSnapshot();
  const ManifestFile kept = MakeManifest("kept", kBase, 1, 3);
  const ManifestFile old = MakeManifest("old", kBase, 1, 2, 1);
  const ManifestFile made = MakeManifest("made", kNew, 2, 1, 3);
  ASSERT_OK_AND_ASSIGN(const auto appended,
                       CompareLists(snapshot, {kept, old}, {made, kept}));
  EXPECT_THAT(appended.merged, ::testing::ElementsAre("old"));
  EXPECT_EQ(appended.merged_files, 3);
  ASSERT_EQ(appended.added.size(), 1u);
  EXPECT_EQ(appended.added[0].path, "made");

  ManifestFile deletes = made;
  deletes.content = ManifestContent::kDeletes;
  EXPECT_ERROR(CompareLists(snapshot, {}, {deletes}), ErrorCode::kCommitConflict,
               "holds deletes");
  EXPECT_ERROR(CompareLists(snapshot, {}, {kept}), ErrorCode::kCommitConflict,
               "another snapshot's");
  ManifestFile sealed = made;
  sealed.key_metadata = "key";
  EXPECT_ERROR(CompareLists(snapshot, {}, {sealed}), ErrorCode::kCommitConflict,
               "encrypted");
  deletes.added_snapshot_id = kBase;
  EXPECT_ERROR(CompareLists(snapshot, {deletes}, {}), ErrorCode::kCommitConflict,
               "took away deletes");
  ManifestFile uncounted = old;
  uncounted.existing_files_count.reset();
  EXPECT_ERROR(CompareLists(snapshot, {uncounted}, {made}), ErrorCode::kCommitConflict,
               "not counted");
}

AppendedManifests Appended(const ManifestFile& manifest) {
  AppendedManifests appended;
  appended.added = {manifest};
  return appended;
}

TEST(CountManifest, TakesNewAndCarriedFilesOnly) {
  const Snapshot snapshot = NewSnapshot();
  const ManifestFile made = MakeManifest("made", kNew, 2, 1, 1);
  AppendedManifests appended = Appended(made);
  Manifest manifest;
  manifest.entries = {MakeEntry(EntryStatus::kAdded, "a"),
                      MakeEntry(EntryStatus::kExisting, "b", 1)};
  ASSERT_OK(CountManifest(snapshot, manifest, 0, &appended));
  EXPECT_EQ(appended.data_files, 1);
  EXPECT_EQ(appended.records, 10);
  EXPECT_EQ(appended.bytes, 50);
  EXPECT_EQ(appended.carried_files, 1);
  EXPECT_EQ(appended.added[0].sequence_number, kUnassignedSequence);
  EXPECT_EQ(appended.added[0].min_sequence_number.value, 1);

  const auto refused = [&](const ManifestEntry& entry, const Snapshot& of) {
    AppendedManifests other = Appended(made);
    Manifest with;
    with.entries = {entry};
    return CountManifest(of, with, 0, &other);
  };
  EXPECT_ERROR(refused(MakeEntry(EntryStatus::kDeleted, "a", 1), snapshot),
               ErrorCode::kCommitConflict, "more than data files");
  // A later delete with a lower number than the head's would hit such a file.
  EXPECT_ERROR(refused(MakeEntry(EntryStatus::kAdded, "a", 2), snapshot),
               ErrorCode::kCommitConflict, "numbers a new file itself");
  ManifestEntry foreign = MakeEntry(EntryStatus::kAdded, "a");
  foreign.snapshot_id = kBase;
  EXPECT_ERROR(refused(foreign, snapshot), ErrorCode::kCommitConflict, "itself");
  Snapshot v3 = snapshot;
  v3.first_row_id = 0;
  EXPECT_ERROR(refused(MakeEntry(EntryStatus::kExisting, "a", 1), v3),
               ErrorCode::kCommitConflict, "gives row ids to old rows");
  ManifestEntry deletes = MakeEntry(EntryStatus::kAdded, "a");
  deletes.file.content = FileContent::kEqualityDeletes;
  EXPECT_ERROR(refused(deletes, snapshot), ErrorCode::kCommitConflict, "more than data");
}

TEST(MoveAppend, NumbersAndTotalsAreTheNewHeads) {
  for (const int32_t version : {1, 2, 3}) {
    SCOPED_TRACE(version);
    const TableMetadata table = MakeTable(version);
    Snapshot snapshot = NewSnapshot();
    snapshot.sequence_number.value = version == 1 ? 0 : 2;
    snapshot.summary = {{"added-records", "10"},
                        {"total-records", "60"},
                        {"total-delete-files", "4"},
                        {"manifests-kept", "1"}};
    ManifestFile made = MakeManifest("/t/made", kNew, version == 1 ? 0 : 2, 1);
    if (version == 3) {
      snapshot.first_row_id = 50;
      snapshot.added_rows = 10;
      made.first_row_id = 50;
    }
    AppendedManifests appended = Appended(made);
    Manifest manifest;
    manifest.entries = {MakeEntry(EntryStatus::kAdded, "a")};
    ASSERT_OK(CountManifest(snapshot, manifest, 0, &appended));
    std::vector<ManifestFile> head = {MakeManifest("/t/h1", kHead, 2, 5),
                                      MakeManifest("/t/h2", kBase, 1, 5)};
    for (ManifestFile& of_head : head) {
      of_head.first_row_id = version == 3 ? std::optional<int64_t>(0) : std::nullopt;
    }
    ASSERT_OK_AND_ASSIGN(const MovedAppend moved, MoveAppend(table, &table.snapshots[1],
                                                             head, snapshot, appended));
    EXPECT_EQ(moved.snapshot.id, kNew);
    EXPECT_EQ(moved.snapshot.parent_id, kHead);
    EXPECT_EQ(moved.snapshot.sequence_number.value, version == 1 ? 0 : 3);
    EXPECT_EQ(moved.snapshot.timestamp.count(), 9'500);
    EXPECT_EQ(moved.snapshot.summary.at("total-records"), "110");
    EXPECT_EQ(moved.snapshot.summary.at("total-data-files"), "3");
    EXPECT_EQ(moved.snapshot.summary.at("added-records"), "10");
    EXPECT_EQ(moved.snapshot.summary.at("manifests-kept"), "2");
    EXPECT_FALSE(moved.snapshot.summary.contains("total-delete-files"));
    ASSERT_OK_AND_ASSIGN(const auto list, ReadManifestList(moved.list));
    ASSERT_EQ(list.size(), 3u);
    EXPECT_EQ(list[0].path, "/t/made");
    EXPECT_EQ(list[0].sequence_number.value, version == 1 ? 0 : 3);
    if (version == 3) {
      EXPECT_EQ(moved.snapshot.first_row_id, 100);
      EXPECT_EQ(moved.snapshot.added_rows, 10);
      EXPECT_EQ(list[0].first_row_id, 100);
      EXPECT_EQ(list[1].first_row_id, 0);
    }
    if (version > 1) {
      EXPECT_EQ(list, moved.manifests);
    }
  }
}

TEST(MoveAppend, RefusesWhatDoesNotGoTogether) {
  const TableMetadata table = MakeTable();
  const Snapshot* head = &table.snapshots[1];
  const Snapshot snapshot = NewSnapshot();
  const ManifestFile made = MakeManifest("made", kNew, 2, 1);
  const auto refused = [&](const TableMetadata& of, const Snapshot& what,
                           const AppendedManifests& appended) {
    return MoveAppend(of, head, {MakeManifest("old", kBase, 1, 1)}, what, appended);
  };
  EXPECT_OK(refused(table, snapshot, Appended(made)).status());
  EXPECT_ERROR(refused(table, snapshot, Appended(MakeManifest("old", kNew, 2, 1))),
               ErrorCode::kCommitConflict, "has its manifest already");
  AppendedManifests merged = Appended(made);
  merged.merged = {"gone"};
  EXPECT_ERROR(refused(table, snapshot, merged), ErrorCode::kCommitConflict,
               "replaced manifests that it merged");
  merged = Appended(made);
  merged.merged = {"old"};
  merged.merged_files = 1;
  EXPECT_ERROR(refused(table, snapshot, merged), ErrorCode::kCommitConflict,
               "held 1 files, its own hold 0");
  ManifestFile other_spec = made;
  other_spec.spec_id = SpecId{{7}};
  EXPECT_ERROR(refused(table, snapshot, Appended(other_spec)), ErrorCode::kCommitConflict,
               "no partition spec 7");
  Snapshot old_version = snapshot;
  old_version.sequence_number.value = 0;
  EXPECT_ERROR(refused(table, old_version, Appended(made)), ErrorCode::kCommitConflict,
               "not built for format version 2");
  EXPECT_ERROR(refused(MakeTable(3), snapshot, Appended(made)),
               ErrorCode::kCommitConflict, "not built for format version 3");
  TableMetadata encrypted = table;
  encrypted.properties["encryption.key-id"] = "k";
  EXPECT_ERROR(refused(encrypted, snapshot, Appended(made)), ErrorCode::kCommitConflict,
               "encrypted");
  ManifestFile uncounted = made;
  uncounted.added_rows_count.reset();
  EXPECT_ERROR(refused(table, snapshot, Appended(uncounted)), ErrorCode::kCommitConflict,
               "not known");
}

TEST(IsAppliedAlready, LooksOnTheBranchOnly) {
  TableMetadata table = MakeTable();
  Snapshot snapshot = MakeSnapshot(kBase, std::nullopt, 1);
  EXPECT_TRUE(IsAppliedAlready(table, AppendOf(snapshot)));
  EXPECT_FALSE(IsAppliedAlready(table, AppendOf(NewSnapshot())));
  table.snapshots.push_back(MakeSnapshot(kNew, kHead, 3));  // staged, or rolled back
  EXPECT_FALSE(IsAppliedAlready(table, AppendOf(NewSnapshot())));
  table.snapshots[0].operation = "overwrite";
  EXPECT_FALSE(IsAppliedAlready(table, AppendOf(snapshot)));
}

TEST(MovedListLocation, IsBesideTheWriters) {
  EXPECT_EQ(MovedListLocation(NewSnapshot(), 1, "u"), "/t/metadata/snap-30-1-u.avro");
}

}  // namespace
}  // namespace tarn::iceberg
