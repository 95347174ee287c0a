#include "tarn/iceberg/manifest.h"

#include <cmath>
#include <limits>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tarn/iceberg/avro/reader.h"
#include "tarn/iceberg/value.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::iceberg {
namespace {

constexpr SnapshotId kSnapshot{100};

std::shared_ptr<const Schema> TestSchema() {
  Result<std::shared_ptr<const Schema>> schema = Schema::Make(
      SchemaId{3}, {{.id = 1, .name = "id", .type = Type::Long(), .required = true},
                    {.id = 2, .name = "ts", .type = Type::TimestampTz()},
                    {.id = 3, .name = "région 1", .type = Type::String()},
                    {.id = 4, .name = "amount", .type = Type::Decimal(9, 2)},
                    {.id = 5, .name = "score", .type = Type::Double()},
                    {.id = 6, .name = "u", .type = Type::Uuid()},
                    {.id = 7, .name = "f", .type = Type::Fixed(3)},
                    {.id = 8, .name = "amount2", .type = Type::Decimal(9, 2)}});
  return *schema;
}

PartitionSpec TestSpec() {
  return {.id = SpecId{7},
          .fields = {{{2}, 1000, "ts_day", Day{}},
                     {{3}, 1001, "région 1", Identity{}},
                     {{1}, 1002, "id_bucket", Bucket{16}},
                     {{4}, 1003, "amount", Identity{}},
                     {{5}, 1004, "score", Identity{}},
                     {{6}, 1005, "u", Identity{}},
                     {{7}, 1006, "f", Identity{}},
                     {{8}, 1007, "amount2", Identity{}}}};
}

PartitionTuple FullTuple() {
  return {int32_t{-1}, std::string("EU"),       int32_t{3},         int128_t{-128},
          2.5,         std::string(16, '\x80'), std::string("abc"), int128_t{1250}};
}

DataFile FullFile() {
  DataFile file;
  file.file_path = "s3://b/data/é 1.parquet";
  file.spec_id = SpecId{7};
  file.partition = FullTuple();
  file.record_count = 42;
  file.file_size_bytes = int64_t{1} << 40;
  file.columns = {
      {.field_id = 1,
       .column_size = 10,
       .value_count = 42,
       .null_count = 0,
       .lower_bound = std::string(8, '\1'),
       .upper_bound = std::string(8, '\2')},
      {.field_id = 3, .value_count = 42, .lower_bound = ""},
      {.field_id = 5, .nan_count = 2, .upper_bound = std::string("\0\xff", 2)},
      {.field_id = 2000, .column_size = 1},
  };
  file.key_metadata = std::string("\0k", 2);
  file.split_offsets = {4, int64_t{1} << 33};
  file.sort_order_id = SortOrderId{2};
  return file;
}

ManifestEntry Added(DataFile file) {
  return {.status = EntryStatus::kAdded, .file = std::move(file)};
}

ManifestEntry Existing(DataFile file, int64_t sequence) {
  return {.status = EntryStatus::kExisting,
          .snapshot_id = SnapshotId{1},
          .sequence_number = SequenceNumber{sequence},
          .file_sequence_number = SequenceNumber{sequence},
          .file = std::move(file)};
}

DataFile PlainFile(std::string path, int64_t rows) {
  DataFile file;
  file.file_path = std::move(path);
  file.record_count = rows;
  file.file_size_bytes = 100;
  return file;
}

Result<ManifestWriter::Finished> Write(const std::vector<ManifestEntry>& entries,
                                       ManifestWriter::Options options,
                                       PartitionSpec spec) {
  ManifestWriter writer(options, TestSchema(), std::move(spec));
  for (const ManifestEntry& entry : entries) {
    ARROW_RETURN_NOT_OK(writer.Add(entry));
  }
  return writer.Finish();
}

TEST(Manifest, ReadsBackWhatItWroteInEveryVersionAndCodec) {
  for (int32_t version : {2, 3}) {
    for (AvroCompression codec : {AvroCompression::kNone, AvroCompression::kDeflate,
                                  AvroCompression::kSnappy, AvroCompression::kZstd}) {
      SCOPED_TRACE(::testing::Message()
                   << "v" << version << " codec " << static_cast<int>(codec));
      DataFile existing = FullFile();
      existing.partition = PartitionTuple(8);
      if (version == 3) {
        existing.first_row_id = 77;
      }
      std::vector<ManifestEntry> entries = {Added(FullFile()), Existing(existing, 5)};
      ASSERT_OK_AND_ASSIGN(const auto finished, Write(entries,
                                                      {.format_version = version,
                                                       .snapshot_id = kSnapshot,
                                                       .compression = codec},
                                                      TestSpec()));
      ASSERT_OK_AND_ASSIGN(const Manifest manifest, ReadManifestRaw(finished.avro));
      entries[0].snapshot_id = kSnapshot;
      EXPECT_EQ(manifest.entries, entries);
      EXPECT_EQ(manifest.header.format_version, version);
      EXPECT_EQ(manifest.header.content, ManifestContent::kData);
      EXPECT_EQ(manifest.header.spec, TestSpec());
      EXPECT_TRUE(manifest.header.schema->SameAs(*TestSchema()));
      EXPECT_EQ(manifest.header.schema->id(), SchemaId{3});
    }
  }
}

TEST(Manifest, CountsAndSummariesDescribeItsEntries) {
  DataFile low = FullFile();
  low.partition = {int32_t{-5},        {},
                   int32_t{3},         int128_t{-129},
                   std::nan(""),       std::string(16, '\1'),
                   std::string("aaa"), {}};
  ManifestEntry deleted = Existing(low, 2);
  deleted.status = EntryStatus::kDeleted;
  ASSERT_OK_AND_ASSIGN(
      const auto finished,
      Write({Added(FullFile()), Existing(FullFile(), 9), Existing(low, 4), deleted},
            {.snapshot_id = kSnapshot}, TestSpec()));
  const ManifestFile& manifest = finished.manifest;
  EXPECT_EQ(manifest.length_bytes, static_cast<int64_t>(finished.avro.size()));
  EXPECT_EQ(manifest.spec_id, SpecId{7});
  EXPECT_EQ(manifest.added_snapshot_id, kSnapshot);
  EXPECT_EQ(manifest.sequence_number, kUnassignedSequence);
  EXPECT_EQ(manifest.min_sequence_number,
            SequenceNumber{4});  // the deleted entry's 2 does not count
  EXPECT_EQ(manifest.added_files_count, 1);
  EXPECT_EQ(manifest.existing_files_count, 2);
  EXPECT_EQ(manifest.deleted_files_count, 1);
  EXPECT_EQ(manifest.added_rows_count, 42);
  EXPECT_EQ(manifest.existing_rows_count, 84);
  EXPECT_EQ(manifest.deleted_rows_count, 42);
  ASSERT_EQ(manifest.partitions.size(), 8u);
  EXPECT_EQ(
      manifest.partitions[0],
      (PartitionFieldSummary{.contains_null = false,
                             .contains_nan = false,
                             .lower_bound = ValueToBytes(Type::Date(), int32_t{-5}),
                             .upper_bound = ValueToBytes(Type::Date(), int32_t{-1})}));
  EXPECT_EQ(manifest.partitions[1], (PartitionFieldSummary{.contains_null = true,
                                                           .contains_nan = false,
                                                           .lower_bound = "EU",
                                                           .upper_bound = "EU"}));
  EXPECT_EQ(manifest.partitions[3].lower_bound, std::string("\xff\x7f"));
  EXPECT_EQ(manifest.partitions[3].upper_bound, std::string("\x80"));
}

TEST(Manifest, Trap13_NanIsNeverASummarysBound) {
  PartitionSpec spec{.id = SpecId{1}, .fields = {{{5}, 1000, "score", Identity{}}}};
  auto file = [](double value) {
    DataFile made = PlainFile("f", 1);
    made.partition = {value};
    return made;
  };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  ASSERT_OK_AND_ASSIGN(const auto only_nan, Write({Added(file(nan))}, {}, spec));
  EXPECT_EQ(only_nan.manifest.partitions[0],
            (PartitionFieldSummary{.contains_null = false, .contains_nan = true}));
  ASSERT_OK_AND_ASSIGN(
      const auto mixed,
      Write({Added(file(0.0)), Added(file(nan)), Added(file(-0.0))}, {}, spec));
  EXPECT_EQ(mixed.manifest.partitions[0].lower_bound, ValueToBytes(Type::Double(), -0.0));
  EXPECT_EQ(mixed.manifest.partitions[0].upper_bound, ValueToBytes(Type::Double(), 0.0));
  EXPECT_EQ(mixed.manifest.partitions[0].contains_nan, true);
}

TEST(Manifest, Trap18_OnlyAddedEntriesInheritSequenceAndSnapshot) {
  ManifestEntry deleted = Existing(PlainFile("d", 1), 3);
  deleted.status = EntryStatus::kDeleted;
  deleted.snapshot_id.reset();
  ManifestEntry rewritten = Added(PlainFile("r", 1));
  rewritten.sequence_number =
      SequenceNumber{2};  // compaction keeps the old data sequence number
  ASSERT_OK_AND_ASSIGN(const auto finished,
                       Write({Added(PlainFile("a", 1)), Existing(PlainFile("e", 1), 4),
                              deleted, rewritten},
                             {.snapshot_id = kSnapshot}, {}));
  EXPECT_EQ(finished.manifest.min_sequence_number, SequenceNumber{2});
  ManifestFile listed = finished.manifest;
  listed.sequence_number = SequenceNumber{9};
  ASSERT_OK_AND_ASSIGN(const Manifest manifest, ReadManifest(finished.avro, listed));
  ASSERT_EQ(manifest.entries.size(), 4u);
  EXPECT_EQ(manifest.entries[0].sequence_number, SequenceNumber{9});
  EXPECT_EQ(manifest.entries[0].file_sequence_number, SequenceNumber{9});
  EXPECT_EQ(manifest.entries[0].snapshot_id, kSnapshot);
  EXPECT_EQ(manifest.entries[1].sequence_number, SequenceNumber{4});
  EXPECT_EQ(manifest.entries[1].file_sequence_number, SequenceNumber{4});
  EXPECT_EQ(manifest.entries[1].snapshot_id, SnapshotId{1});
  EXPECT_EQ(manifest.entries[2].sequence_number, SequenceNumber{3});
  EXPECT_EQ(manifest.entries[2].snapshot_id, kSnapshot);  // who deleted it
  EXPECT_EQ(manifest.entries[3].sequence_number, SequenceNumber{2});
  EXPECT_EQ(manifest.entries[3].file_sequence_number, SequenceNumber{9});
}

TEST(Manifest, Trap54_AnEntrysSnapshotNeedNotBeTheListsOne) {
  ASSERT_OK_AND_ASSIGN(const auto finished, Write({Existing(PlainFile("e", 1), 4)},
                                                  {.snapshot_id = kSnapshot}, {}));
  ManifestFile listed = finished.manifest;
  listed.added_snapshot_id = SnapshotId{555};
  ASSERT_OK_AND_ASSIGN(const Manifest manifest, ReadManifest(finished.avro, listed));
  EXPECT_EQ(manifest.entries[0].snapshot_id, SnapshotId{1});
}

TEST(Manifest, Trap28_RowIdsAreInheritedByFilesWithoutOneAndNotByDeletedOnes) {
  DataFile numbered = PlainFile("numbered", 1000);
  numbered.first_row_id = 5;
  ManifestEntry deleted = Existing(PlainFile("deleted", 50), 1);
  deleted.status = EntryStatus::kDeleted;
  const std::vector<ManifestEntry> entries = {
      Added(PlainFile("a", 10)), Existing(numbered, 1), deleted,
      Existing(PlainFile("old", 20), 1), Added(PlainFile("b", 30))};
  ASSERT_OK_AND_ASSIGN(
      const auto finished,
      Write(entries, {.format_version = 3, .snapshot_id = kSnapshot}, {}));
  EXPECT_EQ(finished.manifest.first_row_id, std::nullopt);
  ManifestFile listed = finished.manifest;
  listed.sequence_number = SequenceNumber{9};
  listed.first_row_id = 100;
  ASSERT_OK_AND_ASSIGN(const Manifest manifest, ReadManifest(finished.avro, listed));
  EXPECT_EQ(manifest.entries[0].file.first_row_id, 100);
  EXPECT_EQ(manifest.entries[1].file.first_row_id, 5);
  EXPECT_EQ(manifest.entries[2].file.first_row_id, std::nullopt);
  EXPECT_EQ(manifest.entries[3].file.first_row_id, 110);
  EXPECT_EQ(manifest.entries[4].file.first_row_id, 130);
  listed.first_row_id.reset();  // a snapshot older than row ids
  ASSERT_OK_AND_ASSIGN(const Manifest old, ReadManifest(finished.avro, listed));
  for (const ManifestEntry& entry : old.entries) {
    EXPECT_EQ(entry.file.first_row_id, std::nullopt);
  }
  listed.first_row_id = INT64_MAX - 5;
  EXPECT_ERROR(ReadManifest(finished.avro, listed), ErrorCode::kInvalidData, "row ids");
}

TEST(Manifest, Trap27_AddedFilesAreWrittenWithoutRowId) {
  DataFile file = PlainFile("a", 10);
  file.first_row_id = 4;  // from a try that lost its race
  ASSERT_OK_AND_ASSIGN(const auto finished,
                       Write({Added(file)}, {.format_version = 3}, {}));
  ASSERT_OK_AND_ASSIGN(const Manifest manifest, ReadManifestRaw(finished.avro));
  EXPECT_EQ(manifest.entries[0].file.first_row_id, std::nullopt);
}

TEST(Manifest, Trap43_AnUnpartitionedFileHasAnEmptyStruct) {
  ASSERT_OK_AND_ASSIGN(
      const auto finished,
      Write({Added(PlainFile("a", 1))}, {.compression = AvroCompression::kNone}, {}));
  EXPECT_NE(finished.avro.find(R"("name":"r102","fields":[])"), std::string::npos);
  ASSERT_OK_AND_ASSIGN(const Manifest manifest, ReadManifestRaw(finished.avro));
  EXPECT_TRUE(manifest.entries[0].file.partition.empty());
  EXPECT_TRUE(manifest.header.spec.fields.empty());
}

TEST(Manifest, DeleteFilesKeepTheirOwnFields) {
  DataFile vector = PlainFile("dv.puffin", 3);
  vector.content = FileContent::kPositionDeletes;
  vector.format = FileFormat::kPuffin;
  vector.referenced_data_file = "s3://b/data.parquet";
  vector.content_offset = 4;
  vector.content_size_bytes = 40;
  DataFile equality = PlainFile("eq.parquet", 3);
  equality.content = FileContent::kEqualityDeletes;
  equality.equality_ids = {1, 3};
  equality.sort_order_id = SortOrderId{0};
  ASSERT_OK_AND_ASSIGN(
      const auto finished,
      Write({Added(vector), Added(equality)},
            {.format_version = 3, .content = ManifestContent::kDeletes}, {}));
  ASSERT_OK_AND_ASSIGN(const Manifest manifest, ReadManifestRaw(finished.avro));
  EXPECT_EQ(manifest.header.content, ManifestContent::kDeletes);
  EXPECT_EQ(manifest.entries[0].file, vector);
  EXPECT_EQ(manifest.entries[1].file, equality);
  EXPECT_ERROR(Write({Added(vector)},
                     {.format_version = 2, .content = ManifestContent::kDeletes}, {}),
               ErrorCode::kInvalidArgument, "format version 3");
}

TEST(Manifest, Trap42_PositionDeletesHaveNoSortOrder) {
  DataFile file = PlainFile("d", 3);
  file.content = FileContent::kPositionDeletes;
  file.sort_order_id = SortOrderId{2};
  ASSERT_OK_AND_ASSIGN(const auto finished,
                       Write({Added(file)}, {.content = ManifestContent::kDeletes}, {}));
  ASSERT_OK_AND_ASSIGN(const Manifest manifest, ReadManifestRaw(finished.avro));
  EXPECT_EQ(manifest.entries[0].file.sort_order_id, std::nullopt);
}

/// The node of a field by id, with its optional union taken off.
const avro::Node& FieldNode(const avro::Schema& schema, const avro::Node& record,
                            int32_t id) {
  for (const avro::RecordField& field : record.fields) {
    if (field.field_id != id) {
      continue;
    }
    const avro::Node& node = schema.node(field.node);
    return node.kind == avro::Kind::kUnion ? schema.node(node.children[1]) : node;
  }
  ADD_FAILURE() << "no field " << id << " in " << record.name;
  return record;
}

TEST(Manifest, Trap47_48_SchemaAndHeaderAreThoseOfTheSpec) {
  ASSERT_OK_AND_ASSIGN(const auto finished,
                       Write({Added(FullFile())}, {.format_version = 3}, TestSpec()));
  avro::MemorySource source(finished.avro);
  ASSERT_OK_AND_ASSIGN(const avro::FileReader reader, avro::FileReader::Open(&source));
  for (const char* key : {"schema", "schema-id", "partition-spec", "partition-spec-id",
                          "format-version", "content"}) {
    EXPECT_NE(reader.FindMetadata(key), nullptr) << key;
  }
  EXPECT_EQ(*reader.FindMetadata("schema-id"), "3");
  EXPECT_EQ(*reader.FindMetadata("partition-spec-id"), "7");
  EXPECT_EQ(reader.FindMetadata("partition-spec")->front(), '[');
  const avro::Schema& schema = reader.schema();
  EXPECT_EQ(schema.root().name, "manifest_entry");
  const avro::Node& file = FieldNode(schema, schema.root(), 2);
  EXPECT_EQ(file.name, "r2");
  const avro::Node& partition = FieldNode(schema, file, 102);
  EXPECT_EQ(partition.name, "r102");
  EXPECT_EQ(partition.fields[1].name, "r_xE9gion_x201");
  EXPECT_EQ(FieldNode(schema, partition, 1000).logical, avro::Logical::kDate);
  EXPECT_EQ(FieldNode(schema, partition, 1003).size,
            4);  // decimal(9, 2) in its least bytes
  EXPECT_EQ(FieldNode(schema, partition, 1003).logical, avro::Logical::kDecimal);
  // A second decimal(9, 2) is no reference to the first, which PyIceberg could not
  // follow.
  EXPECT_EQ(FieldNode(schema, partition, 1003).name, "decimal_9_2");
  EXPECT_EQ(FieldNode(schema, partition, 1007).name, "decimal_9_2_1007");
  EXPECT_EQ(FieldNode(schema, partition, 1005).logical, avro::Logical::kUuid);
  const avro::Node& bounds = FieldNode(schema, file, 125);
  EXPECT_EQ(bounds.logical, avro::Logical::kMap);
  const avro::Node& pair = schema.node(bounds.children[0]);
  EXPECT_EQ(pair.name, "k126_v127");
  EXPECT_EQ(pair.fields[0].field_id, 126);
  EXPECT_EQ(pair.fields[1].field_id, 127);
  const avro::Node& equality_ids = FieldNode(schema, file, 135);
  EXPECT_EQ(equality_ids.element_id, 136);
  EXPECT_EQ(schema.node(equality_ids.children[0]).kind, avro::Kind::kInt);
}

TEST(Manifest, AnUnknownTransformsValuesAreKept) {
  PartitionSpec spec{.id = SpecId{1},
                     .fields = {{{1}, 1000, "z", UnknownTransform{"zorder"}},
                                {{99}, 1001, "dropped", Identity{}},
                                {{1}, 1002, "nothing", UnknownTransform{"none"}}}};
  DataFile first = PlainFile("a", 1);
  first.partition = {{}, int128_t{-5}, {}};
  DataFile second = PlainFile("b", 1);
  second.partition = {std::string("xy"), {}, {}};
  ASSERT_OK_AND_ASSIGN(const auto finished,
                       Write({Added(first), Added(second)}, {}, spec));
  EXPECT_EQ(finished.manifest.partitions[0],
            (PartitionFieldSummary{.contains_null = true, .contains_nan = false}));
  ASSERT_OK_AND_ASSIGN(const Manifest manifest, ReadManifestRaw(finished.avro));
  ASSERT_EQ(manifest.entries.size(), 2u);
  EXPECT_EQ(manifest.entries[0].file.partition, first.partition);
  EXPECT_EQ(manifest.entries[1].file.partition, second.partition);
}

TEST(Manifest, RefusesEntriesThatWouldMakeItWrong) {
  const PartitionSpec spec{.id = SpecId{1}, .fields = {{{1}, 1000, "id", Identity{}}}};
  auto with = [](PartitionTuple tuple) {
    DataFile file = PlainFile("f", 1);
    file.partition = std::move(tuple);
    return Added(file);
  };
  ManifestEntry no_sequence = Existing(PlainFile("f", 1), 1);
  no_sequence.sequence_number.reset();
  ManifestEntry no_snapshot = Existing(PlainFile("f", 1), 1);
  no_snapshot.snapshot_id.reset();
  ManifestEntry file_sequence = Added(PlainFile("f", 1));
  file_sequence.file_sequence_number = SequenceNumber{1};
  DataFile deletes = PlainFile("f", 1);
  deletes.content = FileContent::kEqualityDeletes;
  struct Case {
    const char* message;
    ManifestEntry entry;
    PartitionSpec spec;
  };
  const Case kCases[] = {
      {"one value per field", with({}), spec},
      {"one value per field", with({int64_t{1}}), {}},
      {"is not of type long", with({int32_t{1}}), spec},
      {"no sequence numbers", no_sequence, {}},
      {"no snapshot id", no_snapshot, {}},
      {"must inherit", file_sequence, {}},
      {"separate manifests", Added(deletes), {}},
      {"no path", Added(PlainFile("", 1)), {}},
      {"record count is negative", Added(PlainFile("f", -1)), {}},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.message);
    EXPECT_ERROR(Write({c.entry}, {}, c.spec), ErrorCode::kInvalidArgument, c.message);
  }
  EXPECT_ERROR(Write({}, {.format_version = 4}, {}), ErrorCode::kInvalidArgument,
               "format version");
}

}  // namespace
}  // namespace tarn::iceberg
