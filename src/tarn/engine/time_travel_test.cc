// Which state of a table a query sees: by time, by name, and with which schema.
#include <arrow/array/array_primitive.h>
#include <arrow/record_batch.h>

#include "tarn/engine/engine.h"
#include "tarn/table/snapshot_refs.h"
#include "tarn/testing/lake.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::engine {
namespace {

using std::chrono::hours;

/// Table ns.t with snapshots of 10, 15 and 22 rows, an hour between them; the clock
/// stands an hour after the last.
class TimeTravelTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_OK_AND_ASSIGN(lake_, testing::Lake::Make());
    begin_ = lake_->context().clock.Now();
    ASSERT_OK(lake_->Create(10));
    Wait();
    ASSERT_OK(lake_->Append(5));
    Wait();
    ASSERT_OK(lake_->Append(7));
    Wait();
    ASSERT_OK_AND_ASSIGN(engine_, Engine::Open({.threads = 2}, lake_->context()));
    ASSERT_OK_AND_ASSIGN(session_, engine_->Connect());
  }

  void Wait() { lake_->context().clock.Sleep(hours(1)); }

  std::shared_ptr<const iceberg::TableMetadata> Metadata() {
    return lake_->catalog().LoadTable(lake_->ident()).ValueOrDie().metadata;
  }
  iceberg::SnapshotId SnapshotAt(size_t place) {
    return Metadata()->snapshots.at(place).id;
  }

  Status RunSql(const std::string& sql) {
    ARROW_ASSIGN_OR_RAISE(const auto stream, session_->Execute(sql));
    while (true) {
      ARROW_ASSIGN_OR_RAISE(const auto batch, stream->Next());
      if (batch == nullptr) {
        return Status::OK();
      }
    }
  }

  /// The one BIGINT of a result with one row.
  Result<int64_t> Number(const std::string& sql) {
    ARROW_ASSIGN_OR_RAISE(const auto stream, session_->Execute(sql));
    ARROW_ASSIGN_OR_RAISE(const auto batch, stream->Next());
    if (batch == nullptr || batch->num_rows() != 1) {
      return Status::Invalid("not one row: ", sql);
    }
    const int64_t number =
        static_cast<const arrow::Int64Array&>(*batch->column(0)).Value(0);
    ARROW_ASSIGN_OR_RAISE(const auto end, stream->Next());
    return end == nullptr ? Result<int64_t>(number) : Status::Invalid("more rows");
  }

  /// Rows that main had this long after it began.
  Result<int64_t> RowsAfter(std::chrono::milliseconds time) {
    const std::string micros =
        std::to_string(std::chrono::microseconds(begin_ + time).count());
    return Number("SELECT count(*) FROM ns.t FOR TIMESTAMP AS OF make_timestamptz(" +
                  micros + ")");
  }

  std::unique_ptr<testing::Lake> lake_;
  std::chrono::milliseconds begin_{0};
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Session> session_;
};

struct TimeCase {
  const char* name;
  std::chrono::milliseconds after;
  int64_t rows;
};

TEST_F(TimeTravelTest, TimeIsThatOfTheCommitToTheMillisecond) {
  constexpr TimeCase kCases[] = {
      {"the commit itself", hours(0), 10},
      {"just before the second", hours(1) - std::chrono::milliseconds(1), 10},
      {"the second", hours(1), 15},
      {"between", hours(1) + std::chrono::minutes(59), 15},
      {"the third", hours(2), 22},
      {"long after", hours(100), 22},
  };
  for (const TimeCase& one : kCases) {
    SCOPED_TRACE(one.name);
    ASSERT_OK_AND_ASSIGN(const int64_t rows, RowsAfter(one.after));
    EXPECT_EQ(rows, one.rows);
  }
  EXPECT_ERROR(RowsAfter(std::chrono::milliseconds(-1)), ErrorCode::kNoSuchSnapshot,
               "no snapshot as old as");
}

