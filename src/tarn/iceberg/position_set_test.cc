#include "tarn/iceberg/position_set.h"

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace tarn::iceberg {
namespace {

constexpr int64_t kHigh = int64_t{1} << 32;
constexpr int64_t kEnd = int64_t{0x7fffffff} << 32;

PositionSet SetOf(const std::vector<int64_t>& positions) {
  PositionSet set;
  for (const int64_t position : positions) {
    set.Add(position);
  }
  return set;
}

std::vector<int64_t> All(const PositionSet& set) {
  std::vector<int64_t> positions;
  set.ForEach([&](int64_t position) { positions.push_back(position); });
  return positions;
}

std::vector<uint32_t> Absent(const PositionSet& set, int64_t begin, uint32_t count) {
  std::vector<uint32_t> absent(count);
  absent.resize(set.SelectAbsent(begin, count, absent.data()));
  return absent;
}

TEST(PositionSet, BeginsEmpty) {
  const PositionSet set;
  EXPECT_TRUE(set.empty());
  EXPECT_FALSE(set.Contains(0));
  EXPECT_EQ(set.CountInRange(0, kEnd), 0);
  EXPECT_EQ(Absent(set, 10, 3), (std::vector<uint32_t>{0, 1, 2}));
  EXPECT_EQ(Absent(set, 10, 0), (std::vector<uint32_t>{}));
}

TEST(PositionSet, KeepsPositionsBeyond32Bits) {
  const std::vector<int64_t> positions = {0,       7, kHigh - 1, kHigh, 3 * kHigh + 5,
                                          kEnd - 1};
  const PositionSet set = SetOf({kEnd - 1, 7, kHigh, 0, 7, 3 * kHigh + 5, kHigh - 1});
  EXPECT_EQ(All(set), positions);
  EXPECT_EQ(set.size(), 6);
  for (const int64_t position : positions) {
    EXPECT_TRUE(set.Contains(position)) << position;
  }
  EXPECT_FALSE(set.Contains(2 * kHigh));
  EXPECT_FALSE(set.Contains(kHigh + 7));
}

TEST(PositionSet, PositionsThatNoRowHasAreNotTaken) {
  PositionSet set = SetOf({-1, kEnd, std::numeric_limits<int64_t>::min()});
  set.AddRange(-5, 2);
  set.AddRange(kEnd - 1, std::numeric_limits<int64_t>::max());
  EXPECT_EQ(All(set), (std::vector<int64_t>{0, 1, kEnd - 1}));
  EXPECT_FALSE(set.Contains(-1));
  EXPECT_EQ(set.CountInRange(-10, 1), 1);
}

TEST(PositionSet, RangesCrossTheUpperHalf) {
  PositionSet set;
  set.AddRange(kHigh - 2, kHigh + 2);
  set.AddRange(5, 5);
  set.AddRange(9, 3);
  EXPECT_EQ(All(set), (std::vector<int64_t>{kHigh - 2, kHigh - 1, kHigh, kHigh + 1}));
  EXPECT_EQ(set.CountInRange(kHigh - 1, kHigh + 1), 2);
  EXPECT_EQ(Absent(set, kHigh - 4, 8), (std::vector<uint32_t>{0, 1, 6, 7}));
}

TEST(PositionSet, CopiesAreIndependentAndMovedFromSetsAreEmpty) {
  PositionSet set = SetOf({1, kHigh});
  PositionSet copy = set;
  copy.Add(2);
  EXPECT_EQ(All(set), (std::vector<int64_t>{1, kHigh}));
  EXPECT_FALSE(copy == set);
  const PositionSet moved = std::move(copy);
  copy.Add(9);
  EXPECT_EQ(All(moved), (std::vector<int64_t>{1, 2, kHigh}));
  EXPECT_EQ(All(copy).back(), 9);
  set.Union(moved);
  set.Union(set);
  EXPECT_TRUE(set == moved);
}

TEST(PositionSet, EqualHoweverItWasMade) {
  PositionSet range;
  range.AddRange(0, 10'000);
  PositionSet one_by_one;
  for (int64_t i = 10'000; i-- > 0;) {
    one_by_one.Add(i);
  }
  EXPECT_TRUE(range == one_by_one);
  EXPECT_GT(one_by_one.memory_bytes(), size_t{1000});
}

/// Positions in clusters, so that arrays, bitsets and runs all come up.
std::set<int64_t> RandomPositions(std::mt19937_64* random) {
  const auto below = [&](int64_t end) {
    return static_cast<int64_t>((*random)() % static_cast<uint64_t>(end));
  };
  std::set<int64_t> positions;
  for (int cluster = 0; cluster < 6; ++cluster) {
    const int64_t begin = below(3) * kHigh + below(300'000);
    const int64_t step = 1 + below(40) * below(2);
    for (int64_t i = 0, n = below(9'000); i < n; ++i) {
      positions.insert(begin + i * step + (step > 1 ? below(step) : 0));
    }
  }
  return positions;
}

TEST(PositionSet, AgreesWithASortedSet) {
  std::mt19937_64 random(20240521);
  for (int round = 0; round < 12; ++round) {
    SCOPED_TRACE(round);
    const std::set<int64_t> model = RandomPositions(&random);
    std::vector<int64_t> shuffled(model.begin(), model.end());
    std::ranges::shuffle(shuffled, random);
    PositionSet set = SetOf(shuffled);
    if (round % 2 == 1) {  // the containers that come from bytes, runs among them
      Result<PositionSet> read = DeletionVectorFromBlob(DeletionVectorToBlob(set));
      ASSERT_TRUE(read.ok()) << read.status().ToString();
      set = *std::move(read);
    }
    EXPECT_EQ(set.size(), static_cast<int64_t>(model.size()));
    EXPECT_EQ(All(set), std::vector<int64_t>(model.begin(), model.end()));
    for (int probe = 0; probe < 300; ++probe) {
      const int64_t begin = static_cast<int64_t>(random() % 3) * kHigh +
                            static_cast<int64_t>(random() % 400'000) -
                            (probe % 3 == 0 ? 1000 : 0);
      if (begin < 0) {
        continue;
      }
      const auto count = static_cast<uint32_t>(random() % 2049);
      std::vector<uint32_t> absent;
      for (uint32_t i = 0; i < count; ++i) {
        if (!model.contains(begin + i)) {
          absent.push_back(i);
        }
        ASSERT_EQ(set.Contains(begin + i), model.contains(begin + i));
      }
      ASSERT_EQ(Absent(set, begin, count), absent) << begin;
      ASSERT_EQ(set.CountInRange(begin, begin + count),
                static_cast<int64_t>(count - absent.size()));
    }
  }
}

}  // namespace
}  // namespace tarn::iceberg
