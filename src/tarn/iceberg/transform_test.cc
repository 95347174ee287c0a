#include "tarn/iceberg/transform.h"

#include <gtest/gtest.h>

#include "tarn/iceberg/value.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::iceberg {
namespace {

std::vector<Transform> AllTransforms() {
  return {Identity{}, Bucket{16}, Truncate{4},
          Year{},     Month{},    Day{},
          Hour{},     Void{},     UnknownTransform{"zorder(a, b)"}};
}

TEST(Transform, TextReadsBack) {
  for (const Transform& transform : AllTransforms()) {
    const std::string text = TransformToString(transform);
    SCOPED_TRACE(text);
    ASSERT_OK_AND_ASSIGN(const Transform again, TransformFromString(text));
    EXPECT_EQ(again, transform);
  }
  ASSERT_OK_AND_ASSIGN(const Transform upper, TransformFromString("BUCKET[2147483647]"));
  EXPECT_EQ(upper, Transform(Bucket{INT32_MAX}));
}

TEST(Transform, Trap08_UnknownTextIsKeptAndNeverEvaluated) {
  for (const char* text :
       {"days", "Zorder[3]", "", "bucketV2[16]", "identity[3]", "[4]"}) {
    SCOPED_TRACE(text);
    ASSERT_OK_AND_ASSIGN(const Transform transform, TransformFromString(text));
    EXPECT_EQ(transform, Transform(UnknownTransform{text}));
    EXPECT_EQ(TransformToString(transform), text);
    EXPECT_FALSE(CanTransform(transform, Type::Int()));
    EXPECT_FALSE(PreservesOrder(transform));
    EXPECT_EQ(ResultType(transform, Type::Int()), Type::Unknown());
    EXPECT_TRUE(IsNull(ApplyTransform(transform, Type::Int(), Value(1))));
  }
}

TEST(Transform, KnownNamesNeedTheirNumber) {
  for (const char* text :
       {"bucket", "bucket[]", "bucket[0]", "bucket[-1]", "bucket[x]", "bucket[16",
        "bucket[16]x", "bucket[2147483648]", "bucket[ 16]", "truncate", "truncate[0]"}) {
    SCOPED_TRACE(text);
    EXPECT_ERROR(TransformFromString(text), ErrorCode::kInvalidData, text);
  }
}

// One row per source type: which of identity, bucket, truncate, year, month, day, hour
// apply (spec: Partition Transforms).
TEST(Transform, SourceTypes) {
  const std::pair<Type, std::string_view> cases[] = {
      {Type::Boolean(), "i"},          {Type::Int(), "ibt"},
      {Type::Long(), "ibt"},           {Type::Float(), "i"},
      {Type::Double(), "i"},           {Type::Decimal(9, 2), "ibt"},
      {Type::Date(), "ibymd"},         {Type::Time(), "ib"},
      {Type::Timestamp(), "ibymdh"},   {Type::TimestampTz(), "ibymdh"},
      {Type::TimestampNs(), "ibymdh"}, {Type::TimestampTzNs(), "ibymdh"},
      {Type::String(), "ibt"},         {Type::Uuid(), "ib"},
      {Type::Fixed(4), "ib"},          {Type::Binary(), "ibt"},
      {Type::Unknown(), "i"},          {Type::Variant(), ""},
      {Type::Geometry(), ""},          {Type::Geography(), ""},
      {Type::Struct({}), ""},          {Type::List(1, Type::Int(), true), ""},
  };
  const std::pair<char, Transform> transforms[] = {
      {'i', Identity{}}, {'b', Bucket{16}}, {'t', Truncate{4}}, {'y', Year{}},
      {'m', Month{}},    {'d', Day{}},      {'h', Hour{}}};
  for (const auto& [type, letters] : cases) {
    for (const auto& [letter, transform] : transforms) {
      EXPECT_EQ(CanTransform(transform, type),
                letters.find(letter) != std::string_view::npos)
          << type.ToString() << " " << TransformToString(transform);
    }
    EXPECT_TRUE(CanTransform(Void{}, type));
  }
}

TEST(Transform, NullGivesNull) {
  for (const Transform& transform : AllTransforms()) {
    EXPECT_TRUE(IsNull(ApplyTransform(transform, Type::Timestamp(), Value())));
    EXPECT_EQ(PartitionValueToString(transform, Type::Timestamp(), Value()), "null");
  }
  EXPECT_TRUE(IsNull(ApplyTransform(Void{}, Type::Int(), Value(5))));
}

TEST(Truncate, Trap05_NegativesRoundDown) {
  const std::tuple<int32_t, int32_t, int32_t> cases[] = {
      {0, 10, 0},
      {1, 10, 0},
      {9, 10, 0},
      {10, 10, 10},
      {11, 10, 10},
      {-1, 10, -10},
      {-10, 10, -10},
      {-11, 10, -20},
      {-12, 10, -20},
      {5, 1, 5},
      {-5, INT32_MAX, -INT32_MAX},
  };
  for (const auto& [value, width, expected] : cases) {
    SCOPED_TRACE(std::to_string(value) + " % " + std::to_string(width));
    const Truncate transform{width};
    EXPECT_EQ(ApplyTransform(transform, Type::Int(), Value(value)), Value(expected));
    EXPECT_EQ(ApplyTransform(transform, Type::Long(), Value(int64_t{value})),
              Value(int64_t{expected}));
    EXPECT_EQ(ApplyTransform(transform, Type::Decimal(12, 2), Value(int128_t{value})),
              Value(int128_t{expected}));
  }
}

TEST(Truncate, Trap05_TheMinimumWraps) {
  EXPECT_EQ(ApplyTransform(Truncate{10}, Type::Int(), Value(INT32_MIN)),
            Value(2147483646));
  EXPECT_EQ(ApplyTransform(Truncate{10}, Type::Long(), Value(INT64_MIN)),
            Value(int64_t{9223372036854775806}));
}

TEST(Truncate, Trap05_StringsByCodePointsBinariesByBytes) {
  const std::pair<const char*, const char*> cases[] = {
      {"", ""},
      {"ice", "ice"},
      {"iceberg", "ice"},
      {"éèêë", "éèê"},
      {"日本語日本", "日本語"},
      {"a😀b😀c", "a😀b"},
      {"😀😀😀😀", "😀😀😀"},
  };
  for (const auto& [text, expected] : cases) {
    EXPECT_EQ(ApplyTransform(Truncate{3}, Type::String(), Value(std::string(text))),
              Value(std::string(expected)));
  }
  EXPECT_EQ(ApplyTransform(Truncate{3}, Type::Binary(), Value(std::string("éè"))),
            Value(std::string("é\xC3")));
}

struct TimeCase {
  const char* timestamp;
  int32_t year;
  int32_t month;
  int32_t day;
  int32_t hour;
};

TEST(TimeTransforms, Trap06_FloorBefore1970) {
  const TimeCase cases[] = {
      {"1970-01-01T00:00:00", 0, 0, 0, 0},
      {"1970-01-01T00:59:59.999999", 0, 0, 0, 0},
      {"1969-12-31T23:59:59.999999", -1, -1, -1, -1},
      {"1969-12-31T23:00:00", -1, -1, -1, -1},
      {"1969-12-31T22:59:59.999999", -1, -1, -1, -2},
      {"1969-12-31T00:00:00", -1, -1, -1, -24},
      {"1969-12-30T23:59:59.999999", -1, -1, -2, -25},
      {"1969-01-01T00:00:00", -1, -12, -365, -8760},
      {"1968-12-31T23:59:59.999999", -2, -13, -366, -8761},
      {"2017-11-16T22:31:08", 47, 574, 17486, 419686},
      {"2017-12-01T10:12:55.038194", 47, 575, 17501, 420034},
  };
  const Type micros = Type::Timestamp();
  const Type nanos = Type::TimestampNs();
  for (const TimeCase& c : cases) {
    SCOPED_TRACE(c.timestamp);
    ASSERT_OK_AND_ASSIGN(const Value us, ValueFromString(micros, c.timestamp));
    ASSERT_OK_AND_ASSIGN(const Value ns, ValueFromString(nanos, c.timestamp));
    const std::pair<Transform, int32_t> expected[] = {
        {Year{}, c.year}, {Month{}, c.month}, {Day{}, c.day}, {Hour{}, c.hour}};
    for (const auto& [transform, result] : expected) {
      SCOPED_TRACE(TransformToString(transform));
      EXPECT_EQ(ApplyTransform(transform, micros, us), Value(result));
      EXPECT_EQ(ApplyTransform(transform, Type::TimestampTz(), us), Value(result));
      EXPECT_EQ(ApplyTransform(transform, nanos, ns), Value(result));
      EXPECT_EQ(ApplyTransform(transform, Type::TimestampTzNs(), ns), Value(result));
      if (std::holds_alternative<Hour>(transform)) {
        continue;
      }
      EXPECT_EQ(ApplyTransform(transform, Type::Date(), Value(c.day)), Value(result));
    }
  }
}

TEST(TimeTransforms, Trap07_DayGivesDateAndTheOthersInt) {
  EXPECT_EQ(ResultType(Day{}, Type::Timestamp()), Type::Date());
  EXPECT_EQ(ResultType(Day{}, Type::Date()), Type::Date());
  for (const Transform& transform :
       {Transform(Year{}), Transform(Month{}), Transform(Hour{})}) {
    EXPECT_EQ(ResultType(transform, Type::Timestamp()), Type::Int());
  }
  EXPECT_TRUE(std::holds_alternative<int32_t>(
      ApplyTransform(Day{}, Type::Timestamp(), Value(int64_t{0}))))
      << "date and int share an alternative, so partition values of old files compare "
         "with new ones";
}

TEST(Transform, ResultTypesOfTheRest) {
  EXPECT_EQ(ResultType(Bucket{4}, Type::String()), Type::Int());
  for (const Transform& transform :
       {Transform(Identity{}), Transform(Truncate{4}), Transform(Void{})}) {
    EXPECT_EQ(ResultType(transform, Type::Decimal(9, 2)), Type::Decimal(9, 2));
  }
}

TEST(Transform, OrderIsKeptWhereItSaysSo) {
  EXPECT_FALSE(PreservesOrder(Bucket{4}));
  EXPECT_FALSE(PreservesOrder(Void{}));
  for (const Transform& transform : AllTransforms()) {
    if (!PreservesOrder(transform)) {
      continue;
    }
    SCOPED_TRACE(TransformToString(transform));
    const bool is_truncate = std::holds_alternative<Truncate>(transform);
    const Type type = is_truncate ? Type::Long() : Type::Timestamp();
    const Type result = ResultType(transform, type);
    Value last = ApplyTransform(transform, type, Value(int64_t{-90'000'000'000'000}));
    for (int64_t v = -90'000'000'000'000; v < 90'000'000'000'000; v += 777'777'777'777) {
      const Value now = ApplyTransform(transform, type, Value(v));
      EXPECT_TRUE(CompareValues(result, last, now) <= 0) << v;
      last = now;
    }
  }
}

TEST(PartitionText, AsJavaWritesIt) {
  struct Case {
    Transform transform;
    Type source;
    const char* source_text;
    const char* expected;
  };
  const Case cases[] = {
      {Year{}, Type::Timestamp(), "2017-11-16T22:31:08", "2017"},
      {Month{}, Type::Timestamp(), "2017-11-16T22:31:08", "2017-11"},
      {Day{}, Type::Timestamp(), "2017-11-16T22:31:08", "2017-11-16"},
      {Hour{}, Type::Timestamp(), "2017-11-16T22:31:08", "2017-11-16-22"},
      {Year{}, Type::Date(), "1969-12-31", "1969"},
      {Month{}, Type::Date(), "1969-12-31", "1969-12"},
      {Month{}, Type::Date(), "1969-01-01", "1969-01"},
      {Day{}, Type::Date(), "1969-12-31", "1969-12-31"},
      {Hour{}, Type::Timestamp(), "1969-12-31T23:00:00", "1969-12-31-23"},
      {Year{}, Type::Date(), "0009-01-01", "0009"},
      {Identity{}, Type::Timestamp(), "2017-11-16T22:31:08", "2017-11-16T22:31:08"},
      {Identity{}, Type::TimestampTz(), "2017-11-16T22:31:08Z",
       "2017-11-16T22:31:08+00:00"},
      {Identity{}, Type::Date(), "2017-11-16", "2017-11-16"},
      {Identity{}, Type::Binary(), "AQID", "AQID"},
      {Identity{}, Type::Decimal(9, 2), "-1.50", "-1.50"},
      {Identity{}, Type::Boolean(), "true", "true"},
      {Truncate{3}, Type::String(), "iceberg", "ice"},
      {Truncate{100}, Type::Decimal(9, 2), "14.20", "14.00"},
      {Truncate{10}, Type::Int(), "-1", "-10"},
      {Bucket{16}, Type::Int(), "34", "3"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(TransformToString(c.transform) + " " + c.source_text);
    ASSERT_OK_AND_ASSIGN(const Value value, ValueFromString(c.source, c.source_text));
    const Value partition_value = ApplyTransform(c.transform, c.source, value);
    EXPECT_EQ(PartitionValueToString(c.transform, c.source, partition_value), c.expected);
  }
}

TEST(PartitionText, ValuesOfForgottenTypesAreShownByWhatTheyHold) {
  const Transform unknown = UnknownTransform{"zorder"};
  EXPECT_EQ(PartitionValueToString(unknown, Type::Int(), Value(7)), "7");
  EXPECT_EQ(PartitionValueToString(Identity{}, Type::Unknown(), Value(std::string("x"))),
            "x");
  EXPECT_EQ(PartitionValueToString(Identity{}, Type::Unknown(), Value(int128_t{15})),
            "15");
}

}  // namespace
}  // namespace tarn::iceberg
