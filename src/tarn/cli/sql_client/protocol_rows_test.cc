#include "tarn/cli/sql_client/protocol_rows.h"

#include <string>

#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tarn/cli/print/value_text.h"
#include "tarn/cli/sql_client/sql_client.h"
#include "tarn/cli/sql_client/time_values.h"

namespace tarn::cli {
namespace {

using json = nlohmann::ordered_json;

struct ValueCase {
  const char* type;
  const char* value;  // JSON
  const char* text;
};

TEST(ProtocolRows, ValuesReadAsTheEmbeddedEngineShowsThem) {
  const ValueCase cases[] = {
      {"boolean", "true", "true"},
      {"tinyint", "-128", "-128"},
      {"bigint", "9223372036854775807", "9223372036854775807"},
      {"real", "0.1", "0.1"},
      {"double", "\"NaN\"", "NaN"},
      {"double", "\"-Infinity\"", "-Infinity"},
      {"decimal(38, 3)", "\"-99999999999999999999999999999999999.999\"",
       "-99999999999999999999999999999999999.999"},
      {"decimal(3, 2)", "\"1.10\"", "1.10"},
      {"varchar(3)", "\"a\\nb\"", "a\nb"},
      {"varbinary", "\"AP8=\"", "00ff"},
      {"date", "\"-0044-03-15\"", "-0044-03-15"},
      {"date", "\"2024-02-29\"", "2024-02-29"},
      {"time(3)", "\"01:02:03.456\"", "01:02:03.456"},
      {"timestamp(6)", "\"2020-06-10 15:55:23.383345\"", "2020-06-10 15:55:23.383345"},
      {"timestamp(9)", "\"1969-12-31 23:59:59.999999999\"",
       "1969-12-31 23:59:59.999999999"},
      {"timestamp(6)", "\"+12020-01-01 00:00:00.000000\"", "+12020-01-01 00:00:00"},
      {"timestamp(3) with time zone", "\"2020-06-10 15:55:23.383 UTC\"",
       "2020-06-10 15:55:23.383+00:00"},
      {"timestamp(3) with time zone", "\"2020-06-10 15:55:23.383 +05:30\"",
       "2020-06-10 10:25:23.383+00:00"},
      {"timestamp(3) with time zone", "\"2020-06-10 08:55:23.383 America/Los_Angeles\"",
       "2020-06-10 15:55:23.383+00:00"},
      {"array(integer)", "[1,null,3]", "[1, NULL, 3]"},
      {"map(varchar, bigint)", "{\"z\":1,\"a\":2}", "{z=1, a=2}"},
      {"map(integer, varchar)", "{\"7\":\"x\"}", "{7=x}"},
      {"row(x bigint, \"Y y\" varchar)", "[1,\"b\"]", "{x: 1, Y y: b}"},
      {"interval day to second", "\"1 02:03:04.567\"", "1 02:03:04.567"},
      {"uuid", "\"12151fd2-7586-11e9-8f9e-2a86e4085a59\"",
       "12151fd2-7586-11e9-8f9e-2a86e4085a59"},
      {"unknown", "null", "NULL"},
      {"bigint", "null", "NULL"},
  };
  for (const ValueCase& c : cases) {
    SCOPED_TRACE(std::string(c.type) + " " + c.value);
    const auto schema = SchemaOfColumns(json::array({{{"name", "a"}, {"type", c.type}}}));
    ASSERT_TRUE(schema.ok());
    const auto batch =
        BatchOfRows(*schema, json::array({json::array({json::parse(c.value)})}));
    ASSERT_TRUE(batch.ok()) << batch.status();
    EXPECT_EQ(ValueText(*(*batch)->column(0), 0), c.text);
  }
}

TEST(ProtocolRows, RefusesWhatDoesNotFit) {
  const ValueCase cases[] = {
      {"bigint", "\"x\"", ""},        {"tinyint", "128", ""},
      {"date", "\"2024-13-01\"", ""}, {"date", "5", ""},
      {"array(integer)", "1", ""},    {"row(a bigint)", "[1,2]", ""},
      {"varbinary", "\"%\"", ""},     {"boolean", "1", ""}};
  for (const ValueCase& c : cases) {
    SCOPED_TRACE(std::string(c.type) + " " + c.value);
    const auto schema = SchemaOfColumns(json::array({{{"name", "a"}, {"type", c.type}}}));
    ASSERT_TRUE(schema.ok());
    EXPECT_FALSE(
        BatchOfRows(*schema, json::array({json::array({json::parse(c.value)})})).ok());
    EXPECT_FALSE(BatchOfRows(*schema, json::array({json::array()})).ok());
  }
  EXPECT_FALSE(SchemaOfColumns(json::array({json::object()})).ok());
}

TEST(DialectChosenBy, ReadsTheStatement) {
  EXPECT_EQ(DialectChosenBy("set session dialect = 'duckdb'"), "duckdb");
  EXPECT_EQ(DialectChosenBy("SET SESSION x = 'duckdb'"), "");
  EXPECT_EQ(DialectChosenBy("SELECT 1"), "");
}

}  // namespace
}  // namespace tarn::cli
