// Appends that come late, as clients send them.
#include "tarn/catalog/internal/append_mover.h"

#include <random>

#include "tarn/catalog/internal/commit_fixture_test.h"

namespace tarn::catalog::internal {
namespace {

using AppendMoverTest = CommitServiceTest;

constexpr char kRebase[] = "commit.rebase-appends";

TEST_F(AppendMoverTest, ACommitThatComesTwiceIsAppliedOnce) {
  MakeTable("t");
  const ClientAppend append = Client("t").Append();
  ASSERT_OK(Send(append.commit));
  ASSERT_OK(Send(append.commit));  // its answer was lost, nobody came between
  ASSERT_OK(Send(Client("t").Append().commit));
  ASSERT_OK(Send(append.commit));
  EXPECT_EQ(Head("t").metadata->snapshots.size(), 2u);
  // A moved one is known again by its manifests, and so is another of the same number.
  const ClientAppend moved = Client("t").Append();
  ClientAppend impostor = Client("t").Append();
  ASSERT_OK(Send(Client("t").Append().commit));
  ASSERT_OK(Send(moved.commit));
  ASSERT_OK(Send(moved.commit));
  std::get<iceberg::update::AddSnapshot>(impostor.commit.updates[0]).snapshot.id =
      moved.snapshot.id;
  std::get<iceberg::update::SetSnapshotRef>(impostor.commit.updates[1]).ref.snapshot_id =
      moved.snapshot.id;
  EXPECT_EQ(Head("t").metadata->snapshots.size(), 4u);
  auto& forged =
      std::get<iceberg::update::AddSnapshot>(impostor.commit.updates[0]).snapshot;
  ASSERT_OK(RenumberList(forged));
  EXPECT_ERROR(Send(impostor.commit), ErrorCode::kCommitConflict, "another snapshot");
  EXPECT_EQ(Head("t").metadata->snapshots.size(), 4u);
  // Taken back since: it is not applied any more, and not silently again.
  ClientAppend back = Client("t").Append();
  back.commit.updates = {iceberg::update::RemoveSnapshotRef{"main"}};
  back.commit.requirements = {};
  ASSERT_OK(Send(back.commit));
  EXPECT_FALSE(Send(append.commit).ok());
}

struct PolicyCase {
  std::string name;
  std::map<std::string, std::string> properties;
  std::vector<iceberg::FieldId> identifiers;
  std::string operation_between;  // of the snapshot that the append did not know
  bool asserts_parent = true;
  bool is_moved = true;
};

TEST_F(AppendMoverTest, AppendsAreMovedWhereNothingCanBeHidden) {
  const PolicyCase cases[] = {
      {"plain", {}, {}, "append"},
      {"after-compaction", {}, {}, "replace"},
      {"rows-changed", {}, {}, "overwrite", true, false},
      {"rows-deleted", {}, {}, "delete", true, false},
      {"identifiers", {}, {1}, "append", true, false},
      {"identifiers-but-told", {{kRebase, "true"}}, {1}, "append"},
      {"changed-but-told", {{kRebase, "true"}}, {}, "overwrite"},
      {"forbidden", {{kRebase, "false"}}, {}, "append", true, false},
      {"nothing-asserted", {}, {1}, "overwrite", false, true},
      {"nothing-asserted-forbidden", {{kRebase, "false"}}, {}, "append", false, false},
      {"odd-value", {{kRebase, "maybe"}}, {}, "append"},
  };
  for (const PolicyCase& c : cases) {
    SCOPED_TRACE(c.name);
    MakeTable(c.name, c.properties, c.identifiers);
    ASSERT_OK(Send(Client(c.name).Append().commit));
    ClientAppend late = Client(c.name).Append();
    if (!c.asserts_parent) {
      late.commit.requirements.pop_back();
    }
    ClientAppend between = Client(c.name).Append();
    std::get<iceberg::update::AddSnapshot>(between.commit.updates[0]).snapshot.operation =
        c.operation_between;
    ASSERT_OK(Send(between.commit));
    const Status status = Send(late.commit);
    const LoadedTable head = Head(c.name);
    EXPECT_EQ(head.metadata->snapshots.size(), c.is_moved ? 3u : 2u);
    EXPECT_EQ(FilesOf(files_, *head.metadata).size(), c.is_moved ? 3u : 2u);
    if (c.is_moved) {
      EXPECT_OK(status);
      CheckNumbers(files_, *head.metadata);
      EXPECT_EQ(head.metadata->snapshots.back().parent_id, between.snapshot.id);
    } else {
      EXPECT_ERROR(status, ErrorCode::kCommitConflict, "cannot be moved");
    }
  }
}

/// Trap: an upsert that only found new rows looks like an append; if it was moved, the
/// row that another writer added meanwhile would be there twice.
TEST_F(AppendMoverTest, Trap_AnUpsertIsNoAppend) {
  MakeTable("t", {}, {1});
  ASSERT_OK(Send(Client("t").Append().commit));
  const ClientAppend upsert = Client("t").Append();
  ASSERT_OK(Send(Client("t").Append().commit));
  EXPECT_ERROR(Send(upsert.commit), ErrorCode::kCommitConflict,
               "Requirement failed: branch main has changed");
}

TEST_F(AppendMoverTest, Trap_AReplacedTableIsNotAppendedTo) {
  MakeTable("t");
  ASSERT_OK(Send(Client("t").Append().commit));
  ClientAppend replace = Client("t").Append();
  auto& snapshot =
      std::get<iceberg::update::AddSnapshot>(replace.commit.updates[0]).snapshot;
  snapshot.parent_id.reset();
  replace.commit.requirements.pop_back();
  ASSERT_OK(Send(Client("t").Append().commit));
  // Without a parent and without a requirement: the writer means what it says.
  ASSERT_OK(Send(replace.commit));
  EXPECT_EQ(Head("t").metadata->snapshots.back().manifest_list, snapshot.manifest_list);
}

TEST_F(AppendMoverTest, NeverMovedIfTheWriterSaysSo) {
  MakeTable("t");
  ASSERT_OK(Send(Client("t").Append().commit));
  ClientAppend never = Client("t").Append();
  never.commit.rebase = Rebase::kNever;
  ClientAppend always = Client("t").Append();
  always.commit.rebase = Rebase::kAlways;
  ClientAppend overwrite = Client("t").Append();
  std::get<iceberg::update::AddSnapshot>(overwrite.commit.updates[0]).snapshot.operation =
      "overwrite";
  ASSERT_OK(Send(overwrite.commit));
  EXPECT_ERROR(Send(never.commit), ErrorCode::kCommitConflict, "has changed");
  EXPECT_OK(Send(always.commit));
}

TEST_F(AppendMoverTest, OtherRequirementsAreToTheLetter) {
  MakeTable("t");
  ASSERT_OK(Send(Client("t").Append().commit));
  ClientAppend append = Client("t").Append();
  append.commit.requirements.push_back(
      iceberg::require::AssertCurrentSchemaId{iceberg::SchemaId{{5}}});
  ASSERT_OK(Send(Client("t").Append().commit));
  EXPECT_ERROR(Send(append.commit), ErrorCode::kCommitConflict, "current schema changed");
}

TEST_F(AppendMoverTest, AnotherBranchesCommitsDoNotDisturb) {
  for (const char* version : {"2", "3"}) {
    SCOPED_TRACE(version);
    const std::string name = std::string("t") + version;
    MakeTable(name, {{"format-version", version}});
    ASSERT_OK(Send(Client(name).Append().commit));
    const iceberg::SnapshotId first = *Head(name).metadata->current_snapshot_id;
    TableCommit branch = SetProperty(Head(name), "x", "y");
    branch.updates = {iceberg::update::SetSnapshotRef{"side", {.snapshot_id = first}},
                      iceberg::update::SetSnapshotRef{
                          "tag", {.snapshot_id = first, .type = iceberg::RefType::kTag}}};
    ASSERT_OK(Send(branch));
    const ClientAppend main = Client(name).Append();
    const ClientAppend side = Client(name).Append(Merging::kAll, "side");
    const ClientAppend side_too = Client(name).Append(Merging::kNone, "side");
    ASSERT_OK(Send(side.commit));
    ASSERT_OK(Send(main.commit));  // its parent is still the head, its number is taken
    ASSERT_OK(Send(side_too.commit));
    const LoadedTable head = Head(name);
    EXPECT_EQ(FilesOf(files_, *head.metadata).size(), 2u);
    EXPECT_EQ(FilesOf(files_, *head.metadata, "side").size(), 3u);
    EXPECT_EQ(FilesOf(files_, *head.metadata, "tag").size(), 1u);
    CheckNumbers(files_, *head.metadata);
  }
}

TEST_F(AppendMoverTest, MergedManifestsAreMovedIfNobodyElseMergedThem) {
  for (const char* version : {"1", "2", "3"}) {
    SCOPED_TRACE(version);
    const std::string name = std::string("t") + version;
    MakeTable(name, {{"format-version", version}});
    for (int i = 0; i < 3; ++i) {
      ASSERT_OK(Send(Client(name).Append().commit));
    }
    const ClientAppend merging = Client(name).Append(Merging::kAll);
    const ClientAppend merging_too = Client(name).Append(Merging::kAll);
    const ClientAppend fast = Client(name).Append();
    ASSERT_OK(Send(Client(name).Append().commit));
    ASSERT_OK(Send(merging.commit));
    EXPECT_EQ(ReadList(files_, *Head(name).metadata->current_snapshot()).size(), 2u);
    EXPECT_ERROR(Send(merging_too.commit), ErrorCode::kCommitConflict,
                 "another writer replaced manifests that it merged");
    ASSERT_OK(Send(fast.commit));
    const LoadedTable head = Head(name);
    EXPECT_EQ(FilesOf(files_, *head.metadata).size(), 6u);
    CheckNumbers(files_, *head.metadata);
  }
}

TEST_F(AppendMoverTest, WhatCannotBeReadIsNotMoved) {
  MakeTable("t");
  ASSERT_OK(Send(Client("t").Append().commit));
  const ClientAppend gone = Client("t").Append();
  const ClientAppend no_manifest = Client("t").Append();
  ClientAppend elsewhere = Client("t").Append();
  ASSERT_OK(Send(Client("t").Append().commit));
  ASSERT_OK(files_.Delete(gone.snapshot.manifest_list));
  ASSERT_OK(files_.Delete(no_manifest.written.front()));
  std::get<iceberg::update::AddSnapshot>(elsewhere.commit.updates[0])
      .snapshot.manifest_list = "/warehouse/ns/t/metadata/../../../../etc/list.avro";
  EXPECT_ERROR(Send(gone.commit), ErrorCode::kCommitConflict, "cannot be read");
  EXPECT_ERROR(Send(no_manifest.commit), ErrorCode::kCommitConflict, "cannot be read");
  EXPECT_ERROR(Send(elsewhere.commit), ErrorCode::kCommitConflict,
               "not in the table's directory");
  EXPECT_EQ(Head("t").metadata->snapshots.size(), 2u);
}

/// Clients with older and newer views of the table, in random order, against a model.
TEST_F(AppendMoverTest, RandomInterleavingsKeepEveryAcknowledgedRowOnce) {
  int num_moved = 0;
  int num_refused = 0;
  for (uint32_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const std::string name = "t" + std::to_string(seed);
    MakeTable(name, {{"format-version", std::to_string(1 + seed % 3)}});
    ASSERT_OK(Send(Client(name).Append().commit));
    std::set<std::string> expected = FilesOf(files_, *Head(name).metadata);
    std::vector<ClientAppend> sent;  // built, not committed yet
    for (int step = 0; step < 12; ++step) {
      const bool builds = sent.empty() || (sent.size() < 4 && random() % 2 == 0);
      if (builds) {
        sent.push_back(
            Client(name).Append(random() % 4 == 0 ? Merging::kAll : Merging::kNone));
        continue;
      }
      if (random() % 8 == 0) {
        ASSERT_OK(Send(SetProperty(Head(name), "step", std::to_string(step))));
      }
      const size_t i = random() % sent.size();
      const ClientAppend append = sent[i];
      sent.erase(sent.begin() + static_cast<std::ptrdiff_t>(i));
      const bool is_late =
          Head(name).metadata->current_snapshot_id != append.snapshot.parent_id;
      const Status status = Send(append.commit);
      if (status.ok()) {
        expected.insert(append.data_files.begin(), append.data_files.end());
        num_moved += is_late ? 1 : 0;
      } else {
        ASSERT_EQ(CodeOf(status), ErrorCode::kCommitConflict) << status;
        ++num_refused;  // only of those that merged what another one merged
      }
      if (random() % 5 == 0) {
        ASSERT_EQ(Send(append.commit).ok(), status.ok()) << "a repetition ends otherwise";
      }
    }
    const LoadedTable head = Head(name);
    ASSERT_EQ(FilesOf(files_, *head.metadata), expected);
    CheckNumbers(files_, *head.metadata);
    if (HasFailure()) {
      return;
    }
  }
  EXPECT_GT(num_moved, 200);
  EXPECT_GT(num_refused, 10);
}

}  // namespace
}  // namespace tarn::catalog::internal
