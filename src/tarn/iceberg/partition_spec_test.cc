#include "tarn/iceberg/partition_spec.h"

#include <limits>
#include <unordered_set>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tarn/iceberg/redundant_times.h"
#include "tarn/iceberg/value.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::iceberg {
namespace {

using nlohmann::json;

std::shared_ptr<const Schema> TestSchema() {
  const Type point = Type::Struct({{.id = 6, .name = "x", .type = Type::Int()}});
  return Schema::Make(
             SchemaId{0},
             {{.id = 1, .name = "id", .type = Type::Long(), .required = true},
              {.id = 2, .name = "ts", .type = Type::TimestampTz()},
              {.id = 3, .name = "region", .type = Type::String()},
              {.id = 4, .name = "tags", .type = Type::List(5, Type::String(), true)},
              {.id = 7, .name = "point", .type = point},
              {.id = 8, .name = "amount", .type = Type::Double()}})
      .ValueOrDie();
}

PartitionField Make(FieldId source, Transform transform, const char* name,
                    FieldId field_id = 0) {
  return {.source_ids = {source},
          .field_id = field_id,
          .name = name,
          .transform = std::move(transform)};
}

TEST(PartitionSpec, UnpartitionedWithoutFieldsOrWithVoidOnly) {
  PartitionSpec spec;
  EXPECT_TRUE(spec.is_unpartitioned());
  spec.fields = {Make(1, Void{}, "id_null")};
  EXPECT_TRUE(spec.is_unpartitioned());
  spec.fields.push_back(Make(3, Identity{}, "region"));
  EXPECT_FALSE(spec.is_unpartitioned());
}

TEST(ValidateSpec, AcceptsWhatJavaAccepts) {
  const std::vector<PartitionField> cases[] = {
      {},
      {Make(3, Identity{}, "region")},
      {Make(3, Identity{}, "r")},
      {Make(6, Identity{}, "point.x")},
      {Make(1, Bucket{4}, "b4"), Make(1, Bucket{8}, "b8")},
      {Make(2, Day{}, "ts_day"), Make(2, Bucket{4}, "ts_bucket"),
       Make(2, Identity{}, "ts")},
      {Make(3, Void{}, "region"), Make(3, Void{}, "region_2")},
      {Make(99, Void{}, "gone")},
  };
  const auto schema = TestSchema();
  for (const auto& fields : cases) {
    EXPECT_OK(ValidateSpec({.id = SpecId{0}, .fields = fields}, *schema));
  }
}

TEST(ValidateSpec, RefusesTheRest) {
  struct Case {
    const char* name;
    std::vector<PartitionField> fields;
    const char* part;
  };
  PartitionField two_sources = Make(1, Bucket{4}, "b");
  two_sources.source_ids = {1, 3};
  const Case cases[] = {
      {"no column", {Make(99, Identity{}, "a")}, "99"},
      {"in a list", {Make(5, Identity{}, "a")}, "'tags.element'"},
      {"a list", {Make(4, Identity{}, "a")}, "list<string>"},
      {"type", {Make(8, Bucket{4}, "a")}, "double"},
      {"no name", {Make(3, Identity{}, "")}, "no name"},
      {"name twice",
       {Make(3, Identity{}, "a"), Make(1, Identity{}, "a")},
       "'a' is there twice"},
      {"term twice", {Make(3, Identity{}, "a"), Make(3, Identity{}, "b")}, "redundant"},
      {"two sources", {two_sources}, "exactly one"},
      {"id twice",
       {Make(1, Identity{}, "a", 1000), Make(3, Identity{}, "b", 1000)},
       "1000"},
  };
  const auto schema = TestSchema();
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_ERROR(ValidateSpec({.id = SpecId{0}, .fields = c.fields}, *schema),
                 ErrorCode::kInvalidArgument, c.part);
  }
  EXPECT_ERROR(
      ValidateSpec({.id = SpecId{0}, .fields = {Make(1, UnknownTransform{"z[2]"}, "a")}},
                   *schema),
      ErrorCode::kNotSupported, "z[2]");
}

TEST(ValidateSpec, Trap41_NamesMayOnlyBeThatOfTheIdentityColumn) {
  const auto schema = TestSchema();
  const auto check = [&](PartitionField field) {
    return ValidateSpec({.id = SpecId{0}, .fields = {std::move(field)}}, *schema);
  };
  EXPECT_OK(check(Make(3, Identity{}, "region")));
  EXPECT_ERROR(check(Make(1, Identity{}, "region")), ErrorCode::kInvalidArgument,
               "name of a column");
  EXPECT_ERROR(check(Make(3, Truncate{2}, "region")), ErrorCode::kInvalidArgument,
               "name of a column");
  EXPECT_ERROR(check(Make(2, Day{}, "id")), ErrorCode::kInvalidArgument,
               "name of a column");
}

