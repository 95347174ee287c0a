// Golden deletion vectors: read with the positions that Java put in, written back to the
// same bytes.

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>
#include <zlib.h>

#include "tests/conformance/golden_data.h"

#include "tarn/iceberg/position_set.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::conformance {
namespace {

using iceberg::PositionSet;

const std::string kFolder = "org/apache/iceberg/deletes/";

std::vector<int64_t> PositionsOf(const PositionSet& set) {
  std::vector<int64_t> positions;
  set.ForEach([&](int64_t position) { positions.push_back(position); });
  return positions;
}

std::string BigEndian(uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) {
    bytes += static_cast<char>((value >> shift) & 0xFF);
  }
  return bytes;
}

/// A bare 64-bit bitmap in the frame of a blob.
std::string Framed(const std::string& bitmap) {
  const std::string data = "\xD1\xD3\x39\x64" + bitmap;
  const uLong crc = crc32(0, reinterpret_cast<const Bytef*>(data.data()),
                          static_cast<uInt>(data.size()));
  return BigEndian(static_cast<uint32_t>(data.size())) + data +
         BigEndian(static_cast<uint32_t>(crc));
}

TEST(GoldenDeletionVector, Trap24_HoldsThePositionsAndIsWrittenTheSame) {
  struct Case {
    const char* file;
    std::vector<int64_t> positions;
  };
  const Case cases[] = {
      {"empty-position-index.bin", {}},
      {"small-alternating-values-position-index.bin", {1, 3, 5, 7, 9}},
      {"small-and-large-values-position-index.bin", {100, 101, 2147483747, 2147483748}},
  };
  for (const Case& golden : cases) {
    SCOPED_TRACE(golden.file);
    const std::string blob = JavaFile(kFolder + golden.file);
    ASSERT_OK_AND_ASSIGN(const PositionSet set, iceberg::DeletionVectorFromBlob(blob));
    EXPECT_EQ(PositionsOf(set), golden.positions);
    EXPECT_EQ(DeletionVectorToBlob(set), blob);
  }
}

TEST(GoldenDeletionVector, Trap24_EveryKindOfContainer) {
  const std::string blob = JavaFile(kFolder + "all-container-types-position-index.bin");
  ASSERT_OK_AND_ASSIGN(const PositionSet set, iceberg::DeletionVectorFromBlob(blob));
  EXPECT_GT(set.size(), 1000);
  EXPECT_TRUE(set.Contains(5));
  EXPECT_EQ(DeletionVectorToBlob(set), blob);
}

TEST(GoldenDeletionVector, BitmapsOfRoaringsFormatSpecification) {
  ASSERT_OK_AND_ASSIGN(
      const PositionSet empty,
      iceberg::DeletionVectorFromBlob(Framed(JavaFile(kFolder + "64mapempty.bin"))));
  EXPECT_TRUE(empty.empty());
  for (const char* file :
       {"64map32bitvals.bin", "64maphighvals.bin", "64mapspreadvals.bin"}) {
    SCOPED_TRACE(file);
    const auto set = iceberg::DeletionVectorFromBlob(Framed(JavaFile(kFolder + file)));
    if (std::string(file) == "64maphighvals.bin") {
      // Positions above 2^63 - 2^31 are no rows of any file.
      EXPECT_TRUE(set.ok() || !set.status().message().empty());
      continue;
    }
    ASSERT_OK(set.status());
    EXPECT_FALSE(set->empty());
    const std::vector<int64_t> positions = PositionsOf(*set);
    EXPECT_TRUE(std::is_sorted(positions.begin(), positions.end()));
    PositionSet copy;
    for (const int64_t position : positions) {
      copy.Add(position);
    }
    EXPECT_EQ(copy, *set);
  }
}

}  // namespace
}  // namespace tarn::conformance
