#include "tarn/storage/table_writer.h"

#include <limits>

#include <arrow/compare.h>
#include <arrow/extension/uuid.h>
#include <arrow/io/interfaces.h>
#include <parquet/statistics.h>

#include "tarn/iceberg/value.h"
#include "tarn/storage/table_writer_fixture_test.h"

namespace tarn::storage {
namespace {

using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::SizeIs;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

std::vector<Field> EveryPrimitive() {
  return {Column(1, "flag", Type::Boolean()),
          Column(2, "i", Type::Int()),
          Column(3, "l", Type::Long()),
          Column(4, "f", Type::Float()),
          Column(5, "d", Type::Double()),
          Column(6, "dec9", Type::Decimal(9, 2)),
          Column(7, "dec18", Type::Decimal(18, 4)),
          Column(8, "dec38", Type::Decimal(38, 0)),
          Column(9, "date", Type::Date()),
          Column(10, "time", Type::Time()),
          Column(11, "ts", Type::Timestamp()),
          Column(12, "tstz", Type::TimestampTz()),
          Column(13, "s", Type::String()),
          Column(14, "u", Type::Uuid()),
          Column(15, "fix", Type::Fixed(3)),
          Column(16, "bin", Type::Binary())};
}

constexpr char kTwoRowsAndNulls[] = R"([
  [true, -7, 34, 1.5, -2.25, "12.34", "-1.0000", "99999999999999999999999999999999999999",
   1, 1000000, -1, 1700000000000000, "b", "0123456789abcdef", "abc", "xyz"],
  [null, null, null, null, null, null, null, null,
   null, null, null, null, null, null, null, null],
  [false, 2147483647, -9223372036854775808, -0.5, 1e300, "-9999999.99", "99999999999999.9999",
   "-5", -719162, 0, 1, 0, "a", "ffffffffffffffff", "ab\u0001", ""]])";

TEST_F(TableWriterTest, EveryTypeComesBackAsItWas) {
  MakeTable(EveryPrimitive());
  const auto rows = Rows(kTwoRowsAndNulls);
  ASSERT_OK_AND_ASSIGN(const auto files, WriteAll({rows}));
  ASSERT_THAT(files, SizeIs(1));
  const auto table = Read(files[0]);
  ASSERT_EQ(table->num_columns(), rows->num_columns());
  for (int i = 0; i < rows->num_columns(); ++i) {
    SCOPED_TRACE(rows->schema()->field(i)->name());
    EXPECT_TRUE(table->column(i)->chunk(0)->Equals(rows->column(i)))
        << table->column(i)->ToString() << rows->column(i)->ToString();
  }
}

/// The bounds as values, and the counts, against what a person computes.
TEST_F(TableWriterTest, MetricsOfEveryType) {
  MakeTable(EveryPrimitive());
  ASSERT_OK_AND_ASSIGN(const auto files, WriteAll({Rows(kTwoRowsAndNulls)}));
  ASSERT_THAT(files, SizeIs(1));
  using iceberg::int128_t;
  const int128_t half = 10'000'000'000'000'000'000ULL;
  const int128_t huge = half * half - 1;  // 38 digits
  const std::tuple<iceberg::FieldId, iceberg::Value, iceberg::Value> cases[] = {
      {1, false, true},
      {2, -7, 2147483647},
      {3, std::numeric_limits<int64_t>::min(), int64_t{34}},
      {4, -0.5F, 1.5F},
      {5, -2.25, 1e300},
      {6, int128_t{-999999999}, int128_t{1234}},
      {7, int128_t{-10000}, int128_t{999999999999999999}},
      {8, int128_t{-5}, huge},
      {9, -719162, 1},
      {10, int64_t{0}, int64_t{1000000}},
      {11, int64_t{-1}, int64_t{1}},
      {12, int64_t{0}, int64_t{1700000000000000}},
      {13, std::string("a"), std::string("b")},
      {14, std::string("0123456789abcdef"), std::string("ffffffffffffffff")},
      {15, std::string("ab\x01"), std::string("abc")},
      {16, std::string(""), std::string("xyz")},
  };
  for (const auto& [id, lower, upper] : cases) {
    SCOPED_TRACE(metadata_->schema().NameOf(id));
    const Type& type = metadata_->schema().FindById(id)->type;
    const iceberg::ColumnStats* stats = iceberg::FindColumnStats(files[0], id);
    ASSERT_NE(stats, nullptr);
    EXPECT_EQ(stats->value_count, 3);
    EXPECT_EQ(stats->null_count, 1);
    EXPECT_GT(stats->column_size.value_or(0), 0);
    EXPECT_EQ(stats->lower_bound, iceberg::ValueToBytes(type, lower));
    EXPECT_EQ(stats->upper_bound, iceberg::ValueToBytes(type, upper));
    const bool is_float = id == 4 || id == 5;
    EXPECT_EQ(stats->nan_count, is_float ? std::optional<int64_t>(0) : std::nullopt);
  }
  EXPECT_EQ(files[0].record_count, 3);
}

