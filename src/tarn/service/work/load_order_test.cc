#include "tarn/service/work/load_order.h"

#include <gtest/gtest.h>

#include "tarn/base/error.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::service {
namespace {

LoadOrder FileOrder() {
  LoadOrder order;
  order.warehouse = "other";
  order.into = {.ns = {.levels = {"a", "b.c"}}, .name = "t"};
  order.location = "s3://bucket/part-?.csv";
  order.store = {{"s3.endpoint", "http://127.0.0.1:9000"}};
  order.has_own_store = true;
  order.format = ingest::Format::kCsv;
  order.options = {{"delimiter", ";"}, {"header", "false"}, {"delimiter", "|"}};
  order.mode = ingest::LoadMode::kReplace;
  order.partition_by = {"day(ts)"};
  order.properties = {{"owner", "ada"}};
  order.lineage = false;
  order.rejects = RejectsTo::kTable;
  order.registers = true;
  return order;
}

TEST(LoadOrder, IsTheSameAfterARestart) {
  const Json json = LoadOrderToJson(FileOrder());
  ASSERT_OK_AND_ASSIGN(const LoadOrder back, LoadOrderFromJson(json));
  EXPECT_EQ(LoadOrderToJson(back), json);
  EXPECT_EQ(back.into, FileOrder().into);
  EXPECT_EQ(back.options, FileOrder().options);
  EXPECT_EQ(back.mode, ingest::LoadMode::kReplace);
  EXPECT_EQ(back.lineage, false);
  EXPECT_TRUE(back.has_own_store && back.registers);
  EXPECT_EQ(back.rejects, RejectsTo::kTable);
}

TEST(LoadOrder, OfADatabase) {
  LoadOrder order;
  order.into = {.ns = {.levels = {"a"}}, .name = "t"};
  order.database = {.host = "db",
                    .port = 5433,
                    .database = "shop",
                    .user = "reader",
                    .tls_mode = "verify-full",
                    .query = "SELECT 1",
                    .statement_timeout = std::chrono::seconds(9),
                    .is_guarded = true};
  const Json json = LoadOrderToJson(order);
  ASSERT_OK_AND_ASSIGN(const LoadOrder back, LoadOrderFromJson(json));
  EXPECT_EQ(LoadOrderToJson(back), json);
  EXPECT_TRUE(back.database->is_guarded);
  EXPECT_EQ(back.database->statement_timeout, std::chrono::seconds(9));
  EXPECT_FALSE(back.mode.has_value());
  EXPECT_FALSE(back.lineage.has_value());
  EXPECT_EQ(ShownSource(back), "postgresql://db:5433/shop");
}

TEST(LoadOrder, ShowsNoSecrets) {
  LoadOrder order;
  order.location = "https://user:pw@host/a.csv?signature=s";
  EXPECT_EQ(ShownSource(order), "https://host/a.csv");
  order.location = "s3://bucket/part-?.csv";
  EXPECT_EQ(ShownSource(order), order.location);
}

TEST(LoadOrder, WhatIsNone) {
  for (const char* text :
       {"[]", "{}", R"({"table": "t", "mode": "merge"})",
        R"({"table": "t", "format": "xls"})", R"({"table": "t", "options": [["a"]]})",
        R"({"table": "t", "register": "yes"})", R"({"table": "t", "namespace": "a"})",
        R"({"table": "t", "database": {"guarded": 1}})"}) {
    EXPECT_FALSE(LoadOrderFromJson(Json::parse(text)).ok()) << text;
  }
  EXPECT_EQ(CodeOf(LoadModeFromText("merge").status()), ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace tarn::service
