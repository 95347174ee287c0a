#include "tarn/gateway/trino/remote_route.h"

#include <map>
#include <string>

#include <gtest/gtest.h>

#include "tarn/base/error.h"
#include "tarn/gateway/trino/query_error.h"

namespace tarn::gateway::trino {
namespace {

std::string NameOf(const Status& status) { return QueryErrorOf(status).name; }

RouteSettings Settings(const std::map<std::string, std::string>& values) {
  Config config;
  for (const auto& [key, value] : values) {
    const Status set = config.Set("sql.route." + key, value, "test");
    EXPECT_TRUE(set.ok()) << set;
  }
  auto settings = RouteSettingsFrom(config);
  EXPECT_TRUE(settings.ok()) << settings.status();
  return settings.ok() && settings->has_value() ? **settings : RouteSettings{};
}

TEST(RemoteRoute, Hints) {
  EXPECT_EQ(*RouteHint(" /*+ route(trino) */ SELECT 1"), RouteMode::kTrino);
  EXPECT_EQ(*RouteHint("/*+ROUTE( local )*/ SELECT 1"), RouteMode::kLocal);
  EXPECT_EQ(*RouteHint("/* route(trino) */ SELECT 1"), std::nullopt);
  EXPECT_EQ(*RouteHint("SELECT /*+ route(trino) */ 1"), std::nullopt);
  EXPECT_EQ(*RouteHint("/*+ broadcast(t) */ SELECT 1"), std::nullopt);
  EXPECT_EQ(NameOf(RouteHint("/*+ route(spark) */ SELECT 1").status()),
            "INVALID_SESSION_PROPERTY");
}

struct Case {
  std::string name;
  std::string text;
  std::string user = "ann";
  std::string property = {};  // route
  std::string transaction = {};
  std::string dialect = {};
  RouteMode where = RouteMode::kLocal;
};

TEST(RemoteRoute, Decides) {
  const RemoteRoute route(Settings({{"url", "http://127.0.0.1:1"},
                                    {"rules.1.user", "robot*"},
                                    {"rules.1.to", "local"},
                                    {"rules.2.bytes", "1GB"},
                                    {"rules.2.writes", "false"},
                                    {"rules.10.table", "big.*"}}));
  const auto estimate = [](int64_t bytes, const char* table) {
    return [=]() -> Result<engine::ScanEstimate> {
      return engine::ScanEstimate{.bytes = bytes, .files = 1, .tables = {table}};
    };
  };
  const auto large = estimate(2'000'000'000, "iceberg.s.t");
  for (const Case& c : std::initializer_list<Case>{
           {"large", "SELECT 1", "ann", "", "", "", RouteMode::kTrino},
           {"asked for", "SHOW TABLES", "ann", "trino", "", "", RouteMode::kTrino},
           {"asked not to", "SELECT 1", "ann", "local"},
           {"a hint is stronger", "/*+ route(trino) */ SELECT 1", "ann", "local", "", "",
            RouteMode::kTrino},
           {"the first rule decides", "SELECT 1", "robot7"},
           {"a change", "INSERT INTO t SELECT 1"},
           {"no query", "SHOW TABLES"},
           {"in a transaction", "SELECT 1", "ann", "", "tx"},
           {"of DuckDB's dialect", "SELECT 1", "ann", "", "", "duckdb"}}) {
    SCOPED_TRACE(c.name);
    ClientContext client;
    client.user = c.user;
    client.transaction_id = c.transaction;
    if (!c.property.empty()) {
      client.properties["route"] = c.property;
    }
    if (!c.dialect.empty()) {
      client.properties["dialect"] = c.dialect;
    }
    const auto decision = route.Decide(client, c.text, large);
    ASSERT_TRUE(decision.ok()) << decision.status();
    EXPECT_EQ(decision->where, c.where) << decision->reason;
  }
  ClientContext client;
  client.user = "ann";
  EXPECT_EQ(route.Decide(client, "SELECT 1", estimate(5, "iceberg.s.t"))->where,
            RouteMode::kLocal);
  EXPECT_EQ(route.Decide(client, "DELETE FROM t", estimate(5, "iceberg.big.t"))->where,
            RouteMode::kTrino);
  const auto fails = []() -> Result<engine::ScanEstimate> {
    return MakeError(ErrorCode::kNoSuchTable, "no table");
  };
  EXPECT_EQ(route.Decide(client, "SELECT 1", fails)->where, RouteMode::kLocal);
  client.transaction_id = "tx";
  client.properties["route"] = "trino";
  EXPECT_EQ(NameOf(route.Decide(client, "SELECT 1", large).status()), "NOT_SUPPORTED");
}

TEST(RemoteRoute, SettingsThatCannotBe) {
  using Values = std::map<std::string, std::string>;
  for (const Values& values : std::initializer_list<Values>{
           {{"url", "trino.example.org"}},
           {{"url", "http://ann:secret@h"}},
           {{"url", "http://trino.example.org"}, {"user", "a"}, {"password", "p"}},
           {{"url", "https://h"}, {"password", "p"}},
           {{"url", "https://h"}, {"rules.1.bites", "5"}},
           {{"url", "https://h"}, {"rules.1.to", "auto"}},
           {{"url", "https://h"}, {"rules.1", "5"}},
           {{"url", "https://h"}, {"user", "a"}, {"password", "${env:TARN_NO_SUCH}"}}}) {
    Config config;
    std::string shown;
    for (const auto& [key, value] : values) {
      ASSERT_TRUE(config.Set("sql.route." + key, value, "test").ok());
      shown += key + "=" + value + " ";
    }
    SCOPED_TRACE(shown);
    const auto settings = RouteSettingsFrom(config);
    ASSERT_FALSE(settings.ok());
    EXPECT_EQ(CodeOf(settings.status()), ErrorCode::kInvalidArgument);
    EXPECT_EQ(settings.status().message().find("secret"), std::string::npos);
  }
  EXPECT_FALSE(RouteSettingsFrom(Config())->has_value());
}

TEST(RemoteRoute, NamesOfCatalogs) {
  const std::map<std::string, std::string> catalogs = {{"iceberg", "lake"}};
  for (const auto& [text, expected] :
       {std::pair{"SELECT * FROM iceberg.s.t, s.t, x.iceberg.s.t",
                  R"(SELECT * FROM "lake".s.t, s.t, x.iceberg.s.t)"},
        {R"(SELECT Iceberg.s.t.a, 'iceberg.s.t' FROM "iceberg" . "s" . t -- iceberg.s.t)",
         R"(SELECT "lake".s.t.a, 'iceberg.s.t' FROM "lake" . "s" . t -- iceberg.s.t)"},
        {"SELECT iceberg.a FROM s.iceberg", "SELECT iceberg.a FROM s.iceberg"}}) {
    EXPECT_EQ(WithRemoteNames(text, catalogs), expected);
  }
  EXPECT_EQ(WithRemoteNames("SELECT * FROM iceberg.s.t", {}),
            "SELECT * FROM iceberg.s.t");
}

TEST(RemoteRoute, WhatTheOtherServerIsTold) {
  RemoteServer server{.url = "https://h", .user = "svc", .password = "p:w"};
  server.catalogs["iceberg"] = "lake";
  ClientContext client;
  client.user = "ann";
  client.catalog = "iceberg";
  client.schema = "s";
  client.properties = {{"route", "trino"},
                       {"query_max_run_time", "5m"},
                       {"iceberg.compression_codec", "ZSTD"}};
  client.prepared["p"] = "SELECT 1";
  client.capabilities = {"PARAMETRIC_DATETIME"};
  net::HttpHeaders headers = RemoteHeaders(client, server);
  EXPECT_EQ(*headers.Find("X-Trino-User"), "svc");
  EXPECT_EQ(*headers.Find("X-Trino-Catalog"), "lake");
  EXPECT_EQ(*headers.Find("X-Trino-Schema"), "s");
  EXPECT_EQ(*headers.Find("X-Trino-Session"),
            "lake.compression_codec=ZSTD,query_max_run_time=5m");
  EXPECT_EQ(*headers.Find("X-Trino-Client-Capabilities"), "PARAMETRIC_DATETIME");
  EXPECT_EQ(*headers.Find("Authorization"), "Basic c3ZjOnA6dw==");
  EXPECT_EQ(headers.Find("X-Trino-Prepared-Statement"), nullptr);
  server.impersonates = true;
  EXPECT_EQ(*RemoteHeaders(client, server).Find("X-Trino-User"), "ann");
}

}  // namespace
}  // namespace tarn::gateway::trino