TEST_F(TableWriterTest, TheFileItself) {
  MakeTable(EveryPrimitive());
  TableWriterOptions options;
  options.parquet.codec.compression = Compression::kZstd;
  options.parquet.row_group_rows_max = 2;
  ASSERT_OK_AND_ASSIGN(const auto files, WriteAll({Rows(kTwoRowsAndNulls)}, options));
  ASSERT_THAT(files, SizeIs(1));
  const iceberg::DataFile& file = files[0];
  EXPECT_THAT(file.file_path,
              MatchesRegex("/lake/ns/orders-0a1b2c3d/data/"
                           "orders_data_20240101_[0-9A-HJKMNP-TV-Z]+[.]parquet"));
  EXPECT_EQ(file.sort_order_id, iceberg::SortOrderId{0});
  EXPECT_TRUE(file.partition.empty());
  ASSERT_OK_AND_ASSIGN(const auto info, io_.Stat(file.file_path));
  EXPECT_EQ(info.size_bytes, file.file_size_bytes);
  const auto footer = Footer(file);
  ASSERT_EQ(footer->num_row_groups(), 2);
  ASSERT_THAT(file.split_offsets, SizeIs(2));
  EXPECT_EQ(file.split_offsets[0], 4);  // after the magic number
  EXPECT_GT(file.split_offsets[1], file.split_offsets[0]);
  EXPECT_EQ(footer->RowGroup(0)->ColumnChunk(0)->compression(), arrow::Compression::ZSTD);
  for (int i = 0; i < footer->num_columns(); ++i) {
    EXPECT_EQ(footer->schema()->Column(i)->schema_node()->field_id(), i + 1);
  }
}

TEST_F(TableWriterTest, Trap49_DecimalsTakeTheSmallestPhysicalType) {
  MakeTable(EveryPrimitive());
  ASSERT_OK_AND_ASSIGN(const auto files, WriteAll({Rows(kTwoRowsAndNulls)}));
  const auto footer = Footer(files[0]);
  EXPECT_EQ(footer->schema()->Column(5)->physical_type(), parquet::Type::INT32);
  EXPECT_EQ(footer->schema()->Column(6)->physical_type(), parquet::Type::INT64);
  EXPECT_EQ(footer->schema()->Column(7)->physical_type(),
            parquet::Type::FIXED_LEN_BYTE_ARRAY);
  EXPECT_EQ(footer->schema()->Column(7)->type_length(), 16);
}

TEST_F(TableWriterTest, Trap50_UuidAndTimestampsCarryTheirLogicalTypes) {
  MakeTable({Column(1, "u", Type::Uuid()), Column(2, "ts", Type::Timestamp()),
             Column(3, "tstz", Type::TimestampTz()), Column(4, "t", Type::Time()),
             Column(5, "nested", Type::Struct({Column(6, "u", Type::Uuid())})),
             Column(7, "us", Type::List(8, Type::Uuid(), false))});
  ASSERT_OK_AND_ASSIGN(
      const auto files,
      WriteAll({Rows(
          R"([["0123456789abcdef", 1, 1, 1, {"u": "fedcba9876543210"}, ["0000000000000000"]]])")}));
  const auto footer = Footer(files[0]);
  const auto logical = [&](int i) {
    return footer->schema()->Column(i)->logical_type()->ToString();
  };
  EXPECT_EQ(logical(0), "UUID");
  EXPECT_EQ(footer->schema()->Column(0)->type_length(), 16);
  EXPECT_THAT(logical(1),
              ::testing::HasSubstr("isAdjustedToUTC=false, timeUnit=microseconds"));
  EXPECT_THAT(logical(2),
              ::testing::HasSubstr("isAdjustedToUTC=true, timeUnit=microseconds"));
  EXPECT_THAT(logical(3),
              ::testing::HasSubstr("isAdjustedToUTC=false, timeUnit=microseconds"));
  EXPECT_EQ(logical(4), "UUID");
  EXPECT_EQ(logical(5), "UUID");
  EXPECT_EQ(footer->schema()->Column(1)->physical_type(), parquet::Type::INT64);
}

