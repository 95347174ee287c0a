#include "tarn/cli/shell/completion_context.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tarn/cli/shell/highlight.h"

namespace tarn::cli {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Place = CompletionContext::Place;

CompletionContext At(const std::string& text_with_cursor) {
  const size_t cursor = text_with_cursor.find('|');
  return CompletionContextAt(
      text_with_cursor.substr(0, cursor) + text_with_cursor.substr(cursor + 1), cursor);
}

struct PlaceCase {
  const char* text;
  Place place;
  const char* word;
};

TEST(CompletionContext, KnowsWhatMayStandThere) {
  const PlaceCase cases[] = {
      {"SELECT * FROM sa|", Place::kTable, "sa"},
      {"SELECT * FROM a, sa|", Place::kTable, "sa"},
      {"SELECT a, b|", Place::kAnything, "b"},
      {"SELECT f(a, b|", Place::kAnything, "b"},
      {"SELECT * FROM a JOIN |", Place::kTable, ""},
      {"INSERT INTO |", Place::kTable, ""},
      {"DROP TABLE IF EXISTS o|", Place::kTable, "o"},
      {"USE ic|", Place::kSchema, "ic"},
      {"SHOW SCHEMAS FROM |", Place::kCatalog, ""},
      {"SHOW TABLES FROM |", Place::kSchema, ""},
      {"SHOW COLUMNS FROM |", Place::kTable, ""},
      {"SET SESSION di|", Place::kSetting, "di"},
      {"SELECT * FROM read_csv('data/or|", Place::kFile, "data/or"},
      {"SELECT 1 -- wor|", Place::kNothing, ""},
      {"SELECT 1; SELECT * FROM x|", Place::kTable, "x"},
      {"\\d|", Place::kCommand, "\\d"},
      {"\\format js|", Place::kArgument, "js"},
      {"SELECT 1 \\g|", Place::kCommand, "\\g"},
  };
  for (const PlaceCase& c : cases) {
    SCOPED_TRACE(c.text);
    const CompletionContext context = At(c.text);
    EXPECT_EQ(context.place, c.place);
    EXPECT_EQ(context.word, c.word);
  }
}

TEST(CompletionContext, TakesNamesApart) {
  const CompletionContext context = At("SELECT * FROM iceberg.\"My Schema\".or|");
  EXPECT_THAT(context.qualifiers, ElementsAre("iceberg", "My Schema"));
  EXPECT_EQ(context.word, "or");
  const CompletionContext quoted = At("SELECT * FROM a.\"My T|");
  EXPECT_TRUE(quoted.quoted);
  EXPECT_EQ(quoted.word, "My T");
  EXPECT_THAT(quoted.qualifiers, ElementsAre("a"));
}

TEST(CompletionContext, KnowsTheTablesOfTheStatementAlsoBehindTheCursor) {
  const CompletionContext context =
      At("SELECT o.| FROM sales.orders o JOIN items AS i ON true WHERE x; SELECT 1");
  ASSERT_EQ(context.tables.size(), 2U);
  EXPECT_THAT(context.tables[0].parts, ElementsAre("sales", "orders"));
  EXPECT_EQ(context.tables[0].alias, "o");
  EXPECT_EQ(context.tables[1].alias, "i");
  EXPECT_THAT(context.qualifiers, ElementsAre("o"));
  EXPECT_EQ(At("SELECT | FROM t WHERE x").tables[0].alias, "");
}

TEST(CompletionContext, AsksTheParserWhichWordsFit) {
  EXPECT_THAT(At("SHOW |").expected, Contains("CATALOGS"));
  EXPECT_THAT(At("CREATE |").expected, Contains("TABLE"));
  EXPECT_THAT(At("SELECT a. |").expected, IsEmpty());
}

std::string Styles(std::string_view text) {
  std::string styles(text.size(), '.');
  for (const StyledSpan& span : HighlightSql(text, std::string::npos)) {
    constexpr std::string_view kLetters = ".kfsqnc\\eb";
    for (size_t i = span.begin; i < span.end; ++i) {
      styles[i] = kLetters[static_cast<size_t>(span.style)];
    }
  }
  return styles;
}

TEST(Highlight, TellsThePartsApart) {
  EXPECT_EQ(Styles("SELECT max(a) -- x"), "kkkkkk.fff....cccc");
  EXPECT_EQ(Styles("'it''s' \"q\" 1.5e-3"), "sssssss.qqq.nnnnnn");
  EXPECT_EQ(Styles("t.select"), "........");
  EXPECT_EQ(Styles("\\d t"), "\\\\\\\\");
}

TEST(Highlight, MarksWhatIsWrong) {
  EXPECT_EQ(Styles("'open"), "essss");
  EXPECT_EQ(Styles("f(1"), "f.n") << "it may be closed yet";
  EXPECT_EQ(Styles("f(1;"), "fen.");
  EXPECT_EQ(Styles("1)"), "ne");
}

TEST(Highlight, FindsCommands) {
  EXPECT_EQ(FindCommand("\\d"), 0U);
  EXPECT_EQ(FindCommand("SELECT 1 \\gx"), 9U);
  EXPECT_EQ(FindCommand("SELECT '\\d'"), std::string::npos);
  EXPECT_EQ(FindCommand("-- \\d"), std::string::npos);
  EXPECT_EQ(FindCommand("a\\b"), std::string::npos);
}

}  // namespace
}  // namespace tarn::cli
