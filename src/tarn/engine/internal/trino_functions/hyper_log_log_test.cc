#include "tarn/engine/internal/trino_functions/hyper_log_log.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <string>

#include "tarn/base/murmur3_x64.h"
#include "tarn/engine/internal/trino_functions/spooky_hash.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::engine {
namespace {

uint64_t HashOf(int64_t number) {
  return Murmur3X64("value " + std::to_string(number))[0];
}

HyperLogLog SketchOf(int index_bits, int64_t from, int64_t to) {
  HyperLogLog sketch(index_bits);
  for (int64_t i = from; i < to; ++i) {
    sketch.AddHash(HashOf(i));
  }
  return sketch;
}

TEST(HyperLogLogTest, FewValuesAreCounted) {
  EXPECT_EQ(HyperLogLog(12).Estimate(), 0);
  for (const int64_t count : {1, 2, 10, 100, 500}) {
    EXPECT_EQ(SketchOf(12, 0, count).Estimate(), count);
  }
}

/// Where buckets are counted, where their bias is taken off, and beyond.
TEST(HyperLogLogTest, EstimatesAreWithinFourStandardErrors) {
  for (const int index_bits : {4, 8, 11, 12, 16}) {
    const double buckets = std::ldexp(1.0, index_bits);
    for (const double per_bucket : {0.5, 1.0, 1.5, 2.0, 3.0, 5.0, 8.0, 20.0}) {
      const auto count = static_cast<int64_t>(buckets * per_bucket);
      const HyperLogLog sketch = SketchOf(index_bits, 0, count);
      const double error = 1.04 / std::sqrt(buckets);
      EXPECT_NEAR(static_cast<double>(sketch.Estimate()), static_cast<double>(count),
                  4 * error * static_cast<double>(count))
          << index_bits << " bits, " << count << " values";
    }
  }
}

TEST(HyperLogLogTest, SparseBecomesDenseWhereAirliftDoes) {
  EXPECT_TRUE(SketchOf(12, 0, 511).is_sparse());
  EXPECT_FALSE(SketchOf(12, 0, 512).is_sparse());
}

TEST(HyperLogLogTest, BytesAreReadBack) {
  for (const int64_t count : {0, 1, 300, 600, 10'000, 200'000}) {
    const HyperLogLog sketch = SketchOf(12, 0, count);
    ASSERT_OK_AND_ASSIGN(const HyperLogLog read, HyperLogLog::Decode(sketch.Encode()));
    EXPECT_EQ(read.Encode(), sketch.Encode());
    EXPECT_EQ(read.Estimate(), sketch.Estimate());
  }
}

TEST(HyperLogLogTest, MergedSketchesAreThatOfAllValues) {
  for (const int64_t middle : {100, 400, 3000}) {
    for (const int64_t end : {450, 900, 5000}) {
      HyperLogLog both = SketchOf(12, 0, middle);
      ASSERT_OK(both.MergeWith(SketchOf(12, middle / 2, end)));
      const HyperLogLog all = SketchOf(12, 0, std::max(middle, end));
      if (both.is_sparse() == all.is_sparse()) {
        EXPECT_EQ(both.Encode(), all.Encode());
      } else {
        EXPECT_NEAR(static_cast<double>(both.Estimate()),
                    static_cast<double>(all.Estimate()),
                    0.05 * static_cast<double>(all.Estimate()));
      }
    }
  }
}

TEST(HyperLogLogTest, SketchesOfOtherSizesDoNotMerge) {
  HyperLogLog small = SketchOf(8, 0, 5000);
  EXPECT_FALSE(small.MergeWith(SketchOf(12, 0, 5000)).ok());
}

TEST(HyperLogLogTest, WhatIsNoSketchIsRefused) {
  const std::string sparse = SketchOf(12, 0, 3).Encode();
  const std::string dense = SketchOf(4, 0, 1000).Encode();
  std::string unordered = sparse;
  std::swap_ranges(unordered.begin() + 4, unordered.begin() + 8, unordered.begin() + 8);
  std::string large = dense;
  large[2] = '\x7f';
  const std::string bad[] = {"",
                             "\x02",
                             std::string("\x02\x0c\x00", 3),
                             std::string("\x00\x0c\x00\x00", 4),
                             std::string("\x02\x11\x00\x00", 4),
                             std::string("\x02\x00\x00\x00", 4),
                             sparse + "x",
                             sparse.substr(0, sparse.size() - 1),
                             unordered,
                             dense + "x",
                             dense.substr(0, dense.size() - 1),
                             large};
  for (const std::string& bytes : bad) {
    EXPECT_FALSE(HyperLogLog::Decode(bytes).ok()) << bytes.size();
  }
}

TEST(SpookyHashTest, TextsOfAllLengthsDiffer) {
  std::set<uint64_t> seen;
  for (size_t size = 0; size < 600; ++size) {
    EXPECT_TRUE(seen.insert(SpookyHash(std::string(size, 'x'))).second) << size;
  }
}

}  // namespace
}  // namespace tarn::engine
