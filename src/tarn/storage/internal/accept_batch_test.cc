#include "tarn/storage/internal/accept_batch.h"

#include <arrow/compute/api.h>
#include <arrow/extension/bool8.h>
#include <arrow/extension/uuid.h>
#include <arrow/util/float16.h>

#include "tarn/storage/internal/accept_batch_fixture_test.h"

namespace tarn::storage {
namespace {

using arrow::TimeUnit;

Type StructAB() {
  return Type::Struct({Optional(2, "a", Type::Long()), Optional(3, "b", Type::String())});
}
Type LongList() { return Type::List(2, Type::Long(), false); }
Type TextMap() { return Type::Map(2, Type::String(), 3, Type::Long(), false); }

struct Fit {
  Type to;
  TypePtr from;
  const char* values;  // behind a null, which is sliced off
  const char* expected;
};

void ExpectFits(const Fit& c) {
  SCOPED_TRACE(c.from->ToString() + " to " + c.to.ToString());
  const auto given = FromJson(c.from, std::string("[null,") + (c.values + 1))->Slice(1);
  ASSERT_OK_AND_ASSIGN(const BatchPtr rows, Accept({Optional(1, "c", c.to)}, {given}));
  ASSERT_OK(rows->ValidateFull());
  const auto expected = FromJson(*ArrowTypeOf(c.to), c.expected);
  EXPECT_TRUE(rows->column(0)->Equals(expected)) << rows->column(0)->ToString();
}

// The list of docs/user/writing.md, line by line.
TEST(AcceptBatchTest, NumbersThatFit) {
  const Fit cases[] = {
      {Type::Int(), arrow::int8(), "[-128, null]", "[-128, null]"},
      {Type::Int(), arrow::int16(), "[-32768]", "[-32768]"},
      {Type::Int(), arrow::uint8(), "[255]", "[255]"},
      {Type::Int(), arrow::uint16(), "[65535]", "[65535]"},
      {Type::Int(), arrow::uint32(), "[2147483647]", "[2147483647]"},
      {Type::Int(), arrow::int64(), "[2147483647, -5]", "[2147483647, -5]"},
      {Type::Int(), arrow::uint64(), "[7]", "[7]"},
      {Type::Long(), arrow::int32(), "[1, null]", "[1, null]"},
      {Type::Long(), arrow::uint32(), "[4294967295]", "[4294967295]"},
      {Type::Long(), arrow::uint64(), "[9223372036854775807]", "[9223372036854775807]"},
      {Type::Long(), arrow::duration(TimeUnit::NANO), "[12345]", "[12345]"},
      {Type::Float(), arrow::int16(), "[-32768]", "[-32768]"},
      {Type::Float(), arrow::float16(), "[1.5]", "[1.5]"},
      {Type::Double(), arrow::float16(), "[1.5]", "[1.5]"},
      {Type::Double(), arrow::float32(), "[1.5]", "[1.5]"},
      {Type::Double(), arrow::int32(), "[2147483647]", "[2147483647]"},
      {Type::Double(), arrow::uint32(), "[4294967295]", "[4294967295]"},
      {Type::Decimal(20, 0), arrow::uint64(), "[18446744073709551615]",
       "[\"18446744073709551615\"]"},
      {Type::Decimal(5, 2), arrow::int64(), "[-999, 0]", "[\"-999.00\", \"0.00\"]"},
      {Type::Decimal(38, 37), arrow::int8(), "[9]",
       "[\"9.0000000000000000000000000000000000000\"]"},
      {Type::Decimal(10, 3), arrow::decimal128(5, 2), "[\"123.45\"]", "[\"123.450\"]"},
      {Type::Decimal(5, 1), arrow::decimal128(38, 4), "[\"9999.9000\"]", "[\"9999.9\"]"},
      {Type::Decimal(9, 2), arrow::decimal32(9, 2), "[\"1.25\"]", "[\"1.25\"]"},
      {Type::Decimal(9, 2), arrow::decimal64(18, 2), "[\"1.25\"]", "[\"1.25\"]"},
      {Type::Decimal(38, 0), arrow::decimal256(76, 0), "[\"-7\"]", "[\"-7\"]"},
      {Type::Boolean(), arrow::null(), "[null]", "[null]"},
  };
  for (const Fit& c : cases) {
    ExpectFits(c);
  }
}

TEST(AcceptBatchTest, TimesAndTextThatFit) {
  const Fit cases[] = {
      {Type::Date(), arrow::date64(), "[86400000, -86400000]", "[1, -1]"},
      {Type::Time(), arrow::time32(TimeUnit::SECOND), "[86399]", "[86399000000]"},
      {Type::Time(), arrow::time32(TimeUnit::MILLI), "[2]", "[2000]"},
      {Type::Time(), arrow::time64(TimeUnit::NANO), "[5000]", "[5]"},
      {Type::Timestamp(), arrow::timestamp(TimeUnit::SECOND), "[-1]", "[-1000000]"},
      {Type::Timestamp(), arrow::timestamp(TimeUnit::NANO), "[5000]", "[5]"},
      {Type::Timestamp(), arrow::date32(), "[1]", "[86400000000]"},
      {Type::Timestamp(), arrow::date64(), "[86400000]", "[86400000000]"},
      {Type::TimestampTz(), arrow::timestamp(TimeUnit::MILLI, "Asia/Tokyo"), "[1]",
       "[1000]"},
      {Type::TimestampNs(), arrow::timestamp(TimeUnit::MICRO), "[-1]", "[-1000]"},
      {Type::TimestampTzNs(), arrow::timestamp(TimeUnit::MICRO, "UTC"), "[1]", "[1000]"},
      {Type::String(), arrow::large_utf8(), "[\"a\", null]", "[\"a\", null]"},
      {Type::String(), arrow::utf8_view(), "[\"a string of some length\", \"é\"]",
       "[\"a string of some length\", \"é\"]"},
      {Type::Binary(), arrow::utf8(), "[\"a\"]", "[\"a\"]"},
      {Type::Binary(), arrow::large_binary(), "[\"a\"]", "[\"a\"]"},
      {Type::Binary(), arrow::binary_view(), "[\"a value of some length\"]",
       "[\"a value of some length\"]"},
      {Type::Binary(), arrow::fixed_size_binary(2), "[\"ab\", null]", "[\"ab\", null]"},
      {Type::Fixed(2), arrow::binary(), "[\"ab\", null]", "[\"ab\", null]"},
      {Type::Fixed(2), arrow::large_binary(), "[\"ab\"]", "[\"ab\"]"},
      {Type::Fixed(2), arrow::binary_view(), "[\"ab\"]", "[\"ab\"]"},
      {Type::Uuid(), arrow::binary(), "[\"0123456789abcdef\"]", "[\"0123456789abcdef\"]"},
  };
  for (const Fit& c : cases) {
    ExpectFits(c);
  }
}

TEST(AcceptBatchTest, NestedValuesThatFit) {
  const auto ints_named = [](const char* first, const char* second) {
    return arrow::struct_(
        {arrow::field(first, arrow::int8()), arrow::field(second, arrow::utf8())});
  };
  const Fit cases[] = {
      {LongList(), arrow::large_list(arrow::int16()), "[[1, null], null, []]",
       "[[1, null], null, []]"},
      {LongList(), arrow::fixed_size_list(arrow::int64(), 2), "[[1, 2], [3, 4]]",
       "[[1, 2], [3, 4]]"},
      {LongList(), arrow::list_view(arrow::int32()), "[[1, 2], []]", "[[1, 2], []]"},
      {LongList(), arrow::large_list_view(arrow::int32()), "[[1, 2], null]",
       "[[1, 2], null]"},
      {TextMap(), arrow::map(arrow::large_utf8(), arrow::int32()),
       "[[[\"k\", 1], [\"l\", null]], null]", "[[[\"k\", 1], [\"l\", null]], null]"},
      {StructAB(), ints_named("a", "b"), "[[1, \"x\"], null]", "[[1, \"x\"], null]"},
      {StructAB(), ints_named("f0", "f1"), "[[1, \"x\"]]", "[[1, \"x\"]]"},
      {StructAB(), ints_named("a", "renamed"), "[[1, \"x\"]]", "[[1, \"x\"]]"},
      {Type::Unknown(), arrow::null(), "[null, null]", "[null, null]"},
  };
  for (const Fit& c : cases) {
    ExpectFits(c);
  }
}

// Fields that have the table's names go by name: by position they would end up in each
// other's place without a word.
TEST(AcceptBatchTest, FieldsOfStructsInAnotherOrder) {
  const auto both = arrow::struct_(
      {arrow::field("x", arrow::int64()), arrow::field("y", arrow::int64())});
  const Type yx =
      Type::Struct({Optional(2, "y", Type::Long()), Optional(3, "x", Type::Long())});
  ExpectFits({yx, both, "[[1, 2], null]", "[[2, 1], null]"});
  const Type in_list = Type::List(4, yx, false);
  ExpectFits({in_list, arrow::list(both), "[[[1, 2]]]", "[[[2, 1]]]"});
  const Type half =
      Type::Struct({Optional(2, "z", Type::Long()), Optional(3, "x", Type::Long())});
  EXPECT_ERROR(Accept({Optional(1, "c", half)}, {FromJson(both, "[[1, 2]]")}),
               ErrorCode::kTypeMismatch, "Column c is struct<");
}

TEST(AcceptBatchTest, OtherEncodingsOfTheSameValues) {
  const auto words = FromJson(arrow::utf8(), R"(["x", "x", null, "y"])");
  ASSERT_OK_AND_ASSIGN(const auto coded, arrow::compute::DictionaryEncode(words));
  ASSERT_OK_AND_ASSIGN(const auto runs,
                       arrow::RunEndEncodedArray::Make(
                           5, FromJson(arrow::int32(), "[1, 3, 4, 5]"),
                           FromJson(arrow::utf8(), R"(["w", "x", null, "y"])")));
  const auto uuids =
      FromJson(arrow::fixed_size_binary(16), R"(["0123456789abcdef", null, null, null])");
  const auto flags = FromJson(arrow::int8(), "[2, 0, null, 1]");
  ASSERT_OK_AND_ASSIGN(
      const BatchPtr rows,
      Accept({Optional(1, "s", Type::String()), Optional(2, "r", Type::String()),
              Optional(3, "u", Type::Uuid()), Optional(4, "f", Type::Boolean())},
             {coded.make_array(), runs->Slice(1),
              arrow::ExtensionType::WrapArray(arrow::extension::uuid(), uuids),
              arrow::ExtensionType::WrapArray(arrow::extension::bool8(), flags)}));
  EXPECT_TRUE(rows->column(0)->Equals(words));
  EXPECT_TRUE(rows->column(1)->Equals(words));
  EXPECT_TRUE(rows->column(2)->Equals(uuids));
  EXPECT_TRUE(
      rows->column(3)->Equals(FromJson(arrow::boolean(), "[true, false, null, true]")));
}

TEST(AcceptBatchTest, WhatFitsAsItIsIsNotCopied) {
  const auto text = FromJson(arrow::utf8(), R"(["a", "b"])");
  const auto lists = FromJson(arrow::list(arrow::int64()), "[[1], [2, 3]]");
  ASSERT_OK_AND_ASSIGN(const BatchPtr rows, Accept({Optional(1, "s", Type::String()),
                                                    Optional(2, "l", LongList())},
                                                   {text, lists}));
  EXPECT_EQ(rows->column(0)->data()->buffers[2].get(), text->data()->buffers[2].get());
  EXPECT_EQ(rows->column(1)->data()->child_data[0]->buffers[1].get(),
            lists->data()->child_data[0]->buffers[1].get());
}

TEST(AcceptBatchTest, NanAndInfinityAreValues) {
  const auto doubles = FromJson(arrow::float64(), "[NaN, Inf, -Inf, -0.0]");
  ASSERT_OK_AND_ASSIGN(const BatchPtr rows,
                       Accept({Required(1, "d", Type::Double())}, {doubles}));
  EXPECT_TRUE(rows->column(0)->Equals(doubles, arrow::EqualOptions().nans_equal(true)));
}

struct Misfit {
  Type to;
  TypePtr from;
  const char* values;
  const char* message;
};

TEST(AcceptBatchTest, ValuesThatDoNotFit) {
  const auto nested = arrow::list(arrow::struct_({arrow::field("x", arrow::int64())}));
  const Type nested_int = Type::List(2, Type::Struct({Optional(3, "x", Type::Int())}),
                                     /*element_required=*/false);
  const Misfit cases[] = {
      {Type::Int(), arrow::int64(), "[1, null, 3000000000, 4000000000]",
       "Column c, row 13: 3000000000 (int64) does not fit int"},
      {Type::Long(), arrow::uint64(), "[18446744073709551615]",
       "Column c, row 11: 18446744073709551615 (uint64) does not fit long"},
      {Type::Int(), arrow::uint32(), "[1, 2147483648]",
       "Column c, row 12: 2147483648 (uint32) does not fit int"},
      {Type::Timestamp(), arrow::timestamp(TimeUnit::NANO), "[1000, 1001]",
       "Column c, row 12: 1970-01-01 00:00:00.000001001 (timestamp[ns]) does not fit "
       "timestamp"},
      {Type::Timestamp(), arrow::timestamp(TimeUnit::SECOND), "[9223372036855]",
       "row 11: "},
      {Type::TimestampNs(), arrow::timestamp(TimeUnit::MICRO), "[1, 9223372036854776]",
       "row 12: "},
      {Type::TimestampNs(), arrow::date32(), "[1, 200000]", "row 12: "},
      {Type::Timestamp(), arrow::date32(), "[1, 2147483647]", "row 12: "},
      {Type::Date(), arrow::date64(), "[0, 1]", "row 12: "},
      {Type::Date(), arrow::date64(), "[0, 185542587187200000]", "row 12: "},
      {Type::Time(), arrow::time64(TimeUnit::NANO), "[1000, 1]", "row 12: "},
      {Type::Decimal(4, 1), arrow::decimal128(5, 2), "[\"1.50\", \"1.55\"]",
       "Column c, row 12: 1.55 (decimal128(5, 2)) does not fit decimal(4,1)"},
      {Type::Decimal(4, 1), arrow::decimal128(38, 1), "[\"999.9\", \"1000.0\"]",
       "Column c, row 12: 1000.0 (decimal128(38, 1)) does not fit decimal(4,1)"},
      {Type::Decimal(4, 1), arrow::decimal256(76, 1), "[\"1000.0\"]", "row 11: "},
      {Type::Decimal(4, 2), arrow::int32(), "[99, 100]",
       "Column c, row 12: 100 (int32) does not fit decimal(4,2)"},
      {Type::Decimal(38, 37), arrow::int64(), "[10]", "row 11: "},
      {Type::Fixed(3), arrow::binary(), "[\"abc\", \"ab\"]",
       "Column c, row 12: x'6162' (2 bytes) (binary) does not fit fixed[3]"},
      {Type::Uuid(), arrow::large_binary(), "[\"0123456789abcdef0\"]", "row 11: "},
      {nested_int, nested, "[null, [], [[1], [2]], [null, [1], [3000000000]]]",
       "Column c[3].x, row 14: 3000000000 (int64) does not fit int"},
      {Type::Map(2, Type::Int(), 3, Type::Int(), false),
       arrow::map(arrow::int32(), arrow::int64()), "[[[7, 1], [8, 3000000000]]]",
       "Column c[8], row 11: 3000000000 (int64) does not fit int"},
      {Type::Map(2, Type::Int(), 3, Type::Int(), false),
       arrow::map(arrow::int64(), arrow::int64()), "[[[7, 1], [3000000000, 1]]]",
       "Column c.key[2], row 11: 3000000000 (int64) does not fit int"},
  };
  for (const Misfit& c : cases) {
    SCOPED_TRACE(c.from->ToString() + " to " + c.to.ToString() + c.values);
    EXPECT_ERROR(Accept({Optional(1, "c", c.to)}, {FromJson(c.from, c.values)}, nullptr,
                        /*rows_before=*/10),
                 ErrorCode::kConstraintViolated, c.message);
  }
}

TEST(AcceptBatchTest, TypesThatDoNotFit) {
  const auto one = arrow::list(arrow::struct_(
      {arrow::field("a", arrow::float64()), arrow::field("b", arrow::utf8())}));
  const Misfit cases[] = {
      {Type::Int(), arrow::float64(), "[1]",
       "Column c is int: values of double do not fit without loss"},
      {Type::Float(), arrow::float64(), "[1]", "double"},
      {Type::Float(), arrow::int32(), "[1]", "int32"},
      {Type::Double(), arrow::int64(), "[1]", "int64"},
      {Type::Boolean(), arrow::int8(), "[1]", "int8"},
      {Type::Int(), arrow::utf8(), "[\"1\"]", "string"},
      {Type::String(), arrow::int32(), "[1]", "int32"},
      {Type::String(), arrow::binary(), "[\"a\"]", "binary"},
      {Type::Decimal(9, 2), arrow::float64(), "[1]", "double"},
      {Type::Date(), arrow::timestamp(TimeUnit::SECOND), "[0]", "timestamp[s]"},
      {Type::Timestamp(), arrow::timestamp(TimeUnit::MICRO, "UTC"), "[1]", "UTC"},
      {Type::TimestampTz(), arrow::timestamp(TimeUnit::MICRO), "[1]", "timestamp[us]"},
      {Type::TimestampTz(), arrow::date32(), "[1]", "date32"},
      {Type::Uuid(), arrow::utf8(), "[\"0123456789abcdef\"]", "string"},
      {Type::Fixed(3), arrow::fixed_size_binary(2), "[\"ab\"]", "fixed"},
      {Type::Unknown(), arrow::int32(), "[1]", "Column c is unknown"},
      {LongList(), arrow::int32(), "[1]", "Column c is list<"},
      {Type::Int(), arrow::list(arrow::int32()), "[[1]]", "list<"},
      {TextMap(), arrow::map(arrow::utf8(), arrow::float32()), "[]",
       "Column c.value is long: values of float do not fit"},
      {Type::List(2,
                  Type::Struct(
                      {Optional(3, "a", Type::Long()), Optional(4, "b", Type::String())}),
                  false),
       one, "[]", "Column c.element.a is long: values of double do not fit"},
  };
  for (const Misfit& c : cases) {
    SCOPED_TRACE(c.from->ToString() + " to " + c.to.ToString());
    int rejected = 0;
    const Reject count = [&](const RejectedRow&) {
      ++rejected;
      return Status::OK();
    };
    EXPECT_ERROR(Accept({Optional(1, "c", c.to)}, {FromJson(c.from, c.values)}, count),
                 ErrorCode::kTypeMismatch, c.message);
    EXPECT_EQ(rejected, 0) << "types are no matter of single rows";
  }
  const auto column = FromJson(arrow::int32(), "[1]");
  EXPECT_ERROR(
      Accept({Optional(1, "a", Type::Int()), Optional(2, "b", Type::Int())}, {column}),
      ErrorCode::kTypeMismatch, "The table has 2 columns, the rows have 1");
}

// What lies below a null is no value, whatever it is.
TEST(AcceptBatchTest, ValuesBelowNullsDoNotCount) {
  const auto numbers = FromJson(arrow::int64(), "[1, 3000000000, 3, 4000000000]");
  const auto validity = arrow::Buffer::FromString(std::string(1, '\x05'));
  const auto structs = std::make_shared<arrow::StructArray>(
      arrow::struct_({arrow::field("x", arrow::int64())}), 4, arrow::ArrayVector{numbers},
      validity);
  const Type of_int = Type::Struct({Required(2, "x", Type::Int())});
  ASSERT_OK_AND_ASSIGN(const BatchPtr rows,
                       Accept({Optional(1, "s", of_int)}, {structs}));
  EXPECT_TRUE(
      rows->column(0)->Equals(FromJson(*ArrowTypeOf(of_int), "[[1], null, [3], null]")));

  const auto offsets = FromJson(arrow::int32(), "[0, 1, 2, 3, 4]");
  const auto lists = std::make_shared<arrow::ListArray>(
      arrow::list(arrow::int64()), 4, offsets->data()->buffers[1], numbers, validity);
  const Type list_of_int = Type::List(2, Type::Int(), true);
  ASSERT_OK_AND_ASSIGN(const BatchPtr listed,
                       Accept({Optional(1, "l", list_of_int)}, {lists}));
  EXPECT_TRUE(listed->column(0)->Equals(
      FromJson(*ArrowTypeOf(list_of_int), "[[1], null, [3], null]")));
  // And where they do count, they are found beside those that do not.
  const auto shown = std::make_shared<arrow::ListArray>(
      arrow::list(arrow::int64()), 4, offsets->data()->buffers[1], numbers,
      arrow::Buffer::FromString(std::string(1, '\x0d')));
  EXPECT_ERROR(Accept({Optional(1, "l", list_of_int)}, {shown}),
               ErrorCode::kConstraintViolated,
               "Column l[1], row 4: 4000000000 (int64) does not fit int");
}

TEST(AcceptBatchTest, ArraysThatAreNone) {
  const auto batch =
      arrow::RecordBatch::Make(arrow::schema({arrow::field("a", arrow::int64())}),
                               /*num_rows=*/3, {FromJson(arrow::int64(), "[1, 2]")});
  const std::vector<Field> fields = {Optional(1, "a", Type::Long())};
  const auto schema = SchemaOf(fields);
  EXPECT_ERROR(
      AcceptBatch(*batch, {.fields = fields, .schema = schema, .reject = nullptr}, 0),
      ErrorCode::kInvalidData, "not valid Arrow");
}

}  // namespace
}  // namespace tarn::storage
