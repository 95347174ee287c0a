#include "tarn/net/router.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tarn::net {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

HttpHandler Saying(std::string text) {
  return [text](const HttpRequest&) { return HttpResponse{.body = text}; };
}

struct Matched {
  int status = 0;
  std::string pattern;
  std::map<std::string, std::string, std::less<>> parameters;
};

class RouterTest : public ::testing::Test {
 protected:
  RouterTest() {
    router_.Add("GET", "/v1/config", Saying("config"));
    router_.Add("GET", "/v1/{prefix}/namespaces", Saying("list"));
    router_.Add("POST", "/v1/{prefix}/namespaces", Saying("create"));
    router_.Add("GET", "/v1/{prefix}/namespaces/{namespace}", Saying("load"));
    router_.Add("DELETE", "/v1/{warehouse}/namespaces/{namespace}", Saying("drop"));
    router_.Add("POST", "/v1/{prefix}/tables/rename", Saying("rename"));
    router_.Add("GET", "/v1/{prefix}/tables/{table}", Saying("table"));
    router_.Add("GET", "/ui/{path...}", Saying("ui"));
    router_.Add("GET", "/ui/app.js", Saying("js"));
    router_.Add("GET", "/form/{text}", Saying("form"), {.plus_is_space = true});
    router_.Add("GET", "/", Saying("root"));
  }

  Matched Match(const std::string& method, const std::string& raw_path) {
    HttpRequest request;
    request.method = method;
    request.raw_path = raw_path;
    Matched matched;
    const Router::Route* const route = router_.Match(&request, &matched.status);
    matched.pattern = route == nullptr ? "-" : route->pattern;
    matched.parameters = request.path_parameters;
    return matched;
  }

  HttpResponse Refuse(const std::string& method, const std::string& path, int status) {
    HttpRequest request;
    request.method = method;
    request.raw_path = path;
    return router_.Refuse(request, status);
  }

  Router router_;
};

