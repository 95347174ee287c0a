#include "tarn/iceberg/schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tarn/testing/status_matchers.h"

namespace tarn::iceberg {
namespace {

using ::testing::HasSubstr;

// id; point: struct<x, y>; tags: list<string>; m: map<string, struct<v>>
std::vector<Field> NestedFields() {
  const Type point =
      Type::Struct({{.id = 3, .name = "x", .type = Type::Double(), .required = true},
                    {.id = 4, .name = "Y", .type = Type::Double()}});
  const Type item = Type::Struct({{.id = 10, .name = "v", .type = Type::Int()}});
  return {{.id = 1, .name = "id", .type = Type::Long(), .required = true},
          {.id = 2, .name = "point", .type = point, .required = true},
          {.id = 5, .name = "tags", .type = Type::List(6, Type::String(), true)},
          {.id = 7, .name = "m", .type = Type::Map(8, Type::String(), 9, item, false)}};
}

std::shared_ptr<const Schema> Nested(std::vector<FieldId> identifiers = {}) {
  return Schema::Make(SchemaId{7}, NestedFields(), std::move(identifiers)).ValueOrDie();
}

TEST(Schema, FindsFieldsByIdAndName) {
  const auto schema = Nested();
  const std::pair<FieldId, const char*> names[] = {
      {1, "id"},      {2, "point"},        {3, "point.x"}, {4, "point.Y"},
      {5, "tags"},    {6, "tags.element"}, {7, "m"},       {8, "m.key"},
      {9, "m.value"}, {10, "m.value.v"},
  };
  for (const auto& [id, name] : names) {
    SCOPED_TRACE(name);
    const Field* field = schema->FindById(id);
    ASSERT_NE(field, nullptr);
    EXPECT_EQ(field->id, id);
    EXPECT_EQ(schema->NameOf(id), name);
    EXPECT_EQ(schema->FindByName(name), field);
    EXPECT_EQ(schema->FindByNameIgnoringCase(name), field);
  }
  EXPECT_EQ(schema->id(), SchemaId{7});
  EXPECT_EQ(schema->fields().size(), 4U);
  EXPECT_EQ(schema->FindById(11), nullptr);
  EXPECT_EQ(schema->FindByName("point.y"), nullptr);
  EXPECT_EQ(schema->FindByNameIgnoringCase("POINT.y"), schema->FindById(4));
  EXPECT_EQ(schema->FindByName(""), nullptr);
  EXPECT_EQ(schema->NameOf(11), "");
}

TEST(Schema, CopiesOutliveTheOriginal) {
  auto original = Nested();
  const Schema copy = *original;
  original.reset();
  EXPECT_EQ(copy.FindByName("point.x")->type, Type::Double());
}

TEST(Schema, NamesThatDifferOnlyInCaseAreAmbiguous) {
  ASSERT_OK_AND_ASSIGN(
      const auto schema,
      Schema::Make(SchemaId{0}, {{.id = 1, .name = "a", .type = Type::Int()},
                                 {.id = 2, .name = "A", .type = Type::Int()}}));
  EXPECT_EQ(schema->FindByName("A")->id, 2);
  EXPECT_EQ(schema->FindByNameIgnoringCase("a"), nullptr);
}

TEST(Schema, KnowsWhatStructsReach) {
  const auto schema = Nested();
  for (const FieldId id : {1, 2, 3, 4, 5, 7}) {
    EXPECT_TRUE(schema->IsReachableByStructs(id)) << id;
  }
  for (const FieldId id : {6, 8, 9, 10, 99}) {
    EXPECT_FALSE(schema->IsReachableByStructs(id)) << id;
  }
}

TEST(Schema, Trap40_HighestIdCountsNestedFields) {
  EXPECT_EQ(Nested()->highest_field_id(), 10);
  EXPECT_EQ(Schema::Make(SchemaId{0}, {}).ValueOrDie()->highest_field_id(), 0);
  const Type list = Type::List(50, Type::Int(), true);
  ASSERT_OK_AND_ASSIGN(
      const auto schema,
      Schema::Make(SchemaId{0}, {{.id = 1, .name = "l", .type = list},
                                 {.id = 2, .name = "x", .type = Type::Int()}}));
  EXPECT_EQ(schema->highest_field_id(), 50);
}

TEST(Schema, Trap40_ReservedIdsAreNotColumns) {
  const auto make = [](FieldId id) {
    return Schema::Make(SchemaId{0}, {{.id = id, .name = "a", .type = Type::Int()}});
  };
  EXPECT_OK(make(kMaxUserFieldId));
  EXPECT_ERROR(make(kMaxUserFieldId + 1), ErrorCode::kInvalidArgument, "2147483448");
  EXPECT_ERROR(make(2147483546), ErrorCode::kInvalidArgument, "'a'");
  EXPECT_ERROR(make(0), ErrorCode::kInvalidArgument, "'a'");
  EXPECT_ERROR(make(-1), ErrorCode::kInvalidArgument, "'a'");
}

TEST(Schema, RefusesWrongFields) {
  const Type inner = Type::Struct({{.id = 1, .name = "x", .type = Type::Int()}});
  struct Case {
    const char* name;
    std::vector<Field> fields;
    const char* part;
  };
  const Case cases[] = {
      {"id twice",
       {{.id = 1, .name = "a", .type = Type::Int()},
        {.id = 1, .name = "b", .type = Type::Int()}},
       "'b' has the field id 1, which is that of 'a'"},
      {"nested id twice",
       {{.id = 1, .name = "a", .type = Type::Int()},
        {.id = 2, .name = "s", .type = inner}},
       "'s.x' has the field id 1"},
      {"name twice",
       {{.id = 1, .name = "a", .type = Type::Int()},
        {.id = 2, .name = "a", .type = Type::Int()}},
       "'a' is there twice"},
      {"dotted name",
       {{.id = 2, .name = "s", .type = inner},
        {.id = 3, .name = "s.x", .type = Type::Int()}},
       "'s.x' is there twice"},
      {"no name", {{.id = 1, .name = "", .type = Type::Int()}}, "has no name"},
      {"not UTF-8", {{.id = 1, .name = "\xFF", .type = Type::Int()}}, "not UTF-8"},
      {"comment",
       {{.id = 1, .name = "a", .type = Type::Int(), .doc = "\xFF"}},
       "not UTF-8"},
      {"required unknown",
       {{.id = 1, .name = "a", .type = Type::Unknown(), .required = true}},
       "unknown"},
      {"default of a list",
       {{.id = 1,
         .name = "a",
         .type = Type::List(2, Type::Int(), true),
         .write_default = Value(1)}},
       "default"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_ERROR(Schema::Make(SchemaId{0}, c.fields), ErrorCode::kInvalidArgument,
                 c.part);
  }
}

TEST(Schema, IdentifierFieldsMustBeThereInEveryRow) {
  EXPECT_THAT(Nested({1})->identifier_field_ids(), ::testing::ElementsAre(1));
  const std::pair<FieldId, const char*> wrong[] = {
      {99, "No column"}, {2, "struct"},      {3, "double"},
      {5, "list"},       {6, "list or map"}, {8, "list or map"},
  };
  for (const auto& [id, part] : wrong) {
    EXPECT_ERROR(Schema::Make(SchemaId{0}, NestedFields(), {id}),
                 ErrorCode::kInvalidArgument, part);
  }
  const Type optional_struct =
      Type::Struct({{.id = 2, .name = "k", .type = Type::Int(), .required = true}});
  EXPECT_ERROR(
      Schema::Make(SchemaId{0}, {{.id = 1, .name = "s", .type = optional_struct}}, {2}),
      ErrorCode::kInvalidArgument, "'s.k'");
  EXPECT_ERROR(
      Schema::Make(SchemaId{0}, {{.id = 1, .name = "o", .type = Type::Int()}}, {1}),
      ErrorCode::kInvalidArgument, "'o'");
}

TEST(Schema, SameAsIgnoresTheSchemaIdOnly) {
  const auto base = Nested({1});
  EXPECT_TRUE(base->SameAs(*Schema::Make(SchemaId{9}, NestedFields(), {1}).ValueOrDie()));
  EXPECT_FALSE(base->SameAs(*Nested()));
  std::vector<Field> renamed = NestedFields();
  renamed[0].name = "key";
  EXPECT_FALSE(base->SameAs(*Schema::Make(SchemaId{7}, renamed, {1}).ValueOrDie()));
  EXPECT_THAT(base->ToString(), HasSubstr("1: id: required long"));
}

// Java's order: all fields of a struct, then into each of them.
TEST(AssignFreshIds, Trap40_FollowsTheReferenceOrder) {
  std::vector<Field> fields = NestedFields();
  fields[0].doc = "the key";
  FieldId last_id = 0;
  const std::vector<Field> fresh = AssignFreshIds(fields, 1, &last_id);
  ASSERT_OK_AND_ASSIGN(const auto schema, Schema::Make(SchemaId{0}, fresh));
  const std::pair<const char*, FieldId> expected[] = {
      {"id", 1},      {"point", 2},      {"tags", 3},         {"m", 4},
      {"point.x", 5}, {"point.Y", 6},    {"tags.element", 7}, {"m.key", 8},
      {"m.value", 9}, {"m.value.v", 10},
  };
  for (const auto& [name, id] : expected) {
    SCOPED_TRACE(name);
    ASSERT_NE(schema->FindByName(name), nullptr);
    EXPECT_EQ(schema->FindByName(name)->id, id);
  }
  EXPECT_EQ(last_id, 10);
  EXPECT_EQ(fresh[0].doc, "the key");
  EXPECT_TRUE(fresh[0].required);
  EXPECT_TRUE(schema->FindByName("tags.element")->required);
  EXPECT_FALSE(schema->FindByName("m.value")->required);
}

TEST(AssignFreshIds, MapsTakeBothIdsBeforeTheirKey) {
  const Type key = Type::Struct({{.id = 0, .name = "k", .type = Type::Int()}});
  const Type value = Type::List(0, Type::Int(), true);
  FieldId last_id = 0;
  const auto fresh = AssignFreshIds(
      {{.id = 0, .name = "m", .type = Type::Map(0, key, 0, value, true)}}, 5, &last_id);
  const Type& map = fresh[0].type;
  EXPECT_EQ(fresh[0].id, 5);
  EXPECT_EQ(map.key().id, 6);
  EXPECT_EQ(map.value().id, 7);
  EXPECT_EQ(map.key().type.fields()[0].id, 8);
  EXPECT_EQ(map.value().type.element().id, 9);
  EXPECT_EQ(last_id, 9);
}

TEST(AssignFreshIds, NothingToGive) {
  FieldId last_id = 0;
  EXPECT_TRUE(AssignFreshIds({}, 8, &last_id).empty());
  EXPECT_EQ(last_id, 7);
}

TEST(MinFormatVersion, LooksInside) {
  const auto version = [](Type type, std::optional<Value> fallback = {}) {
    const std::vector<Field> fields = {{.id = 1,
                                        .name = "a",
                                        .type = std::move(type),
                                        .write_default = std::move(fallback)}};
    return MinFormatVersion(*Schema::Make(SchemaId{0}, fields).ValueOrDie());
  };
  EXPECT_EQ(version(Type::Timestamp()), 1);
  EXPECT_EQ(version(Type::Decimal(38, 2)), 1);
  EXPECT_EQ(version(Type::Int(), Value()), 1);
  for (const Type& type : {Type::TimestampNs(), Type::TimestampTzNs(), Type::Unknown(),
                           Type::Variant(), Type::Geometry(), Type::Geography()}) {
    EXPECT_EQ(version(type), 3) << type.ToString();
    EXPECT_EQ(version(Type::List(2, type, false)), 3) << type.ToString();
  }
  EXPECT_EQ(version(Type::Int(), Value(5)), 3);
}

}  // namespace
}  // namespace tarn::iceberg
