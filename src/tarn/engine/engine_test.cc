#include "tarn/engine/engine.h"

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <limits>
#include <thread>

#include <arrow/array/array_primitive.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "tarn/iceberg/table_update.h"
#include "tarn/table/scan.h"
#include "tarn/testing/fake_catalog.h"
#include "tarn/testing/lake.h"
#include "tarn/testing/memory_file_io.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::engine {
namespace {

namespace fs = std::filesystem;

Result<int64_t> CountRows(ResultStream& stream) {
  int64_t rows = 0;
  for (;;) {
    ARROW_ASSIGN_OR_RAISE(const auto batch, stream.Next());
    if (batch == nullptr) {
      return rows;
    }
    rows += batch->num_rows();
  }
}

/// The one BIGINT of a result with one row.
Result<int64_t> Number(Session& session, const std::string& sql) {
  ARROW_ASSIGN_OR_RAISE(const auto stream, session.Execute(sql));
  ARROW_ASSIGN_OR_RAISE(const auto batch, stream->Next());
  if (batch == nullptr || batch->num_rows() != 1) {
    return Status::Invalid("not one row: ", sql);
  }
  RETURN_NOT_OK(CountRows(*stream).status());
  return static_cast<const arrow::Int64Array&>(*batch->column(0)).Value(0);
}

Status RunSql(Session& session, const std::string& sql) {
  ARROW_ASSIGN_OR_RAISE(const auto stream, session.Execute(sql));
  return CountRows(*stream).status();
}

/// An engine over the lake's table ns.t (id long, name string), which has ten rows.
class EngineTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_OK_AND_ASSIGN(lake_, testing::Lake::Make());
    ASSERT_OK(lake_->Create(10));
    ASSERT_OK_AND_ASSIGN(engine_, Engine::Open({.threads = 2}, lake_->context()));
    ASSERT_OK_AND_ASSIGN(session_, engine_->Connect());
  }

  std::unique_ptr<testing::Lake> lake_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Session> session_;
};

TEST_F(EngineTest, StreamsRowsInBatches) {
  ASSERT_OK_AND_ASSIGN(
      auto stream,
      session_->Execute("SELECT i, i::VARCHAR AS t FROM range(100000) r(i)"));
  EXPECT_EQ(stream->statement_type(), "SELECT");
  EXPECT_EQ(stream->schema()->ToString(), "i: int64\nt: string");
  EXPECT_FALSE(stream->rows_changed().has_value());
  ASSERT_OK_AND_ASSIGN(const auto first, stream->Next());
  EXPECT_LT(first->num_rows(), 100000);
  ASSERT_OK_AND_ASSIGN(const int64_t rest, CountRows(*stream));
  EXPECT_EQ(first->num_rows() + rest, 100000);
}

TEST_F(EngineTest, TellsTypeAndRowsChanged) {
  struct Case {
    const char* sql;
    const char* type;
    std::optional<int64_t> changed;
  };
  const Case cases[] = {
      {"SELECT 1", "SELECT", {}},
      {"CREATE SCHEMA s", "CREATE SCHEMA", {}},
      {"CREATE TABLE s.a (id BIGINT)", "CREATE TABLE", {}},
      {"INSERT INTO s.a SELECT * FROM range(5)", "INSERT", 5},
      {"CREATE TABLE s.b AS SELECT * FROM s.a", "CREATE TABLE", 5},
      {"CREATE VIEW s.v AS SELECT * FROM s.a", "CREATE VIEW", {}},
      {"SHOW TABLES FROM s", "SHOW", {}},
      {"BEGIN", "START TRANSACTION", {}},
      {"INSERT INTO s.a VALUES (1)", "INSERT", 1},
      {"COMMIT", "COMMIT", {}},
      {"DROP VIEW s.v", "DROP VIEW", {}},
      {"DROP TABLE s.b", "DROP TABLE", {}},
      {"EXPLAIN SELECT * FROM s.a", "EXPLAIN", {}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.sql);
    ASSERT_OK_AND_ASSIGN(auto stream, session_->Execute(c.sql));
    EXPECT_EQ(stream->statement_type(), c.type);
    EXPECT_EQ(stream->rows_changed(), c.changed);
    ASSERT_OK(CountRows(*stream));
  }
}

