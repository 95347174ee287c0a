// Statements of Trino's dialect other than queries: which handler has them, what clients
// are told was done, and names of errors.
#include <string>
#include <string_view>

#include "tarn/base/error.h"
#include "tarn/engine/engine.h"
#include "tarn/engine/session_text_test.h"
#include "tarn/sql/statement_parser.h"
#include "tarn/testing/lake.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::engine {
namespace {

class TrinoStatementsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_OK_AND_ASSIGN(lake_, testing::Lake::Make());
    ASSERT_OK(lake_->Create(10));  // ns.t (id long, name string)
    ASSERT_OK_AND_ASSIGN(engine_, Engine::Open({.threads = 2}, lake_->context()));
    ASSERT_OK_AND_ASSIGN(session_, engine_->Connect({.user = "ann", .dialect = "trino"}));
    ASSERT_OK(session_->Execute("USE ns"));
  }

  /// What was done; "error: " and the message.
  std::string Done(const std::string& sql) {
    const auto result = session_->Execute(sql);
    return result.ok() ? (*result)->statement_type()
                       : "error: " + result.status().message();
  }
  std::string Answer(const std::string& sql) {
    const auto text = Text(*session_, sql);
    return text.ok() ? *text : "error: " + text.status().message() + "\n";
  }

  std::unique_ptr<testing::Lake> lake_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Session> session_;
};

struct Step {
  const char* sql;
  const char* done;
};

