#include "tarn/iceberg/partition_update.h"

#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tarn/iceberg/schema_update_fixture_test.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::iceberg {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;

PartitionTerm Term(std::string_view text) {
  return ParsePartitionTerm(text).ValueOrDie();
}

// "1000: day = identity(day)" of each field.
std::vector<std::string> Describe(const PartitionSpec& spec, const Schema& schema) {
  std::vector<std::string> fields;
  for (const PartitionField& field : spec.fields) {
    fields.push_back(std::to_string(field.field_id) + ": " + field.name + " = " +
                     TransformToString(field.transform) + "(" +
                     schema.NameOf(field.source_id()) + ")");
  }
  return fields;
}

std::vector<std::string> DescribeSpec(const TableMetadata& table) {
  return Describe(table.spec(), table.schema());
}

TEST(PartitionUpdate, AddsUnderTheReferencesNames) {
  const std::pair<const char*, const char*> cases[] = {
      {"bucket(8, id)", "1002: id_bucket_8 = bucket[8](id)"},
      {"truncate(note, 4)", "1002: note_trunc_4 = truncate[4](note)"},
      {"rank", "1002: rank = identity(rank)"},
      {"point.x", "1002: point.x = identity(point.x)"},
      {"year(day)", "1002: day_year = year(day)"},
  };
  for (const char* version : {"1", "2", "3"}) {
    const auto table = EvolvingTable(version);
    for (const auto& [term, expected] : cases) {
      SCOPED_TRACE(std::string(term) + " in v" + version);
      PartitionUpdate update(*table);
      ASSERT_OK(update.Add(Term(term)));
      const auto changed = Commit(*table, update.Finish());
      EXPECT_THAT(DescribeSpec(*changed),
                  ElementsAre("1000: day = identity(day)",
                              "1001: when_month = month(when)", expected));
      EXPECT_EQ(changed->default_spec_id, SpecId{1});
      EXPECT_EQ(changed->last_partition_id, 1002);
      EXPECT_EQ(changed->partition_specs.size(), 2U) << "the old spec stays";
    }
  }
}

TEST(PartitionUpdate, Trap41_VersionTwoRemovesAndReusesIds) {
  const auto table = EvolvingTable("2");
  PartitionUpdate remove(*table);
  EXPECT_OK(remove.Remove(Term("day")));
  EXPECT_OK(remove.Add(Term("bucket(4, id)")));
  const auto second = Commit(*table, remove.Finish());
  EXPECT_THAT(DescribeSpec(*second), ElementsAre("1001: when_month = month(when)",
                                                 "1002: id_bucket_4 = bucket[4](id)"));

  // Back again: the same column and transform, so the same id, under its old name.
  PartitionUpdate back(*second);
  EXPECT_OK(back.Add(Term("day")));
  EXPECT_OK(back.Add(Term("bucket(8, id)")));
  const auto third = Commit(*second, back.Finish());
  EXPECT_THAT(
      DescribeSpec(*third),
      ElementsAre("1001: when_month = month(when)", "1002: id_bucket_4 = bucket[4](id)",
                  "1000: day = identity(day)", "1003: id_bucket_8 = bucket[8](id)"));

  PartitionUpdate renamed(*second);
  EXPECT_OK(renamed.Add(Term("day"), "the_day"));
  EXPECT_THAT(Describe(renamed.spec(), table->schema()).back(),
              "1000: the_day = identity(day)");

  // The second spec again: no fourth one is made.
  PartitionUpdate second_again(*third);
  EXPECT_OK(second_again.RemoveByName("id_bucket_8"));
  EXPECT_OK(second_again.RemoveByName("day"));
  const auto again = Commit(*third, second_again.Finish());
  EXPECT_EQ(again->default_spec_id, SpecId{1});
  EXPECT_EQ(again->partition_specs.size(), 3U);
}

