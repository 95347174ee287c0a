#include "tarn/table/internal/commit_retry.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "tarn/testing/fake_clock.h"

namespace tarn::table::internal {
namespace {

using std::chrono::milliseconds;

TEST(RetryPolicyFor, ReadsPropertiesAndIgnoresNonsense) {
  const RetryPolicy policy = RetryPolicyFor({{"commit.retry.num-retries", "7"},
                                             {"commit.retry.min-wait-ms", "soon"},
                                             {"commit.retry.max-wait-ms", "-1"},
                                             {"commit.retry.total-timeout-ms", "99"}});
  EXPECT_EQ(policy.retries_max, 7);
  EXPECT_EQ(policy.wait_min, RetryPolicy{}.wait_min);
  EXPECT_EQ(policy.wait_max, RetryPolicy{}.wait_max);
  EXPECT_EQ(policy.total_max, milliseconds(99));
}

TEST(Backoff, GrowsToItsLimitWithJitter) {
  testing::FakeClock clock;
  testing::SeededRandom random;
  Backoff backoff(clock, random);
  const RetryPolicy policy{
      .retries_max = 40, .wait_min = milliseconds(10), .wait_max = milliseconds(80)};
  int64_t ceiling = 10;
  for (int i = 0; i < 40; ++i) {
    const auto before = clock.slept();
    ASSERT_TRUE(backoff.Wait(policy));
    const int64_t slept = (clock.slept() - before).count();
    EXPECT_GE(slept, ceiling / 2);
    EXPECT_LE(slept, ceiling);
    ceiling = std::min<int64_t>(ceiling * 2, 80);
  }
  EXPECT_FALSE(backoff.Wait(policy));
  EXPECT_EQ(backoff.retries(), 40);
}

TEST(Backoff, EndsWithTheTotalTime) {
  testing::FakeClock clock;
  testing::SeededRandom random;
  Backoff backoff(clock, random);
  const RetryPolicy policy{.total_max = milliseconds(1'000)};
  ASSERT_TRUE(backoff.Wait(policy));
  clock.Advance(milliseconds(1'000));
  EXPECT_FALSE(backoff.Wait(policy));
}

TEST(Backoff, SurvivesExtremeProperties) {
  testing::FakeClock clock;
  testing::SeededRandom random;
  Backoff backoff(clock, random);
  const RetryPolicy zero{.wait_min = milliseconds(0), .wait_max = milliseconds(0)};
  EXPECT_TRUE(backoff.Wait(zero));
  const RetryPolicy crossed{.wait_min = milliseconds(100), .wait_max = milliseconds(10)};
  const auto before = clock.slept();
  EXPECT_TRUE(backoff.Wait(crossed));
  EXPECT_LE((clock.slept() - before).count(), 10);
}

}  // namespace
}  // namespace tarn::table::internal
