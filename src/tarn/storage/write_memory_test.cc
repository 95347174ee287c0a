#include "tarn/storage/write_memory.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <latch>
#include <mutex>
#include <random>
#include <semaphore>
#include <thread>

#include <gtest/gtest.h>

#include "tarn/base/logging.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::storage {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;

/// Holds what it is told to; gives up all but `keeps` when it is not at work.
class FakeUser : public WriteMemory::User {
 public:
  explicit FakeUser(std::shared_ptr<WriteMemory> memory, int64_t keeps = 0)
      : keeps_(keeps), account(std::move(memory), this) {}

  bool TryShrink(int64_t bytes) override {
    if (!at_work_.try_acquire()) {
      return false;
    }
    ++shrunk;
    if (on_shrink) {
      on_shrink();
    }
    account.Set(std::min(account.bytes(), std::max(keeps_, bytes)));
    at_work_.release();
    return true;
  }

  // Lockable: at work while locked.
  void lock() { at_work_.acquire(); }
  void unlock() { at_work_.release(); }

  std::atomic<int> shrunk{0};
  std::function<void()> on_shrink = nullptr;

 private:
  const int64_t keeps_;
  std::binary_semaphore at_work_{1};

 public:
  WriteMemory::Account account;
};

std::shared_ptr<WriteMemory> MemoryOf(int64_t bytes_max,
                                      milliseconds patience = seconds(60)) {
  return std::make_shared<WriteMemory>(bytes_max, patience);
}

TEST(WriteMemory, WhatOthersLeaveIsAllowedAndSharesAreEqual) {
  const auto memory = MemoryOf(120);
  FakeUser a(memory);
  EXPECT_EQ(a.account.share(), 120);
  a.account.Set(90);
  EXPECT_EQ(a.account.allowed(), 120);
  {
    FakeUser b(memory);
    EXPECT_EQ(b.account.share(), 60);
    EXPECT_EQ(b.account.allowed(), 30);
    b.account.Set(20);
    EXPECT_EQ(a.account.allowed(), 100);
    a.account.Set(125);
    EXPECT_EQ(b.account.allowed(), 0);
    const WriteMemory::Usage usage = memory->usage();
    EXPECT_EQ(usage.bytes, 145);
    EXPECT_EQ(usage.bytes_max, 120);
    EXPECT_EQ(usage.users, 2);
  }
  EXPECT_EQ(memory->usage().bytes, 125);
  EXPECT_EQ(memory->usage().peak, 145);
  EXPECT_EQ(memory->usage().users, 1);
  a.account.CountEarlyFlush();
  EXPECT_EQ(memory->usage().early_flushes, 1);
}

TEST(WriteMemory, IdleUsersComeDownToTheirShareTheLargestFirst) {
  const auto memory = MemoryOf(120);
  FakeUser fat(memory);
  FakeUser plump(memory);
  FakeUser lean(memory);
  FakeUser asking(memory);  // shares are 30
  fat.account.Set(70);
  plump.account.Set(35);
  lean.account.Set(10);
  asking.account.Set(5);
  asking.account.ShrinkIdle();
  EXPECT_EQ(fat.account.bytes(), 30);
  EXPECT_EQ(plump.account.bytes(), 35) << "not needed any more";
  EXPECT_EQ(lean.account.bytes(), 10);
  EXPECT_EQ(asking.account.allowed(), 45);
  EXPECT_EQ(asking.shrunk + lean.shrunk + plump.shrunk, 0);
}

TEST(WriteMemory, NobodyTakesMoreThanItsShareWhileAnotherLacksRoom) {
  const auto memory = MemoryOf(100);
  FakeUser fat(memory);
  FakeUser small(memory);
  fat.account.Set(90);
  EXPECT_EQ(fat.account.allowed(), 100);
  {
    const std::lock_guard busy(fat);
    small.account.Set(5);
    std::thread([&] { small.account.ShrinkIdle(); }).join();
  }
  EXPECT_EQ(fat.shrunk, 0) << "was at work";
  EXPECT_EQ(fat.account.allowed(), 50);
  fat.account.Set(50);
  EXPECT_EQ(fat.account.allowed(), 95) << "the other one has room for its share now";
}

