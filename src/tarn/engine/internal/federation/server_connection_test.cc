#include "tarn/engine/internal/federation/server_connection.h"

#include <map>
#include <string>

#include <gtest/gtest.h>

#include "tarn/base/error.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::engine {
namespace {

using Properties = std::map<std::string, std::string>;

struct Case {
  const char* connector;
  Properties properties;
  const char* shown;
};

TEST(ServerConnection, ReadsTrinosNamesAndPlainOnes) {
  const Case cases[] = {
      {"postgresql",
       {{"connection-url", "jdbc:postgresql://db:6432/shop"}},
       "PostgreSQL at db:6432/shop"},
      {"postgresql",
       {{"connection-url", "jdbc:postgresql://db/shop?sslmode=require"}},
       "PostgreSQL at db:5432/shop"},
      {"postgresql",
       {{"connection-url", "jdbc:postgresql://[::1]:5/a"}},
       "PostgreSQL at ::1:5/a"},
      {"mysql", {{"connection-url", "jdbc:mysql://db:3307"}}, "MySQL at db:3307"},
      {"mysql", {{"connection-url", "jdbc:mariadb://db"}}, "MySQL at db:3306"},
      {"mysql", {{"host", "db"}, {"database", "shop"}}, "MySQL at db:3306/shop"},
      {"postgresql",
       {{"host", "db"}, {"port", "1"}, {"database", "d"}},
       "PostgreSQL at db:1/d"},
  };
  for (const Case& c : cases) {
    ASSERT_OK_AND_ASSIGN(const auto made,
                         ServerConnectionFrom("pg", c.connector, c.properties));
    EXPECT_EQ(made.ToShow(), c.shown);
    EXPECT_TRUE(made.is_read_only);
  }
  ASSERT_OK_AND_ASSIGN(
      const auto made,
      ServerConnectionFrom(
          "pg", "postgresql",
          {{"connection-url", "jdbc:postgresql://db/shop?sslmode=require"},
           {"connection-user", "ada"},
           {"connection-password", "x"},
           {"read_only", "false"}}));
  EXPECT_EQ(made.ssl_mode, "require");
  EXPECT_EQ(made.user, "ada");
  EXPECT_EQ(made.password, "x");
  EXPECT_FALSE(made.is_read_only);
}

TEST(ServerConnection, RefusesWhatItCannotMean) {
  const std::pair<Properties, const char*> cases[] = {
      {{}, "where the server is"},
      {{{"host", "db"}}, "name a database"},
      {{{"connection-url", "postgres"}}, "must look like"},
      {{{"connection-url", "jdbc:oracle://db/x"}}, "must look like"},
      {{{"connection-url", "jdbc:mysql://db/x"}}, "not one of connector postgresql"},
      {{{"connection-url", "jdbc:postgresql://ada:geheim@db/x"}}, "connection-user"},
      {{{"connection-url", "jdbc:postgresql://db:x/y"}}, "not a number"},
      {{{"connection-url", "jdbc:postgresql://db/y?password=geheim"}}, "sslmode"},
      {{{"host", "db"}, {"port", "70000"}}, "port is a number"},
      {{{"host", "db"}, {"pasword", "geheim"}}, "did you mean password"},
      {{{"host", "db"}, {"read-only", "maybe"}}, "true or false"},
  };
  for (const auto& [properties, part] : cases) {
    const auto made = ServerConnectionFrom("pg", "postgresql", properties);
    EXPECT_ERROR(made, ErrorCode::kInvalidArgument, part);
    EXPECT_EQ(made.status().message().find("geheim"), std::string::npos);
  }
}

TEST(ServerConnection, SecretsOfStatementsAreReferences) {
  for (const char* value : {"${env:PW}", "${file:/run/pw}", "${env:ID}:${env:SECRET}"}) {
    EXPECT_OK(CheckSecretsAreReferences({{"credential", value}, {"uri", "x"}}));
  }
  for (const char* value : {"geheim", "", "id:${env:SECRET}", "x${env:A}"}) {
    const Status status = CheckSecretsAreReferences({{"connection-password", value}});
    EXPECT_ERROR(status, ErrorCode::kInvalidArgument, "connection-password");
    EXPECT_EQ(status.message().find("geheim"), std::string::npos);
  }
  EXPECT_EQ(FoldReferences("${ENV:A}-${FILE:b}"), "${env:A}-${file:b}");
}

}  // namespace
}  // namespace tarn::engine
