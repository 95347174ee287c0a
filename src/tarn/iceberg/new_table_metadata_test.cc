#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tarn/base/error.h"
#include "tarn/iceberg/table_metadata.h"

namespace tarn::iceberg {
namespace {

using testing::HasSubstr;

NewTable Request() {
  NewTable table;
  table.fields = {
      {.id = 10, .name = "id", .type = Type::Long(), .required = true},
      {.id = 20,
       .name = "point",
       .type = Type::Struct({{.id = 21, .name = "x", .type = Type::Double()},
                             {.id = 22, .name = "y", .type = Type::Double()}})},
      {.id = 30, .name = "tags", .type = Type::List(31, Type::String(), false)},
      {.id = 40, .name = "ts", .type = Type::TimestampTz()}};
  table.location = "/w/ns/t";
  table.table_uuid = "9c12d441-03fe-4693-9a96-a0705ddf69c1";
  table.now = std::chrono::milliseconds(1700000000000);
  return table;
}

TEST(MakeTableMetadata, Trap40_IdsAreAssignedAnewAndCountNestedFields) {
  NewTable request = Request();
  request.identifier_field_ids = {10};
  const auto table = MakeTableMetadata(request);
  ASSERT_TRUE(table.ok()) << table.status();
  const Schema& schema = (*table)->schema();
  EXPECT_EQ(schema.FindByName("id")->id, 1);
  EXPECT_EQ(schema.FindByName("ts")->id, 4);
  EXPECT_EQ(schema.FindByName("point.x")->id, 5);
  EXPECT_EQ(schema.FindByName("tags.element")->id, 7);
  EXPECT_EQ((*table)->last_column_id, 7);
  EXPECT_EQ(schema.identifier_field_ids(), std::vector<FieldId>{1});
  EXPECT_EQ((*table)->format_version, 2);
  EXPECT_EQ((*table)->last_updated, request.now);
  EXPECT_FALSE((*table)->next_row_id.has_value());
}

TEST(MakeTableMetadata, Trap41_UnpartitionedTableHasLastPartitionId999) {
  const auto table = MakeTableMetadata(Request());
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_EQ((*table)->last_partition_id, 999);
  EXPECT_TRUE((*table)->spec().fields.empty());
}

TEST(MakeTableMetadata, Trap41_SpecAndOrderFollowTheirColumns) {
  NewTable request = Request();
  request.spec.fields = {
      {.source_ids = {40}, .name = "ts_day", .transform = Day{}},
      {.source_ids = {10}, .name = "id_bucket", .transform = Bucket{8}}};
  request.sort_order.fields = {{.source_ids = {22}}};
  const auto table = MakeTableMetadata(request);
  ASSERT_TRUE(table.ok()) << table.status();
  const PartitionSpec& spec = (*table)->spec();
  EXPECT_EQ(spec.id.value, 0);
  EXPECT_EQ(spec.fields.at(0).source_id(), 4);
  EXPECT_EQ(spec.fields.at(0).field_id, 1000);
  EXPECT_EQ(spec.fields.at(1).source_id(), 1);
  EXPECT_EQ(spec.fields.at(1).field_id, 1001);
  EXPECT_EQ((*table)->last_partition_id, 1001);
  EXPECT_EQ((*table)->sort_order().id.value, 1);
  EXPECT_EQ((*table)->sort_order().fields.at(0).source_id(), 6);
}

TEST(MakeTableMetadata, Trap42_UnsortedIsOrderZero) {
  const auto table = MakeTableMetadata(Request());
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_EQ((*table)->sort_order().id.value, 0);
  EXPECT_EQ((*table)->sort_orders.size(), 1u);
}

TEST(MakeTableMetadata, ChoosesTheFormatVersion) {
  NewTable request = Request();
  request.properties = {{"format-version", "3"}, {"owner", "me"}};
  auto table = MakeTableMetadata(request);
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_EQ((*table)->format_version, 3);
  EXPECT_EQ((*table)->next_row_id, 0);
  EXPECT_EQ((*table)->properties, (std::map<std::string, std::string>{{"owner", "me"}}));

  request = Request();
  request.fields.push_back({.id = 50, .name = "ns", .type = Type::TimestampNs()});
  table = MakeTableMetadata(request);
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_EQ((*table)->format_version, 3);
  request.properties = {{"format-version", "2"}};
  const Status too_old = MakeTableMetadata(request).status();
  ASSERT_FALSE(too_old.ok());
  EXPECT_EQ(CodeOf(too_old), ErrorCode::kInvalidArgument);

  request = Request();
  request.properties = {{"format-version", "1"}};
  table = MakeTableMetadata(request);
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_EQ((*table)->format_version, 1);

  for (const char* version : {"0", "4", "two", ""}) {
    request = Request();
    request.properties = {{"format-version", version}};
    const Status status = MakeTableMetadata(request).status();
    ASSERT_FALSE(status.ok()) << version;
    EXPECT_EQ(CodeOf(status), ErrorCode::kNotSupported);
  }
}

TEST(MakeTableMetadata, RefusesWhatMakesNoTable) {
  struct Case {
    const char* name;
    void (*change)(NewTable*);
    const char* message;
  };
  const Case cases[] = {
      {"no location", [](NewTable* t) { t->location.clear(); }, "location"},
      {"no uuid", [](NewTable* t) { t->table_uuid.clear(); }, "UUID"},
      {"unknown source",
       [](NewTable* t) { t->spec.fields = {{.source_ids = {99}, .name = "p"}}; }, "99"},
      {"unknown sort source",
       [](NewTable* t) { t->sort_order.fields = {{.source_ids = {98}}}; }, "98"},
      {"ambiguous source",
       [](NewTable* t) {
         t->fields[3].id = 10;
         t->spec.fields = {{.source_ids = {10}, .name = "p"}};
       },
       "several columns"},
      {"two columns of one name", [](NewTable* t) { t->fields[3].name = "id"; }, "id"},
      {"day of a number",
       [](NewTable* t) {
         t->spec.fields = {{.source_ids = {10}, .name = "d", .transform = Day{}}};
       },
       "day"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    NewTable request = Request();
    c.change(&request);
    const auto table = MakeTableMetadata(request);
    ASSERT_FALSE(table.ok());
    EXPECT_EQ(CodeOf(table.status()), ErrorCode::kInvalidArgument);
    EXPECT_THAT(table.status().message(), HasSubstr(c.message));
  }
}

TEST(MakeTableMetadata, IsReadBackEqual) {
  NewTable request = Request();
  request.spec.fields = {{.source_ids = {40}, .name = "ts_day", .transform = Day{}}};
  const auto table = MakeTableMetadata(request);
  ASSERT_TRUE(table.ok()) << table.status();
  const std::string json = TableMetadataToJson(**table);
  const auto again = TableMetadataFromJson(json);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(TableMetadataToJson(**again), json);
}

}  // namespace
}  // namespace tarn::iceberg
