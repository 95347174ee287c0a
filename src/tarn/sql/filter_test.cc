#include "tarn/sql/filter.h"

#include <gtest/gtest.h>

#include "tarn/base/error.h"

namespace tarn::sql {
namespace {

using iceberg::Operation;

TEST(Filter, OperatorsBindAsInSql) {
  auto filter = ParseFilter("a = 1 OR b < 2.5 AND NOT c IS NULL");
  ASSERT_TRUE(filter.ok()) << filter.status();
  ASSERT_EQ(filter->op, Operation::kOr);
  EXPECT_EQ((*filter->children)[0].op, Operation::kEqual);
  EXPECT_EQ((*filter->children)[1].op, Operation::kAnd);
}

TEST(Filter, LiteralOnTheLeftIsMirrored) {
  auto filter = ParseFilter("5 < x");
  ASSERT_TRUE(filter.ok()) << filter.status();
  EXPECT_EQ(filter->op, Operation::kGreater);
  EXPECT_EQ(filter->column, "x");
  EXPECT_EQ(filter->literals[0], iceberg::Value(int64_t{5}));
}

TEST(Filter, TypedLiterals) {
  auto filter = ParseFilter("d = DATE '1970-01-02'");
  ASSERT_TRUE(filter.ok()) << filter.status();
  EXPECT_EQ(filter->literal_type, iceberg::Type::Date());
  EXPECT_EQ(filter->literals[0], iceberg::Value(int32_t{1}));
  auto zoned = ParseFilter("t >= TIMESTAMP '1970-01-01 00:00:01+00:00'");
  ASSERT_TRUE(zoned.ok()) << zoned.status();
  EXPECT_EQ(zoned->literal_type, iceberg::Type::TimestampTz());
}

TEST(Filter, LikeIsAPrefixOrRefused) {
  auto prefix = ParseFilter("name LIKE 'ab%'");
  ASSERT_TRUE(prefix.ok());
  EXPECT_EQ(prefix->op, Operation::kStartsWith);
  EXPECT_EQ(prefix->literals[0], iceberg::Value(std::string("ab")));
  auto infix = ParseFilter("name LIKE '%ab'");
  ASSERT_FALSE(infix.ok());
  EXPECT_EQ(CodeOf(infix.status()), ErrorCode::kNotSupported);
}

TEST(Filter, BadTextIsASyntaxErrorWithItsPlace) {
  for (const char* text : {"", "a", "a =", "a = 1 b", "(a = 1", "a IN ()", "1 = 2",
                           "a BETWEEN 1", "a = -'x'"}) {
    SCOPED_TRACE(text);
    auto filter = ParseFilter(text);
    ASSERT_FALSE(filter.ok());
    EXPECT_EQ(CodeOf(filter.status()), ErrorCode::kSyntax);
    EXPECT_NE(filter.status().message().find("line 1:"), std::string::npos);
  }
  EXPECT_FALSE(ParseFilter(std::string(5000, '(')).ok());
}

}  // namespace
}  // namespace tarn::sql
