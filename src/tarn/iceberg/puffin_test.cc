#include "tarn/iceberg/puffin.h"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "tarn/base/byte_order.h"
#include "tarn/iceberg/internal/byte_text.h"
#include "tarn/iceberg/position_set.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::iceberg {
namespace {

std::string Bytes(std::string_view hex) { return internal::BytesFromHex(hex).value(); }

/// A file of `blobs` (after the magic) whose footer has `payload` as it is.
std::string File(std::string_view blobs, std::string_view payload, uint32_t flags = 0) {
  std::string file = "PFA1" + std::string(blobs) + "PFA1" + std::string(payload);
  AppendLittle(static_cast<int32_t>(payload.size()), &file);
  AppendLittle(flags, &file);
  return file + "PFA1";
}

Result<PuffinFooter> ReadFooter(std::string_view file) {
  return ReadPuffinFooter(file, static_cast<int64_t>(file.size()));
}

std::string BlobJson(std::string_view offset, std::string_view length,
                     std::string_view more = "") {
  return R"({"blobs": [{"type": "t", "fields": [1], "snapshot-id": 2, "sequence-number": 3, )"
         R"("offset": )" +
         std::string(offset) + R"(, "length": )" + std::string(length) +
         std::string(more) + "}]}";
}

TEST(Puffin, FileIsTheSpecificationsByteForByte) {
  PuffinWriter writer;
  ASSERT_OK_AND_ASSIGN(const PuffinBlob blob,
                       writer.Add({.type = "some-blob",
                                   .fields = {1},
                                   .snapshot_id = SnapshotId{2},
                                   .sequence_number = SequenceNumber{1}},
                                  "abc"));
  EXPECT_EQ(blob.offset, 4);
  EXPECT_EQ(blob.length_bytes, 3);
  const std::string payload =
      R"({"blobs":[{"fields":[1],"length":3,"offset":4,"sequence-number":1,)"
      R"("snapshot-id":2,"type":"some-blob"}],"properties":{"created-by":"Test 1"}})";
  const std::string file = writer.Finish("Test 1");
  EXPECT_EQ(file, "PFA1abcPFA1" + payload +
                      Bytes("8c000000"
                            "00000000") +
                      "PFA1");
  ASSERT_EQ(payload.size(), size_t{0x8c});
}

TEST(Puffin, AFileWithoutBlobs) {
  PuffinWriter writer;
  const std::string file = writer.Finish("");
  ASSERT_OK_AND_ASSIGN(const PuffinFooter footer, ReadFooter(file));
  EXPECT_TRUE(footer.blobs.empty());
  // What the reference implementation writes for one.
  ASSERT_OK_AND_ASSIGN(const PuffinFooter theirs,
                       ReadFooter(Bytes("50464131"
                                        "50464131"
                                        "7b22626c6f6273223a5b5d7d"
                                        "0c000000"
                                        "00000000"
                                        "50464131")));
  EXPECT_TRUE(theirs.blobs.empty());
  EXPECT_TRUE(theirs.properties.empty());
}

TEST(Puffin, BlobsComeBackAsTheyWere) {
  const std::string theta(100'000, 'x');
  PuffinWriter writer;
  std::vector<PuffinBlob> blobs;
  for (const char* codec : {"", "zstd", "lz4"}) {
    PuffinBlob blob{.type = kThetaSketchBlob,
                    .fields = {3, 1},
                    .snapshot_id = SnapshotId{int64_t{1} << 62},
                    .sequence_number = SequenceNumber{7},
                    .properties = {{"ndv", "42"}}};
    if (*codec != '\0') {
      blob.compression_codec = codec;
    }
    ASSERT_OK_AND_ASSIGN(blob, writer.Add(blob, theta));
    blobs.push_back(blob);
  }
  const std::string file = writer.Finish("Tarn");
  ASSERT_OK_AND_ASSIGN(const PuffinFooter footer, ReadFooter(file));
  EXPECT_EQ(footer.blobs, blobs);
  EXPECT_EQ(footer.properties.at("created-by"), "Tarn");
  EXPECT_LT(footer.blobs[1].length_bytes, 200);
  EXPECT_LT(footer.blobs[2].length_bytes, 1000);
  for (const PuffinBlob& blob : footer.blobs) {
    const std::string_view stored = std::string_view(file).substr(
        static_cast<size_t>(blob.offset), static_cast<size_t>(blob.length_bytes));
    ASSERT_OK_AND_ASSIGN(const std::string bytes, DecodePuffinBlob(blob, stored));
    EXPECT_EQ(bytes, theta);
    EXPECT_OK(DecodePuffinBlob(blob, stored, 100'000));
    EXPECT_ERROR(DecodePuffinBlob(blob, stored, 99'999), ErrorCode::kResourceLimit,
                 "99999 bytes");
    EXPECT_ERROR(DecodePuffinBlob(blob, stored.substr(1)), ErrorCode::kInvalidData,
                 "has");
  }
}

TEST(Puffin, Trap24_DeletionVectorsAreUncompressedAndOfNoSnapshot) {
  PositionSet positions;
  positions.Add(3);
  PuffinWriter writer;
  ASSERT_OK_AND_ASSIGN(const PuffinBlob blob,
                       writer.Add({.type = kDeletionVectorBlob,
                                   .fields = {2147483545},
                                   .properties = {{"referenced-data-file", "s3://b/f"},
                                                  {"cardinality", "1"}}},
                                  DeletionVectorToBlob(positions)));
  const std::string file = writer.Finish("Tarn");
  EXPECT_NE(file.find(R"("sequence-number":-1,"snapshot-id":-1)"), std::string::npos);
  EXPECT_EQ(file.find("compression-codec"), std::string::npos);
  ASSERT_OK_AND_ASSIGN(
      const PositionSet read,
      DeletionVectorFromBlob(std::string_view(file).substr(
          static_cast<size_t>(blob.offset), static_cast<size_t>(blob.length_bytes))));
  EXPECT_TRUE(read == positions);
}

/// {"blobs":[]} as the LZ4 and zstd command line tools pack it.
constexpr std::string_view kLz4Frame =
    "04224d186c400c000000000000003b0c0000807b22626c6f6273223a5b5d7d00000000cbf3b047";
constexpr std::string_view kZstdFrame =
    "28b52ffd240c6100007b22626c6f6273223a5b5d7d10fc6e82";

TEST(Puffin, AFooterMayBeCompressed) {
  ASSERT_OK_AND_ASSIGN(const PuffinFooter footer,
                       ReadFooter(File("", Bytes(kLz4Frame), 1)));
  EXPECT_TRUE(footer.blobs.empty());
  EXPECT_ERROR(ReadFooter(File("", Bytes(kLz4Frame))), ErrorCode::kInvalidData, "");
  EXPECT_ERROR(ReadFooter(File("", R"({"blobs":[]})", 1)), ErrorCode::kInvalidData,
               "decompress");
  EXPECT_ERROR(ReadFooter(File("", R"({"blobs":[]})", 2)), ErrorCode::kNotSupported,
               "flags");
}

TEST(Puffin, FramesOfOtherToolsAndDamagedOnes) {
  for (const auto& [codec, hex] :
       {std::pair("lz4", kLz4Frame), std::pair("zstd", kZstdFrame)}) {
    SCOPED_TRACE(codec);
    const std::string frame = Bytes(hex);
    const auto decode = [&](const std::string& stored) {
      return DecodePuffinBlob({.type = "t",
                               .length_bytes = static_cast<int64_t>(stored.size()),
                               .compression_codec = codec},
                              stored);
    };
    ASSERT_OK_AND_ASSIGN(const std::string bytes, decode(frame));
    EXPECT_EQ(bytes, R"({"blobs":[]})");
    for (size_t i = 0; i < frame.size(); ++i) {
      EXPECT_ERROR(decode(frame.substr(0, i)), ErrorCode::kInvalidData, "decompress");
    }
    EXPECT_ERROR(decode(frame + "x"), ErrorCode::kInvalidData, "1 bytes after");
  }
  EXPECT_ERROR(DecodePuffinBlob({.type = "t", .compression_codec = "snappy"}, ""),
               ErrorCode::kNotSupported, "snappy");
  PuffinWriter writer;
  EXPECT_ERROR(writer.Add({.type = "t", .compression_codec = "gzip"}, ""),
               ErrorCode::kNotSupported, "gzip");
}

TEST(Puffin, TheFooterIsFoundFromTwelveBytes) {
  PuffinWriter writer;
  ASSERT_OK_AND_ASSIGN(const PuffinBlob blob, writer.Add({.type = "t"}, "0123456789"));
  const std::string file = writer.Finish("Tarn");
  const auto size = static_cast<int64_t>(file.size());
  const std::string_view tail = std::string_view(file).substr(file.size() - 12);
  ASSERT_OK_AND_ASSIGN(const int64_t length, PuffinFooterLength(tail, size));
  EXPECT_EQ(length, size - blob.offset - blob.length_bytes);
  ASSERT_OK_AND_ASSIGN(
      const PuffinFooter footer,
      ReadPuffinFooter(std::string_view(file).substr(static_cast<size_t>(size - length)),
                       size));
  EXPECT_EQ(footer.blobs.size(), size_t{1});
  EXPECT_ERROR(ReadPuffinFooter(tail, size), ErrorCode::kInvalidArgument, "12");
  EXPECT_ERROR(PuffinFooterLength(tail.substr(1), size), ErrorCode::kInvalidData, "");
  EXPECT_ERROR(PuffinFooterLength(tail, length), ErrorCode::kInvalidData, "footer of");
}

TEST(Puffin, WrongFilesAreRefused) {
  struct Case {
    const char* name;
    std::string file;
    const char* error;
  };
  const std::string good = File("0123456789", BlobJson("4", "10"));
  std::string no_start = good;
  no_start[0] = 'X';
  std::string no_footer_start = good;
  no_footer_start[14] = 'X';
  std::string long_footer = good;
  long_footer[long_footer.size() - 12] = '\xff';
  std::string negative_footer = good;
  negative_footer[negative_footer.size() - 9] = '\xff';
  const Case cases[] = {
      {"empty", "", "only 0"},
      {"too short", "PFA1PFA1", "only 8"},
      {"no magic at the start", no_start, "begin"},
      {"no magic before the footer", no_footer_start, "footer does not begin"},
      {"no magic at the end", good + "x", "end with"},
      {"a footer longer than the file", long_footer, "footer of"},
      {"a footer of negative length", negative_footer, "footer of"},
      {"no JSON", File("", "{"), ""},
      {"no object", File("", "[]"), "object"},
      {"no blobs", File("", "{}"), "blobs"},
      {"a blob over the magic", File("0123456789", BlobJson("3", "2")),
       "before the footer"},
      {"a blob over the footer", File("0123456789", BlobJson("5", "10")),
       "before the footer"},
      {"a blob behind it", File("0123456789", BlobJson("15", "0")), "before the footer"},
      {"a negative length", File("0123456789", BlobJson("5", "-1")), "before the footer"},
      {"an overflow", File("0123456789", BlobJson("5", "9223372036854775807")),
       "before the footer"},
      {"a fraction", File("0123456789", BlobJson("4.5", "1")), "offset"},
      {"properties that are no strings",
       File("0123456789", BlobJson("4", "1", R"(, "properties": {"a": []})")),
       "properties"},
      {"field ids beyond 32 bits",
       File("", R"({"blobs":[{"type":"t","fields":[4294967296],"snapshot-id":1,)"
                R"("sequence-number":1,"offset":4,"length":0}]})"),
       "fields"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_ERROR(ReadFooter(c.file), ErrorCode::kInvalidData, c.error);
  }
  EXPECT_OK(ReadFooter(good));
}

TEST(Puffin, Trap37_UnknownBlobTypesAndPropertiesAreRead) {
  ASSERT_OK_AND_ASSIGN(
      const PuffinFooter footer,
      ReadFooter(File("0123456789",
                      BlobJson("4", "10", R"(, "properties": {"p": "q"}, "new": {})"))));
  EXPECT_EQ(footer.blobs.at(0).type, "t");
  EXPECT_EQ(footer.blobs.at(0).properties.at("p"), "q");
}

}  // namespace
}  // namespace tarn::iceberg
