#include "tarn/ingest/internal/glob.h"

#include <gtest/gtest.h>

namespace tarn::ingest::internal {
namespace {

struct Case {
  std::string_view pattern;
  std::string_view path;
  bool matches;
};

TEST(Glob, Matches) {
  constexpr Case kCases[] = {
      {"/a/*.csv", "/a/x.csv", true},
      {"/a/*.csv", "/a/b/x.csv", false},
      {"/a/*.csv", "/a/.hidden.csv", false},
      {"/a/.*.csv", "/a/.hidden.csv", true},
      {"/a/**/x.csv", "/a/x.csv", true},
      {"/a/**/x.csv", "/a/b/c/x.csv", true},
      {"/a/**/x.csv", "/a/.git/x.csv", false},
      {"/a/**", "/a/b/c", true},
      {"/a/?.csv", "/a/x.csv", true},
      {"/a/?.csv", "/a/xy.csv", false},
      {"/a/[a-c]1", "/a/b1", true},
      {"/a/[a-c]1", "/a/d1", false},
      {"/a/[!a-c]1", "/a/d1", true},
      {"/a/[]x]1", "/a/]1", true},
      {"/a/[x", "/a/[x", true},
      {"/a/\\*", "/a/*", true},
      {"/a/\\*", "/a/x", false},
      {"/a/*a*b*c", "/a/xxaxxbxxc", true},
      {"/a/*a*b*c", "/a/xxaxxbxx", false},
      {"s3://b/d/*/p-*.parquet", "s3://b/d/1/p-2.parquet", true},
      {"", "", true},
      {"*", "", true},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(std::string(c.pattern) + " on " + std::string(c.path));
    EXPECT_EQ(GlobMatch(c.pattern, c.path), c.matches);
  }
}

TEST(Glob, ManyStarsTakeNoExponentialTime) {
  const std::string pattern = std::string(40, '*') + "a*a*a*a*a*a*a*a*b";
  EXPECT_FALSE(GlobMatch(pattern, std::string(2000, 'a')));
  EXPECT_FALSE(GlobMatch("**/**/**/**/**/**/**/**/x", std::string(200, '/')));
}

TEST(Glob, FindsTheFixedPart) {
  EXPECT_EQ(FixedPrefix("/data/2024-*/x.csv"), "/data/");
  EXPECT_EQ(FixedPrefix("/data/x/*.csv"), "/data/x/");
  EXPECT_EQ(FixedPrefix("s3://b/*"), "s3://b/");
  EXPECT_EQ(FixedPrefix("*.csv"), "");
  EXPECT_TRUE(HasWildcard("a[1]"));
  EXPECT_FALSE(HasWildcard("a\\*"));
}

}  // namespace
}  // namespace tarn::ingest::internal
