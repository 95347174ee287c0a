#include "tarn/iceberg/projection.h"

#include <limits>
#include <random>

#include <gtest/gtest.h>

#include "tarn/iceberg/metrics_evaluator.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::iceberg {
namespace {

constexpr int64_t kMicrosPerDay = int64_t{86'400} * 1'000'000;

std::shared_ptr<const Schema> OneColumn(const Type& type) {
  return *Schema::Make(SchemaId{0}, {{.id = 1, .name = "c", .type = type}});
}

PartitionSpec SpecOf(const Transform& transform) {
  return {SpecId{0},
          {{.source_ids = {1}, .field_id = 1000, .name = "p", .transform = transform}}};
}

struct Projected {
  std::string inclusive;
  std::string strict;
};

Projected Project(const Type& type, const Transform& transform,
                  const Expression& expression) {
  const auto schema = OneColumn(type);
  const Expression bound = *Bind(expression, *schema);
  return {ExpressionToString(ProjectInclusive(bound, SpecOf(transform), *schema)),
          ExpressionToString(ProjectStrict(bound, SpecOf(transform), *schema))};
}

struct Case {
  const char* name;
  Type type;
  Transform transform;
  Operation op;
  Value literal;
  const char* inclusive;
  const char* strict;
};

TEST(Projection, MatchesTheReferenceImplementation) {
  const int64_t noon = 17'501 * kMicrosPerDay + kMicrosPerDay / 2;  // 2017-12-01T12:00
  const int64_t before_epoch = -kMicrosPerDay;                      // 1969-12-31T00:00
  const auto text = [](const char* s) { return Value(std::string(s)); };
  const Type ts = Type::Timestamp();
  const Type str = Type::String();
  const Case cases[] = {
      {"identity", Type::Int(), Identity{}, Operation::kNotEqual, int32_t{5}, "p <> 5",
       "p <> 5"},
      {"bucket, =", Type::Int(), Bucket{16}, Operation::kEqual, int32_t{34}, "p = 3",
       "false"},
      {"bucket, <>", Type::Int(), Bucket{16}, Operation::kNotEqual, int32_t{34}, "true",
       "p <> 3"},
      {"bucket, <", Type::Int(), Bucket{16}, Operation::kLess, int32_t{34}, "true",
       "false"},
      {"day, <", ts, Day{}, Operation::kLess, noon, "p <= '2017-12-01'",
       "p < '2017-12-01'"},
      {"day, >=", ts, Day{}, Operation::kGreaterEqual, noon, "p >= '2017-12-01'",
       "p > '2017-12-01'"},
      {"day, < midnight", ts, Day{}, Operation::kLess, 17'501 * kMicrosPerDay,
       "p <= '2017-11-30'", "p < '2017-12-01'"},
      {"day, = before epoch", ts, Day{}, Operation::kEqual, before_epoch,
       "p IN ('1969-12-31', '1970-01-01')", "false"},
      {"day, <> before epoch", ts, Day{}, Operation::kNotEqual, before_epoch, "true",
       "p NOT IN ('1969-12-31', '1970-01-01')"},
      {"day, <= before epoch", ts, Day{}, Operation::kLessEqual, before_epoch,
       "p <= '1970-01-01'", "p < '1969-12-31'"},
      {"day of date", Type::Date(), Day{}, Operation::kEqual, int32_t{-5},
       "p = '1969-12-27'", "p = '1969-12-27'"},
      {"month, >", Type::Date(), Month{}, Operation::kGreater, int32_t{30}, "p >= 1",
       "p > 1"},
      {"year, =", Type::Date(), Year{}, Operation::kEqual, int32_t{366}, "p = 1",
       "false"},
      {"truncate int, <", Type::Int(), Truncate{10}, Operation::kLess, int32_t{100},
       "(p <= 90) OR (p = 2147483646)", "p < 100"},
      {"truncate int, =", Type::Int(), Truncate{10}, Operation::kEqual, int32_t{105},
       "p = 100", "false"},
      {"truncate decimal, >=", Type::Decimal(9, 2), Truncate{10},
       Operation::kGreaterEqual, int128_t{10'065}, "p >= 100.60", "p > 100.60"},
      {"truncate string, <", str, Truncate{2}, Operation::kLess, text("abc"), "p <= 'ab'",
       "p < 'ab'"},
      {"truncate string, >", str, Truncate{2}, Operation::kGreater, text("abc"),
       "p >= 'ab'", "p > 'ab'"},
      {"prefix, short", str, Truncate{3}, Operation::kStartsWith, text("ab"),
       "p STARTS WITH 'ab'", "p STARTS WITH 'ab'"},
      {"prefix, exact", str, Truncate{2}, Operation::kStartsWith, text("ab"), "p = 'ab'",
       "p = 'ab'"},
      {"prefix, long", str, Truncate{2}, Operation::kStartsWith, text("abc"), "p = 'ab'",
       "false"},
      {"no prefix, short", str, Truncate{3}, Operation::kNotStartsWith, text("ab"),
       "p NOT STARTS WITH 'ab'", "p NOT STARTS WITH 'ab'"},
      {"no prefix, long", str, Truncate{2}, Operation::kNotStartsWith, text("abc"),
       "true", "p <> 'ab'"},
      {"void", Type::Int(), Void{}, Operation::kEqual, int32_t{5}, "true", "false"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    const Projected projected =
        Project(c.type, c.transform, Predicate(c.op, "c", c.type, {c.literal}));
    EXPECT_EQ(projected.inclusive, c.inclusive);
    EXPECT_EQ(projected.strict, c.strict);
  }
}

TEST(Projection, Trap08_UnknownTransformsDecideNothing) {
  const UnknownTransform zorder{"zorder[4]"};
  const Projected projected = Project(
      Type::Int(), zorder, Predicate(Operation::kEqual, "c", Type::Int(), {int32_t{5}}));
  EXPECT_EQ(projected.inclusive, "true");
  EXPECT_EQ(projected.strict, "false");
  EXPECT_EQ(Project(Type::Int(), zorder, Unary(Operation::kIsNull, "c")).inclusive,
            "true");
}

TEST(Projection, Trap17_PushesNotDownFirst) {
  const auto schema = OneColumn(Type::Int());
  Expression bound =
      *Bind(Predicate(Operation::kEqual, "c", Type::Int(), {int32_t{34}}), *schema);
  // Naively negated, the inclusive bucket of 34 would exclude other values of the bucket.
  EXPECT_EQ(ExpressionToString(ProjectInclusive(Not(bound), SpecOf(Bucket{16}), *schema)),
            "true");
}

TEST(Projection, NullTestsPassThroughAllButVoid) {
  for (const Transform& transform :
       {Transform(Bucket{4}), Transform(Truncate{4}), Transform(Identity{})}) {
    EXPECT_EQ(Project(Type::Int(), transform, Unary(Operation::kIsNull, "c")).inclusive,
              "p IS NULL");
    EXPECT_EQ(Project(Type::Int(), transform, Unary(Operation::kNotNull, "c")).strict,
              "p IS NOT NULL");
  }
  EXPECT_EQ(Project(Type::Int(), Void{}, Unary(Operation::kNotNull, "c")).inclusive,
            "true");
}

TEST(Projection, SameTransformOfTheTermIsTheField) {
  Expression term = Predicate(Operation::kEqual, "c", Type::Int(), {int32_t{2}});
  term.transform = Bucket{8};
  EXPECT_EQ(Project(Type::Int(), Bucket{8}, term).strict, "p = 2");
  EXPECT_EQ(Project(Type::Int(), Bucket{16}, term).inclusive, "true");
}

TEST(Projection, DroppedSourcesDecideNothing) {
  const auto schema = OneColumn(Type::Int());
  PartitionSpec spec = SpecOf(Identity{});
  spec.fields.push_back(
      {.source_ids = {99}, .field_id = 1001, .name = "gone", .transform = Identity{}});
  const Expression bound =
      *Bind(Predicate(Operation::kEqual, "c", Type::Int(), {int32_t{5}}), *schema);
  EXPECT_EQ(ExpressionToString(ProjectInclusive(bound, spec, *schema)), "p = 5");
}

TEST(ResidualFor, KeepsWhatThePartitionDoesNotDecide) {
  const auto schema = OneColumn(Type::Timestamp());
  const PartitionSpec spec = SpecOf(Day{});
  const auto at = [&](int64_t micros) {
    return *Bind(Predicate(Operation::kGreaterEqual, "c", Type::Timestamp(), {micros}),
                 *schema);
  };
  const Expression noon = at(100 * kMicrosPerDay + kMicrosPerDay / 2);
  EXPECT_EQ(ResidualFor(noon, spec, *schema, {int32_t{101}}).op, Operation::kTrue);
  EXPECT_EQ(ResidualFor(noon, spec, *schema, {int32_t{99}}).op, Operation::kFalse);
  EXPECT_EQ(ResidualFor(noon, spec, *schema, {int32_t{100}}).op,
            Operation::kGreaterEqual);
  EXPECT_EQ(ResidualFor(noon, spec, *schema, {Value()}).op, Operation::kFalse);
}

/// Values around every edge that a transform has.
std::vector<Value> Candidates(const Type& type, std::mt19937_64& random) {
  std::vector<Value> values = {Value()};
  const auto add = [&](int64_t number) {
    switch (type.id()) {
      case TypeId::kInt:
      case TypeId::kDate:
        values.emplace_back(static_cast<int32_t>(number));
        break;
      case TypeId::kDecimal:
        values.emplace_back(static_cast<int128_t>(number % 1'000'000));
        break;
      default:
        values.emplace_back(number);
    }
  };
  if (type.id() == TypeId::kString) {
    for (const char* text : {"", "a", "ab", "abc", "abd", "b", "\xC3\xA9t\xC3\xA9", "zz",
                             "\xF0\x9F\x98\x80z"}) {
      values.emplace_back(std::string(text));
    }
    return values;
  }
  const bool is_32_bits = type.id() == TypeId::kInt || type.id() == TypeId::kDate;
  const int64_t lowest = is_32_bits ? std::numeric_limits<int32_t>::min()
                                    : std::numeric_limits<int64_t>::min();
  const int64_t highest = is_32_bits ? std::numeric_limits<int32_t>::max()
                                     : std::numeric_limits<int64_t>::max();
  const bool is_time = type.id() == TypeId::kTimestamp || type.id() == TypeId::kDate;
  for (int64_t i = 0; i < 12 && !is_time; ++i) {
    add(lowest + i);
    add(highest - i);
  }
  for (int64_t i = -12; i <= 12; ++i) {
    add(i);
    if (type.id() == TypeId::kTimestamp) {
      add(i * kMicrosPerDay / 2);
    }
    if (type.id() == TypeId::kDate) {
      add(i * 31);
    }
  }
  for (int i = 0; i < 10; ++i) {
    add(static_cast<int64_t>(random() % 1'000'000'000) - 500'000'000);
  }
  return values;
}

/// What early writers stored for times before 1970: truncated toward zero.
Value OldWriterValue(const Transform& transform, const Type& type, const Value& value,
                     const Value& correct) {
  if (IsNull(value) || std::holds_alternative<Bucket>(transform)) {
    return correct;
  }
  const int32_t unit = std::get<int32_t>(correct);
  Value previous;
  if (const auto* i32 = std::get_if<int32_t>(&value)) {
    previous = *i32 - 1;
  }
  if (const auto* i64 = std::get_if<int64_t>(&value)) {
    previous = *i64 - 1;
  }
  const bool is_exact =
      std::get<int32_t>(ApplyTransform(transform, type, previous)) != unit;
  return unit < 0 && !is_exact ? Value(unit + 1) : correct;
}

/// The two laws: a row that matches lies in a partition that the inclusive projection
/// keeps, and every row of a partition that the strict one takes matches.
TEST(Projection, Trap09_InclusiveKeepsAndStrictTakesOnlyMatches) {
  const std::pair<Type, std::vector<Transform>> combinations[] = {
      {Type::Int(), {Identity{}, Bucket{5}, Truncate{10}, Truncate{7}, Truncate{1}}},
      {Type::Long(), {Identity{}, Bucket{5}, Truncate{10}, Truncate{8}}},
      {Type::Decimal(9, 2), {Identity{}, Bucket{5}, Truncate{10}}},
      {Type::String(), {Identity{}, Bucket{5}, Truncate{1}, Truncate{2}, Truncate{3}}},
      {Type::Date(), {Identity{}, Year{}, Month{}, Day{}, Void{}}},
      {Type::Timestamp(), {Identity{}, Year{}, Month{}, Day{}, Hour{}}},
  };
  std::mt19937_64 random(7);
  int64_t kept = 0;
  int64_t pruned = 0;
  for (const auto& [type, transforms] : combinations) {
    const auto schema = OneColumn(type);
    const std::vector<Value> values = Candidates(type, random);
    for (const Transform& transform : transforms) {
      const PartitionSpec spec = SpecOf(transform);
      const bool is_time =
          std::holds_alternative<Year>(transform) ||
          std::holds_alternative<Month>(transform) ||
          std::holds_alternative<Hour>(transform) ||
          (std::holds_alternative<Day>(transform) && type.id() == TypeId::kTimestamp);
      for (size_t i = 1; i < values.size(); ++i) {
        for (auto op = Operation::kIsNull; op <= Operation::kNotIn;
             op = static_cast<Operation>(static_cast<int>(op) + 1)) {
          Expression e = Unary(Operation::kIsNull, "c");
          if (op == Operation::kIsNaN || op == Operation::kNotNaN) {
            continue;
          }
          const bool is_prefix =
              op == Operation::kStartsWith || op == Operation::kNotStartsWith;
          if (is_prefix && type.id() != TypeId::kString) {
            continue;
          }
          if (op == Operation::kNotNull) {
            e = Unary(op, "c");
          }
          if (op == Operation::kIn || op == Operation::kNotIn) {
            e = Predicate(op, "c", type,
                          {values[i], values[1 + i % (values.size() - 1)]});
          } else if (op >= Operation::kLess) {
            e = Predicate(op, "c", type, {values[i]});
          }
          const Expression bound = *Bind(e, *schema);
          const Expression inclusive = ProjectInclusive(bound, spec, *schema);
          const Expression strict = ProjectStrict(bound, spec, *schema);
          for (const Value& value : values) {
            const bool matches = EvaluateRow(bound, [&](FieldId) { return value; });
            Value partition = ApplyTransform(transform, type, value);
            std::vector<Value> stored = {partition};
            if (is_time) {
              stored.push_back(OldWriterValue(transform, type, value, partition));
            }
            for (const Value& p : stored) {
              const bool may_match = PartitionMatches(inclusive, spec, {p});
              ++(may_match ? kept : pruned);
              EXPECT_TRUE(may_match || !matches)
                  << ExpressionToString(bound) << " / " << TransformToString(transform)
                  << " / " << ExpressionToString(inclusive) << " / "
                  << ValueToString(type, value);
              EXPECT_TRUE(matches || !PartitionMatches(strict, spec, {p}))
                  << ExpressionToString(bound) << " / " << TransformToString(transform)
                  << " / " << ExpressionToString(strict) << " / "
                  << ValueToString(type, value);
            }
          }
        }
      }
    }
  }
  EXPECT_GT(kept, 100'000);
  EXPECT_GT(pruned, 100'000);  // the laws also hold for projections that decide nothing
}

}  // namespace
}  // namespace tarn::iceberg
