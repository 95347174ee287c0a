#include "tarn/iceberg/schema_update.h"

#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tarn/iceberg/schema_update_fixture_test.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::iceberg {
namespace {

using Place = ColumnPosition::Place;
using ::testing::ElementsAre;

constexpr SchemaUpdateOptions kIgnoreCase = {.name_case = NameCase::kInsensitive};
constexpr SchemaUpdateOptions kIncompatible = {.allow_incompatible = true};

FieldId IdOf(const SchemaUpdate& update, std::string_view name) {
  const Field* field = update.schema().FindByName(name);
  return field == nullptr ? 0 : field->id;
}

TEST(SchemaUpdate, NothingAskedChangesNothing) {
  const auto table = EvolvingTable();
  ASSERT_OK_AND_ASSIGN(const MetadataChange change, SchemaUpdate(*table).Finish());
  EXPECT_TRUE(change.updates.empty());
  EXPECT_TRUE(change.requirements.empty());
}

TEST(SchemaUpdate, Trap40_NewIdsComeAfterAllThatWereEverGiven) {
  const auto table = EvolvingTable();
  const FieldId last = table->last_column_id;
  SchemaUpdate update(*table);
  const Type nested =
      Type::Struct({{.id = 1, .name = "a", .type = Type::Int()},
                    {.id = 1, .name = "b", .type = Type::List(1, Type::Int(), true)}});
  EXPECT_OK(update.Add({.name = "n", .type = nested}));
  EXPECT_EQ(IdOf(update, "n"), last + 1);
  EXPECT_EQ(IdOf(update, "n.a"), last + 2);
  EXPECT_EQ(IdOf(update, "n.b"), last + 3);
  EXPECT_EQ(IdOf(update, "n.b.element"), last + 4);
  EXPECT_OK(update.Drop("n"));
  EXPECT_OK(update.Add({.name = "n", .type = Type::Int()}));
  EXPECT_EQ(IdOf(update, "n"), last + 5);
  EXPECT_EQ(update.last_column_id(), last + 5);

  // Dropped in one commit and added in the next: the id of the dead stays dead.
  const auto with_n = Commit(*table, update.Finish());
  EXPECT_EQ(with_n->last_column_id, last + 5);
  SchemaUpdate drop(*with_n);
  EXPECT_OK(drop.Drop("n"));
  const auto without_n = Commit(*with_n, drop.Finish());
  EXPECT_EQ(without_n->last_column_id, last + 5);
  EXPECT_EQ(without_n->current_schema_id, SchemaId{0}) << "an equal schema is there";
  SchemaUpdate again(*without_n);
  EXPECT_OK(again.Add({.name = "n", .type = Type::Int()}));
  EXPECT_EQ(IdOf(again, "n"), last + 6);
}

TEST(SchemaUpdate, CommitsRequireTheTableTheyWereMadeFor) {
  const auto table = EvolvingTable();
  SchemaUpdate update(*table);
  EXPECT_OK(update.Rename("id", "key"));
  ASSERT_OK_AND_ASSIGN(const MetadataChange change, update.Finish());
  EXPECT_OK(CheckRequirements(change.requirements, table.get()));
  const auto changed = Commit(*table, change);
  EXPECT_EQ(changed->current_schema_id, SchemaId{1});
  EXPECT_EQ(changed->schema().FindByName("key")->id,
            table->schema().FindByName("id")->id);
  EXPECT_EQ(changed->schemas.size(), 2U);
  EXPECT_ERROR(CheckRequirements(change.requirements, changed.get()),
               ErrorCode::kCommitConflict, "schema");
}

TEST(SchemaUpdate, AddsNestedEverywhere) {
  struct Case {
    const char* parent;
    const char* full_name;
  };
  const Case cases[] = {
      {"point", "point.new"},
      {"tags", "tags.element.new"},  // the struct inside is meant
      {"tags.element", "tags.element.new"},
      {"props", "props.value.new"},
      {"props.value", "props.value.new"},
      {"props.value.list", "props.value.list.element.new"},
      {"props.list", "props.value.list.element.new"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.parent);
    const auto table = EvolvingTable();
    SchemaUpdate update(*table);
    EXPECT_OK(update.Add(
        {.parent = c.parent, .name = "new", .type = Type::Int(), .doc = "a comment"}));
    const Field* added = update.schema().FindByName(c.full_name);
    ASSERT_NE(added, nullptr);
    EXPECT_EQ(added->id, table->last_column_id + 1);
    EXPECT_EQ(added->doc, "a comment");
    EXPECT_FALSE(added->required);
    for (const Field& field : table->schema().fields()) {
      EXPECT_EQ(IdOf(update, field.name), field.id);
    }
  }
}

TEST(SchemaUpdate, AddsAtAPosition) {
  struct Case {
    const char* name;
    ColumnPosition position;
    std::vector<std::string> order;
  };
  const std::vector<std::string> all = FieldNames(EvolvingTable()->schema().type());
  const auto with = [&](size_t at) {
    std::vector<std::string> names = all;
    names.insert(names.begin() + static_cast<std::ptrdiff_t>(at), "new");
    return names;
  };
  const Case cases[] = {
      {"last", {}, with(all.size())},
      {"first", {Place::kFirst}, with(0)},
      {"before the first", {Place::kBefore, "id"}, with(0)},
      {"after the first", {Place::kAfter, "id"}, with(1)},
      {"after the last", {Place::kAfter, all.back()}, with(all.size())},
  };
  const auto table = EvolvingTable();
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    SchemaUpdate update(*table);
    EXPECT_OK(update.Add({.name = "new", .type = Type::Int(), .position = c.position}));
    EXPECT_EQ(FieldNames(update.schema().type()), c.order);
  }
  SchemaUpdate nested(*table);
  EXPECT_OK(nested.Add({.parent = "point",
                        .name = "z",
                        .type = Type::Int(),
                        .position = {Place::kAfter, "x"}}));
  EXPECT_THAT(FieldNames(nested.schema().FindByName("point")->type),
              ElementsAre("x", "z", "y"));
}

