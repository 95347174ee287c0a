#include "tarn/ingest/internal/locate.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>

#include "tarn/testing/status_matchers.h"

namespace tarn::ingest::internal {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;

class LocateTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_OK_AND_ASSIGN(directory_, TemporaryDirectory::Make());
    io_ = io::MakeFileIO({});
  }

  std::string Put(const std::string& name, const std::string& bytes) {
    const fs::path path = fs::path(directory_->path()) / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << bytes;
    return path.string();
  }
  Result<LocatedFiles> Find(const std::string& name) {
    return Locate(*io_, directory_->path() + "/" + name, Format::kAuto, {});
  }
  Result<Format> FormatOf(const std::string& name) {
    ARROW_ASSIGN_OR_RAISE(const LocatedFiles located, Find(name));
    return CommonFormat(*io_, located.paths, name);
  }

  std::unique_ptr<TemporaryDirectory> directory_;
  std::unique_ptr<io::FileIO> io_;
};

TEST_F(LocateTest, OneFile) {
  const std::string path = Put("a.csv", "x\n1\n");
  ASSERT_OK_AND_ASSIGN(const LocatedFiles located, Find("a.csv"));
  EXPECT_THAT(located.paths, ElementsAre(path));
  EXPECT_EQ(FormatOf("a.csv").ValueOr(Format::kAuto), Format::kCsv);
}

TEST_F(LocateTest, AFileWhoseNameLooksLikeAPattern) {
  const std::string path = Put("a[1]*.csv", "x\n1\n");
  Put("a1.csv", "x\n1\n");
  ASSERT_OK_AND_ASSIGN(const LocatedFiles located, Find("a[1]*.csv"));
  EXPECT_THAT(located.paths, ElementsAre(path));
}

TEST_F(LocateTest, GlobsAreSorted) {
  const std::string b = Put("d/b.csv", "x\n");
  const std::string a = Put("d/a.csv", "x\n");
  Put("d/e/c.csv", "x\n");
  ASSERT_OK_AND_ASSIGN(const LocatedFiles located, Find("d/*.csv"));
  EXPECT_THAT(located.paths, ElementsAre(a, b));
  ASSERT_OK_AND_ASSIGN(const LocatedFiles deep, Find("**/*.csv"));
  EXPECT_EQ(deep.paths.size(), 3U);
}

TEST_F(LocateTest, ADirectoryIsItsFilesWithoutWhatJobsLeaveBeside) {
  const std::string a = Put("d/part-0.parquet", "PAR1");
  const std::string b = Put("d/x=1/part-1.parquet", "PAR1");
  Put("d/_SUCCESS", "");
  Put("d/.part-0.parquet.crc", "crc");
  Put("d/_temporary/0/part.parquet", "PAR1");
  ASSERT_OK_AND_ASSIGN(const LocatedFiles located, Find("d"));
  EXPECT_THAT(located.paths, ElementsAre(a, b));
  EXPECT_EQ(FormatOf("d").ValueOr(Format::kAuto), Format::kParquet);
}

TEST_F(LocateTest, MixedFormatsAreRefused) {
  Put("d/a.csv", "x\n");
  Put("d/b.json", "{}");
  EXPECT_ERROR(FormatOf("d"), ErrorCode::kInvalidData, "several formats");
}

TEST_F(LocateTest, TheContentTellsWhenTheNameDoesNot) {
  Put("data", "Obj\x01rest");
  EXPECT_EQ(FormatOf("data").ValueOr(Format::kAuto), Format::kAvro);
  Put("noise", std::string("\x01\x00\x02\x00", 4));
  EXPECT_ERROR(FormatOf("noise"), ErrorCode::kInvalidArgument, "--format");
}

TEST_F(LocateTest, MissingAndEmptyInput) {
  EXPECT_ERROR(Find("none.csv"), ErrorCode::kNoSuchFile, "none.csv");
  EXPECT_ERROR(Find("none-*.csv"), ErrorCode::kNoSuchFile, "none-*.csv");
  EXPECT_ERROR(Find("nowhere/*/x.csv"), ErrorCode::kNoSuchFile, "nowhere");
  Put("empty.csv", "");
  EXPECT_ERROR(Find("empty.csv"), ErrorCode::kInvalidData, "empty");
  fs::create_directory(fs::path(directory_->path()) / "hollow");
  EXPECT_ERROR(Find("hollow"), ErrorCode::kNoSuchFile, "hollow");
}

TEST(TemporaryDirectory, IsGoneAfterwards) {
  std::string path;
  {
    ASSERT_OK_AND_ASSIGN(const auto directory, TemporaryDirectory::Make());
    path = directory->path();
    std::ofstream(path + "/x") << "x";
    EXPECT_TRUE(fs::exists(path + "/x"));
  }
  EXPECT_FALSE(fs::exists(path));
}

}  // namespace
}  // namespace tarn::ingest::internal
