#include "tarn/storage/internal/check_values.h"

#include <arrow/builder.h>

#include "tarn/storage/internal/accept_batch_fixture_test.h"

namespace tarn::storage {
namespace {

/// What AcceptBatch says of one column of its own Arrow type; "" if it is fine.
std::string Problem(const Field& field, const ArrayPtr& column) {
  const auto rows = Accept({field}, {column});
  return rows.ok() ? "" : rows.status().message();
}
std::string ProblemOf(const Field& field, const std::string& json) {
  return Problem(field, FromJson(*ArrowTypeOf(field.type), json));
}

struct Case {
  Field field;
  const char* json;
  const char* problem;  // all of it
};

void ExpectProblems(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    SCOPED_TRACE(c.field.type.ToString() + c.json);
    EXPECT_EQ(ProblemOf(c.field, c.json), c.problem);
  }
}

TEST(CheckValuesTest, NullsOfRequiredFields) {
  const Type inner =
      Type::Struct({Required(3, "x", Type::Int()), Optional(4, "y", Type::String())});
  const Field deep =
      Optional(1, "a", Type::Struct({Optional(5, "l", Type::List(6, inner, true))}));
  const Field map = Optional(1, "m", Type::Map(2, Type::String(), 7, inner, true));
  ExpectProblems({
      {Required(1, "id", Type::Long()), "[1, 2]", ""},
      {Required(1, "id", Type::Long()), "[1, null, null]",
       "Column id, row 2: null, but long is required there"},
      {Optional(1, "p", inner), "[null, [1, null]]", ""},
      {Optional(1, "p", inner), "[[1, null], null, [null, \"b\"]]",
       "Column p.x, row 3: null, but int is required there"},
      {deep, "[null, [null], [[]], [[[1, null]]]]", ""},
      {deep, "[[[[1, null]]], [[[2, null], [null, null]]]]",
       "Column a.l[2].x, row 2: null, but int is required there"},
      {deep, "[null, [[[1, null], null]]]",
       "Column a.l[2], row 2: null, but struct<3: x: required int, 4: y: optional "
       "string> "
       "is required there"},
      {map, R"([[["k", [1, null]]], null])", ""},
      {map, R"([[["j", [1, null]]], [["k", [null, null]]]])",
       "Column m['k'].x, row 2: null, but int is required there"},
      {Required(1, "l", Type::List(2, Type::Int(), true)), "[[1], [], [2, 3, null]]",
       "Column l[3], row 3: null, but int is required there"},
      {Required(1, "u", Type::Unknown()), "[null]",
       "Column u, row 1: null, but unknown is required there"},
  });
}

TEST(CheckValuesTest, KeysOfMaps) {
  const Field text = Optional(
      1, "m", Type::Map(2, Type::String(), 3, Type::Int(), /*value_required=*/false));
  const Field numbers = Optional(
      1, "m", Type::Map(2, Type::Long(), 3, Type::Int(), /*value_required=*/false));
  const Field flags = Optional(
      1, "m", Type::Map(2, Type::Boolean(), 3, Type::Int(), /*value_required=*/false));
  const Type pair =
      Type::Struct({Optional(4, "a", Type::Int()), Optional(5, "b", Type::String()),
                    Optional(6, "c", Type::List(7, Type::Boolean(), false))});
  const Field pairs = Optional(1, "m", Type::Map(2, pair, 3, Type::Int(), false));
  ExpectProblems({
      {text, R"([[["k", 1], ["", 2], ["kk", 3]], [["k", 1]], []])", ""},
      {text, R"([[["k", 1]], [["a", 2], ["k", 3], ["k", 4]]])",
       "Column m.key[3], row 2: the key 'k' is there twice"},
      {numbers, "[[[1, 1], [2, 1]], [[-1, 1], [-1, 1]]]",
       "Column m.key[2], row 2: the key -1 is there twice"},
      {numbers, "[[[1,0],[2,0],[3,0],[4,0],[5,0],[6,0],[7,0],[8,0],[9,0],[5,0],[2,0]]]",
       "Column m.key[10], row 1: the key 5 is there twice"},
      {numbers, "[[[1,0],[2,0],[3,0],[4,0],[5,0],[6,0],[7,0],[8,0],[9,0],[10,0]]]", ""},
      {flags, "[[[true, 1], [false, 1]], [[false, 1], [false, 2]]]",
       "Column m.key[2], row 2: the key false is there twice"},
      {pairs, R"([[[[1, "x", [true]], 1], [[1, "x", [false]], 1], [[1, null, null], 1],
                  [[null, "x", []], 1], [[1, "x", [true, true]], 1]]])",
       ""},
      {pairs, R"([[[[1, "x", [true]], 1], [[1, "x", [true]], 2]]])",
       "Column m.key[2], row 1: the key {a:int32 = 1, b:string = x, c:list<eleme… is "
       "there twice"},
  });
}

