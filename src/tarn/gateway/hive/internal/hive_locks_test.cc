#include "tarn/gateway/hive/internal/hive_locks.h"

#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "tarn/testing/fake_clock.h"

namespace tarn::gateway::hive {
namespace {

using std::chrono::milliseconds;

LockRequest On(const std::string& database, const std::string& table,
               LockKind kind = LockKind::kExclusive) {
  return {.targets = {{.kind = kind, .database = database, .table = table}},
          .user = "me",
          .host = "here",
          .agent = "test"};
}

class HiveLocks : public ::testing::Test {
 protected:
  LockState Take(LockRequest request, int64_t* id = nullptr) {
    const auto answer = locks_.Lock(std::move(request));
    EXPECT_TRUE(answer.ok()) << answer.status();
    if (id != nullptr) {
      *id = answer->id;
    }
    return answer->state;
  }

  tarn::testing::FakeClock clock_;
  LockTable locks_{clock_,
                   {.timeout = milliseconds(1000),
                    .abandoned_timeout = milliseconds(10),
                    .wait = milliseconds(0),
                    .locks_max = 8}};
};

struct PairCase {
  const char* name;
  LockRequest first;
  LockRequest second;
  LockState state;
};

TEST_F(HiveLocks, WhoGoesWithWhom) {
  const PairCase cases[] = {
      {"two tables", On("a", "t"), On("a", "u"), LockState::kAcquired},
      {"two databases", On("a", "t"), On("b", "t"), LockState::kAcquired},
      {"the same table", On("a", "t"), On("a", "t"), LockState::kWaiting},
      {"a database and its table", On("a", ""), On("a", "t"), LockState::kWaiting},
      {"readers", On("a", "t", LockKind::kSharedRead),
       On("a", "t", LockKind::kSharedRead), LockState::kAcquired},
      {"reader and writer", On("a", "t", LockKind::kSharedRead),
       On("a", "t", LockKind::kSharedWrite), LockState::kAcquired},
      {"writers", On("a", "t", LockKind::kSharedWrite),
       On("a", "t", LockKind::kSharedWrite), LockState::kWaiting},
      {"writer alone and reader", On("a", "t", LockKind::kExclusiveWrite),
       On("a", "t", LockKind::kSharedRead), LockState::kAcquired},
      {"exclusive and reader", On("a", "t"), On("a", "t", LockKind::kSharedRead),
       LockState::kWaiting},
  };
  for (const PairCase& c : cases) {
    SCOPED_TRACE(c.name);
    int64_t first = 0;
    int64_t second = 0;
    EXPECT_EQ(Take(c.first, &first), LockState::kAcquired);
    EXPECT_EQ(Take(c.second, &second), c.state);
    ASSERT_TRUE(locks_.Unlock(first).ok());
    EXPECT_EQ(locks_.Check(second).ValueOr(LockState::kWaiting), LockState::kAcquired);
    ASSERT_TRUE(locks_.Unlock(second).ok());
  }
  EXPECT_EQ(locks_.size(), 0U);
}

TEST_F(HiveLocks, SeveralTargetsAreTakenTogether) {
  int64_t held = 0;
  ASSERT_EQ(Take(On("a", "u"), &held), LockState::kAcquired);
  LockRequest both = On("a", "t");
  both.targets.push_back({.database = "a", .table = "u"});
  int64_t id = 0;
  EXPECT_EQ(Take(both, &id), LockState::kWaiting);
  // Who waits has nothing yet.
  EXPECT_EQ(Take(On("a", "t")), LockState::kAcquired);
}

TEST_F(HiveLocks, AnUnusedLockTimesOut) {
  int64_t first = 0;
  ASSERT_EQ(Take(On("a", "t"), &first), LockState::kAcquired);
  clock_.Advance(milliseconds(900));
  ASSERT_TRUE(locks_.Heartbeat(first).ok());
  clock_.Advance(milliseconds(900));
  EXPECT_EQ(Take(On("a", "t")), LockState::kWaiting);
  clock_.Advance(milliseconds(100));
  EXPECT_FALSE(locks_.Heartbeat(first).ok());
  EXPECT_FALSE(locks_.Check(first).ok());
  EXPECT_FALSE(locks_.Unlock(first).ok());
  EXPECT_EQ(Take(On("a", "t")), LockState::kAcquired);
}

TEST_F(HiveLocks, ALockOfAClientThatHasGoneEndsSoon) {
  int64_t gone = 0;
  int64_t moved = 0;
  ASSERT_EQ(Take(On("a", "t"), &gone), LockState::kAcquired);
  ASSERT_EQ(Take(On("a", "u"), &moved), LockState::kAcquired);
  locks_.Abandon({gone, moved, 99});
  ASSERT_TRUE(locks_.Heartbeat(moved).ok());  // through another connection
  clock_.Advance(milliseconds(11));
  EXPECT_EQ(Take(On("a", "t")), LockState::kAcquired);
  EXPECT_EQ(Take(On("a", "u")), LockState::kWaiting);
}

TEST_F(HiveLocks, LimitsHold) {
  EXPECT_FALSE(locks_.Lock({}).ok());
  LockRequest large;
  large.targets.resize(101);
  EXPECT_FALSE(locks_.Lock(large).ok());
  for (int i = 0; i < 8; ++i) {
    EXPECT_EQ(Take(On("a", std::to_string(i))), LockState::kAcquired);
  }
  EXPECT_FALSE(locks_.Lock(On("a", "one more")).ok());
}

TEST_F(HiveLocks, ListsByName) {
  int64_t id = 0;
  ASSERT_EQ(Take(On("a", "t"), &id), LockState::kAcquired);
  ASSERT_EQ(Take(On("b", "t")), LockState::kAcquired);
  EXPECT_EQ(locks_.List("", "").size(), 2U);
  const auto found = locks_.List("a", "t");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].id, id);
  EXPECT_EQ(found[0].request.agent, "test");
  EXPECT_TRUE(locks_.List("a", "u").empty());
}

