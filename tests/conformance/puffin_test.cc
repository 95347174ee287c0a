// Golden Puffin files of Java and Go.

#include "tarn/iceberg/puffin.h"

#include <gtest/gtest.h>

#include "tests/conformance/golden_data.h"

#include "tarn/iceberg/position_set.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::conformance {
namespace {

using namespace std::string_view_literals;

using iceberg::PuffinBlob;
using iceberg::PuffinFooter;

Result<PuffinFooter> FooterOf(const std::string& file) {
  const auto bytes = static_cast<int64_t>(file.size());
  ARROW_ASSIGN_OR_RAISE(const int64_t length, iceberg::PuffinFooterLength(file, bytes));
  return iceberg::ReadPuffinFooter(
      std::string_view(file).substr(file.size() - static_cast<size_t>(length)), bytes);
}

Result<std::string> BlobOf(const std::string& file, const PuffinBlob& blob) {
  return iceberg::DecodePuffinBlob(
      blob, std::string_view(file).substr(static_cast<size_t>(blob.offset),
                                          static_cast<size_t>(blob.length_bytes)));
}

TEST(GoldenPuffin, EmptyFileHasNoBlobs) {
  ASSERT_OK_AND_ASSIGN(
      const PuffinFooter footer,
      FooterOf(JavaFile("org/apache/iceberg/puffin/v1/empty-puffin-uncompressed.bin")));
  EXPECT_TRUE(footer.blobs.empty());
}

TEST(GoldenPuffin, MetricDataIsTheSameInBothCompressions) {
  for (const char* name : {"sample-metric-data-uncompressed.bin",
                           "sample-metric-data-compressed-zstd.bin"}) {
    SCOPED_TRACE(name);
    const std::string file =
        JavaFile(std::string("org/apache/iceberg/puffin/v1/") + name);
    ASSERT_OK_AND_ASSIGN(const PuffinFooter footer, FooterOf(file));
    EXPECT_EQ(footer.properties.at("created-by"), "Test 1234");
    ASSERT_EQ(footer.blobs.size(), 2u);
    EXPECT_EQ(footer.blobs[0].type, "some-blob");
    EXPECT_EQ(footer.blobs[0].fields, std::vector<iceberg::FieldId>{1});
    ASSERT_OK_AND_ASSIGN(const std::string first, BlobOf(file, footer.blobs[0]));
    EXPECT_EQ(first, "abcdefghi");
    ASSERT_OK_AND_ASSIGN(const std::string second, BlobOf(file, footer.blobs[1]));
    EXPECT_EQ(
        second,
        "some blob \0 binary data \xF0\x9F\xA4\xAF that is not very very very very very "
        "very long, is it?"sv);
  }
}

TEST(GoldenPuffin, CompressedFooterIsRead) {
  ASSERT_OK_AND_ASSIGN(
      const PuffinFooter footer,
      FooterOf(GoFile("puffin/testdata/compressed-footer-lz4-cli.puffin")));
  EXPECT_FALSE(footer.blobs.empty() && footer.properties.empty());
}

TEST(GoldenPuffin, Trap25_SeveralDeletionVectorsShareOneFile) {
  for (const auto& [name, count] :
       {std::pair("single-blob-dv.puffin", 1), std::pair("multi-blob-dv.puffin", 2)}) {
    SCOPED_TRACE(name);
    const std::string file = GoFile(std::string("table/dv/testdata/deletes/") + name);
    ASSERT_OK_AND_ASSIGN(const PuffinFooter footer, FooterOf(file));
    EXPECT_GE(footer.blobs.size(), static_cast<size_t>(count));
    for (const PuffinBlob& blob : footer.blobs) {
      EXPECT_EQ(blob.type, iceberg::kDeletionVectorBlob);
      EXPECT_EQ(blob.snapshot_id.value, -1);
      ASSERT_OK_AND_ASSIGN(const std::string bytes, BlobOf(file, blob));
      ASSERT_OK_AND_ASSIGN(const auto positions, iceberg::DeletionVectorFromBlob(bytes));
      EXPECT_EQ(std::to_string(positions.size()), blob.properties.at("cardinality"));
      EXPECT_TRUE(blob.properties.contains("referenced-data-file"));
    }
  }
}

}  // namespace
}  // namespace tarn::conformance