TEST_F(TableWriterTest, Trap10_UpperBoundsAreCutAtCodePointsAndRaised) {
  MakeTable({Column(1, "s", Type::String()), Column(2, "b", Type::Binary())});
  std::string text;
  for (int i = 0; i < 20; ++i) {
    text += "\xC3\xA9";  // é
  }
  const std::string cut = text.substr(0, 32);
  arrow::StringBuilder strings;
  arrow::BinaryBuilder binaries;
  ASSERT_OK(strings.Append(text));
  ASSERT_OK(binaries.Append(std::string(20, '\xFF')));
  const auto rows =
      arrow::RecordBatch::Make(ArrowSchema(), 1, {*strings.Finish(), *binaries.Finish()});
  ASSERT_OK_AND_ASSIGN(const auto files, WriteAll({rows}));
  const iceberg::ColumnStats& s = files[0].columns[0];
  EXPECT_EQ(s.lower_bound, cut);
  EXPECT_EQ(s.upper_bound, cut.substr(0, 30) + "\xC3\xAA");  // é became ê
  const iceberg::ColumnStats& b = files[0].columns[1];
  EXPECT_EQ(b.lower_bound, std::string(16, '\xFF'));
  EXPECT_EQ(b.upper_bound, std::nullopt);  // nothing of 16 bytes is larger
}

TEST_F(TableWriterTest, Trap11_StringsOrderByBytes) {
  MakeTable({Column(1, "s", Type::String())});
  // U+FF5E sorts after U+1F600 as UTF-16 and before it as code points.
  ASSERT_OK_AND_ASSIGN(const auto files,
                       WriteAll({Rows("[[\"\xEF\xBD\x9E\"], [\"\xF0\x9F\x98\x80\"]]")}));
  EXPECT_EQ(files[0].columns[0].lower_bound, "\xEF\xBD\x9E");
  EXPECT_EQ(files[0].columns[0].upper_bound, "\xF0\x9F\x98\x80");
}

TEST_F(TableWriterTest, Trap12_UnknownIsAbsentAndNotZero) {
  MakeTable({Column(1, "none", Type::Int()), Column(2, "counts", Type::Int()),
             Column(3, "full", Type::String()), Column(4, "nulls", Type::Int()),
             Column(5, "all", Type::Int())},
            {},
            {{"write.metadata.metrics.column.none", "none"},
             {"write.metadata.metrics.column.counts", "counts"},
             {"write.metadata.metrics.column.full", "full"}});
  const std::string text(100, 'x');
  ASSERT_OK_AND_ASSIGN(const auto files,
                       WriteAll({Rows("[[1, 2, \"" + text + "\", null, 3]]")}));
  const auto& columns = files[0].columns;
  EXPECT_EQ(columns[0].value_count, std::nullopt);
  EXPECT_EQ(columns[0].null_count, std::nullopt);
  EXPECT_NE(columns[0].column_size, std::nullopt);
  EXPECT_EQ(columns[1].value_count, 1);
  EXPECT_EQ(columns[1].lower_bound, std::nullopt);
  EXPECT_EQ(columns[2].upper_bound, text);
  EXPECT_EQ(columns[3].null_count, 1);
  EXPECT_EQ(columns[3].lower_bound, std::nullopt);
  EXPECT_EQ(columns[4].null_count, 0);
}