TEST(WriteMemory, ABusyUserIsWaitedForUntilItHoldsLess) {
  const auto memory = MemoryOf(100);
  FakeUser busy(memory);
  FakeUser waiting(memory);
  const std::lock_guard at_work(busy);
  busy.account.Set(90);
  waiting.account.Set(20);
  std::atomic<bool> has_room = false;
  std::thread thread([&] {
    EXPECT_OK(waiting.account.WaitForRoom());
    has_room = true;
  });
  while (memory->usage().waits == 0) {
    std::this_thread::yield();
  }
  EXPECT_FALSE(has_room);
  EXPECT_EQ(busy.account.allowed(), 50);
  busy.account.Set(85);  // not enough
  EXPECT_FALSE(has_room);
  busy.account.Set(50);
  thread.join();
  EXPECT_TRUE(has_room);
  EXPECT_EQ(memory->usage().waits, 1);
}

TEST(WriteMemory, ABlockedUserHoldsOthersBackOnceAndNotForEver) {
  const auto memory = MemoryOf(100, milliseconds(50));
  FakeUser blocked(memory);
  FakeUser other(memory);
  const std::lock_guard at_work(blocked);
  blocked.account.Set(95);
  std::thread([&] {
    other.account.Set(40);
    EXPECT_OK(other.account.WaitForRoom()) << "its share is its own";
    EXPECT_EQ(memory->usage().waits, 1);
    other.account.Set(45);
    EXPECT_OK(other.account.WaitForRoom());
    EXPECT_EQ(memory->usage().waits, 1) << "in vain before";
  }).join();
  blocked.account.Set(94);  // lives again, and is worth waiting for
  std::thread([&] {
    EXPECT_OK(other.account.WaitForRoom());
    EXPECT_EQ(memory->usage().waits, 2);
  }).join();
}

TEST(WriteMemory, AUserThatCannotHoldLessIsRefusedWithTheReason) {
  const auto memory = MemoryOf(100, milliseconds(20));
  FakeUser small(memory);
  FakeUser large(memory);
  small.account.Set(45);
  large.account.Set(70);
  const Status refused = large.account.WaitForRoom();
  EXPECT_ERROR(refused, ErrorCode::kResourceLimit, "2 writers hold 115 of 100 bytes");
  EXPECT_THAT(refused.message(), HasSubstr("70 that it cannot give up"));
  EXPECT_THAT(refused.message(), HasSubstr("the largest other 45"));
  EXPECT_THAT(refused.message(), HasSubstr("Raise memory.max_usage"));
  EXPECT_OK(small.account.WaitForRoom());
}

TEST(WriteMemory, AloneThereIsNothingToWaitFor) {
  const auto memory = MemoryOf(100);  // a minute's patience
  FakeUser alone(memory);
  alone.account.Set(101);
  EXPECT_ERROR(alone.account.WaitForRoom(), ErrorCode::kResourceLimit, "101 of 100");
  EXPECT_EQ(memory->usage().waits, 0);
}

TEST(WriteMemory, AnIdleUserThatCannotHoldLessIsNotWaitedFor) {
  const auto memory = MemoryOf(100);
  FakeUser stubborn(memory, /*keeps=*/80);
  FakeUser other(memory);
  stubborn.account.Set(90);
  other.account.Set(30);
  EXPECT_OK(other.account.WaitForRoom());
  EXPECT_EQ(stubborn.account.bytes(), 80);
  EXPECT_EQ(stubborn.shrunk, 1);
  EXPECT_EQ(memory->usage().waits, 0);
}

