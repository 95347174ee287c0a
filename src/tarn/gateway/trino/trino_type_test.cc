#include "tarn/gateway/trino/trino_type.h"

#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>
#include <gtest/gtest.h>

namespace tarn::gateway::trino {
namespace {

std::string SignatureOf(const TrinoType& type) {
  std::string json;
  type.AppendSignature(&json);
  return json;
}

TEST(TrinoType, ReadsWhatItShows) {
  constexpr std::pair<const char*, const char*> kCases[] = {
      {"bigint", "bigint"},
      {"INT", "integer"},
      {"varchar", "varchar"},
      {"varchar(3)", "varchar(3)"},
      {"decimal(12,2)", "decimal(12, 2)"},
      {"timestamp", "timestamp(3)"},
      {"timestamp(6) with time zone", "timestamp(6) with time zone"},
      {"time(0) with time zone", "time(0) with time zone"},
      {"interval day to second", "INTERVAL DAY TO SECOND"},
      {"array(map(varchar, row(a double, b array(integer))))",
       "array(map(varchar, row(a double, b array(integer))))"},
      {"row(x bigint, \"Y y\" varchar)", "row(x bigint, \"Y y\" varchar)"},
      {"row(integer, varchar(1))", "row(integer, varchar(1))"},
      {"row(timestamp(3) with time zone, t timestamp with time zone)",
       "row(timestamp(3) with time zone, t timestamp(3) with time zone)"},
      {"HyperLogLog", "HyperLogLog"},
  };
  for (const auto& [text, shown] : kCases) {
    SCOPED_TRACE(text);
    const auto type = ParseTrinoType(text);
    ASSERT_TRUE(type.ok()) << type.status();
    EXPECT_EQ(type->Display(), shown);
    EXPECT_EQ(*ParseTrinoType(shown), *type);
  }
}

TEST(TrinoType, RefusesWhatIsNoType) {
  for (const char* text : {"", "(", "array(", "array(bigint", "row(x bigint", "a b",
                           "decimal(99999999999)", "row(\"x bigint)", "interval week"}) {
    EXPECT_FALSE(ParseTrinoType(text).ok()) << text;
  }
  EXPECT_FALSE(ParseTrinoType(std::string(5000, '(')).ok());
  std::string deep;
  for (int i = 0; i < 5000; ++i) {
    deep += "array(";
  }
  EXPECT_FALSE(ParseTrinoType(deep).ok());
}

TEST(TrinoType, HasTheSignaturesOfTrino) {
  EXPECT_EQ(SignatureOf(*ParseTrinoType("bigint")),
            R"({"rawType":"bigint","arguments":[]})");
  EXPECT_EQ(SignatureOf(*ParseTrinoType("varchar")),
            R"({"rawType":"varchar","arguments":[{"kind":"LONG","value":2147483647}]})");
  EXPECT_EQ(SignatureOf(*ParseTrinoType("timestamp(6) with time zone")),
            R"({"rawType":"timestamp with time zone","arguments":[)"
            R"({"kind":"LONG","value":6}]})");
  EXPECT_EQ(SignatureOf(*ParseTrinoType("array(date)")),
            R"({"rawType":"array","arguments":[{"kind":"TYPE","value":)"
            R"({"rawType":"date","arguments":[]}}]})");
  EXPECT_EQ(SignatureOf(*ParseTrinoType("row(\"Y y\" date, real)")),
            R"({"rawType":"row","arguments":[{"kind":"NAMED_TYPE","value":)"
            R"({"fieldName":{"name":"Y y"},"typeSignature":)"
            R"({"rawType":"date","arguments":[]}}},{"kind":"NAMED_TYPE","value":)"
            R"({"typeSignature":{"rawType":"real","arguments":[]}}}]})");
}

TEST(TrinoType, FollowsArrowWhereNothingIsSaid) {
  const std::pair<std::shared_ptr<arrow::DataType>, const char*> cases[] = {
      {arrow::int8(), "tinyint"},
      {arrow::uint32(), "bigint"},
      {arrow::uint64(), "decimal(20, 0)"},
      {arrow::float32(), "real"},
      {arrow::decimal128(12, 2), "decimal(12, 2)"},
      {arrow::time64(arrow::TimeUnit::MICRO), "time(6)"},
      {arrow::timestamp(arrow::TimeUnit::MICRO), "timestamp(6)"},
      {arrow::timestamp(arrow::TimeUnit::NANO, "UTC"), "timestamp(9) with time zone"},
      {arrow::month_day_nano_interval(), "INTERVAL DAY TO SECOND"},
      {arrow::list(arrow::utf8()), "array(varchar)"},
      {arrow::map(arrow::utf8(), arrow::float64()), "map(varchar, double)"},
      {arrow::struct_({arrow::field("a", arrow::boolean())}), "row(a boolean)"},
      {arrow::dictionary(arrow::int8(), arrow::utf8()), "varchar"},
      {arrow::null(), "unknown"},
  };
  for (const auto& [arrow_type, shown] : cases) {
    EXPECT_EQ(TypeOfField(*arrow::field("x", arrow_type)).Display(), shown);
  }
  const auto said =
      arrow::field("x", arrow::utf8())
          ->WithMetadata(arrow::key_value_metadata({kTypeMetadataKey}, {"varchar(7)"}));
  EXPECT_EQ(TypeOfField(*said).Display(), "varchar(7)");
}

TEST(TrinoType, HidesDigitsFromOldClients) {
  const auto type =
      ParseTrinoType("array(row(a timestamp(6), b time(9) with time zone))");
  const TrinoType three = WithThreeDigits(*type);
  EXPECT_EQ(three.Display(), "array(row(a timestamp(3), b time(3) with time zone))");
  EXPECT_EQ(WithoutDigits(three).Display(),
            "array(row(a timestamp, b time with time zone))");
}

}  // namespace
}  // namespace tarn::gateway::trino
