// Encrypted tables: every manifest and manifest list is encrypted, read with the keys,
// and refused without them.
#include <string>

#include <gtest/gtest.h>

#include "tarn/iceberg/encryption.h"
#include "tarn/io/key_file.h"
#include "tarn/table/fake_table_test.h"
#include "tarn/table/maintenance/compute_partition_stats.h"
#include "tarn/table/maintenance/compute_table_stats.h"
#include "tarn/table/maintenance/rewrite_manifests.h"
#include "tarn/table/manifest_cache.h"

namespace tarn::table {
namespace {

using iceberg::DataFile;

class EncryptedTableTest : public ::testing::Test {
 protected:
  EncryptedTableTest()
      : keys_(io::ParseKeyFile("master 000102030405060708090a0b0c0d0e0f", "keys")
                  .ValueOrDie()) {
    table_.memory.set_keys(keys_.get());
  }

  void Create(std::map<std::string, std::string> properties = {}) {
    properties["encryption.key-id"] = "master";
    ASSERT_OK(table_.Create(std::move(properties)));
    ASSERT_EQ(table_.Metadata()->format_version, 3);
  }

  DataFile NewFile(int32_t day) {
    DataFile file = table_.NewFile(day);
    file.key_metadata = iceberg::FileKeyToBytes(iceberg::NewFileKey(16).ValueOrDie());
    return file;
  }

  /// Checks that all that the table's snapshots refer to in metadata is encrypted.
  void ExpectEncrypted() {
    const auto metadata = table_.Metadata();
    for (const iceberg::Snapshot& snapshot : metadata->snapshots) {
      SCOPED_TRACE(snapshot.id.value);
      ASSERT_TRUE(snapshot.key_id.has_value());
      EXPECT_TRUE(iceberg::IsEncryptedStream(
          table_.memory.ReadAll(snapshot.manifest_list).ValueOrDie()));
      ASSERT_OK_AND_ASSIGN(const auto manifests,
                           LoadManifests(table_.memory, *metadata, snapshot));
      for (const iceberg::ManifestFile& manifest : manifests) {
        const std::string stored = table_.memory.ReadAll(manifest.path).ValueOrDie();
        EXPECT_TRUE(iceberg::IsEncryptedStream(stored));
        EXPECT_TRUE(manifest.key_metadata.has_value());
        EXPECT_EQ(manifest.length_bytes, static_cast<int64_t>(stored.size()));
      }
    }
  }

