#include "tarn/service/migration/migration_request.h"

#include <gtest/gtest.h>

#include "tarn/testing/status_matchers.h"

namespace tarn::service {
namespace {

const Json kTable = {{"source_namespace", "staging"},
                     {"source_table", "orders"},
                     {"dest_namespace", "production"},
                     {"dest_table", "o"}};

Json With(Json members) {
  Json json = kTable;
  json.update(members);
  return json;
}

TEST(MigrationRequest, OneTable) {
  ASSERT_OK_AND_ASSIGN(const TablePair pair, TablePairFromJson(kTable));
  EXPECT_EQ(pair.source.ToString(), "staging.orders");
  EXPECT_EQ(pair.destination.ToString(), "production.o");
  EXPECT_EQ(pair.options.mode, MigrationMode::kFail);
  EXPECT_EQ(pair.options.validation, ValidationLevel::kFull);
  EXPECT_EQ(pair.options.history, HistoryMode::kNone);
}

TEST(MigrationRequest, WholeNamesAndPlaces) {
  ASSERT_OK_AND_ASSIGN(
      const TablePair pair,
      TablePairFromJson({{"source", "old:a.b.t"}, {"destination", "x.\"my.t\""}}));
  EXPECT_EQ(pair.source.place, "old");
  EXPECT_EQ(pair.source.ident.ns.levels.size(), 2U);
  EXPECT_EQ(pair.destination.ident.name, "my.t");
  ASSERT_OK_AND_ASSIGN(
      const TablePair placed,
      TablePairFromJson(With({{"warehouse", "w"}, {"dest_warehouse", "v"}})));
  EXPECT_EQ(placed.source.place, "w");
  EXPECT_EQ(placed.destination.place, "v");
}

TEST(MigrationRequest, ViewsComeAlongUnlessTheyAreNotWanted) {
  ASSERT_OK_AND_ASSIGN(TablePair pair, TablePairFromJson(kTable));
  EXPECT_TRUE(pair.options.views);
  ASSERT_OK_AND_ASSIGN(pair, TablePairFromJson(With({{"views", false}})));
  EXPECT_FALSE(pair.options.views);
  EXPECT_ERROR(TablePairFromJson(With({{"views", "no"}})), ErrorCode::kInvalidArgument,
               "true or false");
}

TEST(MigrationRequest, Options) {
  ASSERT_OK_AND_ASSIGN(
      TablePair pair, TablePairFromJson(With({{"validate", false}, {"mode", "append"}})));
  EXPECT_EQ(pair.options.validation, ValidationLevel::kNone);
  EXPECT_EQ(pair.options.mode, MigrationMode::kAppend);
  ASSERT_OK_AND_ASSIGN(pair, TablePairFromJson(With({{"history", true}})));
  EXPECT_EQ(pair.options.history, HistoryMode::kCopy);
  ASSERT_OK_AND_ASSIGN(
      pair,
      TablePairFromJson(With(
          {{"transform", {{"columns", {"id", "a + 1 AS b"}}, {"where", "id > 1"}}}})));
  EXPECT_EQ(pair.options.transform.Sql(),
            "SELECT id, a + 1 AS b FROM source WHERE id > 1");
  ASSERT_OK_AND_ASSIGN(pair,
                       TablePairFromJson(With({{"transform", "SELECT 1 FROM source"}})));
  EXPECT_EQ(pair.options.transform.Sql(), "SELECT 1 FROM source");
}

TEST(MigrationRequest, WhatMakesNoSense) {
  const Json wrong[] = {
      With({{"mode", "sometimes"}}),
      With({{"validate", "much"}}),
      With({{"validate", 3}}),
      With({{"history", "copy"}, {"mode", "append"}}),
      With({{"history", "copy"}, {"incremental", true}}),
      With({{"incremental", "yes"}}),
      With({{"incremental", true}, {"where", "id = 1"}}),
      With({{"transform", 7}}),
      With({{"transform", "SELECT 1"}, {"where", "id = 1"}}),
      With({{"snapshot_id", "x"}}),
      With({{"source_table", 1}}),
      With({{"dest_table", nullptr}}),
      With({{"dest_namespace", "staging"}, {"dest_table", "orders"}}),
      Json::object(),
  };
  for (const Json& json : wrong) {
    EXPECT_ERROR(TablePairFromJson(json), ErrorCode::kInvalidArgument, "");
  }
}

TEST(MigrationRequest, SeveralTables) {
  ASSERT_OK_AND_ASSIGN(
      BulkRequest bulk,
      BulkRequestFromJson(
          {{"tables", {"a", {{"source_table", "b"}, {"dest_table", "c"}}}},
           {"source_namespace", "x"},
           {"dest_namespace", "y"},
           {"parallel", 3}}));
  ASSERT_EQ(bulk.tables.size(), 2U);
  EXPECT_EQ(bulk.tables[0].destination.ToString(), "y.a");
  EXPECT_EQ(bulk.tables[1].destination.ToString(), "y.c");
  EXPECT_EQ(bulk.parallel, 3);
  ASSERT_OK_AND_ASSIGN(
      bulk, BulkRequestFromJson({{"source_warehouse", "old"}, {"validate", "count"}}));
  EXPECT_TRUE(bulk.tables.empty());
  EXPECT_EQ(bulk.source.ToString(), "old:*");
  EXPECT_EQ(bulk.options.validation, ValidationLevel::kCount);
  for (const Json& wrong :
       {Json{{"tables", Json::array()}}, Json{{"tables", "a"}}, Json{{"tables", {1}}},
        Json{{"source_namespace", "a"}}, Json{{"dest_namespace", "a"}},
        Json{{"source_namespace", "a"}, {"dest_namespace", "a"}}, Json::object(),
        Json{{"source_namespace", "a"}, {"dest_namespace", "b"}, {"parallel", 11}}}) {
    EXPECT_ERROR(BulkRequestFromJson(wrong), ErrorCode::kInvalidArgument, "");
  }
}

}  // namespace
}  // namespace tarn::service
