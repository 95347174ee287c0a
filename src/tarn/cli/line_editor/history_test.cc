#include "tarn/cli/line_editor/history.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace tarn::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class HistoryTest : public ::testing::Test {
 protected:
  HistoryTest() : file_(Folder() / "history") { std::filesystem::remove(file_); }
  ~HistoryTest() override { std::filesystem::remove_all(file_.parent_path()); }

  std::string Text() const {
    std::ifstream input(file_, std::ios::binary);
    return {std::istreambuf_iterator<char>(input), std::istreambuf_iterator<char>()};
  }
  std::string path() const { return file_.string(); }

 private:
  static std::filesystem::path Folder() {
    std::string name =
        (std::filesystem::temp_directory_path() / "tarn-history-XXXXXX").string();
    return ::mkdtemp(name.data());
  }
  std::filesystem::path file_;
};

TEST_F(HistoryTest, KeepsWholeStatementsOverRestarts) {
  {
    History history(path());
    history.Add("SELECT 1\n  AS a;");
    history.Add("SELECT 'back\\slash';");
    history.Add("SELECT 'back\\slash';");  // the same again
  }
  const History again(path());
  EXPECT_THAT(again.entries(), ElementsAre("SELECT 1\n  AS a;", "SELECT 'back\\slash';"));
  EXPECT_EQ(std::filesystem::status(path()).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(HistoryTest, SecretsAreNotWritten) {
  History history(path());
  history.Add("CREATE SECRET s (TYPE s3, KEY_ID 'a', SECRET 'hidden-one');");
  history.Add(
      "CREATE CATALOG c USING postgres WITH (\"connection-password\" = 'hidden-two');");
  history.Add("ATTACH 'postgres://me:hidden-three@host/db' AS d;");
  history.Add("SELECT password FROM users;");
  EXPECT_EQ(history.entries().size(), 4U) << "within the session they can be recalled";
  EXPECT_THAT(Text(), Not(HasSubstr("hidden")));
  EXPECT_THAT(Text(), HasSubstr("SELECT password FROM users;"));
}

TEST_F(HistoryTest, ReadsWhatLibeditWrote) {
  std::ofstream(path()) << "_HiStOrY_V2_\nSELECT\\0401;\n\\134d\n";
  EXPECT_THAT(History(path()).entries(), ElementsAre("SELECT 1;", "\\d"));
  EXPECT_EQ(Text(), "SELECT 1;\n\\\\d\n");
}

TEST_F(HistoryTest, FindsAndContinues) {
  History history("");
  history.Add("SELECT one;");
  history.Add("select two;");
  EXPECT_EQ(history.FindBefore(2, "SELECT"), 1U);
  EXPECT_EQ(history.FindBefore(1, "SELECT"), 0U);
  EXPECT_FALSE(history.FindBefore(0, "SELECT"));
  EXPECT_EQ(history.Continuation("SELECT o"), "ne;");
  EXPECT_EQ(history.Continuation(""), "");
}

TEST_F(HistoryTest, SeveralShellsShareTheFile) {
  History one(path());
  History other(path());
  one.Add("SELECT 1;");
  other.Add("SELECT 2;");
  one.Add("SELECT 3;");
  EXPECT_THAT(History(path()).entries(),
              ElementsAre("SELECT 1;", "SELECT 2;", "SELECT 3;"));
}

}  // namespace
}  // namespace tarn::cli
