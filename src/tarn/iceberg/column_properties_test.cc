// Properties that speak of columns by name follow the columns.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tarn/iceberg/name_mapping.h"
#include "tarn/iceberg/schema_update.h"
#include "tarn/iceberg/schema_update_fixture_test.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::iceberg {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kMapping[] = "schema.name-mapping.default";

std::shared_ptr<const TableMetadata> TableWithMapping() {
  const auto plain = EvolvingTable();
  return EvolvingTable("2",
                       {{kMapping, NameMappingToJson(NameMappingOf(plain->schema()))}});
}

const MappedField* Find(const NameMapping& mapping, FieldId id) {
  for (const MappedField& field : mapping) {
    if (field.field_id == id) {
      return &field;
    }
    if (const MappedField* found = Find(field.fields, id)) {
      return found;
    }
  }
  return nullptr;
}

NameMapping MappingAfter(const TableMetadata& table, const SchemaUpdate& update) {
  const auto changed = Commit(table, update.Finish());
  return NameMappingFromJson(changed->properties.at(kMapping)).ValueOrDie();
}

// Files of before a rename have the old name, files of after it the new one.
TEST(NameMappingFollows, Trap51_RenamesKeepTheOldName) {
  const auto table = TableWithMapping();
  const Schema& schema = table->schema();
  SchemaUpdate update(*table);
  EXPECT_OK(update.Rename("note", "text"));
  EXPECT_OK(update.Rename("tags.element.label", "word"));
  EXPECT_OK(update.Rename("point", "place"));
  const NameMapping mapping = MappingAfter(*table, update);
  EXPECT_THAT(Find(mapping, schema.FindByName("note")->id)->names,
              ElementsAre("note", "text"));
  EXPECT_THAT(Find(mapping, schema.FindByName("tags.element.label")->id)->names,
              ElementsAre("label", "word"));
  EXPECT_THAT(Find(mapping, schema.FindByName("point")->id)->names,
              ElementsAre("point", "place"));
  EXPECT_THAT(Find(mapping, schema.FindByName("point.x")->id)->names, ElementsAre("x"));
}

TEST(NameMappingFollows, Trap51_NewColumnsAreMappedWithAllInside) {
  const auto table = TableWithMapping();
  SchemaUpdate update(*table);
  EXPECT_OK(
      update.Add({.name = "l",
                  .type = Type::List(
                      0, Type::Struct({{.name = "a", .type = Type::Int()}}), false)}));
  EXPECT_OK(update.Add({.parent = "point", .name = "z", .type = Type::Int()}));
  EXPECT_OK(update.Add({.parent = "props.list", .name = "d", .type = Type::Int()}));
  const NameMapping mapping = MappingAfter(*table, update);
  EXPECT_EQ(mapping.back().names, std::vector<std::string>{"l"});
  EXPECT_EQ(mapping.back().fields.at(0).names, std::vector<std::string>{"element"});
  EXPECT_EQ(mapping.back().fields.at(0).fields.at(0).names,
            std::vector<std::string>{"a"});
  for (const char* name : {"point.z", "props.value.list.element.d"}) {
    EXPECT_NE(Find(mapping, update.schema().FindByName(name)->id), nullptr) << name;
  }
}

// A name that means another column now would read the old column's values from old files.
TEST(NameMappingFollows, Trap51_ANameGoesToItsNewField) {
  const auto table = TableWithMapping();
  const FieldId note = table->schema().FindByName("note")->id;
  SchemaUpdate drop(*table);
  EXPECT_OK(drop.Drop("note"));
  const auto dropped = Commit(*table, drop.Finish());
  const NameMapping kept =
      NameMappingFromJson(dropped->properties.at(kMapping)).ValueOrDie();
  EXPECT_THAT(Find(kept, note)->names, ElementsAre("note")) << "old files still have it";
  SchemaUpdate add(*dropped);
  EXPECT_OK(add.Add({.name = "note", .type = Type::Int()}));
  const NameMapping mapping = MappingAfter(*dropped, add);
  EXPECT_THAT(Find(mapping, note)->names, IsEmpty());
  EXPECT_THAT(Find(mapping, add.schema().FindByName("note")->id)->names,
              ElementsAre("note"));

  SchemaUpdate swap(*table);
  EXPECT_OK(swap.Rename("point.x", "t"));
  EXPECT_OK(swap.Rename("point.y", "x"));
  EXPECT_OK(swap.Rename("point.t", "y"));
  const NameMapping swapped = MappingAfter(*table, swap);
  EXPECT_THAT(Find(swapped, table->schema().FindByName("point.x")->id)->names,
              ElementsAre("y"));
  EXPECT_THAT(Find(swapped, table->schema().FindByName("point.y")->id)->names,
              ElementsAre("x"));
}

TEST(NameMappingFollows, WhatCannotBeReadStays) {
  const auto table = EvolvingTable("2", {{kMapping, "not JSON"}});
  SchemaUpdate update(*table);
  EXPECT_OK(update.Rename("note", "text"));
  EXPECT_EQ(Commit(*table, update.Finish())->properties.at(kMapping), "not JSON");
  EXPECT_FALSE(EvolvingTable()->properties.contains(kMapping));
}

TEST(ColumnPropertiesFollow, NamesAndDrops) {
  const std::string metrics = "write.metadata.metrics.column.";
  const std::string bloom = "write.parquet.bloom-filter-enabled.column.";
  const auto table = EvolvingTable("2", {{metrics + "note", "full"},
                                         {metrics + "point.x", "none"},
                                         {metrics + "point.y", "counts"},
                                         {metrics + "ratio", "counts"},
                                         {metrics + "nowhere", "none"},
                                         {bloom + "note", "true"},
                                         {"owner", "note"}});
  SchemaUpdate update(*table);
  EXPECT_OK(update.Rename("note", "text"));
  EXPECT_OK(update.Rename("point", "place"));
  EXPECT_OK(update.Drop("place.y"));
  EXPECT_OK(update.Drop("ratio"));
  const std::map<std::string, std::string> expected = {{metrics + "text", "full"},
                                                       {metrics + "place.x", "none"},
                                                       {metrics + "nowhere", "none"},
                                                       {bloom + "text", "true"},
                                                       {"owner", "note"}};
  EXPECT_EQ(Commit(*table, update.Finish())->properties, expected);
}

TEST(ColumnPropertiesFollow, Swaps) {
  const std::string metrics = "write.metadata.metrics.column.point.";
  const auto table =
      EvolvingTable("2", {{metrics + "x", "full"}, {metrics + "y", "none"}});
  SchemaUpdate update(*table);
  EXPECT_OK(update.Rename("point.x", "t"));
  EXPECT_OK(update.Rename("point.y", "x"));
  EXPECT_OK(update.Rename("point.t", "y"));
  const std::map<std::string, std::string> expected = {{metrics + "x", "none"},
                                                       {metrics + "y", "full"}};
  EXPECT_EQ(Commit(*table, update.Finish())->properties, expected);
}

}  // namespace
}  // namespace tarn::iceberg