TEST_F(TableWriterTest, Trap13_NanIsCountedAndNeverABound) {
  MakeTable({Column(1, "d", Type::Double()), Column(2, "f", Type::Float()),
             Column(3, "only", Type::Double()), Column(4, "zero", Type::Double())});
  arrow::DoubleBuilder d;
  arrow::FloatBuilder f;
  arrow::DoubleBuilder only;
  arrow::DoubleBuilder zero;
  const double values[] = {kNan, 3.0, -kNan, -1.0};
  const double zeros[] = {0.0, -0.0, 0.0, -0.0};
  for (int i = 0; i < 4; ++i) {
    ASSERT_OK(d.Append(values[i]));
    ASSERT_OK(f.Append(static_cast<float>(values[i])));
    ASSERT_OK(only.Append(kNan));
    ASSERT_OK(zero.Append(zeros[i]));
  }
  const auto rows = arrow::RecordBatch::Make(
      ArrowSchema(), 4, {*d.Finish(), *f.Finish(), *only.Finish(), *zero.Finish()});
  TableWriterOptions options;
  options.parquet.row_group_rows_max =
      1;  // a row group of NaN alone must not hide the others' bounds
  ASSERT_OK_AND_ASSIGN(const auto files, WriteAll({rows}, options));
  const auto& columns = files[0].columns;
  EXPECT_EQ(columns[0].nan_count, 2);
  EXPECT_EQ(columns[0].lower_bound, iceberg::ValueToBytes(Type::Double(), -1.0));
  EXPECT_EQ(columns[0].upper_bound, iceberg::ValueToBytes(Type::Double(), 3.0));
  EXPECT_EQ(columns[1].nan_count, 2);
  EXPECT_EQ(columns[1].upper_bound, iceberg::ValueToBytes(Type::Float(), 3.0F));
  EXPECT_EQ(columns[2].nan_count, 4);
  EXPECT_EQ(columns[2].lower_bound, std::nullopt);
  EXPECT_EQ(columns[2].upper_bound, std::nullopt);
  EXPECT_EQ(columns[3].lower_bound, iceberg::ValueToBytes(Type::Double(), -0.0));
  EXPECT_EQ(columns[3].upper_bound, iceberg::ValueToBytes(Type::Double(), 0.0));
}

