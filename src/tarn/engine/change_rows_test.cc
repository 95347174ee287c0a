// DELETE, UPDATE and MERGE: what they leave behind when something fails, and the lineage
// of rows.

#include <algorithm>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "tarn/engine/engine.h"
#include "tarn/engine/session_text_test.h"
#include "tarn/iceberg/position_set.h"
#include "tarn/iceberg/table_update.h"
#include "tarn/storage/table_writer.h"
#include "tarn/table/alter.h"
#include "tarn/table/scan.h"
#include "tarn/table/write.h"
#include "tarn/testing/lake.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::engine {
namespace {

/// An engine over a lake of its own.
class ChangeRowsTest : public ::testing::Test {
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
  void Expect(const std::string& sql, const std::string& text) {
    SCOPED_TRACE(sql);
    ASSERT_OK_AND_ASSIGN(const std::string found, Text(*session_, sql));
    EXPECT_EQ(found, text);
  }

  Result<table::ScanPlan> Plan(const std::string& name) {
    ARROW_ASSIGN_OR_RAISE(const auto loaded, lake_->catalog().LoadTable({{{"s"}}, name}));
    return table::PlanScan(lake_->fs(), {.metadata = loaded.metadata});
  }
  Status Upgrade(const std::string& name) {
    return table::AlterTable(
               lake_->context(), {{{"s"}}, name},
               [](const iceberg::TableMetadata& base) {
                 table::Alteration change;
                 if (base.format_version < 3) {
                   change.updates.push_back(iceberg::update::UpgradeFormatVersion{3});
                 }
                 return Result<table::Alteration>(change);
               })
        .status();
  }

