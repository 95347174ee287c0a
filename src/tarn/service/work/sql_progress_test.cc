#include "tarn/service/work/sql_progress.h"

#include <gtest/gtest.h>

namespace tarn::service {
namespace {

using enum StatementNature;

TEST(StatementNature, IsThatOfItsFirstWords) {
  struct Case {
    const char* statement;
    StatementNature nature;
  };
  constexpr Case kCases[] = {
      {"select 1", kReads},
      {" -- a word\n ( SELECT 1)", kReads},
      {"/* DELETE */ VALUES 1", kReads},
      {"/* no end", kOther},
      {"", kOther},
      {"explain select 1", kReads},
      {"EXPLAIN ANALYZE INSERT INTO t VALUES 1", kOther},
      {"WITH a AS (SELECT 1) INSERT INTO t FROM a", kWritesRows},
      {"insert into t values 1", kWritesRows},
      {"CREATE TABLE t AS SELECT 1", kWritesRows},
      {"create or replace table t as select 1", kWritesRows},
      {"CREATE TEMP TABLE t (i INT)", kOther},
      {"CREATE SCHEMA s", kOther},
      {"CREATE OR REPLACE VIEW v AS SELECT 1", kOther},
      {"USE iceberg.sales", kSession},
      {"BEGIN", kBegins},
      {"START TRANSACTION", kBegins},
      {"COMMIT", kEnds},
      {"CALL system.optimize('t')", kOther},
      {"SELECT * FROM postgres_execute('p', 'DELETE FROM t')", kOther},
      {"DROP TABLE t", kOther},
      {"selecting", kOther}};
  for (const Case& one : kCases) {
    EXPECT_EQ(NatureOf(one.statement), one.nature) << one.statement;
  }
}

TEST(SqlMemory, ComesBackFromItsJson) {
  const SqlMemory memory{
      .statement = 3,
      .rows_changed = 17,
      .tables = {{.catalog = "iceberg", .ident = {{{"a", "b"}}, "t.u"}},
                 {.catalog = "other", .ident = {{{"c"}}, "v"}, .new_table_uuid = "id"}}};
  const auto read = SqlMemoryFromJson(SqlMemoryToJson(memory));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(SqlMemoryToJson(*read), SqlMemoryToJson(memory));
  EXPECT_EQ(read->tables[0].ident.name, "t.u");
  EXPECT_EQ(read->statement, 3U);
  for (const Json& wrong :
       {Json(3), Json::object(), Json{{"statement", -1}, {"rows_changed", 0}},
        Json{{"statement", 0}, {"rows_changed", 0}, {"tables", {1}}}}) {
    EXPECT_FALSE(SqlMemoryFromJson(wrong).ok()) << wrong;
  }
}

}  // namespace
}  // namespace tarn::service
