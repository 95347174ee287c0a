#include "tarn/ingest/web/robots.h"

#include <gtest/gtest.h>

namespace tarn::ingest::web {
namespace {

TEST(Robots, AllowsAllWithoutRules) {
  EXPECT_TRUE(Robots::Parse("", "tarn").Allows("/x"));
  EXPECT_TRUE(Robots::Parse("<html>no such page</html>", "tarn").Allows("/x"));
  EXPECT_TRUE(Robots::Parse("User-agent: *\nDisallow:\n", "tarn").Allows("/x"));
}

TEST(Robots, TakesTheLongestRule) {
  const Robots robots = Robots::Parse(
      "User-Agent: *\r\nDisallow: /private # not for robots\r\nAllow: /private/open\r\n"
      "Disallow: /*.pdf$\nDisallow: /a*b/c\nAllow: /same\nDisallow: /same\n",
      "tarn");
  EXPECT_FALSE(robots.Allows("/private"));
  EXPECT_FALSE(robots.Allows("/private/x?y"));
  EXPECT_TRUE(robots.Allows("/private/open/x"));
  EXPECT_TRUE(robots.Allows("/Private"));
  EXPECT_FALSE(robots.Allows("/x/y.pdf"));
  EXPECT_TRUE(robots.Allows("/x/y.pdf?z"));
  EXPECT_FALSE(robots.Allows("/axxb/c/d"));
  EXPECT_TRUE(robots.Allows("/axxbc"));
  EXPECT_TRUE(robots.Allows("/same"));
  EXPECT_TRUE(robots.Allows("/robots.txt"));
}

TEST(Robots, PrefersTheGroupThatNamesUs) {
  const std::string text =
      "User-agent: *\nDisallow: /\nCrawl-delay: 10\n\n"
      "User-agent: other\nUser-agent: TARN\nDisallow: /x\nCrawl-delay: 1.5\n\n"
      "User-agent: tarn\nDisallow: /y\n";
  const Robots ours = Robots::Parse(text, "tarn");
  EXPECT_TRUE(ours.Allows("/"));
  EXPECT_FALSE(ours.Allows("/x"));
  EXPECT_FALSE(ours.Allows("/y"));
  EXPECT_EQ(ours.delay(), std::chrono::milliseconds(1500));
  const Robots others = Robots::Parse(text, "else");
  EXPECT_FALSE(others.Allows("/z"));
  EXPECT_EQ(others.delay(), std::chrono::milliseconds(10'000));
}

TEST(Robots, ManyStarsAreNoTrap) {
  const Robots robots =
      Robots::Parse("User-agent: *\nDisallow: /*a*a*a*a*a*a*a*a*a*a*a*a*a*b\n", "tarn");
  EXPECT_TRUE(robots.Allows("/" + std::string(5000, 'a')));
}

}  // namespace
}  // namespace tarn::ingest::web
