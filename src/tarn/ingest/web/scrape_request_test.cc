#include "tarn/ingest/web/scrape_request.h"

#include <gtest/gtest.h>

#include "tarn/base/error.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::ingest::web {
namespace {

Result<ScrapeRequest> Read(const char* body, ScrapeSecrets* secrets) {
  ARROW_ASSIGN_OR_RAISE(const Json json, ParseJson(body, "test"));
  return ReadScrapeRequest(json, secrets);
}

TEST(ScrapeRequest, SurvivesAJobsRecordWithoutSecrets) {
  ScrapeSecrets secrets;
  ASSERT_OK_AND_ASSIGN(
      const ScrapeRequest request,
      Read(R"({"url":"http://ada:pass1@h/x?q=1","selector":"li","params":{"limit":20,
               "offset":5},"pagination":"offset","total_pages":3,"max_rows":9,
               "fields":[{"name":"b","select":"a@href"},{"name":"a","select":"p"}],
               "headers":{"X-Key":"key1"},"secret_params":{"k":"key2"},
               "login":{"url":"http://h/login","form":{"pw":"pass2"}},"header":false,
               "auth":{"type":"bearer","token":"tok1"},"robots":"ignore","index":2})",
           &secrets));
  const Json json = ScrapeRequestToJson(request);
  const std::string text = DumpJson(json);
  for (const char* secret : {"pass1", "pass2", "key1", "key2", "tok1"}) {
    EXPECT_EQ(text.find(secret), std::string::npos) << secret;
  }
  ScrapeSecrets none;
  ASSERT_OK_AND_ASSIGN(const ScrapeRequest again, ReadScrapeRequest(json, &none));
  EXPECT_EQ(ScrapeRequestToJson(again), json);
  EXPECT_EQ(again.url, "http://h/x?q=1");
  EXPECT_EQ(again.pagination.kind, Paging::kOffset);
  EXPECT_EQ(again.pagination.from, 5);
  EXPECT_EQ(again.pagination.limit, 20);
  EXPECT_EQ(again.pages_max, 3);
  EXPECT_EQ(again.fields, (Pairs{{"b", "a@href"}, {"a", "p"}}));
  EXPECT_EQ(again.header, false);
  EXPECT_EQ(again.index, 2);
  EXPECT_FALSE(again.obeys_robots);
  ASSERT_OK_AND_ASSIGN(const ScrapeSecrets kept,
                       ScrapeSecretsFromJson(ScrapeSecretsToJson(secrets)));
  EXPECT_EQ(kept.login, (Pairs{{"pw", "pass2"}}));
  EXPECT_EQ(kept.params, (Pairs{{"k", "key2"}}));
  EXPECT_TRUE(ScrapeSecretsToJson({}).is_null());
}

TEST(ScrapeRequest, PagingIsGuessedFromParameters) {
  ScrapeSecrets secrets;
  EXPECT_EQ(Read(R"({"url":"http://h","params":{"offset":0},"total_pages":5})", &secrets)
                ->pagination.kind,
            Paging::kOffset);
  EXPECT_EQ(Read(R"({"url":"http://h","params":{"page":3},"total_pages":5})", &secrets)
                ->pagination.from,
            3);
  EXPECT_EQ(Read(R"({"url":"http://h","total_pages":1})", &secrets)->pagination.kind,
            Paging::kNone);
}

TEST(ScrapeRequest, SaysWhatIsWrong) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({})", "url"},
      {R"({"url":"ftp://h"})", "http"},
      {R"({"url":5})", "url"},
      {R"({"url":"http://h","params":[1]})", "params"},
      {R"({"url":"http://h","pagination":"often"})", "pagination"},
      {R"({"url":"http://h","pagination":{"type":"cursor"}})", "cursor"},
      {R"({"url":"http://h","pagination":{"type":"next","next":"a["}})", "selector"},
      {R"({"url":"http://h","max_pages":0})", "max_pages"},
      {R"({"url":"http://h","max_rows":1.5})", "max_rows"},
      {R"({"url":"http://h","fields":["x"]})", "fields"},
      {R"({"url":"http://h","robots":"maybe"})", "robots"},
      {R"({"url":"http://h","auth":{"type":"magic"}})", "auth"},
      {R"({"url":"http://h","login":{"form":{}}})", "login"},
      {R"({"url":"http://h","content":"pdf"})", "content"},
  };
  for (const auto& [body, word] : cases) {
    ScrapeSecrets secrets;
    EXPECT_ERROR(Read(body, &secrets), ErrorCode::kInvalidArgument, word) << body;
  }
}

TEST(ScrapeRequest, ConnectionsAreForTheirOwnServer) {
  constexpr char kBase[] = "https://user:pw@api.org/v1?x=y";
  const auto url_below = [&](const std::string& url) -> Result<std::string> {
    ScrapeSecrets secrets;
    ARROW_ASSIGN_OR_RAISE(
        ScrapeRequest request,
        ReadScrapeRequest({{"connection", "shop"}, {"url", url}}, &secrets));
    RETURN_NOT_OK(PutOnConnection(kBase, {}, &request, &secrets));
    return request.url;
  };
  EXPECT_EQ(url_below(""), "https://api.org/v1?x=y");
  EXPECT_EQ(url_below("items?a=b"), "https://api.org/v1/items?a=b");
  EXPECT_EQ(url_below("/items"), "https://api.org/items");
  EXPECT_EQ(url_below("?page=2"), "https://api.org/v1/?page=2");
  EXPECT_EQ(url_below("https://api.org:443/z"), "https://api.org/z");
  for (const char* other : {"http://api.org/", "https://api.org:444/", "//b.org/x",
                            "https://b.org/", "https://api.org@b.org/"}) {
    EXPECT_ERROR(url_below(other), ErrorCode::kInvalidArgument, "own server") << other;
  }
  EXPECT_FALSE(url_below("file:///etc/passwd").ok());

  ScrapeRequest request{.url = "x", .login_url = "/in"};
  ScrapeSecrets secrets{.headers = {{"X-Key", "mine"}}};
  ASSERT_OK(
      PutOnConnection(kBase, {{"X-Key", "its"}, {"X-Other", "o"}}, &request, &secrets));
  EXPECT_EQ(request.login_url, "https://api.org/in");
  EXPECT_EQ(secrets.headers, (Pairs{{"X-Key", "mine"}, {"X-Other", "o"}}));
}

}  // namespace
}  // namespace tarn::ingest::web