TEST(SchemaUpdate, AddsWithDefaults) {
  const auto table = EvolvingTable("3");
  SchemaUpdate update(*table);
  EXPECT_OK(update.Add(
      {.name = "n", .type = Type::Int(), .required = true, .default_value = Value(5)}));
  const Field* field = update.schema().FindByName("n");
  EXPECT_EQ(field->initial_default, std::optional(Value(5)));
  EXPECT_EQ(field->write_default, std::optional(Value(5)));
  EXPECT_OK(update.SetWriteDefault("n", Value(7)));
  field = update.schema().FindByName("n");
  EXPECT_EQ(field->initial_default, std::optional(Value(5))) << "never changes";
  EXPECT_EQ(field->write_default, std::optional(Value(7)));
  EXPECT_OK(update.Promote("n", Type::Long()));
  field = update.schema().FindByName("n");
  EXPECT_EQ(field->initial_default, std::optional(Value(int64_t{5})));
  EXPECT_EQ(field->write_default, std::optional(Value(int64_t{7})));
  EXPECT_OK(update.SetWriteDefault("n", Value()));
  EXPECT_FALSE(update.schema().FindByName("n")->write_default.has_value());

  const auto old = EvolvingTable("2");
  SchemaUpdate too_old(*old);
  EXPECT_OK(too_old.Add({.name = "n", .type = Type::Int(), .default_value = Value(5)}));
  EXPECT_ERROR(too_old.Finish(), ErrorCode::kInvalidArgument, "format version 3");
}

