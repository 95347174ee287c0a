#include "tarn/console/console.h"

#include <string>

#include <gtest/gtest.h>

namespace tarn::console {
namespace {

constexpr Asset kFiles[] = {
    {.path = "assets/main-1a2b.js",
     .content_type = "text/javascript; charset=utf-8",
     .etag = "1111",
     .is_immutable = true,
     .plain = "plain script",
     .gzip = "gzipped",
     .brotli = "br"},
    {.path = "favicon.svg",
     .content_type = "image/svg+xml",
     .etag = "2222",
     .is_immutable = false,
     .plain = "<svg/>",
     .gzip = "",
     .brotli = ""},
    {.path = "index.html",
     .content_type = "text/html; charset=utf-8",
     .etag = "3333",
     .is_immutable = false,
     .plain = "<!doctype html>",
     .gzip = "page.gz",
     .brotli = "page.br"},
};

class ConsoleTest : public ::testing::Test {
 protected:
  ConsoleTest() { AddRoutes(kFiles, &router_); }

  net::HttpResponse Get(const std::string& path, const std::string& encodings = "",
                        const std::string& if_none_match = "") {
    net::HttpRequest request;
    request.method = "GET";
    request.raw_path = path;
    if (!encodings.empty()) {
      request.headers.Add("Accept-Encoding", encodings);
    }
    if (!if_none_match.empty()) {
      request.headers.Add("If-None-Match", if_none_match);
    }
    int status = 0;
    const net::Router::Route* route = router_.Match(&request, &status);
    return route == nullptr ? router_.Refuse(request, status) : route->handler(request);
  }

  static std::string Header(const net::HttpResponse& response, const char* name) {
    const std::string* value = response.headers.Find(name);
    return value == nullptr ? "" : *value;
  }

  net::Router router_;
};

TEST_F(ConsoleTest, TheTopLeadsToThePage) {
  for (const char* path : {"/", "/ui"}) {
    const net::HttpResponse response = Get(path);
    EXPECT_EQ(response.status, 302) << path;
    EXPECT_EQ(Header(response, "Location"), "/ui/") << path;
  }
}

TEST_F(ConsoleTest, EveryPathThatIsNoFileIsThePage) {
  for (const char* path :
       {"/ui/", "/ui/index.html", "/ui/catalog/iceberg/shop/tables/a.b/files",
        "/ui/catalog/iceberg/a%2Fb", "/ui/../etc/passwd"}) {
    const net::HttpResponse response = Get(path);
    EXPECT_EQ(response.status, 200) << path;
    EXPECT_EQ(response.body, "<!doctype html>") << path;
    EXPECT_EQ(Header(response, "Cache-Control"), "no-cache") << path;
  }
}

TEST_F(ConsoleTest, AScriptThatIsOutOfDateIsNoPage) {
  const net::HttpResponse response = Get("/ui/assets/main-0000.js");
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(Header(response, "Cache-Control"), "no-store");
}

TEST_F(ConsoleTest, HashedFilesAreKeptForGood) {
  const net::HttpResponse response = Get("/ui/assets/main-1a2b.js");
  EXPECT_EQ(response.body, "plain script");
  EXPECT_EQ(Header(response, "Cache-Control"), "public, max-age=31536000, immutable");
  EXPECT_EQ(Header(response, "Content-Type"), "text/javascript; charset=utf-8");
}

TEST_F(ConsoleTest, NothingFromElsewhereMayRunInIt) {
  for (const char* path : {"/ui/", "/ui/assets/main-1a2b.js", "/ui/favicon.svg"}) {
    const net::HttpResponse response = Get(path);
    const std::string policy = Header(response, "Content-Security-Policy");
    EXPECT_TRUE(policy.starts_with("default-src 'self';")) << policy;
    EXPECT_EQ(policy.find("unsafe"), std::string::npos) << policy;
    EXPECT_EQ(Header(response, "X-Content-Type-Options"), "nosniff") << path;
  }
}

TEST_F(ConsoleTest, TheSmallestEncodingThatTheClientTakes) {
  struct Case {
    const char* accepts;
    const char* encoding;
    const char* body;
  };
  const Case cases[] = {
      {"", "", "plain script"},
      {"gzip, deflate, br", "br", "br"},
      {"gzip, deflate", "gzip", "gzipped"},
      {"br;q=0, gzip;q=0.5", "gzip", "gzipped"},
      {"br;q=0.0,gzip;q=0", "", "plain script"},
      {"*", "br", "br"},
      {"*;q=0, gzip", "gzip", "gzipped"},
      {"identity", "", "plain script"},
      {"brotli", "", "plain script"},
      {",, ;q=1,", "", "plain script"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.accepts);
    const net::HttpResponse response = Get("/ui/assets/main-1a2b.js", c.accepts);
    EXPECT_EQ(Header(response, "Content-Encoding"), c.encoding);
    EXPECT_EQ(response.body, c.body);
    EXPECT_EQ(Header(response, "Vary"), "Accept-Encoding");
  }
  EXPECT_EQ(Get("/ui/favicon.svg", "br, gzip").body, "<svg/>");
}

TEST_F(ConsoleTest, WhatTheClientHasIsNotSentAgain) {
  const std::string etag = Header(Get("/ui/", "br"), "ETag");
  EXPECT_EQ(etag, "\"3333-br\"");
  for (const std::string& known :
       {etag, "W/" + etag, "\"x\", " + etag, std::string("*")}) {
    const net::HttpResponse response = Get("/ui/", "br", known);
    EXPECT_EQ(response.status, 304) << known;
    EXPECT_EQ(response.body, "") << known;
    EXPECT_EQ(Header(response, "ETag"), etag) << known;
  }
  // Another encoding is another thing.
  EXPECT_EQ(Get("/ui/", "gzip", etag).status, 200);
  EXPECT_EQ(Get("/ui/", "br", "\"333\"").status, 200);
}

TEST(EmbeddedAssets, HoldTheBuiltConsole) {
  bool has_page = false;
  bool has_script = false;
  std::string_view last;
  for (const Asset& asset : EmbeddedAssets()) {
    SCOPED_TRACE(std::string(asset.path));
    EXPECT_LT(last, asset.path);  // sorted, as they are looked up
    last = asset.path;
    EXPECT_FALSE(asset.plain.empty());
    EXPECT_EQ(asset.etag.size(), 16U);
    EXPECT_TRUE(asset.gzip.empty() || asset.gzip.starts_with("\x1f\x8b"));
    EXPECT_TRUE(asset.gzip.empty() || asset.gzip.size() < asset.plain.size());
    has_script = has_script || (asset.path.ends_with(".js") && asset.is_immutable);
    if (asset.path == "index.html") {
      has_page = true;
      EXPECT_FALSE(asset.is_immutable);
      EXPECT_NE(asset.plain.find("<script type=\"module\""), std::string_view::npos);
      EXPECT_EQ(asset.plain.find("<style"), std::string_view::npos);
    }
  }
  EXPECT_TRUE(has_page);
  EXPECT_TRUE(has_script);
}

}  // namespace
}  // namespace tarn::console
