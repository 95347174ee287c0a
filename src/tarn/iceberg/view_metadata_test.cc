#include "tarn/iceberg/view_metadata.h"

#include <fstream>
#include <iterator>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tarn/base/error.h"

namespace tarn::iceberg {
namespace {

using nlohmann::json;
using testing::HasSubstr;

std::string Fixture() {
  std::ifstream file("src/tarn/iceberg/testdata/metadata/view_v1.json", std::ios::binary);
  EXPECT_TRUE(file);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

TEST(ViewMetadata, ReadsAndWrites) {
  const auto view = ViewMetadataFromJson(Fixture());
  ASSERT_TRUE(view.ok()) << view.status();
  EXPECT_EQ((*view)->current_version().version_id, 2);
  EXPECT_EQ((*view)->versions.at(0).default_catalog, "prod");
  EXPECT_EQ((*view)->FindRepresentation({"duckdb", "trino", "spark"})->sql,
            "SELECT 2 AS event_count");
  EXPECT_EQ((*view)->FindRepresentation({"duckdb"}), nullptr);
  EXPECT_EQ(json::parse(ViewMetadataToJson(**view)), json::parse(Fixture()));
}

TEST(ViewMetadata, RefusesBrokenDocuments) {
  const std::pair<json, const char*> cases[] = {
      {{{"view-uuid", nullptr}}, "view-uuid"},
      {{{"location", 1}}, "location"},
      {{{"current-version-id", 7}}, "current id 7"},
      {{{"schemas", json::array()}}, "schema 1"},
      {{{"versions", nullptr}}, "versions"},
      {{{"versions", {1}}}, "view version"},
      {{{"version-log", {{{"version-id", 1}}}}}, "timestamp-ms"},
  };
  for (const auto& [patch, message] : cases) {
    SCOPED_TRACE(message);
    json document = json::parse(Fixture());
    document.merge_patch(patch);
    const auto view = ViewMetadataFromJson(document.dump());
    ASSERT_FALSE(view.ok());
    EXPECT_EQ(CodeOf(view.status()), ErrorCode::kInvalidData);
    EXPECT_THAT(view.status().message(), HasSubstr(message));
  }
  const auto v2 = ViewMetadataFromJson(R"({"format-version": 2})");
  ASSERT_FALSE(v2.ok());
  EXPECT_EQ(CodeOf(v2.status()), ErrorCode::kNotSupported);
}

TEST(ViewMetadata, ReplacingAddsAVersionAndKeepsIdentity) {
  const auto base = ViewMetadataFromJson(Fixture());
  ASSERT_TRUE(base.ok());
  ViewMetadata next;
  next.view_uuid = "another";
  next.location = "/elsewhere";
  next.schemas = {
      *Schema::Make(SchemaId{0}, {{.id = 1, .name = "n", .type = Type::Long()}})};
  next.versions = {{.version_id = 1,
                    .schema_id = SchemaId{0},
                    .timestamp = std::chrono::milliseconds(1700000000000),
                    .representations = {{"SELECT 3", "trino"}, {"SELECT 3", "spark"}}}};
  next.current_version_id = 1;
  next.properties = {{"comment", "new"}};
  const auto replaced = ReplaceViewVersion(**base, next);
  ASSERT_TRUE(replaced.ok()) << replaced.status();
  EXPECT_EQ((*replaced)->view_uuid, (*base)->view_uuid);
  EXPECT_EQ((*replaced)->location, (*base)->location);
  EXPECT_EQ((*replaced)->current_version_id, 3);
  EXPECT_EQ((*replaced)->current_version().schema_id.value, 2);
  EXPECT_EQ((*replaced)->FindSchema(SchemaId{2})->fields().at(0).name, "n");
  EXPECT_EQ((*replaced)->versions.size(), 3u);
  EXPECT_EQ((*replaced)->version_log.back().version_id, 3);
  EXPECT_EQ((*replaced)->properties.at("comment"), "new");

  // The same schema is not added twice, and history has an end.
  std::shared_ptr<const ViewMetadata> view = *replaced;
  for (int i = 0; i < 20; ++i) {
    const auto again = ReplaceViewVersion(*view, next);
    ASSERT_TRUE(again.ok()) << again.status();
    view = *again;
  }
  EXPECT_EQ(view->schemas.size(), 2u);
  EXPECT_EQ(view->versions.size(), 10u);
  EXPECT_EQ(view->version_log.size(), 10u);
  EXPECT_EQ(view->current_version_id, 23);
}

TEST(ViewMetadata, ColumnsThatCountFromZeroAreRaised) {
  json document = json::parse(Fixture());
  document["schemas"] = json::parse(R"([{"type": "struct", "schema-id": 1, "fields": [
      {"id": 0, "name": "n", "required": false, "type": "long"},
      {"id": 1, "name": "l", "required": false, "type":
       {"type": "list", "element-id": 2, "element-required": false, "element": "int"}}
  ]}])");
  const auto view = ViewMetadataFromJson(document.dump());
  ASSERT_TRUE(view.ok()) << view.status();
  const auto schema = (*view)->FindSchema(SchemaId{1});
  EXPECT_EQ(schema->FindByName("n")->id, 1);
  EXPECT_EQ(schema->FindByName("l")->id, 2);
  EXPECT_EQ(schema->FindByName("l.element")->id, 3);
}

TEST(ViewMetadata, ReplacingKeepsEveryDialectUnlessAskedNotTo) {
  const auto base = ViewMetadataFromJson(Fixture());
  ASSERT_TRUE(base.ok());
  ViewMetadata next = **base;
  next.versions = {next.current_version()};
  next.versions[0].representations = {{"SELECT 3", "trino"}, {"SELECT 3", "duckdb"}};
  const auto refused = ReplaceViewVersion(**base, next);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(CodeOf(refused.status()), ErrorCode::kInvalidArgument);
  EXPECT_THAT(refused.status().message(), HasSubstr("spark"));

  next.properties["replace.drop-dialect.allowed"] = "true";
  const auto replaced = ReplaceViewVersion(**base, next);
  ASSERT_TRUE(replaced.ok()) << replaced.status();
  EXPECT_EQ((*replaced)->FindRepresentation({"spark"}), nullptr);
}

}  // namespace
}  // namespace tarn::iceberg
