#include "tarn/catalog/internal/lru_cache.h"

#include <gtest/gtest.h>

namespace tarn::catalog::internal {
namespace {

std::shared_ptr<const int> Of(int value) { return std::make_shared<const int>(value); }

TEST(LruCache, ForgetsTheLeastRecentlyUsed) {
  LruCache<int> cache("test", 2, 100);
  cache.Put("a", Of(1), 1);
  cache.Put("b", Of(2), 1);
  EXPECT_EQ(*cache.Find("a"), 1);
  cache.Put("c", Of(3), 1);
  EXPECT_EQ(cache.Find("b"), nullptr);
  EXPECT_EQ(*cache.Find("a"), 1);
  EXPECT_EQ(*cache.Find("c"), 3);
}

TEST(LruCache, KeepsToItsBytes) {
  LruCache<int> cache("test", 10, 100);
  cache.Put("a", Of(1), 60);
  cache.Put("b", Of(2), 40);
  EXPECT_NE(cache.Find("a"), nullptr);
  cache.Put("c", Of(3), 1);
  EXPECT_EQ(cache.Find("b"), nullptr);
  EXPECT_NE(cache.Find("a"), nullptr);
  cache.Put("huge", Of(4), 101);
  EXPECT_EQ(cache.Find("huge"), nullptr);
  EXPECT_NE(cache.Find("a"), nullptr);
  cache.Put("a", Of(5), 99);
  EXPECT_EQ(*cache.Find("a"), 5);
  EXPECT_NE(cache.Find("c"), nullptr);
}

}  // namespace
}  // namespace tarn::catalog::internal
