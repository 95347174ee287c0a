#include "tarn/iceberg/name_mapping.h"

#include <string>

#include <gtest/gtest.h>

#include "tarn/testing/status_matchers.h"

namespace tarn::iceberg {
namespace {

TEST(NameMapping, ReadsTheSpecsExampleAndWritesItBack) {
  const std::string json =
      R"([{"field-id":1,"names":["id","record_id"]},{"field-id":2,"names":["data"]},)"
      R"({"field-id":3,"names":["location"],"fields":[{"field-id":4,"names":["latitude","lat"]},)"
      R"({"names":["long"]}]},{"field-id":5,"names":[]}])";
  ASSERT_OK_AND_ASSIGN(const NameMapping mapping, NameMappingFromJson(json));
  ASSERT_EQ(mapping.size(), 4u);
  EXPECT_EQ(mapping[0].names, (std::vector<std::string>{"id", "record_id"}));
  EXPECT_EQ(mapping[2].fields[0].field_id, 4);
  EXPECT_EQ(mapping[2].fields[1].field_id, std::nullopt);
  EXPECT_TRUE(mapping[3].names.empty());
  EXPECT_EQ(NameMappingToJson(mapping), json);
}

TEST(NameMapping, Trap51_OfASchemaNamesElementsKeysAndValues) {
  ASSERT_OK_AND_ASSIGN(
      const auto schema,
      Schema::Make(
          SchemaId{0},
          {{.id = 1, .name = "a", .type = Type::Long()},
           {.id = 2, .name = "tags", .type = Type::List(3, Type::String(), false)},
           {.id = 4,
            .name = "m",
            .type = Type::Map(5, Type::String(), 6,
                              Type::Struct({{.id = 7, .name = "x", .type = Type::Int()}}),
                              false)}}));
  EXPECT_EQ(
      NameMappingToJson(NameMappingOf(*schema)),
      R"([{"field-id":1,"names":["a"]},)"
      R"({"field-id":2,"names":["tags"],"fields":[{"field-id":3,"names":["element"]}]},)"
      R"({"field-id":4,"names":["m"],"fields":[{"field-id":5,"names":["key"]},)"
      R"({"field-id":6,"names":["value"],"fields":[{"field-id":7,"names":["x"]}]}]}])");
}

TEST(NameMapping, RefusesWhatIsNoMapping) {
  std::string deep = "[]";
  for (int i = 0; i < 100; ++i) {
    deep = R"([{"names":[],"fields":)" + deep + "}]";
  }
  for (const std::string& json :
       {std::string(""), std::string("{}"), std::string("[1]"), deep,
        std::string(R"([{"names":"a"}])"), std::string(R"([{"names":[1]}])"),
        std::string(R"([{"field-id":"1","names":["a"]}])"),
        std::string(R"([{"field-id":-1,"names":["a"]}])"),
        std::string(R"([{"field-id":4294967296,"names":["a"]}])"),
        std::string(
            R"([{"field-id":1,"names":["a"]},{"field-id":2,"names":["b","a"]}])")}) {
    SCOPED_TRACE(json.substr(0, 80));
    EXPECT_ERROR(NameMappingFromJson(json), ErrorCode::kInvalidData, "name mapping: ");
  }
}

}  // namespace
}  // namespace tarn::iceberg