constexpr Step kSteps[] = {
    {"CREATE SCHEMA iceberg.s", "CREATE SCHEMA"},
    {"CREATE SCHEMA iceberg.s", "error: line 1:1: Schema 'iceberg.s' already exists"},
    {"CREATE SCHEMA IF NOT EXISTS iceberg.s", "CREATE SCHEMA"},
    {"CREATE SCHEMA iceberg.p WITH (colour = 'red')",
     "error: line 1:31: INVALID_SCHEMA_PROPERTY: Catalog 'iceberg' schema property "
     "'colour' does not exist"},
    {"USE iceberg.s", "USE"},
    {"CREATE TABLE a (id bigint, r row(x integer)) COMMENT 'c' WITH (partitioning = "
     "ARRAY['bucket(id, 4)'], max_commit_retry = 7, extra_properties = MAP(ARRAY['k.l'], "
     "ARRAY['v']))",
     "CREATE TABLE"},
    {"CREATE TABLE a (id bigint)", "error: line 1:1: Table 'iceberg.s.a' already exists"},
    {"CREATE TABLE b (x integer) WITH (foo = 1)",
     "error: line 1:34: INVALID_TABLE_PROPERTY: Catalog 'iceberg' table property 'foo' "
     "does not exist"},
    {"CREATE TABLE b (first integer, LIKE a INCLUDING PROPERTIES, last integer)",
     "CREATE TABLE"},
    {"CREATE TABLE nosuch.b (x integer)",
     "error: line 1:1: Schema 'nosuch' does not exist"},
    {"ALTER TABLE a ADD COLUMN more varchar", "ADD COLUMN"},
    {"ALTER TABLE a ADD COLUMN more varchar",
     "error: line 1:1: COLUMN_ALREADY_EXISTS: Column 'more' already exists"},
    {"ALTER TABLE a RENAME COLUMN more TO less", "RENAME COLUMN"},
    {"ALTER TABLE a DROP COLUMN less", "DROP COLUMN"},
    {"ALTER TABLE a SET PROPERTIES max_commit_retry = DEFAULT", "SET PROPERTIES"},
    {"ALTER TABLE nosuch DROP COLUMN x",
     "error: line 1:1: Table 'iceberg.s.nosuch' does not exist"},
    {"ALTER TABLE IF EXISTS nosuch DROP COLUMN x", "DROP COLUMN"},
    {"COMMENT ON TABLE a IS 'of the table'", "COMMENT"},
    {"COMMENT ON COLUMN a.id IS 'of the column'", "COMMENT"},
    {"COMMENT ON COLUMN a.r.x IS 'of the field'", "COMMENT"},
    {"CREATE BRANCH old IN TABLE ns.t", "CREATE BRANCH"},
    {"ALTER BRANCH old IN TABLE ns.t FAST FORWARD TO main", "FAST FORWARD BRANCH"},
    {"DROP BRANCH old IN TABLE ns.t", "DROP BRANCH"},
    {"CREATE VIEW v AS SELECT id FROM a", "CREATE VIEW"},
    {"CREATE VIEW v AS SELECT id FROM a",
     "error: line 1:1: View 'iceberg.s.v' already exists"},
    {"CREATE VIEW w AS SELECT id + 1 FROM a",
     "error: line 1:1: MISSING_COLUMN_NAME: Column name not specified at position 1"},
    {"CREATE OR REPLACE VIEW v COMMENT 'no' AS SELECT upper(name) AS name FROM ns.t",
     "CREATE VIEW"},
    {"DROP TABLE v",
     "error: line 1:1: GENERIC_USER_ERROR: Table 'iceberg.s.v' does not exist, but a "
     "view with that name exists. Did you mean DROP VIEW iceberg.s.v?"},
    {"ALTER VIEW v RENAME TO w", "RENAME VIEW"},
    {"DROP VIEW w", "DROP VIEW"},
    {"DROP VIEW w",
     "error: line 1:1: TABLE_NOT_FOUND: View 'iceberg.s.w' does not exist"},
    {"CREATE TABLE c (one) AS SELECT 1", "CREATE TABLE"},
    {"TRUNCATE TABLE c", "TRUNCATE TABLE"},
    {"ANALYZE ns.t", "ANALYZE"},
    {"ALTER TABLE c RENAME TO d", "RENAME TABLE"},
    {"DROP TABLE d", "DROP TABLE"},
    {"DROP TABLE d", "error: line 1:1: Table 'iceberg.s.d' does not exist"},
    {"DROP SCHEMA s", "error: line 1:1: Cannot drop non-empty schema 's'"},
    {"DROP SCHEMA s CASCADE", "DROP SCHEMA"},
    {"DROP SCHEMA s", "error: line 1:1: Schema 'iceberg.s' does not exist"},
    {"DROP SCHEMA IF EXISTS s", "DROP SCHEMA"},
    {"GRANT SELECT ON ns.t TO USER bob",
     "error: line 1:1: GRANT in SQL is not supported"},
    {"ALTER TABLE ns.t SET AUTHORIZATION bob",
     "error: line 1:1: SET AUTHORIZATION is not supported"},
    {"START TRANSACTION", "START TRANSACTION"},
    {"ROLLBACK", "ROLLBACK"},
};

TEST_F(TrinoStatementsTest, EachKindHasItsHandler) {
  for (const Step& step : kSteps) {
    EXPECT_EQ(Done(step.sql), step.done) << step.sql;
  }
}

TEST_F(TrinoStatementsTest, ViewsKeepTrinosText) {
  ASSERT_EQ(Done("CREATE VIEW v AS SELECT id / 2 AS half FROM t"), "CREATE VIEW");
  EXPECT_EQ(Answer("SHOW CREATE VIEW v"),
            "CREATE VIEW iceberg.ns.v SECURITY DEFINER AS\nSELECT (id / 2) "
            "half\nFROM\n  t\n");
  EXPECT_EQ(Answer("SELECT max(half) FROM v"), Answer("SELECT max(id / 2) FROM t"));
  ASSERT_OK_AND_ASSIGN(const auto other, engine_->Connect());  // DuckDB's dialect
  ASSERT_OK_AND_ASSIGN(const auto text, Text(*other, "SELECT max(half) FROM ns.v"));
  EXPECT_EQ(text, Answer("SELECT max(id / 2) FROM t"));
}

