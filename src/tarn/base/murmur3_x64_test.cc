#include "tarn/base/murmur3_x64.h"

#include <string_view>

#include <gtest/gtest.h>

namespace tarn {
namespace {

TEST(Murmur3X64, AgreesWithTheReference) {
  // MurmurHash3_x64_128 of the reference implementation, first half.
  EXPECT_EQ(Murmur3X64("", 0)[0], 0U);
  EXPECT_EQ(Murmur3X64("hello", 0)[0], 0xcbd8a7b341bd9b02U);
  EXPECT_EQ(Murmur3X64("The quick brown fox jumps over the lazy dog", 0)[0],
            0xe34bbc7bbc071b6cU);
}

}  // namespace
}  // namespace tarn
