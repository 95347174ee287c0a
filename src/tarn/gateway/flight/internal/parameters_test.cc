#include "tarn/gateway/flight/internal/parameters.h"

#include <string>

#include <arrow/array.h>
#include <arrow/json/from_string.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <gtest/gtest.h>

#include "tarn/base/error.h"

namespace tarn::gateway::flight {
namespace {

std::string Literal(const std::shared_ptr<arrow::DataType>& type,
                    const std::string& json) {
  const auto array = arrow::json::ArrayFromJSONString(type, "[" + json + "]");
  const auto text = LiteralOf(*array.ValueOrDie()->GetScalar(0).ValueOrDie());
  return text.ok() ? *text : text.status().message();
}

TEST(FlightParameters, AreFoundOutsideOfTextAndComments) {
  struct Case {
    std::string sql;
    int32_t count;
  };
  for (const Case& c : {Case{"SELECT 1", 0},
                        {"SELECT ?, ?", 2},
                        {"SELECT '?', \"?\", 'it''s ?', ?", 1},
                        {"SELECT ? -- ?\n, ? /* ? /* ? */ ? */", 2},
                        {"SELECT $2, $1, $2", 2},
                        {"SELECT $$ ? $$, $tag$ ? $1 $tag$, ?", 1},
                        {R"(SELECT E'\'?', 'a\', ?)", 1},
                        {"SELECT name$1 FROM t", 0},
                        {"SELECT '?", 0},
                        {"SELECT /* ?", 0},
                        {"SELECT $", 0},
                        {"SELECT $2000000000", 0},
                        {"SELECT $tag$ ?", 0}}) {
    EXPECT_EQ(CountParameters(c.sql), c.count) << c.sql;
  }
}

TEST(FlightParameters, LiteralsSayTheirTypes) {
  EXPECT_EQ(Literal(arrow::int64(), "-5"), "CAST('-5' AS BIGINT)");
  EXPECT_EQ(Literal(arrow::utf8(), R"("it's ?")"), "'it''s ?'");
  EXPECT_EQ(Literal(arrow::boolean(), "true"), "true");
  EXPECT_EQ(Literal(arrow::int32(), "null"), "NULL");
  EXPECT_EQ(Literal(arrow::null(), "null"), "NULL");
  EXPECT_EQ(Literal(arrow::binary(), R"("a'")"), "from_hex('6127')");
  EXPECT_EQ(Literal(arrow::decimal128(9, 2), R"("1.50")"),
            "CAST('1.50' AS DECIMAL(9, 2))");
  EXPECT_EQ(Literal(arrow::date32(), "19782"), "CAST('2024-02-29' AS DATE)");
  EXPECT_EQ(Literal(arrow::timestamp(arrow::TimeUnit::MILLI), "5"),
            "make_timestamp(5000::BIGINT)");
  EXPECT_EQ(Literal(arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"), "5"),
            "make_timestamptz(5::BIGINT)");
  EXPECT_EQ(Literal(arrow::list(arrow::utf8()), R"(["a", null])"), "['a', NULL]");
  EXPECT_NE(Literal(arrow::month_interval(), "5").find("cannot be of type"),
            std::string::npos);
}

TEST(FlightParameters, TakeTheirPlaces) {
  const auto rows =
      arrow::json::ArrayFromJSONString(arrow::struct_({arrow::field("a", arrow::utf8()),
                                                       arrow::field("b", arrow::utf8())}),
                                       R"([["x", "?"], ["y", "z"]])");
  const auto batch = arrow::RecordBatch::FromStructArray(*rows).ValueOrDie();
  EXPECT_EQ(*BindParameters("SELECT ? || ?", *batch, 0), "SELECT 'x' || '?'");
  EXPECT_EQ(*BindParameters("SELECT $2, $1, $2", *batch, 1), "SELECT 'z', 'y', 'z'");
  EXPECT_EQ(*BindNulls("SELECT ?, '?'"), "SELECT NULL, '?'");
  EXPECT_EQ(CodeOf(BindParameters("SELECT ?", *batch, 0).status()),
            ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace tarn::gateway::flight
