#include "tarn/iceberg/table_update.h"

#include <fstream>
#include <iterator>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tarn/base/error.h"

namespace tarn::iceberg {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

constexpr milliseconds kNow(1900000000000);
constexpr char kPrevious[] = "s3://bucket/test/location/metadata/00001-b.metadata.json";
constexpr SnapshotId kFirst{3051729675574597004};
constexpr SnapshotId kSecond{3055729675574597004};

std::shared_ptr<const TableMetadata> Load(const std::string& name) {
  std::ifstream file("src/tarn/iceberg/testdata/metadata/" + name, std::ios::binary);
  auto table =
      TableMetadataFromJson(std::string(std::istreambuf_iterator<char>(file), {}));
  EXPECT_TRUE(table.ok()) << table.status();
  return *table;
}

Result<std::shared_ptr<const TableMetadata>> Apply(
    const TableMetadata& base, const std::vector<TableUpdate>& updates) {
  return ApplyUpdates(base, kPrevious, updates, kNow);
}

/// Applies updates that must be fine.
std::shared_ptr<const TableMetadata> Must(const TableMetadata& base,
                                          const std::vector<TableUpdate>& updates) {
  auto table = Apply(base, updates);
  EXPECT_TRUE(table.ok()) << table.status();
  return table.ok() ? *table : std::make_shared<const TableMetadata>(base);
}

Snapshot NewSnapshot(int64_t id, int64_t sequence_number) {
  return {.id = SnapshotId{id},
          .parent_id = kSecond,
          .sequence_number = SequenceNumber{sequence_number},
          .timestamp = milliseconds(1800000000000),
          .manifest_list = "s3://bucket/snap-" + std::to_string(id) + ".avro",
          .operation = "append"};
}

SnapshotRef Branch(SnapshotId id) { return {.snapshot_id = id}; }
SnapshotRef Tag(SnapshotId id) { return {.snapshot_id = id, .type = RefType::kTag}; }

std::shared_ptr<const Schema> SchemaOf(std::vector<Field> fields, int32_t id = 0) {
  auto schema = Schema::Make(SchemaId{id}, std::move(fields));
  EXPECT_TRUE(schema.ok()) << schema.status();
  return *schema;
}

std::vector<Field> FieldsAnd(const TableMetadata& table, Field field) {
  std::vector<Field> fields = table.schema().fields();
  fields.push_back(std::move(field));
  return fields;
}

TEST(ApplyUpdates, AppendMovesMainAndTheLogs) {
  const auto base = Load("table_v2.json");
  const auto table = Must(*base, {update::AddSnapshot{NewSnapshot(77, 35)},
                                  update::SetSnapshotRef{"main", Branch({77})}});
  EXPECT_EQ(table->current_snapshot_id->value, 77);
  EXPECT_EQ(table->last_sequence_number.value, 35);
  EXPECT_EQ(table->snapshots.size(), 3u);
  EXPECT_EQ(table->last_updated, kNow);
  EXPECT_EQ(table->table_uuid, base->table_uuid);
}

TEST(ApplyUpdates, Trap38_SnapshotLogHasOneEntryForEachChangeOfMain) {
  const auto base = Load("table_v2.json");
  const auto table = Must(*base, {update::AddSnapshot{NewSnapshot(77, 35)},
                                  update::SetSnapshotRef{"main", Branch({77})},
                                  update::AddSnapshot{NewSnapshot(78, 36)},
                                  update::SetSnapshotRef{"main", Branch({78})}});
  ASSERT_EQ(table->snapshot_log.size(), 3u);  // 77 was never seen as current
  EXPECT_EQ(table->snapshot_log.back().snapshot_id.value, 78);
  EXPECT_EQ(table->snapshot_log.back().timestamp, milliseconds(1800000000000));

  const auto branch = Must(*base, {update::AddSnapshot{NewSnapshot(77, 35)},
                                   update::SetSnapshotRef{"audit", Branch({77})}});
  EXPECT_EQ(branch->snapshot_log, base->snapshot_log);
  EXPECT_EQ(branch->current_snapshot_id, base->current_snapshot_id);

  const auto rolled_back = Must(*base, {update::SetSnapshotRef{"main", Branch(kFirst)}});
  ASSERT_EQ(rolled_back->snapshot_log.size(), 3u);
  EXPECT_EQ(rolled_back->snapshot_log.back(), (SnapshotLogEntry{kNow, kFirst}));
}

TEST(ApplyUpdates, Trap38_ExpiringCutsTheSnapshotLogUpToTheGap) {
  auto base =
      Must(*Load("table_v2.json"), {update::AddSnapshot{NewSnapshot(77, 35)},
                                    update::SetSnapshotRef{"main", Branch({77})}});
  base = Must(*base, {update::RemoveSnapshots{{kSecond}}});
  ASSERT_EQ(base->snapshot_log.size(), 1u);  // the entry before the gap went too
  EXPECT_EQ(base->snapshot_log.front().snapshot_id.value, 77);
}

TEST(ApplyUpdates, Trap38_SnapshotLogStaysInOrderWhenClocksDiffer) {
  Snapshot old = NewSnapshot(77, 35);
  old.timestamp = milliseconds(1000);
  const auto table =
      Must(*Load("table_v2.json"),
           {update::AddSnapshot{old}, update::SetSnapshotRef{"main", Branch({77})}});
  EXPECT_EQ(table->snapshot_log.back().timestamp, milliseconds(1555100955770));
}

TEST(ApplyUpdates, Trap38_MetadataLogGetsThePreviousFileAndIsTrimmed) {
  auto base = std::make_shared<TableMetadata>(*Load("table_v2.json"));
  auto table = Must(*base, {update::SetProperties{{{"a", "b"}}}});
  ASSERT_EQ(table->metadata_log.size(), 2u);
  EXPECT_EQ(table->metadata_log.back(),
            (MetadataLogEntry{base->last_updated, kPrevious}));

  base->properties["write.metadata.previous-versions-max"] = "3";
  table = base;
  for (int i = 0; i < 6; ++i) {
    const auto next =
        ApplyUpdates(*table, "file-" + std::to_string(i),
                     {update::SetProperties{{{"i", std::to_string(i)}}}}, kNow);
    ASSERT_TRUE(next.ok());
    table = *next;
  }
  ASSERT_EQ(table->metadata_log.size(), 3u);
  EXPECT_EQ(table->metadata_log.front().metadata_file, "file-3");
  EXPECT_EQ(table->metadata_log.back().metadata_file, "file-5");

  const auto first = ApplyUpdates(*base, "", {update::SetProperties{{{"a", "c"}}}}, kNow);
  ASSERT_TRUE(first.ok());
  EXPECT_EQ((*first)->metadata_log, base->metadata_log);
}

TEST(ApplyUpdates, NothingChangedLeavesNoTrace) {
  const auto base = Load("table_v2.json");
  const auto table = Must(
      *base,
      {update::SetProperties{{{"read.split.target.size", "134217728"}}},
       update::SetCurrentSchema{SchemaId{1}}, update::RemoveSnapshotRef{"none"},
       update::SetSnapshotRef{"main", Branch(kSecond)}, update::RemoveSnapshots{{{5}}}});
  EXPECT_EQ(TableMetadataToJson(*table), TableMetadataToJson(*base));
}

TEST(ApplyUpdates, Trap36_SnapshotIdsAndSequenceNumbersAreChecked) {
  const auto base = Load("table_v2.json");
  Snapshot without_list = NewSnapshot(77, 35);
  without_list.manifest_list.clear();
  Snapshot odd_schema = NewSnapshot(77, 35);
  odd_schema.schema_id = SchemaId{9};
  const std::pair<Snapshot, const char*> cases[] = {
      {NewSnapshot(kFirst.value, 35), "taken"},
      {NewSnapshot(0, 35), "positive"},
      {NewSnapshot(-5, 35), "positive"},
      {NewSnapshot(77, 34), "not above"},
      {NewSnapshot(77, 0), "not above"},
      {without_list, "manifest list"},
      {odd_schema, "no schema 9"},
  };
  for (const auto& [snapshot, message] : cases) {
    SCOPED_TRACE(message);
    const auto table = Apply(*base, {update::AddSnapshot{snapshot}});
    ASSERT_FALSE(table.ok());
    // One that was only overtaken fits once it is built anew.
    EXPECT_EQ(CodeOf(table.status()), std::string_view(message) == "not above"
                                          ? ErrorCode::kCommitConflict
                                          : ErrorCode::kInvalidArgument);
    EXPECT_THAT(table.status().message(), HasSubstr(message));
  }
  // Nothing orders the files of one without a parent against those that were there.
  Snapshot replacing = NewSnapshot(77, 34);
  replacing.parent_id.reset();
  EXPECT_EQ(Must(*base, {update::AddSnapshot{replacing}})->last_sequence_number,
            base->last_sequence_number);
}

TEST(ApplyUpdates, V1SnapshotsHaveNoSequenceNumber) {
  const auto table =
      Must(*Load("table_v1.json"), {update::AddSnapshot{NewSnapshot(77, 5)},
                                    update::SetSnapshotRef{"main", Branch({77})}});
  EXPECT_EQ(table->snapshots.at(0).sequence_number.value, 0);
  EXPECT_EQ(table->last_sequence_number.value, 0);
}

TEST(ApplyUpdates, Trap27_V3SnapshotAdvancesTheRowIds) {
  const auto base = Load("table_v3.json");
  Snapshot snapshot = NewSnapshot(77, 2);
  EXPECT_FALSE(Apply(*base, {update::AddSnapshot{snapshot}}).ok());
  snapshot.first_row_id = 99;
  snapshot.added_rows = 10;
  const auto behind = Apply(*base, {update::AddSnapshot{snapshot}});
  ASSERT_FALSE(behind.ok());
  EXPECT_THAT(behind.status().message(), HasSubstr("next-row-id"));
  snapshot.first_row_id = 100;
  EXPECT_EQ(Must(*base, {update::AddSnapshot{snapshot}})->next_row_id, 110);
  snapshot.added_rows = std::numeric_limits<int64_t>::max();
  EXPECT_FALSE(Apply(*base, {update::AddSnapshot{snapshot}}).ok());
  snapshot.added_rows = -1;
  EXPECT_FALSE(Apply(*base, {update::AddSnapshot{snapshot}}).ok());
}

TEST(ApplyUpdates, Trap34_ReferencesAreChecked) {
  const auto base = Load("table_v2.json");
  SnapshotRef tag_with_snapshots = Tag(kFirst);
  tag_with_snapshots.min_snapshots_to_keep = 2;
  SnapshotRef zero_age = Branch(kFirst);
  zero_age.max_ref_age = milliseconds(0);
  const std::pair<update::SetSnapshotRef, const char*> cases[] = {
      {{"b", Branch({5})}, "does not exist"},
      {{"", Branch(kFirst)}, "needs a name"},
      {{"main", Tag(kFirst)}, "always a branch"},
      {{"release", Branch(kSecond)}, "is a tag"},  // a tag cannot be committed to
      {{"t", tag_with_snapshots}, "max-ref-age-ms"},
      {{"b", zero_age}, "positive"},
  };
  for (const auto& [set, message] : cases) {
    SCOPED_TRACE(message);
    const auto table = Apply(*base, {set});
    ASSERT_FALSE(table.ok());
    EXPECT_EQ(CodeOf(table.status()), ErrorCode::kInvalidArgument);
    EXPECT_THAT(table.status().message(), HasSubstr(message));
  }
}

TEST(ApplyUpdates, Trap34_RetentionSurvivesACommit) {
  const auto table =
      Must(*Load("table_v2.json"), {update::AddSnapshot{NewSnapshot(77, 35)},
                                    update::SetSnapshotRef{"main", Branch({77})}});
  EXPECT_EQ(table->refs.at("main").min_snapshots_to_keep, 5);
}

TEST(ApplyUpdates, Trap34_HeadsOfReferencesCannotBeExpired) {
  const auto base = Load("table_v2.json");
  for (const SnapshotId id : {kFirst, kSecond}) {  // one tagged, one the head of main
    const auto table = Apply(*base, {update::RemoveSnapshots{{id}}});
    ASSERT_FALSE(table.ok());
    EXPECT_THAT(table.status().message(), HasSubstr("remove the reference first"));
  }
  const auto table = Must(
      *base, {update::RemoveSnapshotRef{"release"}, update::RemoveSnapshots{{kFirst}}});
  EXPECT_EQ(table->FindSnapshot(kFirst), nullptr);
}

TEST(ApplyUpdates, RemovingMainLeavesATableWithoutCurrentSnapshot) {
  const auto table = Must(*Load("table_v2.json"), {update::RemoveSnapshotRef{"main"}});
  EXPECT_FALSE(table->current_snapshot_id.has_value());
  EXPECT_EQ(table->snapshots.size(), 2u);
  EXPECT_TRUE(TableMetadataFromJson(TableMetadataToJson(*table)).ok());
}

TEST(ApplyUpdates, Trap31_UuidNeverChanges) {
  const auto base = Load("table_v2.json");
  EXPECT_TRUE(Apply(*base, {update::AssignUuid{base->table_uuid}}).ok());
  const auto table =
      Apply(*base, {update::AssignUuid{"11111111-03fe-4693-9a96-a0705ddf69c1"}});
  ASSERT_FALSE(table.ok());
  EXPECT_EQ(CodeOf(table.status()), ErrorCode::kInvalidArgument);
}

TEST(ApplyUpdates, Trap40_SchemasAreAddedOnceAndLastColumnIdNeverFalls) {
  const auto base = Load("table_v2.json");
  const auto wider =
      SchemaOf(FieldsAnd(*base, {.id = 9, .name = "w", .type = Type::String()}), 42);
  auto table =
      Must(*base, {update::AddSchema{wider}, update::SetCurrentSchema{SchemaId{-1}}});
  EXPECT_EQ(table->current_schema_id.value, 2);  // the catalog gives the id
  EXPECT_EQ(table->schema().FindByName("w")->id, 9);
  EXPECT_EQ(table->last_column_id, 9);
  table = Must(*table,
               {update::AddSchema{base->FindSchema(SchemaId{0})},
                update::SetCurrentSchema{SchemaId{-1}}, update::AddSortOrder{SortOrder{}},
                update::SetDefaultSortOrder{SortOrderId{-1}}});
  EXPECT_EQ(table->current_schema_id.value, 0);
  EXPECT_EQ(table->schemas.size(), 3u);
  EXPECT_EQ(table->last_column_id, 9);
}

TEST(ApplyUpdates, SchemaMustFitVersionAndSpec) {
  const auto base = Load("table_v2.json");
  const auto nanos =
      SchemaOf(FieldsAnd(*base, {.id = 9, .name = "w", .type = Type::TimestampNs()}));
  const std::vector<TableUpdate> add = {update::AddSchema{nanos},
                                        update::SetCurrentSchema{SchemaId{-1}}};
  const auto too_old = Apply(*base, add);
  ASSERT_FALSE(too_old.ok());
  EXPECT_THAT(too_old.status().message(), HasSubstr("format version 3"));
  std::vector<TableUpdate> upgrade = add;
  upgrade.push_back(update::UpgradeFormatVersion{3});
  EXPECT_TRUE(Apply(*base, upgrade).ok());

  std::vector<Field> without_x = base->schema().fields();
  without_x.erase(without_x.begin());
  const auto orphaned = Apply(*base, {update::AddSchema{SchemaOf(without_x)},
                                      update::SetCurrentSchema{SchemaId{-1}}});
  ASSERT_FALSE(orphaned.ok());
  EXPECT_THAT(orphaned.status().message(), HasSubstr("partition spec"));
  const auto unordered = Apply(*base, {update::SetCurrentSchema{SchemaId{0}}});
  ASSERT_FALSE(unordered.ok());
  EXPECT_THAT(unordered.status().message(), HasSubstr("sort order"));
}

TEST(ApplyUpdates, Trap41_EquivalentPartitionFieldsReuseTheirIds) {
  const auto base = Load("table_v2.json");
  PartitionSpec spec;
  spec.fields = {{.source_ids = {2}, .name = "y_bucket", .transform = Bucket{4}},
                 {.source_ids = {1}, .name = "x"}};
  auto table =
      Must(*base, {update::AddPartitionSpec{spec}, update::SetDefaultSpec{SpecId{-1}}});
  EXPECT_EQ(table->default_spec_id.value, 1);
  EXPECT_EQ(table->spec().fields.at(0).field_id, 1001);
  EXPECT_EQ(table->spec().fields.at(1).field_id, 1000);  // as in spec 0
  EXPECT_EQ(table->last_partition_id, 1001);

  table = Must(*table, {update::AddPartitionSpec{base->spec()},
                        update::SetDefaultSpec{SpecId{-1}}});
  EXPECT_EQ(table->default_spec_id.value, 0);
  EXPECT_EQ(table->partition_specs.size(), 2u);

  // Dropped and added again: the old id.
  table = Must(*table, {update::AddPartitionSpec{PartitionSpec{}}});
  PartitionSpec only_y;
  only_y.fields = {{.source_ids = {2}, .name = "again", .transform = Bucket{4}}};
  table = Must(*table,
               {update::AddPartitionSpec{only_y}, update::SetDefaultSpec{SpecId{-1}}});
  EXPECT_EQ(table->spec().fields.at(0).field_id, 1001);
}

TEST(ApplyUpdates, Trap41_PartitionFieldIdsAreUnique) {
  const auto base = Load("table_v2.json");
  const auto spec_of = [](FieldId id) {
    PartitionSpec spec;
    spec.fields = {
        {.source_ids = {2}, .field_id = id, .name = "y_bucket", .transform = Bucket{4}}};
    return spec;
  };
  EXPECT_TRUE(Apply(*base, {update::AddPartitionSpec{spec_of(1005)}}).ok());
  for (const FieldId id : {1000, 12, -1}) {
    const auto table = Apply(*base, {update::AddPartitionSpec{spec_of(id)}});
    ASSERT_FALSE(table.ok()) << id;
    EXPECT_EQ(CodeOf(table.status()), ErrorCode::kInvalidArgument);
  }
  PartitionSpec clash;
  clash.fields = {{.source_ids = {2}, .name = "z", .transform = Bucket{4}}};
  EXPECT_FALSE(Apply(*base, {update::AddPartitionSpec{clash}}).ok());
  const auto v1 = Apply(*Load("table_v1.json"), {update::AddPartitionSpec{[] {
    PartitionSpec spec;
    spec.fields = {
        {.source_ids = {1}, .field_id = 1003, .name = "xb", .transform = Bucket{4}}};
    return spec;
  }()}});
  ASSERT_FALSE(v1.ok());
  EXPECT_THAT(v1.status().message(), HasSubstr("consecutive"));
}

TEST(ApplyUpdates, Trap42_SortOrdersAreNotAddedTwice) {
  const auto base = Load("table_v2.json");
  auto table = Must(*base, {update::AddSortOrder{base->sort_order()},
                            update::SetDefaultSortOrder{SortOrderId{-1}}});
  EXPECT_EQ(table->sort_orders.size(), 1u);
  EXPECT_EQ(table->default_sort_order_id.value, 3);
  table = Must(*base, {update::AddSortOrder{SortOrder{SortOrderId{7}, {}}},
                       update::SetDefaultSortOrder{SortOrderId{-1}}});
  EXPECT_EQ(table->default_sort_order_id.value, 0);
  table = Must(*base, {update::AddSortOrder{SortOrder{{}, {{.source_ids = {1}}}}},
                       update::SetDefaultSortOrder{SortOrderId{-1}}});
  EXPECT_EQ(table->default_sort_order_id.value, 4);
}

TEST(ApplyUpdates, LastAddedNeedsAnAddition) {
  const auto base = Load("table_v2.json");
  EXPECT_FALSE(Apply(*base, {update::SetCurrentSchema{SchemaId{-1}}}).ok());
  EXPECT_FALSE(Apply(*base, {update::SetDefaultSpec{SpecId{-1}}}).ok());
  EXPECT_FALSE(Apply(*base, {update::SetDefaultSortOrder{SortOrderId{-1}}}).ok());
  EXPECT_FALSE(Apply(*base, {update::SetCurrentSchema{SchemaId{8}}}).ok());
  EXPECT_FALSE(Apply(*base, {update::SetDefaultSpec{SpecId{8}}}).ok());
  EXPECT_FALSE(Apply(*base, {update::SetDefaultSortOrder{SortOrderId{8}}}).ok());
}

TEST(ApplyUpdates, FormatVersionOnlyGoesUp) {
  const auto v1 = Load("table_v1.json");
  auto table = Must(*v1, {update::UpgradeFormatVersion{2}});
  EXPECT_EQ(table->format_version, 2);
  table = Must(*table, {update::SetProperties{{{"format-version", "3"}}}});
  EXPECT_EQ(table->format_version, 3);
  EXPECT_EQ(table->next_row_id, 0);
  EXPECT_FALSE(table->properties.contains("format-version"));
  EXPECT_TRUE(TableMetadataFromJson(TableMetadataToJson(*table)).ok());
  EXPECT_FALSE(Apply(*table, {update::UpgradeFormatVersion{2}}).ok());
  EXPECT_FALSE(Apply(*table, {update::SetProperties{{{"format-version", "x"}}}}).ok());
  const auto v4 = Apply(*table, {update::UpgradeFormatVersion{4}});
  ASSERT_FALSE(v4.ok());
  EXPECT_EQ(CodeOf(v4.status()), ErrorCode::kNotSupported);
}

TEST(ApplyUpdates, Trap44_OneStatisticsFilePerSnapshot) {
  const auto base = Load("table_v2.json");
  ASSERT_EQ(base->statistics.size(), 1u);
  ASSERT_EQ(base->statistics[0].snapshot_id, kSecond);
  auto table =
      Must(*base, {update::SetStatistics{{.snapshot_id = kSecond, .path = "new"}},
                   update::SetStatistics{{.snapshot_id = kFirst, .path = "first"}},
                   update::SetPartitionStatistics{{.snapshot_id = kFirst, .path = "a"}},
                   update::SetPartitionStatistics{{.snapshot_id = kFirst, .path = "b"}}});
  ASSERT_EQ(table->statistics.size(), 2u);
  EXPECT_EQ(table->FindStatistics(kSecond)->path, "new");
  EXPECT_EQ(table->FindStatistics(kFirst)->path, "first");
  ASSERT_EQ(table->partition_statistics.size(), 1u);
  EXPECT_EQ(table->partition_statistics[0].path, "b");

  table = Must(*table,
               {update::RemoveSnapshotRef{"release"}, update::RemoveSnapshots{{kFirst}}});
  ASSERT_EQ(table->statistics.size(), 1u);
  EXPECT_EQ(table->statistics[0].snapshot_id, kSecond);
  EXPECT_TRUE(table->partition_statistics.empty());
  table = Must(*table, {update::RemoveStatistics{kSecond}});
  EXPECT_TRUE(table->statistics.empty());
  EXPECT_EQ(table->FindStatistics(kSecond), nullptr);

  EXPECT_FALSE(
      Apply(*base, {update::SetStatistics{{.snapshot_id = {5}, .path = "x"}}}).ok());
  EXPECT_FALSE(Apply(*base, {update::SetStatistics{{.snapshot_id = kFirst}}}).ok());
  EXPECT_FALSE(
      Apply(*base, {update::SetPartitionStatistics{{.snapshot_id = {5}, .path = "x"}}})
          .ok());
}

TEST(ApplyUpdates, ATablesEncryptionNeverChanges) {
  const auto set = [](const std::string& id) {
    return update::SetProperties{{{"encryption.key-id", id}}};
  };
  const auto with_snapshots = Load("table_v3.json");
  EXPECT_FALSE(Apply(*with_snapshots, {set("master")}).ok());
  TableMetadata table = *with_snapshots;
  table.properties["encryption.key-id"] = "master";
  EXPECT_TRUE(Apply(table, {set("master")}).ok());
  EXPECT_FALSE(Apply(table, {set("other")}).ok());
  EXPECT_FALSE(Apply(table, {update::RemoveProperties{{"encryption.key-id"}}}).ok());

  TableMetadata empty = *with_snapshots;
  empty.snapshots.clear();
  empty.refs.clear();
  empty.current_snapshot_id.reset();
  EXPECT_TRUE(Apply(empty, {set("master")}).ok());
  empty.format_version = 2;
  EXPECT_FALSE(Apply(empty, {set("master")}).ok());
}

TEST(ApplyUpdates, EncryptionKeysStayWhileASnapshotNeedsThem) {
  const auto base = Load("table_v3.json");
  const EncryptedKey key{.key_id = "k1", .encrypted_key_metadata = "secret"};
  auto table =
      Must(*base, {update::AddEncryptionKey{key}, update::AddEncryptionKey{key}});
  ASSERT_NE(table->FindEncryptionKey("k1"), nullptr);
  EXPECT_EQ(*table->FindEncryptionKey("k1"), key);
  EXPECT_EQ(table->encryption_keys.size(), base->encryption_keys.size() + 1);
  EXPECT_FALSE(Apply(*table, {update::AddEncryptionKey{
                                 {.key_id = "k1", .encrypted_key_metadata = "other"}}})
                   .ok());
  EXPECT_FALSE(Apply(*table, {update::AddEncryptionKey{{}}}).ok());
  EXPECT_FALSE(Apply(*Load("table_v2.json"), {update::AddEncryptionKey{key}}).ok());

  Snapshot snapshot = base->snapshots.at(0);
  snapshot.id = SnapshotId{77};
  snapshot.sequence_number = SequenceNumber{base->last_sequence_number.value + 1};
  snapshot.first_row_id = base->next_row_id;
  snapshot.key_id = "k2";
  EXPECT_FALSE(Apply(*table, {update::AddSnapshot{snapshot}}).ok());
  snapshot.key_id = "k1";
  table = Must(*table, {update::AddSnapshot{snapshot}});
  EXPECT_FALSE(Apply(*table, {update::RemoveEncryptionKey{"k1"}}).ok());
  table = Must(*table, {update::RemoveEncryptionKey{"k1"},
                        update::RemoveSnapshots{{snapshot.id}}});
  EXPECT_EQ(table->FindEncryptionKey("k1"), nullptr);
  EXPECT_TRUE(Apply(*table, {update::RemoveEncryptionKey{"k1"}}).ok());
}

TEST(ApplyUpdates, PartsInUseStay) {
  const auto base = Load("table_v2.json");
  EXPECT_FALSE(Apply(*base, {update::RemoveSchemas{{SchemaId{1}}}}).ok());  // current
  EXPECT_FALSE(
      Apply(*base, {update::RemoveSchemas{{SchemaId{0}}}}).ok());  // of a snapshot
  EXPECT_FALSE(Apply(*base, {update::RemovePartitionSpecs{{SpecId{0}}}}).ok());
  auto table = Must(*base, {update::AddPartitionSpec{PartitionSpec{}}});
  table = Must(*table, {update::RemovePartitionSpecs{{SpecId{1}}}});
  EXPECT_EQ(table->partition_specs.size(), 1u);
}

TEST(ApplyUpdates, MakesAWholeTableFromNothing) {
  const TableMetadata nothing;
  const auto schema = SchemaOf({{.id = 1, .name = "a", .type = Type::Long()}});
  const std::vector<TableUpdate> updates = {
      update::AssignUuid{"9c12d441-03fe-4693-9a96-a0705ddf69c1"},
      update::UpgradeFormatVersion{2}, update::AddSchema{schema},
      update::SetCurrentSchema{SchemaId{-1}}, update::SetLocation{"/w/t"}};
  const auto table = ApplyUpdates(nothing, "", updates, kNow);
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_EQ((*table)->last_column_id, 1);
  EXPECT_TRUE((*table)->spec().fields.empty());
  EXPECT_TRUE((*table)->sort_order().fields.empty());
  EXPECT_TRUE((*table)->metadata_log.empty());
  EXPECT_TRUE(TableMetadataFromJson(TableMetadataToJson(**table)).ok());
  for (size_t missing : {0, 2, 4}) {
    std::vector<TableUpdate> fewer = updates;
    fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(missing));
    EXPECT_FALSE(ApplyUpdates(nothing, "", fewer, kNow).ok()) << missing;
  }
}

