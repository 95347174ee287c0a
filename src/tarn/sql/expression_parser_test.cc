#include "tarn/sql/expression_parser.h"

#include <gtest/gtest.h>

#include "tarn/base/error.h"
#include "tarn/sql/printer.h"

namespace tarn::sql {
namespace {

std::string Printed(std::string_view text) {
  const auto expression = ParseExpression(text);
  return expression.ok() ? PrintExpression(**expression) : expression.status().message();
}

struct Case {
  std::string_view text;
  std::string_view printed;
};

TEST(ExpressionParser, PrecedenceIsTrinos) {
  constexpr Case kCases[] = {
      {"a + b * c", "(a + (b * c))"},
      {"(a + b) * c", "((a + b) * c)"},
      {"a - b - c", "((a - b) - c)"},
      {"a || b + c", "concat(a, (b + c))"},
      {"-a * b", "(-(a) * b)"},
      {"2 -1", "(2 - 1)"},
      {"- -1", "-(-1)"},
      {"not a = b", "(NOT (a = b))"},
      {"not a and b or c", "(((NOT a) AND b) OR c)"},
      {"a and b and c", "(a AND b AND c)"},
      {"(a and b) and c", "((a AND b) AND c)"},
      {"a between 1 and 2 and b", "((a BETWEEN 1 AND 2) AND b)"},
      {"a not in (1, 2)", "(NOT (a IN (1, 2)))"},
      {"a is not null = b",
       "line 1:15: mismatched input '='. Expecting: 'AND', 'OR', "
       "<EOF>"},
      {"a at time zone 'UTC' + b", "(a AT TIME ZONE 'UTC' + b)"},
      {"a is true", "(NOT (a IS DISTINCT FROM true))"},
      {"x -> x + 1", "(x) -> (x + 1)"},
      {"() -> 1", "() -> 1"},
      {"(x, y)", "ROW (x, y)"},
      {"t.r.f[1].g", "t.r.f[1].g"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.text);
    EXPECT_EQ(Printed(c.text), c.printed);
  }
}

TEST(ExpressionParser, LiteralsAndForms) {
  constexpr Case kCases[] = {
      {"X'00 ff'", "X'00FF'"},
      {"U&'\\2603 \\+01F600 \\\\'", "'☃ 😀 \\'"},
      {"U&'#2603' UESCAPE '#'", "'☃'"},
      {"[1, 2][1]", "ARRAY[1,2][1]"},
      {"1_000", "1000"},
      {"0xFF", "0xFF"},
      {"1.5e3", "1.5E3"},
      {"-1.50", "DECIMAL '-1.50'"},
      {"DATE '2024-01-01'", "DATE '2024-01-01'"},
      {"interval -'1-2' year to month", "INTERVAL -'1-2' YEAR TO MONTH"},
      {"current_timestamp(3)", "current_timestamp(3)"},
      {"substring(a from 2 for 3)", "substring(a, 2, 3)"},
      {"trim(leading 'x' from y)", "ltrim(y, 'x')"},
      {"count(*) filter (where x)", "count(*) FILTER (WHERE x)"},
      {"lag(x) ignore nulls over w", "lag(x) IGNORE NULLS OVER w"},
      {"f(x) over (rows)", "f(x) OVER (rows)"},
      {"sum(x) over (rows 1 preceding)", "sum(x) OVER (ROWS 1 PRECEDING)"},
      {"x = any (y)", "(x = any(y))"},
      {"if(a, 1)", "IF(a, 1)"},
      {"cast(a as row(integer, \"B b\" varchar(3)))",
       "CAST(a AS ROW(integer, \"B b\" varchar(3)))"},
      {"cast(a as timestamp(3) with time zone)",
       "CAST(a AS timestamp(3) with time zone)"},
      {"json_object('a' : 1)",
       "JSON_OBJECT(KEY 'a' VALUE 1 NULL ON NULL WITHOUT UNIQUE KEYS)"},
      {"json_value(a, 'lax $' returning bigint default 0 on empty)",
       "JSON_VALUE(a FORMAT JSON, 'lax $' RETURNING bigint DEFAULT 0 ON EMPTY NULL ON "
       "ERROR)"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.text);
    EXPECT_EQ(Printed(c.text), c.printed);
  }
}

Position At(std::string_view text) {
  const auto expression = ParseExpression(text);
  EXPECT_TRUE(expression.ok()) << expression.status();
  return expression.ok() ? (*expression)->at : Position{};
}

TEST(ExpressionParser, PositionsAreWhereTrinoPoints) {
  EXPECT_EQ(At("'a' + 1"), (Position{1, 5}));
  EXPECT_EQ(At("é\n + f(x)"), (Position{2, 2}));
  EXPECT_EQ(At("a = b"), (Position{1, 3}));
  EXPECT_EQ(At("a not in (1)"), (Position{1, 3}));
  EXPECT_EQ(At("a is null"), (Position{1, 3}));
  EXPECT_EQ(At("a and b"), (Position{1, 1}));
  EXPECT_EQ(At("(a)"), (Position{1, 2}));
  EXPECT_EQ(At("a.b.c"), (Position{1, 1}));
  EXPECT_EQ(At("not a"), (Position{1, 1}));
}

TEST(ExpressionParser, DepthIsBounded) {
  const auto repeat = [](std::string_view text, int times) {
    std::string result;
    for (int i = 0; i < times; ++i) {
      result += text;
    }
    return result;
  };
  struct Deep {
    std::string text;
    bool ok;
  };
  const Deep deep[] = {
      {repeat("(", 400) + "1" + repeat(")", 400), true},
      {repeat("(", 20'000) + "1", false},
      {repeat("-(", 20'000), false},
      {repeat("not ", 20'000) + "a", false},
      {repeat("f(", 20'000), false},
      {repeat("x[", 20'000), false},
      {repeat("trim(", 20'000), false},
      {repeat("case when ", 20'000), false},
      {repeat("array[", 20'000), false},
      {repeat("x -> ", 20'000), false},
      {"1" + repeat(" + 1", 1'500), true},
      {"1" + repeat(" + 1", 20'000), false},
      {"a" + repeat(".b", 20'000), false},
      {"a" + repeat(" and a = 1 + 2", 20'000), true},
      {"f(1" + repeat(", a + b * c", 10'000) + ")", true},
  };
  for (const Deep& one : deep) {
    SCOPED_TRACE(one.text.substr(0, 20));
    const auto expression = ParseExpression(one.text);
    EXPECT_EQ(expression.ok(), one.ok) << expression.status().message().substr(0, 200);
    if (!expression.ok()) {
      EXPECT_EQ(CodeOf(expression.status()), ErrorCode::kSyntax);
    }
  }
}

}  // namespace
}  // namespace tarn::sql
