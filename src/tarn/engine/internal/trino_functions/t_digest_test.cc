#include "tarn/engine/internal/trino_functions/t_digest.h"

#include <cmath>
#include <string>
#include <vector>

#include "tarn/engine/internal/trino_functions/frequent_values.h"
#include "tarn/engine/internal/trino_functions/numeric_histogram.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::engine {
namespace {

const std::vector<double> kQuantiles = {0, 0.001, 0.1, 0.5, 0.9, 0.999, 1};

TDigest DigestOf(int64_t from, int64_t to) {
  TDigest digest;
  for (int64_t i = from; i < to; ++i) {
    digest.Add(static_cast<double>(i), 1);
  }
  return digest;
}

TEST(TDigestTest, NoValuesHaveNoQuantiles) {
  TDigest digest;
  EXPECT_TRUE(digest.is_empty());
  EXPECT_TRUE(std::isnan(digest.ValuesAt(kQuantiles)[0]));
}

TEST(TDigestTest, QuantilesAreNearAndEndsExact) {
  for (const int64_t count : {100, 1259, 1261, 100'000}) {
    TDigest digest = DigestOf(0, count);
    const std::vector<double> values = digest.ValuesAt(kQuantiles);
    for (size_t i = 0; i < kQuantiles.size(); ++i) {
      EXPECT_NEAR(values[i], kQuantiles[i] * static_cast<double>(count),
                  1 + 0.005 * static_cast<double>(count));
    }
    EXPECT_EQ(values.front(), 0);
    EXPECT_EQ(values.back(), static_cast<double>(count - 1));
  }
}

TEST(TDigestTest, WeightsCountAsValues) {
  TDigest weighted;
  weighted.Add(1, 1);
  weighted.Add(2, 98);
  weighted.Add(3, 1);
  EXPECT_EQ(weighted.ValuesAt(std::vector<double>{0.5})[0], 2);
}

TEST(TDigestTest, BytesAreReadBack) {
  for (const int64_t count : {0, 1, 10, 5000}) {
    TDigest digest = DigestOf(0, count);
    const std::string bytes = digest.Encode();
    ASSERT_OK_AND_ASSIGN(TDigest read, TDigest::Decode(bytes));
    EXPECT_EQ(read.is_empty(), count == 0);
    if (count > 0) {
      EXPECT_NEAR(read.ValuesAt(kQuantiles)[3], digest.ValuesAt(kQuantiles)[3],
                  0.01 * static_cast<double>(count));
    }
  }
}

TEST(TDigestTest, MergedDigestsAreNearThatOfAllValues) {
  TDigest both = DigestOf(0, 30'000);
  both.MergeWith(DigestOf(30'000, 100'000));
  EXPECT_NEAR(both.ValuesAt(kQuantiles)[3], 50'000, 500);
  EXPECT_EQ(both.ValuesAt(kQuantiles).back(), 99'999);
}

TEST(TDigestTest, WhatIsNoDigestIsRefused) {
  const std::string good = DigestOf(0, 3).Encode();
  std::string tag = good;
  tag[0] = 1;
  std::string count = good;
  count[33] = 4;
  std::string nan = good;
  nan.replace(37, 8, std::string("\0\0\0\0\0\0\xf8\x7f", 8));
  std::string weight = good;
  weight[32] = '\x7f';
  for (const std::string& bytes :
       {std::string(), good.substr(0, 10), tag, count, nan, weight, good + "x"}) {
    EXPECT_FALSE(TDigest::Decode(bytes).ok()) << bytes.size();
  }
}

TEST(NumericHistogramTest, NeighboursGoTogether) {
  NumericHistogram histogram(2);
  for (const double value : {1.0, 2.0, 10.0, 2.0}) {
    histogram.Add(value, 1);
  }
  const auto& buckets = histogram.Finish();
  ASSERT_EQ(buckets.size(), 2);
  EXPECT_DOUBLE_EQ(buckets[0].value, 5.0 / 3);
  EXPECT_EQ(buckets[0].weight, 3);
  EXPECT_EQ(buckets[1].value, 10);
}

TEST(NumericHistogramTest, WeightsAreKeptWhateverIsMerged) {
  NumericHistogram histogram(5);
  NumericHistogram other(5);
  for (int i = 0; i < 1000; ++i) {
    (i % 3 == 0 ? histogram : other).Add(i * i, 1);
  }
  histogram.MergeWith(other);
  double weight = 0;
  for (const auto& bucket : histogram.Finish()) {
    weight += bucket.weight;
  }
  EXPECT_EQ(weight, 1000);
  EXPECT_EQ(histogram.Finish().size(), 5);
}

TEST(FrequentValuesTest, CountsAreExactWhileThereAreCounters) {
  FrequentValues<std::string> values(3);
  for (const char* value : {"a", "b", "a", "c", "a", "b"}) {
    values.Add(value, 1);
  }
  const auto top = values.Top(2);
  ASSERT_EQ(top.size(), 2);
  EXPECT_EQ(top[0].value, "a");
  EXPECT_EQ(top[0].count, 3);
  EXPECT_EQ(top[1].value, "b");
  EXPECT_EQ(top[1].count, 2);
}

TEST(FrequentValuesTest, TheSmallestCounterGoesToTheNewValue) {
  FrequentValues<int64_t> values(2);
  values.Add(1, 5);
  values.Add(2, 1);
  values.Add(3, 1);
  const auto top = values.Top(2);
  EXPECT_EQ(top[0].value, 1);
  EXPECT_EQ(top[1].value, 3);
  EXPECT_EQ(top[1].count, 2);
}

}  // namespace
}  // namespace tarn::engine
