// Groups of commits.
#include "tarn/catalog/internal/commit_service.h"

#include "tarn/catalog/internal/commit_fixture_test.h"

namespace tarn::catalog::internal {
namespace {

using tarn::testing::FaultEffect;

TEST_F(CommitServiceTest, AGroupIsOneMetadataFileWithEveryMembersSnapshot) {
  for (const char* version : {"1", "2", "3"}) {
    SCOPED_TRACE(version);
    const std::string name = std::string("t") + version;
    const LoadedTable made = MakeTable(name, {{"format-version", version}});
    std::vector<ClientAppend> appends;
    std::vector<std::vector<TableCommit>> commits;
    std::set<std::string> expected;
    for (int i = 0; i < 6; ++i) {
      appends.push_back(Client(name).Append());
      commits.push_back({appends.back().commit});
      expected.insert(appends.back().data_files.front());
    }
    for (const Status& status : SendGrouped(SetProperty(made, "a", "b"), commits)) {
      EXPECT_OK(status);
    }
    const LoadedTable head = Head(name);
    EXPECT_EQ(FilesOf(files_, *head.metadata), expected);
    CheckNumbers(files_, *head.metadata);
    EXPECT_EQ(NumMetadataFiles(name), 3u);
    ASSERT_EQ(head.metadata->metadata_log.size(), 2u);
    EXPECT_EQ(head.metadata->metadata_log[0].metadata_file, made.metadata_location);
    const auto& snapshots = head.metadata->snapshots;
    ASSERT_EQ(snapshots.size(), 6u);
    for (size_t i = 0; i < snapshots.size(); ++i) {
      EXPECT_EQ(snapshots[i].id, appends[i].snapshot.id)
          << "not first come, first served";
      EXPECT_EQ(head.metadata->snapshot_log[i].snapshot_id, snapshots[i].id);
      if (i > 0) {
        EXPECT_EQ(snapshots[i].parent_id, snapshots[i - 1].id);
      }
    }
    ASSERT_NE(head.metadata_text, nullptr);
    EXPECT_EQ(*head.metadata_text, iceberg::TableMetadataToJson(*head.metadata));
  }
}

TEST_F(CommitServiceTest, AMemberThatFailsDisturbsNobody) {
  const LoadedTable made = MakeTable("t");
  ASSERT_OK(Send(Client("t").Append().commit));
  ClientAppend stale = Client("t").Append();
  std::get<iceberg::update::AddSnapshot>(stale.commit.updates[0]).snapshot.operation =
      "overwrite";
  const ClientAppend good = Client("t").Append();
  ClientAppend other_table = Client("t").Append();
  other_table.commit.requirements = {iceberg::require::AssertTableUuid{"no-such"}};
  TableCommit broken = SetProperty(made, "x", "y");
  broken.updates = {iceberg::update::SetCurrentSchema{iceberg::SchemaId{{77}}}};
  const auto results =
      SendGrouped(Client("t").Append().commit, {{stale.commit},
                                                {good.commit},
                                                {other_table.commit},
                                                {broken},
                                                {SetProperty(made, "k", "v")}});
  EXPECT_ERROR(results[0], ErrorCode::kCommitConflict, "branch main has changed");
  EXPECT_OK(results[1]);
  EXPECT_ERROR(results[2], ErrorCode::kCommitConflict, "UUID does not match");
  EXPECT_ERROR(results[3], ErrorCode::kInvalidArgument, "");
  EXPECT_OK(results[4]);
  const LoadedTable head = Head("t");
  EXPECT_EQ(head.metadata->snapshots.size(), 3u);
  EXPECT_EQ(head.metadata->properties.at("k"), "v");
  EXPECT_FALSE(head.metadata->properties.contains("x"));
  CheckNumbers(files_, *head.metadata);
}

TEST_F(CommitServiceTest, EachMembersOperationIsWrittenDownOnce) {
  const LoadedTable made = MakeTable("t");
  ASSERT_OK(catalog_->WithOperation({"old", "d"})
                ->Commit({SetProperty(made, "before", "1")})
                .status());
  std::vector<std::function<Status()>> calls;
  for (const std::string key : {"k1", "k2", "k1", "old"}) {
    const std::string name = "p" + std::to_string(calls.size());
    calls.emplace_back([&, key, name] {
      return catalog_->WithOperation({key, "d"})
          ->Commit({SetProperty(made, name, "1")})
          .status();
    });
  }
  const auto results = CallGrouped(SetProperty(made, "a", "b"), calls);
  EXPECT_OK(results[0]);
  EXPECT_OK(results[1]);
  EXPECT_ERROR(results[2], ErrorCode::kOperationRepeated, "k1");
  EXPECT_ERROR(results[3], ErrorCode::kOperationRepeated, "old");
  const auto& properties = Head("t").metadata->properties;
  EXPECT_TRUE(properties.contains("p0") && properties.contains("p1"));
  EXPECT_FALSE(properties.contains("p2") || properties.contains("p3"));
  EXPECT_EQ(NumMetadataFiles("t"), 4u);  // made, "old", the leader's, the group's
}

TEST_F(CommitServiceTest, TransactionsMoveAppendsAndEndInAnyOrder) {
  MakeTable("a");
  MakeTable("b");
  constexpr int kThreads = 6;
  constexpr int kRounds = 5;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int round = 0; round < kRounds; ++round) {
        const ClientAppend a = Client("a").Append();
        const ClientAppend b = Client("b").Append();
        EXPECT_OK(catalog_
                      ->Commit(t % 3 == 0   ? std::vector{a.commit, b.commit}
                               : t % 3 == 1 ? std::vector{b.commit, a.commit}
                                            : std::vector{a.commit})
                      .status());
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(FilesOf(files_, *Head("a").metadata).size(), 30u);
  EXPECT_EQ(FilesOf(files_, *Head("b").metadata).size(), 20u);
  CheckNumbers(files_, *Head("a").metadata);
  CheckNumbers(files_, *Head("b").metadata);
}

TEST_F(CommitServiceTest, TheMetadataLogIsTrimmedAndOldFilesStayUnlessAsked) {
  const LoadedTable made =
      MakeTable("t", {{"write.metadata.previous-versions-max", "2"}});
  for (int i = 0; i < 5; ++i) {
    ASSERT_OK(Send(SetProperty(made, "k", std::to_string(i))));
  }
  EXPECT_EQ(Head("t").metadata->metadata_log.size(), 2u);
  EXPECT_EQ(NumMetadataFiles("t"), 6u);
  ASSERT_OK(
      Send(SetProperty(made, "write.metadata.delete-after-commit.enabled", "true")));
  ASSERT_OK(Send(SetProperty(made, "k", "x")));
  EXPECT_EQ(Head("t").metadata->metadata_log.size(), 2u);
  EXPECT_EQ(NumMetadataFiles("t"), 6u);
}

/// Every operation on files fails once, while three appends and a property are committed
/// in one group and alone.
TEST_F(CommitServiceTest, AGroupSurvivesEachFailureOfFiles) {
  int num_failures = 0;
  for (const FaultEffect effect : {FaultEffect::kNone, FaultEffect::kFull}) {
    for (int64_t fail_at = 0;; ++fail_at) {
      SCOPED_TRACE("fail_at=" + std::to_string(fail_at));
      const std::string name =
          "t" + std::to_string(static_cast<int>(effect)) + "-" + std::to_string(fail_at);
      const LoadedTable made = MakeTable(name, {{"format-version", "3"}});
      ASSERT_OK(Send(Client(name).Append().commit));
      std::vector<ClientAppend> appends;
      std::vector<std::vector<TableCommit>> commits;
      for (int i = 0; i < 3; ++i) {
        appends.push_back(Client(name).Append());
        commits.push_back({appends.back().commit});
      }
      // The commits' own reads are not what another one has just cached.
      std::unique_ptr<Catalog> fresh = Open(faulty_);
      std::swap(catalog_, fresh);
      std::set<std::string> expected = FilesOf(files_, *Head(name).metadata);
      faulty_.FailOperation({fail_at, effect, ErrorCode::kIoFailed});
      std::vector<Status> results(commits.size());
      std::vector<std::thread> threads;
      for (size_t i = 0; i < commits.size(); ++i) {
        threads.emplace_back(
            [&, i] { results[i] = catalog_->Commit(commits[i]).status(); });
      }
      for (std::thread& thread : threads) {
        thread.join();
      }
      const bool fired = faulty_.fault_fired();
      faulty_.FailOperation(-1);
      std::set<std::string> own_lists;
      for (size_t i = 0; i < results.size(); ++i) {
        own_lists.insert(appends[i].snapshot.manifest_list);
        if (results[i].ok()) {
          expected.insert(appends[i].data_files.begin(), appends[i].data_files.end());
        } else {
          ++num_failures;
          EXPECT_FALSE(IsOutcomeUnknown(results[i])) << results[i];
        }
      }
      const LoadedTable head = Head(name);
      ASSERT_EQ(FilesOf(files_, *head.metadata), expected);
      CheckNumbers(files_, *head.metadata);
      // What failed left nothing behind, but lists of its writers.
      std::set<std::string> known = own_lists;
      known.insert(head.metadata_location);
      for (const iceberg::Snapshot& snapshot : head.metadata->snapshots) {
        known.insert(snapshot.manifest_list);
      }
      for (const iceberg::MetadataLogEntry& old : head.metadata->metadata_log) {
        known.insert(old.metadata_file);
      }
      ASSERT_OK_AND_ASSIGN(const auto left, files_.List(made.metadata->location));
      for (const io::FileInfo& file : left) {
        const bool is_ours = file.location.find("-m0.avro") == std::string::npos;
        EXPECT_TRUE(!is_ours || known.contains(file.location)) << file.location;
      }
      std::swap(catalog_, fresh);
      if (!fired) {
        break;
      }
      ASSERT_LT(fail_at, 200);
    }
  }
  EXPECT_GT(num_failures, 0);
}

}  // namespace
}  // namespace tarn::catalog::internal
