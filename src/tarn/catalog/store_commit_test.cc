// Races between processes and failures at every point of a commit.
#include <atomic>
#include <functional>
#include <sys/wait.h>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tarn/catalog/catalog_contract_test.h"
#include "tarn/catalog/sqlite_catalog.h"
#include "tarn/catalog/store_fixture_test.h"

namespace tarn::catalog {
namespace {

/// Runs `body` in `count` processes at once; gives the sum of what they return (0 to
/// 100).
int RunProcesses(int count, const std::function<int(int)>& body) {
  std::vector<pid_t> children;
  for (int i = 0; i < count; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      _exit(body(i));
    }
    EXPECT_GT(child, 0);
    children.push_back(child);
  }
  int sum = 0;
  for (const pid_t child : children) {
    int state = 0;
    EXPECT_EQ(waitpid(child, &state, 0), child);
    EXPECT_TRUE(WIFEXITED(state));
    EXPECT_LE(WEXITSTATUS(state), 100) << "a process failed";
    sum += WEXITSTATUS(state);
  }
  return sum;
}

constexpr int kFailed = 101;

TEST(SqliteCommit, ProcessesThatRaceLoseNoCommit) {
  constexpr int kProcesses = 4;
  constexpr int kCommits = 6;
  SqliteFixture fixture;
  {
    const auto catalog = fixture.Open(fixture.io());
    ASSERT_TRUE(catalog.ok()) << catalog.status();
    ASSERT_EQ(NameOf((*catalog)->CreateNamespace(Ns({"ns"}), {})), "OK");
    ASSERT_TRUE(CreateTable(**catalog, Ident("ns", "t")).ok());
  }
  const int committed = RunProcesses(kProcesses, [&](int) {
    const auto io = io::MakeFileIO({});
    const auto catalog = fixture.Open(*io);
    if (!catalog.ok()) {
      return kFailed;
    }
    int done = 0;
    for (int tries = 0; done < kCommits && tries < 1000; ++tries) {
      const auto table = (*catalog)->LoadTable(Ident("ns", "t"));
      if (!table.ok()) {
        return kFailed;
      }
      const auto result = (*catalog)->Commit({AppendTo(*table)});
      if (result.ok()) {
        ++done;
      } else if (CodeOf(result.status()) != ErrorCode::kCommitConflict) {
        return kFailed;
      }
    }
    return done;
  });
  EXPECT_EQ(committed, kProcesses * kCommits);
  const auto table = fixture.catalog().LoadTable(Ident("ns", "t"));
  ASSERT_TRUE(table.ok()) << table.status();
  // One line of history: every snapshot has its predecessor as parent, none is missing.
  const auto& snapshots = table->metadata->snapshots;
  ASSERT_EQ(snapshots.size(), static_cast<size_t>(committed));
  for (size_t i = 1; i < snapshots.size(); ++i) {
    EXPECT_EQ(snapshots[i].parent_id, snapshots[i - 1].id);
    EXPECT_EQ(snapshots[i].sequence_number.value, static_cast<int64_t>(i) + 1);
  }
  // And one metadata file for each: the losers' are gone.
  EXPECT_EQ(fixture.io().List(fixture.warehouse())->size(), snapshots.size() + 1);
}

TEST(SqliteCommit, OfManyCreatorsOneWins) {
  constexpr int kProcesses = 6;
  SqliteFixture fixture;
  {
    const auto catalog = fixture.Open(fixture.io());
    ASSERT_TRUE(catalog.ok()) << catalog.status();
    ASSERT_EQ(NameOf((*catalog)->CreateNamespace(Ns({"ns"}), {})), "OK");
  }
  const int winners = RunProcesses(kProcesses, [&](int) {
    const auto io = io::MakeFileIO({});
    const auto catalog = fixture.Open(*io);
    if (!catalog.ok()) {
      return kFailed;
    }
    const auto table = CreateTable(**catalog, Ident("ns", "t"));
    if (table.ok()) {
      return 1;
    }
    return CodeOf(table.status()) == ErrorCode::kAlreadyExists ? 0 : kFailed;
  });
  EXPECT_EQ(winners, 1);
  EXPECT_TRUE(fixture.catalog().LoadTable(Ident("ns", "t")).ok());
  EXPECT_EQ(fixture.io().List(fixture.warehouse())->size(), 1u);
}

TEST(SqliteCommit, ProcessesMayOpenANewFileAtOnce) {
  SqliteFixture fixture;
  const int opened = RunProcesses(6, [&](int i) {
    const auto io = io::MakeFileIO({});
    const auto catalog = fixture.Open(*io);
    if (!catalog.ok()) {
      return kFailed;
    }
    return (*catalog)->CreateNamespace(Ns({"n" + std::to_string(i)}), {}).ok() ? 1
                                                                               : kFailed;
  });
  EXPECT_EQ(opened, 6);
  EXPECT_EQ(fixture.catalog().ListNamespaces({})->size(), 6u);
}

TEST(SqliteCommit, ThreadsShareACatalog) {
  SqliteFixture fixture;
  Catalog& catalog = fixture.catalog();
  ASSERT_EQ(NameOf(catalog.CreateNamespace(Ns({"ns"}), {})), "OK");
  const auto table = CreateTable(catalog, Ident("ns", "t"));
  ASSERT_TRUE(table.ok());
  std::atomic<int> failures = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      for (int k = 0; k < 5; ++k) {
        const std::string key = std::to_string(i) + "-" + std::to_string(k);
        if (!catalog.Commit({SetProperty(*table, key, "x")}).ok()) {
          ++failures;
        }
        if (!catalog.LoadTable(table->ident).ok()) {
          ++failures;
        }
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(failures, 0);
  EXPECT_EQ(catalog.LoadTable(table->ident)->metadata->properties.size(), 20u);
}

/// The real file system with a step of ours before each write, and a count of reads.
class InterruptedIO : public io::FileIO {
 public:
  explicit InterruptedIO(io::FileIO& real) : real_(real) {}

  Result<std::shared_ptr<arrow::io::RandomAccessFile>> OpenInput(
      const std::string& location, std::optional<int64_t> size_bytes) override {
    return real_.OpenInput(location, size_bytes);
  }
  Result<std::shared_ptr<arrow::io::OutputStream>> OpenOutput(
      const std::string& location) override {
    return real_.OpenOutput(location);
  }
  Status WriteNew(const std::string& location, std::string_view bytes) override {
    if (before_write) {
      ARROW_RETURN_NOT_OK(before_write());
    }
    return real_.WriteNew(location, bytes);
  }
  Result<std::string> ReadAll(const std::string& location, int64_t bytes_max) override {
    ++num_reads;
    return real_.ReadAll(location, bytes_max);
  }
  Result<io::FileInfo> Stat(const std::string& location) override {
    return real_.Stat(location);
  }
  Result<std::vector<io::FileInfo>> List(const std::string& directory) override {
    return real_.List(directory);
  }
  Status Delete(const std::string& location) override { return real_.Delete(location); }

  std::function<Status()> before_write;
  int num_reads = 0;

 private:
  io::FileIO& real_;
};

class SqliteCommitFailures : public testing::Test {
 protected:
  SqliteCommitFailures() : io_(fixture_.io()), catalog_(*fixture_.Open(io_)) {
    EXPECT_TRUE(catalog_->CreateNamespace(Ns({"ns"}), {}).ok());
    table_ = *CreateTable(*catalog_, Ident("ns", "t"));
  }
  size_t NumFiles() { return fixture_.io().List(fixture_.warehouse())->size(); }
  /// The head as another program sees it.
  LoadedTable Head() { return *fixture_.catalog().LoadTable(table_.ident); }

  SqliteFixture fixture_;
  InterruptedIO io_;
  std::unique_ptr<Catalog> catalog_;
  LoadedTable table_;
};

TEST_F(SqliteCommitFailures, LostRaceIsRetriedWhileRequirementsHold) {
  int rivals = 3;
  io_.before_write = [&]() -> Status {
    if (rivals-- <= 0) {
      return Status::OK();
    }
    return fixture_.catalog()
        .Commit({SetProperty(table_, "rival-" + std::to_string(rivals), "x")})
        .status();
  };
  const auto result = catalog_->Commit({SetProperty(table_, "ours", "y")});
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->at(0).metadata->properties.size(), 4u);
  EXPECT_EQ(Head().metadata_location, result->at(0).metadata_location);
  EXPECT_EQ(NumFiles(), 5u);  // three lost files were removed
}

TEST_F(SqliteCommitFailures, Trap30_LostRaceWithAStaleRequirementIsAConflict) {
  io_.before_write = [&] {
    return fixture_.catalog().Commit({AppendTo(table_)}).status();
  };
  EXPECT_EQ(NameOf(catalog_->Commit({AppendTo(table_)})), "COMMIT_CONFLICT");
  EXPECT_EQ(Head().metadata->snapshots.size(), 1u);
  EXPECT_EQ(NumFiles(), 2u);
}

TEST_F(SqliteCommitFailures, EndlessRivalsEndInAConflict) {
  int rival = 0;
  io_.before_write = [&] {
    return fixture_.catalog()
        .Commit({SetProperty(table_, "rival", std::to_string(++rival))})
        .status();
  };
  const auto result = catalog_->Commit({SetProperty(table_, "ours", "y")});
  EXPECT_EQ(NameOf(result), "COMMIT_CONFLICT");
  EXPECT_EQ(NumFiles(), static_cast<size_t>(rival) + 1);
}

TEST_F(SqliteCommitFailures, DropAndRenameBetweenAreNoticed) {
  io_.before_write = [&] { return fixture_.catalog().DropTable(table_.ident); };
  EXPECT_EQ(NameOf(catalog_->Commit({AppendTo(table_)})), "NO_SUCH_TABLE");
  EXPECT_EQ(NumFiles(), 1u);
}

TEST_F(SqliteCommitFailures, FailedWriteChangesNothing) {
  const auto second = CreateTable(*catalog_, Ident("ns", "second"));
  ASSERT_TRUE(second.ok());
  std::atomic<int> writes = 0;  // files are written side by side
  io_.before_write = [&] {
    return ++writes < 2 ? Status::OK() : MakeError(ErrorCode::kDiskFull, "No space left");
  };
  const auto result = catalog_->Commit({AppendTo(table_), AppendTo(*second)});
  EXPECT_EQ(NameOf(result), "DISK_FULL");
  EXPECT_THAT(result.status().message(), testing::HasSubstr("Cannot commit to ns."));
  EXPECT_EQ(Head().metadata_location, table_.metadata_location);
  EXPECT_EQ(NumFiles(), 2u);
}

TEST_F(SqliteCommitFailures, MetadataIsReadOnce) {
  const int before = io_.num_reads;
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(catalog_->LoadTable(table_.ident).ok());
  }
  EXPECT_EQ(io_.num_reads, before);  // the commit that made it left it in the cache
  const auto head = fixture_.catalog().Commit({AppendTo(table_)});
  ASSERT_TRUE(head.ok());
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(catalog_->LoadTable(table_.ident)->metadata_location,
              head->at(0).metadata_location);
  }
  EXPECT_EQ(io_.num_reads, before + 1);
}

