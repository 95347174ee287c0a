// Manifests and manifest lists as tables of format version 1 have them.
#include <string>

#include <gtest/gtest.h>

#include "tarn/iceberg/avro/reader.h"
#include "tarn/iceberg/manifest.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::iceberg {
namespace {

constexpr SnapshotId kSnapshot{100};

std::shared_ptr<const Schema> TestSchema() {
  return *Schema::Make(SchemaId{3}, {{.id = 1, .name = "id", .type = Type::Long()},
                                     {.id = 2, .name = "day", .type = Type::Date()}});
}

PartitionSpec ByDay() {
  return {.id = SpecId{1}, .fields = {{{2}, 1000, "day", Identity{}}}};
}

DataFile FullFile() {
  DataFile file;
  file.file_path = "s3://b/data/1.parquet";
  file.spec_id = SpecId{1};
  file.partition = {int32_t{19000}};
  file.record_count = 42;
  file.file_size_bytes = int64_t{1} << 40;
  file.columns = {{.field_id = 1,
                   .column_size = 10,
                   .value_count = 42,
                   .null_count = 0,
                   .nan_count = 1,
                   .lower_bound = std::string(8, '\1'),
                   .upper_bound = std::string(8, '\2')}};
  file.key_metadata = "key";
  file.split_offsets = {4, 1000};
  file.sort_order_id = SortOrderId{2};
  return file;
}

ManifestWriter::Options VersionOne() {
  return {.format_version = 1, .snapshot_id = kSnapshot};
}

TEST(ManifestV1, Trap18_ReadsBackWithSequenceNumberZero) {
  ManifestWriter writer(VersionOne(), TestSchema(), ByDay());
  ManifestEntry added;
  added.file = FullFile();
  ASSERT_OK(writer.Add(added));
  ManifestEntry gone = added;
  gone.status = EntryStatus::kDeleted;
  gone.file.file_path = "s3://b/data/2.parquet";
  gone.sequence_number = gone.file_sequence_number = SequenceNumber{0};
  ASSERT_OK(writer.Add(gone));
  ASSERT_OK_AND_ASSIGN(ManifestWriter::Finished finished, writer.Finish());

  avro::MemorySource source(finished.avro);
  ASSERT_OK_AND_ASSIGN(const avro::FileReader reader,
                       avro::FileReader::Open(&source, {}));
  EXPECT_EQ(*reader.FindMetadata("format-version"), "1");
  EXPECT_EQ(reader.FindMetadata("content"), nullptr);
  const std::string& schema = *reader.FindMetadata("avro.schema");
  EXPECT_NE(schema.find("block_size_in_bytes"), std::string::npos);  // required in v1
  EXPECT_EQ(schema.find("sequence_number"), std::string::npos);
  EXPECT_EQ(schema.find("\"content\""), std::string::npos);

  finished.manifest.path = "m.avro";
  finished.manifest.sequence_number = SequenceNumber{0};
  ASSERT_OK_AND_ASSIGN(const Manifest manifest,
                       ReadManifest(finished.avro, finished.manifest));
  ASSERT_EQ(manifest.entries.size(), 2U);
  EXPECT_EQ(manifest.entries[0].file, FullFile());
  EXPECT_EQ(manifest.entries[0].snapshot_id, kSnapshot);
  EXPECT_EQ(manifest.entries[0].sequence_number->value, 0);
  EXPECT_EQ(manifest.entries[1].status, EntryStatus::kDeleted);
}

TEST(ManifestV1, HoldsNoDeletes) {
  ManifestWriter::Options options = VersionOne();
  options.content = ManifestContent::kDeletes;
  ManifestWriter writer(options, TestSchema(), ByDay());
  ManifestEntry entry;
  entry.file = FullFile();
  entry.file.content = FileContent::kPositionDeletes;
  EXPECT_ERROR(writer.Add(entry), ErrorCode::kInvalidArgument, "format version 2");

  ManifestFile manifest;
  manifest.path = "m.avro";
  manifest.content = ManifestContent::kDeletes;
  manifest.added_files_count = manifest.existing_files_count =
      manifest.deleted_files_count = 0;
  manifest.added_rows_count = manifest.existing_rows_count = manifest.deleted_rows_count =
      0;
  EXPECT_ERROR(
      WriteManifestList({.format_version = 1, .snapshot_id = kSnapshot}, {manifest}),
      ErrorCode::kInvalidArgument, "format version 2");
}

TEST(ManifestListV1, ReadsBackWhatItWrote) {
  ManifestFile manifest;
  manifest.path = "s3://b/m1.avro";
  manifest.length_bytes = 4321;
  manifest.spec_id = SpecId{2};
  manifest.sequence_number = manifest.min_sequence_number = kUnassignedSequence;
  manifest.added_snapshot_id = kSnapshot;
  manifest.added_files_count = 1;
  manifest.existing_files_count = 2;
  manifest.deleted_files_count = 3;
  manifest.added_rows_count = 10;
  manifest.existing_rows_count = 20;
  manifest.deleted_rows_count = int64_t{5} << 32;
  manifest.partitions = {{.contains_null = true, .lower_bound = "", .upper_bound = "z"}};
  manifest.has_partitions = true;
  ASSERT_OK_AND_ASSIGN(
      const ManifestListBytes list,
      WriteManifestList({.format_version = 1, .snapshot_id = kSnapshot}, {manifest}));
  EXPECT_EQ(list.next_row_id, std::nullopt);
  ASSERT_OK_AND_ASSIGN(const std::vector<ManifestFile> again,
                       ReadManifestList(list.avro));
  manifest.sequence_number = manifest.min_sequence_number = SequenceNumber{0};
  EXPECT_EQ(again, std::vector<ManifestFile>{manifest});
}

}  // namespace
}  // namespace tarn::iceberg
