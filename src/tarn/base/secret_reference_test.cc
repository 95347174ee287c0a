#include "tarn/base/secret_reference.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "tarn/testing/status_matchers.h"

namespace tarn {
namespace {

TEST(SecretReference, VariablesAndFilesAreReadWhereTheyAreNamed) {
  const auto file = std::filesystem::temp_directory_path() /
                    ("tarn-secret-" + std::to_string(::getpid()));
  std::ofstream(file) << "from a file\r\n";
  ::setenv("TARN_TEST_REFERENCE", "from a variable", 1);
  const std::string in_file = "${file:" + file.string() + "}";
  const struct {
    std::string text;
    std::string resolved;
  } cases[] = {
      {"", ""},
      {"plain $text {}", "plain $text {}"},
      {"${env:TARN_TEST_REFERENCE}", "from a variable"},
      {"id:${env:TARN_TEST_REFERENCE}.", "id:from a variable."},
      {in_file + in_file, "from a filefrom a file"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.text);
    ASSERT_OK_AND_ASSIGN(const std::string resolved, ResolveSecretReferences(c.text));
    EXPECT_EQ(resolved, c.resolved);
  }
  ::unsetenv("TARN_TEST_REFERENCE");
  std::filesystem::remove(file);
}

TEST(SecretReference, WhatCannotBeReadIsNamed) {
  EXPECT_ERROR(ResolveSecretReferences("${env:TARN_TEST_NOT_SET}"),
               ErrorCode::kInvalidArgument, "TARN_TEST_NOT_SET");
  EXPECT_ERROR(ResolveSecretReferences("${file:/nowhere/at/all}"), ErrorCode::kNoSuchFile,
               "/nowhere/at/all");
  EXPECT_ERROR(ResolveSecretReferences("a${env:X"), ErrorCode::kInvalidArgument, "brace");
  EXPECT_ERROR(ResolveSecretReferences("${vault:s3cret}"), ErrorCode::kInvalidArgument,
               "${env:NAME}");
}

}  // namespace
}  // namespace tarn
