#include "tarn/net/internal/cookie_line.h"

#include <gtest/gtest.h>

namespace tarn::net::internal {
namespace {

TEST(CookieLine, GoesThereAndBack) {
  const HttpCookie cookie{.name = "session",
                          .value = "a=b c",
                          .domain = "example.org",
                          .path = "/in",
                          .for_subdomains = true,
                          .is_secure = true,
                          .is_http_only = true,
                          .expires = 4'000'000'000};
  const auto line = LineOfCookie(cookie);
  ASSERT_TRUE(line);
  EXPECT_EQ(*line, "#HttpOnly_.example.org\tTRUE\t/in\tTRUE\t4000000000\tsession\ta=b c");
  const auto back = CookieOfLine(*line);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->name, "session");
  EXPECT_EQ(back->value, "a=b c");
  EXPECT_EQ(back->domain, "example.org");
  EXPECT_EQ(back->path, "/in");
  EXPECT_TRUE(back->for_subdomains && back->is_secure && back->is_http_only);
  EXPECT_EQ(back->expires, 4'000'000'000);
  EXPECT_EQ(CookieOfLine("a.org\tFALSE\t/\tFALSE\t0\tn\t")->value, "");
}

TEST(CookieLine, LeavesOutWhatNoLineHolds) {
  for (const char* value : {"a\tb", "a\nSet-Cookie: x=y", "a;b", "a\x7f"}) {
    EXPECT_FALSE(LineOfCookie({.name = "n", .value = value, .domain = "a.org"})) << value;
  }
  EXPECT_FALSE(LineOfCookie({.name = "", .value = "v", .domain = "a.org"}));
  EXPECT_FALSE(LineOfCookie({.name = "n", .value = "v", .domain = ""}));
  EXPECT_FALSE(LineOfCookie({.name = "n=m", .value = "v", .domain = "a.org"}));
  for (const char* line : {"", "#HttpOnly_", "a\tb", "a.org\tTRUE\t/\tTRUE\tx\tn\tv",
                           "a.org\tTRUE\t/\tTRUE\t0\tn\tv\tw",
                           "a.org\tTRUE\t/\tTRUE\t99999999999999999999\tn\tv"}) {
    EXPECT_FALSE(CookieOfLine(line)) << line;
  }
}

}  // namespace
}  // namespace tarn::net::internal
