#include "tarn/cli/serve/warehouse_settings.h"

#include <gtest/gtest.h>

#include "tarn/base/error.h"
#include "tarn/gateway/iceberg_rest/vending_options.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::cli {
namespace {

using gateway::S3Vending;

Result<std::vector<WarehouseSettings>> Read(const std::string& yaml) {
  Config config;
  ARROW_RETURN_NOT_OK(config.ReadYaml(yaml, "tarn.yaml"));
  return WarehouseSettingsFrom(config);
}

TEST(WarehouseSettings, AWarehouseHasTheServersSettingsOrItsOwn) {
  ASSERT_OK_AND_ASSIGN(const auto all, Read(R"(
s3.access-key-id: own
s3.secret-access-key: own-secret
vend.s3.mode: sts
vend.duration: 30m
warehouses:
  plain: s3://plain/lake
  given:
    location: s3://given/lake
    vend.s3.mode: static-keys
    vend.s3.access-key-id: for-clients
    vend.s3.secret-access-key: for-clients-secret
    vend.locations: [s3://more/a, s3://more/b]
  shut:
    location: /srv/shut
    vend:
      duration: 2h
      s3: {mode: off, remote-signing: false}
)"));
  ASSERT_EQ(all.size(), 3U);
  std::vector<gateway::VendingOptions> options;
  for (const WarehouseSettings& one : all) {
    ASSERT_OK_AND_ASSIGN(auto read,
                         gateway::VendingOptionsFrom(one.config, one.location));
    options.push_back(std::move(read));
  }
  EXPECT_EQ(all[0].name, "given");
  EXPECT_EQ(all[0].location, "s3://given/lake");
  EXPECT_EQ(options[0].s3.mode, S3Vending::kStaticKeys);
  EXPECT_EQ(options[0].s3.access_key_id, "for-clients");
  EXPECT_EQ(options[0].s3.store.access_key_id, "own");
  EXPECT_EQ(options[0].locations,
            (std::vector<std::string>{"s3://more/a", "s3://more/b"}));
  EXPECT_EQ(options[0].duration, std::chrono::minutes(30));
  EXPECT_EQ(all[1].name, "plain");
  EXPECT_EQ(options[1].s3.mode, S3Vending::kSts);
  EXPECT_TRUE(options[1].s3.access_key_id.empty());
  EXPECT_EQ(all[2].location, "/srv/shut");
  EXPECT_EQ(options[2].s3.mode, S3Vending::kOff);
  EXPECT_FALSE(options[2].s3.signs);
  EXPECT_EQ(options[2].duration, std::chrono::hours(2));
}

TEST(WarehouseSettings, NamesMayHavePoints) {
  ASSERT_OK_AND_ASSIGN(const auto all, Read("warehouses: {a.b: /x, a: /y}"));
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[1].name, "a.b");
  ASSERT_OK_AND_ASSIGN(const auto none, Read(""));
  EXPECT_TRUE(none.empty());
}

TEST(WarehouseSettings, WhatDoesNotFitIsNamed) {
  const struct {
    const char* yaml;
    const char* message;
  } cases[] = {
      {"warehouses: {ops: {vend.s3.mode: sts}}",
       "tarn.yaml: warehouses.ops needs a location"},
      {"warehouses: {ops: {location: /x, vend.s3.mode: on}}",
       "tarn.yaml: warehouses.ops: vend.s3.mode must be one of off, sts"},
      {"warehouses: {ops: {location: /x, vend.s3.mod: sts}}",
       "warehouses.ops: unknown setting vend.s3.mod; did you mean vend.s3.mode?"},
      {"warehouses: {ops: {location: /x, vend.duration: 1s}}", "vend.duration must be"},
      {"warehouses: {ops: {location: /x, s3.region: eu}}",
       "warehouses.ops has no setting s3.region; it may have location and vend.*"},
  };
  for (const auto& one : cases) {
    SCOPED_TRACE(one.yaml);
    EXPECT_ERROR(Read(one.yaml), ErrorCode::kInvalidArgument, one.message);
  }
}

TEST(WarehouseSettings, SecretsAreNotShown) {
  Config config;
  ASSERT_OK(config.ReadYaml(
      "warehouses: {w: {location: /x, vend.s3.secret-access-key: hush}}", "tarn.yaml"));
  EXPECT_EQ(config.Show("warehouses"), "***");
}

}  // namespace
}  // namespace tarn::cli
