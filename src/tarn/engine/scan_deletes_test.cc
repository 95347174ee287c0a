// Queries over tables with delete files of every kind, against the same rows without.

#include <map>
#include <string>
#include <vector>

#include <arrow/array/array_binary.h>
#include <arrow/array/array_primitive.h>
#include <arrow/record_batch.h>

#include "tarn/engine/engine.h"
#include "tarn/engine/session_text_test.h"
#include "tarn/iceberg/position_set.h"
#include "tarn/storage/delete_file_writer.h"
#include "tarn/storage/table_writer.h"
#include "tarn/table/scan.h"
#include "tarn/table/write.h"
#include "tarn/testing/lake.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::engine {
namespace {

enum class Kind { kPositionDeletes, kDeletionVectors, kEqualityDeletes };

const iceberg::TableIdent& Ident() {
  static const iceberg::TableIdent ident{{{"s"}}, "t"};
  return ident;
}

/// s.t with three files of several row groups each, and s.kept with the rows of it that
/// `kKept` accepts.
class ScanDeletesTest : public ::testing::TestWithParam<Kind> {
 protected:
  static constexpr char kGone[] = "(id % 7 = 3 OR id BETWEEN 4000 AND 6500)";

  void SetUp() override {
    ASSERT_OK_AND_ASSIGN(lake_, testing::Lake::Make());
    ASSERT_OK_AND_ASSIGN(engine_, Engine::Open({.threads = 4}, lake_->context()));
    ASSERT_OK_AND_ASSIGN(session_, engine_->Connect());
    const bool vectors = GetParam() == Kind::kDeletionVectors;
    Run("CREATE SCHEMA s");
    Run(std::string("CREATE TABLE s.t (id BIGINT, grp INTEGER, name VARCHAR, x DOUBLE) "
                    "WITH (format_version = ") +
        (vectors ? "3" : "2") + ", 'write.delete.mode' = '" + delete_mode_ + "')");
    for (const char* range :
         {"range(0, 5000)", "range(5000, 12000)", "range(12000, 15000)"}) {
      ASSERT_OK(AppendFile(std::string("SELECT i, (i % 10)::INTEGER, CASE WHEN i % 5 <> "
                                       "0 THEN 'n' || i END, i / 3 FROM ") +
                           range + " r(i) ORDER BY i"));
    }
    Run(std::string("CREATE TABLE s.kept AS SELECT * FROM s.t WHERE NOT ") + kGone);
    ASSERT_OK(DeleteRows(kGone));
  }

  void Run(const std::string& sql) {
    SCOPED_TRACE(sql);
    ASSERT_OK(ReadAll(*session_, sql).status());
  }

  /// One file with row groups of a thousand rows.
  Status AppendFile(const std::string& query) {
    ARROW_ASSIGN_OR_RAISE(table_, lake_->catalog().LoadTable(Ident()));
    const table::Context context = lake_->context();
    ARROW_ASSIGN_OR_RAISE(const auto writer, storage::TableWriter::Open(
                                                 context.io, table_.metadata,
                                                 {.parquet = {.row_group_rows_max = 1000},
                                                  .table_name = "t"},
                                                 context.clock, context.random));
    ARROW_ASSIGN_OR_RAISE(const Batches rows, ReadAll(*session_, query));
    for (const auto& batch : rows) {
      RETURN_NOT_OK(writer->Append(*batch));
    }
    table::WriteRequest request{.ident = Ident()};
    ARROW_ASSIGN_OR_RAISE(request.files, writer->Finish());
    return table::Write(context, request).status();
  }

  Result<table::ScanPlan> Plan() {
    ARROW_ASSIGN_OR_RAISE(table_, lake_->catalog().LoadTable(Ident()));
    return table::PlanScan(lake_->fs(), {.metadata = table_.metadata});
  }

  Result<std::vector<iceberg::DataFile>> PositionDeletes(const std::string& filter) {
    ARROW_ASSIGN_OR_RAISE(const table::ScanPlan plan, Plan());
    ARROW_ASSIGN_OR_RAISE(
        const Batches rows,
        ReadAll(*session_, "SELECT _file, _pos FROM s.t WHERE " + filter));
    std::map<std::string, iceberg::PositionSet> by_file;
    for (const auto& batch : rows) {
      const auto& files = static_cast<const arrow::StringArray&>(*batch->column(0));
      const auto& positions = static_cast<const arrow::Int64Array&>(*batch->column(1));
      for (int64_t row = 0; row < batch->num_rows(); ++row) {
        by_file[files.GetString(row)].Add(positions.Value(row));
      }
    }
    std::vector<storage::FileDeletes> deletes;
    for (const table::FileScanTask& task : plan.tasks) {
      deletes.push_back({.file = &task.file, .positions = by_file[task.file.file_path]});
    }
    const table::Context context = lake_->context();
    return storage::WritePositionDeletes(context.io, *table_.metadata, deletes,
                                         context.clock, context.random);
  }

