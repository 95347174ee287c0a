#include "tarn/service/internal/fair_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tarn::service::internal {
namespace {

TEST(FairQueue, IsFirstComeFirstServedForOneOwner) {
  FairQueue queue;
  queue.Push("ada", "1");
  queue.Push("ada", "2");
  EXPECT_EQ(queue.size(), 2U);
  EXPECT_EQ(queue.Pop(), "1");
  EXPECT_EQ(queue.Pop(), "2");
  EXPECT_EQ(queue.Pop(), std::nullopt);
  EXPECT_EQ(queue.size(), 0U);
}

TEST(FairQueue, WhoHasLeastAtWorkIsNext) {
  FairQueue queue;
  for (const char* id : {"a1", "a2", "a3", "a4"}) {
    queue.Push("ada", id);
  }
  EXPECT_EQ(queue.Pop(), "a1");
  EXPECT_EQ(queue.Pop(), "a2");
  queue.Push("bob", "b1");
  queue.Push("bob", "b2");
  EXPECT_EQ(queue.Pop(), "b1");
  EXPECT_EQ(queue.Pop(), "b2");
  EXPECT_EQ(queue.Pop(), "a3");  // equal: ada was served longer ago
  queue.Done("ada");
  queue.Done("ada");
  queue.Push("bob", "b3");
  EXPECT_EQ(queue.Pop(), "a4");
  EXPECT_EQ(queue.Pop(), "b3");
}

TEST(FairQueue, WhatIsRemovedIsNotGiven) {
  FairQueue queue;
  queue.Push("ada", "1");
  queue.Push("ada", "2");
  EXPECT_FALSE(queue.Remove("bob", "1"));
  EXPECT_TRUE(queue.Remove("ada", "1"));
  EXPECT_FALSE(queue.Remove("ada", "1"));
  EXPECT_EQ(queue.Pop(), "2");
  queue.Done("ada");
  queue.Done("ada");  // of nobody: nothing
  queue.Push("ada", "3");
  EXPECT_EQ(queue.Pop(), "3");
}

}  // namespace
}  // namespace tarn::service::internal
