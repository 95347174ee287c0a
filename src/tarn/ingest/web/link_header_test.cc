#include "tarn/ingest/web/link_header.h"

#include <gtest/gtest.h>

namespace tarn::ingest::web {
namespace {

TEST(LinkHeader, FindsARelation) {
  const std::string header =
      "<https://h/x?page=1>; rel=\"first prev\", <https://h/x?a=1,2;page=3> ; title=\"a, "
      "\\\"b\"; REL=\"next\", </last>; rel=last";
  EXPECT_EQ(LinkTarget(header, "next"), "https://h/x?a=1,2;page=3");
  EXPECT_EQ(LinkTarget(header, "prev"), "https://h/x?page=1");
  EXPECT_EQ(LinkTarget(header, "last"), "/last");
  EXPECT_EQ(LinkTarget(header, "self"), std::nullopt);
}

TEST(LinkHeader, TakesBrokenOnesAsFarAsTheyGo) {
  EXPECT_EQ(LinkTarget("", "next"), std::nullopt);
  EXPECT_EQ(LinkTarget("<", "next"), std::nullopt);
  EXPECT_EQ(LinkTarget("<x", "next"), std::nullopt);
  EXPECT_EQ(LinkTarget("<x>; rel=\"next", "next"), "x");
  EXPECT_EQ(LinkTarget("junk <x>;rel=next", "next"), "x");
  EXPECT_EQ(LinkTarget("<x>;rel=nextpage", "next"), std::nullopt);
  EXPECT_EQ(LinkTarget("<x>;rel=prev;rel=next", "next"), std::nullopt);
}

}  // namespace
}  // namespace tarn::ingest::web
