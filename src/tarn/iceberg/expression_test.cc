#include "tarn/iceberg/expression.h"

#include <limits>

#include <gtest/gtest.h>

#include "tarn/testing/status_matchers.h"

namespace tarn::iceberg {
namespace {

constexpr float kNaNFloat = std::numeric_limits<float>::quiet_NaN();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

std::shared_ptr<const Schema> TestSchema() {
  const Type point =
      Type::Struct({{.id = 20, .name = "x", .type = Type::Int(), .required = true}});
  return *Schema::Make(
      SchemaId{0},
      {{.id = 1, .name = "id", .type = Type::Long(), .required = true},
       {.id = 2, .name = "i", .type = Type::Int()},
       {.id = 3, .name = "d", .type = Type::Double()},
       {.id = 4, .name = "f", .type = Type::Float()},
       {.id = 5, .name = "s", .type = Type::String()},
       {.id = 6, .name = "m", .type = Type::Decimal(5, 2)},
       {.id = 7, .name = "day", .type = Type::Date()},
       {.id = 8, .name = "ts", .type = Type::Timestamp()},
       {.id = 9, .name = "tz", .type = Type::TimestampTz()},
       {.id = 10, .name = "point", .type = point},
       {.id = 11, .name = "tags", .type = Type::List(12, Type::String(), false)},
       {.id = 13, .name = "b", .type = Type::Boolean()}});
}

Expression Compare(Operation op, const std::string& column, const Type& type,
                   Value value) {
  return Predicate(op, column, type, {std::move(value)});
}

std::string Bound(const Expression& expression) {
  const auto schema = TestSchema();
  Result<Expression> bound = Bind(expression, *schema);
  return bound.ok() ? ExpressionToString(*bound) : testing::Describe(bound.status());
}

struct BindCase {
  const char* name;
  Operation op;
  const char* column;
  Type type;
  Value literal;
  const char* expected;
};

TEST(Bind, FoldsLiteralsThatTheColumnCannotHold) {
  const int64_t big = 1'000'000'000'000;
  const BindCase cases[] = {
      {"above, less", Operation::kLess, "i", Type::Long(), big, "i IS NOT NULL"},
      {"above, equal", Operation::kEqual, "i", Type::Long(), big, "false"},
      {"above, not equal", Operation::kNotEqual, "i", Type::Long(), big, "i IS NOT NULL"},
      {"above, greater", Operation::kGreater, "i", Type::Long(), big, "false"},
      {"below, less", Operation::kLess, "i", Type::Long(), -big, "false"},
      {"below, greater", Operation::kGreaterEqual, "i", Type::Long(), -big,
       "i IS NOT NULL"},
      {"fits", Operation::kLess, "i", Type::Long(), int64_t{5}, "i < 5"},
      {"required column", Operation::kLess, "id", Type::Double(), 1e30, "true"},
      {"fraction, less", Operation::kLess, "i", Type::Double(), 2.5, "i <= 2"},
      {"fraction, at least", Operation::kGreaterEqual, "i", Type::Double(), 2.5, "i > 2"},
      {"negative fraction", Operation::kLess, "i", Type::Double(), -2.5, "i <= -3"},
      {"fraction, equal", Operation::kEqual, "i", Type::Double(), 2.5, "false"},
      {"tiny fraction", Operation::kGreater, "i", Type::Double(), 1e-300, "i > 0"},
      {"tiny negative fraction", Operation::kGreater, "i", Type::Double(), -1e-300,
       "i > -1"},
      {"finer decimal", Operation::kLess, "m", Type::Decimal(6, 3), int128_t{1005},
       "m <= 1.00"},
      {"coarser decimal", Operation::kEqual, "m", Type::Decimal(3, 1), int128_t{15},
       "m = 1.50"},
      {"double as decimal", Operation::kEqual, "m", Type::Double(), 0.1, "m = 0.10"},
      {"decimal too wide", Operation::kEqual, "m", Type::Int(), int32_t{1000}, "false"},
      {"double in float", Operation::kLess, "f", Type::Double(), 1e300,
       "f <= 3.4028235E38"},
      {"long in double", Operation::kEqual, "d", Type::Long(), (int64_t{1} << 53) + 1,
       "false"},
      {"infinity", Operation::kLess, "i", Type::Double(),
       std::numeric_limits<double>::infinity(), "i IS NOT NULL"},
      {"timestamp on date", Operation::kLess, "day", Type::Timestamp(), int64_t{1},
       "day <= '1970-01-01'"},
      {"before epoch", Operation::kGreaterEqual, "day", Type::Timestamp(), int64_t{-1},
       "day > '1969-12-31'"},
      {"nanos on micros", Operation::kEqual, "ts", Type::TimestampNs(), int64_t{1500},
       "false"},
  };
  for (const BindCase& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(Bound(Compare(c.op, c.column, c.type, c.literal)), c.expected);
  }
}

TEST(Bind, Trap13_NaNLiteralsBecomeNaNTests) {
  const std::pair<Operation, const char*> cases[] = {
      {Operation::kEqual, "d IS NAN"},    {Operation::kNotEqual, "d IS NOT NAN"},
      {Operation::kLess, "d IS NOT NAN"}, {Operation::kLessEqual, "d IS NOT NULL"},
      {Operation::kGreater, "false"},     {Operation::kGreaterEqual, "d IS NAN"},
  };
  for (const auto& [op, expected] : cases) {
    EXPECT_EQ(Bound(Compare(op, "d", Type::Double(), kNaN)), expected);
    EXPECT_EQ(Bound(Compare(op, "d", Type::Float(), kNaNFloat)), expected);
  }
  EXPECT_EQ(Bound(Predicate(Operation::kIn, "d", Type::Double(), {1.0, kNaN, 2.0})),
            "(d IN (1.0, 2.0)) OR (d IS NAN)");
  EXPECT_EQ(Bound(Predicate(Operation::kNotIn, "d", Type::Double(), {1.0, kNaN})),
            "(d <> 1.0) AND (d IS NOT NAN)");
  EXPECT_EQ(Bound(Compare(Operation::kLess, "i", Type::Double(), kNaN)), "i IS NOT NULL");
}

TEST(Bind, SimplifiesSets) {
  const auto in = [](Operation op, std::vector<Value> values) {
    return Predicate(op, "i", Type::Long(), std::move(values));
  };
  const int64_t big = int64_t{1} << 40;
  EXPECT_EQ(Bound(in(Operation::kIn, {int64_t{3}})), "i = 3");
  EXPECT_EQ(Bound(in(Operation::kIn, {int64_t{3}, big, int64_t{1}, int64_t{3}})),
            "i IN (1, 3)");
  EXPECT_EQ(Bound(in(Operation::kIn, {big})), "false");
  EXPECT_EQ(Bound(in(Operation::kIn, {})), "false");
  EXPECT_EQ(Bound(in(Operation::kNotIn, {int64_t{3}, big})), "i <> 3");
  EXPECT_EQ(Bound(in(Operation::kNotIn, {big})), "i IS NOT NULL");
  EXPECT_EQ(Bound(in(Operation::kNotIn, {})), "true");
}

TEST(Bind, FoldsNullTestsOfRequiredColumns) {
  EXPECT_EQ(Bound(Unary(Operation::kIsNull, "id")), "false");
  EXPECT_EQ(Bound(Unary(Operation::kNotNull, "id")), "true");
  EXPECT_EQ(Bound(Unary(Operation::kIsNull, "i")), "i IS NULL");
  // Required inside of an optional struct.
  EXPECT_EQ(Bound(Unary(Operation::kIsNull, "point.x")), "point.x IS NULL");
}

TEST(Bind, Trap17_NegatesBeforeItFolds) {
  // NOT (i < 10^12) holds for no row: not for nulls, whose comparison is unknown.
  const Expression less = Compare(Operation::kLess, "i", Type::Long(), int64_t{1} << 40);
  EXPECT_EQ(Bound(Not(less)), "false");
  const Expression equal =
      Compare(Operation::kEqual, "i", Type::Long(), int64_t{1} << 40);
  EXPECT_EQ(Bound(Not(equal)), "i IS NOT NULL");
}

TEST(Bind, RefusesWhatCannotBeCompared) {
  const auto schema = TestSchema();
  const auto bind = [&](const Expression& e) { return Bind(e, *schema).status(); };
  const Value one = int32_t{1};
  EXPECT_ERROR(bind(Compare(Operation::kEqual, "nope", Type::Int(), one)),
               ErrorCode::kNoSuchColumn, "nope");
  EXPECT_ERROR(bind(Compare(Operation::kEqual, "ID", Type::Int(), one)),
               ErrorCode::kNoSuchColumn, "did you mean id?");
  EXPECT_ERROR(bind(Compare(Operation::kEqual, "s", Type::Int(), one)),
               ErrorCode::kTypeMismatch, "string");
  EXPECT_ERROR(bind(Compare(Operation::kEqual, "i", Type::Int(), Value())),
               ErrorCode::kTypeMismatch, "IS NULL");
  EXPECT_ERROR(bind(Compare(Operation::kEqual, "tz", Type::Timestamp(), int64_t{1})),
               ErrorCode::kTypeMismatch, "timestamptz");
  EXPECT_ERROR(
      bind(Compare(Operation::kStartsWith, "i", Type::String(), std::string("1"))),
      ErrorCode::kTypeMismatch, "STARTS WITH");
  EXPECT_ERROR(bind(Unary(Operation::kIsNaN, "i")), ErrorCode::kTypeMismatch, "NaN");
  EXPECT_ERROR(bind(Unary(Operation::kIsNull, "tags.element")), ErrorCode::kTypeMismatch,
               "list or map");
  EXPECT_ERROR(bind(Compare(Operation::kEqual, "point", Type::Int(), one)),
               ErrorCode::kTypeMismatch, "point");
}

TEST(Bind, CastsTextToTimes) {
  EXPECT_EQ(
      Bound(Compare(Operation::kEqual, "day", Type::String(), std::string("2024-02-29"))),
      "day = '2024-02-29'");
  EXPECT_ERROR(
      Bind(Compare(Operation::kEqual, "day", Type::String(), std::string("soon")),
           *TestSchema()),
      ErrorCode::kTypeMismatch, "soon");
}

TEST(Bind, Trap07_DayTermsTakeDatesAndInts) {
  Expression day = Compare(Operation::kEqual, "ts", Type::Int(), int32_t{19'000});
  day.transform = Day{};
  const auto schema = TestSchema();
  ASSERT_OK_AND_ASSIGN(const Expression bound, Bind(day, *schema));
  EXPECT_EQ(bound.type, Type::Date());
  EXPECT_EQ(std::get<int32_t>(bound.literals.front()), 19'000);
  const int64_t micros_per_day = int64_t{86'400} * 1'000'000;
  EXPECT_TRUE(
      EvaluateRow(bound, [&](FieldId) { return Value(19'000 * micros_per_day + 5); }));
  EXPECT_FALSE(
      EvaluateRow(bound, [&](FieldId) { return Value(18'999 * micros_per_day); }));
}

TEST(RewriteNot, PushesToTheLeaves) {
  const Expression a = Compare(Operation::kLess, "i", Type::Int(), int32_t{1});
  const Expression b = Unary(Operation::kIsNull, "s");
  EXPECT_EQ(ExpressionToString(RewriteNot(Not(And(a, b)))),
            "(i >= 1) OR (s IS NOT NULL)");
  EXPECT_EQ(ExpressionToString(RewriteNot(Not(Or(a, Not(b))))),
            "(i >= 1) AND (s IS NULL)");
  const Expression in =
      Predicate(Operation::kIn, "i", Type::Int(), {int32_t{1}, int32_t{2}});
  EXPECT_EQ(ExpressionToString(RewriteNot(Not(in))), "i NOT IN (1, 2)");
}

TEST(Expression, FoldsAndFlattens) {
  const Expression a = Unary(Operation::kIsNull, "a");
  EXPECT_EQ(And(a, AlwaysTrue()).op, Operation::kIsNull);
  EXPECT_EQ(And(a, AlwaysFalse()).op, Operation::kFalse);
  EXPECT_EQ(Or(a, AlwaysTrue()).op, Operation::kTrue);
  EXPECT_EQ(Or(AlwaysFalse(), a).op, Operation::kIsNull);
  EXPECT_EQ(And(And(a, a), And(a, a)).children->size(), 4U);
  EXPECT_EQ(Not(Not(a)).op, Operation::kIsNull);
  EXPECT_EQ(Not(AlwaysTrue()).op, Operation::kFalse);
}

TEST(ExpressionToString, QuotesText) {
  EXPECT_EQ(ExpressionToString(
                Compare(Operation::kEqual, "s", Type::String(), std::string("it's"))),
            "s = 'it''s'");
}

TEST(EvaluateRow, FollowsSqlOnNullAndNaN) {
  const auto schema = TestSchema();
  const auto holds = [&](const Expression& e, const Value& value) {
    Result<Expression> bound = Bind(e, *schema);
    return bound.ok() && EvaluateRow(*bound, [&](FieldId) { return value; });
  };
  const Expression not_one = Compare(Operation::kNotEqual, "d", Type::Double(), 1.0);
  EXPECT_FALSE(holds(not_one, Value()));
  EXPECT_TRUE(holds(not_one, kNaN));
  EXPECT_FALSE(holds(Not(not_one), Value()));
  EXPECT_TRUE(holds(Unary(Operation::kIsNull, "d"), Value()));
  EXPECT_TRUE(holds(Compare(Operation::kGreater, "d", Type::Double(), 1e308), kNaN));
  EXPECT_TRUE(holds(Compare(Operation::kEqual, "d", Type::Double(), 0.0), -0.0));
  EXPECT_FALSE(holds(Compare(Operation::kLess, "d", Type::Double(), 0.0), -0.0));
  EXPECT_TRUE(holds(Predicate(Operation::kIn, "d", Type::Double(), {0.0, 4.0}), -0.0));
}

TEST(EvaluateRow, Trap11_ComparesTextByBytes) {
  const auto schema = TestSchema();
  // U+FF5E sorts before U+1F600 by code points, behind it in UTF-16.
  const Expression less =
      Compare(Operation::kLess, "s", Type::String(), std::string("\xF0\x9F\x98\x80"));
  ASSERT_OK_AND_ASSIGN(const Expression bound, Bind(less, *schema));
  EXPECT_TRUE(
      EvaluateRow(bound, [](FieldId) { return Value(std::string("\xEF\xBD\x9E")); }));
}

}  // namespace
}  // namespace tarn::iceberg
