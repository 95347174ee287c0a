#include "tarn/gateway/trino/remote_page.h"

#include <string>

#include <gtest/gtest.h>

#include "tarn/base/error.h"

namespace tarn::gateway::trino {
namespace {

TEST(RemotePage, RowsStayAsTheyCame) {
  const auto page =
      ReadRemotePage(R"({"id": "q1","infoUri":"http://h/ui","nextUri":)"
                     R"("http://h/v1/statement/executing/q1/y/1",)"
                     R"("columns":[{"name":"a]\"","type":"double"}],)"
                     R"("data":[ [1.50, "x,]\\"], [NaN,{"a":[1,2]}],[[]] ],)"
                     R"("stats":{"state":"RUNNING","processedRows":7,)"
                     R"("progressPercentage":12.5,"rootStage":{}},)"
                     R"("warnings":[],"updateType":"INSERT",)"
                     R"("updateCount":9007199254740993})");
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_EQ(page->id, "q1");
  EXPECT_EQ(page->next_uri, "http://h/v1/statement/executing/q1/y/1");
  EXPECT_EQ(page->columns_json, R"([{"name":"a]\"","type":"double"}])");
  EXPECT_EQ(page->data_json, R"([ [1.50, "x,]\\"], [NaN,{"a":[1,2]}],[[]] ])");
  EXPECT_EQ(page->num_rows, 3);
  EXPECT_EQ(page->rows_read, 7);
  EXPECT_EQ(page->percent, 12.5);
  EXPECT_EQ(page->update_type, "INSERT");
  EXPECT_EQ(page->update_count, 9007199254740993);
  EXPECT_FALSE(page->error);
}

TEST(RemotePage, NumbersOfRows) {
  for (const auto& [data, rows] : {std::pair{"[]", 0},
                                   {"[ ]", 0},
                                   {"[[]]", 1},
                                   {"[[1],[2]]", 2},
                                   {R"([["],["]])", 1},
                                   {R"([[[1,2],[3]],[{"a":1,"b":2}]])", 2}}) {
    SCOPED_TRACE(data);
    const auto page = ReadRemotePage(R"({"id":"q","data":)" + std::string(data) + "}");
    ASSERT_TRUE(page.ok()) << page.status();
    EXPECT_EQ(page->num_rows, rows);
    EXPECT_EQ(page->data_json.empty(), rows == 0);
  }
}

TEST(RemotePage, Errors) {
  const auto page = ReadRemotePage(
      R"({"id":"q","error":{"message":"line 2:3: no","errorCode":84148224,)"
      R"("errorName":"ICEBERG_COMMIT_ERROR","errorType":"EXTERNAL",)"
      R"("errorLocation":{"lineNumber":2,"columnNumber":3}}})");
  ASSERT_TRUE(page.ok()) << page.status();
  ASSERT_TRUE(page->error);
  EXPECT_EQ(page->error->name, "ICEBERG_COMMIT_ERROR");
  EXPECT_EQ(page->error->type(), "EXTERNAL");
  EXPECT_EQ(page->error->location->column, 3);
  EXPECT_EQ(QueryErrorOf(RemoteError(*page->error)).code, 84148224);
  EXPECT_EQ(QueryErrorOf(RemoteError(*page->error)).message, "line 2:3: no");
}

TEST(RemotePage, WhatIsNoAnswer) {
  for (const char* text :
       {"", "null", "[]", "{", R"({"id")", R"({"id":)", R"({"id":"x)", R"({"id":"x"}})",
        R"({"id":7})", R"({"id":"x","data":{"segments":[]}})",
        R"({"id":"x","data":[[1]})", R"({"id":"x" "a":1})", R"({"a":1})",
        R"({"id":"x","stats":3})", R"({"id":"x","error":{}})",
        R"({"id":"x","updateCount":"9"})", "<html></html>"}) {
    SCOPED_TRACE(text);
    EXPECT_FALSE(ReadRemotePage(text).ok());
  }
}

TEST(RemotePage, StateIsReplaced) {
  EXPECT_EQ(WithState(R"({"nodes":1,"state":"RUNNING","x":{"state":"A"}})", "FAILED"),
            R"({"nodes":1,"state":"FAILED","x":{"state":"A"}})");
  EXPECT_EQ(WithState(R"({"nodes":1})", "FAILED"), R"({"nodes":1})");
}

}  // namespace
}  // namespace tarn::gateway::trino
