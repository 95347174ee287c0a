#include "tarn/gateway/api/json_dialect.h"

#include <string>

#include <gtest/gtest.h>

#include "tarn/base/error.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::gateway {
namespace {

TEST(JsonDialect, NamesBecomeSnakeCase) {
  struct Case {
    const char* name;
    const char* snake;
  };
  const Case cases[] = {{"tableName", "table_name"}, {"table_name", "table_name"},
                        {"s3Path", "s3_path"},       {"sourceURL", "source_url"},
                        {"URLPath", "url_path"},     {"accessKeyId", "access_key_id"},
                        {"Table", "table"},          {"URL", "url"},
                        {"_private", "_private"},    {"x-api-Key", "x-api-Key"},
                        {"größeX", "größeX"},        {"", ""}};
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(SnakeCaseName(c.name), c.snake);
    EXPECT_EQ(SnakeCaseName(c.snake), c.snake);
  }
}

TEST(JsonDialect, NamesBecomeCamelCaseAndBack) {
  for (const char* name : {"table_name", "s3_path", "namespace", "access_key_id"}) {
    EXPECT_EQ(SnakeCaseName(CamelCaseName(name)), name);
  }
  EXPECT_EQ(CamelCaseName("table_name"), "tableName");
  EXPECT_EQ(CamelCaseName("_a_b_"), "_aB_");
}

TEST(JsonDialect, AllDepthsAreRenamedButData) {
  ASSERT_OK_AND_ASSIGN(const Json body,
                       ParseApiBody(R"({"tableName": "t", "loginForm": {"userName": "a"},
                       "pages": [{"nextLink": "x"}],
                       "params": {"perPage": 5}, "headers": {"userAgent": "x"}})"));
  EXPECT_EQ(body, Json::parse(R"({"table_name": "t", "login_form": {"user_name": "a"},
                                  "pages": [{"next_link": "x"}],
                                  "params": {"perPage": 5},
                                  "headers": {"userAgent": "x"}})"));
}

TEST(JsonDialect, NoBodyIsAnEmptyObject) {
  for (const char* text : {"", " \r\n\t", "{}"}) {
    ASSERT_OK_AND_ASSIGN(const Json body, ParseApiBody(text));
    EXPECT_EQ(body, Json::object());
  }
}

TEST(JsonDialect, WhatIsNoBodyIsRefusedWithTheReason) {
  struct Case {
    std::string text;
    const char* why;
  };
  const Case cases[] = {
      {"[1]", "of the type array"},
      {"\"x\"", "of the type string"},
      {"{\"a\": 1,}", "stops being one at byte 9"},
      {"{\"a\": tru", "stops being one at byte"},
      {"{\"a\": \"\xff\"}", "stops being one at byte"},
      {"{\"a\": NaN}", "stops being one at byte"},
      {"{\"a\": 1} x", "stops being one at byte"},
      {"{\"a\": 1, \"a\": 2}", "a name twice: a"},
      {"{\"b\": {\"a\": 1, \"a\": 2}}", "a name twice: a"},
      {"{\"tableName\": 1, \"table_name\": 2}", "the same twice, as table_name"},
      {"{\"a\":" + std::string(1'000, '['), "nested more than 400"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.text.substr(0, 60));
    const Status status = ParseApiBody(c.text).status();
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(CodeOf(status), ErrorCode::kInvalidArgument);
    EXPECT_NE(status.message().find(c.why), std::string::npos) << status.message();
  }
}

}  // namespace
}  // namespace tarn::gateway