TEST(HiveLocksWaiting, WhoWaitsInACallIsNextAndNobodyIsLost) {
  LockTable locks(SystemClock(), {.wait = milliseconds(20'000)});
  std::atomic<int> inside = 0;
  std::atomic<int> most = 0;
  std::atomic<int> done = 0;
  std::vector<std::thread> clients;
  for (int i = 0; i < 8; ++i) {
    clients.emplace_back([&] {
      for (int k = 0; k < 20; ++k) {
        const auto answer = locks.Lock(On("a", "t"));
        if (!answer.ok() || answer->state != LockState::kAcquired) {
          return;
        }
        most = std::max(most.load(), ++inside);
        --inside;
        if (!locks.Unlock(answer->id).ok()) {
          return;
        }
      }
      ++done;
    });
  }
  for (std::thread& client : clients) {
    client.join();
  }
  EXPECT_EQ(done, 8);
  EXPECT_EQ(most, 1);
  EXPECT_EQ(locks.size(), 0U);
}

TEST(HiveLocksWaiting, WhoWillAskAgainLaterHoldsUpNobody) {
  LockTable locks(SystemClock(), {.wait = milliseconds(0)});
  const auto held = locks.Lock(On("a", "t"));
  const auto absent = locks.Lock(On("a", "t"));
  ASSERT_TRUE(held.ok() && absent.ok());
  EXPECT_EQ(absent->state, LockState::kWaiting);
  ASSERT_TRUE(locks.Unlock(held->id).ok());
  const auto third = locks.Lock(On("a", "t"));
  ASSERT_TRUE(third.ok());
  EXPECT_EQ(third->state, LockState::kAcquired);
  EXPECT_EQ(locks.Check(absent->id).ValueOr(LockState::kAcquired), LockState::kWaiting);
  ASSERT_TRUE(locks.Unlock(third->id).ok());
  EXPECT_EQ(locks.Check(absent->id).ValueOr(LockState::kWaiting), LockState::kAcquired);
}

TEST(HiveLocksWaiting, AShutdownEndsTheWait) {
  LockTable locks(SystemClock(), {.wait = milliseconds(60'000)});
  ASSERT_TRUE(locks.Lock(On("a", "t")).ok());
  std::thread stopper([&] { locks.Stop(); });
  const auto answer = locks.Lock(On("a", "t"));
  stopper.join();
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->state, LockState::kWaiting);
}

}  // namespace
}  // namespace tarn::gateway::hive
