// Random DELETEs, UPDATEs, MERGEs and INSERTs on an Iceberg table and on a table of
// DuckDB's own: both must hold the same rows after every statement.

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "tarn/engine/engine.h"
#include "tarn/engine/session_text_test.h"
#include "tarn/testing/lake.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::engine {
namespace {

struct ModelCase {
  const char* name;
  const char* options;
  uint32_t seed;
};

constexpr ModelCase kModelCases[] = {
    {"V2", "format_version = 2", 1},
    {"V3", "format_version = 3", 2},
    {"V1", "format_version = 1", 3},
    {"V2Partitioned", "format_version = 2, partitioning = ARRAY['g', 'month(d)']", 4},
    {"V3Partitioned", "format_version = 3, partitioning = ARRAY['bucket(id, 4)']", 5},
    {"V3Copies",
     "format_version = 3, 'write.delete.mode' = 'copy-on-write', 'write.update.mode' = "
     "'copy-on-write', 'write.merge.mode' = 'copy-on-write'",
     6},
    {"V2Mixed",
     "format_version = 2, 'write.update.mode' = 'copy-on-write', partitioning = "
     "ARRAY['g']",
     7},
};

/// Statements on table $t (id BIGINT, g INTEGER, s VARCHAR, d DATE, x DOUBLE); ids are
/// unique.
class Statements {
 public:
  explicit Statements(uint32_t seed) : random_(seed) {}

  std::string Next() {
    switch (Pick(10)) {
      case 0:
      case 1:
      case 2:
        return "DELETE FROM $t WHERE " + Filter();
      case 3:
      case 4:
        return "UPDATE $t SET " + Assignment() + " WHERE " + Filter();
      case 5:
        return "UPDATE $t SET s = u.s FROM " + Source() + " u WHERE $t.id = u.id";
      case 6:
        return "MERGE INTO $t AS t USING " + Source() +
               " u ON t.id = u.id WHEN MATCHED AND u.g = 0 THEN DELETE WHEN MATCHED "
               "THEN UPDATE SET g = u.g, s = u.s WHEN NOT MATCHED AND u.g < 3 THEN "
               "INSERT (id, g, d) VALUES (u.id, u.g, DATE '2024-02-29')";
      case 7:
        return "DELETE FROM $t USING " + Source() + " u WHERE $t.id = u.id AND u.g > 2";
      default:
        return Insert();
    }
  }

  std::string Insert() {
    const int64_t begin = next_id_;
    next_id_ += 1 + Pick(120);
    return "INSERT INTO $t SELECT i, (i % 5)::INTEGER, CASE WHEN i % 7 <> 0 THEN 's' || "
           "i END, DATE '2024-01-01' + (i % 90)::INTEGER, CASE WHEN i % 11 = 0 THEN "
           "'nan'::DOUBLE ELSE i / 4 - 3 END FROM range(" +
           std::to_string(begin) + ", " + std::to_string(next_id_) + ") r(i)";
  }

 private:
  int64_t Pick(int64_t below) {
    return std::uniform_int_distribution<int64_t>(0, below - 1)(random_);
  }
  std::string Id() { return std::to_string(Pick(next_id_ + 5)); }

  std::string Filter() {
    switch (Pick(12)) {
      case 0: {
        const int64_t begin = Pick(next_id_);
        return "id BETWEEN " + std::to_string(begin) + " AND " +
               std::to_string(begin + Pick(100));
      }
      case 1:
        return "g = " + std::to_string(Pick(6));
      case 2:
        return "g IN (1, " + std::to_string(Pick(6)) + ") AND id < " + Id();
      case 3:
        return "s IS NULL";
      case 4:
        return "d >= DATE '2024-03-01' AND id % 3 = 0";
      case 5:
        return "id % " + std::to_string(2 + Pick(5)) + " = 1";
      case 6:
        return "x > " + std::to_string(Pick(300)) + " OR id = " + Id();
      case 7:
        return "NOT (x <= 10)";
      case 8:
        return "id IN (SELECT max(id) FROM $t GROUP BY g)";
      case 9:
        return "s LIKE 's1%' AND g <> 2";
      case 10:
        return "d = (SELECT min(d) FROM $t)";
      default:
        return "x = 'nan'::DOUBLE AND id > " + Id();
    }
  }