/// Maps {a: 1}, {b: 2, null: 3}, and whatever `wrap` puts around: a batch of it, as IPC
/// would give it, for Arrow makes no array of it.
template <typename Wrap>
BatchPtr NullKeyBatch(const Wrap& wrap) {
  const auto entries = std::make_shared<arrow::StructArray>(
      arrow::struct_({arrow::field("key", arrow::utf8(), false),
                      arrow::field("value", arrow::int32())}),
      3,
      arrow::ArrayVector{FromJson(arrow::utf8(), R"(["a", "b", null])"),
                         FromJson(arrow::int32(), "[1, 2, 3]")});
  const auto offsets = FromJson(arrow::int32(), "[0, 1, 3]");
  const auto data = wrap(arrow::ArrayData::Make(arrow::map(arrow::utf8(), arrow::int32()),
                                                2, {nullptr, offsets->data()->buffers[1]},
                                                {entries->data()}));
  return arrow::RecordBatch::Make(arrow::schema({arrow::field("m", data->type)}), 2,
                                  {data});
}

// Arrow ends the process when an array of such maps is made.
TEST(CheckValuesTest, NullKeys) {
  const Type map = Type::Map(2, Type::String(), 3, Type::Int(), false);
  const auto problem = [](const Type& type, const BatchPtr& batch) {
    const std::vector<Field> fields = {Optional(1, "m", type)};
    const auto schema = SchemaOf(fields);
    const Reject ignore = [](const RejectedRow&) { return Status::OK(); };
    return AcceptBatch(*batch, {.fields = fields, .schema = schema, .reject = ignore}, 7)
        .status();
  };
  EXPECT_ERROR(problem(map, NullKeyBatch([](auto data) { return data; })),
               ErrorCode::kConstraintViolated,
               "Column m.key[2], row 9: a map's key is null");
  const auto in_struct = [](const auto& data) {
    return arrow::ArrayData::Make(arrow::struct_({arrow::field("x", data->type)}), 2,
                                  {nullptr}, {data});
  };
  EXPECT_ERROR(problem(Type::Struct({Optional(4, "x", map)}), NullKeyBatch(in_struct)),
               ErrorCode::kConstraintViolated,
               "Column m.x.key[2], row 9: a map's key is null");
}

