#include "tarn/iceberg/client_filter.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tarn/base/error.h"
#include "tarn/base/json_fields.h"
#include "tarn/iceberg/expression_json.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::iceberg {
namespace {

std::shared_ptr<const Schema> TestSchema() {
  return Schema::Make(SchemaId{{0}},
                      {{.id = 1, .name = "id", .type = Type::Long(), .required = true},
                       {.id = 2, .name = "Name", .type = Type::String()},
                       {.id = 3, .name = "day", .type = Type::Date()},
                       {.id = 4, .name = "at", .type = Type::TimestampTz()},
                       {.id = 5, .name = "price", .type = Type::Decimal(9, 2)},
                       {.id = 6, .name = "small", .type = Type::Int()},
                       {.id = 7, .name = "x", .type = Type::Float()},
                       {.id = 8, .name = "bytes", .type = Type::Binary()},
                       {.id = 9, .name = "clock", .type = Type::Time()},
                       {.id = 10, .name = "nano", .type = Type::TimestampNs()},
                       {.id = 11, .name = "key", .type = Type::Uuid()}})
      .ValueOrDie();
}

Result<ClientFilter> Read(std::string_view json, NameCase names = NameCase::kSensitive) {
  const Json tree = Json::parse(json);
  return ClientFilterFromJson(tree, *TestSchema(), names);
}

struct Case {
  const char* json;
  const char* bound;  // ExpressionToJson of what was read
};

/// What PyIceberg 0.12 and Java 1.12 send, and the form of 2026.
constexpr Case kUnderstood[] = {
    {"true", "true"},
    {R"({"type": "false"})", "false"},
    {R"({"type": "literal", "value": true})", "true"},
    {R"({"type": "gt", "term": "id", "value": 5})",
     R"({"term":"id","type":"gt","value":5})"},
    {R"({"type": "gt", "left": {"type": "reference", "id": 1}, "right": 5})",
     R"({"term":"id","type":"gt","value":5})"},
    {R"({"type": "lt", "left": 5, "right": {"type": "reference", "name": "id"}})",
     R"({"term":"id","type":"gt","value":5})"},
    {R"({"type": "eq", "left": {"type": "reference", "name": "id"},
         "right": {"type": "literal", "value": 7, "data-type": "int"}})",
     R"({"term":"id","type":"eq","value":7})"},
    {R"({"type": "in", "child": {"type": "reference", "id": 1}, "values": [3, 1]})",
     R"({"term":"id","type":"in","values":[1,3]})"},
    {R"({"type": "in", "child": {"type": "reference", "id": 1},
         "values": {"type": "literals", "values": [3, 1], "data-type": "long"}})",
     R"({"term":"id","type":"in","values":[1,3]})"},
    {R"({"type": "is-null", "child": {"type": "reference", "id": 2}})",
     R"({"term":"Name","type":"is-null"})"},
    // Nulls pass, as the format has it.
    {R"({"type": "not-eq", "term": "Name", "value": "a"})",
     R"({"term":"Name","type":"not-eq","value":"a"})"},
    {R"({"type": "not", "child": {"type": "eq", "term": "Name", "value": "a"}})",
     R"({"term":"Name","type":"not-eq","value":"a"})"},
    {R"({"type": "not", "child": {"type": "not-eq", "term": "Name", "value": "a"}})",
     R"({"term":"Name","type":"eq","value":"a"})"},
    {R"({"type": "not", "child": {"type": "or",
         "left": {"type": "lt", "term": "id", "value": 5},
         "right": {"type": "is-null", "term": "Name"}}})",
     R"({"left":{"term":"id","type":"gt-eq","value":5},)"
     R"("right":{"term":"Name","type":"not-null"},"type":"and"})"},
    // Java's clients do not know the column: days, microseconds.
    {R"({"type": "eq", "term": "day", "value": 19723})",
     R"({"term":"day","type":"eq","value":"2024-01-01"})"},
    {R"({"type": "gt-eq", "term": "at", "value": 1704067200000000})",
     R"({"term":"at","type":"gt-eq","value":"2024-01-01T00:00:00+00:00"})"},
    {R"({"type": "gt-eq", "term": "nano", "value": 1704067200000000})",
     R"({"term":"nano","type":"gt-eq","value":"2024-01-01T00:00:00"})"},
    {R"({"type": "eq", "term": "clock", "value": 3723000000})",
     R"({"term":"clock","type":"eq","value":"01:02:03"})"},
    // PyIceberg leaves the zone out.
    {R"({"type": "lt", "term": "at", "value": "2024-01-01T02:03:00"})",
     R"({"term":"at","type":"lt","value":"2024-01-01T02:03:00+00:00"})"},
    {R"({"type": "eq", "term": "price", "value": "1.5"})",
     R"({"term":"price","type":"eq","value":"1.50"})"},
    {R"({"type": "eq", "term": "price", "value": 2})",
     R"({"term":"price","type":"eq","value":"2.00"})"},
    {R"({"type": "lt", "term": "small", "value": 3000000000})",
     R"({"term":"small","type":"not-null"})"},
    {R"({"type": "eq", "term": "x", "value": 0.1})",
     R"({"term":"x","type":"eq","value":0.1})"},
    {R"({"type": "eq", "term": "bytes", "value": "01FF"})",
     R"({"term":"bytes","type":"eq","value":"01ff"})"},
    {R"({"type": "eq", "term": {"type": "transform", "transform": "bucket[16]",
         "term": "id"}, "value": 3})",
     R"({"term":{"term":"id","transform":"bucket[16]","type":"transform"},)"
     R"("type":"eq","value":3})"},
    {R"({"type": "eq", "left": {"type": "apply", "function": "bucket", "arguments":
         [16, {"type": "reference", "id": 1}]}, "right": 3})",
     R"({"term":{"term":"id","transform":"bucket[16]","type":"transform"},)"
     R"("type":"eq","value":3})"},
};

