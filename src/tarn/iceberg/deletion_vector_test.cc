#include <string>
#include <string_view>

#include <gtest/gtest.h>
#include <zlib.h>

#include "tarn/base/byte_order.h"
#include "tarn/iceberg/internal/byte_text.h"
#include "tarn/iceberg/position_set.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::iceberg {
namespace {

std::string Bytes(std::string_view hex) { return internal::BytesFromHex(hex).value(); }

/// `vector` with the right length, magic and checksum around it.
std::string Wrap(std::string_view vector) {
  const std::string body = Bytes("d1d33964") + std::string(vector);
  std::string blob;
  AppendBig(static_cast<uint32_t>(body.size()), &blob);
  blob += body;
  AppendBig(static_cast<uint32_t>(
                crc32_z(0, reinterpret_cast<const Bytef*>(body.data()), body.size())),
            &blob);
  return blob;
}

/// A vector of one bitmap, whose key is 0.
std::string WrapOne(std::string_view bitmap_hex) {
  return Wrap(
      Bytes("0100000000000000"
            "00000000" +
            std::string(bitmap_hex)));
}

/// Made by hand from the specification: {0, 5} as an array container with offsets, and
/// 2^32 + 3 … 2^32 + 1000 as a run container without.
constexpr std::string_view kTwoBitmaps =
    "00000037"
    "d1d33964"
    "0200000000000000"
    "00000000"
    "3a300000"
    "01000000"
    "0000"
    "0100"
    "10000000"
    "0000"
    "0500"
    "01000000"
    "3b300000"
    "01"
    "0000"
    "e503"
    "0100"
    "0300"
    "e503"
    "07342eae";
constexpr std::string_view kEmpty =
    "0000000c"
    "d1d33964"
    "0000000000000000"
    "bf18480c";

TEST(DeletionVector, Trap24_BlobIsTheSpecificationsByteForByte) {
  PositionSet set;
  set.Add(5);
  set.Add(0);
  const int64_t high = int64_t{1} << 32;
  set.AddRange(high + 3, high + 1001);
  EXPECT_EQ(internal::BytesToHex(DeletionVectorToBlob(set)), kTwoBitmaps);
  ASSERT_OK_AND_ASSIGN(const PositionSet read,
                       DeletionVectorFromBlob(Bytes(kTwoBitmaps)));
  EXPECT_TRUE(read == set);
  EXPECT_EQ(read.size(), 1000);

  EXPECT_EQ(internal::BytesToHex(DeletionVectorToBlob(PositionSet())), kEmpty);
  ASSERT_OK_AND_ASSIGN(const PositionSet empty, DeletionVectorFromBlob(Bytes(kEmpty)));
  EXPECT_TRUE(empty.empty());
}

TEST(DeletionVector, Trap24_BareBitmapIsNoBlob) {
  // Without length, magic and checksum, as some writers had it.
  EXPECT_ERROR(DeletionVectorFromBlob(Bytes(kTwoBitmaps.substr(16, 92))),
               ErrorCode::kInvalidData, "");
  EXPECT_ERROR(DeletionVectorFromBlob(Bytes("010000000000000000000000"
                                            "3a300000"
                                            "00000000")),
               ErrorCode::kInvalidData, "length");
}

TEST(DeletionVector, EveryDamagedBitIsSeen) {
  const std::string good = Bytes(kTwoBitmaps);
  for (size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x10);
    EXPECT_ERROR(DeletionVectorFromBlob(bad), ErrorCode::kInvalidData,
                 "Corrupt deletion vector")
        << "byte " << i;
    EXPECT_FALSE(DeletionVectorFromBlob(good.substr(0, i)).ok());
  }
  EXPECT_FALSE(DeletionVectorFromBlob(good + '\0').ok());
}

TEST(DeletionVector, GapsBetweenKeysMayBeEmptyBitmaps) {
  const std::string empty_bitmap =
      "3a300000"
      "00000000";
  ASSERT_OK_AND_ASSIGN(
      const PositionSet set,
      DeletionVectorFromBlob(Wrap(Bytes("0300000000000000"
                                        "00000000" +
                                        empty_bitmap + "01000000" + empty_bitmap +
                                        "02000000"
                                        "3a300000"
                                        "01000000"
                                        "0000"
                                        "0000"
                                        "10000000"
                                        "0900"))));
  EXPECT_EQ(set.size(), 1);
  EXPECT_TRUE(set.Contains((int64_t{2} << 32) + 9));
  PositionSet same;
  same.Add((int64_t{2} << 32) + 9);
  EXPECT_TRUE(set == same);
}

