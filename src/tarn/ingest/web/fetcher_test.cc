#include "tarn/ingest/web/fetcher.h"

#include <atomic>
#include <memory>

#include <gtest/gtest.h>

#include "tarn/base/error.h"
#include "tarn/ingest/web/internal/login_form.h"
#include "tarn/net/http_server.h"
#include "tarn/testing/fake_clock.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::ingest::web {
namespace {

using net::HttpRequest;
using net::HttpResponse;
using std::chrono::milliseconds;

std::string HeaderOf(const HttpRequest& request, std::string_view name) {
  const std::string* value = request.headers.Find(name);
  return value == nullptr ? "none" : *value;
}

HttpResponse To(int status, const std::string& place) {
  HttpResponse response{.status = status};
  response.headers.Add("Location", place);
  return response;
}

/// A server whose pages do what their names say; time only passes in waits.
class FetcherTest : public ::testing::Test {
 protected:
  void SetUp() override {
    router_.Add("GET", "/robots.txt", [this](const HttpRequest&) {
      ++num_robots_;
      return HttpResponse{.status = robots_.empty() ? 404 : 200, .body = robots_};
    });
    router_.Add("GET", "/ok", [](const HttpRequest& request) {
      return HttpResponse{.body = HeaderOf(request, "X-Key")};
    });
    router_.Add("GET", "/status/{status}", [this](const HttpRequest& request) {
      ++num_asked_;
      HttpResponse response{.status = std::stoi(*request.PathParameter("status"))};
      if (const auto after = request.QueryParameter("after")) {
        response.headers.Add("Retry-After", *after);
      }
      return response;
    });
    router_.Add("GET", "/busy", [this](const HttpRequest&) {
      return HttpResponse{.status = ++num_asked_ < 3 ? 503 : 200, .body = "there"};
    });
    router_.Add("GET", "/to", [](const HttpRequest& request) {
      return To(302, *request.QueryParameter("url"));
    });
    router_.Add("POST", "/form", [](const HttpRequest& request) {
      HttpResponse response = To(303, "/who");
      response.headers.Add("Set-Cookie", "form=" + request.body + "; Path=/");
      return response;
    });
    router_.Add("GET", "/who", [](const HttpRequest& request) {
      return HttpResponse{.body = HeaderOf(request, "Cookie")};
    });
    server_ = *net::HttpServer::Start({.port = 0}, router_);
    url_ = "http://127.0.0.1:" + std::to_string(server_->port());
  }

  std::unique_ptr<Fetcher> Make(FetchOptions options = {}) {
    return std::make_unique<Fetcher>(std::move(options), turns_, clock_, SystemRandom());
  }

