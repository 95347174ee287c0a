#include "tarn/iceberg/avro/schema.h"

#include <string>

#include <gtest/gtest.h>

#include "tarn/testing/status_matchers.h"

namespace tarn::iceberg::avro {
namespace {

constexpr char kRecord[] = R"({"type":"record","name":"a.b.Row","fields":[
  {"name":"id","type":"long","field-id":7,"doc":"key","default":-1,"aliases":["old"]},
  {"name":"ts",
   "type":["null",{"type":"long","logicalType":"timestamp-micros","adjust-to-utc":true}]},
  {"name":"dec",
   "type":{"type":"fixed","name":"D","size":5,"logicalType":"decimal","precision":9,"scale":2}},
  {"name":"dec2","type":"D"},
  {"name":"m",
   "type":{"type":"array","logicalType":"map","items":{"type":"record","name":"kv","fields":[
     {"name":"key","type":"int","field-id":1},{"name":"value","type":"bytes","field-id":2}]}}},
  {"name":"l","type":{"type":"array","items":"string","element-id":9}},
  {"name":"sm","type":{"type":"map","values":"float","key-id":10,"value-id":11}},
  {"name":"e","type":{"type":"enum","name":"other.E","symbols":["A","B"]}},
  {"name":"next","type":["null","Row"]}]})";

TEST(AvroSchema, ReadsEveryKindWithIcebergsAttributes) {
  ASSERT_OK_AND_ASSIGN(const Schema schema, Schema::FromJson(kRecord));
  const Node& root = schema.root();
  ASSERT_EQ(root.kind, Kind::kRecord);
  EXPECT_EQ(root.name, "a.b.Row");
  ASSERT_EQ(root.fields.size(), 9u);
  EXPECT_EQ(root.fields[0].field_id, 7);
  EXPECT_EQ(root.fields[0].doc, "key");
  EXPECT_EQ(root.fields[0].default_json, "-1");
  EXPECT_EQ(root.fields[0].aliases, std::vector<std::string>{"old"});
  const Node& time = schema.node(schema.node(root.fields[1].node).children[1]);
  EXPECT_EQ(time.logical, Logical::kTimestampMicros);
  EXPECT_EQ(time.adjust_to_utc, true);
  const Node& decimal = schema.node(root.fields[2].node);
  EXPECT_EQ(decimal.name, "a.b.D");
  EXPECT_EQ(decimal.logical, Logical::kDecimal);
  EXPECT_EQ(decimal.size, 5);
  EXPECT_EQ(decimal.precision, 9);
  EXPECT_EQ(decimal.scale, 2);
  EXPECT_EQ(root.fields[3].node, root.fields[2].node);
  EXPECT_EQ(schema.node(root.fields[4].node).logical, Logical::kMap);
  EXPECT_EQ(schema.node(root.fields[5].node).element_id, 9);
  EXPECT_EQ(schema.node(root.fields[6].node).key_id, 10);
  EXPECT_EQ(schema.node(root.fields[6].node).value_id, 11);
  EXPECT_EQ(schema.node(root.fields[7].node).name, "other.E");
  EXPECT_EQ(schema.node(root.fields[8].node).children[1], schema.root_id());
}

TEST(AvroSchema, PrintedTextReadsBackTheSame) {
  for (const char* json :
       {kRecord, "\"null\"", R"(["null","int",{"type":"int","logicalType":"date"}])",
        R"({"type":{"type":"fixed","name":"f","size":0}})"}) {
    SCOPED_TRACE(json);
    ASSERT_OK_AND_ASSIGN(const Schema schema, Schema::FromJson(json));
    const std::string text = schema.ToJson();
    ASSERT_OK_AND_ASSIGN(const Schema again, Schema::FromJson(text));
    EXPECT_EQ(again.ToJson(), text);
    EXPECT_EQ(again.nodes().size(), schema.nodes().size());
  }
}

TEST(AvroSchema, UnqualifiedNamesAreOfTheirRecordsNamespace) {
  ASSERT_OK_AND_ASSIGN(const Schema schema,
                       Schema::FromJson(R"({"type":"record","name":"R","namespace":"n",
    "fields":[{"name":"a","type":{"type":"record","name":"m.S","fields":[
      {"name":"x","type":{"type":"fixed","name":"F","size":1}}]}},{"name":"b","type":"m.F"}]})"));
  EXPECT_EQ(schema.root().name, "n.R");
  EXPECT_EQ(schema.node(schema.root().fields[1].node).name, "m.F");
}

TEST(AvroSchema, ALogicalTypeThatDoesNotFitIsIgnored) {
  for (const char* json :
       {R"({"type":"string","logicalType":"date"})",
        R"({"type":"bytes","logicalType":"decimal","precision":2,"scale":3})",
        R"({"type":"fixed","name":"f","size":15,"logicalType":"uuid"})",
        R"({"type":"long","logicalType":"of-the-future"})"}) {
    SCOPED_TRACE(json);
    ASSERT_OK_AND_ASSIGN(const Schema schema, Schema::FromJson(json));
    EXPECT_EQ(schema.root().logical, Logical::kNone);
  }
}

TEST(AvroSchema, RefusesWhatIsNoSchema) {
  const std::string deep = std::string(500, '[') + "\"int\"" + std::string(500, ']');
  std::string deep_arrays = "\"int\"";
  for (int i = 0; i < 100; ++i) {
    deep_arrays = R"({"type":"array","items":)" + deep_arrays + "}";
  }
  for (
      const std::string& json :
      {std::string(""), std::string("{"), std::string("3"), std::string("{}"),
       std::string("\"nope\""), std::string("[]"), std::string("[[\"int\"]]"), deep,
       deep_arrays, std::string(R"({"type":"record","name":"r"})"),
       std::string(R"({"type":"record","fields":[]})"),
       std::string(R"({"type":"record","name":"r","fields":[{"name":"a"}]})"),
       std::string(
           R"({"type":"record","name":"r","fields":[{"name":"a","type":"int"},
                {"name":"a","type":"int"}]})"),
       std::string(
           R"([{"type":"fixed","name":"f","size":1},{"type":"fixed","name":"f","size":2}])"),
       std::string(R"({"type":"fixed","name":"f","size":-1})"),
       std::string(R"({"type":"fixed","name":"f","size":99999999999})"),
       std::string(R"({"type":"enum","name":"e","symbols":[1]})"),
       std::string(R"({"type":"array"})"), std::string(R"({"type":"map"})")}) {
    SCOPED_TRACE(json.substr(0, 100));
    EXPECT_ERROR(Schema::FromJson(json), ErrorCode::kInvalidData, "Avro schema: ");
  }
}

TEST(AvroSchema, Trap47_NamesAreSanitised) {
  struct Case {
    const char* name;
    const char* sanitized;
  };
  constexpr Case kCases[] = {
      {"plain_1", "plain_1"},   {"", "_"},          {"1st", "_1st"},
      {"a b", "a_x20b"},        {"a.b", "a_x2Eb"},  {" x", "_x20x"},
      {"ts-day", "ts_x2Dday"},  {"é", "_xE9"},      {"☃", "_x2603"},
      {"a😎", "a_xD83D_xDE0E"}, {"a\xC3", "a_xC3"}, {"_ok", "_ok"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(SanitizeName(c.name), c.sanitized);
  }
}

}  // namespace
}  // namespace tarn::iceberg::avro