  std::unique_ptr<testing::Lake> lake_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Session> session_;
};

TEST_F(ChangeRowsTest, Trap25AVectorTakesOverPositionDeletesAndVectors) {
  Run("CREATE TABLE s.t (id BIGINT) WITH (format_version = 2)");
  Run("INSERT INTO s.t SELECT * FROM range(100)");
  Run("DELETE FROM s.t WHERE id < 10");
  Run("DELETE FROM s.t WHERE id BETWEEN 10 AND 19");
  ASSERT_OK_AND_ASSIGN(const auto before, Plan("t"));
  ASSERT_EQ(before.tasks.size(), 1u);
  EXPECT_EQ(before.tasks[0].deletes.size(), 2u);
  ASSERT_OK(Upgrade("t"));
  Expect("SELECT count(*) FROM s.t", "80\n");
  for (const int64_t end : {30, 40}) {
    SCOPED_TRACE(end);
    Run("DELETE FROM s.t WHERE id < " + std::to_string(end));
    Expect("SELECT count(*), min(id) FROM s.t",
           std::to_string(100 - end) + ", " + std::to_string(end) + "\n");
    ASSERT_OK_AND_ASSIGN(const auto after, Plan("t"));
    ASSERT_EQ(after.tasks.size(), 1u);
    ASSERT_EQ(after.tasks[0].deletes.size(), 1u);
    EXPECT_EQ(after.delete_files, 1);
    const iceberg::DataFile& vector = after.tasks[0].deletes[0]->file;
    EXPECT_EQ(vector.format, iceberg::FileFormat::kPuffin);
    EXPECT_EQ(vector.record_count, end);
    EXPECT_EQ(vector.referenced_data_file, after.tasks[0].file.file_path);
  }
}

TEST_F(ChangeRowsTest, Trap26AnUpgradeMeanwhileFailsPositionDeletes) {
  Run("CREATE TABLE s.t (id BIGINT) WITH (format_version = 2)");
  Run("INSERT INTO s.t SELECT * FROM range(10)");
  Run("BEGIN");
  Run("DELETE FROM s.t WHERE id = 3");
  ASSERT_OK(Upgrade("t"));
  EXPECT_FALSE(session_->Execute("COMMIT").ok());
  Expect("SELECT count(*) FROM s.t", "10\n");
  Run("DELETE FROM s.t WHERE id = 3");
  Expect("SELECT count(*) FROM s.t", "9\n");
  ASSERT_OK_AND_ASSIGN(const auto plan, Plan("t"));
  ASSERT_EQ(plan.tasks.size(), 1u);
  ASSERT_EQ(plan.tasks[0].deletes.size(), 1u);
  EXPECT_EQ(plan.tasks[0].deletes[0]->file.format, iceberg::FileFormat::kPuffin);
}

TEST_F(ChangeRowsTest, Trap09FilesGoWholeOnlyIfEveryRowMatches) {
  Run("CREATE TABLE s.t (id BIGINT, d DATE, name VARCHAR, x DOUBLE) WITH (partitioning "
      "= ARRAY['month(d)'])");
  Run("INSERT INTO s.t SELECT i, DATE '2024-01-01' + i::INTEGER, CASE WHEN i % 2 = 0 "
      "THEN 'name' || i END, CASE WHEN i = 40 THEN 'nan'::DOUBLE ELSE i END FROM "
      "range(91) r(i)");
  struct Case {
    const char* filter;
    bool whole;
    const char* left;
  };
  const Case cases[] = {
      {"d >= DATE '2024-03-02'", false, "61\n"},
      {"d < DATE '2024-02-01'", true, "60\n"},
      {"d < DATE '2024-02-02'", false, "59\n"},
      {"d >= DATE '2024-02-01' AND d < DATE '2024-04-01'", true, "31\n"},
      {"d <> DATE '2024-05-01'", true, "0\n"},
      {"name LIKE 'name%' AND d >= DATE '2024-03-01'", false, "75\n"},
      {"x >= 31 AND x < 60", false, "63\n"},
      {"id >= 0 AND id < 31", true, "60\n"},
      {"id BETWEEN 31 AND 200 OR d = DATE '2030-01-01'", true, "31\n"},
      {"id > 30 AND id % 1 = 0", false, "31\n"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.filter);
    const std::string sql = std::string("DELETE FROM s.c WHERE ") + c.filter;
    Run("CREATE OR REPLACE TABLE s.c WITH (partitioning = ARRAY['month(d)']) AS SELECT * "
        "FROM s.t");
    ASSERT_OK_AND_ASSIGN(const std::string plan, Text(*session_, "EXPLAIN " + sql));
    EXPECT_EQ(plan.find("removed whole") != std::string::npos, c.whole) << plan;
    Run(sql);
    Expect("SELECT count(*) FROM s.c", c.left);
    Expect(std::string("SELECT count(*) FROM s.c WHERE ") + c.filter, "0\n");
  }
}

/// A file may store the lineage of some rows and leave others to inherit theirs.
TEST_F(ChangeRowsTest, Trap29AStoredRowIdWinsAndANullOneIsInherited) {
  Run("CREATE TABLE s.t (id BIGINT) WITH (format_version = 3)");
  Run("INSERT INTO s.t SELECT * FROM range(10)");
  const iceberg::TableIdent ident{{{"s"}}, "t"};
  ASSERT_OK_AND_ASSIGN(const auto loaded, lake_->catalog().LoadTable(ident));
  const table::Context context = lake_->context();
  ASSERT_OK_AND_ASSIGN(
      const auto writer,
      storage::TableWriter::Open(
          context.io, loaded.metadata,
          {.parquet = {.row_group_rows_max = 3}, .table_name = "t", .row_lineage = true},
          context.clock, context.random));
  ASSERT_OK_AND_ASSIGN(
      const Batches rows,
      ReadAll(*session_,
              "SELECT 100 + i, CASE WHEN i % 2 = 0 THEN 5000 + i END, CASE WHEN i % 3 = "
              "0 THEN 1 END::BIGINT FROM range(8) r(i) ORDER BY i"));
  for (const auto& batch : rows) {
    ASSERT_OK(writer->Append(*batch));
  }
  table::WriteRequest request{.ident = ident};
  ASSERT_OK_AND_ASSIGN(request.files, writer->Finish());
  ASSERT_OK(table::Write(context, request).status());

  const char* const all =
      "100, 5000, 1\n101, 11, 2\n102, 5002, 2\n103, 13, 1\n104, 5004, 2\n105, 15, 2\n"
      "106, 5006, 1\n107, 17, 2\n";
  const std::string columns =
      "SELECT id, _row_id, _last_updated_sequence_number FROM s.t WHERE id >= 100 ";
  Expect(columns + "ORDER BY id", all);
  Expect(columns + "AND _row_id = 13 ORDER BY id", "103, 13, 1\n");
  Expect(columns + "AND _row_id BETWEEN 15 AND 5002 ORDER BY id",
         "100, 5000, 1\n102, 5002, 2\n105, 15, 2\n107, 17, 2\n");
  Expect(columns + "AND _last_updated_sequence_number = 1 AND _row_id < 100",
         "103, 13, 1\n");
  Expect(columns + "ORDER BY _row_id LIMIT 2", "101, 11, 2\n103, 13, 1\n");
  Expect("SELECT count(*) FROM s.t WHERE _row_id IS NULL", "0\n");
  Expect(
      "SELECT t.id FROM s.t JOIN (VALUES (13), (5004), (3)) v(x) ON t._row_id = v.x "
      "ORDER BY 1",
      "3\n103\n104\n");
  Expect("SELECT id, _pos FROM s.t WHERE _row_id IN (17, 5006) ORDER BY id",
         "106, 6\n107, 7\n");
  Expect("SELECT max(_row_id), count(DISTINCT _row_id) FROM s.t", "5006, 18\n");

  // An UPDATE carries both kinds on, and DELETE finds rows by them.
  Run("UPDATE s.t SET id = id + 1000 WHERE _row_id IN (11, 5002)");
  Expect(
      "SELECT id, _row_id, _last_updated_sequence_number FROM s.t WHERE id > 1000 "
      "ORDER BY id",
      "1101, 11, 3\n1102, 5002, 3\n");
  Expect("SELECT count(DISTINCT _row_id), count(*) FROM s.t", "18, 18\n");
  Run("DELETE FROM s.t WHERE _row_id = 13 OR _row_id = 5000");
  Expect(columns + "AND id < 1000 ORDER BY id",
         "104, 5004, 2\n105, 15, 2\n106, 5006, 1\n107, 17, 2\n");
}

TEST_F(ChangeRowsTest, StatisticsFilesTellTheOptimizerOfDistinctValues) {
  Run("CREATE TABLE s.t (id BIGINT, grp VARCHAR)");
  Run("INSERT INTO s.t SELECT i, 'g' || (i % 4) FROM range(1000) r(i)");
  Run("CREATE TABLE s.u AS SELECT * FROM s.t");
  const auto estimate = [&](const std::string& name) {
    return Text(*session_, "EXPLAIN SELECT * FROM s." + name + " WHERE grp = 'g1'");
  };
  ASSERT_OK_AND_ASSIGN(const std::string unknown, estimate("u"));
  EXPECT_EQ(unknown.find("~250 row"), std::string::npos) << unknown;
  const auto add = [](const iceberg::TableMetadata& base) {
    table::Alteration change;
    const iceberg::SnapshotId id = *base.current_snapshot_id;
    if (base.FindStatistics(id) == nullptr) {
      iceberg::StatisticsFile statistics{.snapshot_id = id, .path = "/none.puffin"};
      statistics.blobs.push_back({.type = "apache-datasketches-theta-v1",
                                  .snapshot_id = id,
                                  .sequence_number = base.last_sequence_number,
                                  .fields = {2},
                                  .properties = {{"ndv", "4"}}});
      change.updates.push_back(iceberg::update::SetStatistics{statistics});
    }
    return Result<table::Alteration>(change);
  };
  ASSERT_OK(table::AlterTable(lake_->context(), {{{"s"}}, "t"}, add).status());
  ASSERT_OK_AND_ASSIGN(const std::string known, estimate("t"));
  EXPECT_NE(known.find("~250 row"), std::string::npos) << known;
}

TEST_F(ChangeRowsTest, AnInterruptedUpdateLeavesNothing) {
  Run("CREATE TABLE s.t (id BIGINT, text VARCHAR) WITH ('write.update.mode' = "
      "'copy-on-write')");
  Run("INSERT INTO s.t SELECT i, repeat('x', 50) FROM range(400000) r(i)");
  std::atomic<bool> done = false;
  std::thread interrupter([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    while (!done) {
      session_->Interrupt();
      std::this_thread::sleep_for(std::chrono::milliseconds(3));
    }
  });
  const Status status =
      ReadAll(*session_, "UPDATE s.t SET text = repeat('y', 3000) WHERE id % 2 = 0")
          .status();
  done = true;
  interrupter.join();
  EXPECT_ERROR(status, ErrorCode::kCancelled, "");
  Expect("SELECT count(*), count(*) FILTER (text LIKE 'y%') FROM s.t", "400000, 0\n");
  ASSERT_OK_AND_ASSIGN(const auto loaded, lake_->catalog().LoadTable({{{"s"}}, "t"}));
  ASSERT_OK_AND_ASSIGN(
      const auto stray,
      table::ListUnreferencedFiles(lake_->fs(), loaded.metadata_location,
                                   *loaded.metadata, std::chrono::milliseconds::max()));
  EXPECT_EQ(stray.size(), 0u);
}

struct FaultCase {
  const char* name;
  const char* format_version;
  const char* mode;
  const char* sql;
  const char* before;
  const char* after;
};

constexpr char kRows[] = "0, n0\n1, n1\n2, n2\n3, n3\n4, n4\n5, n5\n6, n6\n7, n7\n";
constexpr FaultCase kFaultCases[] = {
    {"DeleteV2", "2", "merge-on-read", "DELETE FROM s.t WHERE id IN (2, 3)", kRows,
     "0, n0\n1, n1\n4, n4\n5, n5\n6, n6\n7, n7\n"},
    {"DeleteV3", "3", "merge-on-read", "DELETE FROM s.t WHERE id IN (2, 3)", kRows,
     "0, n0\n1, n1\n4, n4\n5, n5\n6, n6\n7, n7\n"},
    {"DeleteCopies", "2", "copy-on-write", "DELETE FROM s.t WHERE id IN (2, 3)", kRows,
     "0, n0\n1, n1\n4, n4\n5, n5\n6, n6\n7, n7\n"},
    {"DeleteWholeFiles", "2", "merge-on-read", "DELETE FROM s.t WHERE id < 4", kRows,
     "4, n4\n5, n5\n6, n6\n7, n7\n"},
    {"UpdateV3", "3", "merge-on-read", "UPDATE s.t SET name = 'u' WHERE id IN (2, 3)",
     kRows, "0, n0\n1, n1\n2, u\n3, u\n4, n4\n5, n5\n6, n6\n7, n7\n"},
    {"UpdateCopies", "3", "copy-on-write", "UPDATE s.t SET name = 'u' WHERE id IN (2, 3)",
     kRows, "0, n0\n1, n1\n2, u\n3, u\n4, n4\n5, n5\n6, n6\n7, n7\n"},
    {"Merge", "2", "merge-on-read",
     "MERGE INTO s.t USING (VALUES (1, 'm'), (9, 'i')) v(id, name) ON t.id = v.id WHEN "
     "MATCHED THEN UPDATE SET name = v.name WHEN NOT MATCHED THEN INSERT VALUES (v.id, "
     "v.name)",
     kRows, "0, n0\n1, m\n2, n2\n3, n3\n4, n4\n5, n5\n6, n6\n7, n7\n9, i\n"},
};

class ChangeFaultTest : public ChangeRowsTest,
                        public ::testing::WithParamInterface<FaultCase> {};

TEST_P(ChangeFaultTest, EveryOperationFailsOnce) {
  const FaultCase& c = GetParam();
  int fired = 0;
  for (int64_t fail_at = 0;; ++fail_at) {
    SCOPED_TRACE(std::string(c.name) + " fail_at=" + std::to_string(fail_at));
    Run("CREATE OR REPLACE TABLE s.t (id BIGINT, name VARCHAR) WITH (format_version = " +
        std::string(c.format_version) + ", 'write.delete.mode' = '" + c.mode +
        "', 'write.update.mode' = '" + c.mode + "')");
    Run("INSERT INTO s.t SELECT i, 'n' || i FROM range(0, 4) r(i)");
    Run("INSERT INTO s.t SELECT i, 'n' || i FROM range(4, 8) r(i)");
    lake_->fs().FailOperation(fail_at);
    const Status status = ReadAll(*session_, c.sql).status();
    const bool has_fired = lake_->fs().fault_fired();
    lake_->fs().FailOperation(-1);
    ASSERT_OK_AND_ASSIGN(const std::string rows,
                         Text(*session_, "SELECT * FROM s.t ORDER BY id"));
    if (status.ok()) {
      ASSERT_EQ(rows, c.after);
    } else if (!IsOutcomeUnknown(status)) {
      ASSERT_EQ(rows, c.before) << status.message();
      ASSERT_OK_AND_ASSIGN(const auto loaded, lake_->catalog().LoadTable({{{"s"}}, "t"}));
      ASSERT_OK_AND_ASSIGN(const auto stray,
                           table::ListUnreferencedFiles(
                               lake_->fs(), loaded.metadata_location, *loaded.metadata,
                               std::chrono::milliseconds::max()));
      const auto data = std::count_if(stray.begin(), stray.end(), [](const auto& file) {
        return file.location.find("/data/") != std::string::npos;
      });
      EXPECT_EQ(data, 0) << status.message();
    } else {
      ASSERT_TRUE(rows == c.before || rows == c.after) << rows;
    }
    if (!has_fired) {
      ASSERT_OK(status);
      break;
    }
    ++fired;
  }
  EXPECT_GT(fired, 5);
}

INSTANTIATE_TEST_SUITE_P(Statements, ChangeFaultTest, ::testing::ValuesIn(kFaultCases),
                         [](const auto& tested) {
                           return std::string(tested.param.name);
                         });

}  // namespace
}  // namespace tarn::engine
