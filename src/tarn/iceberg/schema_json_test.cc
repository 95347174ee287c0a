#include "tarn/iceberg/schema_json.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tarn/testing/status_matchers.h"

namespace tarn::iceberg {
namespace {

using nlohmann::json;

json Parse(const char* text) {
  json tree = json::parse(text, nullptr, /*allow_exceptions=*/false);
  EXPECT_FALSE(tree.is_discarded()) << text;
  return tree;
}

// Spec, Appendix C: every kind of type.
constexpr char kSchema[] = R"json({
  "type": "struct", "schema-id": 3, "identifier-field-ids": [1],
  "fields": [
    {"id": 1, "name": "id", "required": true, "type": "uuid", "doc": "the key",
     "initial-default": "0db3e2a8-9d1d-42b9-aa7b-74ebe558dceb",
     "write-default": "ec5911be-b0a7-458c-8438-c9a3e53cffae"},
    {"id": 2, "name": "data", "required": false, "type":
      {"type": "map", "key-id": 3, "key": "string", "value-id": 4, "value-required": false, "value":
        {"type": "list", "element-id": 5, "element-required": true, "element":
          {"type": "struct", "fields": [
            {"id": 6, "name": "price", "required": true, "type": "decimal(9, 2)"},
            {"id": 7, "name": "hash", "required": false, "type": "fixed[16]"}]}}}},
    {"id": 8, "name": "at", "required": false, "type": "timestamptz"}]})json";

TEST(SchemaJson, AppendixCReadsBack) {
  ASSERT_OK_AND_ASSIGN(const auto schema, SchemaFromJson(Parse(kSchema)));
  EXPECT_EQ(schema->id(), SchemaId{3});
  EXPECT_EQ(schema->identifier_field_ids(), std::vector<FieldId>{1});
  EXPECT_EQ(schema->FindByName("data.value.element.price")->type, Type::Decimal(9, 2));
  EXPECT_EQ(schema->FindByName("data.value.element.hash")->type, Type::Fixed(16));
  EXPECT_FALSE(schema->FindByName("data.value")->required);
  EXPECT_TRUE(schema->FindByName("data.value.element")->required);
  const Field& id = schema->fields()[0];
  EXPECT_EQ(id.doc, "the key");
  EXPECT_EQ(std::get<std::string>(*id.initial_default).size(), 16U);
  EXPECT_NE(id.initial_default, id.write_default);
  EXPECT_EQ(SchemaToJson(*schema), Parse(kSchema));
}

TEST(SchemaJson, VersionOneHasNoSchemaId) {
  ASSERT_OK_AND_ASSIGN(const auto schema,
                       SchemaFromJson(Parse(R"({"type":"struct","fields":[]})")));
  EXPECT_EQ(schema->id(), SchemaId{0});
  EXPECT_TRUE(schema->fields().empty());
}

TEST(SchemaJson, Trap49_DecimalWithoutTheSpaceIsTheSameType) {
  const char* text =
      R"json({"type":"struct","fields":[{"id":1,"name":"d","required":false,"type":"decimal(9,2)"}]})json";
  ASSERT_OK_AND_ASSIGN(const auto schema, SchemaFromJson(Parse(text)));
  EXPECT_EQ(schema->fields()[0].type, Type::Decimal(9, 2));
  EXPECT_EQ(TypeToJson(Type::Decimal(9, 2)), "decimal(9, 2)")
      << "as the reference writes it";
}

TEST(SchemaJson, NullDefaultIsNone) {
  const char* text =
      R"({"type":"struct","fields":[{"id":1,"name":"d","required":false,"type":"int",
    "initial-default":null,"write-default":7,"doc":null}]})";
  ASSERT_OK_AND_ASSIGN(const auto schema, SchemaFromJson(Parse(text)));
  EXPECT_FALSE(schema->fields()[0].initial_default.has_value());
  EXPECT_EQ(schema->fields()[0].write_default, Value(7));
  EXPECT_FALSE(SchemaToJson(*schema)["fields"][0].contains("initial-default"));
}

