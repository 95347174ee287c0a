#include "tarn/storage/write_journal.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <sys/wait.h>
#include <thread>

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include "tarn/base/error.h"
#include "tarn/testing/fake_clock.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::storage {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using testing::FakeClock;
using testing::SeededRandom;

constexpr char kTable[] = "file:///lake/ns/t";

class WriteJournalTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = ::testing::TempDir() + "/tarn-journal-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    home_ = name;
    directory_ = name + "/writes";
  }
  void TearDown() override { fs::remove_all(home_); }

  Result<std::shared_ptr<WriteJournal>> Open() {
    return WriteJournal::Open(directory_, clock_, random_);
  }

  /// Runs `work` in a process of its own, which then kills itself as nobody can prevent.
  void InKilledProcess(const std::function<Status(WriteJournal&)>& work) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      SeededRandom random(static_cast<uint64_t>(::getpid()));
      const auto journal = WriteJournal::Open(directory_, clock_, random);
      if (!journal.ok() || !work(**journal).ok()) {
        ::_exit(1);
      }
      ::kill(::getpid(), SIGKILL);
    }
    int outcome = 0;
    ASSERT_EQ(::waitpid(child, &outcome, 0), child);
    ASSERT_TRUE(WIFSIGNALED(outcome)) << "the child failed: " << outcome;
    last_child_ = child;
  }

  std::vector<std::string> JournalPaths() const {
    std::vector<std::string> paths;
    for (const auto& entry : fs::directory_iterator(directory_)) {
      if (entry.path().extension() == ".journal") {
        paths.push_back(entry.path());
      }
    }
    return paths;
  }

  std::string home_;
  std::string directory_;
  FakeClock clock_;
  SeededRandom random_;
  pid_t last_child_ = 0;
};

std::vector<std::string> LocationsOf(const std::vector<JournaledFile>& files) {
  std::vector<std::string> locations;
  for (const JournaledFile& file : files) {
    locations.push_back(file.location);
  }
  std::ranges::sort(locations);
  return locations;
}

using Names = std::vector<std::string>;

TEST_F(WriteJournalTest, ReadersLeaveNothing) {
  ASSERT_OK_AND_ASSIGN(const auto journal, Open());
  ASSERT_OK_AND_ASSIGN(const JournalContents contents, ReadJournals(directory_));
  EXPECT_TRUE(contents.in_hand.empty());
  EXPECT_TRUE(contents.left_over.empty());
  ASSERT_OK(ForgetLeftOver(directory_, {"/a"}));
  EXPECT_FALSE(fs::exists(directory_));
}