TEST(SchemaUpdate, RefusesAdditions) {
  struct Case {
    const char* name;
    NewColumn column;
    ErrorCode code;
    const char* part;
  };
  const Case cases[] = {
      {"there already",
       {.name = "id", .type = Type::Int()},
       ErrorCode::kAlreadyExists,
       "'id'"},
      {"there already, nested",
       {.parent = "point", .name = "x", .type = Type::Int()},
       ErrorCode::kAlreadyExists,
       "'point.x'"},
      {"no parent",
       {.parent = "nowhere", .name = "x", .type = Type::Int()},
       ErrorCode::kNoSuchColumn,
       "nowhere"},
      {"parent is no struct",
       {.parent = "id", .name = "x", .type = Type::Int()},
       ErrorCode::kTypeMismatch,
       "'id' is no struct"},
      {"in a map's key",
       {.parent = "props.key", .name = "x", .type = Type::Int()},
       ErrorCode::kInvalidArgument,
       "map's key"},
      {"required",
       {.name = "x", .type = Type::Int(), .required = true},
       ErrorCode::kInvalidArgument,
       "default"},
      {"no sibling",
       {.name = "x", .type = Type::Int(), .position = {Place::kAfter, "nowhere"}},
       ErrorCode::kNoSuchColumn,
       "nowhere"},
      {"sibling elsewhere",
       {.name = "x", .type = Type::Int(), .position = {Place::kAfter, "point.x"}},
       ErrorCode::kNoSuchColumn,
       "point.x"},
      {"no name", {.name = "", .type = Type::Int()}, ErrorCode::kInvalidArgument, "name"},
  };
  const auto table = EvolvingTable();
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    SchemaUpdate update(*table);
    EXPECT_ERROR(update.Add(c.column), c.code, c.part);
    ASSERT_OK_AND_ASSIGN(const MetadataChange change, update.Finish());
    EXPECT_TRUE(change.updates.empty()) << "a refused change left something behind";
  }
  SchemaUpdate update(*table, kIncompatible);
  EXPECT_OK(update.Add({.name = "x", .type = Type::Int(), .required = true}));
  EXPECT_TRUE(update.schema().FindByName("x")->required);
}

TEST(SchemaUpdate, Drops) {
  for (const char* name : {"note", "point.x", "tags.element.label", "props.value.n",
                           "props.value.list.element.deep", "props.list.deep", "point"}) {
    SCOPED_TRACE(name);
    const auto table = EvolvingTable();
    SchemaUpdate update(*table);
    ASSERT_OK(update.Drop(name));
    const auto changed = Commit(*table, update.Finish());
    EXPECT_EQ(changed->schema().FindByName(name), nullptr);
    EXPECT_EQ(changed->last_column_id, table->last_column_id);
    EXPECT_EQ(changed->schemas.front()->FindByName("point.x")->id,
              table->schema().FindByName("point.x")->id)
        << "old snapshots keep their schema";
  }
}

TEST(SchemaUpdate, RefusesDrops) {
  struct Case {
    const char* name;
    ErrorCode code;
    const char* part;
  };
  const Case cases[] = {
      {"nowhere", ErrorCode::kNoSuchColumn, "nowhere"},
      {"tags.element", ErrorCode::kInvalidArgument, "element of a list"},
      {"props.value", ErrorCode::kInvalidArgument, "value of a map"},
      {"props.key", ErrorCode::kInvalidArgument, "map's key"},
      {"props.key.k", ErrorCode::kInvalidArgument, "map's key"},
      {"single.only", ErrorCode::kInvalidArgument, "drop that"},
  };
  const auto table = EvolvingTable();
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    SchemaUpdate update(*table);
    EXPECT_ERROR(update.Drop(c.name), c.code, c.part);
  }
  SchemaUpdate all(*table);
  const std::vector<std::string> names = FieldNames(table->schema().type());
  for (size_t i = 1; i < names.size(); ++i) {
    EXPECT_OK(all.Drop(names[i]));
  }
  EXPECT_ERROR(all.Drop(names[0]), ErrorCode::kInvalidArgument, "only one");
}

TEST(SchemaUpdate, DroppingWhatTodaysPartitionsOrOrderNeedIsRefused) {
  const auto table = EvolvingTable();
  SchemaUpdate partition(*table);
  EXPECT_OK(partition.Drop("day"));
  EXPECT_ERROR(partition.Finish(), ErrorCode::kInvalidArgument, "partition field");
  SchemaUpdate order(*table);
  EXPECT_OK(order.Drop("rank"));
  EXPECT_ERROR(order.Finish(), ErrorCode::kInvalidArgument, "sort order");
}

