// Transactions that read what they wrote: what is left when something fails on the way.

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "tarn/engine/engine.h"
#include "tarn/engine/session_text_test.h"
#include "tarn/table/scan.h"
#include "tarn/testing/lake.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::engine {
namespace {

using testing::Fault;
using testing::FaultEffect;

constexpr char kBefore[] = "2, 10, 45\n0, 0, null\n";
constexpr char kAfter[] = "3, 10, 2138\n1, 2, 2106\n";

/// Two tables, one with rows, and a transaction that changes both of them several times.
class TransactionsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_OK_AND_ASSIGN(lake_, testing::Lake::Make());
    ASSERT_OK(Open());
    Run("CREATE SCHEMA s");
  }

  Status Open() {
    session_.reset();
    ARROW_ASSIGN_OR_RAISE(engine_, Engine::Open({.threads = 2}, lake_->context()));
    ARROW_ASSIGN_OR_RAISE(session_, engine_->Connect());
    return Status::OK();
  }

  void Run(const std::string& sql) {
    SCOPED_TRACE(sql);
    ASSERT_OK(ReadAll(*session_, sql).status());
  }

  /// Names of tables that no test before has used.
  void MakeTables(int format_version) {
    ++scenes_;
    t_ = "s.t" + std::to_string(scenes_);
    u_ = "s.u" + std::to_string(scenes_);
    const std::string with =
        " (id BIGINT) WITH (format_version = " + std::to_string(format_version) + ")";
    Run("CREATE TABLE " + t_ + with);
    Run("CREATE TABLE " + u_ + with);
    Run("INSERT INTO " + t_ + " SELECT * FROM range(5)");
    Run("INSERT INTO " + t_ + " SELECT * FROM range(5, 10)");
  }

  Status Transact() {
    const std::string statements[] = {
        "BEGIN",
        "INSERT INTO " + t_ + " VALUES (100), (101)",
        "DELETE FROM " + t_ + " WHERE id IN (3, 100)",
        "UPDATE " + t_ + " SET id = id + 1000 WHERE id IN (4, 101)",
        "INSERT INTO " + u_ + " SELECT id FROM " + t_ + " WHERE id > 1000",
        "UPDATE " + u_ + " SET id = id + 1 WHERE id = 1004",
        "UPDATE " + t_ + " SET id = id - 5 WHERE id = 5",
        "DELETE FROM " + t_ + " WHERE id = 4",
        "COMMIT",
    };
    for (const std::string& sql : statements) {
      RETURN_NOT_OK(WithContext(sql + ": ", ReadAll(*session_, sql).status()));
    }
    return Status::OK();
  }

  /// Snapshots, rows and their sum, of both tables.
  Result<std::string> State() {
    std::string state;
    for (const std::string& name : {t_, u_}) {
      const std::string quoted = "s.\"" + name.substr(2) + "$snapshots\"";
      ARROW_ASSIGN_OR_RAISE(
          const std::string one,
          Text(*session_, "SELECT (SELECT count(*) FROM " + quoted +
                              "), count(*), sum(id)::BIGINT FROM " + name));
      state += one;
    }
    return state;
  }

  /// How many files lie about that no snapshot refers to.
  Result<int64_t> NumStray() {
    int64_t stray = 0;
    for (const std::string& name : {t_, u_}) {
      ARROW_ASSIGN_OR_RAISE(const auto loaded,
                            lake_->catalog().LoadTable({{{"s"}}, name.substr(2)}));
      ARROW_ASSIGN_OR_RAISE(const auto files,
                            table::ListUnreferencedFiles(
                                lake_->fs(), loaded.metadata_location, *loaded.metadata,
                                std::chrono::milliseconds::max()));
      stray += static_cast<int64_t>(files.size());
    }
    return stray;
  }

  std::unique_ptr<testing::Lake> lake_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Session> session_;
  int scenes_ = 0;
  std::string t_;
  std::string u_;
};