TEST_F(EngineTest, FollowsUse) {
  EXPECT_EQ(session_->current_schema(), "iceberg");
  ASSERT_OK(RunSql(*session_, "USE iceberg.ns"));
  EXPECT_EQ(session_->current_schema(), "iceberg.ns");
  EXPECT_THAT(Number(*session_, "SELECT count(*) FROM t"), testing::IsOk());
  EXPECT_ERROR(session_->Execute("USE nowhere"), ErrorCode::kNoSuchNamespace, "nowhere");
  EXPECT_EQ(session_->current_schema(), "iceberg.ns");
}

TEST_F(EngineTest, InterruptEndsAQueryAndTheSessionGoesOn) {
  std::atomic<bool> done = false;
  std::thread interrupter([&] {
    while (!done) {
      session_->Interrupt();
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  });
  const Status status = RunSql(
      *session_, "SELECT sum(a.i * b.i) FROM range(1000000) a(i), range(1000000) b(i)");
  done = true;
  interrupter.join();
  EXPECT_ERROR(status, ErrorCode::kCancelled, "");
  ASSERT_OK_AND_ASSIGN(const int64_t count,
                       Number(*session_, "SELECT count(*) FROM ns.t"));
  EXPECT_EQ(count, 10);
}

TEST_F(EngineTest, AnInterruptedInsertLeavesNothing) {
  std::atomic<bool> done = false;
  std::thread interrupter([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    while (!done) {
      session_->Interrupt();
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  });
  const Status status =
      RunSql(*session_,
             "INSERT INTO ns.t SELECT i, repeat('x', 100) FROM range(100000000) r(i)");
  done = true;
  interrupter.join();
  EXPECT_ERROR(status, ErrorCode::kCancelled, "");
  ASSERT_OK_AND_ASSIGN(const int64_t count,
                       Number(*session_, "SELECT count(*) FROM ns.t"));
  EXPECT_EQ(count, 10);
  ASSERT_OK_AND_ASSIGN(const auto table, lake_->catalog().LoadTable(lake_->ident()));
  ASSERT_OK_AND_ASSIGN(
      const auto stray,
      table::ListUnreferencedFiles(lake_->fs(), table.metadata_location, *table.metadata,
                                   std::chrono::milliseconds::max()));
  EXPECT_TRUE(stray.empty());
}

TEST_F(EngineTest, AResultDroppedEarlyDoesNotDisturbTheNext) {
  {
    ASSERT_OK_AND_ASSIGN(auto stream, session_->Execute("SELECT * FROM range(10000000)"));
    ASSERT_OK(stream->Next());
  }
  ASSERT_OK_AND_ASSIGN(auto old, session_->Execute("SELECT * FROM range(10000000)"));
  ASSERT_OK_AND_ASSIGN(const int64_t count,
                       Number(*session_, "SELECT count(*) FROM ns.t"));
  EXPECT_EQ(count, 10);
  EXPECT_ERROR(old->Next(), ErrorCode::kCancelled, "next statement");
  old.reset();
  EXPECT_OK(RunSql(*session_, "SELECT 1"));
}

TEST_F(EngineTest, AResultOutlivesItsSession) {
  ASSERT_OK_AND_ASSIGN(auto stream, session_->Execute("SELECT * FROM ns.t"));
  session_.reset();
  engine_.reset();
  ASSERT_OK_AND_ASSIGN(const int64_t rows, CountRows(*stream));
  EXPECT_EQ(rows, 10);
}

TEST_F(EngineTest, FailingAnyOperationOfAnInsertLeavesTheOldTableOrTheNew) {
  int64_t rows = 10;
  int64_t failures = 0;
  for (int64_t at = 0;; ++at) {
    SCOPED_TRACE(at);
    lake_->fs().FailOperation(at);
    const Status status =
        RunSql(*session_, "INSERT INTO ns.t SELECT i, 'x' FROM range(100) r(i)");
    const bool fired = lake_->fs().fault_fired();
    lake_->fs().FailOperation(-1);
    if (status.ok()) {
      rows += 100;
    }
    failures += status.ok() ? 0 : 1;
    ASSERT_OK_AND_ASSIGN(const int64_t count,
                         Number(*session_, "SELECT count(*) FROM ns.t"));
    ASSERT_EQ(count, rows) << status.ToString();
    ASSERT_OK_AND_ASSIGN(const auto table, lake_->catalog().LoadTable(lake_->ident()));
    ASSERT_OK_AND_ASSIGN(
        const auto stray,
        table::ListUnreferencedFiles(lake_->fs(), table.metadata_location,
                                     *table.metadata, std::chrono::milliseconds::max()));
    for (const auto& file : stray) {
      EXPECT_FALSE(file.location.ends_with(".parquet"))
          << file.location << " " << status.ToString();
    }
    if (!fired) {
      break;
    }
  }
  EXPECT_GT(failures, 3);
  EXPECT_OK(lake_->CheckInvariants());
}

TEST_F(EngineTest, FailingAnyOperationOfCreateTableAsLeavesNoTable) {
  for (int64_t at = 0;; ++at) {
    SCOPED_TRACE(at);
    lake_->fs().FailOperation(at);
    const Status status =
        RunSql(*session_, "CREATE TABLE ns.made AS SELECT i FROM range(100) r(i)");
    const bool fired = lake_->fs().fault_fired();
    lake_->fs().FailOperation(-1);
    ASSERT_OK_AND_ASSIGN(const bool exists,
                         lake_->catalog().TableExists({lake_->ident().ns, "made"}));
    EXPECT_EQ(exists, status.ok()) << status.ToString();
    EXPECT_OK(RunSql(*session_, "DROP TABLE IF EXISTS ns.made"));
    if (!fired) {
      break;
    }
  }
}

TEST_F(EngineTest, FindsNamesThatOthersMadeWithCapitals) {
  const iceberg::NewTable made{.fields = {{.id = 1,
                                           .name = "Id",
                                           .type = iceberg::Type::Long(),
                                           .required = false}},
                               .location = lake_->directory() + "/capitals",
                               .table_uuid = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"};
  ASSERT_OK_AND_ASSIGN(const auto metadata, iceberg::MakeTableMetadata(made));
  const auto create = [&](const std::string& name) {
    return lake_->catalog().Commit({{.ident = {lake_->ident().ns, name},
                                     .requirements = {iceberg::require::AssertCreate{}},
                                     .updates = {},
                                     .create = metadata}});
  };
  ASSERT_OK(create("Orders"));
  ASSERT_OK(RunSql(*session_, "INSERT INTO ns.orders (id) VALUES (7)"));
  ASSERT_OK_AND_ASSIGN(const int64_t id, Number(*session_, "SELECT ID FROM NS.ORDERS"));
  EXPECT_EQ(id, 7);

  ASSERT_OK(create("ORDERS"));
  EXPECT_OK(RunSql(*session_, "SELECT * FROM ns.\"Orders\""));
  EXPECT_ERROR(session_->Execute("SELECT * FROM ns.orders"), ErrorCode::kInvalidArgument,
               "only in case");
}

TEST_F(EngineTest, ATableThatCannotBeLoadedDoesNotHideTheOthers) {
  ASSERT_OK(RunSql(*session_, "CREATE TABLE ns.bad (a INTEGER)"));
  ASSERT_OK_AND_ASSIGN(const auto bad,
                       lake_->catalog().LoadTable({lake_->ident().ns, "bad"}));
  std::ofstream(bad.metadata_location, std::ios::trunc) << "{";
  ASSERT_OK(lake_->Reopen());
  ASSERT_OK_AND_ASSIGN(engine_, Engine::Open({.threads = 2}, lake_->context()));
  ASSERT_OK_AND_ASSIGN(session_, engine_->Connect());
  ASSERT_OK_AND_ASSIGN(
      const int64_t tables,
      Number(*session_,
             "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'ns'"));
  EXPECT_EQ(tables, 2);
  ASSERT_OK_AND_ASSIGN(
      const int64_t columns,
      Number(
          *session_,
          "SELECT count(*) FROM information_schema.columns WHERE table_schema = 'ns'"));
  EXPECT_EQ(columns, 2);
  EXPECT_ERROR(session_->Execute("SELECT * FROM ns.bad"), ErrorCode::kInvalidData, "");
  EXPECT_ERROR(session_->Execute("INSERT INTO ns.bad VALUES (1)"),
               ErrorCode::kInvalidData, "");
}

class FailedCommitTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_OK_AND_ASSIGN(engine_, Engine::Open({.threads = 2}, context_));
    ASSERT_OK_AND_ASSIGN(session_, engine_->Connect());
    ASSERT_OK(RunSql(*session_, "CREATE SCHEMA s"));
    ASSERT_OK(
        RunSql(*session_, "CREATE TABLE s.t (a INTEGER) WITH (location = '/lake/t')"));
  }
  size_t DataFiles() {
    const auto files = io_.List("/lake/t/data");
    return files.ok() ? files->size() : 0;
  }

  testing::FakeClock clock_;
  testing::SeededRandom random_{1};
  testing::FakeCatalog catalog_{clock_};
  testing::MemoryFileIO io_{clock_};
  table::Context context_{catalog_, io_, clock_, random_};
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Session> session_;
};

TEST_F(FailedCommitTest, KeepsItsCodeAndTakesTheFilesBack) {
  catalog_.FailNextCommit(MakeError(ErrorCode::kForbidden, "not yours"),
                          testing::Applied::kNo);
  EXPECT_ERROR(session_->Execute("INSERT INTO s.t VALUES (1)"), ErrorCode::kForbidden,
               "not yours");
  EXPECT_EQ(DataFiles(), 0U);
}

TEST_F(FailedCommitTest, OfATransactionIsTheErrorOfCommit) {
  ASSERT_OK(RunSql(*session_, "BEGIN"));
  ASSERT_OK(RunSql(*session_, "INSERT INTO s.t VALUES (1)"));
  ASSERT_OK(RunSql(*session_, "INSERT INTO s.t VALUES (2)"));
  EXPECT_EQ(DataFiles(), 2U);
  catalog_.FailNextCommit(MakeError(ErrorCode::kForbidden, "not yours"),
                          testing::Applied::kNo);
  EXPECT_ERROR(session_->Execute("COMMIT"), ErrorCode::kForbidden, "not yours");
  EXPECT_EQ(DataFiles(), 0U);
  EXPECT_OK(RunSql(*session_, "INSERT INTO s.t VALUES (3)"));
  EXPECT_EQ(DataFiles(), 1U);
}

TEST_F(FailedCommitTest, WithAnUnknownOutcomeThatWasAppliedIsASuccess) {
  catalog_.FailNextCommit(MakeError(ErrorCode::kCommitStateUnknown, "lost"),
                          testing::Applied::kYes);
  EXPECT_OK(RunSql(*session_, "INSERT INTO s.t VALUES (1)"));
  EXPECT_EQ(DataFiles(), 1U);
}

TEST_F(FailedCommitTest, SeveralInsertsOfATransactionAreOneSnapshot) {
  ASSERT_OK(RunSql(*session_, "BEGIN"));
  ASSERT_OK(RunSql(*session_, "INSERT INTO s.t VALUES (1)"));
  ASSERT_OK(RunSql(*session_, "INSERT INTO s.t VALUES (2)"));
  ASSERT_OK(RunSql(*session_, "CREATE TABLE s.u AS SELECT 1 AS a"));
  const int64_t before = catalog_.num_commits();
  ASSERT_OK(RunSql(*session_, "COMMIT"));
  EXPECT_EQ(catalog_.num_commits(), before + 1);
  ASSERT_OK_AND_ASSIGN(const auto table, catalog_.LoadTable({{{"s"}}, "t"}));
  EXPECT_EQ(table.metadata->snapshots.size(), 1U);
}

TEST_F(FailedCommitTest, AClosedSessionRollsBack) {
  ASSERT_OK(RunSql(*session_, "BEGIN"));
  ASSERT_OK(RunSql(*session_, "INSERT INTO s.t VALUES (1)"));
  EXPECT_EQ(DataFiles(), 1U);
  session_.reset();
  EXPECT_EQ(DataFiles(), 0U);
}

}  // namespace
}  // namespace tarn::engine
