#include "tarn/governance/user_mapping.h"

#include <gtest/gtest.h>

#include "tarn/testing/status_matchers.h"

namespace tarn::governance {
namespace {

TEST(UserMapping, TheFirstGroupOfAPatternIsTheUser) {
  ASSERT_OK_AND_ASSIGN(
      const auto mapping,
      UserMapping::FromPattern(R"((?:[^\\]*, )?CN=([^,+\\]+)(?:[,+].*)?)"));
  struct Case {
    const char* subject;
    const char* user;  // nullptr: nobody
  };
  const Case cases[] = {{"CN=ada", "ada"},
                        {"CN=ada, OU=lake, O=Example", "ada"},
                        {"O=Example, CN=ada", "ada"},
                        {"CN=ada + UID=7, O=Example", "ada"},
                        // A comma within a value is escaped: it begins nothing.
                        {R"(CN=mallory, O=x\, CN=root)", "mallory"},
                        {R"(O=x\, CN=root, CN=mallory)", nullptr},
                        {R"(O=x\, CN=root)", nullptr},
                        {"O=Example", nullptr},
                        {"CN=", nullptr},
                        {"", nullptr}};
  for (const Case& c : cases) {
    SCOPED_TRACE(c.subject);
    const auto user = mapping.UserOf(c.subject);
    if (c.user == nullptr) {
      EXPECT_ERROR(user, ErrorCode::kUnauthenticated, "No user mapping patterns match");
    } else {
      ASSERT_OK(user);
      EXPECT_EQ(*user, c.user);
    }
  }
  EXPECT_ERROR(mapping.UserOf("CN=" + std::string(5'000, 'a')),
               ErrorCode::kUnauthenticated, "No user mapping");
}

TEST(UserMapping, TheFirstRuleThatMatchesDecides) {
  ASSERT_OK_AND_ASSIGN(const auto mapping, UserMapping::FromJson(R"json({"rules": [
      {"pattern": "test-.*", "allow": false},
      {"pattern": "(.*)@example\\.org", "user": "$1_org", "case": "lower"},
      {"pattern": "(.*)@blank", "user": " "},
      {"pattern": "(.*)"}]})json",
                                                                 "rules.json"));
  EXPECT_ERROR(mapping.UserOf("test-1"), ErrorCode::kUnauthenticated, "not allowed");
  EXPECT_EQ(*mapping.UserOf("Ada@example.org"), "ada_org");
  EXPECT_ERROR(mapping.UserOf("x@blank"), ErrorCode::kUnauthenticated, "is empty");
  EXPECT_EQ(*mapping.UserOf("Bob"), "Bob");
}

TEST(UserMapping, WhatIsNoMapping) {
  EXPECT_ERROR(UserMapping::FromPattern("CN=("), ErrorCode::kInvalidArgument, "CN=(");
  EXPECT_ERROR(UserMapping::FromPattern("CN=.*"), ErrorCode::kInvalidArgument, "group");
  for (const char* json :
       {"", "[]", "{}", R"({"rules": [{}]})", R"json({"rules": [{"pattern": "("}]})json",
        R"json({"rules": [{"pattern": "(.*)", "allow": "no"}]})json",
        R"json({"rules": [{"pattern": "(.*)", "case": "title"}]})json"}) {
    EXPECT_FALSE(UserMapping::FromJson(json, "rules.json").ok()) << json;
  }
}

}  // namespace
}  // namespace tarn::governance