  Result<std::vector<iceberg::DataFile>> EqualityDeletes(const std::string& filter) {
    ARROW_ASSIGN_OR_RAISE(table_, lake_->catalog().LoadTable(Ident()));
    const table::Context context = lake_->context();
    ARROW_ASSIGN_OR_RAISE(const auto writer, storage::EqualityDeleteWriter::Open(
                                                 context.io, table_.metadata, {1}, {},
                                                 context.clock, context.random));
    ARROW_ASSIGN_OR_RAISE(const Batches rows,
                          ReadAll(*session_, "SELECT * FROM s.t WHERE " + filter));
    for (const auto& batch : rows) {
      RETURN_NOT_OK(writer->Append(*batch));
    }
    return writer->Finish();
  }

  Status DeleteRows(const std::string& filter) {
    table::WriteRequest request{.ident = Ident(), .mode = table::WriteMode::kRowDelta};
    if (GetParam() == Kind::kEqualityDeletes) {
      ARROW_ASSIGN_OR_RAISE(request.delete_files, EqualityDeletes(filter));
    } else {
      ARROW_ASSIGN_OR_RAISE(request.delete_files, PositionDeletes(filter));
    }
    return table::Write(lake_->context(), request).status();
  }

  /// `sql` says $t for the table; every answer must be the same without deletes.
  void ExpectSame(const std::string& sql) {
    SCOPED_TRACE(sql);
    const auto on = [&](const std::string& name) {
      std::string text = sql;
      for (size_t at = 0; (at = text.find("$t", at)) != std::string::npos;) {
        text.replace(at, 2, name);
      }
      return Text(*session_, text);
    };
    ASSERT_OK_AND_ASSIGN(const std::string with_deletes, on("s.t"));
    ASSERT_OK_AND_ASSIGN(const std::string without, on("s.kept"));
    EXPECT_EQ(with_deletes, without);
    EXPECT_NE(without, "");
  }