TEST(ValidateSpec, Trap09_TwoTimeTransformsOfOneColumnAreRedundant) {
  const auto schema = TestSchema();
  const Transform times[] = {Year{}, Month{}, Day{}, Hour{}};
  for (const Transform& first : times) {
    for (const Transform& second : times) {
      const PartitionSpec spec{.id = SpecId{0},
                               .fields = {Make(2, first, "a"), Make(2, second, "b")}};
      EXPECT_ERROR(RefuseRedundantTimes(spec, *schema), ErrorCode::kInvalidArgument,
                   "redundant");
      EXPECT_EQ(ValidateSpec(spec, *schema).ok(), first != second);  // others' clients
    }
  }
}

TEST(PartitionTypes, Trap41_DroppedSourcesAndUnknownTransformsStayReadable) {
  const PartitionSpec spec{
      .id = SpecId{1},
      .fields = {Make(2, Day{}, "d", 1000), Make(99, Identity{}, "gone", 1001),
                 Make(1, UnknownTransform{"z[2]"}, "z", 1002),
                 Make(1, Bucket{4}, "b", 1003), Make(3, Void{}, "v", 1004)}};
  const auto schema = TestSchema();
  const std::vector<Type> expected = {Type::Date(), Type::Unknown(), Type::Unknown(),
                                      Type::Int(), Type::String()};
  EXPECT_EQ(PartitionTypes(spec, *schema), expected);
  const Type row = PartitionStruct(spec, *schema);
  ASSERT_EQ(row.fields().size(), 5U);
  for (size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(row.fields()[i].id, spec.fields[i].field_id);
    EXPECT_EQ(row.fields()[i].name, spec.fields[i].name);
    EXPECT_EQ(row.fields()[i].type, expected[i]);
    EXPECT_FALSE(row.fields()[i].required);
  }
}

TEST(PartitionPath, EscapesAsJavasUrlEncoder) {
  const auto schema = TestSchema();
  const PartitionSpec spec{
      .id = SpecId{0},
      .fields = {Make(2, Day{}, "ts_day"), Make(3, Identity{}, "a region/é")}};
  const std::pair<const char*, const char*> cases[] = {
      {"EU", "EU"},
      {"", ""},
      {"a b", "a+b"},
      {"a+b", "a%2Bb"},
      {"x/y=z?&%", "x%2Fy%3Dz%3F%26%25"},
      {"A-z_0.9*", "A-z_0.9*"},
      {"~!'()", "%7E%21%27%28%29"},
      {"é😀", "%C3%A9%F0%9F%98%80"},
      {"..", ".."},
  };
  for (const auto& [region, escaped] : cases) {
    EXPECT_EQ(PartitionPath(spec, *schema, {Value(19753), Value(std::string(region))}),
              std::string("ts_day=2024-01-31/a+region%2F%C3%A9=") + escaped);
  }
  EXPECT_EQ(PartitionPath(spec, *schema, {Value(), Value()}),
            "ts_day=null/a+region%2F%C3%A9=null");
}

TEST(PartitionPath, TimestampsAndUnpartitioned) {
  const auto schema = TestSchema();
  const PartitionSpec spec{.id = SpecId{0}, .fields = {Make(2, Identity{}, "ts")}};
  EXPECT_EQ(PartitionPath(spec, *schema, {Value(int64_t{1510871468000000})}),
            "ts=2017-11-16T22%3A31%3A08%2B00%3A00");
  EXPECT_EQ(PartitionPath({}, *schema, {}), "");
  EXPECT_EQ(PartitionPath({.id = SpecId{1}, .fields = {Make(3, Void{}, "v")}}, *schema,
                          {Value()}),
            "");
  EXPECT_EQ(PartitionPath({.id = SpecId{1},
                           .fields = {Make(3, Void{}, "v"), Make(1, Bucket{4}, "b")}},
                          *schema, {Value(), Value(3)}),
            "v=null/b=3");
}

TEST(PartitionSpecJson, ReadsBack) {
  const PartitionSpec spec{
      .id = SpecId{5},
      .fields = {Make(2, Day{}, "ts_day", 1000), Make(1, Bucket{16}, "id_bucket", 1001)}};
  const json tree = PartitionSpecToJson(spec);
  EXPECT_EQ(tree, json::parse(R"({"spec-id":5,"fields":[
    {"name":"ts_day","transform":"day","source-id":2,"field-id":1000},
    {"name":"id_bucket","transform":"bucket[16]","source-id":1,"field-id":1001}]})"));
  ASSERT_OK_AND_ASSIGN(const PartitionSpec again, PartitionSpecFromJson(tree));
  EXPECT_EQ(again, spec);
  ASSERT_OK_AND_ASSIGN(
      const PartitionSpec of_fields,
      PartitionSpecFromFieldsJson(SpecId{5}, PartitionFieldsToJson(spec)));
  EXPECT_EQ(of_fields, spec);
}