  std::string Assignment() {
    switch (Pick(5)) {
      case 0:
        return "g = g + 1";
      case 1:
        return "s = NULL, x = x + 0.25";
      case 2:
        return "s = upper(s) || g, d = d + 31";
      case 3:
        return "x = (SELECT count(*) FROM $t)";
      default:
        return "g = DEFAULT, d = DATE '2024-01-15'";
    }
  }

  std::string Source() {
    const int64_t begin = Pick(next_id_);
    const int64_t end = begin + 1 + Pick(60);
    next_id_ = std::max(next_id_, end);  // a MERGE may insert them
    return "(SELECT i AS id, (i % 4)::INTEGER AS g, 'u' || i AS s FROM range(" +
           std::to_string(begin) + ", " + std::to_string(end) + ") r(i))";
  }

  std::mt19937 random_;
  int64_t next_id_ = 0;
};

class ChangeModelTest : public ::testing::TestWithParam<ModelCase> {
 protected:
  void SetUp() override {
    ASSERT_OK_AND_ASSIGN(lake_, testing::Lake::Make());
    ASSERT_OK_AND_ASSIGN(engine_, Engine::Open({.threads = 2}, lake_->context()));
    ASSERT_OK_AND_ASSIGN(session_, engine_->Connect());
  }

  Result<std::string> On(const std::string& table, std::string sql) {
    for (size_t at = 0; (at = sql.find("$t", at)) != std::string::npos;) {
      sql.replace(at, 2, table);
    }
    return Text(*session_, sql);
  }

  std::unique_ptr<testing::Lake> lake_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Session> session_;
};

TEST_P(ChangeModelTest, HoldsWhatTheModelHolds) {
  constexpr int kStatements = 30;
  const char* const model = "memory.main.model";
  const char* const table = "iceberg.ns.changed";
  const char* const columns = "(id BIGINT, g INTEGER, s VARCHAR, d DATE, x DOUBLE)";
  ASSERT_OK(On(model, std::string("CREATE TABLE $t ") + columns).status());
  ASSERT_OK(On(table, std::string("CREATE TABLE $t ") + columns + " WITH (" +
                          GetParam().options + ")")
                .status());
  Statements statements(GetParam().seed);
  for (int i = 0; i < kStatements; ++i) {
    const std::string sql = i < 3 ? statements.Insert() : statements.Next();
    SCOPED_TRACE(std::to_string(i) + ": " + sql);
    ASSERT_OK_AND_ASSIGN(const std::string changed, On(table, sql));
    ASSERT_OK_AND_ASSIGN(const std::string expected, On(model, sql));
    ASSERT_EQ(changed, expected);
    for (const char* question :
         {"SELECT * FROM $t ORDER BY id", "SELECT count(*), min(id), max(d) FROM $t"}) {
      ASSERT_OK_AND_ASSIGN(const std::string rows, On(table, question));
      ASSERT_OK_AND_ASSIGN(const std::string model_rows, On(model, question));
      ASSERT_EQ(rows, model_rows) << question;
    }
  }
  if (std::string(GetParam().options).find("version = 3") != std::string::npos) {
    ASSERT_OK_AND_ASSIGN(const std::string ids,
                         On(table, "SELECT count(*) - count(DISTINCT _row_id) FROM $t"));
    EXPECT_EQ(ids, "0\n");
  }
}

INSTANTIATE_TEST_SUITE_P(Tables, ChangeModelTest, ::testing::ValuesIn(kModelCases),
                         [](const auto& tested) {
                           return std::string(tested.param.name);
                         });

}  // namespace
}  // namespace tarn::engine