TEST(WriteMemory, TwoUsersOfOneThreadDoNotWaitForEachOther) {
  const auto memory = MemoryOf(90);
  FakeUser sorter(memory);
  FakeUser encoder(memory);
  FakeUser elsewhere(memory);
  const std::lock_guard at_work(sorter);  // as while it hands its rows on
  sorter.account.Set(80);
  encoder.account.Set(20);
  std::thread([&] { elsewhere.account.Set(1); }).join();
  EXPECT_OK(encoder.account.WaitForRoom());
  EXPECT_EQ(memory->usage().waits, 0);
}

TEST(WriteMemory, AUserMayGoWhileItIsShrunk) {
  const auto memory = MemoryOf(100);
  std::latch in_shrink(1);
  std::latch goes(1);
  auto fat = std::make_unique<FakeUser>(memory);
  FakeUser small(memory);
  fat->on_shrink = [&] {
    in_shrink.count_down();
    goes.wait();
    std::this_thread::sleep_for(milliseconds(10));
  };
  fat->account.Set(90);
  std::thread shrinking([&] { small.account.ShrinkIdle(); });
  in_shrink.wait();
  std::thread going([&] {
    goes.count_down();
    fat.reset();  // waits for the end of TryShrink()
  });
  going.join();
  shrinking.join();
  EXPECT_EQ(memory->usage().bytes, 0);
  EXPECT_EQ(memory->usage().users, 1);
}

TEST(WriteMemory, WarnsAtNineTenthsAndNotAllTheTime) {
  const std::string path =
      (std::filesystem::temp_directory_path() /
       ("tarn_write_memory_" + std::to_string(std::random_device()()) + ".log"))
          .string();
  ASSERT_OK(StartLogging({.level = LogLevel::kWarn, .file = path}));
  FakeUser user(MemoryOf(1'000));
  for (const int64_t bytes : {500, 900, 901, 950, 800, 930, 699, 905, 1'000}) {
    user.account.Set(bytes);
  }
  FlushLog();
  ASSERT_OK(StartLogging({}));
  std::ifstream log(path);
  const std::string text{std::istreambuf_iterator<char>(log), {}};
  std::filesystem::remove(path);
  EXPECT_THAT(text, HasSubstr("901"));
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1) << text;
}

/// Grows and gives up as writers do, with random sizes.
void WorkLikeAWriter(FakeUser& user, uint64_t seed, std::atomic<int64_t>* refused) {
  std::mt19937_64 random(seed);
  int64_t held = 0;
  for (int i = 0; i < 2'000; ++i) {
    const std::lock_guard lock(user);
    held = user.account.bytes() + static_cast<int64_t>(random() % 40);
    user.account.Set(held);
    if (held > user.account.allowed() && user.account.allowed() < user.account.share()) {
      user.account.ShrinkIdle();
    }
    if (held > user.account.allowed()) {
      held = std::min(held, user.account.allowed() / 2 + 3);  // a rest stays
      user.account.Set(held);
    }
    if (held > user.account.allowed() && !user.account.WaitForRoom().ok()) {
      ++*refused;
    }
  }
}

TEST(WriteMemory, ManyThreadsNeverHangAndStayWithinTheBudget) {
  constexpr size_t kUsers = 8;
  const auto memory = MemoryOf(1'000, seconds(20));
  std::atomic<int64_t> refused = 0;
  {
    std::array<std::unique_ptr<FakeUser>, kUsers> users;
    for (auto& user : users) {
      user = std::make_unique<FakeUser>(memory, /*keeps=*/5);
    }
    std::array<std::thread, kUsers> threads;
    for (size_t i = 0; i < kUsers; ++i) {
      threads[i] = std::thread([&, i] { WorkLikeAWriter(*users[i], i + 1, &refused); });
    }
    for (std::thread& thread : threads) {
      thread.join();
    }
    EXPECT_LE(memory->usage().bytes, 1'000);
  }
  EXPECT_EQ(refused, 0);
  EXPECT_EQ(memory->usage().bytes, 0);
  // Each may be over by the step that it is about to give up again.
  EXPECT_LE(memory->usage().peak, 1'000 + static_cast<int64_t>(kUsers) * 40);
}

}  // namespace
}  // namespace tarn::storage