TEST(PartitionUpdate, Trap41_AllFieldsCanGo) {
  const auto table = EvolvingTable("2");
  PartitionUpdate update(*table);
  EXPECT_OK(update.Remove(Term("day")));
  EXPECT_OK(update.Remove(Term("months(when)")));
  const auto changed = Commit(*table, update.Finish());
  EXPECT_TRUE(changed->spec().fields.empty());
  EXPECT_EQ(changed->last_partition_id, 1001) << "never goes back";
  PartitionUpdate add(*changed);
  EXPECT_OK(add.Add(Term("id")));
  EXPECT_EQ(Commit(*changed, add.Finish())->spec().fields.front().field_id, 1002);
}

TEST(PartitionUpdate, Trap41_VersionOneLeavesAVoidField) {
  const auto table = EvolvingTable("1");
  PartitionUpdate remove(*table);
  EXPECT_OK(remove.Remove(Term("day")));
  const auto second = Commit(*table, remove.Finish());
  EXPECT_THAT(DescribeSpec(*second),
              ElementsAre("1000: day = void(day)", "1001: when_month = month(when)"));
  // Again: a new field at the end, the void one gives up its name.
  PartitionUpdate back(*second);
  EXPECT_OK(back.Add(Term("day")));
  const auto third = Commit(*second, back.Finish());
  EXPECT_THAT(DescribeSpec(*third),
              ElementsAre("1000: day_1000 = void(day)", "1001: when_month = month(when)",
                          "1002: day = identity(day)"));
  EXPECT_ERROR(PartitionUpdate(*third).RemoveByName("day_1000"),
               ErrorCode::kInvalidArgument, "void already");
}

TEST(PartitionUpdate, RemovingAndAddingTheSameChangesNothing) {
  for (const char* version : {"1", "2"}) {
    SCOPED_TRACE(version);
    const auto table = EvolvingTable(version);
    PartitionUpdate update(*table);
    EXPECT_OK(update.Remove(Term("day")));
    EXPECT_OK(update.Add(Term("day")));
    EXPECT_OK(update.Add(Term("id")));
    EXPECT_OK(update.Remove(Term("id")));
    EXPECT_EQ(update.spec(), table->spec());
    ASSERT_OK_AND_ASSIGN(const MetadataChange change, update.Finish());
    EXPECT_TRUE(change.updates.empty());
  }
}

// day and month of one column: the second says nothing that the first does not.
TEST(PartitionUpdate, Trap09_RedundantTimeTransformsAreRefused) {
  const auto table = EvolvingTable();
  EXPECT_ERROR(PartitionUpdate(*table).Add(Term("day(when)")),
               ErrorCode::kInvalidArgument, "redundant");
  PartitionUpdate replace(*table);
  EXPECT_OK(replace.Remove(Term("month(when)")));
  EXPECT_OK(replace.Add(Term("day(when)")));
  EXPECT_THAT(DescribeSpec(*Commit(*table, replace.Finish())),
              ElementsAre("1000: day = identity(day)", "1002: when_day = day(when)"));
  PartitionUpdate both(*table);
  EXPECT_OK(both.Add(Term("year(day)")));
  EXPECT_ERROR(both.Add(Term("month(day)")), ErrorCode::kInvalidArgument, "redundant");
}

// As PyIceberg and Spark do it, in two commits.
TEST(PartitionUpdate, Trap09_WhatOthersMadeRedundantCanBeEvolved) {
  const auto table = EvolvingTable();
  PartitionSpec spec = table->spec();
  spec.fields.push_back({.source_ids = spec.fields.back().source_ids,
                         .name = "by_day",
                         .transform = Day{}});
  NumberPartitionFields(*table, &spec);
  MetadataChange change;
  change.updates = {update::AddPartitionSpec{spec}, update::SetDefaultSpec{SpecId{-1}}};
  const auto redundant = Commit(*table, change);
  EXPECT_THAT(DescribeSpec(*redundant), Contains("1002: by_day = day(when)"));
  PartitionUpdate rename(*redundant);
  EXPECT_OK(rename.Rename("by_day", "d"));
  PartitionUpdate remove(*redundant);
  EXPECT_OK(remove.Remove(Term("month(when)")));
  EXPECT_OK(remove.Finish().status());
}