  std::string robots_;
  std::atomic<int> num_robots_{0};
  std::atomic<int> num_asked_{0};
  net::Router router_;
  std::unique_ptr<net::HttpServer> server_;
  std::string url_;
  testing::FakeClock clock_;
  HostTurns turns_{clock_};
};

TEST_F(FetcherTest, PausesBetweenRequests) {
  const auto fetcher = Make({.interval = milliseconds(2'000)});
  const milliseconds begin = clock_.Now();
  ASSERT_OK(fetcher->Get(url_ + "/ok"));  // after robots.txt
  ASSERT_OK(fetcher->Get(url_ + "/ok"));
  EXPECT_GE(clock_.Now() - begin, milliseconds(4'000));
  EXPECT_LT(clock_.Now() - begin, milliseconds(6'000));
  EXPECT_EQ(num_robots_, 1);
}

TEST_F(FetcherTest, ObeysRobots) {
  robots_ = "User-agent: tarn\nDisallow: /ok\nCrawl-delay: 7";
  EXPECT_ERROR(Make()->Get(url_ + "/ok"), ErrorCode::kForbidden, "robots.txt");
  EXPECT_ERROR(Make()->Get(url_ + "/to?url=/ok"), ErrorCode::kForbidden, "robots.txt");
  EXPECT_OK(Make({.robots = RobotsRule::kIgnore})->Get(url_ + "/ok"));
  const milliseconds begin = clock_.Now();
  const auto fetcher = Make();
  ASSERT_OK(fetcher->Get(url_ + "/who"));
  ASSERT_OK(fetcher->Get(url_ + "/who"));
  EXPECT_GE(clock_.Now() - begin, milliseconds(7'000));
}

TEST_F(FetcherTest, TriesAgainWhatMayPass) {
  ASSERT_OK_AND_ASSIGN(const FetchedPage page, Make()->Get(url_ + "/busy"));
  EXPECT_EQ(page.body, "there");
  EXPECT_EQ(num_asked_, 3);
  num_asked_ = 0;
  EXPECT_ERROR(Make({.retries_max = 2})->Get(url_ + "/status/500"),
               ErrorCode::kUnavailable, "500");
  EXPECT_EQ(num_asked_, 3);
  num_asked_ = 0;
  EXPECT_ERROR(Make()->Get(url_ + "/status/404"), ErrorCode::kNoSuchFile, "404");
  EXPECT_ERROR(Make()->Get(url_ + "/status/401"), ErrorCode::kForbidden, "401");
  EXPECT_EQ(num_asked_, 2);
}

TEST_F(FetcherTest, WaitsAsLongAsItIsAskedTo) {
  const milliseconds begin = clock_.Now();
  EXPECT_ERROR(Make({.retries_max = 1})->Get(url_ + "/status/429?after=90"),
               ErrorCode::kUnavailable, "429");
  EXPECT_GE(clock_.Now() - begin, milliseconds(90'000));
  EXPECT_ERROR(Make()->Get(url_ + "/status/429?after=4000"), ErrorCode::kUnavailable,
               "4000 seconds");
}

TEST_F(FetcherTest, KeepsSecretsToTheirHost) {
  FetchOptions options{.headers = {{"X-Key", "secret"}}, .own_origin = url_};
  EXPECT_EQ(Make(options)->Get(url_ + "/ok")->body, "secret");
  EXPECT_EQ(Make(options)->Get(url_ + "/to?url=/ok")->body, "secret");
  const std::string other = "http://localhost:" + std::to_string(server_->port());
  EXPECT_EQ(Make(options)->Get(url_ + "/to?url=" + other + "/ok")->body, "none");
}

TEST_F(FetcherTest, FollowsRedirectsOnlySoFar) {
  EXPECT_ERROR(Make()->Get(url_ + "/to?url=/to?url=x"), ErrorCode::kNoSuchFile, "404");
  EXPECT_ERROR(Make()->Get(url_ + "/to?url=ftp://h/x"), ErrorCode::kInvalidData,
               "neither http nor https");
  EXPECT_ERROR(Make({.redirects_max = 0})->Get(url_ + "/to?url=/ok"),
               ErrorCode::kInvalidData, "more than 0");
}

TEST_F(FetcherTest, SendsForms) {
  const auto fetcher = Make();
  ASSERT_OK_AND_ASSIGN(const FetchedPage page, fetcher->PostForm(url_ + "/form", "a=1"));
  EXPECT_EQ(page.body, "form=a=1");
  EXPECT_EQ(page.url, url_ + "/who");
}

TEST_F(FetcherTest, EndsWhenItIsCancelled) {
  EXPECT_ERROR(Make({.cancelled = [] { return true; }})->Get(url_ + "/ok"),
               ErrorCode::kCancelled, "ancelled");
}

TEST(RetryAfter, IsSecondsOrADate) {
  EXPECT_EQ(RetryAfter("120", milliseconds(0)), milliseconds(120'000));
  EXPECT_EQ(RetryAfter("Thu, 01 Jan 1970 00:01:00 GMT", milliseconds(15'000)),
            milliseconds(45'000));
  EXPECT_EQ(RetryAfter("Thu, 01 Jan 1970 00:00:00 GMT", milliseconds(15'000)),
            milliseconds(0));
  for (const char* value : {"", "-1", "soon", "1.5", "99999999999999999999"}) {
    EXPECT_EQ(RetryAfter(value, milliseconds(0)), std::nullopt) << value;
  }
}

TEST(LoginForm, IsFilledIn) {
  const Document page = *ParseHtml(
      "<form action=/search><input name=q></form><form action='do?x=1'><input "
      "type=hidden name=csrf value=abc><input name=user><input type=PASSWORD name=pw>"
      "<input type=submit name=go value=1><input type=checkbox name=stay></form>");
  const internal::LoginForm form = internal::FindLoginForm(page, "http://h/a/login");
  EXPECT_EQ(form.action, "http://h/a/do?x=1");
  EXPECT_EQ(form.fields, (Pairs{{"csrf", "abc"}, {"user", ""}, {"pw", ""}}));
  const Document none = *ParseHtml("<p>x");
  EXPECT_EQ(internal::FindLoginForm(none, "http://h/l").action, "http://h/l");
}

}  // namespace
}  // namespace tarn::ingest::web
