#include "tarn/cli/line_editor/text_frame.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tarn::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

FrameInput Input(std::string_view text, size_t cursor, int width) {
  FrameInput input;
  input.prompt = [](std::string_view before) { return before.empty() ? "> " : ". "; };
  input.text = text;
  input.cursor = cursor;
  input.width = width;
  input.colors = false;
  return input;
}

TEST(TextFrame, LaysOutLinesWithTheirPrompts) {
  const TextFrame frame = LayOut(Input("ab\ncd", 4, 20));
  EXPECT_THAT(frame.rows, ElementsAre("> ab", ". cd"));
  EXPECT_EQ(frame.cursor_row, 1);
  EXPECT_EQ(frame.cursor_column, 3);
}

TEST(TextFrame, WrapsAtTheWidthAndKnowsWideCharacters) {
  const TextFrame frame = LayOut(Input("abcdef", 6, 5));
  EXPECT_THAT(frame.rows, ElementsAre("> abc", "def"));
  EXPECT_EQ(frame.cursor_column, 3);
  const TextFrame full = LayOut(Input("abc", 3, 5));
  EXPECT_THAT(full.rows, ElementsAre("> abc", ""));
  EXPECT_EQ(full.cursor_row, 1) << "no room for the cursor behind a full row";
  const TextFrame wide = LayOut(Input("a日b", 4, 5));
  EXPECT_THAT(wide.rows, ElementsAre("> a日", "b"));
}

TEST(TextFrame, ShowsControlCharacters) {
  EXPECT_THAT(LayOut(Input("a\tb\x01", 0, 20)).rows, ElementsAre("> a    b^A"));
}

TEST(TextFrame, MenuIsBelowInColumnsAndScrolls) {
  FrameInput input = Input("x", 1, 20);
  input.menu = {"alpha", "beta", "gamma", "delta"};
  EXPECT_THAT(LayOut(input).rows, ElementsAre("> x", "alpha  gamma", "beta   delta"));
  input.menu.assign(100, "name");
  input.selected = 40;
  const TextFrame frame = LayOut(input);
  EXPECT_THAT(frame.rows, SizeIs(10));
  EXPECT_THAT(frame.rows.back(), HasSubstr("100 in all"));
  EXPECT_EQ(frame.cursor_row, 0);
}

TEST(TextFrame, ATextHigherThanTheScreenIsShownAroundTheCursor) {
  FrameInput input = Input("a\nb\nc\nd\ne", 9, 20);
  input.height = 3;
  const TextFrame frame = LayOut(input);
  EXPECT_THAT(frame.rows, ElementsAre(". c", ". d", ". e"));
  EXPECT_EQ(frame.cursor_row, 2);
}

TEST(TextFrame, StylesAreClosedAtEachBreak) {
  FrameInput input = Input("'a\nb'", 0, 20);
  input.prompt = [](std::string_view) { return ""; };
  input.colors = true;
  input.spans = {{0, 5, TextStyle::kString}};
  EXPECT_THAT(LayOut(input).rows, ElementsAre("\x1b[32m'a\x1b[0m", "\x1b[32mb'\x1b[0m"));
}

TEST(TextFrame, DrawsFromTheFirstRowOfTheOldFrame) {
  const TextFrame old{.rows = {"a", "b", "c"}, .cursor_row = 2, .cursor_column = 1};
  const TextFrame next{.rows = {"x", "y"}, .cursor_row = 0, .cursor_column = 1};
  const std::string bytes = DrawSequence(old, next);
  EXPECT_THAT(bytes, HasSubstr("\x1b[2A"));
  EXPECT_THAT(bytes, HasSubstr("x\r\n\x1b[Ky\x1b[J\r\x1b[1A\x1b[1C"));
}

}  // namespace
}  // namespace tarn::cli