TEST(SchemaUpdate, Renames) {
  const std::pair<const char*, const char*> cases[] = {
      {"id", "key"},
      {"point", "location"},
      {"point.x", "point.lon"},
      {"tags.element.label", "tags.element.text"},
      {"tags.label", "tags.element.text"},
      {"props.value.list.element.deep", "props.value.list.element.deeper"},
  };
  for (const auto& [from, to] : cases) {
    SCOPED_TRACE(from);
    const auto table = EvolvingTable();
    SchemaUpdate update(*table);
    const std::string full(to);
    ASSERT_OK(update.Rename(from, full.substr(full.rfind('.') + 1)));
    EXPECT_EQ(IdOf(update, from), 0);
    ASSERT_NE(IdOf(update, to), 0);
    EXPECT_NE(table->schema().FindById(IdOf(update, to)), nullptr);
    EXPECT_EQ(update.last_column_id(), table->last_column_id);
  }
  const auto table = EvolvingTable();
  SchemaUpdate swap(*table);
  EXPECT_OK(swap.Rename("point.x", "tmp"));
  EXPECT_OK(swap.Rename("point.y", "x"));
  EXPECT_OK(swap.Rename("point.tmp", "y"));
  EXPECT_EQ(IdOf(swap, "point.x"), table->schema().FindByName("point.y")->id);
  EXPECT_EQ(IdOf(swap, "point.y"), table->schema().FindByName("point.x")->id);
}

TEST(SchemaUpdate, RefusesRenames) {
  struct Case {
    const char* from;
    const char* to;
    ErrorCode code;
  };
  const Case cases[] = {
      {"nowhere", "x", ErrorCode::kNoSuchColumn},
      {"id", "note", ErrorCode::kAlreadyExists},
      {"point.x", "y", ErrorCode::kAlreadyExists},
      {"id", "", ErrorCode::kInvalidArgument},
      {"tags.element", "item", ErrorCode::kInvalidArgument},
      {"props.key.k", "kk", ErrorCode::kInvalidArgument},
      {"id", "\xFF", ErrorCode::kInvalidArgument},
  };
  const auto table = EvolvingTable();
  for (const Case& c : cases) {
    SCOPED_TRACE(std::string(c.from) + " to " + c.to);
    SchemaUpdate update(*table);
    EXPECT_ERROR(update.Rename(c.from, c.to), c.code, "");
  }
}

TEST(SchemaUpdate, Moves) {
  const auto table = EvolvingTable();
  SchemaUpdate update(*table);
  EXPECT_OK(update.Move("point", {Place::kFirst}));
  EXPECT_OK(update.Move("id", {Place::kAfter, "note"}));
  EXPECT_OK(update.Move("day", {Place::kLast}));
  const std::vector<std::string> names = FieldNames(update.schema().type());
  EXPECT_EQ(names.front(), "point");
  EXPECT_EQ(names.back(), "day");
  EXPECT_EQ(std::ranges::find(names, "id"), std::ranges::find(names, "note") + 1);
  EXPECT_EQ(names.size(), table->schema().fields().size());
  EXPECT_OK(update.Move("point.y", {Place::kBefore, "point.x"}));
  EXPECT_THAT(FieldNames(update.schema().FindByName("point")->type),
              ElementsAre("y", "x"));
  EXPECT_OK(update.Move("props.value.n", {Place::kAfter, "list"}));
  EXPECT_THAT(FieldNames(update.schema().FindByName("props.value")->type),
              ElementsAre("list", "n"));
  EXPECT_ERROR(update.Move("point.x", {Place::kAfter, "id"}), ErrorCode::kNoSuchColumn,
               "");
  EXPECT_ERROR(update.Move("point.x", {Place::kAfter, "x"}), ErrorCode::kNoSuchColumn,
               "");
  EXPECT_ERROR(update.Move("tags.element", {Place::kFirst}), ErrorCode::kInvalidArgument,
               "");
}

TEST(SchemaUpdate, NullabilityOnlyLoosensUnlessAllowed) {
  const auto table = EvolvingTable();
  SchemaUpdate update(*table);
  EXPECT_OK(update.MakeOptional("rank"));
  EXPECT_FALSE(update.schema().FindByName("rank")->required);
  EXPECT_ERROR(update.Require("rank"), ErrorCode::kInvalidArgument, "no value");
  EXPECT_OK(update.Require("id"));  // is required already
  EXPECT_ERROR(update.Require("note"), ErrorCode::kInvalidArgument, "no value");
  EXPECT_ERROR(update.Require("tags.element"), ErrorCode::kInvalidArgument, "");
  EXPECT_OK(update.MakeOptional("props.value"));
  EXPECT_ERROR(update.MakeOptional("props.key"), ErrorCode::kInvalidArgument, "key");
  SchemaUpdate forced(*table, kIncompatible);
  EXPECT_OK(forced.Require("note"));
  EXPECT_OK(forced.Require("tags.element"));
  EXPECT_TRUE(forced.schema().FindByName("note")->required);
  EXPECT_TRUE(forced.schema().FindByName("tags.element")->required);
}

