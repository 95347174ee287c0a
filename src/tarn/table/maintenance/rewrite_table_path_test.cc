#include "tarn/table/maintenance/rewrite_table_path.h"

#include <sstream>

#include "tarn/table/maintenance/row_table_test.h"

namespace tarn::table {
namespace {

/// Writes the metadata file that the fake catalog only names.
std::string PutMetadata(RowTable& table) {
  const auto loaded = table.catalog.LoadTable(table.ident).ValueOrDie();
  table.memory.Put(loaded.metadata_location,
                   iceberg::TableMetadataToFileBytes(*loaded.metadata).ValueOrDie());
  return loaded.metadata_location;
}

/// Copies what the list says, and returns the source paths.
std::set<std::string> Copy(RowTable& table, const std::string& list) {
  std::set<std::string> sources;
  std::istringstream lines(table.memory.ReadAll(list).ValueOrDie());
  for (std::string line; std::getline(lines, line);) {
    const std::string source = line.substr(0, line.find(','));
    table.memory.Put(line.substr(line.find(',') + 1),
                     table.memory.ReadAll(source).ValueOrDie());
    sources.insert(source);
  }
  return sources;
}

Result<iceberg::TableMetadata> MetadataAt(RowTable& table, const std::string& location) {
  ARROW_ASSIGN_OR_RAISE(const std::string json, table.memory.ReadAll(location));
  ARROW_ASSIGN_OR_RAISE(const auto metadata, iceberg::TableMetadataFromJson(json));
  return *metadata;
}

RowTable::Ids IdsOf(RowTable& table, const iceberg::TableMetadata& metadata) {
  std::multiset<int64_t> ids;
  for (const auto& file : table.Scan(metadata).ValueOrDie()) {
    for (const auto& [position, row] : file.rows) {
      ids.insert(row.id);
    }
  }
  return {ids.begin(), ids.end()};
}

TEST(RewriteTablePath, TheCopyReadsTheSameRowsWithoutTheSource) {
  constexpr std::pair<const char*, const char*> kCases[] = {{"2", "/warehouse/"},
                                                            {"3", "/warehouse/"},
                                                            {"2", "file:///warehouse"},
                                                            {"3", "file:/warehouse/"}};
  for (const auto& [version, prefix] : kCases) {
    SCOPED_TRACE(std::string(version) + " " + prefix);
    RowTable table;
    ASSERT_OK(table.Create({{"format-version", version}}));
    ASSERT_OK(table.AppendRows(RowTable::Range(0, 10), 1));
    ASSERT_OK(table.AppendRows(RowTable::Range(10, 20), 2));
    ASSERT_OK(table.TryDelete({1, 11}));
    ASSERT_OK(table.DeleteByEquality({2}, 1));
    ASSERT_OK(table.TryDelete({3}));
    const auto before = table.LiveIds();
    ASSERT_EQ(before.size(), 16U);
    const std::string current = PutMetadata(table);
    RewriteTablePathOptions options;
    options.source_prefix = prefix;
    options.target_prefix = "s3://bucket/copy";
    options.staging_location = "/staging";
    ASSERT_OK_AND_ASSIGN(const auto result,
                         RewriteTablePath(table.context, table.ident, options));
    EXPECT_EQ(result.rewritten_metadata_files_count, 1);
    EXPECT_EQ(result.rewritten_manifest_lists_count, 5);
    EXPECT_EQ("/warehouse/t/metadata/" + result.latest_version, current);
    Copy(table, result.file_list_location);
    for (const char* directory : {"/warehouse", "/staging"}) {
      for (const io::FileInfo& file : table.memory.List(directory).ValueOrDie()) {
        ASSERT_OK(table.memory.Delete(file.location));
      }
    }
    ASSERT_OK_AND_ASSIGN(
        const iceberg::TableMetadata copy,
        MetadataAt(table, "s3://bucket/copy/t/metadata/" + result.latest_version));
    EXPECT_EQ(copy.location, "s3://bucket/copy/t");
    EXPECT_TRUE(copy.metadata_log.empty());  // of files that were gone
    EXPECT_EQ(IdsOf(table, copy), before);
    for (const iceberg::Snapshot& snapshot : copy.snapshots) {
      ASSERT_OK_AND_ASSIGN(const auto manifests,
                           LoadManifests(table.memory, copy, snapshot));
      for (const iceberg::ManifestFile& manifest : manifests) {
        ASSERT_OK_AND_ASSIGN(const auto info, table.memory.Stat(manifest.path));
        EXPECT_EQ(info.size_bytes, manifest.length_bytes);
      }
    }
  }
}

TEST(RewriteTablePath, LaterVersionsAlone) {
  RowTable table;
  ASSERT_OK(table.Create());
  ASSERT_OK(table.AppendRows({1}, 1));
  const std::string first = PutMetadata(table);
  ASSERT_OK(table.AppendRows({2}, 1));
  const std::string second = PutMetadata(table);
  RewriteTablePathOptions options;
  options.source_prefix = "/warehouse/t";
  options.target_prefix = "/elsewhere";
  options.start_version = first;
  ASSERT_OK_AND_ASSIGN(const auto result,
                       RewriteTablePath(table.context, table.ident, options));
  EXPECT_EQ(result.rewritten_metadata_files_count, 1);
  EXPECT_EQ(result.rewritten_manifest_lists_count, 1);
  EXPECT_TRUE(result.staging_location.starts_with("/warehouse/t/metadata/copy-table-"));
  ASSERT_OK_AND_ASSIGN(
      const auto copy,
      MetadataAt(table, result.staging_location + "/metadata/" + result.latest_version));
  ASSERT_EQ(copy.metadata_log.size(), 1U);
  EXPECT_TRUE(copy.metadata_log[0].metadata_file.starts_with("/elsewhere/metadata/"));
  options.start_version = "v99.metadata.json";
  EXPECT_ERROR(RewriteTablePath(table.context, table.ident, options),
               ErrorCode::kInvalidArgument, "v99");
}

TEST(RewriteTablePath, APathElsewhereEndsIt) {
  RowTable table;
  ASSERT_OK(table.Create());
  ASSERT_OK(table.AppendRows({1}, 1));
  PutMetadata(table);
  RewriteTablePathOptions options;
  options.source_prefix = "/ware";  // no directory of its own
  options.target_prefix = "/elsewhere";
  EXPECT_ERROR(RewriteTablePath(table.context, table.ident, options),
               ErrorCode::kInvalidArgument, "/warehouse/t");
  options.target_prefix = "/ware/";
  EXPECT_ERROR(RewriteTablePath(table.context, table.ident, options),
               ErrorCode::kInvalidArgument, "differ");
  options.target_prefix = "file:/ware";  // the same, spelled otherwise
  EXPECT_ERROR(RewriteTablePath(table.context, table.ident, options),
               ErrorCode::kInvalidArgument, "differ");
}

}  // namespace
}  // namespace tarn::table
