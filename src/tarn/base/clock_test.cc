#include "tarn/base/clock.h"

#include <regex>
#include <set>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace tarn {
namespace {

using std::chrono::milliseconds;

class FixedRandom : public Random {
 public:
  explicit FixedRandom(std::vector<uint64_t> values) : values_(std::move(values)) {}
  uint64_t Next() override { return values_[next_++ % values_.size()]; }

 private:
  std::vector<uint64_t> values_;
  size_t next_ = 0;
};

TEST(SystemClock, TellsTheTimeAndSleeps) {
  const milliseconds before = SystemClock().Now();
  EXPECT_GT(before.count(), 1'600'000'000'000) << "after September 2020";
  const auto start = std::chrono::steady_clock::now();
  SystemClock().Sleep(milliseconds(5));
  EXPECT_GE(std::chrono::steady_clock::now() - start, milliseconds(5));
}

TEST(SystemRandom, DoesNotRepeatEvenAcrossThreads) {
  constexpr size_t kThreads = 4;
  constexpr size_t kDraws = 250;
  std::vector<std::vector<uint64_t>> drawn(kThreads);
  std::vector<std::thread> threads;
  for (auto& mine : drawn) {
    threads.emplace_back([&mine] {
      for (size_t i = 0; i < kDraws; ++i) {
        mine.push_back(SystemRandom().Next());
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  std::set<uint64_t> distinct;
  for (const auto& mine : drawn) {
    distinct.insert(mine.begin(), mine.end());
  }
  EXPECT_EQ(distinct.size(), kThreads * kDraws);
}

TEST(NewUuid, SetsVersionAndVariantAndKeepsTheOtherBits) {
  FixedRandom zeros({0});
  EXPECT_EQ(NewUuid(zeros), "00000000-0000-4000-8000-000000000000");
  FixedRandom ones({~uint64_t{0}});
  EXPECT_EQ(NewUuid(ones), "ffffffff-ffff-4fff-bfff-ffffffffffff");
  FixedRandom counted({0x0123456789ABCDEFU, 0xFEDCBA9876543210U});
  EXPECT_EQ(NewUuid(counted), "01234567-89ab-4def-bedc-ba9876543210");
}

TEST(NewUuid, IsCanonicalAndFresh) {
  const std::regex canonical(
      "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const std::string uuid = NewUuid(SystemRandom());
    EXPECT_TRUE(std::regex_match(uuid, canonical)) << uuid;
    EXPECT_TRUE(seen.insert(uuid).second) << uuid;
  }
}

TEST(NewUlid, EncodesTheTimeInItsFirstTenCharacters) {
  FixedRandom zeros({0});
  EXPECT_EQ(NewUlid(milliseconds(0), zeros), "00000000000000000000000000");
  // The time of the ULID specification's example, 01ARYZ6S41….
  EXPECT_EQ(NewUlid(milliseconds(1469918176385), zeros).substr(0, 10), "01ARYZ6S41");
  FixedRandom ones({~uint64_t{0}});
  EXPECT_EQ(NewUlid(milliseconds((int64_t{1} << 48) - 1), ones),
            "7ZZZZZZZZZZZZZZZZZZZZZZZZZ");
}

TEST(NewUlid, SortsByTime) {
  std::string last;
  for (int64_t now = 1'700'000'000'000; now < 1'700'000'000'100; ++now) {
    const std::string ulid = NewUlid(milliseconds(now), SystemRandom());
    EXPECT_EQ(ulid.size(), 26U);
    EXPECT_LT(last, ulid);
    last = ulid;
  }
}

TEST(NewUlid, AllEightyRandomBitsMatter) {
  for (int bit = 0; bit < 40; ++bit) {
    FixedRandom first({uint64_t{1} << bit, 0});
    FixedRandom second({0, uint64_t{1} << bit});
    FixedRandom none({0});
    const milliseconds now(1);
    const std::string plain = NewUlid(now, none);
    EXPECT_NE(NewUlid(now, first), plain) << bit;
    EXPECT_NE(NewUlid(now, second), plain) << bit;
  }
}

}  // namespace
}  // namespace tarn