TEST_F(TrinoStatementsTest, ParametersAreValuesOfTheTree) {
  ASSERT_OK_AND_ASSIGN(const auto parsed,
                       sql::ParseTrinoStatement("SELECT ? || '?', -?"));
  ASSERT_OK_AND_ASSIGN(const auto values, sql::ParseTrinoStatement("SELECT 'it''s', 5"));
  std::vector<sql::ExpressionPtr> parameters;
  const auto& query = *std::get<sql::QueryPtr>(values.node);
  for (const auto& item : std::get<sql::Select>(query.body).items) {
    parameters.push_back(item.value);
  }
  ASSERT_OK_AND_ASSIGN(const auto result, session_->Run(parsed, parsed.text, parameters));
  ASSERT_OK_AND_ASSIGN(const auto batch, result->Next());
  ASSERT_OK_AND_ASSIGN(const auto first, batch->column(0)->GetScalar(0));
  EXPECT_EQ(first->ToString(), "it's?");
  parameters.pop_back();
  EXPECT_EQ(session_->Run(parsed, parsed.text, parameters).status().message(),
            "line 1:1: INVALID_ARGUMENTS: Incorrect number of parameters: expected 2 but "
            "found 1");
  ASSERT_OK_AND_ASSIGN(const auto shape, session_->Describe(parsed, parsed.text));
  EXPECT_EQ(shape.parameters.size(), 2U);
  ASSERT_EQ(shape.columns.size(), 2U);
  EXPECT_EQ(shape.columns[1].name, "_col1");
}

TEST_F(TrinoStatementsTest, SessionsKnowTheirUser) {
  EXPECT_EQ(Answer("SELECT current_user"), "ann\n");
  EXPECT_EQ(CodeOf(engine_->Connect({.dialect = "spark"}).status()),
            ErrorCode::kInvalidArgument);
}

TEST_F(TrinoStatementsTest, TextsOfOtherGrammarsStillRun) {
  EXPECT_EQ(Done("ALTER TABLE t ADD COLUMNS (extra string)"), "ADD COLUMN");
  EXPECT_EQ(Done("CREATE TABLE spark (a string) USING iceberg PARTITIONED BY (a)"),
            "CREATE TABLE");
  EXPECT_EQ(Done("FROM t"), "SELECT");  // DuckDB's
  EXPECT_TRUE(Done("SELECT * EXCLUDE (id) FROM t")
                  .starts_with("error: line 1:10: mismatched input 'EXCLUDE'"));
  EXPECT_TRUE(Done("CREATE TABEL x")
                  .starts_with("error: line 1:8: mismatched input 'TABEL'. Expecting: "));
}

// What Spark calls table.suffix, beside Trino's "table$suffix".
TEST_F(TrinoStatementsTest, MetadataTablesBehindADot) {
  for (const char* name :
       {"t.snapshots", "ns.t.snapshots", "iceberg.ns.t.snapshots", "T.Snapshots"}) {
    EXPECT_EQ(Answer(std::string("SELECT count(*) > 0 FROM ") + name), "true\n") << name;
  }
  EXPECT_EQ(Answer("SELECT snapshots.operation FROM t.snapshots"),
            Answer("SELECT operation FROM \"t$snapshots\""));
  EXPECT_EQ(Answer("SELECT count(*) FROM t.history h JOIN t.refs r "
                   "ON h.snapshot_id = r.snapshot_id"),
            "1\n");
  EXPECT_THAT(Answer("SELECT * FROM t.nothing"),
              ::testing::HasSubstr("Schema 't' does not exist"));
  EXPECT_THAT(Answer("SELECT * FROM no.t.snapshots"),
              ::testing::HasSubstr("Catalog 'no' not found"));
  EXPECT_THAT(Done("CREATE VIEW v AS SELECT * FROM t.snapshots"),
              ::testing::HasSubstr("schema \"t\" does not exist"));
  // A table of that name comes first.
  EXPECT_EQ(Done("CREATE SCHEMA iceberg.t"), "CREATE SCHEMA");
  EXPECT_EQ(Done("CREATE TABLE iceberg.t.snapshots AS SELECT 7 AS seven"),
            "CREATE TABLE");
  EXPECT_EQ(Answer("SELECT seven FROM t.snapshots"), "7\n");
}

