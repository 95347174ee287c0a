#include "tarn/net/url.h"

#include <gtest/gtest.h>

#include "tarn/base/error.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::net {
namespace {

TEST(Url, HasParts) {
  ASSERT_OK_AND_ASSIGN(
      const Url url, ParseUrl("HTTPS://ada:s%40cret@Example.ORG:8443/a%20b/c?x=1&y#top"));
  EXPECT_EQ(url.scheme, "https");
  EXPECT_EQ(url.host, "example.org");
  EXPECT_EQ(url.port, 8443);
  EXPECT_EQ(url.path, "/a%20b/c");
  EXPECT_EQ(url.query, "x=1&y");
  EXPECT_EQ(url.user, "ada");
  EXPECT_EQ(url.password, "s@cret");
  EXPECT_EQ(url.Origin(), "https://example.org:8443");
  EXPECT_EQ(url.Text(), "https://example.org:8443/a%20b/c?x=1&y");
  EXPECT_EQ(ParseUrl("http://h")->Text(), "http://h/");
  EXPECT_EQ(ParseUrl("http://[::1]:80/x")->host, "[::1]");
}

TEST(Url, RefusesOthers) {
  for (const char* text : {"", "x", "ftp://h/", "file:///etc/passwd", "http://",
                           "http://h:99999/", "http://h/\x01"}) {
    EXPECT_EQ(CodeOf(ParseUrl(text).status()), ErrorCode::kInvalidArgument) << text;
  }
  const Status status = ParseUrl("ftp://u:secret@h/x?key=hidden").status();
  EXPECT_EQ(status.message().find("secret"), std::string::npos);
  EXPECT_EQ(status.message().find("hidden"), std::string::npos);
}

TEST(Url, ResolvesReferences) {
  const std::string base = "http://h/a/b?c=1";
  EXPECT_EQ(*ResolveUrl(base, "d"), "http://h/a/d");
  EXPECT_EQ(*ResolveUrl(base, " /d?e=2 "), "http://h/d?e=2");
  EXPECT_EQ(*ResolveUrl(base, "?page=2"), "http://h/a/b?page=2");
  EXPECT_EQ(*ResolveUrl(base, "../x"), "http://h/x");
  EXPECT_EQ(*ResolveUrl(base, "//other/x"), "http://other/x");
  EXPECT_EQ(*ResolveUrl(base, "https://other/x"), "https://other/x");
  EXPECT_EQ(*ResolveUrl(base, "mailto:a@b"), "mailto:a@b");
}

TEST(Url, TakesParameters) {
  EXPECT_EQ(*WithParameter("http://h/x", "page", "2"), "http://h/x?page=2");
  EXPECT_EQ(*WithParameter("http://h/x?page=1&a=b", "page", "2"),
            "http://h/x?page=2&a=b");
  EXPECT_EQ(*WithParameter("http://h/x?a=b#f", "q", "a b&c"),
            "http://h/x?a=b&q=a%20b%26c#f");
}

}  // namespace
}  // namespace tarn::net
