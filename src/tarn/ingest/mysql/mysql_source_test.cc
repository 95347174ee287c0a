#include "tarn/ingest/mysql/mysql_source.h"

#include <gtest/gtest.h>

#include "tarn/base/error.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::ingest::mysql {
namespace {

using Parts = std::vector<std::string>;

TEST(MySqlTableName, HasItsParts) {
  struct Case {
    const char* name;
    Parts parts;
  };
  for (const Case& c :
       {Case{"orders", {"orders"}}, Case{"shop.orders", {"shop", "orders"}},
        Case{"`my.shop`.`odd``name`", {"my.shop", "odd`name"}}}) {
    ASSERT_OK_AND_ASSIGN(const Parts parts, SplitTableName(c.name));
    EXPECT_EQ(parts, c.parts) << c.name;
  }
  for (const char* const name : {"", ".", "a.", "a.b.c", "`open", "``"}) {
    EXPECT_EQ(CodeOf(SplitTableName(name).status()), ErrorCode::kInvalidArgument) << name;
  }
}

TEST(MySqlQuoting, HoldsWhateverSqlModeIs) {
  EXPECT_EQ(Connection::Quoted("a`b"), "`a``b`");
  EXPECT_EQ(Connection::QuotedText("a'\\"), "_utf8mb4 X'61275c'");
}

}  // namespace
}  // namespace tarn::ingest::mysql