TEST_F(RouterTest, PathsAndMethods) {
  struct Case {
    const char* method;
    const char* path;
    int status;
    const char* pattern;
  };
  const Case cases[] = {
      {"GET", "/", 200, "/"},
      {"GET", "/v1/config", 200, "/v1/config"},
      {"HEAD", "/v1/config", 200, "/v1/config"},
      {"POST", "/v1/config", 405, "-"},
      {"get", "/v1/config", 405, "-"},  // methods are case-sensitive
      {"GET", "/v1/con%66ig", 200, "/v1/config"},
      {"GET", "/v1/config/", 404, "-"},
      {"GET", "/v1", 404, "-"},
      {"GET", "/v1//namespaces", 404, "-"},  // a name is not empty
      {"GET", "/v1/a/namespaces/", 404, "-"},
      {"GET", "/v1/a/namespaces", 200, "/v1/{prefix}/namespaces"},
      {"POST", "/v1/a/namespaces", 200, "/v1/{prefix}/namespaces"},
      {"DELETE", "/v1/a/namespaces/b", 200, "/v1/{warehouse}/namespaces/{namespace}"},
      // A fixed segment that has no such method gives way to a name that has.
      {"GET", "/v1/a/tables/rename", 200, "/v1/{prefix}/tables/{table}"},
      {"POST", "/v1/a/tables/rename", 200, "/v1/{prefix}/tables/rename"},
      {"GET", "/v1/config/namespaces", 200, "/v1/{prefix}/namespaces"},
      {"GET", "/ui/", 200, "/ui/{path...}"},
      {"GET", "/ui/a/b", 200, "/ui/{path...}"},
      {"GET", "/ui/app.js", 200, "/ui/app.js"},
      {"GET", "/ui/app.js/map", 200, "/ui/{path...}"},
      {"GET", "/ui", 404, "-"},
      {"OPTIONS", "/nowhere", 404, "-"},
      {"GET", "/v1/a%2Fb/namespaces/c%1Fd", 200, "/v1/{prefix}/namespaces/{namespace}"},
      {"GET", "/v1%2Fconfig", 404, "-"},
      {"GET", "/v1/%", 400, "-"},
      {"GET", "/v1/%4", 400, "-"},
      {"GET", "/v1/%zz", 400, "-"},
      {"GET", "/v1/%00", 400, "-"},
      {"GET", "", 400, "-"},
      {"OPTIONS", "*", 200, ""},
      {"GET", "*", 400, "-"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(std::string(c.method) + ' ' + c.path);
    const Matched matched = Match(c.method, c.path);
    EXPECT_EQ(matched.status, c.status);
    EXPECT_EQ(matched.pattern, c.pattern);
  }
}

TEST_F(RouterTest, ParametersAreDecodedAfterThePathIsSplit) {
  EXPECT_THAT(Match("GET", "/v1/a%2Fb/namespaces/c%1Fd%20e+f").parameters,
              ElementsAre(Pair("namespace",
                               "c\x1f"
                               "d e+f"),
                          Pair("prefix", "a/b")));
  EXPECT_THAT(Match("DELETE", "/v1/w/namespaces/n").parameters,
              ElementsAre(Pair("namespace", "n"), Pair("warehouse", "w")));
  EXPECT_THAT(Match("GET", "/ui/a/b%20c/").parameters,
              ElementsAre(Pair("path", "a/b c/")));
  EXPECT_THAT(Match("GET", "/ui/").parameters, ElementsAre(Pair("path", "")));
  EXPECT_THAT(Match("GET", "/form/a+b%2B").parameters, ElementsAre(Pair("text", "a b+")));
}

TEST_F(RouterTest, OptionsAreAnsweredByTheMethodsThatExist) {
  HttpRequest request;
  request.method = "OPTIONS";
  request.raw_path = "/v1/a/namespaces/b";
  int status = 0;
  const Router::Route* const route = router_.Match(&request, &status);
  ASSERT_NE(route, nullptr);
  const HttpResponse response = route->handler(request);
  EXPECT_EQ(response.status, 204);
  ASSERT_NE(response.headers.Find("allow"), nullptr);
  EXPECT_EQ(*response.headers.Find("allow"), "DELETE, GET, HEAD, OPTIONS");
}

TEST_F(RouterTest, ARouteOfItsOwnAnswersHeadAndOptions) {
  router_.Add("HEAD", "/own", Saying("head"));
  router_.Add("GET", "/own", Saying("get"));
  router_.Add("OPTIONS", "/own", Saying("options"));
  for (const char* method : {"HEAD", "GET", "OPTIONS"}) {
    HttpRequest request;
    request.method = method;
    request.raw_path = "/own";
    int status = 0;
    const Router::Route* const route = router_.Match(&request, &status);
    ASSERT_NE(route, nullptr);
    EXPECT_THAT(route->handler(request).body, ::testing::StrCaseEq(std::string(method)));
  }
}

TEST_F(RouterTest, EachSurfaceRefusesInItsOwnWay) {
  const auto fallback = [](std::string name) {
    return [name](const HttpRequest&, int status) {
      return HttpResponse{.status = status, .body = name};
    };
  };
  router_.SetFallback("/v1", fallback("v1"));
  router_.SetFallback("/", fallback("all"));
  router_.SetFallback("/v1/statement/", fallback("trino"));
  EXPECT_EQ(Refuse("GET", "/v1/x", 404).body, "v1");
  EXPECT_EQ(Refuse("GET", "/v1", 404).body, "v1");
  EXPECT_EQ(Refuse("GET", "/v12", 404).body, "all");
  EXPECT_EQ(Refuse("GET", "", 400).body, "all");
  EXPECT_EQ(Refuse("GET", "/v1/statement/1", 404).body, "trino");
  const HttpResponse response = Refuse("PUT", "/v1/config", 405);
  EXPECT_EQ(response.body, "v1");
  ASSERT_NE(response.headers.Find("Allow"), nullptr);
  EXPECT_EQ(*response.headers.Find("Allow"), "GET, HEAD, OPTIONS");
  EXPECT_NE(Refuse("PUT", "/v1/config", 503).headers.Find("Retry-After"), nullptr);
}

TEST_F(RouterTest, WithoutAFallbackItIsText) {
  const HttpResponse response = Refuse("GET", "/x", 404);
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(response.body, "404 Not Found\n");
}

}  // namespace
}  // namespace tarn::net
