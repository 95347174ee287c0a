#include "tarn/iceberg/bounds.h"

#include <random>

#include <gtest/gtest.h>

#include "tarn/iceberg/internal/utf8.h"

namespace tarn::iceberg {
namespace {

struct UpperCase {
  const char* name;
  std::string text;
  int32_t length;
  std::optional<std::string> expected;
};

TEST(Bounds, Trap10_UpperStringIsCutAndRaised) {
  const UpperCase cases[] = {
      {"short enough", "abc", 3, "abc"},
      {"empty", "", 3, ""},
      {"plain", "abcd", 3, "abd"},
      {"two bytes, not cut inside", "éèêë", 3, "éèë"},
      {"short in code points", "日本語", 3, "日本語"},
      {"one to two bytes", "ab\x7Fz", 3, "ab\u0080"},
      {"two to three bytes", "ab\u07FFz", 3, "ab\u0800"},
      {"three to four bytes", "ab\uFFFFz", 3, "ab\U00010000"},
      {"skips surrogates", "ab\uD7FFz", 3, "ab\uE000"},
      {"carries left", "ab\U0010FFFFz", 3, "ac"},
      {"carries twice", "a\U0010FFFF\U0010FFFFz", 3, "b"},
      {"nothing above", "\U0010FFFF\U0010FFFF\U0010FFFFz", 3, std::nullopt},
      {"all of the maximum but short", "\U0010FFFF", 1, "\U0010FFFF"},
      {"ill-formed and long", "ab\xFFzzz", 3, std::nullopt},
      {"ill-formed and short", "a\xFF", 3, "a\xFF"},
      {"NUL", std::string("a\0bc", 4), 2, std::string("a\x01", 2)},
  };
  for (const UpperCase& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(TruncatedUpperString(c.text, c.length), c.expected);
  }
}

TEST(Bounds, Trap10_UpperBinaryIsCutAndRaised) {
  const UpperCase cases[] = {
      {"short enough", "\xFF\xFF", 2, "\xFF\xFF"},
      {"plain", "abcd", 3, "abd"},
      {"sign bit", "ab\x7Fz", 3, "ab\x80"},
      {"carries left", "ab\xFFz", 3, "ac"},
      {"carries twice", "a\xFF\xFFz", 3, "b"},
      {"nothing above", "\xFF\xFF\xFFz", 3, std::nullopt},
      {"empty", "", 3, ""},
  };
  for (const UpperCase& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(TruncatedUpperBinary(c.text, c.length), c.expected);
  }
}

TEST(Bounds, LowerBoundsAreCut) {
  EXPECT_EQ(TruncatedLowerString("abcd", 3), "abc");
  EXPECT_EQ(TruncatedLowerString("日本語日", 3), "日本語");
  EXPECT_EQ(TruncatedLowerString("ab", 3), "ab");
  EXPECT_EQ(TruncatedLowerBinary("日", 2), "\xE6\x97");
  EXPECT_EQ(TruncatedLowerBinary("ab", 3), "ab");
}

std::string RandomText(std::mt19937& random) {
  constexpr char32_t kEdges[] = {'a',    0x7F,   0x80,   0x7FF,   0x800,
                                 0xD7FF, 0xE000, 0xFFFF, 0x10000, 0x10FFFF};
  std::string text;
  const size_t count = random() % 6;
  for (size_t i = 0; i < count; ++i) {
    internal::AppendUtf8(kEdges[random() % std::size(kEdges)], &text);
  }
  return text;
}

TEST(Bounds, Trap10_BoundsHoldForEveryString) {
  std::mt19937 random(42);
  for (int i = 0; i < 20'000; ++i) {
    const std::string text = RandomText(random);
    const auto length = static_cast<int32_t>(1 + random() % 4);
    EXPECT_LE(TruncatedLowerString(text, length), text);
    EXPECT_LE(TruncatedLowerBinary(text, length), text);
    const auto upper = TruncatedUpperString(text, length);
    if (upper) {
      EXPECT_GE(*upper, text);
      EXPECT_TRUE(internal::IsUtf8(*upper));
      EXPECT_EQ(internal::PrefixBytes(*upper, length), upper->size())
          << "not longer than asked";
    }
    const auto upper_bytes = TruncatedUpperBinary(text, length);
    if (upper_bytes) {
      EXPECT_GE(*upper_bytes, text);
      EXPECT_LE(upper_bytes->size(), static_cast<size_t>(length));
    }
  }
}

}  // namespace
}  // namespace tarn::iceberg