TEST_F(SqliteCommitFailures, LockedDatabaseIsUnavailableNotUnknown) {
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open(fixture_.path().c_str(), &db), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(db, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  // Readers do not wait for a writer.
  EXPECT_TRUE(catalog_->LoadTable(table_.ident).ok());
  std::thread release([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    sqlite3_exec(db, "ROLLBACK", nullptr, nullptr, nullptr);
  });
  EXPECT_TRUE(catalog_->Commit({AppendTo(table_)}).ok());  // waited for the lock
  release.join();
  sqlite3_close(db);
}

/// What COMMIT does on the connections of a test of SqliteCommitOutcome.
std::atomic<int> refused_commits = 0;  // rolled back, and reported so
std::atomic<int> muddled_commits = 0;  // done, and reported as failed
std::vector<sqlite3*> connections;     // those opened since the test began

extern "C" int TarnTestExtension(sqlite3* db, char**, const void*) {
  connections.push_back(db);
  return SQLITE_OK;
}

void HookConnections() {
  for (sqlite3* db : connections) {
    sqlite3_commit_hook(
        db, [](void*) { return refused_commits > 0 && refused_commits-- > 0 ? 1 : 0; },
        nullptr);
    sqlite3_wal_hook(
        db,
        [](void*, sqlite3*, const char*, int) {
          return muddled_commits > 0 && muddled_commits-- > 0 ? SQLITE_IOERR : SQLITE_OK;
        },
        nullptr);
  }
}

class SqliteCommitOutcome : public testing::Test {
 protected:
  SqliteCommitOutcome() {
    refused_commits = 0;
    muddled_commits = 0;
    connections.clear();
    sqlite3_auto_extension(reinterpret_cast<void (*)()>(TarnTestExtension));
    EXPECT_TRUE(fixture_.catalog().CreateNamespace(Ns({"ns"}), {}).ok());
    table_ = *CreateTable(fixture_.catalog(), Ident("ns", "t"));
    sqlite3_reset_auto_extension();
    HookConnections();
  }
  ~SqliteCommitOutcome() override {
    EXPECT_EQ(refused_commits, 0);  // every failure that a test asked for did happen
    EXPECT_EQ(muddled_commits, 0);
  }
  size_t NumFiles() { return fixture_.io().List(fixture_.warehouse())->size(); }
  std::string Head() {
    return fixture_
        .Sql("SELECT metadata_location FROM iceberg_tables WHERE table_name = 't'")
        .at(0);
  }

  SqliteFixture fixture_;
  LoadedTable table_;
};

TEST_F(SqliteCommitOutcome, Trap30_RefusedCommitIsNotAppliedAndCleanedUp) {
  refused_commits = 1;
  EXPECT_EQ(NameOf(fixture_.catalog().Commit({AppendTo(table_)})), "IO_FAILED");
  EXPECT_EQ(Head(), table_.metadata_location);
  EXPECT_EQ(NumFiles(), 1u);
  EXPECT_TRUE(fixture_.catalog().Commit({AppendTo(table_)}).ok());
}

TEST_F(SqliteCommitOutcome, Trap30_AppliedCommitThatReportsFailureIsASuccess) {
  muddled_commits = 1;
  const auto result = fixture_.catalog().Commit({AppendTo(table_)});
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(Head(), result->at(0).metadata_location);
  EXPECT_EQ(NumFiles(), 2u);
}

TEST_F(SqliteCommitOutcome, Trap30_OutcomeThatCannotBeSettledIsUnknownAndDeletesNothing) {
  refused_commits = 2;  // the commit, and the attempt to settle it
  const auto refused = fixture_.catalog().Commit({AppendTo(table_)});
  EXPECT_EQ(NameOf(refused), "COMMIT_STATE_UNKNOWN");
  EXPECT_TRUE(IsOutcomeUnknown(refused.status()));
  EXPECT_EQ(NumFiles(), 2u);
  muddled_commits = 2;
  const auto muddled = fixture_.catalog().Commit({AppendTo(table_)});
  EXPECT_EQ(NameOf(muddled), "COMMIT_STATE_UNKNOWN");
  EXPECT_EQ(NumFiles(), 3u);
  EXPECT_NE(Head(), table_.metadata_location);
  EXPECT_TRUE(fixture_.catalog().LoadTable(table_.ident).ok());
}

TEST_F(SqliteCommitOutcome, Trap30_CreationIsSettledToo) {
  refused_commits = 1;
  EXPECT_EQ(NameOf(CreateTable(fixture_.catalog(), Ident("ns", "new"))), "IO_FAILED");
  EXPECT_EQ(*fixture_.catalog().TableExists(Ident("ns", "new")), false);
  EXPECT_EQ(NumFiles(), 1u);
  muddled_commits = 1;
  EXPECT_EQ(NameOf(CreateTable(fixture_.catalog(), Ident("ns", "new"))), "OK");
  EXPECT_EQ(*fixture_.catalog().TableExists(Ident("ns", "new")), true);
}

}  // namespace
}  // namespace tarn::catalog
