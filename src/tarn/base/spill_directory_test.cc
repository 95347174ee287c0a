#include "tarn/base/spill_directory.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "tarn/base/clock.h"

namespace tarn {
namespace {

namespace fs = std::filesystem;

class SpillDirectoryTest : public testing::Test {
 protected:
  SpillDirectoryTest()
      : root_(fs::temp_directory_path() / ("tarn-spill-" + NewUuid(SystemRandom()))) {}
  ~SpillDirectoryTest() override { fs::remove_all(root_); }

  static void Spill(const std::string& directory) {
    fs::create_directories(directory);
    std::ofstream(directory + "/duckdb_temp_storage_DEFAULT-0.tmp") << "rows";
  }
  size_t num_entries() const {
    return static_cast<size_t>(
        std::distance(fs::directory_iterator(root_), fs::directory_iterator()));
  }

  const fs::path root_;
};

TEST_F(SpillDirectoryTest, GoesWithItsEngine) {
  auto mine = SpillDirectory::Claim(root_);
  Spill(mine->path());
  EXPECT_EQ(num_entries(), 2U);
  mine.reset();
  EXPECT_EQ(num_entries(), 0U);
}

TEST_F(SpillDirectoryTest, WhatAKilledProcessLeftIsRemovedAndNothingElse) {
  const auto other = SpillDirectory::Claim(root_);
  Spill(other->path());
  const std::string dead = root_ / "spill-0";
  Spill(dead);
  std::ofstream(dead + ".lock").flush();
  Spill(root_ / "somebody-elses");
  const auto mine = SpillDirectory::Claim(root_);
  EXPECT_NE(mine->path(), other->path());
  EXPECT_FALSE(fs::exists(dead));
  EXPECT_FALSE(fs::exists(dead + ".lock"));
  EXPECT_TRUE(fs::exists(other->path() + "/duckdb_temp_storage_DEFAULT-0.tmp"));
  EXPECT_TRUE(fs::exists(root_ / "somebody-elses"));
}

TEST_F(SpillDirectoryTest, OneThatCannotBeMadeIsNamedAnyway) {
  fs::create_directories(root_);
  std::ofstream(root_ / "file").flush();
  const auto mine = SpillDirectory::Claim(root_ / "file");
  EXPECT_TRUE(mine->path().starts_with((root_ / "file").string() + "/"));
  EXPECT_TRUE(fs::is_regular_file(root_ / "file"));
}

}  // namespace
}  // namespace tarn