TEST_F(WriteJournalTest, FilesGoThroughTheirStates) {
  ASSERT_OK_AND_ASSIGN(auto journal, Open());
  const milliseconds opened = clock_.Now();
  ASSERT_OK(journal->Opened(kTable, "/a"));
  clock_.Advance(milliseconds(2'500));
  ASSERT_OK(journal->Opened(kTable, "/b"));
  journal->Progress("/a", 100, 10);

  ASSERT_OK_AND_ASSIGN(JournalContents contents, ReadJournals(directory_));
  EXPECT_TRUE(contents.left_over.empty());
  ASSERT_EQ(contents.in_hand.size(), 2);
  const JournaledFile& a = contents.in_hand[0];
  EXPECT_EQ(a.location, "/a");
  EXPECT_EQ(a.table, kTable);
  EXPECT_EQ(a.state, FileState::kOpen);
  EXPECT_EQ(a.bytes, 100);  // after more than a second
  EXPECT_EQ(a.rows, 10);
  EXPECT_EQ(a.opened, opened);
  EXPECT_EQ(a.noted, opened + milliseconds(2'500));
  EXPECT_EQ(a.process, ::getpid());

  ASSERT_OK(journal->SetState("/a", FileState::kClosing));
  ASSERT_OK(journal->SetState("/b", FileState::kAborted));
  ASSERT_EQ(journal->files().size(), 1);
  EXPECT_EQ(journal->files()[0].state, FileState::kClosing);
  ASSERT_OK(journal->SetState("/a", FileState::kClosed));
  ASSERT_OK(journal->SetState("/a", FileState::kCommitted));
  EXPECT_TRUE(journal->files().empty());
  ASSERT_OK(journal->SetState("/a", FileState::kAborted));  // too late, and no matter
  ASSERT_OK(journal->SetState("/unknown", FileState::kClosed));

  const WriteTotals totals = journal->totals();
  EXPECT_EQ(totals.files_opened, 2);
  EXPECT_EQ(totals.files_committed, 1);
  EXPECT_EQ(totals.files_aborted, 1);
  EXPECT_EQ(totals.bytes_committed, 100);
  EXPECT_EQ(totals.rows_committed, 10);
  EXPECT_EQ(totals.files_in_hand, 0);
  EXPECT_EQ(JournalPaths().size(), 1);
  journal.reset();
  EXPECT_TRUE(JournalPaths().empty());
}

TEST_F(WriteJournalTest, ProgressGoesToDiskOnceASecond) {
  ASSERT_OK_AND_ASSIGN(const auto journal, Open());
  ASSERT_OK(journal->Opened(kTable, "/a"));
  const auto size = [&] { return fs::file_size(JournalPaths().front()); };
  const auto begin = size();
  for (int i = 0; i < 1'000; ++i) {
    journal->Progress("/a", i, i);
  }
  EXPECT_EQ(size(), begin);
  EXPECT_EQ(journal->files()[0].rows, 999);
  clock_.Advance(milliseconds(1'000));
  journal->Progress("/a", 1'000, 1'000);
  EXPECT_GT(size(), begin);
  EXPECT_EQ(journal->totals().bytes_in_hand, 1'000);
}

TEST_F(WriteJournalTest, AKilledProcessLeavesAList) {
  ASSERT_OK_AND_ASSIGN(const auto mine, Open());
  ASSERT_OK(mine->Opened(kTable, "/mine"));
  InKilledProcess([](WriteJournal& journal) -> Status {
    RETURN_NOT_OK(journal.Opened(kTable, "/open"));
    RETURN_NOT_OK(journal.Opened(kTable, "/closed"));
    RETURN_NOT_OK(journal.Opened(kTable, "/committed"));
    RETURN_NOT_OK(journal.Opened(kTable, "/aborted"));
    journal.Progress("/closed", 512, 7);
    RETURN_NOT_OK(journal.SetState("/closed", FileState::kClosed));
    RETURN_NOT_OK(journal.SetState("/committed", FileState::kCommitted));
    return journal.SetState("/aborted", FileState::kAborted);
  });
  ASSERT_OK_AND_ASSIGN(JournalContents contents, ReadJournals(directory_));
  EXPECT_EQ(LocationsOf(contents.in_hand), Names({"/mine"}));
  ASSERT_EQ(LocationsOf(contents.left_over), Names({"/closed", "/open"}));
  EXPECT_EQ(contents.left_over[0].state, FileState::kClosed);
  EXPECT_EQ(contents.left_over[0].bytes, 512);
  EXPECT_EQ(contents.left_over[0].rows, 7);
  EXPECT_EQ(contents.left_over[0].process, last_child_);
  EXPECT_EQ(contents.left_over[1].state, FileState::kOpen);

  // What a living process has in hand is not to be forgotten.
  ASSERT_OK(ForgetLeftOver(directory_, {"/closed", "/mine"}));
  ASSERT_OK_AND_ASSIGN(contents, ReadJournals(directory_));
  EXPECT_EQ(LocationsOf(contents.in_hand), Names({"/mine"}));
  EXPECT_EQ(LocationsOf(contents.left_over), Names({"/open"}));
  EXPECT_EQ(JournalPaths().size(), 2);
  ASSERT_OK(ForgetLeftOver(directory_, {"/open"}));
  ASSERT_OK_AND_ASSIGN(contents, ReadJournals(directory_));
  EXPECT_TRUE(contents.left_over.empty());
  EXPECT_EQ(JournalPaths().size(), 1);
}

TEST_F(WriteJournalTest, ALivingProcessIsNotLeftOver) {
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    SeededRandom random(7);
    const auto journal = WriteJournal::Open(directory_, clock_, random);
    const bool opened = journal.ok() && (*journal)->Opened(kTable, "/theirs").ok();
    const char outcome = opened ? 'y' : 'n';
    static_cast<void>(::write(ready[1], &outcome, 1) == 1);
    ::pause();
    ::_exit(0);
  }
  char outcome = 0;
  ASSERT_EQ(::read(ready[0], &outcome, 1), 1);
  ASSERT_EQ(outcome, 'y');
  ASSERT_OK_AND_ASSIGN(JournalContents contents, ReadJournals(directory_));
  EXPECT_EQ(LocationsOf(contents.in_hand), Names({"/theirs"}));
  EXPECT_TRUE(contents.left_over.empty());
  ASSERT_OK(ForgetLeftOver(directory_, {"/theirs"}));
  ::kill(child, SIGKILL);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  ASSERT_OK_AND_ASSIGN(contents, ReadJournals(directory_));
  EXPECT_TRUE(contents.in_hand.empty());
  EXPECT_EQ(LocationsOf(contents.left_over), Names({"/theirs"}));
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST_F(WriteJournalTest, EveryCutOfAJournalIsReadable) {
  InKilledProcess([](WriteJournal& journal) -> Status {
    RETURN_NOT_OK(journal.Opened(kTable, "/a b%\n"));
    RETURN_NOT_OK(journal.Opened(kTable, "/c"));
    return journal.SetState("/c", FileState::kCommitted);
  });
  const std::string path = JournalPaths().front();
  std::ifstream file(path, std::ios::binary);
  const std::string whole((std::istreambuf_iterator<char>(file)),
                          std::istreambuf_iterator<char>());
  const size_t first = whole.find('\n') + 1;
  const size_t second = whole.find('\n', first) + 1;
  for (size_t cut = 0; cut <= whole.size(); ++cut) {
    SCOPED_TRACE("cut at " + std::to_string(cut));
    std::ofstream(path, std::ios::binary | std::ios::trunc) << whole.substr(0, cut);
    Names expected;
    if (cut >= first) {
      expected.push_back("/a b%\n");
    }
    if (cut >= second && cut < whole.size()) {
      expected.push_back("/c");
    }
    ASSERT_OK_AND_ASSIGN(const JournalContents contents, ReadJournals(directory_));
    EXPECT_EQ(LocationsOf(contents.left_over), expected);
  }
  // After a line that was cut off, as after any other damage, the next ones count.
  std::ofstream(path, std::ios::binary | std::ios::trunc)
      << whole.substr(0, first) << whole.substr(first, 12);
  ASSERT_OK(ForgetLeftOver(directory_, {"/a b%\n"}));
  EXPECT_TRUE(JournalPaths().empty());
  std::string damaged = whole;
  damaged[first + 20] ^= 1;  // the record of /c is none any more
  std::ofstream(path, std::ios::binary | std::ios::trunc) << damaged;
  ASSERT_OK_AND_ASSIGN(const JournalContents contents, ReadJournals(directory_));
  EXPECT_EQ(LocationsOf(contents.left_over), Names({"/a b%\n"}));
}

TEST_F(WriteJournalTest, HistoryIsDropped) {
  ASSERT_OK_AND_ASSIGN(const auto journal, Open());
  ASSERT_OK(journal->Opened(kTable, "/kept"));
  const std::string long_name(500, 'x');
  uintmax_t largest = 0;
  for (int i = 0; i < 5'000; ++i) {
    const std::string location = "/" + long_name + std::to_string(i);
    ASSERT_OK(journal->Opened(kTable, location));
    ASSERT_OK(journal->SetState(location, FileState::kCommitted));
    ASSERT_EQ(JournalPaths().size(), 1);
    largest = std::max(largest, fs::file_size(JournalPaths().front()));
  }
  EXPECT_LT(largest, (uintmax_t{1} << 20) + 4'096);
  ASSERT_OK_AND_ASSIGN(const JournalContents contents, ReadJournals(directory_));
  EXPECT_EQ(LocationsOf(contents.in_hand), Names({"/kept"}));
  EXPECT_TRUE(contents.left_over.empty());
}

TEST_F(WriteJournalTest, AnUnknownOutcomeStaysListedAfterANormalEnd) {
  ASSERT_OK_AND_ASSIGN(auto journal, Open());
  ASSERT_OK(journal->Opened(kTable, "/unknown"));
  ASSERT_OK(journal->SetState("/unknown", FileState::kClosed));
  journal.reset();
  ASSERT_OK_AND_ASSIGN(const JournalContents contents, ReadJournals(directory_));
  EXPECT_EQ(LocationsOf(contents.left_over), Names({"/unknown"}));
}

TEST_F(WriteJournalTest, ThreadsShareIt) {
  ASSERT_OK_AND_ASSIGN(const auto journal, Open());
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i) {
        const std::string location = "/" + std::to_string(t) + "/" + std::to_string(i);
        EXPECT_OK(journal->Opened(kTable, location));
        journal->Progress(location, i, i);
        if (i % 2 == 0) {
          EXPECT_OK(journal->SetState(location, FileState::kCommitted));
        }
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  ASSERT_OK_AND_ASSIGN(const JournalContents contents, ReadJournals(directory_));
  EXPECT_EQ(contents.in_hand.size(), 400);
  EXPECT_EQ(journal->totals().files_committed, 400);
}

TEST_F(WriteJournalTest, OddDirectoriesAreRefused) {
  const auto relative = WriteJournal::Open("writes", clock_, random_);
  EXPECT_EQ(CodeOf(relative.status()), ErrorCode::kInvalidArgument);
  std::ofstream(directory_) << "a file";
  ASSERT_OK_AND_ASSIGN(const auto journal, Open());
  const Status status = journal->Opened(kTable, "/a");
  EXPECT_FALSE(status.ok());
  EXPECT_TRUE(journal->files().empty());
}

}  // namespace
}  // namespace tarn::storage
