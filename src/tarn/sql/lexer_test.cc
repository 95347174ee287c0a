#include "tarn/sql/lexer.h"

#include <gtest/gtest.h>

#include "tarn/base/error.h"

namespace tarn::sql {
namespace {

TEST(Lexer, KindsAndPlaces) {
  auto tokens = Tokenize("SELECT \"a\"\"b\", 'it''s' -- comment\n  /* c */ 1.5 <> 2e3");
  ASSERT_TRUE(tokens.ok()) << tokens.status();
  ASSERT_EQ(tokens->size(), 8U);
  EXPECT_EQ((*tokens)[1].kind, TokenKind::kQuotedName);
  EXPECT_EQ((*tokens)[1].text, "a\"b");
  EXPECT_EQ((*tokens)[3].kind, TokenKind::kString);
  EXPECT_EQ((*tokens)[3].text, "it's");
  EXPECT_EQ((*tokens)[4].kind, TokenKind::kDecimal);
  EXPECT_EQ((*tokens)[4].line, 2);
  EXPECT_EQ((*tokens)[4].column, 11);
  EXPECT_EQ((*tokens)[5].text, "<>");
  EXPECT_EQ((*tokens)[6].kind, TokenKind::kDouble);
  EXPECT_EQ((*tokens)[7].kind, TokenKind::kEnd);
}

TEST(Lexer, ColumnsCountCodePoints) {
  auto tokens = Tokenize("'\xC3\xA9\xC3\xA9' x");
  ASSERT_TRUE(tokens.ok());
  EXPECT_EQ((*tokens)[1].column, 6);
}

struct BadCase {
  const char* sql;
  const char* place;
};
constexpr BadCase kBadCases[] = {
    {"SELECT 'abc", "line 1:8"}, {"SELECT\n \"abc", "line 2:2"},
    {"/* open", "line 1:1"},     {"SELECT \"\"", "line 1:8"},
    {"SELECT 1abc", "line 1:8"}, {"SELECT \x01", "line 1:8"},
};

TEST(Lexer, UnfinishedTextIsRefusedWithItsPlace) {
  for (const BadCase& bad : kBadCases) {
    SCOPED_TRACE(bad.sql);
    auto tokens = Tokenize(bad.sql);
    ASSERT_FALSE(tokens.ok());
    EXPECT_EQ(CodeOf(tokens.status()), ErrorCode::kSyntax);
    EXPECT_NE(tokens.status().message().find(bad.place), std::string::npos)
        << tokens.status();
  }
}

}  // namespace
}  // namespace tarn::sql