TEST(CheckValuesTest, DigitsOfDecimals) {
  const std::pair<int, const char*> cases[] = {
      {1, "9"},
      {9, "999999999"},
      {18, "999999999999999999"},
      {19, "9999999999999999999"},
      {38, "99999999999999999999999999999999999999"}};
  for (const auto& [precision, largest] : cases) {
    SCOPED_TRACE(precision);
    const arrow::Decimal128 limit(largest);
    const Field field = Required(1, "d", Type::Decimal(precision, 0));
    const auto column = [&](const arrow::Decimal128& value) {
      arrow::Decimal128Builder builder(*ArrowTypeOf(field.type));
      EXPECT_OK(builder.Append(arrow::Decimal128(0)));
      EXPECT_OK(builder.Append(value));
      return *builder.Finish();
    };
    const arrow::Decimal128 one(1);
    EXPECT_EQ(Problem(field, column(limit)), "");
    EXPECT_EQ(Problem(field, column(-limit)), "");
    for (const arrow::Decimal128& value : std::vector<arrow::Decimal128>{
             limit + one, -(limit + one), arrow::Decimal128(INT64_MAX, 0),
             arrow::Decimal128(INT64_MIN, 0), arrow::Decimal128(INT64_MAX, UINT64_MAX)}) {
      EXPECT_EQ(Problem(field, column(value)), "Column d, row 2: " + value.ToString(0) +
                                                   " has more digits than " +
                                                   field.type.ToString() + " holds");
    }
  }
}

TEST(CheckValuesTest, TimesOfADay) {
  const Field field = Optional(1, "t", Type::Time());
  ExpectProblems({
      {field, "[0, null, 86399999999]", ""},
      {field, "[0, 86400000000]",
       "Column t, row 2: 86400000000 microseconds are not a time of day (0 to "
       "86399999999)"},
      {field, "[-1]",
       "Column t, row 1: -1 microseconds are not a time of day (0 to 86399999999)"},
  });
}

ArrayPtr Texts(const std::vector<std::string>& values) {
  arrow::StringBuilder builder;
  EXPECT_OK(builder.AppendValues(values));
  return *builder.Finish();
}

TEST(CheckValuesTest, TextIsUtf8) {
  const Field field = Optional(1, "s", Type::String());
  EXPECT_EQ(Problem(field, Texts({"", "plain", "é", "\xF0\x9F\x8E\x89", ""})), "");
  struct BadText {
    const char* name;
    std::vector<std::string> values;
    const char* problem;
  };
  const BadText cases[] = {
      {"a byte", {"a", "b\xFF"}, "Column s, row 2: 'b\\xff' is not UTF-8 text"},
      {"an overlong form",
       {"\xC0\x80"},
       "Column s, row 1: '\\xc0\\x80' is not UTF-8 text"},
      {"a surrogate",
       {"\xED\xA0\x80"},
       "Column s, row 1: '\\xed\\xa0\\x80' is not UTF-8 text"},
      // Together they are a character, each alone is none.
      {"cut", {"ok", "\xC3", "\xA9"}, "Column s, row 2: '\\xc3' is not UTF-8 text"},
      {"long",
       {std::string(50, 'x') + "\xFF"},
       "Column s, row 1: 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'… (51 bytes) is not "
       "UTF-8 text"},
  };
  for (const BadText& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(Problem(field, Texts(c.values)), c.problem);
  }
  // Below a null it does not matter, nor outside of a slice.
  const auto bad = Texts({"a", "\xFF", "b"});
  auto data = bad->data()->Copy();
  data->buffers[0] = arrow::Buffer::FromString(std::string(1, '\x05'));
  data->null_count = 1;
  EXPECT_EQ(Problem(field, arrow::MakeArray(data)), "");
  EXPECT_EQ(Problem(field, bad->Slice(2)), "");
  EXPECT_EQ(Problem(field, bad->Slice(1)), "Column s, row 1: '\\xff' is not UTF-8 text");
}

TEST(CheckValuesTest, VariantsHaveBothParts) {
  const Field field = Optional(1, "v", Type::Variant());
  const auto parts = arrow::struct_({arrow::field("metadata", arrow::binary()),
                                     arrow::field("value", arrow::binary())});
  EXPECT_EQ(Problem(field, FromJson(parts, R"([["m", "v"], null])")), "");
  EXPECT_EQ(Problem(field, FromJson(parts, R"([["m", "v"], ["m", null]])")),
            "Column v.value, row 2: null, but binary is required there");
}

}  // namespace
}  // namespace tarn::storage
