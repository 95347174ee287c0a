#include "tarn/service/http_connection.h"

#include <gtest/gtest.h>

#include "tarn/base/error.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::service {
namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

TEST(HttpConnection, HeadersAreAnObjectOfTexts) {
  ASSERT_OK_AND_ASSIGN(const std::string text, HttpHeadersText(Json{{"X-Key", "k"}}));
  EXPECT_EQ(HttpHeadersText(text), text);
  EXPECT_EQ(HttpHeadersText("{\"X-Key\": \"${env:KEY}\"}"),
            "{\"X-Key\": \"${env:KEY}\"}");
  for (const Json& wrong : {Json("s3cret"), Json{{"X", 5}}, Json::array({"s3cret"}),
                            Json("{\"X\": {\"Y\": \"s3cret\"}}"), Json(5)}) {
    const Status status = HttpHeadersText(wrong).status();
    EXPECT_ERROR(status, ErrorCode::kInvalidArgument, "object of texts");
    EXPECT_EQ(status.message().find("s3cret"), std::string::npos);
  }
}

TEST(HttpConnection, SignsInByTokenOrPassword) {
  ASSERT_OK_AND_ASSIGN(
      Headers headers,
      HttpConnectionHeaders(
          {{"headers", "{\"X-Key\":\"k\"}"}, {"user", "ada"}, {"password", "p"}}));
  EXPECT_EQ(headers, (Headers{{"X-Key", "k"}, {"Authorization", "Basic YWRhOnA="}}));
  ASSERT_OK_AND_ASSIGN(headers, HttpConnectionHeaders({{"token", "t"}, {"user", "a"}}));
  EXPECT_EQ(headers, (Headers{{"Authorization", "Bearer t"}}));
  ASSERT_OK_AND_ASSIGN(headers, HttpConnectionHeaders({{"url", "http://a.org"}}));
  EXPECT_TRUE(headers.empty());
  EXPECT_ERROR(HttpConnectionHeaders({{"headers", "x"}}), ErrorCode::kInvalidArgument,
               "object of texts");
}

}  // namespace
}  // namespace tarn::service
