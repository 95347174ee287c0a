#include "tarn/cli/print/row_sink.h"

#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/reader.h>
#include <arrow/json/from_string.h>
#include <arrow/record_batch.h>
#include <arrow/scalar.h>
#include <arrow/type.h>

#include "tarn/cli/print/time_text.h"
#include "tarn/cli/print/value_text.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::cli {
namespace {

std::shared_ptr<arrow::Array> ArrayOf(const std::shared_ptr<arrow::DataType>& type,
                                      const std::string& json) {
  return arrow::json::ArrayFromJSONString(type, json).ValueOrDie();
}

std::shared_ptr<arrow::RecordBatch> SomeRows() {
  const auto schema = arrow::schema(
      {arrow::field("id", arrow::int64()), arrow::field("na,me", arrow::utf8())});
  return arrow::RecordBatch::Make(
      schema, 4,
      {ArrayOf(arrow::int64(), "[1, null, -3, 4]"),
       ArrayOf(arrow::utf8(), R"(["a\"b", "", null, "two\nlines, é"])")});
}

std::string Printed(const SinkOptions& options, const arrow::RecordBatch& batch) {
  StringOutput output;
  auto sink = MakeRowSink(options, batch.schema(), output).ValueOrDie();
  EXPECT_OK(sink->Write(batch));
  EXPECT_OK(sink->Finish());
  return output.text();
}

TEST(RowSink, Table) {
  EXPECT_EQ(Printed({.format = OutputFormat::kTable}, *SomeRows()),
            " id   | na,me\n"
            "------+---------------\n"
            "    1 | a\"b\n"
            " NULL |\n"
            "   -3 | NULL\n"
            "    4 | two\\nlines, é\n");
}

TEST(RowSink, Expanded) {
  const std::string text =
      Printed({.format = OutputFormat::kTable, .expanded = true}, *SomeRows());
  EXPECT_TRUE(
      text.starts_with("-[ row 1 ]----\nid    | 1\nna,me | a\"b\n-[ row 2 ]----\n"))
      << text;
}

TEST(RowSink, CsvQuotesAsRfc4180AndTellsNullFromEmpty) {
  EXPECT_EQ(Printed({.format = OutputFormat::kCsv}, *SomeRows()),
            "id,\"na,me\"\n"
            "1,\"a\"\"b\"\n"
            ",\"\"\n"
            "-3,\n"
            "4,\"two\nlines, é\"\n");
}

TEST(RowSink, JsonIsOneLineWithAnArrayOfObjects) {
  EXPECT_EQ(Printed({.format = OutputFormat::kJson}, *SomeRows()),
            "[{\"id\":1,\"na,me\":\"a\\\"b\"},{\"id\":null,\"na,me\":\"\"},{\"id\":-3,"
            "\"na,me\":null},"
            "{\"id\":4,\"na,me\":\"two\\nlines, é\"}]\n");
  EXPECT_EQ(Printed({.format = OutputFormat::kJson}, *SomeRows()->Slice(0, 0)), "[]\n");
}

TEST(RowSink, ArrowStreamReadsBack) {
  const auto rows = SomeRows();
  const std::string bytes = Printed({.format = OutputFormat::kArrow}, *rows);
  ASSERT_OK_AND_ASSIGN(
      auto reader,
      arrow::ipc::RecordBatchStreamReader::Open(
          std::make_shared<arrow::io::BufferReader>(arrow::Buffer::FromString(bytes))));
  ASSERT_OK_AND_ASSIGN(auto batch, reader->Next());
  EXPECT_TRUE(batch->Equals(*rows));
}

TEST(RowSink, ParquetBeginsAndEndsWithItsMagic) {
  const std::string bytes = Printed({.format = OutputFormat::kParquet}, *SomeRows());
  EXPECT_TRUE(bytes.starts_with("PAR1"));
  EXPECT_TRUE(bytes.ends_with("PAR1"));
}

TEST(RowSink, LargeResultsAreNotHeldBack) {
  StringOutput output;
  const auto batch = SomeRows();
  ASSERT_OK_AND_ASSIGN(
      auto sink, MakeRowSink({.format = OutputFormat::kTable}, batch->schema(), output));
  for (int i = 0; i < 300; ++i) {
    ASSERT_OK(sink->Write(*batch));
  }
  EXPECT_GT(output.text().size(), 10'000U)
      << "rows beyond those that are measured must be printed as they come";
}

TEST(RowSink, KnowsItsFormats) {
  ASSERT_OK_AND_ASSIGN(const OutputFormat format, OutputFormatFromName("parquet"));
  EXPECT_EQ(format, OutputFormat::kParquet);
  EXPECT_ERROR(OutputFormatFromName("xml"), ErrorCode::kUsage,
               "one of table, vertical, csv, tsv, json, jsonlines, markdown, html, "
               "arrow, parquet");
}

struct ValueCase {
  const char* name;
  std::shared_ptr<arrow::DataType> type;
  std::string input;  // a JSON array with one value
  std::string text;
  std::string json;
};

TEST(ValueText, IsExact) {
  const ValueCase cases[] = {
      {"bool", arrow::boolean(), "[true]", "true", "true"},
      {"int64 lowest", arrow::int64(), "[-9223372036854775808]", "-9223372036854775808",
       "-9223372036854775808"},
      {"uint64 highest", arrow::uint64(), "[18446744073709551615]",
       "18446744073709551615", "18446744073709551615"},
      {"double", arrow::float64(), "[0.1]", "0.1", "0.1"},
      {"double whole", arrow::float64(), "[3]", "3.0", "3.0"},
      {"float", arrow::float32(), "[0.1]", "0.1", "0.1"},
      {"decimal", arrow::decimal128(38, 10),
       R"(["-1234567890123456789012345678.0000000001"])",
       "-1234567890123456789012345678.0000000001",
       "-1234567890123456789012345678.0000000001"},
      {"decimal with zeros", arrow::decimal128(9, 2), R"(["1.50"])", "1.50", "1.50"},
      {"date", arrow::date32(), "[19753]", "2024-01-31", "\"2024-01-31\""},
      {"date before 1970", arrow::date32(), "[-1]", "1969-12-31", "\"1969-12-31\""},
      {"time", arrow::time64(arrow::TimeUnit::MICRO), "[36000500000]", "10:00:00.5",
       "\"10:00:00.5\""},
      {"timestamp", arrow::timestamp(arrow::TimeUnit::MICRO), "[1706695200123456]",
       "2024-01-31 10:00:00.123456", "\"2024-01-31T10:00:00.123456\""},
      {"timestamp before 1970", arrow::timestamp(arrow::TimeUnit::MICRO), "[-1]",
       "1969-12-31 23:59:59.999999", "\"1969-12-31T23:59:59.999999\""},
      {"timestamp with zone", arrow::timestamp(arrow::TimeUnit::NANO, "UTC"), "[1]",
       "1970-01-01 00:00:00.000000001+00:00", "\"1970-01-01T00:00:00.000000001+00:00\""},
      {"text", arrow::utf8(), R"(["é\u0001"])", "é\x01", "\"é\\u0001\""},
      {"list", arrow::list(arrow::int32()), "[[1, null]]", "[1, NULL]", "[1,null]"},
      {"struct",
       arrow::struct_(
           {arrow::field("a", arrow::int32()), arrow::field("b", arrow::utf8())}),
       R"([{"a": 1, "b": "x"}])", "{a: 1, b: x}", R"({"a":1,"b":"x"})"},
      {"map", arrow::map(arrow::utf8(), arrow::int32()), R"([[["k", 1]]])", "{k=1}",
       R"({"k":1})"},
      {"map of numbers", arrow::map(arrow::int32(), arrow::int32()), R"([[[1, 2]]])",
       "{1=2}", R"([{"key":1,"value":2}])"},
      {"null", arrow::null(), "[null]", "NULL", "null"},
  };
  for (const ValueCase& c : cases) {
    SCOPED_TRACE(c.name);
    const auto array = ArrayOf(c.type, c.input);
    EXPECT_EQ(ValueText(*array, 0), c.text);
    std::string json;
    AppendJson(*array, 0, &json);
    EXPECT_EQ(json, c.json);
  }
}

TEST(ValueText, BinaryIsHexadecimal) {
  arrow::BinaryBuilder builder;
  ASSERT_OK(builder.Append(std::string_view("\x00\xde\xad", 3)));
  ASSERT_OK_AND_ASSIGN(const auto array, builder.Finish());
  EXPECT_EQ(ValueText(*array, 0), "00dead");
}

TEST(ValueText, NotANumberIsTextInJson) {
  arrow::DoubleBuilder builder;
  ASSERT_OK(builder.AppendValues({std::numeric_limits<double>::quiet_NaN(),
                                  -std::numeric_limits<double>::infinity()}));
  ASSERT_OK_AND_ASSIGN(const auto array, builder.Finish());
  std::string json;
  AppendJson(*array, 0, &json);
  AppendJson(*array, 1, &json);
  EXPECT_EQ(json, "\"NaN\"\"-Infinity\"");
}

TEST(ValueText, JsonStringsAreAlwaysUtf8) {
  std::string json;
  AppendJsonString("a\xff\xc3(é\\\"", &json);
  EXPECT_EQ(json, "\"a\xef\xbf\xbd\xef\xbf\xbd(é\\\\\\\"\"");
}

TEST(TimeText, AnyYear) {
  EXPECT_EQ(DateText(0), "1970-01-01");
  EXPECT_EQ(DateText(11'016), "2000-02-29");
  EXPECT_EQ(DateText(-719'162), "0001-01-01");
  EXPECT_EQ(DateText(-719'528), "0000-01-01");
  EXPECT_EQ(DateText(-719'529), "-0001-12-31");
  EXPECT_EQ(DateText(2'932'897), "+10000-01-01");
  EXPECT_EQ(IntervalText(14, 3, 1'500'000'000), "1 year 2 months 3 days 00:00:01.5");
  EXPECT_EQ(IntervalText(0, 0, 0), "00:00:00");
  EXPECT_EQ(IntervalText(0, 0, -1'000'000'000), "-00:00:01");
}

}  // namespace
}  // namespace tarn::cli
