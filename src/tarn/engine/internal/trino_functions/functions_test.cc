// The functions against Trino's answers. tests/sql/trino/functions.tsv holds a case in
// each line: an expression, a tab, what DuckDB prints for it, or "!" and the error. The
// values are those of a Trino 476; how the file is made is in
// docs/internals/trino-functions.md.
#include <fstream>

#include "tarn/engine/engine.h"
#include "tarn/engine/internal/trino_functions/datetime_pattern.h"
#include "tarn/engine/internal/trino_functions/function_table.h"
#include "tarn/engine/internal/trino_functions/json_path.h"
#include "tarn/engine/internal/trino_functions/value_text.h"
#include "tarn/engine/session_text_test.h"
#include "tarn/testing/lake.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::engine {
namespace {

class TrinoFunctionsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_OK_AND_ASSIGN(lake_, testing::Lake::Make());
    ASSERT_OK_AND_ASSIGN(engine_, Engine::Open({.threads = 1}, lake_->context()));
    ASSERT_OK_AND_ASSIGN(session_, engine_->Connect());
  }

  /// What the expression gives, as text; "!" and the message for an error.
  std::string Answer(const std::string& expression) {
    const auto text = Text(*session_, "SELECT " + expression);
    if (!text.ok()) {
      const std::string& message = text.status().message();
      const auto parts = SplitTrinoError(message);
      return parts ? "!" + std::string(parts->name) + ": " + std::string(parts->message)
                   : "!" + message;
    }
    return text->substr(0, text->size() - 1);
  }

  std::unique_ptr<testing::Lake> lake_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Session> session_;
};

TEST_F(TrinoFunctionsTest, AnswerAsTrinoDoes) {
  std::ifstream file("tests/sql/trino/functions.tsv");
  std::string line;
  int cases = 0;
  while (std::getline(file, line)) {
    const size_t tab = line.find('\t');
    ASSERT_NE(tab, std::string::npos) << line;
    const std::string expression = line.substr(0, tab);
    EXPECT_EQ(Answer(expression), line.substr(tab + 1)) << expression;
    ++cases;
  }
  EXPECT_GT(cases, 500);
}

TEST_F(TrinoFunctionsTest, SketchesAreNoColumnsOfTables) {
  ASSERT_OK(Text(*session_, "CREATE SCHEMA s").status());
  const auto made =
      Text(*session_, "CREATE TABLE s.t AS SELECT system.trino.approx_set(1) AS s");
  ASSERT_FALSE(made.ok());
  EXPECT_NE(made.status().message().find("HyperLogLog: cast it to VARBINARY"),
            std::string::npos)
      << made.status().message();
}

TEST_F(TrinoFunctionsTest, BytesThatAreNoSketchAreRefused) {
  EXPECT_TRUE(Answer("system.trino.cast_hyperloglog('x'::BLOB)")
                  .starts_with("!INVALID_FUNCTION_ARGUMENT: Cannot read bytes"));
  EXPECT_TRUE(Answer("system.trino.cast_tdigest('x'::BLOB)")
                  .starts_with("!INVALID_FUNCTION_ARGUMENT: Cannot read bytes"));
  EXPECT_TRUE(Answer("system.trino.cast_hyperloglog('x')").starts_with("!TYPE_MISMATCH"));
}

TEST_F(TrinoFunctionsTest, TryTurnsTheirErrorsIntoNull) {
  EXPECT_EQ(Answer("TRY(system.trino.divide(1, 0))"), "null");
}

TEST_F(TrinoFunctionsTest, ColumnsAndNullsGoThroughThem) {
  const std::string rows = " FROM (VALUES (1), (NULL), (3)) t(x) ORDER BY x";
  EXPECT_EQ(Answer("system.trino.divide(7, x)" + rows), "7\n2\nnull");
  EXPECT_EQ(Answer("system.trino.split_part('a,b,c', ',', x)" + rows), "a\nc\nnull");
  EXPECT_EQ(Answer("system.trino.concat('a', x::VARCHAR)" + rows), "a1\na3\nnull");
}

struct AggregateCase {
  std::string_view call;
  std::string_view values;
  std::string_view answer;
};

// Of a real Trino 476.
constexpr AggregateCase kAggregateCases[] = {
    {"sum(x)", "(2147483647), (1)", "2147483648"},
    {"sum(x)", "(9223372036854775807), (1)",
     "!NUMERIC_VALUE_OUT_OF_RANGE: bigint addition overflow: 9223372036854775807 + 1"},
    {"sum(x)", "(1.5::REAL), (2::REAL)", "3.5"},
    {"sum(x)", "(1.5), (2.25)", "3.75"},
    {"sum(x)", "(NULL::INTEGER)", "null"},
    {"sum(DISTINCT x)", "(1), (1), (2)", "3"},
    {"avg(x)", "(1), (2)", "1.5"},
    {"avg(x)", "(1.10), (2.25)", "1.68"},
    {"avg(x)", "(-1.10), (-2.25)", "-1.68"},
    {"avg(x)", "(NULL::DECIMAL(3,2))", "null"},
    {"count_if(x > 1)", "(1), (2), (3)", "2"},
    {"skewness(x)::DECIMAL(9, 8)", "(1), (2), (4), (8)", "0.65680773"},
    {"map_agg(x % 2, x)", "(1), (2), (3)", "{1=1, 0=2}"},
    {"map_agg(x, 1)", "(NULL::INTEGER)", "null"},
    {"multimap_agg(x % 2, x)", "(1), (2), (3)", "{1=[1, 3], 0=[2]}"},
    {"map_agg(x, x) FILTER (WHERE x > 1)", "(1), (2)", "{2=2}"},
    {"map_union(x)", "(MAP {'a': 1}), (MAP {'b': 2, 'a': 3})", "{a=1, b=2}"},
    {"max_by(x, 10 - x)", "(1), (2)", "1"},
    {"max_by(x, x, 2)", "(1), (2), (3)", "[3, 2]"},
    {"approx_distinct(x)", "(1), (2), (2), (NULL)", "2"},
};

