#include "tarn/iceberg/type_promotion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tarn/iceberg/schema_update.h"
#include "tarn/iceberg/schema_update_fixture_test.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::iceberg {
namespace {

TEST(CanPromote, FollowsTheSpecificationsTable) {
  struct Case {
    Type from;
    Type to;
    int32_t since;  // format version, 0: never
  };
  const Type point = Type::Struct({{.id = 1, .name = "x", .type = Type::Int()}});
  const Case cases[] = {
      {Type::Int(), Type::Int(), 1},
      {Type::Int(), Type::Long(), 1},
      {Type::Long(), Type::Int(), 0},
      {Type::Int(), Type::Double(), 0},
      {Type::Int(), Type::String(), 0},
      {Type::Int(), Type::Decimal(10, 0), 0},
      {Type::Float(), Type::Double(), 1},
      {Type::Double(), Type::Float(), 0},
      {Type::Decimal(9, 2), Type::Decimal(18, 2), 1},
      {Type::Decimal(9, 2), Type::Decimal(38, 2), 1},
      {Type::Decimal(9, 2), Type::Decimal(8, 2), 0},
      {Type::Decimal(9, 2), Type::Decimal(18, 3), 0},
      {Type::Date(), Type::Timestamp(), 3},
      {Type::Date(), Type::TimestampNs(), 3},
      {Type::Date(), Type::TimestampTz(), 0},
      {Type::Date(), Type::TimestampTzNs(), 0},
      {Type::Date(), Type::String(), 0},
      {Type::Timestamp(), Type::TimestampNs(), 0},
      {Type::Timestamp(), Type::TimestampTz(), 0},
      {Type::Unknown(), Type::Int(), 3},
      {Type::Unknown(), Type::Variant(), 3},
      {Type::Unknown(), point, 3},
      {Type::Int(), Type::Unknown(), 0},
      {Type::String(), Type::Binary(), 0},
      {Type::Fixed(4), Type::Fixed(8), 0},
      {Type::Fixed(4), Type::Binary(), 0},
      {Type::Int(), point, 0},
      {point, Type::Int(), 0},
      {Type::Variant(), Type::String(), 0},
  };
  for (const Case& c : cases) {
    for (const int32_t version : {1, 2, 3}) {
      SCOPED_TRACE(c.from.ToString() + " to " + c.to.ToString() + " in v" +
                   std::to_string(version));
      EXPECT_EQ(CanPromote(c.from, c.to, version), c.since != 0 && version >= c.since);
    }
  }
}

TEST(Promote, NestedEverywhere) {
  const auto table = EvolvingTable("3");
  SchemaUpdate update(*table);
  const std::pair<const char*, Type> cases[] = {
      {"rank", Type::Long()},
      {"point.x", Type::Long()},
      {"tags.element.weight", Type::Double()},
      {"props.value.n", Type::Long()},
      {"props.value.list.element.deep2", Type::TimestampNs()},
  };
  for (const auto& [name, type] : cases) {
    SCOPED_TRACE(name);
    const Field before = *table->schema().FindByName(name);
    ASSERT_OK(update.Promote(name, type));
    const Field* after = update.schema().FindByName(name);
    EXPECT_EQ(after->type, type);
    EXPECT_EQ(after->id, before.id);
    EXPECT_EQ(after->required, before.required);
  }
  EXPECT_ERROR(update.Promote("props.key.k", Type::Long()), ErrorCode::kInvalidArgument,
               "map's key");
  EXPECT_ERROR(update.Promote("id", Type::Int()), ErrorCode::kTypeMismatch, "lost");
  EXPECT_ERROR(update.Promote("point", Type::Int()), ErrorCode::kTypeMismatch, "");
  EXPECT_ERROR(update.Promote("nowhere", Type::Int()), ErrorCode::kNoSuchColumn, "");
  EXPECT_OK(update.Finish());
}

TEST(Promote, UnknownMayBecomeNested) {
  const auto table = EvolvingTable("3");
  SchemaUpdate add(*table);
  EXPECT_OK(add.Add({.name = "u", .type = Type::Unknown()}));
  const auto with_unknown = Commit(*table, add.Finish());
  SchemaUpdate promote(*with_unknown);
  EXPECT_OK(promote.Promote("u", Type::List(1, Type::Int(), false)));
  const auto promoted = Commit(*with_unknown, promote.Finish());
  EXPECT_EQ(promoted->schema().FindByName("u")->id, table->last_column_id + 1);
  EXPECT_EQ(promoted->schema().FindByName("u.element")->id, table->last_column_id + 2);
  EXPECT_EQ(promoted->last_column_id, table->last_column_id + 2);
}

// The identity or bucket of a date is another value than that of its midnight; year,
// month and day are the same.
TEST(Promote, Trap16_DateStaysDateWhilePartitionValuesWouldChange) {
  const auto table = EvolvingTable("3");
  EXPECT_ERROR(SchemaUpdate(*table).Promote("day", Type::Timestamp()),
               ErrorCode::kNotSupported, "partition field 'day' of spec 0");
  SchemaUpdate month(*table);
  EXPECT_OK(month.Promote("when", Type::Timestamp()));
  const auto promoted = Commit(*table, month.Finish());
  EXPECT_EQ(promoted->schema().FindByName("when")->type, Type::Timestamp());

  // A spec of the past counts as well: its files are still there.
  TableMetadata unpartitioned = *table;
  unpartitioned.partition_specs.push_back({.id = SpecId{1}});
  unpartitioned.default_spec_id = SpecId{1};
  EXPECT_ERROR(SchemaUpdate(unpartitioned).Promote("day", Type::TimestampNs()),
               ErrorCode::kNotSupported, "spec 0");
  // What was a partition field of version 1 and is void now has no values.
  unpartitioned.partition_specs[0].fields[0].transform = Void{};
  EXPECT_OK(SchemaUpdate(unpartitioned).Promote("day", Type::TimestampNs()));
  unpartitioned.partition_specs[0].fields[0].transform = UnknownTransform{"week"};
  EXPECT_ERROR(SchemaUpdate(unpartitioned).Promote("day", Type::TimestampNs()),
               ErrorCode::kNotSupported, "spec 0");
}

TEST(Promote, OldVersionsAreToldToUpgrade) {
  const auto table = EvolvingTable("2");
  EXPECT_ERROR(SchemaUpdate(*table).Promote("when", Type::Timestamp()),
               ErrorCode::kTypeMismatch, "format version 3");
}

}  // namespace
}  // namespace tarn::iceberg
