// The separator of namespaces' levels that a setting may change.
#include <string>

#include <gtest/gtest.h>

#include "tarn/gateway/iceberg_rest/rest_caller_test.h"
#include "tarn/table/fake_table_test.h"

namespace tarn::gateway {
namespace {

class LevelSeparatorTest : public ::testing::Test {
 protected:
  RestAnswer Call(const std::string& method, const std::string& target,
                  const std::string& body = "") {
    return rest_.Call(method, target, body);
  }
  void Make(const std::string& levels) {
    const RestAnswer made =
        Call("POST", "/namespaces", R"({"namespace":)" + levels + "}");
    ASSERT_EQ(made.status, 200) << made.text;
  }
  Json LevelsAt(const std::string& path) {
    return Call("GET", "/namespaces/" + path).body["namespace"];
  }

  table::FakeTable table_;
  RestCaller rest_{{.warehouses = {{.name = "lake",
                                    .location = "/warehouse",
                                    .context = table_.context,
                                    .services = {.level_separator = '.'}}}}};
};

TEST_F(LevelSeparatorTest, ClientsAreTold) {
  EXPECT_EQ(Call("GET", "/config").body["overrides"]["namespace-separator"], "%2E");
  RestCaller usual(
      {.warehouses = {
           {.name = "lake", .location = "/warehouse", .context = table_.context}}});
  EXPECT_EQ(usual.Call("GET", "/config").body["overrides"], Json::object());
  EXPECT_EQ(usual.Call("GET", "/namespaces/a.b").ErrorType(), "NoSuchNamespaceException");
}

TEST_F(LevelSeparatorTest, WhatExistsDecidesWhatADotIs) {
  Make(R"(["a"])");
  Make(R"(["a", "b"])");
  Make(R"(["x.y"])");
  const Json nested = {"a", "b"};
  for (const char* path : {"a.b", "a%2Eb", "a%1Fb"}) {
    EXPECT_EQ(LevelsAt(path), nested) << path;
  }
  EXPECT_EQ(LevelsAt("x.y"), Json({"x.y"}));
  EXPECT_EQ(Call("GET", "/namespaces?parent=a.b").status, 200);
  EXPECT_EQ(Call("GET", "/namespaces?parent=x.y").status, 200);
  EXPECT_EQ(Call("GET", "/namespaces/x.z").ErrorType(), "NoSuchNamespaceException");

  Make(R"(["a.b"])");  // the nested one comes first
  EXPECT_EQ(LevelsAt("a.b"), nested);
  EXPECT_EQ(Call("DELETE", "/namespaces/a.b").status, 204);
  EXPECT_EQ(LevelsAt("a.b"), Json({"a.b"}));
}

}  // namespace
}  // namespace tarn::gateway
