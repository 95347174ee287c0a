#include "tarn/ingest/web/internal/browser_json.h"

#include <gtest/gtest.h>

namespace tarn::ingest::web::internal {
namespace {

RenderOrder OrderOf(std::vector<std::pair<std::string, std::string>> headers) {
  return {
      .document = {}, .headers = std::move(headers), .own_origin = "https://a.org:443"};
}

TEST(RequestHeaders, AreOfTheOwnOriginOnly) {
  const RenderOrder order = OrderOf({{"Authorization", "Bearer t"}, {"Cookie", "c=1"}});
  // As a redirect of the own host would carry them on.
  const Json request = {{"headers", {{"authorization", "Bearer t"}, {"Accept", "*/*"}}}};
  const Json accept = {{"name", "Accept"}, {"value", "*/*"}};
  EXPECT_EQ(RequestHeaders(request, "https://a.org/x", order),
            (Json{accept, {{"name", "Authorization"}, {"value", "Bearer t"}}}));
  for (const char* other : {"https://b.org/x", "http://a.org/x", "https://a.org:444/",
                            "https://a.org.b.org/", "data:text/plain,x", ""}) {
    EXPECT_EQ(RequestHeaders(request, other, order), Json::array({accept})) << other;
  }
}

TEST(Cookies, GoThereAndBack) {
  RenderOrder order = OrderOf({{"cookie", "a=b; c=d=e;nothing"}});
  order.cookies = {{.name = "host", .value = "1", .domain = "a.org", .path = "/in"},
                   {.name = "all",
                    .value = "2",
                    .domain = "a.org",
                    .for_subdomains = true,
                    .is_secure = true,
                    .expires = 4'000'000'000}};
  const Json cookies = CookiesForBrowser(order);
  ASSERT_EQ(cookies.size(), 4);
  EXPECT_EQ(cookies[0]["url"], "http://a.org/");
  EXPECT_FALSE(cookies[0].contains("domain"));
  EXPECT_EQ(cookies[1]["domain"], ".a.org");
  EXPECT_EQ(cookies[1]["expires"], 4'000'000'000);
  EXPECT_EQ(cookies[2]["value"], "b");
  EXPECT_EQ(cookies[3]["value"], "d=e");
  EXPECT_EQ(cookies[3]["url"], "https://a.org:443/");

  const auto back = CookiesFromBrowser(
      {{"cookies",
        {{{"name", "n"}, {"value", "v"}, {"domain", ".a.org"}, {"expires", -1}},
         {{"name", "m"}, {"domain", "b.org"}, {"secure", true}, {"expires", 1e300}},
         7}}});
  ASSERT_EQ(back.size(), 2);
  EXPECT_TRUE(back[0].for_subdomains);
  EXPECT_EQ(back[0].domain, "a.org");
  EXPECT_EQ(back[0].expires, 0);
  EXPECT_TRUE(back[1].is_secure && !back[1].for_subdomains);
  EXPECT_EQ(back[1].expires, 0);
  EXPECT_TRUE(CookiesFromBrowser(Json::object()).empty());
}

TEST(HeadersForBrowser, LeaveOutWhatWasAboutTheWay) {
  FetchedPage page;
  page.headers.Add("Content-Type", "text/html; charset=latin1");
  page.headers.Add("Content-Encoding", "gzip");
  page.headers.Add("Content-Length", "7");
  page.headers.Add("Set-Cookie", "a=b");
  EXPECT_EQ(
      HeadersForBrowser(page),
      Json::array({{{"name", "Content-Type"}, {"value", "text/html; charset=latin1"}}}));
}

}  // namespace
}  // namespace tarn::ingest::web::internal