TEST(SchemaJson, WrongDocumentsNameTheColumn) {
  const std::pair<const char*, const char*> cases[] = {
      {"[]", "object"},
      {"3", "object"},
      {R"({"type":"struct"})", "'fields' is missing"},
      {R"({"type":"struct","fields":{}})", "'fields' is not an array"},
      {R"({"type":"struct","fields":[3]})", "object"},
      {R"({"type":"struct","fields":[{}]})", "'name' is missing"},
      {R"({"type":"struct","fields":[{"name":3}]})", "'name' is not a string"},
      {R"({"type":"struct","fields":[{"name":"a"}]})",
       "'a' of a schema: 'id' is missing"},
      {R"({"type":"struct","fields":[{"name":"a","id":-1}]})", "'id' is not an id"},
      {R"({"type":"struct","fields":[{"name":"a","id":1.5}]})", "'id' is not an id"},
      {R"({"type":"struct","fields":[{"name":"a","id":4294967297}]})",
       "'id' is not an id"},
      {R"({"type":"struct","fields":[{"name":"a","id":18446744073709551615}]})",
       "'id' is not an id"},
      {R"({"type":"struct","fields":[{"name":"a","id":1}]})", "'required' is missing"},
      {R"({"type":"struct","fields":[{"name":"a","id":1,"required":"no"}]})",
       "'required' is not a boolean"},
      {R"({"type":"struct","fields":[{"name":"a","id":1,"required":true}]})",
       "'type' is missing"},
      {R"({"type":"struct","fields":[{"name":"a","id":1,"required":true,"type":"money"}]})",
       "'money'"},
      {R"({"type":"struct","fields":[{"name":"a","id":1,"required":true,"type":7}]})",
       "object"},
      {R"({"type":"struct","fields":[{"name":"a","id":1,"required":true,"type":{"type":"set"}}]})",
       "'set'"},
      {R"({"type":"struct","fields":[{"name":"a","id":1,"required":true,"type":{"type":"list"}}]})",
       "'element-id'"},
      {R"({"type":"struct","fields":[{"name":"a","id":1,"required":true,"type":{"type":"map","key-id":2}}]})",
       "'value-id'"},
      {R"({"type":"struct","fields":[{"name":"a","id":1,"required":true,"type":{"type":"list","element-id":2,
        "element-required":true,"element":{"type":"struct","fields":[{"name":"b"}]}}}]})",
       "'a.element.b'"},
      {R"({"type":"struct","fields":[{"name":"a","id":1,"required":true,"type":"int","write-default":"x"}]})",
       "'write-default'"},
      {R"({"type":"struct","fields":[{"name":"a","id":1,"required":true,"type":"int","doc":3}]})",
       "'doc'"},
      {R"({"type":"struct","fields":[{"name":"a","id":2147483546,"required":true,"type":"int"}]})",
       "2147483546"},
      {R"({"type":"struct","fields":[],"schema-id":"x"})", "'schema-id'"},
      {R"({"type":"struct","fields":[],"identifier-field-ids":3})",
       "'identifier-field-ids'"},
      {R"({"type":"struct","fields":[],"identifier-field-ids":["1"]})",
       "'identifier-field-ids'"},
      {R"({"type":"struct","fields":[],"identifier-field-ids":[1]})", "identifier"},
  };
  for (const auto& [text, part] : cases) {
    SCOPED_TRACE(text);
    EXPECT_ERROR(SchemaFromJson(Parse(text)), ErrorCode::kInvalidData, part);
  }
}

TEST(TypeJson, EveryTypeReadsBack) {
  const Type row =
      Type::Struct({{.id = 1, .name = "a", .type = Type::Int(), .required = true}});
  for (const Type& type :
       {Type::Boolean(), Type::Long(), Type::Decimal(38, 10), Type::Fixed(3),
        Type::TimestampTzNs(), Type::Variant(), Type::Geometry("EPSG:3857"),
        Type::Geography(), row, Type::List(4, row, false),
        Type::Map(5, Type::String(), 6, row, true)}) {
    SCOPED_TRACE(type.ToString());
    ASSERT_OK_AND_ASSIGN(const Type again, TypeFromJson(TypeToJson(type)));
    EXPECT_EQ(again, type);
  }
}

json NestedLists(int depth) {
  json type = "int";
  for (int i = 0; i < depth; ++i) {
    json list = {{"type", "list"}, {"element-id", i + 1}, {"element-required", true}};
    list["element"] = std::move(type);
    type = std::move(list);
  }
  return type;
}

TEST(TypeJson, DepthHasALimit) {
  EXPECT_OK(TypeFromJson(NestedLists(100)));
  EXPECT_ERROR(TypeFromJson(NestedLists(101)), ErrorCode::kInvalidData, "deeper");
  EXPECT_ERROR(TypeFromJson(NestedLists(5000)), ErrorCode::kInvalidData, "deeper");
}

}  // namespace
}  // namespace tarn::iceberg