TEST_F(TimeTravelTest, Trap38TimeGoesByTheSnapshotLogAndNotBySnapshots) {
  // After three hours main goes back to its first snapshot; after four a branch of it
  // gets rows. Neither makes a snapshot of main younger.
  ASSERT_OK(table::RollbackToSnapshot(lake_->context(), lake_->ident(), SnapshotAt(0)));
  Wait();
  ASSERT_OK(RunSql("ALTER TABLE ns.t CREATE BRANCH b"));
  ASSERT_OK(RunSql("INSERT INTO ns.t.branch_b VALUES (100, 'x')"));
  Wait();

  constexpr TimeCase kCases[] = {
      {"before the rollback", hours(3) - std::chrono::milliseconds(1), 22},
      {"after the rollback", hours(3), 10},
      {"after the commit to the branch", hours(5), 10},
  };
  for (const TimeCase& one : kCases) {
    SCOPED_TRACE(one.name);
    ASSERT_OK_AND_ASSIGN(const int64_t rows, RowsAfter(one.after));
    EXPECT_EQ(rows, one.rows);
  }
  ASSERT_OK_AND_ASSIGN(const int64_t on_branch,
                       Number("SELECT count(*) FROM ns.t FOR VERSION AS OF 'b'"));
  EXPECT_EQ(on_branch, 11);
}

TEST_F(TimeTravelTest, Trap39OldStatesHaveTheirOwnSchemaAndBranchesTheCurrentOne) {
  const std::string last = std::to_string(SnapshotAt(2).value);
  ASSERT_OK(RunSql("ALTER TABLE ns.t CREATE BRANCH b"));
  ASSERT_OK(RunSql("ALTER TABLE ns.t CREATE TAG v"));
  ASSERT_OK(RunSql("ALTER TABLE ns.t ADD COLUMN extra INTEGER"));
  ASSERT_OK(RunSql("ALTER TABLE ns.t RENAME COLUMN name TO title"));

  const std::string current[] = {"ns.t", "ns.t FOR VERSION AS OF 'main'",
                                 "ns.t FOR VERSION AS OF 'b'", "ns.t.branch_b"};
  for (const std::string& table : current) {
    SCOPED_TRACE(table);
    ASSERT_OK_AND_ASSIGN(const int64_t rows,
                         Number("SELECT count(*) FROM " + table +
                                " WHERE extra IS NULL AND title IS NOT NULL"));
    EXPECT_EQ(rows, 22);
  }
  // The newest snapshot too, though the table is still at it.
  const std::string old[] = {"ns.t FOR VERSION AS OF " + last,
                             "ns.t FOR VERSION AS OF 'v'", "ns.t.tag_v",
                             "ns.t FOR TIMESTAMP AS OF TIMESTAMP '2100-01-01 00:00:00'"};
  for (const std::string& table : old) {
    SCOPED_TRACE(table);
    ASSERT_OK_AND_ASSIGN(const int64_t rows, Number("SELECT count(*) FROM " + table +
                                                    " WHERE name IS NOT NULL"));
    EXPECT_EQ(rows, 22);
    EXPECT_ERROR(RunSql("SELECT title FROM " + table), ErrorCode::kNoSuchColumn, "title");
  }
}

TEST_F(TimeTravelTest, ATagMayBeNamedLikeASnapshot) {
  const std::string id = std::to_string(SnapshotAt(0).value);
  table::NewRef tag{.name = id, .type = iceberg::RefType::kTag};
  tag.snapshot_id = SnapshotAt(1);
  ASSERT_OK(table::CreateRef(lake_->context(), lake_->ident(), tag));
  ASSERT_OK_AND_ASSIGN(const int64_t by_id,
                       Number("SELECT count(*) FROM ns.t FOR VERSION AS OF " + id));
  EXPECT_EQ(by_id, 10);
  ASSERT_OK_AND_ASSIGN(const int64_t by_name, Number("SELECT count(*) FROM ns.t "
                                                     "FOR VERSION AS OF '" +
                                                     id + "'"));
  EXPECT_EQ(by_name, 15);
}

TEST_F(TimeTravelTest, WritesToABranchStartFromItsHead) {
  table::NewRef branch{.name = "b"};
  branch.snapshot_id = SnapshotAt(0);
  ASSERT_OK(table::CreateRef(lake_->context(), lake_->ident(), branch));
  ASSERT_OK(
      RunSql("DELETE FROM ns.t.branch_b WHERE id = (SELECT min(id) FROM "
             "ns.t.branch_b)"));
  ASSERT_OK_AND_ASSIGN(const int64_t on_branch,
                       Number("SELECT count(*) FROM ns.t.branch_b"));
  EXPECT_EQ(on_branch, 9);
  ASSERT_OK_AND_ASSIGN(const int64_t on_main, Number("SELECT count(*) FROM ns.t"));
  EXPECT_EQ(on_main, 22);
  const auto metadata = Metadata();
  const auto* head = metadata->FindSnapshot(metadata->refs.at("b").snapshot_id);
  EXPECT_EQ(head->parent_id, SnapshotAt(0));
}

}  // namespace
}  // namespace tarn::engine