  FakeTable table_;
  std::unique_ptr<KeyManagement> keys_;
};

TEST_F(EncryptedTableTest, SnapshotsAreReadWithTheKeys) {
  Create();
  for (int32_t day = 0; day < 3; ++day) {
    ASSERT_OK(table_.Append({NewFile(day)}));
  }
  EXPECT_EQ(table_.NumRows(), 30);
  ExpectEncrypted();
  // One key encryption key, and one key for each list.
  EXPECT_EQ(table_.Metadata()->encryption_keys.size(), 4U);
  ASSERT_OK_AND_ASSIGN(const auto plan, table_.Plan());
  EXPECT_TRUE(plan.tasks.at(0).file.key_metadata.has_value());
  EXPECT_EQ(table_.NumOrphans(), 0U);
}

TEST_F(EncryptedTableTest, OverwritesMergesAndRewritesStayEncrypted) {
  Create({{"commit.manifest.min-count-to-merge", "2"}});
  const DataFile gone = NewFile(1);
  ASSERT_OK(table_.Append({gone, NewFile(2)}));
  ASSERT_OK(table_.Append({NewFile(3)}));
  ASSERT_OK(table_.Append({NewFile(4)}));
  WriteRequest removal = table_.Request({NewFile(5)}, WriteMode::kRowDelta);
  removal.removed_files = {gone};
  ASSERT_OK(Write(table_.context, removal));
  EXPECT_EQ(table_.NumRows(), 40);
  ASSERT_OK(table_.Append({NewFile(6)}));
  ASSERT_OK(RewriteManifests(table_.context, table_.ident, {}));
  EXPECT_EQ(table_.NumRows(), 50);
  ExpectEncrypted();
  ASSERT_OK(Write(table_.context, table_.Request({NewFile(7)}, WriteMode::kOverwrite)));
  EXPECT_EQ(table_.NumRows(), 10);
  ExpectEncrypted();
}

TEST_F(EncryptedTableTest, WithoutTheKeysNothingIsReadOrWritten) {
  Create();
  ASSERT_OK(table_.Append({NewFile(1)}));
  const DataFile file = NewFile(2);
  const auto before = table_.catalog.LoadTable(table_.ident).ValueOrDie();
  const size_t files = table_.memory.num_files();
  const auto other =
      io::ParseKeyFile("hr 000102030405060708090a0b0c0d0e0f", "keys").ValueOrDie();
  const auto wrong =
      io::ParseKeyFile("master ff0102030405060708090a0b0c0d0e0f", "keys").ValueOrDie();
  struct Case {
    const char* name;
    KeyManagement* keys;
    ErrorCode code;
    const char* error;
  };
  const Case cases[] = {
      {"no key file", nullptr, ErrorCode::kForbidden, "configure encryption.key-file"},
      {"another key", other.get(), ErrorCode::kForbidden, "Key master"},
      {"a wrong key", wrong.get(), ErrorCode::kInvalidData, "key is another one"}};
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    table_.memory.set_keys(c.keys);
    EXPECT_ERROR(table_.Plan(), c.code, c.error);
    EXPECT_ERROR(table_.Append({file}), c.code, c.error);
    EXPECT_EQ(table_.memory.num_files(), files);
    EXPECT_EQ(table_.catalog.LoadTable(table_.ident)->metadata_location,
              before.metadata_location);
  }
  table_.memory.set_keys(keys_.get());
  ASSERT_OK(table_.Append({file}));
  EXPECT_EQ(table_.NumRows(), 20);
}

TEST_F(EncryptedTableTest, TheFirstCommitNeedsTheKeysToo) {
  Create();
  table_.memory.set_keys(nullptr);
  const DataFile file = NewFile(1);
  const size_t files = table_.memory.num_files();
  EXPECT_ERROR(table_.Append({file}), ErrorCode::kForbidden, "encryption.key-file");
  EXPECT_EQ(table_.memory.num_files(), files);
  EXPECT_EQ(table_.Metadata()->current_snapshot(), nullptr);
}

TEST_F(EncryptedTableTest, FilesInClearAreNotTaken) {
  Create();
  EXPECT_ERROR(table_.Append({table_.NewFile(int32_t{1})}), ErrorCode::kInvalidArgument,
               "encrypted");
  EXPECT_EQ(table_.Metadata()->current_snapshot(), nullptr);
}

TEST_F(EncryptedTableTest, ExchangedFilesAreSeen) {
  Create();
  ASSERT_OK(table_.Append({NewFile(1)}));
  const auto first = *table_.Metadata()->current_snapshot();
  ASSERT_OK(table_.Append({NewFile(2)}));
  const auto second = *table_.Metadata()->current_snapshot();
  const std::string list = table_.memory.ReadAll(second.manifest_list).ValueOrDie();
  // An older list in place of the newer one, and one that was cut.
  table_.memory.Put(second.manifest_list,
                    table_.memory.ReadAll(first.manifest_list).ValueOrDie());
  EXPECT_ERROR(table_.Plan(), ErrorCode::kInvalidData, second.manifest_list);
  table_.memory.Put(second.manifest_list, list.substr(0, list.size() - 1));
  EXPECT_ERROR(table_.Plan(), ErrorCode::kInvalidData, second.manifest_list);
  table_.memory.Put(second.manifest_list, list);
  const auto manifests = table_.HeadManifests();
  ASSERT_EQ(manifests.size(), 2U);
  const std::string newer = table_.memory.ReadAll(manifests[0].path).ValueOrDie();
  table_.memory.Put(manifests[0].path,
                    table_.memory.ReadAll(manifests[1].path).ValueOrDie());
  EXPECT_ERROR(table_.Plan(), ErrorCode::kInvalidData, manifests[0].path);
  table_.memory.Put(manifests[0].path, newer);
  EXPECT_EQ(table_.NumRows(), 20);
}

TEST_F(EncryptedTableTest, StatisticsWouldBeInClear) {
  Create();
  ASSERT_OK(table_.Append({NewFile(1)}));
  EXPECT_ERROR(ComputeTableStats(table_.context, table_.ident, {}),
               ErrorCode::kNotSupported, "in clear");
  EXPECT_ERROR(ComputePartitionStats(table_.context, table_.ident, {}),
               ErrorCode::kNotSupported, "in clear");
  EXPECT_TRUE(table_.Metadata()->statistics.empty());
}

TEST_F(EncryptedTableTest, OneCacheServesReadersOfTheSameKeys) {
  Create();
  ASSERT_OK(table_.Append({NewFile(1)}));
  ManifestCache cache(1 << 20);
  ScanRequest request;
  request.metadata = table_.Metadata();
  request.manifests = &cache;
  for (int i = 0; i < 2; ++i) {
    ASSERT_OK_AND_ASSIGN(const auto plan, PlanScan(table_.memory, request));
    EXPECT_EQ(plan.tasks.size(), 1U);
  }
  EXPECT_GT(cache.usage().hits, 0);
}

}  // namespace
}  // namespace tarn::table
