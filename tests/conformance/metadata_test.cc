// Golden table and view metadata, and a manifest list of another writer.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/conformance/golden_data.h"

#include "tarn/base/error.h"
#include "tarn/iceberg/manifest.h"
#include "tarn/iceberg/table_metadata.h"
#include "tarn/iceberg/view_metadata.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::conformance {
namespace {

using iceberg::TableMetadata;
using ReadGolden = std::string (*)(const std::string&);

struct Valid {
  ReadGolden read;
  const char* file;
  int32_t format_version;
  size_t schemas;
  size_t snapshots;
};

constexpr Valid kValid[] = {
    {JavaFile, "TableMetadataV1Valid.json", 1, 1, 0},
    {JavaFile, "TableMetadataV2Valid.json", 2, 2, 2},
    {JavaFile, "TableMetadataV2ValidMinimal.json", 2, 1, 0},
    {JavaFile, "TableMetadataV3ValidMinimal.json", 3, 1, 0},
    {JavaFile, "TableMetadataStatisticsFiles.json", 2, 1, 1},
    {JavaFile, "TableMetadataPartitionStatisticsFiles.json", 2, 1, 1},
    {GoFile, "table/testdata/TableMetadataV2Valid.json", 2, 2, 2},
    {GoFile, "table/testdata/TableMetadataV2ValidMinimal.json", 2, 1, 0},
    {GoFile, "table/testdata/TableMetadataV3WithPartitionStatistics.json", 3, 2, 2},
};

TEST(GoldenMetadata, IsReadAndSurvivesARewrite) {
  for (const Valid& golden : kValid) {
    SCOPED_TRACE(golden.file);
    ASSERT_OK_AND_ASSIGN(auto metadata,
                         iceberg::TableMetadataFromJson(golden.read(golden.file)));
    EXPECT_EQ(metadata->format_version, golden.format_version);
    EXPECT_EQ(metadata->schemas.size(), golden.schemas);
    EXPECT_EQ(metadata->snapshots.size(), golden.snapshots);
    const std::string written = TableMetadataToJson(*metadata);
    ASSERT_OK_AND_ASSIGN(auto again, iceberg::TableMetadataFromJson(written));
    EXPECT_EQ(TableMetadataToJson(*again), written);
    EXPECT_EQ(again->table_uuid, metadata->table_uuid);
    EXPECT_EQ(again->snapshots, metadata->snapshots);
    EXPECT_EQ(again->statistics, metadata->statistics);
    EXPECT_EQ(again->partition_statistics, metadata->partition_statistics);
  }
}

struct Refused {
  ReadGolden read;
  const char* file;
  ErrorCode code;
  const char* words;
};

constexpr Refused kRefused[] = {
    {JavaFile, "TableMetadataUnsupportedVersion.json", ErrorCode::kNotSupported,
     "version"},
    {JavaFile, "TableMetadataV1MissingSchemaType.json", ErrorCode::kInvalidData, "type"},
    {JavaFile, "TableMetadataV2CurrentSchemaNotFound.json", ErrorCode::kInvalidData,
     "schema"},
    {JavaFile, "TableMetadataV2MissingLastPartitionId.json", ErrorCode::kInvalidData,
     "last-partition-id"},
    {JavaFile, "TableMetadataV2MissingPartitionSpecs.json", ErrorCode::kInvalidData,
     "partition-specs"},
    {JavaFile, "TableMetadataV2MissingSchemas.json", ErrorCode::kInvalidData, "schemas"},
    {JavaFile, "TableMetadataV2MissingSortOrder.json", ErrorCode::kInvalidData,
     "sort-order"},
    {GoFile, "table/testdata/TableMetadataV1NoValidSchema.json", ErrorCode::kInvalidData,
     "schema"},
};

TEST(GoldenMetadata, IsRefusedWithItsReason) {
  for (const Refused& golden : kRefused) {
    SCOPED_TRACE(golden.file);
    const auto metadata = iceberg::TableMetadataFromJson(golden.read(golden.file));
    ASSERT_FALSE(metadata.ok());
    EXPECT_EQ(CodeOf(metadata.status()), golden.code) << metadata.status().ToString();
    EXPECT_THAT(metadata.status().message(), ::testing::HasSubstr(golden.words));
  }
}

TEST(GoldenViews, AreReadOrRefused) {
  const std::string folder = "org/apache/iceberg/view/";
  ASSERT_OK_AND_ASSIGN(const auto view, iceberg::ViewMetadataFromJson(
                                            JavaFile(folder + "ValidViewMetadata.json")));
  EXPECT_EQ(view->versions.size(), 2u);
  EXPECT_EQ(view->location, "s3://bucket/test/location");
  for (const char* file :
       {"ViewMetadataInvalidCurrentSchema.json", "ViewMetadataInvalidCurrentVersion.json",
        "ViewMetadataMissingCurrentVersion.json", "ViewMetadataMissingLocation.json",
        "ViewMetadataMultipleSQLsForDialect.json"}) {
    SCOPED_TRACE(file);
    const auto refused = iceberg::ViewMetadataFromJson(JavaFile(folder + file));
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(CodeOf(refused.status()), ErrorCode::kInvalidData);
  }
  EXPECT_OK(
      iceberg::ViewMetadataFromJson(GoFile("view/testdata/view-metadata.json")).status());
}

TEST(GoldenManifestList, OfDuckDbIsRead) {
  ASSERT_OK_AND_ASSIGN(
      const auto manifests,
      iceberg::ReadManifestList(GoFile("testdata/duckdb_v3_manifest_list.avro")));
  ASSERT_FALSE(manifests.empty());
  for (const iceberg::ManifestFile& manifest : manifests) {
    EXPECT_GT(manifest.length_bytes, 0);
    EXPECT_THAT(manifest.path, ::testing::EndsWith(".avro"));
  }
}

}  // namespace
}  // namespace tarn::conformance