TEST(CheckRequirements, HoldOrConflict) {
  const auto base = Load("table_v2.json");
  struct Case {
    const char* name;
    TableRequirement requirement;
    bool holds;
  };
  const Case cases[] = {
      {"uuid", require::AssertTableUuid{"9C12D441-03fe-4693-9a96-a0705ddf69c1"}, true},
      {"other uuid", require::AssertTableUuid{"x"}, false},
      {"ref", require::AssertRefSnapshotId{"main", kSecond}, true},
      {"ref moved", require::AssertRefSnapshotId{"main", kFirst}, false},
      {"ref exists", require::AssertRefSnapshotId{"main", std::nullopt}, false},
      {"ref missing", require::AssertRefSnapshotId{"audit", kFirst}, false},
      {"ref absent", require::AssertRefSnapshotId{"audit", std::nullopt}, true},
      {"column id", require::AssertLastAssignedFieldId{3}, true},
      {"column id moved", require::AssertLastAssignedFieldId{2}, false},
      {"schema", require::AssertCurrentSchemaId{SchemaId{1}}, true},
      {"schema moved", require::AssertCurrentSchemaId{SchemaId{0}}, false},
      {"partition id", require::AssertLastAssignedPartitionId{1000}, true},
      {"partition id moved", require::AssertLastAssignedPartitionId{999}, false},
      {"spec", require::AssertDefaultSpecId{SpecId{0}}, true},
      {"spec moved", require::AssertDefaultSpecId{SpecId{1}}, false},
      {"order", require::AssertDefaultSortOrderId{SortOrderId{3}}, true},
      {"order moved", require::AssertDefaultSortOrderId{SortOrderId{0}}, false},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    const Status status = CheckRequirements({c.requirement}, base.get());
    EXPECT_EQ(status.ok(), c.holds) << status;
    if (!status.ok()) {
      EXPECT_EQ(CodeOf(status), ErrorCode::kCommitConflict);
    }
    const Status gone = CheckRequirements({c.requirement}, nullptr);
    ASSERT_FALSE(gone.ok());
    EXPECT_EQ(CodeOf(gone), ErrorCode::kCommitConflict);
  }
  EXPECT_TRUE(CheckRequirements({require::AssertCreate{}}, nullptr).ok());
  const Status exists = CheckRequirements({require::AssertCreate{}}, base.get());
  ASSERT_FALSE(exists.ok());
  EXPECT_EQ(CodeOf(exists), ErrorCode::kAlreadyExists);
}

TEST(CheckRequirements, Trap31_FirstSnapshotAssertsThatMainIsMissing) {
  const auto empty = Load("table_v1.json");
  EXPECT_TRUE(
      CheckRequirements({require::AssertRefSnapshotId{"main", std::nullopt}}, empty.get())
          .ok());
  const auto taken = Must(*empty, {update::AddSnapshot{NewSnapshot(77, 1)},
                                   update::SetSnapshotRef{"main", Branch({77})}});
  EXPECT_FALSE(
      CheckRequirements({require::AssertRefSnapshotId{"main", std::nullopt}}, taken.get())
          .ok());
}

}  // namespace
}  // namespace tarn::iceberg
