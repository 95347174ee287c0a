#include "tarn/iceberg/table_ident.h"

#include <gtest/gtest.h>

namespace tarn::iceberg {
namespace {

using Levels = std::vector<std::string>;

TEST(Namespace, SplitsAtDotsOutsideQuotes) {
  const std::pair<const char*, Levels> cases[] = {
      {"", {}},
      {"a", {"a"}},
      {"a.b.c", {"a", "b", "c"}},
      {"\"a.b\".c", {"a.b", "c"}},
      {"a.\"b \"\"x\"\"\"", {"a", "b \"x\""}},
      {"é.日本", {"é", "日本"}},
      {"5\" pipe", {"5\" pipe"}},
      {"a..b", {"a", "", "b"}},
      {"a.", {"a", ""}},
  };
  for (const auto& [text, levels] : cases) {
    EXPECT_EQ(NamespaceFromString(text).levels, levels) << text;
  }
}

TEST(Namespace, JoinsWithDots) {
  EXPECT_EQ(Namespace{}.ToString(), "");
  EXPECT_EQ((Namespace{{"a", "b"}}).ToString(), "a.b");
  EXPECT_EQ((TableIdent{{{"a", "b"}}, "t"}).ToString(), "a.b.t");
  EXPECT_EQ((TableIdent{{}, "t"}).ToString(), "t");
}

TEST(TableIdent, OrdersByNamespaceThenName) {
  const TableIdent first{{{"a"}}, "z"};
  const TableIdent second{{{"b"}}, "a"};
  EXPECT_LT(first, second);
  EXPECT_EQ(first, (TableIdent{{{"a"}}, "z"}));
}

}  // namespace
}  // namespace tarn::iceberg
