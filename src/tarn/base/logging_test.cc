#include "tarn/base/logging.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "tarn/testing/status_matchers.h"

namespace tarn {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;

class Logging : public ::testing::Test {
 protected:
  void SetUp() override {
    file_ = std::filesystem::temp_directory_path() /
            ("tarn-log-" + std::to_string(::getpid()) + ".log");
  }
  void TearDown() override {
    ASSERT_OK(StartLogging({.level = LogLevel::kWarn}));
    std::filesystem::remove(file_);
  }
  std::string Content() {
    FlushLog();
    std::ostringstream content;
    content << std::ifstream(file_).rdbuf();
    return content.str();
  }
  std::string file_;
};

TEST_F(Logging, TextLines) {
  ASSERT_OK(StartLogging({.level = LogLevel::kInfo, .file = file_}));
  LogDebug("not seen");
  LogInfo("Committed a snapshot",
          {{"table", "ns.t"}, {"note", "two words"}, {"empty", ""}});
  EXPECT_THAT(Content(),
              MatchesRegex("[0-9-]+T[0-9:.]+Z info  Committed a snapshot table=ns[.]t "
                           "note=\"two words\" empty=\"\"\n"));
}

TEST_F(Logging, JsonLines) {
  ASSERT_OK(StartLogging(
      {.level = LogLevel::kDebug, .format = LogFormat::kJson, .file = file_}));
  LogError("It \"failed\"\nbadly", {{"path", "/a\\b"}, {"bytes", "\xff"}});
  const std::string content = Content();
  const auto line = nlohmann::json::parse(content, nullptr, false);
  ASSERT_FALSE(line.is_discarded()) << content;
  EXPECT_EQ(std::count(content.begin(), content.end(), '\n'), 1);
  EXPECT_EQ(line["level"], "error");
  EXPECT_EQ(line["message"], "It \"failed\"\nbadly");
  EXPECT_EQ(line["path"], "/a\\b");
  EXPECT_THAT(line["time"].get<std::string>(),
              MatchesRegex("[0-9]+-[0-9]+-[0-9]+T[0-9:]+[.][0-9]+Z"));
}

TEST_F(Logging, ValuesCannotForgeLines) {
  ASSERT_OK(StartLogging({.level = LogLevel::kInfo, .file = file_}));
  LogInfo("Loaded", {{"file", "a\n2024-01-01 error forged"}});
  const std::string content = Content();
  EXPECT_EQ(std::count(content.begin(), content.end(), '\n'), 1) << content;
}

TEST_F(Logging, SecretsAreHidden) {
  ASSERT_OK(StartLogging({.level = LogLevel::kInfo, .file = file_}));
  LogInfo("Opened with password=hunter2",
          {{"s3.secret-access-key", "hunter2"}, {"url", "postgres://joe:hunter2@db/x"}});
  EXPECT_THAT(Content(), Not(HasSubstr("hunter2")));
}

TEST_F(Logging, AFileThatCannotBeWritten) {
  EXPECT_ERROR(StartLogging({.file = "/nonexistent-directory/x.log"}),
               ErrorCode::kNoSuchFile, "/nonexistent-directory/x.log");
  EXPECT_ERROR(LogLevelFromString("loud"), ErrorCode::kInvalidArgument, "loud");
}

TEST(Redact, HidesSecretsAndKeepsTheRest) {
  const std::pair<const char*, const char*> cases[] = {
      {"nothing here", "nothing here"},
      {"postgres://joe:pa:ss@db:5432/x?a=1", "postgres://joe:***@db:5432/x?a=1"},
      {"postgres://joe@db/x", "postgres://joe@db/x"},
      {"http://h/path:x@y", "http://h/path:x@y"},
      {"host=db password=geheim user=joe", "host=db password=*** user=joe"},
      {"password: 'two words', next", "password: '***', next"},
      {"{\"token\":\"abc\",\"n\":1}", "{\"token\":\"***\",\"n\":1}"},
      {"Authorization: Bearer abc.def", "Authorization: Bearer ***"},
      {"authorization: basic am9lOng=, x", "authorization: basic ***, x"},
      {"https://s3/x?X-Amz-Signature=abc&X-Amz-Date=1",
       "https://s3/x?X-Amz-Signature=***&X-Amz-Date=1"},
      {"s3.secret-access-key=abc;s3.access-key-id=AKIA",
       "s3.secret-access-key=***;s3.access-key-id=AKIA"},
      {"AWS_SECRET_ACCESS_KEY=abc", "AWS_SECRET_ACCESS_KEY=***"},
      {"SELECT a::varchar FROM t WHERE x = 1", "SELECT a::varchar FROM t WHERE x = 1"},
      {"password=", "password="},
      {"", ""},
  };
  for (const auto& [text, redacted] : cases) {
    SCOPED_TRACE(text);
    EXPECT_EQ(Redact(text), redacted);
  }
}

TEST(Redact, SecretNames) {
  for (const char* name : {"password", "S3.Secret-Access-Key", "api_key", "session.token",
                           "Authorization"}) {
    EXPECT_TRUE(IsSecretName(name)) << name;
  }
  for (const char* name : {"s3.access-key-id", "user", "table", "location", "key"}) {
    EXPECT_FALSE(IsSecretName(name)) << name;
  }
}

}  // namespace
}  // namespace tarn
