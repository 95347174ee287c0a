#include "tarn/cli/shell/error_view.h"

#include <string>

#include <gtest/gtest.h>

#include "tarn/base/error.h"
#include "tarn/cli/shell/syntax_help.h"

namespace tarn::cli {
namespace {

TEST(ErrorView, PointsAtThePlace) {
  EXPECT_EQ(CaretLines("SELECT x\nFROM  nope", PlaceIn("line 2:7: no table"), 80),
            "  FROM  nope\n        ^\n");
  EXPECT_EQ(CaretLines("SELECT 'é', x", PlaceIn("line 1:13: x"), 80),
            "  SELECT 'é', x\n              ^\n");
  EXPECT_EQ(CaretLines("SELECT 1", PlaceIn("no place"), 80), "");
  EXPECT_EQ(CaretLines("SELECT 1", PlaceIn("line 7:1: x"), 80), "");
}

TEST(ErrorView, ShowsThePartOfALongLineThatMatters) {
  const std::string long_line = std::string(500, 'a') + " b " + std::string(500, 'c');
  const std::string text = CaretLines(long_line, {1, 502}, 80);
  const size_t end = text.find('\n');
  EXPECT_LE(end, 80U);
  const std::string caret = text.substr(end + 1);
  EXPECT_EQ(text[caret.find('^') + 2], 'b') << text;  // "…" is three bytes, one column
}

TEST(ErrorView, SaysWhatMayHaveBeenMeant) {
  const auto known = [](const Status&) {
    return std::vector<std::string>{"orders", "customers"};
  };
  const Status status =
      MakeError(ErrorCode::kNoSuchTable, "line 1:15: Table 'ordrs' does not exist");
  EXPECT_EQ(ErrorText(status, "SELECT * FROM ordrs", 80, known),
            "Error: line 1:15: Table 'ordrs' does not exist\n"
            "  SELECT * FROM ordrs\n                ^\n"
            "Did you mean orders?\n");
  EXPECT_EQ(MissingName("Catalog Error: Table with name ordrs does not exist!"), "ordrs");
  EXPECT_EQ(MissingName("Referenced column \"nme\" not found"), "nme");
  EXPECT_EQ(MissingName("something else"), "");
}

TEST(SyntaxHelp, IsFoundByTheBeginningOfAName) {
  EXPECT_TRUE(SyntaxHelp("create table").starts_with("CREATE TABLE: "));
  EXPECT_NE(SyntaxHelp("SHOW").find("SHOW TABLES"), std::string::npos);
  EXPECT_NE(SyntaxHelp("merge").find("WHEN NOT MATCHED BY SOURCE"), std::string::npos);
  EXPECT_EQ(SyntaxHelp("FROBNICATE"), "");
}

}  // namespace
}  // namespace tarn::cli