TEST_F(TrinoStatementsTest, DescribeOutputSaysWhereColumnsAreFrom) {
  EXPECT_EQ(Done("CREATE VIEW v AS SELECT id AS key, name FROM t"), "CREATE VIEW");
  const auto origins = [&](const std::string& query) {
    EXPECT_EQ(Done("PREPARE p FROM " + query), "PREPARE");
    return Answer("DESCRIBE OUTPUT p");
  };
  const std::string both =
      "id, iceberg, ns, t, bigint, false\nname, iceberg, ns, t, varchar, false\n";
  for (const char* query : {
           "SELECT id, name FROM t",
           "SELECT * FROM t",
           "TABLE ns.t",
           "SELECT x.id, x.name FROM iceberg.ns.t AS x",
           "SELECT x.* FROM t x CROSS JOIN v y",
           "WITH w AS (SELECT * FROM t) SELECT * FROM w",
           "SELECT * FROM (SELECT id, name FROM t WHERE id > ?) q",
           "SELECT id, name FROM t UNION ALL SELECT 1, 'a'",
           "SELECT id, name FROM t TABLESAMPLE BERNOULLI (10) ORDER BY id LIMIT 1",
       }) {
    EXPECT_EQ(origins(query), both) << query;
  }
  EXPECT_EQ(origins("SELECT id AS k, id + 1, 'a' AS l, key, v.name FROM t, v"),
            "k, iceberg, ns, t, bigint, true\n_col1, , , , bigint, false\n"
            "l, , , , varchar(1), true\nkey, iceberg, ns, v, bigint, false\n"
            "name, iceberg, ns, v, varchar, false\n");
  EXPECT_EQ(origins("SELECT * FROM t a JOIN t b USING (id)"),
            "id, iceberg, ns, t, bigint, false\nname, iceberg, ns, t, varchar, false\n"
            "name, iceberg, ns, t, varchar, false\n");
  EXPECT_EQ(origins("SELECT x, y FROM (SELECT id AS i, name FROM t) q(x, y)"),
            "x, iceberg, ns, t, bigint, false\ny, iceberg, ns, t, varchar, false\n");
  EXPECT_EQ(origins("SELECT * FROM (SELECT id AS i, name FROM t) q"),
            "i, iceberg, ns, t, bigint, true\nname, iceberg, ns, t, varchar, false\n");
  EXPECT_EQ(origins("SELECT id, e FROM t CROSS JOIN UNNEST(ARRAY[1]) u(e)"),
            "id, iceberg, ns, t, bigint, false\ne, , , , integer, false\n");
  EXPECT_EQ(origins("SELECT count(*) FROM t"), "_col0, , , , bigint, false\n");
}

TEST_F(TrinoStatementsTest, ShowFunctionsHasWindowsAndLambdas) {
  EXPECT_EQ(
      Answer("SHOW FUNCTIONS LIKE '%rank'"),
      "dense_rank, bigint, , window, true, \npercent_rank, double, , window, true, \n"
      "rank, bigint, , window, true, \n");
  EXPECT_EQ(Answer("SHOW FUNCTIONS LIKE 'nth_value'"),
            "nth_value, t, t, bigint, window, true, \n");
  EXPECT_NE(Answer("SHOW FUNCTIONS LIKE 'reduce'")
                .find("reduce, R, array(T), S, function(S,T,S), function(S,R), scalar"),
            std::string::npos);
  for (const char* name : {"transform", "filter", "any_match", "zip_with", "reduce_agg",
                           "map_zip_with", "transform_values", "lag", "row_number"}) {
    EXPECT_NE(Answer(std::string("SHOW FUNCTIONS LIKE '") + name + "'"), "") << name;
  }
}

TEST_F(TrinoStatementsTest, ShowCatalogsLeavesOutTheEnginesOwn) {
  EXPECT_EQ(Answer("SHOW CATALOGS"), "iceberg\nsystem\n");
  EXPECT_EQ(Answer("SHOW CATALOGS LIKE 'mem%'"), "");
}

}  // namespace
}  // namespace tarn::engine