TEST(PartitionSpecJson, Trap41_MissingFieldIdsCountFrom1000) {
  const json tree = json::parse(R"([{"name":"a","transform":"identity","source-id":1},
                                    {"name":"b","transform":"void","source-id":3}])");
  ASSERT_OK_AND_ASSIGN(const PartitionSpec spec,
                       PartitionSpecFromFieldsJson(SpecId{0}, tree));
  EXPECT_EQ(spec.fields[0].field_id, 1000);
  EXPECT_EQ(spec.fields[1].field_id, 1001);
}

TEST(PartitionSpecJson, Trap08_UnknownAndMultiArgumentTransformsAreKept) {
  const json tree = json::parse(R"({"spec-id":1,"fields":[
    {"name":"z","transform":"zorder[2]","source-id":1,"field-id":1000},
    {"name":"m","transform":"bucket[4]","source-ids":[1,3],"field-id":1001}]})");
  ASSERT_OK_AND_ASSIGN(const PartitionSpec spec, PartitionSpecFromJson(tree));
  EXPECT_EQ(spec.fields[0].transform, Transform(UnknownTransform{"zorder[2]"}));
  EXPECT_EQ(spec.fields[1].transform, Transform(UnknownTransform{"bucket[4]"}));
  EXPECT_EQ(spec.fields[1].source_ids, (std::vector<FieldId>{1, 3}));
  EXPECT_EQ(PartitionSpecToJson(spec), tree);
}

TEST(PartitionSpecJson, Trap08_OneSourceInAListIsOneSource) {
  const json tree = json::parse(
      R"({"spec-id":1,"fields":[{"name":"b","transform":"bucket[4]","source-ids":[1],"field-id":1000}]})");
  ASSERT_OK_AND_ASSIGN(const PartitionSpec spec, PartitionSpecFromJson(tree));
  EXPECT_EQ(spec.fields[0].transform, Transform(Bucket{4}));
  EXPECT_EQ(PartitionSpecToJson(spec)["fields"][0]["source-id"], 1);
}

TEST(PartitionSpecJson, WrongDocumentsAreRefused) {
  const std::pair<const char*, const char*> cases[] = {
      {"[]", "object"},
      {"{}", "'spec-id' is missing"},
      {R"({"spec-id":-1})", "'spec-id'"},
      {R"({"spec-id":0})", "'fields' is missing"},
      {R"({"spec-id":0,"fields":{}})", "array"},
      {R"({"spec-id":0,"fields":[1]})", "object"},
      {R"({"spec-id":0,"fields":[{"transform":"day","source-id":1}]})", "'name'"},
      {R"({"spec-id":0,"fields":[{"name":"a","source-id":1}]})", "'a': 'transform'"},
      {R"({"spec-id":0,"fields":[{"name":"a","transform":"day"}]})", "'source-id'"},
      {R"({"spec-id":0,"fields":[{"name":"a","transform":"day","source-ids":[]}]})",
       "'source-ids'"},
      {R"({"spec-id":0,"fields":[{"name":"a","transform":"day","source-ids":["1"]}]})",
       "'source-ids'"},
      {R"({"spec-id":0,"fields":[{"name":"a","transform":"bucket[0]","source-id":1}]})",
       "bucket[0]"},
      {R"({"spec-id":0,"fields":[{"name":"a","transform":"day","source-id":1,"field-id":"x"}]})",
       "'field-id'"},
      {R"({"spec-id":0,"fields":[{"name":"a","transform":"day","source-id":1,"field-id":1000},
                                 {"name":"b","transform":"day","source-id":1}]})",
       "only 1 of 2"},
  };
  for (const auto& [text, part] : cases) {
    SCOPED_TRACE(text);
    EXPECT_ERROR(PartitionSpecFromJson(json::parse(text)), ErrorCode::kInvalidData, part);
  }
}

TEST(PartitionTuple, HashesByValueWithNullAndNaN) {
  std::unordered_set<PartitionTuple, PartitionTupleHash, PartitionTupleEquals> tuples;
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const PartitionTuple distinct[] = {{},
                                     {Value()},
                                     {Value(), Value()},
                                     {Value(1), Value()},
                                     {Value(), Value(1)},
                                     {Value(nan)},
                                     {Value(0.0)},
                                     {Value(-0.0)},
                                     {Value(std::string("a")), Value(std::string("b"))},
                                     {Value(std::string("ab")), Value(std::string())}};
  for (const PartitionTuple& tuple : distinct) {
    EXPECT_TRUE(tuples.insert(tuple).second);
  }
  for (const PartitionTuple& tuple : distinct) {
    EXPECT_TRUE(tuples.contains(tuple));
  }
}

}  // namespace
}  // namespace tarn::iceberg
