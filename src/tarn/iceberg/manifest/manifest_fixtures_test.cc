// Manifests and lists that others wrote: see tests/interop/make_manifest_fixtures.py.
#include <fstream>
#include <iterator>
#include <map>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tarn/iceberg/manifest.h"
#include "tarn/iceberg/value.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::iceberg {
namespace {

std::string Fixture(const std::string& name) {
  std::ifstream file("src/tarn/iceberg/testdata/" + name, std::ios::binary);
  EXPECT_TRUE(file) << name;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

struct Snapshot {
  std::vector<ManifestFile> list;
  std::vector<Manifest> manifests;
};

Result<Snapshot> ReadSnapshot(const std::string& name) {
  Snapshot snapshot;
  ARROW_ASSIGN_OR_RAISE(snapshot.list, ReadManifestList(Fixture(name + "-list.avro")));
  for (size_t i = 0; i < snapshot.list.size(); ++i) {
    std::string bytes = Fixture(name + "-" + std::to_string(i) + ".avro");
    EXPECT_EQ(static_cast<int64_t>(bytes.size()), snapshot.list[i].length_bytes);
    ARROW_ASSIGN_OR_RAISE(Manifest manifest, ReadManifest(bytes, snapshot.list[i]));
    snapshot.manifests.push_back(std::move(manifest));
  }
  return snapshot;
}

// Three files of one row each, the first appended again, the row with id 2 deleted.
TEST(ManifestFixtures, PyIcebergsPartitionedTableInV1AndV2) {
  for (int32_t version : {1, 2}) {
    SCOPED_TRACE(version);
    ASSERT_OK_AND_ASSIGN(const Snapshot snapshot,
                         ReadSnapshot("pyiceberg-v" + std::to_string(version)));
    ASSERT_EQ(snapshot.list.size(), 3u);
    std::map<std::string, int> seen;
    for (size_t i = 0; i < 3; ++i) {
      const ManifestFile& listed = snapshot.list[i];
      const Manifest& manifest = snapshot.manifests[i];
      EXPECT_EQ(manifest.header.format_version, version);
      ASSERT_EQ(manifest.header.spec.fields.size(), 5u);
      EXPECT_EQ(manifest.header.spec.fields[1].name, "région 1");
      EXPECT_EQ(manifest.header.schema->fields().size(), 6u);
      EXPECT_EQ(listed.partitions.size(), 5u);
      EXPECT_EQ(listed.sequence_number, SequenceNumber{version == 1 ? 0
                                                       : i == 1     ? 2
                                                                    : 3});
      std::map<EntryStatus, int64_t> rows;
      for (const ManifestEntry& entry : manifest.entries) {
        rows[entry.status] += entry.file.record_count;
        EXPECT_TRUE(entry.snapshot_id.has_value());
        ASSERT_TRUE(entry.sequence_number.has_value());
        EXPECT_EQ(entry.sequence_number->value, version == 1 ? 0 : i == 1 ? 2 : 1);
        EXPECT_EQ(entry.file.format, FileFormat::kParquet);
        EXPECT_GT(entry.file.file_size_bytes, 0);
        EXPECT_EQ(entry.file.split_offsets, std::vector<int64_t>{4});
        ++seen[PartitionPath(manifest.header.spec, *manifest.header.schema,
                             entry.file.partition)];
      }
      EXPECT_EQ(rows[EntryStatus::kAdded], *listed.added_rows_count);
      EXPECT_EQ(rows[EntryStatus::kExisting], *listed.existing_rows_count);
      EXPECT_EQ(rows[EntryStatus::kDeleted], *listed.deleted_rows_count);
    }
    const std::map<std::string, int> expected = {
        {"ts_day=2024-01-31/r%C3%A9gion+1=EU-west/id_bucket=4/amount=-1.28/"
         "1st+day=2024-01-31",
         2},
        {"ts_day=1969-12-31/r%C3%A9gion+1=null/id_bucket=4/amount=12.50/1st+day=null", 1},
        {"ts_day=null/r%C3%A9gion+1=ASIA/id_bucket=3/amount=null/1st+day=1970-01-01", 1}};
    EXPECT_EQ(seen, expected);
  }
}

TEST(ManifestFixtures, PyIcebergsStatisticsAreOneRowPerColumn) {
  ASSERT_OK_AND_ASSIGN(const Snapshot snapshot, ReadSnapshot("pyiceberg-v2"));
  ASSERT_EQ(snapshot.manifests[1].entries.size(), 1u);
  const DataFile& file = snapshot.manifests[1].entries[0].file;
  ASSERT_EQ(file.columns.size(), 6u);
  for (size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(file.columns[i].field_id, static_cast<FieldId>(i + 1));
    EXPECT_GT(file.columns[i].column_size, 0);
    EXPECT_EQ(file.columns[i].value_count, 1);
    EXPECT_EQ(file.columns[i].null_count, 0);
  }
  EXPECT_EQ(file.columns[0].lower_bound, ValueToBytes(Type::Long(), int64_t{1}));
  EXPECT_EQ(file.columns[2].upper_bound, "EU-west");
  EXPECT_EQ(file.columns[3].lower_bound, "\x80");        // -1.28
  EXPECT_EQ(file.columns[4].lower_bound, std::nullopt);  // its only value is NaN
}

TEST(ManifestFixtures, PyIcebergsUnpartitionedTable) {
  ASSERT_OK_AND_ASSIGN(const Snapshot snapshot, ReadSnapshot("pyiceberg-unpartitioned"));
  ASSERT_EQ(snapshot.manifests.size(), 1u);
  ASSERT_EQ(snapshot.manifests[0].entries.size(), 1u);
  const ManifestEntry& entry = snapshot.manifests[0].entries[0];
  EXPECT_TRUE(entry.file.partition.empty());
  EXPECT_EQ(entry.sequence_number, SequenceNumber{1});
  EXPECT_EQ(entry.file.record_count, 3);
  ASSERT_EQ(entry.file.columns.size(), 1u);
  EXPECT_EQ(entry.file.columns[0].null_count, 1);
}

TEST(ManifestFixtures, Trap07_48_V1WithoutFieldIdsWithIntDaysAndMilliseconds) {
  const std::string bytes = Fixture("fastavro-v1.avro");
  ManifestFile listed;
  listed.sequence_number = SequenceNumber{12};  // of no meaning for v1
  listed.spec_id = SpecId{3};
  ASSERT_OK_AND_ASSIGN(const Manifest manifest, ReadManifest(bytes, listed));
  EXPECT_EQ(manifest.header.format_version, 1);
  EXPECT_EQ(manifest.header.spec.id, SpecId{3});
  EXPECT_EQ(manifest.header.spec.fields[1].field_id, 1001);
  ASSERT_EQ(manifest.entries.size(), 1u);
  const ManifestEntry& entry = manifest.entries[0];
  EXPECT_EQ(entry.status, EntryStatus::kAdded);
  EXPECT_EQ(entry.snapshot_id, SnapshotId{7});
  EXPECT_EQ(entry.sequence_number, SequenceNumber{0});
  EXPECT_EQ(entry.file.spec_id, SpecId{3});
  EXPECT_EQ(entry.file.partition,
            (PartitionTuple{int32_t{19753}, int64_t{1'704'067'200'000'000}}));
  EXPECT_EQ(entry.file.record_count, 11);
  const std::vector<ColumnStats> columns = {
      {.field_id = 1, .column_size = 10, .lower_bound = std::string(8, '\0')},
      {.field_id = 2, .column_size = 20}};
  EXPECT_EQ(entry.file.columns, columns);
}

TEST(ManifestFixtures, Trap12_AbsentStatisticsAreUnknown) {
  ASSERT_OK_AND_ASSIGN(const Manifest manifest,
                       ReadManifestRaw(Fixture("fastavro-v1.avro")));
  for (const ColumnStats& column : manifest.entries[0].file.columns) {
    EXPECT_EQ(column.value_count, std::nullopt);
    EXPECT_EQ(column.null_count, std::nullopt);
    EXPECT_EQ(column.nan_count, std::nullopt);
    EXPECT_EQ(column.upper_bound, std::nullopt);
  }
}

TEST(ManifestFixtures, Trap47_UnusualV3GoesByFieldIdInEveryCodec) {
  for (const char* codec : {"null", "deflate", "snappy", "zstandard"}) {
    SCOPED_TRACE(codec);
    ASSERT_OK_AND_ASSIGN(
        const Manifest manifest,
        ReadManifestRaw(Fixture(std::string("fastavro-odd-") + codec + ".avro")));
    EXPECT_EQ(manifest.header.format_version, 3);
    EXPECT_EQ(manifest.header.content, ManifestContent::kDeletes);
    EXPECT_EQ(manifest.header.spec.id, SpecId{6});
    ASSERT_EQ(manifest.entries.size(), 40u);
    for (int i = 0; i < 40; ++i) {
      const bool odd = i % 2 != 0;
      ManifestEntry expected;
      if (!odd) {
        expected.sequence_number = SequenceNumber{5};
      }
      DataFile& file = expected.file;
      file.content = FileContent::kPositionDeletes;
      file.format = FileFormat::kPuffin;
      file.file_path = "s3://b/" + std::to_string(i) + ".puffin";
      file.spec_id = SpecId{6};
      file.partition = {std::string(15, '\0') + static_cast<char>(i), {}};
      if (odd) {
        file.partition[1] = std::string("abc");
      }
      file.record_count = i;
      file.file_size_bytes = 100 + i;
      file.columns = {{.field_id = 3, .null_count = i, .upper_bound = "y"},
                      {.field_id = 9, .upper_bound = "z"}};
      if (odd) {
        file.equality_ids = {1, 2};
      }
      file.referenced_data_file = "s3://b/" + std::to_string(i) + ".parquet";
      file.content_offset = 4;
      file.content_size_bytes = 40;
      ASSERT_EQ(manifest.entries[static_cast<size_t>(i)], expected) << i;
    }
  }
}

TEST(ManifestFixtures, EveryTruncationIsAnErrorOrEndsAtABlock) {
  for (const char* name :
       {"pyiceberg-v2-2.avro", "fastavro-v1.avro", "fastavro-odd-snappy.avro"}) {
    const std::string bytes = Fixture(name);
    for (size_t size = 0; size < bytes.size(); size += 3) {
      const Result<Manifest> manifest =
          ReadManifestRaw(std::string_view(bytes).substr(0, size));
      if (manifest.ok()) {
        EXPECT_LT(manifest->entries.size(), 40u);
      } else {
        EXPECT_THAT(manifest, testing::IsError(ErrorCode::kInvalidData))
            << name << " " << size;
      }
    }
  }
}

// Whatever one changed byte makes of them, they are read or refused, and never more.
TEST(ManifestFixtures, FlippedBytesAreReadOrRefused) {
  for (const char* name : {"fastavro-v1.avro", "fastavro-odd-null.avro"}) {
    const std::string bytes = Fixture(name);
    for (size_t at = 0; at < bytes.size(); at += 3) {
      std::string changed = bytes;
      changed[at] = static_cast<char>(changed[at] ^ (1 << (at % 8)));
      const Result<Manifest> manifest = ReadManifestRaw(changed);
      if (manifest.ok()) {
        continue;
      }
      const ErrorCode code = CodeOf(manifest.status());
      EXPECT_TRUE(code == ErrorCode::kInvalidData || code == ErrorCode::kNotSupported)
          << name << " " << at << " " << manifest.status().ToString();
    }
  }
}

TEST(ManifestFixtures, ListsOfOtherKindsAreRefused) {
  EXPECT_ERROR(ReadManifestList(Fixture("pyiceberg-v2-0.avro")), ErrorCode::kInvalidData,
               "is missing");
  EXPECT_ERROR(ReadManifestRaw(Fixture("pyiceberg-v2-list.avro")),
               ErrorCode::kInvalidData, "");
  EXPECT_ERROR(ReadManifestList("AGS1rest"), ErrorCode::kNotSupported, "encrypted");
}

}  // namespace
}  // namespace tarn::iceberg
