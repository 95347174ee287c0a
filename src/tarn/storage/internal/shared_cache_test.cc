#include "tarn/storage/internal/shared_cache.h"

#include <atomic>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "tarn/base/error.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::storage {
namespace {

class SharedCacheTest : public ::testing::Test {
 protected:
  int Get(SharedCache* cache, const std::string& key, int value, int64_t bytes) {
    const auto got = cache->Get<int>(key, [&]() -> Result<SharedCache::Loaded> {
      ++loads_;
      return SharedCache::Loaded{std::make_shared<const int>(value), bytes};
    });
    EXPECT_OK(got);
    return **got;
  }

  std::atomic<int> loads_{0};
};

TEST_F(SharedCacheTest, KeepsTheLatestUsedWithinItsBudget) {
  SharedCache cache(3000);
  EXPECT_EQ(Get(&cache, "a", 1, 1000), 1);
  EXPECT_EQ(Get(&cache, "b", 2, 1000), 2);
  EXPECT_EQ(Get(&cache, "a", -1, 1000), 1);
  EXPECT_EQ(Get(&cache, "c", 3, 1000), 3);  // b goes
  EXPECT_EQ(Get(&cache, "a", -1, 1000), 1);
  EXPECT_EQ(loads_, 3);
  EXPECT_EQ(Get(&cache, "b", 4, 1000), 4);
  EXPECT_EQ(loads_, 4);
  EXPECT_LE(cache.bytes(), 3000);
}

TEST_F(SharedCacheTest, DoesNotKeepWhatIsTooLarge) {
  SharedCache cache(500);
  EXPECT_EQ(Get(&cache, "small", 1, 1), 1);
  EXPECT_EQ(Get(&cache, "large", 2, 1000), 2);
  EXPECT_EQ(Get(&cache, "large", 3, 1000), 3);
  EXPECT_EQ(Get(&cache, "small", -1, 1), 1);
}

TEST_F(SharedCacheTest, ThreadsThatWaitShareAValueThatIsNotKept) {
  SharedCache cache(0);
  std::atomic<bool> loading{false};
  std::atomic<int> asked{0};
  const auto get = [&] {
    ++asked;
    const auto value = cache.Get<int>("k", [&]() -> Result<SharedCache::Loaded> {
      ++loads_;
      loading = true;
      while (asked < 4) {
        std::this_thread::yield();
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      return SharedCache::Loaded{std::make_shared<const int>(5), 1};
    });
    EXPECT_OK(value);
    EXPECT_EQ(**value, 5);
  };
  std::vector<std::thread> threads;
  threads.emplace_back(get);
  while (!loading) {
    std::this_thread::yield();
  }
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back(get);
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_LE(loads_, 2);  // 1 unless a thread was late
}

TEST_F(SharedCacheTest, AnErrorIsNotKept) {
  SharedCache cache(1000);
  const auto failed = cache.Get<int>("k", []() -> Result<SharedCache::Loaded> {
    return MakeError(ErrorCode::kIoFailed, "no");
  });
  EXPECT_ERROR(failed, ErrorCode::kIoFailed, "no");
  EXPECT_EQ(Get(&cache, "k", 2, 1), 2);
}

}  // namespace
}  // namespace tarn::storage
