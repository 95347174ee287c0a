#include "tarn/gateway/trino/client_context.h"

#include <gtest/gtest.h>

#include "tarn/gateway/trino/internal/packed_text.h"
#include "tarn/gateway/trino/row_pages.h"

namespace tarn::gateway::trino {
namespace {

net::HttpRequest RequestWith(
    std::initializer_list<std::pair<const char*, const char*>> headers) {
  net::HttpRequest request;
  for (const auto& [name, value] : headers) {
    request.headers.Add(name, value);
  }
  return request;
}

TEST(ClientContext, ReadsHeaders) {
  const auto client = ClientContextOf(
      RequestWith({{"X-Trino-User", "ada"},
                   {"X-Trino-Catalog", "iceberg"},
                   {"X-Trino-Schema", "s"},
                   {"X-Trino-Session", "a=1,b.c=x%3Dy+z"},
                   {"x-trino-session", "d=2"},
                   {"X-Trino-Session", ""},
                   {"X-Trino-Prepared-Statement", "p=SELECT+%3F%2C+1"},
                   {"X-Trino-Transaction-Id", "NONE"},
                   {"X-Trino-Client-Capabilities", "PATH,PARAMETRIC_DATETIME"},
                   {"X-Trino-Query-Data-Encoding", "json+zstd, json"}}));
  ASSERT_TRUE(client.ok()) << client.status();
  EXPECT_EQ(client->schema, "s");
  EXPECT_EQ(client->properties, (std::map<std::string, std::string>{
                                    {"a", "1"}, {"b.c", "x=y z"}, {"d", "2"}}));
  EXPECT_EQ(client->prepared.at("p"), "SELECT ?, 1");
  EXPECT_EQ(client->transaction_id, "");
  EXPECT_TRUE(client->capabilities.contains("PARAMETRIC_DATETIME"));
  EXPECT_EQ(client->data_encodings, (std::vector<std::string>{"json+zstd", "json"}));
}

TEST(ClientContext, KnowsPrestosHeaders) {
  const auto request =
      RequestWith({{"X-Presto-User", "ada"}, {"X-Presto-Catalog", "iceberg"}});
  EXPECT_EQ(UserOf(request), "ada");
  const auto client = ClientContextOf(request);
  EXPECT_EQ(client->header_prefix, "X-Presto-");
  EXPECT_EQ(client->catalog, "iceberg");
}

TEST(ClientContext, RefusesBrokenHeaders) {
  EXPECT_FALSE(ClientContextOf(RequestWith({{"X-Trino-Session", "a"}})).ok());
  EXPECT_FALSE(ClientContextOf(RequestWith({{"X-Trino-Session", "a=%zz"}})).ok());
  EXPECT_FALSE(ClientContextOf(RequestWith({{"X-Trino-Schema", "s"}})).ok());
  EXPECT_FALSE(
      ClientContextOf(RequestWith({{"X-Trino-Prepared-Statement", "p=$zstd:AAAA"}}))
          .ok());
}

TEST(ClientContext, UnpacksLongStatements) {
  // "SELECT 1" as zstd, in base64url.
  const auto client = ClientContextOf(RequestWith(
      {{"X-Trino-Prepared-Statement", "p=%24zstd%3AKLUv_SAIQQAAU0VMRUNUIDE"}}));
  ASSERT_TRUE(client.ok()) << client.status();
  EXPECT_EQ(client->prepared.at("p"), "SELECT 1");
}

TEST(ClientContext, EscapesAsJavaDoes) {
  EXPECT_EQ(UrlEncoded("a b=c/d*é"), "a+b%3Dc%2Fd*%C3%A9");
}

TEST(RowPages, PacksSegmentsThatGetSmaller) {
  EXPECT_EQ(ChosenEncoding({"arrow", "json+lz4", "json"}), "json+lz4");
  EXPECT_EQ(ChosenEncoding({"arrow"}), "");
  const RowPage small{.json = "[[1]]", .num_rows = 1};
  EXPECT_EQ(DataJson(small, ""), "[[1]]");
  EXPECT_EQ(DataJson(small, "json+zstd"),
            R"({"encoding":"json+zstd","segments":[{"type":"inline","data":"W1sxXV0=",)"
            R"("metadata":{"segmentSize":5,"rowsCount":1,"rowOffset":0}}]})");
  const RowPage large{.json = std::string(10'000, '1'), .num_rows = 7, .row_offset = 3};
  for (const char* encoding : {"json+zstd", "json+lz4"}) {
    const std::string data = DataJson(large, encoding);
    EXPECT_LT(data.size(), 1000U);
    EXPECT_NE(data.find(R"("uncompressedSize":10000)"), std::string::npos) << data;
    EXPECT_NE(data.find(R"("rowsCount":7,"rowOffset":3)"), std::string::npos) << data;
  }
}

}  // namespace
}  // namespace tarn::gateway::trino
