#include "tarn/gateway/trino/value_writer.h"

#include <arrow/array.h>
#include <arrow/json/from_string.h>
#include <arrow/type.h>
#include <gtest/gtest.h>

#include "tarn/gateway/trino/json_text.h"

namespace tarn::gateway::trino {
namespace {

/// All values of an array, parted by blanks.
std::string Written(const std::shared_ptr<arrow::DataType>& arrow, const char* values,
                    const char* type = nullptr) {
  const auto array = arrow::json::ArrayFromJSONString(arrow, values);
  if (!array.ok()) {
    return array.status().ToString();
  }
  const TrinoType told =
      type == nullptr ? TypeOfField(*arrow::field("x", arrow)) : *ParseTrinoType(type);
  auto writer = MakeValueWriter(told, *arrow);
  if (!writer.ok()) {
    return writer.status().ToString();
  }
  (*writer)->Bind(**array);
  std::string json;
  for (int64_t i = 0; i < (*array)->length(); ++i) {
    json += json.empty() ? "" : " ";
    (*writer)->Append(i, &json);
  }
  return json;
}

TEST(ValueWriter, WritesNumbers) {
  EXPECT_EQ(Written(arrow::boolean(), "[true, false, null]"), "true false null");
  EXPECT_EQ(Written(arrow::int64(), "[9223372036854775807, -1, null]"),
            "9223372036854775807 -1 null");
  EXPECT_EQ(Written(arrow::uint64(), "[18446744073709551615]"),
            "\"18446744073709551615\"");
  EXPECT_EQ(Written(arrow::float64(), "[1, 0.1, 1e300, -2.5, NaN, Inf, -Inf]"),
            R"(1.0 0.1 1e+300 -2.5 "NaN" "Infinity" "-Infinity")");
  EXPECT_EQ(Written(arrow::float32(), "[1.5, 0.1]"), "1.5 0.1");
  EXPECT_EQ(Written(arrow::decimal128(10, 2), R"(["5.00", "-0.10", null])"),
            R"("5.00" "-0.10" null)");
}

TEST(ValueWriter, WritesTexts) {
  EXPECT_EQ(Written(arrow::utf8(), R"(["a\"\\\n\u0001", "\u2603", ""])"),
            R"("a\"\\\n\u0001" "☃" "")");
  EXPECT_EQ(Written(arrow::utf8(), R"(["ab", "☃"])", "char(4)"), R"("ab  " "☃   ")");
  EXPECT_EQ(Written(arrow::binary(), R"(["eh?", "", "a"])"), R"("ZWg/" "" "YQ==")");
  EXPECT_EQ(Written(arrow::fixed_size_binary(16), R"(["0123456789abcdef"])", "uuid"),
            R"("30313233-3435-3637-3839-616263646566")");
}

TEST(ValueWriter, BytesThatAreNoTextBecomeReplacementCharacters) {
  std::string json;
  AppendJsonString("a\xFFz\xC0\xAF\xED\xA0\x80", &json);
  EXPECT_EQ(json, "\"a\uFFFDz\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\"");
}

TEST(ValueWriter, WritesTimes) {
  EXPECT_EQ(Written(arrow::date32(), "[19782, -735582, 3670801, -1]"),
            R"("2024-02-29" "-0044-01-18" "+12020-04-24" "1969-12-31")");
  EXPECT_EQ(Written(arrow::time64(arrow::TimeUnit::MICRO), "[3723456789]", "time(3)"),
            "\"01:02:03.456\"");
  const auto micros = arrow::timestamp(arrow::TimeUnit::MICRO);
  EXPECT_EQ(Written(micros, "[1591804523383345, -1]"),
            R"("2020-06-10 15:55:23.383345" "1969-12-31 23:59:59.999999")");
  EXPECT_EQ(Written(micros, "[1591804523383345]", "timestamp(0)"),
            "\"2020-06-10 15:55:23\"");
  EXPECT_EQ(Written(micros, "[1591804523383345]", "timestamp(12)"),
            "\"2020-06-10 15:55:23.383345000000\"");
  EXPECT_EQ(Written(arrow::timestamp(arrow::TimeUnit::MICRO, "Asia/Tokyo"),
                    "[1591804523383345]", "timestamp(3) with time zone"),
            "\"2020-06-10 15:55:23.383 UTC\"");
}

TEST(ValueWriter, WritesIntervals) {
  const auto interval = arrow::month_day_nano_interval();
  EXPECT_EQ(Written(interval, "[[0, 1, 7384567000000], [0, -5, 0]]"),
            R"("1 02:03:04.567" "-5 00:00:00.000")");
  EXPECT_EQ(Written(interval, "[[14, 0, 0], [-36, 0, 0]]", "interval year to month"),
            R"("1-2" "-3-0")");
}

TEST(ValueWriter, WritesWhatIsNested) {
  const auto row = arrow::struct_(
      {arrow::field("a", arrow::int32()), arrow::field("b", arrow::list(arrow::utf8()))});
  EXPECT_EQ(Written(row, R"([[1, ["x", null]], [null, []], null])"),
            R"([1,["x",null]] [null,[]] null)");
  EXPECT_EQ(Written(arrow::map(arrow::int32(), arrow::utf8()),
                    R"([[[1, "p"], [2, null]], []])"),
            R"({"1":"p","2":null} {})");
  EXPECT_EQ(Written(arrow::map(arrow::utf8(), arrow::date32()), R"([[["k", 0]]])"),
            R"({"k":"1970-01-01"})");
}

TEST(ValueWriter, RefusesTypesWithoutAForm) {
  const auto type = arrow::sparse_union({arrow::field("a", arrow::int32())});
  EXPECT_FALSE(MakeValueWriter({.name = "varchar"}, *type).ok());
}

}  // namespace
}  // namespace tarn::gateway::trino