TEST(SchemaUpdate, CommentsAreFieldsOfStructsOnly) {
  const auto table = EvolvingTable();
  SchemaUpdate update(*table);
  EXPECT_OK(update.SetDoc("props.value.n", "count"));
  EXPECT_EQ(update.schema().FindByName("props.value.n")->doc, "count");
  EXPECT_OK(update.SetDoc("props.value.n", std::nullopt));
  EXPECT_FALSE(update.schema().FindByName("props.value.n")->doc.has_value());
  EXPECT_ERROR(update.SetDoc("tags.element", "x"), ErrorCode::kInvalidArgument, "list");
}

TEST(SchemaUpdate, IdentifierFields) {
  const auto table = EvolvingTable();
  SchemaUpdate update(*table);
  EXPECT_OK(update.SetIdentifierFields({"id", "id"}));
  EXPECT_THAT(update.schema().identifier_field_ids(), ElementsAre(IdOf(update, "id")));
  EXPECT_ERROR(update.Drop("id"), ErrorCode::kInvalidArgument, "identifier fields");
  EXPECT_ERROR(update.MakeOptional("id"), ErrorCode::kInvalidArgument, "identify");
  EXPECT_OK(update.Rename("id", "key"));
  const auto changed = Commit(*table, update.Finish());
  EXPECT_THAT(changed->schema().identifier_field_ids(),
              ElementsAre(table->schema().FindByName("id")->id));
  SchemaUpdate none(*changed);
  EXPECT_OK(none.SetIdentifierFields({}));
  EXPECT_OK(none.Drop("key"));
  EXPECT_TRUE(Commit(*changed, none.Finish())->schema().identifier_field_ids().empty());
  for (const char* name :
       {"note", "ratio", "point", "tags.element.label", "props.key.k", "point.x"}) {
    SCOPED_TRACE(name);
    EXPECT_ERROR(SchemaUpdate(*table).SetIdentifierFields({name}),
                 ErrorCode::kInvalidArgument, "identify");
  }
  EXPECT_ERROR(SchemaUpdate(*table).SetIdentifierFields({"nowhere"}),
               ErrorCode::kNoSuchColumn, "nowhere");
}

TEST(SchemaUpdate, NamesWithoutRegardToCase) {
  const auto table = EvolvingTable();
  SchemaUpdate strict(*table);
  EXPECT_ERROR(strict.Drop("NOTE"), ErrorCode::kNoSuchColumn, "NOTE");
  EXPECT_OK(strict.Add({.name = "NOTE", .type = Type::Int()}));
  const auto both = Commit(*table, strict.Finish());

  SchemaUpdate loose(*table, kIgnoreCase);
  EXPECT_OK(loose.Drop("NOTE"));
  EXPECT_OK(loose.Rename("POINT.X", "Lon"));
  EXPECT_NE(IdOf(loose, "point.Lon"), 0);
  EXPECT_OK(loose.Rename("POINT.LON", "LON"));
  EXPECT_OK(loose.Add({.parent = "TAGS", .name = "n", .type = Type::Int()}));
  EXPECT_ERROR(loose.Add({.name = "ID", .type = Type::Int()}), ErrorCode::kAlreadyExists,
               "'id'");
  EXPECT_ERROR(loose.Rename("id", "RANK"), ErrorCode::kAlreadyExists, "RANK");
  EXPECT_OK(loose.Move("ID", {Place::kAfter, "RATIO"}));

  SchemaUpdate ambiguous(*both, kIgnoreCase);
  EXPECT_ERROR(ambiguous.Drop("nOTE"), ErrorCode::kNoSuchColumn, "nOTE");
  EXPECT_OK(ambiguous.Drop("NOTE"));
  EXPECT_NE(IdOf(ambiguous, "note"), 0);
}

}  // namespace
}  // namespace tarn::iceberg
