#include "tarn/base/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tarn/testing/status_matchers.h"

namespace tarn {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

TEST(ConfigKeys, AreSortedDocumentedAndHaveGoodDefaults) {
  std::string_view previous;
  for (const ConfigKey& key : ConfigKeys()) {
    SCOPED_TRACE(key.name);
    EXPECT_LT(previous, key.name);
    previous = key.name;
    EXPECT_FALSE(key.doc.empty());
    EXPECT_EQ(FindConfigKey(key.name), &key);
    Config config;
    EXPECT_FALSE(config.IsSet(key.name));
    EXPECT_EQ(config.OriginOf(key.name), "default");
    if (!key.default_value.empty()) {
      EXPECT_OK(config.Set(key.name, key.default_value, "test"));
    }
  }
  EXPECT_EQ(FindConfigKey("log.levels"), nullptr);
}

TEST(Config, LaterSourcesWin) {
  Config config;
  ASSERT_OK(
      config.ReadYaml("log:\n  level: debug\n  format: json\ns3.region: eu-west-1\n"
                      "storage:\n  parquet:\n    max_file_size: 10GB\n",
                      "tarn.yaml"));
  ASSERT_OK(config.ReadEnvironment({{"TARN_LOG_LEVEL", "warn"}, {"HOME", "/root"}}));
  ASSERT_OK(config.Set("log.level", "ERROR", "--log-level"));
  EXPECT_EQ(config.GetText("log.level"), "error");
  EXPECT_EQ(config.OriginOf("log.level"), "--log-level");
  EXPECT_EQ(config.GetText("log.format"), "json");
  EXPECT_EQ(config.OriginOf("log.format"), "tarn.yaml");
  EXPECT_EQ(config.GetText("s3.region"), "eu-west-1");
  EXPECT_EQ(config.GetInteger("storage.parquet.max_file_size"), 10'000'000'000);
  EXPECT_EQ(config.GetText("catalog.name"), "iceberg");
  EXPECT_TRUE(config.GetBool("s3.path-style-access"));
}

TEST(Config, MapsFromEverySource) {
  const std::string key = "storage.parquet.compression.column_overrides";
  Config config;
  EXPECT_THAT(config.GetMap(key), IsEmpty());
  ASSERT_OK(
      config.ReadYaml("storage:\n  parquet:\n    compression:\n"
                      "      column_overrides: { text: gzip, numeric: brotli:4 }\n",
                      "tarn.yaml"));
  EXPECT_THAT(config.GetMap(key),
              ElementsAre(Pair("numeric", "brotli:4"), Pair("text", "gzip")));
  EXPECT_EQ(config.Show(key), "numeric=brotli:4, text=gzip");
  EXPECT_EQ(config.OriginOf(key), "tarn.yaml");
  ASSERT_OK(config.Set(key + ".address.zip", "none", "--set"));
  EXPECT_THAT(config.GetMap(key),
              ElementsAre(Pair("address.zip", "none"), Pair("numeric", "brotli:4"),
                          Pair("text", "gzip")));
  // A whole map takes the place of the one before.
  ASSERT_OK(config.ReadEnvironment({{"TARN_STORAGE_PARQUET_COMPRESSION_COLUMN_OVERRIDES",
                                     " a=b = zstd:9 ,text=none"}}));
  EXPECT_THAT(config.GetMap(key),
              ElementsAre(Pair("a=b", "zstd:9"), Pair("text", "none")));
  EXPECT_EQ(config.OriginOf(key), "TARN_STORAGE_PARQUET_COMPRESSION_COLUMN_OVERRIDES");
  ASSERT_OK(config.Set(key, "", "--set"));
  EXPECT_THAT(config.GetMap(key), IsEmpty());
  EXPECT_ERROR(config.Set(key + ".text", " ", "--set"), ErrorCode::kInvalidArgument,
               "--set: " + key + " has no value for text");
  EXPECT_ERROR(config.Set(key + ".", "x", "--set"), ErrorCode::kInvalidArgument,
               "unknown setting");
}

TEST(Config, UnknownKeysAreErrorsWithASuggestion) {
  Config config;
  EXPECT_ERROR(config.ReadYaml("log:\n  levl: debug\n", "tarn.yaml"),
               ErrorCode::kInvalidArgument,
               "tarn.yaml: unknown setting log.levl; did you mean log.level?");
  EXPECT_ERROR(config.Set("s3.secret_access_key", "x", "flag"),
               ErrorCode::kInvalidArgument, "did you mean s3.secret-access-key?");
  EXPECT_ERROR(config.Set("completely.different", "x", "flag"),
               ErrorCode::kInvalidArgument, "see the list");
  EXPECT_ERROR(config.ReadEnvironment({{"TARN_LOG_LEVLE", "x"}}),
               ErrorCode::kInvalidArgument, "did you mean TARN_LOG_LEVEL?");
  EXPECT_OK(config.ReadEnvironment(
      {{"TARN_HOME", "/x"}, {"TARN_TEST_S3_ENDPOINT", "http://h"}}));
}

TEST(Config, ValuesOutOfRangeNameTheRange) {
  struct Case {
    const char* key;
    const char* value;
    const char* message;
  };
  const Case cases[] = {
      {"engine.threads", "-1", "a number from 0 to 1024, got: -1"},
      {"engine.threads", "2000", "a number from 0 to 1024"},
      {"engine.threads", "two", "got: two"},
      {"engine.threads", "", "a number"},
      {"log.level", "loud", "one of trace, debug, info, warn, error, off, got: loud"},
      {"storage.parquet.max_file_size", "1KB", "from 1 MiB to 5 TiB, got: 1KB"},
      {"storage.parquet.max_file_size", "10 parsecs", "a size like 50GB"},
      {"log.level", "loud", "trace, debug, info, warn, error, off"},
      {"storage.parquet.rotation_timeout", "10ms", "from 100 to 604800000 ms, got: 10ms"},
      {"storage.parquet.compression.column_overrides", "text", "a=x, b=y, got: text"},
      {"storage.parquet.compression.column_overrides", "a=x, a=y", "a=x, b=y, got:"},
      {"s3.path-style-access", "maybe", "true or false"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(std::string(c.key) + "=" + c.value);
    Config config;
    EXPECT_ERROR(config.Set(c.key, c.value, "flag"), ErrorCode::kInvalidArgument,
                 c.message);
    EXPECT_FALSE(config.IsSet(c.key));
  }
}

TEST(Config, AnErrorChangesNothing) {
  Config config;
  EXPECT_FALSE(config.ReadYaml("log.level: debug\nlog.format: xml\n", "tarn.yaml").ok());
  EXPECT_EQ(config.GetText("log.level"), "info");
}

TEST(Config, YamlThatIsNoSetting) {
  Config config;
  EXPECT_OK(config.ReadYaml("", "tarn.yaml"));
  EXPECT_OK(config.ReadYaml("s3:\n", "tarn.yaml"));
  EXPECT_ERROR(config.ReadYaml("log: [1, 2]\n", "tarn.yaml"), ErrorCode::kInvalidArgument,
               "log must be a value, not a list");
  EXPECT_ERROR(config.ReadYaml("log.level: [info]\n", "tarn.yaml"),
               ErrorCode::kInvalidArgument, "log.level must be a value, not a list");
  EXPECT_ERROR(config.ReadYaml("just text", "tarn.yaml"), ErrorCode::kSyntax,
               "log.level: debug");
  EXPECT_ERROR(config.ReadYaml("a: b: c\n  - d", "tarn.yaml"), ErrorCode::kSyntax,
               "tarn.yaml, line 1");
  EXPECT_ERROR(config.ReadYaml("\t\"", "tarn.yaml"), ErrorCode::kSyntax, "tarn.yaml");
}

TEST(Config, ListsOfScalarsAreText) {
  Config config;
  ASSERT_OK(config.ReadYaml("serve:\n  extra_ports: [5000, 8181]\n", "tarn.yaml"));
  EXPECT_EQ(config.GetText("serve.extra_ports"), "5000, 8181");
  EXPECT_ERROR(config.ReadYaml("serve.extra_ports: [[1]]\n", "tarn.yaml"),
               ErrorCode::kInvalidArgument, "not a list");
}

TEST(Config, SecretsAreNotShown) {
  Config config;
  ASSERT_OK(config.Set("s3.secret-access-key", "hunter2", "flag"));
  ASSERT_OK(config.Set("s3.access-key-id", "AKIA", "flag"));
  EXPECT_EQ(config.Show("s3.secret-access-key"), "***");
  EXPECT_EQ(config.Show("s3.access-key-id"), "AKIA");
  EXPECT_EQ(config.Show("s3.session-token"), "");
  const std::map<std::string, std::string> expected = {
      {"s3.secret-access-key", "hunter2"}, {"s3.access-key-id", "AKIA"}};
  EXPECT_EQ(config.Properties("s3."), expected);
}

TEST(Config, EnvironmentNames) {
  EXPECT_EQ(EnvironmentNameOf("s3.access-key-id"), "TARN_S3_ACCESS_KEY_ID");
  EXPECT_EQ(EnvironmentNameOf("engine.memory_limit"), "TARN_ENGINE_MEMORY_LIMIT");
}

TEST(ParseSize, UnitsAndLimits) {
  const std::pair<const char*, int64_t> good[] = {
      {"0", 0},
      {"512", 512},
      {"50GB", 50'000'000'000},
      {"1.5 GiB", 1'610'612'736},
      {"64k", 65'536},
      {" 2 MB ", 2'000'000},
      {"1TiB", int64_t{1} << 40},
      {"7b", 7},
  };
  for (const auto& [text, bytes] : good) {
    SCOPED_TRACE(text);
    ASSERT_OK_AND_ASSIGN(const int64_t parsed, ParseSize(text));
    EXPECT_EQ(parsed, bytes);
  }
  for (const char* text :
       {"", "GB", "-1", "1e3", "12 elephants", "99999999999TB", "nan", "inf", "0x10"}) {
    SCOPED_TRACE(text);
    EXPECT_ERROR(ParseSize(text), ErrorCode::kInvalidArgument, "Not a size");
  }
}

TEST(ParseDuration, UnitsAndLimits) {
  const std::pair<const char*, int64_t> good[] = {
      {"250ms", 250},    {"30s", 30'000},    {"5m", 300'000},
      {"2h", 7'200'000}, {"1d", 86'400'000}, {"0.5s", 500},
  };
  for (const auto& [text, millis] : good) {
    SCOPED_TRACE(text);
    ASSERT_OK_AND_ASSIGN(const milliseconds parsed, ParseDuration(text));
    EXPECT_EQ(parsed.count(), millis);
  }
  for (const char* text : {"", "5", "5 minutes", "-1s", "s"}) {
    SCOPED_TRACE(text);
    EXPECT_ERROR(ParseDuration(text), ErrorCode::kInvalidArgument, "Not a duration");
  }
}

TEST(NearestWord, OnlyNearOnes) {
  const std::vector<std::string> known = {"append", "create", "overwrite", "replace"};
  EXPECT_EQ(NearestWord("overwite", known), "overwrite");
  EXPECT_EQ(NearestWord("crate", known), "create");
  EXPECT_EQ(NearestWord("delete", known), "");
  EXPECT_EQ(NearestWord("x", {}), "");
  EXPECT_EQ(NearestWord("", {"a", "bc"}), "a");
}

}  // namespace
}  // namespace tarn
