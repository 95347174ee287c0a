#include "tarn/gateway/sql_access.h"

#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "tarn/base/error.h"

namespace tarn::gateway {
namespace {

const governance::Principal kAdmin{.name = "ada", .is_admin = true};
const governance::Principal kOther{.name = "bob"};

struct Case {
  const char* settings;
  bool others_run_sql;
  bool anonymous_reaches;
  bool admin_reaches;
};

constexpr Case kCases[] = {
    {"", false, true, false},
    {"sql: {users: all}", true, true, false},
    {"sql: {server_access: administrators}", false, true, true},
    {"sql: {users: all, server_access: nobody}", true, false, false},
};

TEST(SqlAccess, FollowsTheSettings) {
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.settings);
    Config config;
    ASSERT_TRUE(config.ReadYaml(c.settings, "tarn.yaml").ok());
    const SqlAccess access = SqlAccessFrom(config);
    EXPECT_TRUE(access.CheckMayRunSql(kAdmin).ok());
    EXPECT_EQ(access.CheckMayRunSql(kOther).ok(), c.others_run_sql);
    EXPECT_EQ(access.ReachesServer(nullptr), c.anonymous_reaches);
    EXPECT_EQ(access.ReachesServer(&kAdmin), c.admin_reaches);
    EXPECT_FALSE(access.ReachesServer(&kOther));
  }
}

TEST(SqlAccess, SaysWhoIsRefused) {
  const Status refused = SqlAccess().CheckMayRunSql(kOther);
  EXPECT_EQ(CodeOf(refused), ErrorCode::kForbidden);
  EXPECT_NE(refused.message().find("bob"), std::string::npos);
}

TEST(SqlAccess, SaysWhoMayBeWhom) {
  Config config;
  ASSERT_TRUE(config
                  .ReadYaml("sql: {impersonation: {bob: 'an_*, carl', 'svc-*': '*'}}",
                            "tarn.yaml")
                  .ok());
  const SqlAccess access = SqlAccessFrom(config);
  const governance::Principal service{.name = "svc-1"};
  struct Asked {
    const governance::Principal& who;
    const char* user;
    bool may;
  };
  for (const Asked& asked : {Asked{kAdmin, "zoe", true}, Asked{kOther, "bob", true},
                             Asked{kOther, "an_1", true}, Asked{kOther, "carl", true},
                             Asked{kOther, "carla", false}, Asked{kOther, "ada", false},
                             Asked{kOther, "", false}, Asked{service, "ada", true}}) {
    SCOPED_TRACE(asked.who.name + " as " + asked.user);
    const Status answer = access.CheckMayBe(asked.who, asked.user);
    EXPECT_EQ(answer.ok(), asked.may);
    if (!asked.may) {
      EXPECT_EQ(CodeOf(answer), ErrorCode::kForbidden);
      EXPECT_EQ(answer.message(), "Access Denied: User bob cannot impersonate user " +
                                      std::string(asked.user));
    }
  }
  EXPECT_FALSE(SqlAccess().CheckMayBe(kOther, "carl").ok());
}

}  // namespace
}  // namespace tarn::gateway
