#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tarn/iceberg/avro/reader.h"
#include "tarn/iceberg/manifest.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::iceberg {
namespace {

constexpr SnapshotId kSnapshot{100};

ManifestFile Counted(std::string path, int64_t added_rows, int64_t existing_rows) {
  ManifestFile manifest;
  manifest.path = std::move(path);
  manifest.length_bytes = 4321;
  manifest.spec_id = SpecId{2};
  manifest.sequence_number = SequenceNumber{4};
  manifest.min_sequence_number = SequenceNumber{3};
  manifest.added_snapshot_id = SnapshotId{50};
  manifest.added_files_count = 1;
  manifest.existing_files_count = 2;
  manifest.deleted_files_count = 3;
  manifest.added_rows_count = added_rows;
  manifest.existing_rows_count = existing_rows;
  manifest.deleted_rows_count = int64_t{5} << 32;
  return manifest;
}

TEST(ManifestList, ReadsBackWhatItWrote) {
  ManifestFile full = Counted("s3://b/m1.avro", 10, 20);
  full.content = ManifestContent::kDeletes;
  full.partitions = {{.contains_null = true,
                      .contains_nan = true,
                      .lower_bound = "",
                      .upper_bound = "z"},
                     {.contains_null = false}};
  full.has_partitions = true;
  full.key_metadata = "key";
  ManifestFile unpartitioned = Counted("s3://b/m3.avro", 0, 0);
  unpartitioned.has_partitions = true;  // and not unknown
  const std::vector<ManifestFile> manifests = {full, Counted("s3://b/m2.avro", 0, 0),
                                               unpartitioned};
  for (AvroCompression codec : {AvroCompression::kNone, AvroCompression::kDeflate,
                                AvroCompression::kSnappy, AvroCompression::kZstd}) {
    ASSERT_OK_AND_ASSIGN(
        const ManifestListBytes list,
        WriteManifestList({.snapshot_id = kSnapshot, .compression = codec}, manifests));
    EXPECT_EQ(list.next_row_id, std::nullopt);
    ASSERT_OK_AND_ASSIGN(const std::vector<ManifestFile> again,
                         ReadManifestList(list.avro));
    EXPECT_EQ(again, manifests);
  }
}

TEST(ManifestList, HeaderNamesTheSnapshot) {
  ASSERT_OK_AND_ASSIGN(const ManifestListBytes list,
                       WriteManifestList({.format_version = 3,
                                          .snapshot_id = kSnapshot,
                                          .parent_snapshot_id = SnapshotId{7},
                                          .sequence_number = SequenceNumber{9},
                                          .first_row_id = 1000},
                                         {}));
  avro::MemorySource source(list.avro);
  ASSERT_OK_AND_ASSIGN(const avro::FileReader reader, avro::FileReader::Open(&source));
  EXPECT_EQ(*reader.FindMetadata("snapshot-id"), "100");
  EXPECT_EQ(*reader.FindMetadata("parent-snapshot-id"), "7");
  EXPECT_EQ(*reader.FindMetadata("sequence-number"), "9");
  EXPECT_EQ(*reader.FindMetadata("format-version"), "3");
  EXPECT_EQ(*reader.FindMetadata("first-row-id"), "1000");
  EXPECT_EQ(reader.schema().root().name, "manifest_file");
  EXPECT_EQ(list.next_row_id, 1000);
}

TEST(ManifestList, Trap27_RowIdsGoToDataManifestsWithoutOneInOrder) {
  ManifestFile deletes = Counted("deletes", 500, 500);
  deletes.content = ManifestContent::kDeletes;
  deletes.first_row_id = 3;  // never kept
  ManifestFile numbered = Counted("numbered", 1000, 1000);
  numbered.first_row_id = 17;
  const std::vector<ManifestFile> manifests = {Counted("a", 10, 20), deletes, numbered,
                                               Counted("b", 0, 5), Counted("c", 1, 0)};
  const ManifestListOptions options{
      .format_version = 3, .snapshot_id = kSnapshot, .first_row_id = 1000};
  ASSERT_OK_AND_ASSIGN(const ManifestListBytes list,
                       WriteManifestList(options, manifests));
  EXPECT_EQ(list.next_row_id, 1036);
  ASSERT_OK_AND_ASSIGN(const std::vector<ManifestFile> again,
                       ReadManifestList(list.avro));
  EXPECT_EQ(again[0].first_row_id, 1000);
  EXPECT_EQ(again[1].first_row_id, std::nullopt);
  EXPECT_EQ(again[2].first_row_id, 17);
  EXPECT_EQ(again[3].first_row_id, 1030);
  EXPECT_EQ(again[4].first_row_id, 1035);
  // A retry on a newer parent starts from that one's next row id.
  ManifestListOptions retry = options;
  retry.first_row_id = 5000;
  ASSERT_OK_AND_ASSIGN(const ManifestListBytes second,
                       WriteManifestList(retry, manifests));
  EXPECT_EQ(second.next_row_id, 5036);
}

TEST(ManifestList, SequenceNumbersAreGivenToThisSnapshotsManifestsOnly) {
  ManifestFile fresh = Counted("fresh", 1, 1);
  fresh.added_snapshot_id = kSnapshot;
  fresh.sequence_number = fresh.min_sequence_number = kUnassignedSequence;
  ManifestFile carried = Counted("carried", 1, 1);
  const ManifestListOptions options{.snapshot_id = kSnapshot,
                                    .sequence_number = SequenceNumber{9}};
  ASSERT_OK_AND_ASSIGN(const ManifestListBytes list,
                       WriteManifestList(options, {fresh, carried}));
  ASSERT_OK_AND_ASSIGN(const std::vector<ManifestFile> again,
                       ReadManifestList(list.avro));
  EXPECT_EQ(again[0].sequence_number, SequenceNumber{9});
  EXPECT_EQ(again[0].min_sequence_number, SequenceNumber{9});
  EXPECT_EQ(again[1], carried);
  fresh.added_snapshot_id = SnapshotId{1};
  EXPECT_ERROR(WriteManifestList(options, {fresh}), ErrorCode::kInvalidArgument,
               "no sequence number");
}

TEST(ManifestList, Trap18_SequenceNumberZeroOfV1IsKept) {
  ManifestFile old = Counted("v1", 1, 1);
  old.sequence_number = old.min_sequence_number = SequenceNumber{0};
  ASSERT_OK_AND_ASSIGN(
      const ManifestListBytes list,
      WriteManifestList({.snapshot_id = kSnapshot, .sequence_number = SequenceNumber{1}},
                        {old}));
  ASSERT_OK_AND_ASSIGN(const std::vector<ManifestFile> again,
                       ReadManifestList(list.avro));
  EXPECT_EQ(again[0].sequence_number, SequenceNumber{0});
  EXPECT_EQ(again[0].min_sequence_number, SequenceNumber{0});
}

TEST(ManifestList, RefusesWhatItCannotWrite) {
  ManifestFile uncounted = Counted("m", 1, 1);
  uncounted.existing_rows_count.reset();
  ManifestFile endless = Counted("m", INT64_MAX, 1);
  EXPECT_ERROR(WriteManifestList({}, {uncounted}), ErrorCode::kInvalidArgument, "counts");
  EXPECT_ERROR(WriteManifestList({}, {Counted("", 1, 1)}), ErrorCode::kInvalidArgument,
               "no path");
  EXPECT_ERROR(WriteManifestList({.format_version = 3}, {}), ErrorCode::kInvalidArgument,
               "row id");
  EXPECT_ERROR(WriteManifestList({.format_version = 4}, {}), ErrorCode::kInvalidArgument,
               "version");
  EXPECT_ERROR(WriteManifestList({.format_version = 3, .first_row_id = 0}, {endless}),
               ErrorCode::kInvalidArgument, "row ids");
}

}  // namespace
}  // namespace tarn::iceberg
