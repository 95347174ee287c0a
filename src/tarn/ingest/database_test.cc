#include "tarn/ingest/database.h"

#include <gtest/gtest.h>

#include "tarn/base/error.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::ingest {
namespace {

TEST(DatabaseTarget, IsReadFromAnAddress) {
  ASSERT_OK_AND_ASSIGN(
      const auto target,
      DatabaseTargetFrom("mariadb://ada:p%40ss@[::1]:3307/shop?sslmode=require"));
  EXPECT_EQ(target.kind, DatabaseKind::kMySql);
  EXPECT_EQ(target.host, "::1");
  EXPECT_EQ(target.port, 3307);
  EXPECT_EQ(target.database, "shop");
  EXPECT_EQ(target.user, "ada");
  EXPECT_EQ(target.password, "p@ss");
  EXPECT_EQ(target.tls_mode, "require");
}

TEST(DatabaseTarget, LeavesOthersToLibpq) {
  ASSERT_OK_AND_ASSIGN(const auto target,
                       DatabaseTargetFrom("postgres://db/shop?application_name=x"));
  EXPECT_EQ(target.kind, DatabaseKind::kPostgres);
  ASSERT_EQ(target.parameters.size(), 1U);
  EXPECT_EQ(target.parameters[0].first, "application_name");
}

TEST(DatabaseTarget, RefusesOthersWithoutRepeatingThem) {
  for (const char* const location :
       {"mysql://%zz:geheim@h/db", "mysql://a:geheim@h:0/db",
        "mysql://a:geheim@h:99999/d", "mysql://a:geheim@h/d?application_name=x",
        "odbc:geheim", "https://a:geheim@h"}) {
    const auto target = DatabaseTargetFrom(location);
    ASSERT_FALSE(target.ok()) << location;
    EXPECT_EQ(CodeOf(target.status()), ErrorCode::kInvalidArgument);
    EXPECT_EQ(target.status().message().find("geheim"), std::string::npos);
  }
}

TEST(LocationToShow, HasNoSecrets) {
  EXPECT_EQ(LocationToShow("mysql://ada:geheim@db:3306/shop?sslmode=require"),
            "mysql://db:3306/shop");
  EXPECT_EQ(LocationToShow("odbc:DSN=shop;PWD=geheim"), "odbc://shop");
  EXPECT_EQ(LocationToShow("/data/a.csv"), "/data/a.csv");
}

}  // namespace
}  // namespace tarn::ingest