TEST(ClientFilter, UnderstandsEveryFormInUse) {
  for (const Case& c : kUnderstood) {
    SCOPED_TRACE(c.json);
    ASSERT_OK_AND_ASSIGN(const ClientFilter read, Read(c.json));
    EXPECT_EQ(ExpressionToJson(read.filter, *TestSchema()), c.bound);
    EXPECT_TRUE(read.is_exact);
  }
}

TEST(ClientFilter, Trap_WhatIsNotUnderstoodWidensAlsoUnderNot) {
  const char* const unknown[] = {
      R"({"type": "st-intersects", "term": "id", "value": 1})",
      R"({"type": "eq", "term": "id", "value": "five"})",
      R"({"type": "eq", "term": "bytes", "value": "no hex"})",
      R"({"type": "in", "term": "id", "values": [1, "two"]})",
      R"({"type": "is-nan", "term": "Name"})",
      R"({"type": "eq", "left": {"type": "reference", "id": 1},
          "right": {"type": "reference", "id": 6}})",
      R"({"type": "starts-with", "left": "ab", "right": {"type": "reference", "id": 2}})",
      R"({"type": "eq", "left": {"type": "apply", "function": "upper", "arguments":
          [{"type": "reference", "id": 2}]}, "right": "A"})",
      R"({"type": "eq", "term": {"type": "transform", "transform": "zorder[2]",
          "term": "id"}, "value": 3})",
  };
  for (const std::string part : unknown) {
    SCOPED_TRACE(part);
    for (
        const std::string& json :
        {part, R"({"type": "not", "child": )" + part + "}",
         R"({"type": "or", "left": {"type": "eq", "term": "id", "value": 1}, "right": )" +
             part + "}"}) {
      ASSERT_OK_AND_ASSIGN(const ClientFilter read, Read(json));
      EXPECT_EQ(ExpressionToJson(read.filter, *TestSchema()), "true");
      EXPECT_FALSE(read.is_exact);
    }
    ASSERT_OK_AND_ASSIGN(const ClientFilter both,
                         Read(R"({"type": "and", "left": {"type": "eq", "term": "id",
                                  "value": 1}, "right": )" +
                              part + "}"));
    EXPECT_EQ(ExpressionToJson(both.filter, *TestSchema()),
              R"({"term":"id","type":"eq","value":1})");
    EXPECT_FALSE(both.is_exact);
  }
}

TEST(ClientFilter, NamesWithoutRegardToCase) {
  const char* json = R"({"type": "is-null", "term": "NAME"})";
  EXPECT_EQ(CodeOf(Read(json).status()), ErrorCode::kNoSuchColumn);
  ASSERT_OK_AND_ASSIGN(const ClientFilter read, Read(json, NameCase::kInsensitive));
  EXPECT_EQ(ExpressionToJson(read.filter, *TestSchema()),
            R"({"term":"Name","type":"is-null"})");
}

TEST(ClientFilter, Trap_ANameThatMovedToAnotherFieldIsNotTrusted) {
  const auto schema =
      Schema::Make(SchemaId{{0}}, {{.id = 1, .name = "a", .type = Type::Long()},
                                   {.id = 2, .name = "b", .type = Type::Long()}})
          .ValueOrDie();
  const auto renamed =
      Schema::Make(SchemaId{{1}}, {{.id = 2, .name = "a", .type = Type::Long()},
                                   {.id = 3, .name = "b", .type = Type::Long()}})
          .ValueOrDie();
  for (const char* json : {R"({"type": "eq", "term": "a", "value": 1})",
                           R"({"type": "eq", "term": "b", "value": 1})"}) {
    ASSERT_OK_AND_ASSIGN(const ClientFilter read,
                         ClientFilterFromJson(Json::parse(json), *schema,
                                              NameCase::kSensitive, renamed.get()));
    EXPECT_FALSE(read.is_exact);
    EXPECT_EQ(ExpressionToJson(read.filter, *schema), "true");
  }
}

TEST(ClientFilter, RefusesWhatIsNoFilter) {
  const std::pair<const char*, ErrorCode> refused[] = {
      {"[]", ErrorCode::kInvalidData},
      {"3", ErrorCode::kInvalidData},
      {R"({"term": "id", "value": 1})", ErrorCode::kInvalidData},
      {R"({"type": "eq", "term": "id"})", ErrorCode::kInvalidData},
      {R"({"type": "eq", "term": "id", "value": null})", ErrorCode::kInvalidData},
      {R"({"type": "eq", "left": {"type": "reference", "id": 1}})",
       ErrorCode::kInvalidData},
      {R"({"type": "is-null"})", ErrorCode::kInvalidData},
      {R"({"type": "and", "left": true})", ErrorCode::kInvalidData},
      {R"({"type": "in", "term": "id", "values": 3})", ErrorCode::kInvalidData},
      {R"({"type": "eq", "term": "gone", "value": 1})", ErrorCode::kNoSuchColumn},
      {R"({"type": "is-null", "child": {"type": "reference", "id": 99}})",
       ErrorCode::kNoSuchColumn},
  };
  for (const auto& [json, code] : refused) {
    SCOPED_TRACE(json);
    const auto read = Read(json);
    ASSERT_FALSE(read.ok());
    EXPECT_EQ(CodeOf(read.status()), code) << read.status().message();
  }
}

}  // namespace
}  // namespace tarn::iceberg
