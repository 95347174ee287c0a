#include "tarn/net/http_message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tarn/net/internal/gzip.h"
#include "tarn/net/internal/response_head.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::net {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(HttpHeaders, NamesHaveNoCase) {
  HttpHeaders headers;
  headers.Add("Content-Type", "a");
  headers.Add("X", "1");
  headers.Add("content-type", "b");
  ASSERT_NE(headers.Find("CONTENT-TYPE"), nullptr);
  EXPECT_EQ(*headers.Find("CONTENT-TYPE"), "a");
  headers.Set("content-TYPE", "c");
  EXPECT_EQ(headers.all().size(), 2U);
  EXPECT_EQ(*headers.Find("Content-Type"), "c");
  EXPECT_EQ(headers.all()[0].first, "Content-Type");
  headers.Set("New", "n");
  EXPECT_EQ(*headers.Find("new"), "n");
  EXPECT_EQ(headers.Find("Content-Typ"), nullptr);
}

TEST(PercentDecode, Texts) {
  const std::pair<const char*, const char*> cases[] = {
      {"", ""},         {"abc", "abc"},   {"a%20b", "a b"},
      {"a%2Fb", "a/b"}, {"a%2fb", "a/b"}, {"%C3%A9", "\xC3\xA9"},
      {"a+b", "a+b"},   {"%1F", "\x1f"},  {"%25%32%30", "%20"},
  };
  for (const auto& [text, decoded] : cases) {
    SCOPED_TRACE(text);
    ASSERT_OK_AND_ASSIGN(const std::string result, PercentDecode(text));
    EXPECT_EQ(result, decoded);
  }
  for (const char* text : {"%", "%2", "a%", "%g0", "%0g", "%%20", "%00", "a%2"}) {
    SCOPED_TRACE(text);
    EXPECT_ERROR(PercentDecode(text), ErrorCode::kInvalidArgument, "");
  }
}

TEST(PercentEncode, IsUndoneByDecoding) {
  EXPECT_EQ(PercentEncode("aZ09-._~"), "aZ09-._~");
  EXPECT_EQ(PercentEncode("a/b c+\x1f\xC3\xA9"), "a%2Fb%20c%2B%1F%C3%A9");
  std::string all;
  for (int c = 1; c < 256; ++c) {
    all += static_cast<char>(c);
  }
  ASSERT_OK_AND_ASSIGN(const std::string decoded, PercentDecode(PercentEncode(all)));
  EXPECT_EQ(decoded, all);
}

TEST(QueryParameter, TheFirstOfItsName) {
  HttpRequest request;
  request.raw_query = "a=1&b=x%20y+z&empty=&flag&a=2&k%65y=v&bad=%zz&=n&&eq=a=b";
  EXPECT_EQ(request.QueryParameter("a"), "1");
  EXPECT_EQ(request.QueryParameter("b"), "x y z");
  EXPECT_EQ(request.QueryParameter("empty"), "");
  EXPECT_EQ(request.QueryParameter("flag"), "");
  EXPECT_EQ(request.QueryParameter("key"), "v");
  EXPECT_EQ(request.QueryParameter("bad"), "%zz");
  EXPECT_EQ(request.QueryParameter("eq"), "a=b");
  EXPECT_EQ(request.QueryParameter("none"), std::nullopt);
  request.raw_query = "";
  EXPECT_EQ(request.QueryParameter("a"), std::nullopt);
}

TEST(Gzip, IsUsedWhereItIsAskedFor) {
  const std::pair<const char*, bool> cases[] = {
      {"gzip", true},
      {"deflate, GZIP;q=0.5", true},
      {"*", true},
      {"gzip;q=0", false},
      {"gzip; q=0.000, *", false},
      {"", false},
      {"identity", false},
      {"*;q=0", false},
      {"br, x-gzip", true},
  };
  for (const auto& [header, accepted] : cases) {
    SCOPED_TRACE(header);
    EXPECT_EQ(internal::AcceptsGzip(header), accepted);
  }
  HttpRequest request;
  request.headers.Add("Accept-Encoding", "gzip");
  const auto packed = [&](const char* type, size_t bytes) {
    HttpResponse response{.body = std::string(bytes, 'x')};
    response.headers.Add("Content-Type", type);
    internal::MaybeGzip(request, &response);
    return response.headers.Find("Content-Encoding") != nullptr;
  };
  EXPECT_TRUE(packed("application/json", 1025));
  EXPECT_TRUE(packed("text/html; charset=utf-8", 1025));
  EXPECT_FALSE(packed("application/json", 1024));
  EXPECT_FALSE(packed("image/png", 5000));
}

TEST(ResponseHead, HandlersCannotBreakIt) {
  HttpResponse response{.status = 201};
  response.headers.Add("X-Good", "yes");
  response.headers.Add("X-Bad", "a\r\nSet-Cookie: b");
  response.headers.Add("Content-Length", "999");
  response.headers.Add("transfer-encoding", "chunked");
  const std::string head = internal::ResponseHead(
      response, {.body_bytes = 5, .keeps_alive = true, .request_id = "id-1"});
  EXPECT_TRUE(head.starts_with("HTTP/1.1 201 Created\r\n")) << head;
  EXPECT_TRUE(head.ends_with("\r\n\r\n")) << head;
  EXPECT_THAT(head, HasSubstr("X-Good: yes\r\n"));
  EXPECT_THAT(head, HasSubstr("Content-Length: 5\r\n"));
  EXPECT_THAT(head, HasSubstr("X-Request-Id: id-1\r\n"));
  EXPECT_THAT(head, Not(HasSubstr("Set-Cookie")));
  EXPECT_THAT(head, Not(HasSubstr("999")));
  EXPECT_THAT(head, Not(HasSubstr("chunked")));
  EXPECT_THAT(head, Not(HasSubstr("Connection")));
}

TEST(ResponseHead, DatesAndIds) {
  EXPECT_EQ(internal::HttpDate(784111777), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_TRUE(internal::IsSaneRequestId("a-Z_9.:/=+@"));
  for (const std::string& id :
       {std::string(), std::string("a b"), std::string("a\n"), std::string(129, 'x'),
        std::string("\xC3\xA9"), std::string("a\"b")}) {
    EXPECT_FALSE(internal::IsSaneRequestId(id)) << id;
  }
}

}  // namespace
}  // namespace tarn::net
