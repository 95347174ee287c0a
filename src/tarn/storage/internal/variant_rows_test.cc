#include "tarn/storage/internal/variant_rows.h"

#include <string>

#include "tarn/storage/data_file_fixture_test.h"
#include "tarn/storage/internal/variant_bytes.h"

namespace tarn::storage {
namespace {

using iceberg::Type;
using namespace std::string_literals;

/// Names a, b and c.
const std::string kMetadata =
    "\x01\x03\x00\x01\x02\x03"
    "abc"s;

class VariantTest : public DataFileTest {
 protected:
  VariantTest() { SetSchema({{.id = 1, .name = "v", .type = Type::Variant()}}); }

  static std::shared_ptr<arrow::Array> Binaries(
      const std::vector<std::optional<std::string>>& values) {
    arrow::BinaryBuilder builder;
    for (const auto& value : values) {
      EXPECT_OK(value ? builder.Append(*value) : builder.AppendNull());
    }
    return builder.Finish().ValueOrDie();
  }
  static std::shared_ptr<arrow::Array> Json(const std::shared_ptr<arrow::DataType>& type,
                                            const std::string& json) {
    return arrow::json::ArrayFromJSONString(type, json).ValueOrDie();
  }

  /// The values of a column of these parts, read from a file.
  Result<std::vector<std::string>> Values(
      const std::vector<std::pair<std::string, std::shared_ptr<arrow::Array>>>& parts) {
    arrow::FieldVector fields;
    arrow::ArrayVector columns;
    for (const auto& [name, column] : parts) {
      fields.push_back(arrow::field(name, column->type()));
      columns.push_back(column);
    }
    const auto variants = arrow::StructArray::Make(columns, fields).ValueOrDie();
    const auto rows =
        arrow::RecordBatch::Make(arrow::schema({WithId("v", 1, variants->type())}),
                                 variants->length(), arrow::ArrayVector{variants});
    const auto file = WriteParquet("/lake/t/v.parquet", rows);
    ARROW_ASSIGN_OR_RAISE(const auto read, Read(file));
    const auto& column = static_cast<const arrow::StructArray&>(*read->column(0));
    std::vector<std::string> values;
    for (int64_t i = 0; i < column.length(); ++i) {
      values.emplace_back(
          static_cast<const arrow::BinaryArray&>(*column.field(1)).GetView(i));
    }
    return values;
  }

  void ExpectValues(
      const std::vector<std::pair<std::string, std::shared_ptr<arrow::Array>>>& parts,
      const std::vector<std::string>& expected) {
    ASSERT_OK_AND_ASSIGN(const auto values, Values(parts));
    EXPECT_EQ(values, expected);
  }

