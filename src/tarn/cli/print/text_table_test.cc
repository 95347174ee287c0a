#include "tarn/cli/print/text_table.h"

#include <gtest/gtest.h>

#include "tarn/cli/print/quantity.h"
#include "tarn/cli/print/text_width.h"

namespace tarn::cli {
namespace {

struct WidthCase {
  const char* name;
  std::string_view text;
  int width;
};

TEST(TextWidth, CountsTerminalColumns) {
  constexpr WidthCase kCases[] = {
      {"ascii", "abc", 3},
      {"empty", "", 0},
      {"accent composed", "é", 1},
      {"accent combining", "e\u0301", 1},
      {"chinese", "数据", 4},
      {"fullwidth", "Ａ", 2},
      {"emoji", "🚀", 2},
      {"hangul", "한국", 4},
      {"zero width joiner", "a\u200db", 2},
      {"broken utf-8", "a\xff", 2},
  };
  for (const WidthCase& c : kCases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(DisplayWidth(c.text), c.width);
  }
}

TEST(TextWidth, CutsAtColumnsAndNeverInsideACharacter) {
  EXPECT_EQ(CutToWidth("abcdef", 6), "abcdef");
  EXPECT_EQ(CutToWidth("abcdefg", 6), "abcde…");
  EXPECT_EQ(CutToWidth("数据湖仓", 5), "数据…");
  EXPECT_EQ(CutToWidth("数据湖仓", 4), "数…");
}

TEST(TextWidth, OneLineEscapesWhatWouldMoveTheCursor) {
  EXPECT_EQ(OneLine("a\nb\tc\rd"), "a\\nb\\tc\\rd");
  EXPECT_EQ(OneLine("\x1b[31mred"), "\\x1b[31mred");
  EXPECT_EQ(OneLine("é\xff"), "é\\xff");
  EXPECT_EQ(OneLine("\xed\xa0\x80"), "\\xed\\xa0\\x80") << "a surrogate is not UTF-8";
}

TEST(TextTable, AlignsColumns) {
  EXPECT_EQ(
      FormatTextTable({{"name"}, {"rows", Align::kRight}}, {{"a", "12"}, {"数据", "3"}}),
      " name | rows\n"
      "------+------\n"
      " a    |   12\n"
      " 数据 |    3\n");
}

TEST(TextTable, HasAHeaderWithoutRows) {
  EXPECT_EQ(FormatTextTable({{"x"}}, {}), " x\n---\n");
}

TEST(TextTable, NarrowsTheWidestColumnFirst) {
  const std::string text =
      FormatTextTable({{"id"}, {"text"}}, {{"1", "a long text that does not fit"}}, 25);
  EXPECT_EQ(text,
            " id | text\n"
            "----+-------------------\n"
            " 1  | a long text that…\n");
}

TEST(TextTable, PairsStandBelowEachOther) {
  EXPECT_EQ(FormatPairs({{"a", "1"}, {"long", "2"}, {"empty", ""}}),
            "a      1\nlong   2\nempty\n");
}

TEST(Quantity, SaysSizesCountsAndTimes) {
  EXPECT_EQ(BytesText(0), "0 B");
  EXPECT_EQ(BytesText(999), "999 B");
  EXPECT_EQ(BytesText(1400), "1.4 kB");
  EXPECT_EQ(BytesText(999'999), "1.0 MB");
  EXPECT_EQ(BytesText(52'000'000), "52 MB");
  EXPECT_EQ(GroupedText(1), "1");
  EXPECT_EQ(GroupedText(336776), "336 776");
  EXPECT_EQ(GroupedText(-1234567), "-1 234 567");
  EXPECT_EQ(GroupedText(-123), "-123");
  EXPECT_EQ(CountText(1, "row"), "1 row");
  EXPECT_EQ(CountText(0, "row"), "0 rows");
  EXPECT_EQ(InstantText(std::chrono::milliseconds(1'704'067'200'250)),
            "2024-01-01T00:00:00.25Z");
  EXPECT_EQ(DurationText(std::chrono::milliseconds(12)), "0.012 s");
  EXPECT_EQ(DurationText(std::chrono::milliseconds(125'000)), "2 min 5 s");
}

}  // namespace
}  // namespace tarn::cli
