// What others do while a procedure is at work.
#include <string>

#include <gtest/gtest.h>

#include "tarn/engine/engine.h"
#include "tarn/engine/session_text_test.h"
#include "tarn/table/maintenance/row_table_test.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::engine {
namespace {

/// A table of two partitions with two files each, and a session beside its other writers.
class ProcedureFaultsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_OK(table_.Create());
    for (int32_t file = 0; file < 4; ++file) {
      ASSERT_OK(table_.AppendRows({file}, file % 2));
    }
    ASSERT_OK_AND_ASSIGN(engine_, Engine::Open({.threads = 2}, table_.context));
    ASSERT_OK_AND_ASSIGN(session_, engine_->Connect({}));
  }

  Status Call(const std::string& sql) { return Text(*session_, sql).status(); }

  /// Another client takes away a file that a compaction has read.
  void RemoveOneFile() {
    table::WriteRequest request = table_.Request({}, table::WriteMode::kRowDelta);
    request.removed_files = {table_.Plan().ValueOrDie().tasks[0].file};
    ASSERT_OK(table::Write(table_.context, request));
  }

  size_t NumDataFiles() {
    size_t count = 0;
    for (const auto& file : table_.memory.List("/warehouse/t/data").ValueOrDie()) {
      count += file.size_bytes > 0 ? 1 : 0;
    }
    return count;
  }

  table::RowTable table_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Session> session_;
};

constexpr char kRewrite[] =
    "CALL system.rewrite_data_files(table => 'ns.t', options => map('rewrite-all', "
    "'true'))";

TEST_F(ProcedureFaultsTest, AConflictLeavesNothingHalfDone) {
  const size_t files = NumDataFiles();
  table_.catalog.BeforeNextCommit([&] { RemoveOneFile(); });
  EXPECT_ERROR(Call(kRewrite), ErrorCode::kCommitConflict, "");
  EXPECT_EQ(NumDataFiles(), files);
  EXPECT_EQ(table_.NumRows(), 3);
  ASSERT_OK(Call(kRewrite));
  EXPECT_EQ(table_.NumRows(), 3);
}

TEST_F(ProcedureFaultsTest, AnAppendMeanwhileIsNoConflict) {
  table_.catalog.BeforeNextCommit([&] { ASSERT_OK(table_.AppendRows({9}, 1)); });
  ASSERT_OK(Call(kRewrite));
  EXPECT_EQ(table_.LiveIds(), (table::RowTable::Ids{0, 1, 2, 3, 9}));
}

TEST_F(ProcedureFaultsTest, ExpiryKeepsWhatARefTookMeanwhile) {
  const auto first = table_.Metadata()->snapshots.front().id;
  table_.catalog.BeforeNextCommit([&] { ASSERT_OK(table_.Tag("kept", first)); });
  ASSERT_OK(Call("CALL system.expire_snapshots('ns.t', older_than => '0s')"));
  EXPECT_TRUE(table_.SnapshotIds().contains(first));
  table_.ExpectNoDanglingReference();
}

TEST_F(ProcedureFaultsTest, OnlyAncestorsAreRolledBackTo) {
  const auto head = table_.HeadId();
  const auto parent = *table_.Metadata()->FindSnapshot(head)->parent_id;
  ASSERT_OK(Call("CALL system.rollback_to_snapshot('ns.t', " +
                 std::to_string(parent.value) + ")"));
  EXPECT_EQ(table_.HeadId(), parent);
  EXPECT_ERROR(Call("CALL system.rollback_to_snapshot('ns.t', " +
                    std::to_string(head.value) + ")"),
               ErrorCode::kInvalidArgument, "ancestor");
}

TEST_F(ProcedureFaultsTest, AnInterruptEndsIt) {
  // After the first of two commits.
  table_.catalog.BeforeNextCommit([&] { session_->Interrupt(); });
  EXPECT_ERROR(
      Call(
          "CALL system.rewrite_data_files(table => 'ns.t', options => map('rewrite-all', "
          "'true', 'partial-progress.enabled', 'true', "
          "'max-concurrent-file-group-rewrites', '1', 'max-file-group-size-bytes', "
          "'1'))"),
      ErrorCode::kCancelled, "");
  EXPECT_EQ(table_.LiveIds(), (table::RowTable::Ids{0, 1, 2, 3}));
  table_.ExpectNoDanglingReference();
  ASSERT_OK(Call(kRewrite));  // the session goes on
  EXPECT_EQ(table_.LiveIds(), (table::RowTable::Ids{0, 1, 2, 3}));
}

}  // namespace
}  // namespace tarn::engine