TEST(DeletionVector, SetsThatOthersReadStayAsTheyAre) {
  PositionSet set;
  for (int64_t i = 0; i < 5000; ++i) {
    set.Add(i);
  }
  const size_t before = set.memory_bytes();
  // As runs it is 39 bytes; as the bitset it is held as, 8 KiB.
  EXPECT_LT(DeletionVectorToBlob(set).size(), size_t{100});
  EXPECT_EQ(set.memory_bytes(), before);
}

TEST(DeletionVector, VectorsWithRightChecksumAndWrongInside) {
  struct Case {
    const char* name;
    std::string blob;
    const char* error;
  };
  const std::string one =
      "3a300000"
      "01000000"
      "0000"
      "0000"
      "10000000"
      "0900";
  const Case cases[] = {
      {"fewer bitmaps than counted",
       Wrap(Bytes("0200000000000000"
                  "00000000" +
                  one)),
       "ends after 1 of 2"},
      {"a count beyond all bytes", Wrap(Bytes("ffffffffffffffff")), "ends after 0"},
      {"bytes after the last bitmap", WrapOne(one + "00"), "1 bytes after"},
      {"keys that do not ascend",
       Wrap(Bytes("0200000000000000"
                  "01000000" +
                  one + "01000000" + one)),
       "bitmap key 1 after 1"},
      {"a key beyond signed positions",
       Wrap(Bytes("0100000000000000"
                  "ffffff7f" +
                  one)),
       "bitmap key"},
      {"unknown cookie",
       WrapOne("39300000"
               "01000000"),
       "cookie"},
      {"a cookie's bits above",
       WrapOne("3a300100"
               "01000000"),
       "cookie"},
      {"cut after the cookie",
       WrapOne("3a300000"
               "01"),
       "truncated header"},
      {"too many containers",
       WrapOne("3a300000"
               "01000100"),
       "65537 containers"},
      {"cut in the descriptions",
       WrapOne("3a300000"
               "02000000"
               "0000"),
       "truncated"},
      {"offset elsewhere",
       WrapOne("3a300000"
               "01000000"
               "0000"
               "0000"
               "14000000"
               "0900"),
       "offset"},
      {"cut in an array",
       WrapOne("3a300000"
               "01000000"
               "0000"
               "0100"
               "10000000"
               "0900"),
       "truncated array"},
      {"array out of order",
       WrapOne("3a300000"
               "01000000"
               "0000"
               "0100"
               "10000000"
               "0900"
               "0900"),
       "array container out of order"},
      {"container keys twice",
       WrapOne("3a300000"
               "02000000"
               "0500"
               "0000"
               "0500"
               "0000"
               "18000000"
               "1a000000"
               "0900"
               "0900"),
       "keys out of order"},
      {"runs that overlap",
       WrapOne("3b300000"
               "01"
               "0000"
               "0500"
               "0200"
               "0300"
               "0200"
               "0400"
               "0200"),
       "runs out of order"},
      {"runs that touch",
       WrapOne("3b300000"
               "01"
               "0000"
               "0500"
               "0200"
               "0300"
               "0200"
               "0600"
               "0200"),
       "runs out of order"},
      {"a run over the end",
       WrapOne("3b300000"
               "01"
               "0000"
               "0100"
               "0100"
               "ffff"
               "0100"),
       "runs out of order"},
      {"no run",
       WrapOne("3b300000"
               "01"
               "0000"
               "0000"
               "0000"),
       "claims 1"},
      {"runs of another cardinality",
       WrapOne("3b300000"
               "01"
               "0000"
               "0500"
               "0100"
               "0300"
               "0200"),
       "claims 6"},
      {"cut in the runs",
       WrapOne("3b300000"
               "01"
               "0000"
               "0500"
               "0200"
               "0300"
               "0200"),
       "truncated run"},
      {"a bitset that holds less",
       WrapOne("3a300000"
               "01000000"
               "0000"
               "0010"
               "10000000" +
               std::string(16384, '0')),
       "bitset container of 0"},
      {"cut in a bitset",
       WrapOne("3a300000"
               "01000000"
               "0000"
               "0010"
               "10000000" +
               std::string(16382, '0')),
       "truncated bitset"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_ERROR(DeletionVectorFromBlob(c.blob), ErrorCode::kInvalidData, c.error);
  }
  EXPECT_OK(DeletionVectorFromBlob(WrapOne(one)));
}

}  // namespace
}  // namespace tarn::iceberg
