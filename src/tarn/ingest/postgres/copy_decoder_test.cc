#include "tarn/ingest/postgres/copy_decoder.h"

#include <bit>
#include <limits>

#include <arrow/array/array_base.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tarn/base/error.h"
#include "tarn/ingest/postgres/copy_bytes_test.h"

namespace tarn::ingest::postgres {
namespace {

using ::testing::HasSubstr;

ColumnType Of(Form form) { return {.form = form}; }
ColumnType ArrayOf(Form form) {
  return {.form = Form::kArray, .members = {{"element", Of(form)}}};
}
ColumnType Point() {
  return {.form = Form::kComposite,
          .members = {{"x", Of(Form::kInt32)}, {"label", Of(Form::kText)}}};
}
std::string PointBytes(const std::string& x, const std::string& label) {
  return BigEndian<int32_t>(2) + BigEndian<int32_t>(23) + x + BigEndian<int32_t>(25) +
         label;
}

/// The only column of a COPY of these values, as JSON-like text.
Result<std::string> Decoded(const ColumnType& type,
                            const std::vector<std::string>& values,
                            const DecodeOptions& options = {}) {
  ARROW_ASSIGN_OR_RAISE(auto decoder, CopyDecoder::Make({{"c", type}}, options));
  std::string bytes = CopyHead();
  for (const std::string& value : values) {
    bytes += CopyRow({value});
  }
  RETURN_NOT_OK(decoder->Append(bytes + CopyEnd()));
  EXPECT_TRUE(decoder->has_ended());
  EXPECT_EQ(decoder->num_rows(), static_cast<int64_t>(values.size()));
  ARROW_ASSIGN_OR_RAISE(const auto batch, decoder->Flush());
  RETURN_NOT_OK(batch->ValidateFull());
  EXPECT_TRUE(batch->schema()->Equals(decoder->schema()));
  std::string text = batch->column(0)->ToString();
  std::erase_if(text, [](char c) { return c == ' ' || c == '\n'; });
  return text;
}

TEST(CopyDecoder, KnowsTheFormsOfValues) {
  const int64_t noon = int64_t{12} * 3'600 * 1'000'000;
  struct Case {
    ColumnType type;
    std::vector<std::string> values;
    const char* decoded;
  };
  const std::vector<Case> cases = {
      {Of(Form::kBool), {Sized("\1"), Sized({"\0", 1}), Null()}, "[true,false,null]"},
      {Of(Form::kInt16), {Sized(BigEndian<int16_t>(-2))}, "[-2]"},
      {Of(Form::kInt32), {Sized(BigEndian<int32_t>(-70'000))}, "[-70000]"},
      {Of(Form::kInt64),
       {Sized(BigEndian(std::numeric_limits<int64_t>::min())), Null()},
       "[-9223372036854775808,null]"},
      {Of(Form::kOid), {Sized(BigEndian<uint32_t>(4'294'967'295U))}, "[4294967295]"},
      {Of(Form::kFloat32), {Sized(BigEndian(std::bit_cast<uint32_t>(1.5F)))}, "[1.5]"},
      {Of(Form::kFloat64), {Sized(BigEndian(std::bit_cast<uint64_t>(-0.1)))}, "[-0.1]"},
      {{.form = Form::kNumeric, .precision = 9, .scale = 2},
       {Sized(NumericBytes({12, 5'000}, 0, 0, 1)), Null()},
       "[12.50,null]"},
      {Of(Form::kText), {Sized("grün"), Sized(""), Null()}, "[\"grün\",\"\",null]"},
      {Of(Form::kJsonb), {Sized("\1{\"a\":1}")}, "[\"{\"a\":1}\"]"},
      {Of(Form::kBytes), {Sized({"\0\xFF", 2})}, "[00FF]"},
      {Of(Form::kDate),
       {Sized(BigEndian<int32_t>(0)), Sized(BigEndian<int32_t>(-10'958))},
       "[2000-01-01,1969-12-31]"},
      {Of(Form::kTime), {Sized(BigEndian(noon))}, "[12:00:00.000000]"},
      {Of(Form::kTimestamp), {Sized(BigEndian(noon + 1))}, "[2000-01-0112:00:00.000001]"},
      {Of(Form::kInstant), {Sized(BigEndian(-noon))}, "[1999-12-3112:00:00.000000Z]"},
      {ArrayOf(Form::kInt32),
       {Sized(ArrayBytes({Sized(BigEndian<int32_t>(1)), Null()})), Sized(ArrayBytes({})),
        Null()},
       "[[1,null],[],null]"},
  };
  for (const Case& c : cases) {
    const auto decoded = Decoded(c.type, c.values);
    ASSERT_TRUE(decoded.ok()) << c.decoded << ": " << decoded.status();
    EXPECT_EQ(*decoded, c.decoded);
  }
}

TEST(CopyDecoder, NestsArraysCompositesAndUuids) {
  const ColumnType points{.form = Form::kArray, .members = {{"element", Point()}}};
  const auto decoded = Decoded(
      points,
      {Sized(ArrayBytes({Sized(PointBytes(Sized(BigEndian<int32_t>(7)), Sized("a"))),
                         Null(), Sized(PointBytes(Null(), Null()))}))});
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_THAT(*decoded, HasSubstr("7"));
  const std::string uuid(16, '\xAB');
  EXPECT_THAT(*Decoded(Of(Form::kUuid), {Sized(uuid), Null()}), HasSubstr("ABABAB"));
  EXPECT_TRUE(Decoded(ArrayOf(Form::kUuid), {Sized(ArrayBytes({Sized(uuid)}))}).ok());
}

TEST(CopyDecoder, WhatATableCannotHoldIsRefusedOrNull) {
  struct Case {
    ColumnType type;
    std::string value;
    bool has_null;
  };
  const std::vector<Case> cases = {
      {Of(Form::kDate), BigEndian(std::numeric_limits<int32_t>::max()), true},
      {Of(Form::kTimestamp), BigEndian(std::numeric_limits<int64_t>::min()), true},
      {Of(Form::kNumeric), NumericBytes({}, 0, static_cast<int16_t>(0xC000)), true},
      {Of(Form::kInstant), BigEndian(std::numeric_limits<int64_t>::max() - 1), false},
      {Of(Form::kTime), BigEndian(int64_t{86'400'000'000}), false},
      {ArrayOf(Form::kInt32), BigEndian<int32_t>(2) + std::string(24, '\0'), false},
  };
  for (const Case& c : cases) {
    const auto refused = Decoded(c.type, {Sized(c.value)});
    EXPECT_EQ(CodeOf(refused.status()), ErrorCode::kTypeMismatch);
    EXPECT_THAT(refused.status().message(), HasSubstr("Column c, row 1: "));
    const auto nulled = Decoded(c.type, {Sized(c.value)}, {.unheld = Unheld::kNull});
    EXPECT_EQ(nulled.ok(), c.has_null);
    if (nulled.ok()) {
      EXPECT_EQ(*nulled, "[null]");
    }
  }
}

TEST(CopyDecoder, ValuesOfAnotherSizeAreRefused) {
  for (const Form form :
       {Form::kBool, Form::kInt16, Form::kInt32, Form::kInt64, Form::kOid, Form::kFloat32,
        Form::kFloat64, Form::kNumeric, Form::kJsonb, Form::kDate, Form::kTime,
        Form::kTimestamp, Form::kInstant, Form::kUuid}) {
    for (const char* bytes : {"", "abc"}) {
      EXPECT_EQ(CodeOf(Decoded(Of(form), {Sized(bytes)}).status()),
                ErrorCode::kInvalidData);
    }
  }
  EXPECT_FALSE(Decoded(ArrayOf(Form::kInt32), {Sized("abc")}).ok());
  EXPECT_FALSE(Decoded(ArrayOf(Form::kInt32),
                       {Sized(ArrayBytes({Sized(BigEndian<int32_t>(1))}) + "x")})
                   .ok());
  EXPECT_FALSE(Decoded(Point(), {Sized(BigEndian<int32_t>(1))}).ok());
}

TEST(CopyDecoder, BytesMayBeCutAnywhere) {
  const std::vector<Column> columns = {{"n", Of(Form::kInt64)}, {"s", Of(Form::kText)}};
  std::string bytes = CopyHead();
  for (int64_t i = 0; i < 50; ++i) {
    bytes += CopyRow({Sized(BigEndian(i)), i % 7 == 0 ? Null() : Sized("row")});
  }
  bytes += CopyEnd();
  for (const size_t piece : {1U, 2U, 3U, 19U, 64U}) {
    auto decoder = *CopyDecoder::Make(columns, {});
    int64_t rows = 0;
    for (size_t at = 0; at < bytes.size(); at += piece) {
      const Status status = decoder->Append(std::string_view(bytes).substr(at, piece));
      ASSERT_TRUE(status.ok()) << status;
      if (decoder->num_rows() >= 20) {
        rows += (*decoder->Flush())->num_rows();
      }
    }
    rows += (*decoder->Flush())->num_rows();
    EXPECT_EQ(rows, 50);
    EXPECT_TRUE(decoder->has_ended());
    EXPECT_EQ(*decoder->Flush(), nullptr);
  }
}

TEST(CopyDecoder, RowsAreCountedThroughBatches) {
  auto decoder = *CopyDecoder::Make({{"n", Of(Form::kInt32)}}, {});
  const std::string row = CopyRow({Sized(BigEndian<int32_t>(1))});
  ASSERT_TRUE(decoder->Append(CopyHead() + row + row).ok());
  ASSERT_TRUE(decoder->Flush().ok());
  EXPECT_THAT(decoder->Append(row + CopyRow({Sized("x")})).message(),
              HasSubstr("Column n, row 4: "));
}

TEST(CopyDecoder, OtherStreamsAreRefused) {
  const auto code = [](const std::string& bytes) {
    auto decoder = *CopyDecoder::Make({{"n", Of(Form::kInt32)}}, {});
    return CodeOf(decoder->Append(bytes));
  };
  std::string flagged = CopyHead();
  flagged[11] = '\1';
  for (const std::string& bytes :
       {std::string("1\t2\n"), flagged, CopyHead() + CopyRow({Null(), Null()}),
        CopyHead() + BigEndian<int16_t>(1) + BigEndian<int32_t>(-2),
        CopyHead() + CopyEnd() + "x"}) {
    EXPECT_EQ(code(bytes), ErrorCode::kInvalidData);
  }
  EXPECT_FALSE(CopyDecoder::Make({{"a", {.form = Form::kArray}}}, {}).ok());
}

}  // namespace
}  // namespace tarn::ingest::postgres