TEST_F(TransactionsTest, LeaveNothingButTheirSnapshots) {
  for (const int version : {1, 2, 3}) {
    SCOPED_TRACE(version);
    MakeTables(version);
    ASSERT_OK_AND_ASSIGN(std::string state, State());
    EXPECT_EQ(state, kBefore);
    ASSERT_OK(Transact());
    ASSERT_OK_AND_ASSIGN(state, State());
    EXPECT_EQ(state, kAfter);
    ASSERT_OK_AND_ASSIGN(const int64_t stray, NumStray());
    EXPECT_EQ(stray, 0);
  }
}

TEST_F(TransactionsTest, EveryFailedIoLeavesTheOldOrTheNewTables) {
  struct Case {
    int format_version;
    FaultEffect effect;
  };
  for (const Case c : {Case{2, FaultEffect::kNone}, Case{3, FaultEffect::kFull}}) {
    int64_t fail_at = 0;
    for (bool fired = true; fired; ++fail_at) {
      SCOPED_TRACE("version " + std::to_string(c.format_version) +
                   ", fail_at=" + std::to_string(fail_at));
      MakeTables(c.format_version);
      lake_->fs().FailOperation(Fault{fail_at, c.effect, ErrorCode::kIoFailed});
      const Status status = Transact();
      fired = lake_->fs().fault_fired();
      lake_->fs().FailOperation(-1);
      if (!status.ok()) {
        [[maybe_unused]] const auto ended = ReadAll(*session_, "ROLLBACK");
      }
      ASSERT_OK_AND_ASSIGN(const std::string state, State());
      EXPECT_EQ(state, status.ok() ? kAfter : kBefore) << status.message();
      // One file may stay: the one that could not be deleted.
      ASSERT_OK_AND_ASSIGN(const int64_t stray, NumStray());
      EXPECT_LE(stray, 1) << status.message();
      EXPECT_TRUE(fired || status.ok()) << status.message();
    }
    EXPECT_GT(fail_at, 40);
  }
}

TEST_F(TransactionsTest, GoneWithTheirSessionLeaveNothing) {
  MakeTables(3);
  Run("BEGIN");
  Run("INSERT INTO " + t_ + " VALUES (100)");
  Run("DELETE FROM " + t_ + " WHERE id IN (1, 100)");
  Run("SELECT count(*) FROM " + t_);
  ASSERT_OK(Open());
  ASSERT_OK_AND_ASSIGN(const std::string state, State());
  EXPECT_EQ(state, kBefore);
  ASSERT_OK_AND_ASSIGN(const int64_t stray, NumStray());
  EXPECT_EQ(stray, 0);
}

/// Two sessions that take turns: whatever one reads in a transaction fits together.
TEST_F(TransactionsTest, ReadAllTablesAsOfOneMoment) {
  MakeTables(2);
  ASSERT_OK_AND_ASSIGN(const auto other, engine_->Connect());
  Run("BEGIN");
  ASSERT_OK_AND_ASSIGN(std::string rows, Text(*session_, "SELECT count(*) FROM " + t_));
  EXPECT_EQ(rows, "10\n");
  for (const std::string& sql :
       {std::string("BEGIN"), "DELETE FROM " + t_ + " WHERE id = 0",
        "INSERT INTO " + u_ + " VALUES (0)", std::string("COMMIT")}) {
    ASSERT_OK(ReadAll(*other, sql).status());
  }
  // The first look at it, but not a later state than that of the other.
  ASSERT_OK_AND_ASSIGN(rows, Text(*session_, "SELECT count(*) FROM " + u_));
  EXPECT_EQ(rows, "0\n");
  ASSERT_OK_AND_ASSIGN(rows, Text(*session_, "SELECT count(*) FROM " + t_));
  EXPECT_EQ(rows, "10\n");
  Run("COMMIT");
  ASSERT_OK_AND_ASSIGN(rows, Text(*session_, "SELECT count(*) FROM " + u_));
  EXPECT_EQ(rows, "1\n");
}

}  // namespace
}  // namespace tarn::engine