TEST(PartitionUpdate, Renames) {
  const auto table = EvolvingTable();
  PartitionUpdate update(*table);
  EXPECT_OK(update.Rename("when_month", "m"));
  EXPECT_THAT(DescribeSpec(*Commit(*table, update.Finish())),
              ElementsAre("1000: day = identity(day)", "1001: m = month(when)"));
}

TEST(PartitionUpdate, Refuses) {
  struct Case {
    const char* name;
    std::function<Status(PartitionUpdate&)> change;
    ErrorCode code;
    const char* part;
  };
  const Case cases[] = {
      {"there already", [](auto& u) { return u.Add(Term("day")); },
       ErrorCode::kInvalidArgument, "already partitioned"},
      {"no column", [](auto& u) { return u.Add(Term("nowhere")); },
       ErrorCode::kNoSuchColumn, "nowhere"},
      {"no transform of this type", [](auto& u) { return u.Add(Term("hour(day)")); },
       ErrorCode::kInvalidArgument, "hour"},
      {"in a list", [](auto& u) { return u.Add(Term("tags.element.label")); },
       ErrorCode::kInvalidArgument, "list"},
      {"void", [](auto& u) { return u.Add(Term("void(id)")); },
       ErrorCode::kInvalidArgument, "void"},
      {"name of a column", [](auto& u) { return u.Add(Term("bucket(4, id)"), "note"); },
       ErrorCode::kInvalidArgument, "name of a column"},
      {"name of a field", [](auto& u) { return u.Add(Term("id"), "when_month"); },
       ErrorCode::kInvalidArgument, "when_month"},
      {"not there", [](auto& u) { return u.Remove(Term("id")); },
       ErrorCode::kInvalidArgument, "not partitioned"},
      {"no such field", [](auto& u) { return u.RemoveByName("nowhere"); },
       ErrorCode::kInvalidArgument, "nowhere"},
      {"rename of nothing", [](auto& u) { return u.Rename("nowhere", "x"); },
       ErrorCode::kInvalidArgument, "nowhere"},
      {"rename to a field", [](auto& u) { return u.Rename("day", "when_month"); },
       ErrorCode::kInvalidArgument, "when_month"},
      {"rename to a column", [](auto& u) { return u.Rename("when_month", "note"); },
       ErrorCode::kInvalidArgument, "name of a column"},
  };
  const auto table = EvolvingTable();
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    PartitionUpdate update(*table);
    EXPECT_ERROR(c.change(update), c.code, c.part);
    EXPECT_EQ(update.spec(), table->spec());
  }
}

TEST(PartitionUpdate, ReplaceAllKeepsWhatStays) {
  const auto table = EvolvingTable();
  PartitionUpdate update(*table, NameCase::kInsensitive);
  ASSERT_OK(update.ReplaceAll({Term("bucket(id, 4)"), Term("month(WHEN)")}));
  EXPECT_THAT(
      Describe(update.spec(), table->schema()),
      ElementsAre("1001: when_month = month(when)", "1002: id_bucket_4 = bucket[4](id)"));
  EXPECT_ERROR(PartitionUpdate(*table).ReplaceAll({Term("id"), Term("id")}),
               ErrorCode::kInvalidArgument, "already");
  EXPECT_ERROR(PartitionUpdate(*table).ReplaceAll({Term("nowhere")}),
               ErrorCode::kNoSuchColumn, "");
  PartitionUpdate none(*table);
  EXPECT_OK(none.ReplaceAll({}));
  EXPECT_TRUE(Commit(*table, none.Finish())->spec().fields.empty());
}

TEST(PartitionUpdate, ASpecWithAnUnknownTransformStaysAsItIs) {
  TableMetadata table = *EvolvingTable("3");
  table.partition_specs[0].fields[0].transform = UnknownTransform{"week"};
  table.partition_specs[0].fields[0].name = "week";
  EXPECT_ERROR(PartitionUpdate(table).Add(Term("id")), ErrorCode::kNotSupported, "week");
  PartitionUpdate remove(table);
  EXPECT_OK(remove.RemoveByName("week"));
  EXPECT_OK(remove.Add(Term("id")));
  EXPECT_OK(remove.Finish());
}

}  // namespace
}  // namespace tarn::iceberg