  std::string delete_mode_ = "merge-on-read";
  std::unique_ptr<testing::Lake> lake_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Session> session_;
  catalog::LoadedTable table_;
};

class CopyOnWriteTest : public ScanDeletesTest {
 protected:
  CopyOnWriteTest() { delete_mode_ = "copy-on-write"; }
};

TEST_P(ScanDeletesTest, HasSeveralRowGroups) {
  ASSERT_OK_AND_ASSIGN(const table::ScanPlan plan, Plan());
  ASSERT_EQ(plan.tasks.size(), 3u);
  for (const table::FileScanTask& task : plan.tasks) {
    EXPECT_GT(task.file.split_offsets.size(), 2u);
    EXPECT_FALSE(task.deletes.empty());
  }
}

TEST_P(ScanDeletesTest, Trap14AnswersAsWithoutTheRows) {
  for (const char* sql : {
           "SELECT count(*) FROM $t",
           "SELECT count(*), min(id), max(id), min(x), max(x), min(name) FROM $t",
           "SELECT count(name), count(DISTINCT grp), round(sum(x), 3) FROM $t",
           "SELECT grp, count(*), sum(id) FROM $t GROUP BY grp ORDER BY grp",
           "SELECT * FROM $t WHERE id IN (2, 3, 3999, 4000, 6500, 6501, 14999) ORDER BY "
           "id",
           "SELECT count(*) FROM $t WHERE id BETWEEN 3990 AND 6510",
           "SELECT count(*) FROM $t WHERE id BETWEEN 4100 AND 4200",
           "SELECT count(*) FROM $t WHERE id > 14990",
           "SELECT id, name FROM $t WHERE name = 'n6502'",
           "SELECT count(*) FROM $t WHERE name IS NULL",
           "SELECT id, name FROM $t WHERE name LIKE 'n1499%' ORDER BY id",
           "SELECT * FROM $t ORDER BY id LIMIT 5",
           "SELECT * FROM $t ORDER BY x DESC LIMIT 5 OFFSET 7",
           "SELECT * FROM $t WHERE id > 3995 ORDER BY id LIMIT 3",
           "SELECT * FROM $t ORDER BY name, id LIMIT 10",
           "SELECT count(*) FROM (SELECT * FROM $t LIMIT 9999999)",
           "SELECT count(*) FROM (SELECT * FROM $t LIMIT 20 OFFSET 30)",
           "SELECT count(*) FROM (SELECT * FROM $t USING SAMPLE reservoir(99999 ROWS))",
           "SELECT count(*) FROM $t a JOIN $t b ON a.id = b.id + 1",
           "SELECT count(*), sum(a.id) FROM $t a JOIN (SELECT 7 * i AS id FROM range(9) "
           "r(i)) b ON a.id = b.id",
           "SELECT count(*) FROM $t a WHERE EXISTS (SELECT 1 FROM $t b WHERE b.id = "
           "a.id + 7)",
           "SELECT count(*) FROM $t a JOIN $t b ON a.file_index = b.file_index AND "
           "a.file_row_number = b.file_row_number WHERE a.id <> b.id",
           "SELECT grp, name FROM (SELECT *, row_number() OVER (PARTITION BY grp ORDER "
           "BY id DESC) AS n FROM $t) WHERE n = 1 ORDER BY grp",
           "SELECT DISTINCT ON (grp) grp, id FROM $t ORDER BY grp, id",
           "SELECT count(*) FROM (SELECT id FROM $t EXCEPT SELECT id FROM $t WHERE grp "
           "= 1)",
           "SELECT count(*) FROM $t WHERE id = (SELECT max(id) FROM $t)",
           "SELECT approx_count_distinct(grp), bool_or(id = 4000), bool_or(id = 3) FROM "
           "$t",
       }) {
    ExpectSame(sql);
  }
}

TEST_P(ScanDeletesTest, Trap22PlacesOfRowsAreThoseInTheFile) {
  ASSERT_OK_AND_ASSIGN(const std::string moved,
                       Text(*session_,
                            "SELECT count(*) FROM s.t WHERE _pos <> id - CASE WHEN id < "
                            "5000 THEN 0 WHEN id < 12000 THEN 5000 ELSE 12000 END"));
  EXPECT_EQ(moved, "0\n");
  ASSERT_OK_AND_ASSIGN(
      const std::string first,
      Text(*session_, "SELECT id FROM s.t WHERE file_row_number < 5 ORDER BY id"));
  EXPECT_EQ(first, "0\n1\n2\n4\n12000\n12002\n12003\n12004\n");
}

TEST_P(ScanDeletesTest, DeletesAddUp) {
  if (GetParam() == Kind::kDeletionVectors) {
    Run("DELETE FROM s.t WHERE id % 7 = 5");  // the one vector of a file is replaced
  } else {
    ASSERT_OK(DeleteRows("id % 7 = 5"));
  }
  Run("CREATE OR REPLACE TABLE s.kept AS SELECT * FROM s.kept WHERE id % 7 <> 5");
  ExpectSame("SELECT count(*), sum(id), min(id), max(id) FROM $t");
  ExpectSame("SELECT * FROM $t ORDER BY id LIMIT 10");
}

TEST_P(ScanDeletesTest, SqlDeletesBesideThem) {
  Run("DELETE FROM s.t WHERE grp = 1 OR id = 3");
  Run("UPDATE s.t SET name = 'new' WHERE grp = 2");
  Run("CREATE OR REPLACE TABLE s.kept AS SELECT id, grp, CASE WHEN grp = 2 THEN 'new' "
      "ELSE name END AS name, x FROM s.kept WHERE grp <> 1");
  ExpectSame("SELECT count(*), sum(id), min(id), max(id), count(name) FROM $t");
  ExpectSame("SELECT * FROM $t WHERE grp < 4 ORDER BY id LIMIT 20");
  Run("DELETE FROM s.t WHERE id < 5000");
  Run("CREATE OR REPLACE TABLE s.kept AS SELECT * FROM s.kept WHERE id >= 5000");
  ExpectSame("SELECT count(*), sum(id), min(id), max(id), count(name) FROM $t");
}

TEST_P(CopyOnWriteTest, AppliesTheDeletesThatWereThere) {
  Run("CREATE OR REPLACE TABLE s.kept AS SELECT * FROM s.kept WHERE grp <> 4");
  Run("DELETE FROM s.t WHERE grp = 4");
  ExpectSame("SELECT count(*), sum(id), min(id), max(id), count(name) FROM $t");
  ASSERT_OK_AND_ASSIGN(const table::ScanPlan plan, Plan());
  for (const table::FileScanTask& task : plan.tasks) {
    EXPECT_TRUE(task.deletes.empty()) << task.file.file_path;
  }
}

std::string NameOfKind(const ::testing::TestParamInfo<Kind>& info) {
  switch (info.param) {
    case Kind::kPositionDeletes:
      return "PositionDeletes";
    case Kind::kDeletionVectors:
      return "DeletionVectors";
    case Kind::kEqualityDeletes:
      break;
  }
  return "EqualityDeletes";
}

const auto kKinds = ::testing::Values(Kind::kPositionDeletes, Kind::kDeletionVectors,
                                      Kind::kEqualityDeletes);
INSTANTIATE_TEST_SUITE_P(Kinds, ScanDeletesTest, kKinds, NameOfKind);
INSTANTIATE_TEST_SUITE_P(Kinds, CopyOnWriteTest, kKinds, NameOfKind);

}  // namespace
}  // namespace tarn::engine