  std::shared_ptr<arrow::Array> Metadata(size_t count) {
    return Binaries(std::vector<std::optional<std::string>>(count, kMetadata));
  }
};

TEST_F(VariantTest, Trap53PartsGoByTheirNames) {
  ExpectValues({{"value", Binaries({"\x0c\x05"s})}, {"metadata", Metadata(1)}},
               {"\x0c\x05"s});
}

TEST_F(VariantTest, Trap53TypedPrimitivesBecomeValues) {
  struct Case {
    std::shared_ptr<arrow::DataType> type;
    const char* json;
    std::string expected;
  };
  const Case cases[] = {
      {arrow::boolean(), "[true]", "\x04"s},
      {arrow::boolean(), "[false]", "\x08"s},
      {arrow::int8(), "[-2]", "\x0c\xfe"s},
      {arrow::int16(), "[258]", "\x10\x02\x01"s},
      {arrow::int32(), "[1]", "\x14\x01\x00\x00\x00"s},
      {arrow::int64(), "[1]", "\x18\x01\x00\x00\x00\x00\x00\x00\x00"s},
      {arrow::float64(), "[1]", "\x1c\x00\x00\x00\x00\x00\x00\xf0\x3f"s},
      {arrow::decimal128(9, 2), R"(["-1.28"])", "\x20\x02\x80\xff\xff\xff"s},
      {arrow::decimal128(18, 1), R"(["0.5"])",
       "\x24\x01\x05\x00\x00\x00\x00\x00\x00\x00"s},
      {arrow::decimal128(38, 0), R"(["1"])", "\x28\x00\x01"s + std::string(15, '\0')},
      {arrow::date32(), "[1]", "\x2c\x01\x00\x00\x00"s},
      {arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"), "[1]",
       "\x30\x01\x00\x00\x00\x00\x00\x00\x00"s},
      {arrow::timestamp(arrow::TimeUnit::MICRO), "[1]",
       "\x34\x01\x00\x00\x00\x00\x00\x00\x00"s},
      {arrow::float32(), "[1]", "\x38\x00\x00\x80\x3f"s},
      {arrow::binary(), R"(["xy"])", "\x3c\x02\x00\x00\x00xy"s},
      {arrow::utf8(), R"(["xy"])", "\x09xy"s},
      {arrow::time64(arrow::TimeUnit::MICRO), "[1]",
       "\x44\x01\x00\x00\x00\x00\x00\x00\x00"s},
      {arrow::timestamp(arrow::TimeUnit::NANO, "UTC"), "[1]",
       "\x48\x01\x00\x00\x00\x00\x00\x00\x00"s},
      {arrow::fixed_size_binary(16), R"(["0123456789abcdef"])",
       "\x50"
       "0123456789abcdef"s},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.type->ToString());
    ExpectValues({{"metadata", Metadata(1)},
                  {"value", Binaries({std::nullopt})},
                  {"typed_value", Json(c.type, c.json)}},
                 {c.expected});
  }
  // A long text has its length before it.
  const std::string text(64, 'x');
  ExpectValues({{"metadata", Metadata(1)},
                {"typed_value", Json(arrow::utf8(), "[\"" + text + "\"]")}},
               {"\x40\x40\x00\x00\x00"s + text});
  EXPECT_ERROR(
      Values({{"metadata", Metadata(1)}, {"typed_value", Json(arrow::uint64(), "[1]")}}),
      ErrorCode::kInvalidData, "uint64");
}

TEST_F(VariantTest, Trap53WhatIsNotShreddedStaysAsItIs) {
  // Another type than the column's, a value of the column's, and nothing at all.
  ExpectValues({{"metadata", Metadata(3)},
                {"value", Binaries({"\x0c\x05"s, std::nullopt, std::nullopt})},
                {"typed_value", Json(arrow::utf8(), R"([null, "t", null])")}},
               {"\x0c\x05"s, "\x05t"s, "\0"s});
}

TEST_F(VariantTest, Trap53ObjectsAreMergedWithTheirRest) {
  const auto typed = arrow::struct_(
      {arrow::field("c", arrow::struct_({arrow::field("value", arrow::binary()),
                                         arrow::field("typed_value", arrow::int8())})),
       arrow::field("a", arrow::struct_({arrow::field("typed_value", arrow::utf8())}))});
  // {"b": 5, "c": 9} where c is an int8: the typed c counts.
  const std::string rest = "\x02\x02\x01\x02\x00\x02\x04\x0c\x05\x0c\x09"s;
  ExpectValues(
      {{"metadata", Metadata(4)},
       {"value", Binaries({rest, std::nullopt, std::nullopt, "\x00"s})},
       {"typed_value",
        Json(
            typed,
            R"([[[null, 7], ["x"]], [[null, null], [null]], [["\f\u0003", null], [null]], null])")}},
      {// {"a": "x", "b": 5, "c": 7}, sorted by name
       "\x02\x03\x00\x01\x02\x00\x02\x04\x06\x05x\x0c\x05\x0c\x07"s,
       "\x02\x00\x00"s,                  // {}
       "\x02\x01\x02\x00\x02\x0c\x03"s,  // {"c": 3}, which was not typed
       "\x00"s});
}

TEST_F(VariantTest, Trap53ArraysOfAnything) {
  const auto typed =
      arrow::list(arrow::struct_({arrow::field("value", arrow::binary()),
                                  arrow::field("typed_value", arrow::int8())}));
  ExpectValues(
      {{"metadata", Metadata(3)},
       {"value", Binaries({std::nullopt, std::nullopt, "\x04"s})},
       {"typed_value", Json(typed, R"([[[null, 1], ["\u0005t", null], [null, null]],
                                                [], null])")}},
      {"\x03\x03\x00\x02\x04\x05\x0c\x01\x05t\x00"s, "\x03\x00\x00"s, "\x04"s});
}

TEST_F(VariantTest, Trap53NullRowsStayNull) {
  const auto type = arrow::struct_({arrow::field("metadata", arrow::binary()),
                                    arrow::field("value", arrow::binary()),
                                    arrow::field("typed_value", arrow::int8())});
  arrow::ArrayVector parts = {Metadata(2), Binaries({std::nullopt, std::nullopt}),
                              Json(arrow::int8(), "[1, null]")};
  const auto valid = arrow::Buffer::FromString(std::string(1, '\x01'));
  const auto variants = std::make_shared<arrow::StructArray>(type, 2, parts, valid);
  const auto rows = arrow::RecordBatch::Make(arrow::schema({WithId("v", 1, type)}), 2,
                                             arrow::ArrayVector{variants});
  ASSERT_OK_AND_ASSIGN(const auto read, Read(WriteParquet("/lake/t/n.parquet", rows)));
  EXPECT_FALSE(read->column(0)->IsNull(0));
  EXPECT_TRUE(read->column(0)->IsNull(1));
}

TEST_F(VariantTest, Trap53BrokenVariantsAreInvalidData) {
  const auto object = arrow::struct_(
      {arrow::field("z", arrow::struct_({arrow::field("typed_value", arrow::int8())}))});
  EXPECT_ERROR(
      Values({{"metadata", Metadata(1)}, {"typed_value", Json(object, "[[[1]]]")}}),
      ErrorCode::kInvalidData, "lacks the name of a field: z");
  const auto known = arrow::struct_(
      {arrow::field("a", arrow::struct_({arrow::field("typed_value", arrow::int8())}))});
  const std::string broken_rests[] = {"",
                                      "\x04"s,
                                      "\x02"s,
                                      "\x02\x01\x01\x00"s,
                                      "\x02\x01\x09\x00\x02\x0c\x05"s,
                                      "\x02\x01\x01\x00\x02\x0c"s,
                                      "\x42\xff\xff\xff\xff"s};
  for (const std::string& rest : broken_rests) {
    SCOPED_TRACE(rest.size());
    EXPECT_ERROR(Values({{"metadata", Metadata(1)},
                         {"value", Binaries({rest})},
                         {"typed_value", Json(known, "[[[1]]]")}}),
                 ErrorCode::kInvalidData, "Not a variant");
  }
  for (const std::string& metadata : {""s, "\x02\x00\x00"s, "\x01\x05\x00"s,
                                      "\x01\x01\x00\x09"s, "\xc1\xff\xff\xff\xff"s}) {
    SCOPED_TRACE(metadata.size());
    EXPECT_ERROR(Values({{"metadata", Binaries({metadata})},
                         {"typed_value", Json(arrow::int8(), "[1]")}}),
                 ErrorCode::kInvalidData, "Not a variant");
  }
  EXPECT_ERROR(Values({{"value", Binaries({"\x00"s})}}), ErrorCode::kInvalidData,
               "no variant");
}

TEST_F(VariantTest, LargeObjectsAndArraysHaveWideNumbers) {
  std::string metadata = "\x41"s;  // offsets of two bytes
  const auto append_short = [&](size_t number) {
    metadata.push_back(static_cast<char>(number & 0xFFU));
    metadata.push_back(static_cast<char>(number >> 8U));
  };
  constexpr size_t kNames = 300;
  append_short(kNames);
  for (size_t i = 0; i <= kNames; ++i) {
    append_short(i * 3);
  }
  for (size_t i = 0; i < kNames; ++i) {
    metadata += std::to_string(100 + i);
  }
  ASSERT_OK_AND_ASSIGN(const auto names, VariantNames::Parse(metadata));
  VariantFields fields;
  for (uint32_t i = 0; i < kNames; ++i) {
    fields.emplace_back(kNames - 1 - i, VariantString(std::to_string(i)));
  }
  const std::string object = VariantObject(fields, names);
  ASSERT_OK_AND_ASSIGN(const size_t length, VariantLength(object + "rest"));
  EXPECT_EQ(length, object.size());
  ASSERT_OK_AND_ASSIGN(const auto back, VariantObjectFields(object));
  ASSERT_EQ(back.size(), kNames);
  EXPECT_EQ(back[0], (std::pair<uint32_t, std::string>(0, VariantString("299"))));
  const std::string array = VariantArray(std::vector<std::string>(300, object));
  ASSERT_OK_AND_ASSIGN(const size_t array_length, VariantLength(array));
  EXPECT_EQ(array_length, array.size());
}

}  // namespace
}  // namespace tarn::storage
