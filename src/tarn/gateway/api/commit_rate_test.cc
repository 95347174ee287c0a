#include "tarn/gateway/api/commit_rate.h"

#include <atomic>

#include <gtest/gtest.h>

#include "tarn/testing/fake_clock.h"

namespace tarn::gateway {
namespace {

class CommitRateTest : public ::testing::Test {
 protected:
  void Second(int64_t commits) {
    total_ += commits;
    clock_.Advance(std::chrono::seconds(1));
    rate_.Sample();
  }

  testing::FakeClock clock_;
  std::atomic<int64_t> total_ = 7;
  CommitRate rate_{[this] { return total_.load(); }, clock_};
};

TEST_F(CommitRateTest, CountsWhatEachSecondBrought) {
  Second(3);
  Second(0);
  Second(5);
  const auto seconds = rate_.Last(10);
  ASSERT_EQ(seconds.size(), 3U);
  EXPECT_EQ(seconds[0].commits, 3);  // those before it began do not count
  EXPECT_EQ(seconds[1].commits, 0);
  EXPECT_EQ(seconds[2].commits, 5);
  EXPECT_EQ(seconds[2].ends_at, clock_.Now());
  EXPECT_EQ(rate_.Last(1).size(), 1U);
  EXPECT_EQ(rate_.Last(1).front().commits, 5);
  EXPECT_TRUE(rate_.Last(0).empty());
  EXPECT_EQ(rate_.total(), 15);
}

TEST_F(CommitRateTest, ForgetsWhatIsOld) {
  for (size_t i = 0; i < CommitRate::kSecondsMax + 5; ++i) {
    Second(1);
  }
  EXPECT_EQ(rate_.Last(100'000).size(), CommitRate::kSecondsMax);
}

TEST_F(CommitRateTest, TheThreadEndsAtOnce) {
  rate_.Start();
  const auto started = std::chrono::steady_clock::now();
  {
    CommitRate other([this] { return total_.load(); }, clock_);
    other.Start();
  }
  EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::milliseconds(900));
}

}  // namespace
}  // namespace tarn::gateway