TEST_F(TrinoFunctionsTest, AggregatesAnswerAsTrinoDoes) {
  for (const AggregateCase& c : kAggregateCases) {
    const std::string query = "CAST(system.trino." + std::string(c.call) +
                              " AS VARCHAR) FROM (VALUES " + std::string(c.values) +
                              ") t(x)";
    EXPECT_EQ(Answer(query), c.answer) << query;
  }
}

TEST(TrinoFunctionTable, SaysWhatANameBecomes) {
  EXPECT_EQ(FindTrinoFunction("date_diff")->schema, "trino");
  EXPECT_EQ(FindTrinoFunction("arbitrary")->name, "any_value");
  EXPECT_TRUE(FindTrinoFunction("map_agg")->is_aggregate);
  EXPECT_FALSE(FindTrinoFunction("divide")) << "the translator's own";
  EXPECT_FALSE(FindTrinoFunction("read_csv"));
  EXPECT_FALSE(FindTrinoFunction("word_stem"));
  EXPECT_TRUE(WhyRefused("word_stem"));
  EXPECT_FALSE(WhyRefused("nothing_of_the_kind"));
}

TEST(TrinoFunctionTable, EveryOwnNameIsLowerCaseAndSorted) {
  const auto names = TrinoFunctionNames();
  EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
  for (const std::string& name : names) {
    EXPECT_EQ(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_"),
              std::string::npos)
        << name;
  }
}

TEST(TrinoErrors, AreSplitIntoNameAndMessage) {
  const auto parts = SplitTrinoError("DIVISION_BY_ZERO: Division by zero");
  ASSERT_TRUE(parts);
  EXPECT_EQ(parts->name, "DIVISION_BY_ZERO");
  EXPECT_EQ(parts->message, "Division by zero");
  EXPECT_EQ(SplitTrinoError("line 1:8: DIVISION_BY_ZERO: Division by zero")->message,
            "Division by zero");
  EXPECT_FALSE(SplitTrinoError("Table does not exist: x"));
}

TEST(ValueText, WritesDoublesAsTrinoDoes) {
  EXPECT_EQ(ScientificText(123.456), "1.23456E2");
  EXPECT_EQ(ScientificText(-0.0), "-0E0");
  EXPECT_EQ(PlainText(100.0), "100.0");
  EXPECT_EQ(PlainText(1e10), "1.0E10");
}

struct PathCase {
  std::string_view json;
  std::string_view path;
  std::string_view items;  // "error" where the path fails
};

constexpr PathCase kPathCases[] = {
    {R"({"a":[1,2]})", "lax $.a[*]", "1 2"},
    {R"({"a":[1,2]})", "lax $.a[*] ? (@ > 1)", "2"},
    {R"({"a":[1,2,3]})", "lax $.a[1 to 2]", "2 3"},
    {R"({"a":[1,2,3]})", "lax $.a[last - 1]", "2"},
    {R"({"a":1})", "lax $.b", ""},
    {R"({"a":1})", "strict $.b", "error"},
    {R"([{"a":1},{"a":2}])", "lax $.a", "1 2"},
    {R"([{"a":1},{"a":2}])", "strict $.a", "error"},
    {R"({"a":3})", "lax $.a * 2 + 1", "7"},
    {R"({"a":3})", "lax -$.a", "-3"},
    {R"({"a":3})", "lax $.a / 0", "error"},
    {R"({"a":"abc"})", R"(lax $ ? (@.a starts with "ab").a)", R"("abc")"},
    {R"({"a":"abc"})", R"(lax $ ? (exists(@.a) && !(@.a == "x")).a)", R"("abc")"},
    {R"({"a":[1,2]})", "lax $.a.size()", "2"},
    {R"({"a":"x"})", "lax $.a.type()", R"("string")"},
    {R"({"a b":1})", R"(lax $."a b")", "1"},
};

TEST(JsonPath, FindsItems) {
  for (const PathCase& c : kPathCases) {
    SCOPED_TRACE(std::string(c.path));
    const auto value = ParseJson(c.json);
    ASSERT_TRUE(value);
    const auto items = EvaluatePath(*value, c.path);
    std::string text = items ? "" : "error";
    for (size_t i = 0; items && i < items->size(); ++i) {
      text += (i == 0 ? "" : " ") + WriteJson((*items)[i], JsonStyle::kAsWritten);
    }
    EXPECT_EQ(text, c.items);
  }
}

TEST(JsonValue, RefusesWhatIsNoJson) {
  for (const std::string_view text : {"", "x", "[1,]", "{\"a\"}", "01", "1.", "\"\x01\"",
                                      "[1] 2", "nul", "\"\\u12\""}) {
    EXPECT_FALSE(ParseJson(text)) << text;
  }
}

}  // namespace
}  // namespace tarn::engine