TEST_F(TableWriterTest, LongStringsHaveBoundsThoughTheFooterHasNone) {
  MakeTable({Column(1, "s", Type::String())});
  const std::string low = "a" + std::string(100'000, 'x');
  const std::string high = "z" + std::string(100'000, 'x');
  ASSERT_OK_AND_ASSIGN(
      const auto files,
      WriteAll({Rows("[[\"" + high + "\"], [\"" + low + "\"], [\"m\"]]")}));
  EXPECT_EQ(files[0].columns[0].lower_bound, low.substr(0, 16));
  EXPECT_EQ(files[0].columns[0].upper_bound, high.substr(0, 15) + "y");
  EXPECT_LT(files[0].file_size_bytes, 50'000) << "the footer holds the long values";
}

TEST_F(TableWriterTest, NestedColumns) {
  MakeTable({Column(1, "p",
                    Type::Struct({Column(2, "x", Type::Double(), true),
                                  Column(3, "name", Type::String())})),
             Column(4, "tags", Type::List(5, Type::String(), false)),
             Column(6, "m", Type::Map(7, Type::String(), 8, Type::Double(), false))});
  const auto rows = Rows(R"([
    [{"x": 1.5, "name": "n"}, ["a", null], [["k", 2.5]]],
    [null, null, null],
    [{"x": NaN, "name": null}, [], [["k", NaN], ["l", null]]]])");
  ASSERT_OK_AND_ASSIGN(const auto files, WriteAll({rows}));
  ASSERT_THAT(files, SizeIs(1));
  const auto table = Read(files[0]);
  for (int i = 0; i < rows->num_columns(); ++i) {
    SCOPED_TRACE(rows->schema()->field(i)->name());
    EXPECT_TRUE(table->column(i)->chunk(0)->Equals(
        rows->column(i), arrow::EqualOptions().nans_equal(true)))
        << table->column(i)->ToString() << rows->column(i)->ToString();
  }
  // Ids as the table gave them: p 1, tags 2, m 3, p.x 4, p.name 5, tags.element 6, m.key
  // 7, m.value 8.
  const auto stats = [&](const char* name) {
    return *iceberg::FindColumnStats(files[0], metadata_->schema().FindByName(name)->id);
  };
  EXPECT_EQ(stats("p.x").nan_count, 1);
  EXPECT_EQ(stats("p.x").null_count, 1);
  EXPECT_EQ(stats("p.x").upper_bound, iceberg::ValueToBytes(Type::Double(), 1.5));
  EXPECT_EQ(stats("p.name").lower_bound, "n");
  EXPECT_EQ(stats("m.value").nan_count, 1);
  EXPECT_EQ(stats("m.value").upper_bound, std::nullopt)
      << "no bounds below lists and maps";
  EXPECT_EQ(stats("tags.element").lower_bound, std::nullopt);
  EXPECT_THAT(files[0].columns, SizeIs(5)) << "leaves only";
}

TEST_F(TableWriterTest, OnlyTheFirstHundredColumnsHaveInferredMetrics) {
  std::vector<Field> fields;
  std::string row = "[[";
  for (int i = 1; i <= 120; ++i) {
    fields.push_back(Column(i, "c" + std::to_string(i), Type::Int()));
    row += i == 1 ? "1" : ",1";
  }
  MakeTable(fields);
  ASSERT_OK_AND_ASSIGN(const auto files, WriteAll({Rows(row + "]]")}));
  EXPECT_NE(files[0].columns[99].lower_bound, std::nullopt);
  EXPECT_EQ(files[0].columns[100].lower_bound, std::nullopt);
  EXPECT_EQ(files[0].columns[100].value_count, std::nullopt);
}

TEST_F(TableWriterTest, NullsInRequiredColumns) {
  MakeTable({Column(1, "id", Type::Long(), true),
             Column(2, "p", Type::Struct({Column(3, "x", Type::Int(), true)})),
             Column(4, "l", Type::List(5, Type::Int(), true))});
  const auto nullable = arrow::schema(
      {arrow::field("id", arrow::int64()),
       arrow::field("p", arrow::struct_({arrow::field("x", arrow::int32())})),
       arrow::field("l", arrow::list(arrow::int32()))});
  const std::pair<const char*, const char*> cases[] = {
      {R"([[1, {"x": 1}, [1]], [null, {"x": 1}, [1]]])", "Column id, row 2: null"},
      {R"([[1, null, [1]], [2, {"x": null}, null]])", "Column p.x, row 2: null"},
      {R"([[1, null, null], [2, null, []], [3, null, [1, null]]])",
       "Column l[2], row 3: null"},
  };
  for (const auto& [json, message] : cases) {
    SCOPED_TRACE(json);
    ASSERT_OK_AND_ASSIGN(auto writer, OpenWriter());
    EXPECT_ERROR(writer->Append(*RowsOf(nullable, json)), ErrorCode::kConstraintViolated,
                 message);
    EXPECT_FALSE(writer->Append(*RowsOf(nullable, "[]")).ok()) << "usable after an error";
  }
  ASSERT_OK_AND_ASSIGN(auto writer, OpenWriter());
  ASSERT_OK(writer->Append(*RowsOf(nullable, "[[1, null, null], [2, {\"x\": 3}, [4]]]")));
  EXPECT_ERROR(writer->Append(*RowsOf(nullable, "[[3, null, null], [null, null, null]]")),
               ErrorCode::kConstraintViolated, "row 4");
  writer->Abort();
  EXPECT_EQ(io_.num_files(), 0U);
}

TEST_F(TableWriterTest, LosslessCoercions) {
  struct Case {
    Type to;
    std::shared_ptr<arrow::DataType> from;
    const char* values;
    const char* expected;
  };
  const Case cases[] = {
      {Type::Long(), arrow::int32(), "[1, null]", "[1, null]"},
      {Type::Long(), arrow::uint64(), "[9223372036854775807]", "[9223372036854775807]"},
      {Type::Int(), arrow::int64(), "[2147483647, -5]", "[2147483647, -5]"},
      {Type::Double(), arrow::float32(), "[1.5]", "[1.5]"},
      {Type::Decimal(20, 0), arrow::uint64(), "[18446744073709551615]",
       "[\"18446744073709551615\"]"},
      {Type::Decimal(10, 3), arrow::decimal128(5, 2), "[\"123.45\"]", "[\"123.450\"]"},
      {Type::String(), arrow::large_utf8(), "[\"a\", null]", "[\"a\", null]"},
      {Type::String(), arrow::utf8_view(), "[\"a string of some length\"]",
       "[\"a string of some length\"]"},
      {Type::String(), arrow::null(), "[null, null]", "[null, null]"},
      {Type::Binary(), arrow::utf8(), "[\"a\"]", "[\"a\"]"},
      {Type::Date(), arrow::date64(), "[86400000]", "[1]"},
      {Type::Time(), arrow::time32(arrow::TimeUnit::SECOND), "[2]", "[2000000]"},
      {Type::Timestamp(), arrow::timestamp(arrow::TimeUnit::SECOND), "[-1]",
       "[-1000000]"},
      {Type::Timestamp(), arrow::timestamp(arrow::TimeUnit::NANO), "[5000]", "[5]"},
      {Type::TimestampTz(), arrow::timestamp(arrow::TimeUnit::MILLI, "Asia/Tokyo"), "[1]",
       "[1000]"},
      {Type::List(2, Type::Long(), false), arrow::large_list(arrow::int16()),
       "[[1, null], null, []]", "[[1, null], null, []]"},
      {Type::List(2, Type::Long(), false), arrow::fixed_size_list(arrow::int64(), 2),
       "[[1, 2], [3, 4]]", "[[1, 2], [3, 4]]"},
      {Type::Struct({Column(2, "a", Type::Long())}),
       arrow::struct_({arrow::field("b", arrow::int8())}), "[[7], null]", "[[7], null]"},
      {Type::Map(2, Type::String(), 3, Type::Long(), false),
       arrow::map(arrow::large_utf8(), arrow::int32()), "[[[\"k\", 1]], null]",
       "[[[\"k\", 1]], null]"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.from->ToString() + " to " + c.to.ToString());
    MakeTable({Column(1, "c", c.to)});
    const auto from =
        arrow::json::ArrayFromJSONString(c.from, std::string("[null,") + (c.values + 1));
    ASSERT_OK(from);
    const auto slice = (*from)->Slice(1);  // a slice: offsets must be respected
    const auto batch = arrow::RecordBatch::Make(
        arrow::schema({arrow::field("c", c.from)}), slice->length(), {slice});
    ASSERT_OK_AND_ASSIGN(const auto files, WriteAll({batch}));
    const auto read = Read(files[0])->column(0)->chunk(0);
    ASSERT_OK_AND_ASSIGN(
        const auto expected,
        arrow::json::ArrayFromJSONString(ArrowSchema()->field(0)->type(), c.expected));
    EXPECT_TRUE(read->Equals(expected)) << read->ToString() << "\n"
                                        << expected->ToString();
  }
}

TEST_F(TableWriterTest, DictionariesAndUuids) {
  MakeTable({Column(1, "s", Type::String()), Column(2, "u", Type::Uuid())});
  ASSERT_OK_AND_ASSIGN(const auto words,
                       arrow::json::DictArrayFromJSONString(
                           arrow::dictionary(arrow::int8(), arrow::utf8()),
                           "[0, 1, null, 0]", R"(["x", "y"])"));
  ASSERT_OK_AND_ASSIGN(
      const auto storage,
      arrow::json::ArrayFromJSONString(arrow::fixed_size_binary(16),
                                       R"(["0123456789abcdef", null, null, null])"));
  const auto uuids = arrow::ExtensionType::WrapArray(arrow::extension::uuid(), storage);
  const auto batch = arrow::RecordBatch::Make(
      arrow::schema({arrow::field("s", words->type()), arrow::field("u", uuids->type())}),
      4, {words, uuids});
  ASSERT_OK_AND_ASSIGN(const auto files, WriteAll({batch}));
  const auto table = Read(files[0]);
  const auto& read = static_cast<const arrow::StringArray&>(*table->column(0)->chunk(0));
  EXPECT_EQ(read.GetString(1), "y");
  EXPECT_TRUE(read.IsNull(2));
  EXPECT_EQ(read.GetString(3), "x");
}

TEST_F(TableWriterTest, ValuesThatDoNotFit) {
  struct Case {
    Type to;
    std::shared_ptr<arrow::DataType> from;
    const char* values;
    ErrorCode code;
    const char* message;
  };
  const Case cases[] = {
      {Type::Int(), arrow::int64(), "[1, 2, 3000000000]", ErrorCode::kConstraintViolated,
       "Column c, row 3"},
      {Type::Long(), arrow::uint64(), "[18446744073709551615]",
       ErrorCode::kConstraintViolated, "row 1"},
      {Type::Timestamp(), arrow::timestamp(arrow::TimeUnit::NANO), "[1000, 1001]",
       ErrorCode::kConstraintViolated, "row 2"},
      {Type::Decimal(4, 1), arrow::decimal128(5, 2), "[\"1.50\", \"1.55\"]",
       ErrorCode::kConstraintViolated, "row 2"},
      {Type::Int(), arrow::float64(), "[1]", ErrorCode::kTypeMismatch, "Column c is int"},
      {Type::Float(), arrow::float64(), "[1]", ErrorCode::kTypeMismatch, "double"},
      {Type::Int(), arrow::utf8(), "[\"1\"]", ErrorCode::kTypeMismatch, "string"},
      {Type::Timestamp(), arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"), "[1]",
       ErrorCode::kTypeMismatch, "UTC"},
      {Type::String(), arrow::binary(), "[\"a\"]", ErrorCode::kTypeMismatch, "binary"},
      {Type::List(2, Type::Int(), false), arrow::int32(), "[1]", ErrorCode::kTypeMismatch,
       "list"},
      {Type::Fixed(3), arrow::fixed_size_binary(2), "[\"ab\"]", ErrorCode::kTypeMismatch,
       "fixed"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.from->ToString() + " to " + c.to.ToString());
    MakeTable({Column(1, "c", c.to)});
    const auto array = arrow::json::ArrayFromJSONString(c.from, c.values);
    ASSERT_OK(array);
    const auto batch = arrow::RecordBatch::Make(
        arrow::schema({arrow::field("c", c.from)}), (*array)->length(), {*array});
    EXPECT_ERROR(WriteAll({batch}), c.code, c.message);
  }
  MakeTable({Column(1, "a", Type::Int()), Column(2, "b", Type::Int())});
  EXPECT_ERROR(
      WriteAll({RowsOf(arrow::schema({arrow::field("a", arrow::int32())}), "[[1]]")}),
      ErrorCode::kTypeMismatch, "2 columns");
}

TEST_F(TableWriterTest, NoRowsNoFile) {
  MakeTable({Column(1, "a", Type::Int())});
  ASSERT_OK_AND_ASSIGN(const auto files, WriteAll({Rows("[]")}));
  EXPECT_THAT(files, IsEmpty());
  EXPECT_EQ(io_.num_files(), 0U);
}

TEST_F(TableWriterTest, FilesAreEndedAtTheirSize) {
  MakeTable({Column(1, "a", Type::Long()), Column(2, "s", Type::String())});
  TableWriterOptions options;
  options.file_bytes_max = 200'000;
  options.parquet.codec.compression = Compression::kNone;
  ASSERT_OK_AND_ASSIGN(auto writer, OpenWriter(options));
  int64_t next = 0;
  for (int batch = 0; batch < 40; ++batch) {
    arrow::Int64Builder a;
    arrow::StringBuilder s;
    for (int i = 0; i < 1000; ++i) {
      ASSERT_OK(a.Append(next));
      ASSERT_OK(s.Append("value " + std::to_string(next++ * 7919)));
    }
    ASSERT_OK(writer->Append(
        *arrow::RecordBatch::Make(ArrowSchema(), 1000, {*a.Finish(), *s.Finish()})));
  }
  EXPECT_EQ(writer->rows_written(), 40'000);
  ASSERT_OK_AND_ASSIGN(const auto files, writer->Finish());
  ASSERT_GE(files.size(), 4U);
  int64_t expected = 0;
  for (size_t i = 0; i < files.size(); ++i) {
    EXPECT_LT(files[i].file_size_bytes, 300'000);
    if (i + 1 < files.size()) {
      EXPECT_GT(files[i].file_size_bytes, 100'000);
    }
    const auto table = Read(files[i]);
    const auto& a = static_cast<const arrow::Int64Array&>(*table->column(0)->chunk(0));
    for (int64_t row = 0; row < a.length(); ++row) {
      ASSERT_EQ(a.Value(row), expected++);
    }
  }
  EXPECT_EQ(expected, 40'000);
}

TEST_F(TableWriterTest, EveryCodec) {
  for (const char* codec : {"none", "snappy", "GZIP", "zstd", "brotli", "lz4"}) {
    SCOPED_TRACE(codec);
    MakeTable({Column(1, "a", Type::Long())}, {},
              {{"write.parquet.compression-codec", codec}});
    ASSERT_OK_AND_ASSIGN(const auto options, TableWriterOptionsFor(*metadata_));
    ASSERT_OK_AND_ASSIGN(const auto files, WriteAll({Rows("[[1], [2], [3]]")}, options));
    EXPECT_EQ(Read(files[0])->num_rows(), 3);
  }
}

TEST_F(TableWriterTest, OptionsFromProperties) {
  MakeTable({Column(1, "a", Type::Long())}, {},
            {{"write.target-file-size-bytes", "1000000"},
             {"write.parquet.compression-codec", "zstd"},
             {"write.parquet.compression-level", "9"},
             {"write.parquet.row-group-size-bytes", "65536"}});
  ASSERT_OK_AND_ASSIGN(const auto options, TableWriterOptionsFor(*metadata_));
  EXPECT_EQ(options.file_bytes_max, 1'000'000);
  EXPECT_EQ(options.parquet.codec.compression, Compression::kZstd);
  EXPECT_EQ(options.parquet.codec.level, 9);
  EXPECT_EQ(options.parquet.row_group_bytes_max, 65'536);
  const std::pair<const char*, const char*> bad[] = {
      {"write.target-file-size-bytes", "0"},
      {"write.target-file-size-bytes", "10 MB"},
      {"write.parquet.compression-codec", "lzo"},
      {"write.parquet.row-group-size-bytes", "-1"},
      {"write.parquet.compression-level", "23"},
  };
  for (const auto& [key, value] : bad) {
    SCOPED_TRACE(std::string(key) + "=" + value);
    Properties properties = {{"write.parquet.compression-codec", "zstd"}};
    properties[key] = value;
    MakeTable({Column(1, "a", Type::Long())}, {}, properties);
    EXPECT_ERROR(TableWriterOptionsFor(*metadata_), ErrorCode::kInvalidArgument, value);
  }
  MakeTable({Column(1, "a", Type::Long())}, {},
            {{"write.metadata.metrics.default", "truncate(0)"}});
  EXPECT_ERROR(OpenWriter(), ErrorCode::kInvalidArgument, "truncate()");
}

TEST_F(TableWriterTest, DataPathAndTableName) {
  MakeTable({Column(1, "a", Type::Long())}, {},
            {{"write.data.path", "/elsewhere/files/"}});
  TableWriterOptions options;
  options.table_name = "we ird/\xE2\x82\xAC";
  ASSERT_OK_AND_ASSIGN(const auto files, WriteAll({Rows("[[1]]")}, options));
  EXPECT_THAT(files[0].file_path, MatchesRegex("/elsewhere/files/we_ird____"
                                               "_data_20240101_[0-9A-Z]+[.]parquet"));
}

TEST_F(TableWriterTest, AnUnfinishedWriterLeavesNothing) {
  MakeTable({Column(1, "a", Type::Long())});
  TableWriterOptions options;
  options.file_bytes_max = 1;  // every batch ends a file
  {
    ASSERT_OK_AND_ASSIGN(auto writer, OpenWriter(options));
    ASSERT_OK(writer->Append(*Rows("[[1]]")));
    ASSERT_OK(writer->Append(*Rows("[[2]]")));
    EXPECT_GE(io_.num_files(), 1U);
  }
  EXPECT_EQ(io_.num_files(), 0U);
}

}  // namespace
}  // namespace tarn::storage
