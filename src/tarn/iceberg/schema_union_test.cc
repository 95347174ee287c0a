// Union by name: what incoming data adds to a table's schema.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tarn/iceberg/schema_update.h"
#include "tarn/iceberg/schema_update_fixture_test.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::iceberg {
namespace {

using ::testing::ElementsAre;

Type WithField(const char* name, Type type) {
  return Type::Struct({{.id = 0, .name = name, .type = std::move(type)}});
}

TEST(UnionByName, AddsWhatIsMissingEverywhere) {
  const auto table = EvolvingTable();
  SchemaUpdate update(*table);
  const Type deep = WithField("deeper", Type::Int());
  const Type value = WithField("list", Type::List(0, deep, false));
  const Type key = table->schema().FindByName("props.key")->type;
  ASSERT_OK(update.UnionByName({
      {.id = 0, .name = "extra", .type = Type::Int(), .required = true, .doc = "new"},
      {.id = 0, .name = "point", .type = WithField("z", Type::Int())},
      {.id = 0, .name = "tags", .type = Type::List(0, WithField("t", Type::Int()), true)},
      {.id = 0, .name = "props", .type = Type::Map(0, key, 0, value, true)},
      {.id = 0, .name = "made", .type = WithField("a", Type::List(0, Type::Int(), true))},
  }));
  const Schema& schema = update.schema();
  for (const char* name : {"extra", "point.z", "tags.element.t", "made.a.element",
                           "props.value.list.element.deeper"}) {
    SCOPED_TRACE(name);
    ASSERT_NE(schema.FindByName(name), nullptr);
    EXPECT_GT(schema.FindByName(name)->id, table->last_column_id);
  }
  EXPECT_FALSE(schema.FindByName("extra")->required) << "old rows have no value for it";
  EXPECT_EQ(schema.FindByName("extra")->doc, "new");
  EXPECT_THAT(FieldNames(schema.FindByName("point")->type), ElementsAre("x", "y", "z"));
  for (const Field& field : table->schema().fields()) {
    EXPECT_EQ(schema.FindByName(field.name)->id, field.id) << "nothing is lost";
  }
  const auto changed = Commit(*table, update.Finish());
  EXPECT_EQ(changed->last_column_id, schema.highest_field_id());
}

TEST(UnionByName, WidensWhatBothHave) {
  const auto table = EvolvingTable();
  SchemaUpdate update(*table);
  ASSERT_OK(update.UnionByName({
      {.id = 0, .name = "rank", .type = Type::Long(), .required = true, .doc = "place"},
      {.id = 0, .name = "ratio", .type = Type::Float()},  // narrower: as it is
      {.id = 0, .name = "id", .type = Type::Int(), .required = true},
      {.id = 0,
       .name = "tags",
       .type = Type::List(0, WithField("weight", Type::Double()), true)},
  }));
  const Schema& schema = update.schema();
  EXPECT_EQ(schema.FindByName("rank")->type, Type::Long());
  EXPECT_EQ(schema.FindByName("rank")->doc, "place");
  EXPECT_TRUE(schema.FindByName("rank")->required);
  EXPECT_EQ(schema.FindByName("ratio")->type, Type::Double());
  EXPECT_FALSE(schema.FindByName("ratio")->required) << "made optional";
  EXPECT_EQ(schema.FindByName("id")->type, Type::Long());
  EXPECT_EQ(schema.FindByName("tags.element.weight")->type, Type::Double());
  EXPECT_FALSE(schema.FindByName("tags.element")->required);
}

TEST(UnionByName, EqualSchemasChangeNothing) {
  const auto table = EvolvingTable();
  SchemaUpdate update(*table);
  EXPECT_OK(update.UnionByName(table->schema().fields()));
  EXPECT_OK(update.UnionByName({}));
  ASSERT_OK_AND_ASSIGN(const MetadataChange change, update.Finish());
  EXPECT_TRUE(change.updates.empty());
}

TEST(UnionByName, Version3) {
  const auto table = EvolvingTable("3");
  SchemaUpdate update(*table);
  ASSERT_OK(update.UnionByName({
      {.id = 0, .name = "u", .type = Type::Unknown()},
      {.id = 0, .name = "note", .type = Type::Unknown()},  // holds less than string
      {.id = 0, .name = "when", .type = Type::Timestamp()},
      {.id = 0,
       .name = "d",
       .type = Type::Int(),
       .initial_default = Value(1),
       .write_default = Value(2)},
      {.id = 0, .name = "rank", .type = Type::Int(), .write_default = Value(9)},
  }));
  ASSERT_OK(
      update.UnionByName({{.id = 0, .name = "u", .type = WithField("a", Type::Int())}}));
  const Schema& schema = update.schema();
  EXPECT_EQ(schema.FindByName("u.a")->type, Type::Int());
  EXPECT_EQ(schema.FindByName("note")->type, Type::String());
  EXPECT_EQ(schema.FindByName("when")->type, Type::Timestamp());
  EXPECT_EQ(schema.FindByName("d")->initial_default, std::optional(Value(1)));
  EXPECT_EQ(schema.FindByName("d")->write_default, std::optional(Value(2)));
  EXPECT_EQ(schema.FindByName("rank")->write_default, std::optional(Value(9)));
  EXPECT_FALSE(schema.FindByName("rank")->initial_default.has_value());
  EXPECT_EQ(update.last_column_id(), table->last_column_id + 3);
  Commit(*table, update.Finish());
}

TEST(UnionByName, RefusesWhatDoesNotFit) {
  const auto table = EvolvingTable("3");
  const Schema& schema = table->schema();
  const Type value = schema.FindByName("props.value")->type;
  const Type wide_key = WithField("k", Type::Long());
  const Type more_key = WithField("k2", Type::Int());
  struct Case {
    const char* name;
    Field field;
    ErrorCode code;
    const char* part;
  };
  const Case cases[] = {
      {"another type",
       {.id = 0, .name = "note", .type = Type::Int()},
       ErrorCode::kTypeMismatch,
       "'note' is string"},
      {"a struct for a primitive",
       {.id = 0, .name = "id", .type = WithField("x", Type::Int())},
       ErrorCode::kTypeMismatch,
       "'id'"},
      {"a primitive for a struct",
       {.id = 0, .name = "point", .type = Type::Int()},
       ErrorCode::kTypeMismatch,
       "'point'"},
      {"a list for a struct",
       {.id = 0, .name = "point", .type = Type::List(0, Type::Int(), true)},
       ErrorCode::kTypeMismatch,
       "'point'"},
      {"deep inside",
       {.id = 0, .name = "point", .type = WithField("x", Type::String())},
       ErrorCode::kTypeMismatch,
       "'point.x'"},
      {"a wider key",
       {.id = 0, .name = "props", .type = Type::Map(0, wide_key, 0, value, true)},
       ErrorCode::kInvalidArgument,
       "never change"},
      {"a key with another field",
       {.id = 0, .name = "props", .type = Type::Map(0, more_key, 0, value, true)},
       ErrorCode::kInvalidArgument,
       "never change"},
      {"a partition source",
       {.id = 0, .name = "day", .type = Type::Timestamp()},
       ErrorCode::kNotSupported,
       "partition field 'day'"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    SchemaUpdate update(*table);
    EXPECT_ERROR(update.UnionByName({c.field}), c.code, c.part);
    EXPECT_EQ(update.last_column_id(), table->last_column_id);
  }
}

TEST(UnionByName, Case) {
  const auto table = EvolvingTable();
  SchemaUpdate strict(*table);
  EXPECT_OK(strict.UnionByName({{.id = 0, .name = "Rank", .type = Type::Long()}}));
  EXPECT_NE(strict.schema().FindByName("Rank"), nullptr);
  EXPECT_EQ(strict.schema().FindByName("rank")->type, Type::Int());
  const auto both = Commit(*table, strict.Finish());

  SchemaUpdate loose(*table, {.name_case = NameCase::kInsensitive});
  EXPECT_OK(loose.UnionByName({{.id = 0, .name = "Rank", .type = Type::Long()}}));
  EXPECT_EQ(loose.schema().FindByName("Rank"), nullptr);
  EXPECT_EQ(loose.schema().FindByName("rank")->type, Type::Long());

  SchemaUpdate ambiguous(*both, {.name_case = NameCase::kInsensitive});
  EXPECT_OK(ambiguous.UnionByName({{.id = 0, .name = "Rank", .type = Type::Long()}}));
  EXPECT_ERROR(ambiguous.UnionByName({{.id = 0, .name = "RANK", .type = Type::Long()}}),
               ErrorCode::kInvalidArgument, "differ in case");
}

}  // namespace
}  // namespace tarn::iceberg
