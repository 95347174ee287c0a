// Sessions that reach tables only: every function, pragma and kind of statement is tried.
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/base/error.h"
#include "tarn/engine/engine.h"
#include "tarn/engine/internal/file_roots.h"
#include "tarn/engine/internal/reach_lists.h"
#include "tarn/engine/session_text_test.h"
#include "tarn/testing/lake.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::engine {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSecret = "CANARYWORD";

class ReachTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_OK_AND_ASSIGN(lake_, testing::Lake::Make());
    ASSERT_OK(lake_->Create(10));  // ns.t (id long, name string)
    root_ = fs::path(::testing::TempDir()) / "tarn-reach";
    fs::remove_all(root_);
    fs::create_directories(root_ / "open");
    for (const char* name : {"canary.csv", "open/shown.csv"}) {
      std::ofstream(root_ / name) << "word\n" << kSecret << "\n";
    }
    fs::create_symlink(root_ / "canary.csv", root_ / "open" / "link.csv");
    Open({});
  }
  void TearDown() override {
    confined_.reset();
    session_.reset();
    engine_.reset();
    fs::remove_all(root_);
  }

  void Open(const std::vector<std::string>& roots) {
    confined_.reset();
    session_.reset();
    ASSERT_OK_AND_ASSIGN(
        engine_, Engine::Open({.threads = 2, .file_roots = roots}, lake_->context()));
    ASSERT_OK_AND_ASSIGN(session_, engine_->Connect());
    ASSERT_OK_AND_ASSIGN(confined_, engine_->Connect({.reaches_server = false}));
  }

  std::string Canary() const { return (root_ / "canary.csv").string(); }

  /// Names of one kind, from a session that may ask.
  std::set<std::string> Names(const std::string& kind) {
    std::set<std::string> names;
    const auto text = Text(*session_,
                           "SELECT DISTINCT function_name FROM duckdb_functions() WHERE "
                           "schema_name = 'main' AND function_type = '" +
                               kind + "'");
    EXPECT_OK(text.status());
    std::string line;
    for (const char c : text.ValueOr("")) {
      if (c == '\n') {
        names.insert(std::exchange(line, ""));
      } else {
        line += c;
      }
    }
    return names;
  }

  void ExpectRefused(const std::string& sql) {
    SCOPED_TRACE(sql);
    const auto text = Text(*confined_, sql);
    EXPECT_EQ(CodeOf(text.status()), ErrorCode::kForbidden) << text.status().ToString();
    EXPECT_EQ(text.status().message().find(kSecret), std::string::npos);
  }

  std::unique_ptr<testing::Lake> lake_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Session> session_;
  std::unique_ptr<Session> confined_;
  fs::path root_;
};

TEST_F(ReachTest, EveryFunctionIsInAList) {
  for (const char* kind : {"scalar", "aggregate"}) {
    for (const std::string& name : Names(kind)) {
      EXPECT_NE(ReachOfFunction(name), Reach::kUnknown) << name;
    }
  }
  for (const std::string& name : Names("table")) {
    EXPECT_NE(ReachOfTableFunction(name), Reach::kUnknown) << name;
  }
}

TEST_F(ReachTest, TableFunctionsOfTheServerAreRefused) {
  const std::vector<std::string> arguments = {"",
                                              "'" + Canary() + "'",
                                              "'" + Canary() + "', 'x'",
                                              "'" + Canary() + "', 'x', 1",
                                              "'SELECT 1'",
                                              "1",
                                              "1, 2, 3"};
  size_t num_refused = 0;
  for (const std::string& name : Names("table")) {
    const Reach reach = ReachOfTableFunction(name);
    if (reach == Reach::kTables || name == "seq_scan") {
      continue;
    }
    bool is_refused = false;
    for (const std::string& given : arguments) {
      const auto text = Text(*confined_, "SELECT * FROM " + name + "(" + given + ")");
      ASSERT_FALSE(text.ok()) << name << "(" << given << ")";
      EXPECT_EQ(text.status().message().find(kSecret), std::string::npos) << name;
      is_refused |= CodeOf(text.status()) == ErrorCode::kForbidden;
    }
    // Those that take an address in memory find none of these arguments.
    EXPECT_TRUE(is_refused || name.starts_with("arrow_scan")) << name;
    num_refused += is_refused ? 1 : 0;
  }
  EXPECT_GT(num_refused, 45U);
}

TEST_F(ReachTest, StatementsOfTheServerAreRefused) {
  const std::string canary = "'" + Canary() + "'";
  const std::string copied = "'" + (root_ / "out.csv").string() + "'";
  for (const std::string& sql : std::vector<std::string>{
           "FROM read_csv(" + canary + ")",
           "COPY iceberg.ns.t TO " + copied,
           "COPY (SELECT 1) TO " + copied,
           "COPY iceberg.ns.t FROM " + canary,
           "COPY FROM DATABASE iceberg TO memory",
           "EXPLAIN COPY (SELECT 1) TO " + copied,
           "EXPLAIN ANALYZE COPY (SELECT 1) TO " + copied,
           "PREPARE p AS COPY (SELECT 1) TO " + copied,
           "EXPORT DATABASE " + copied,
           "IMPORT DATABASE " + copied,
           "ATTACH " + copied + " AS other",
           "ATTACH ':memory:' AS other",
           "ATTACH '' AS other (TYPE rest, URI 'http://127.0.0.1:9')",
           "DETACH iceberg",
           "INSTALL httpfs",
           "LOAD httpfs",
           "UPDATE EXTENSIONS",
           "SET memory_limit = '1GB'",
           "SET GLOBAL TimeZone = 'UTC'",
           "SET threads = 1",
           "RESET threads",
           "PRAGMA threads = 1",
           "PRAGMA enable_profiling",
           "PRAGMA database_size",
           "SET enable_external_access = true",
           "SET profile_output = " + copied,
           "CREATE TEMP TABLE x (a int)",
           "CREATE TABLE memory.main.x (a int)",
           "CREATE TEMP TABLE temp.main.x (a int)",
           "CREATE OR REPLACE TEMP TABLE x AS SELECT 1 AS a",
           "CREATE VIEW memory.main.x AS SELECT 1 AS a",
           "CREATE TEMP VIEW x AS SELECT 1 AS a",
           "CREATE MACRO f(a) AS a + 1",
           "CREATE TEMP MACRO f(a) AS a + 1",
           "CREATE FUNCTION memory.main.f(a) AS a + 1",
           "CREATE TYPE memory.main.mood AS ENUM ('a')",
           "CREATE TEMP TYPE mood AS ENUM ('a')",
           "CREATE SEQUENCE memory.main.s",
           "CREATE SCHEMA memory.s",
           "CREATE SECRET s (TYPE s3)",
           "DROP SECRET s",
           "CHECKPOINT",
           "FORCE CHECKPOINT",
           "VACUUM",
           "ANALYZE",
           "CALL enable_logging()",
           "CALL read_text(" + canary + ")",
           "SELECT current_setting('temp_directory')",
           "SELECT current_setting('temp' || '_directory')",
           "SELECT sleep_ms(1)",
           "SELECT write_log('x')",
           "SELECT [1].list_aggregate('combine')",
           "SELECT json_serialize_plan('SELECT 1')",
           "SELECT * FROM query('SELECT 1')",
           "SELECT * FROM query_table('iceberg.ns.t')",
           "CREATE TABLE iceberg.ns.x AS FROM read_text(" + canary + ")",
           "INSERT INTO iceberg.ns.t SELECT 1, content FROM read_text(" + canary + ")",
           "CREATE VIEW iceberg.ns.x AS FROM read_text(" + canary + ")",
           "SET VARIABLE x = (SELECT content FROM read_text(" + canary + "))",
           "EXECUTE IMMEDIATE 'COPY (SELECT 1) TO ''/tmp/x'''",
       }) {
    if (sql.starts_with("EXECUTE IMMEDIATE") || sql.find("'combine'") != sql.npos) {
      EXPECT_FALSE(Text(*confined_, sql).ok()) << sql;  // DuckDB does not know it
      continue;
    }
    ExpectRefused(sql);
  }
  EXPECT_FALSE(fs::exists(root_ / "out.csv"));
}

TEST_F(ReachTest, NamesOfFilesAreNoTables) {
  for (const std::string& sql :
       {"SELECT * FROM '" + Canary() + "'", "SELECT * FROM \"" + Canary() + "\"",
        "DESCRIBE '" + Canary() + "'", "SUMMARIZE '" + Canary() + "'"}) {
    const auto text = Text(*confined_, sql);
    ASSERT_FALSE(text.ok()) << sql;
    EXPECT_EQ(text.status().message().find(kSecret), std::string::npos) << sql;
  }
}

TEST_F(ReachTest, WhatOthersMadeDoesNotLeadToFiles) {
  ASSERT_OK(Text(*session_, "CREATE VIEW iceberg.ns.v AS SELECT * FROM read_csv('" +
                                Canary() + "')"));
  ASSERT_OK(Text(*session_, "CREATE MACRO memory.main.peek() AS TABLE FROM read_csv('" +
                                Canary() + "')"));
  ASSERT_OK(Text(*session_, "CREATE TABLE memory.main.kept AS SELECT 1 AS a"));
  EXPECT_OK(Text(*session_, "FROM iceberg.ns.v"));
  ExpectRefused("FROM iceberg.ns.v");
  ExpectRefused("SELECT count(*) FROM iceberg.ns.t WHERE name IN (FROM iceberg.ns.v)");
  ExpectRefused("FROM memory.main.peek()");
  ExpectRefused("FROM memory.main.kept");
}

TEST_F(ReachTest, TablesAreReached) {
  for (const char* sql :
       {"SELECT count(*) FROM iceberg.ns.t WHERE id > 3",
        "CREATE SCHEMA iceberg.own",
        "CREATE TABLE iceberg.own.x AS SELECT id, name FROM iceberg.ns.t",
        "INSERT INTO iceberg.own.x VALUES (100, 'b')",
        "UPDATE iceberg.own.x SET name = upper(name) WHERE id < 3",
        "DELETE FROM iceberg.own.x WHERE id = 4",
        "MERGE INTO iceberg.own.x USING (SELECT 5 AS id) s ON x.id = s.id WHEN MATCHED "
        "THEN DELETE",
        "SELECT * FROM iceberg.own.\"x$snapshots\"",
        "ALTER TABLE iceberg.own.x ADD COLUMN more int",
        "CREATE VIEW iceberg.own.v AS SELECT id FROM iceberg.own.x",
        "FROM iceberg.own.v",
        "DROP VIEW iceberg.own.v",
        "EXPLAIN FROM iceberg.ns.t",
        "EXPLAIN ANALYZE FROM iceberg.ns.t",
        "DESCRIBE iceberg.ns.t",
        "SHOW DATABASES",
        "SUMMARIZE iceberg.ns.t",
        "PREPARE p AS SELECT ? + 1",
        "EXECUTE p(1)",
        "DEALLOCATE p",
        "SET TimeZone = 'Europe/Berlin'",
        "SELECT current_setting('TimeZone')",
        "RESET TimeZone",
        "SET VARIABLE x = 5",
        "SELECT getvariable('x')",
        "BEGIN",
        "SELECT 1",
        "COMMIT",
        "USE iceberg.own",
        "SHOW TABLES",
        "SELECT * FROM information_schema.tables",
        "SELECT * FROM duckdb_tables()",
        "PIVOT iceberg.ns.t ON id USING count(*)",
        "SELECT list_transform([1, 2], lambda x: x + 1), [3, 1].list_sum()",
        "SELECT sum(id) OVER (ORDER BY name) FROM iceberg.ns.t",
        "CALL pragma_version()",
        "PRAGMA show_tables",
        "DROP TABLE iceberg.own.x",
        "DROP SCHEMA iceberg.own"}) {
    EXPECT_OK(Text(*confined_, sql).status()) << sql;
  }
}

TEST_F(ReachTest, FilesBelowARootAreRead) {
  Open({(root_ / "open").string()});
  const std::string shown = (root_ / "open" / "shown.csv").string();
  for (const std::string& sql :
       {"SELECT word FROM read_csv('" + shown + "')", "SELECT word FROM '" + shown + "'",
        "SELECT content FROM read_text('" + shown + "')"}) {
    ASSERT_OK_AND_ASSIGN(const std::string text, Text(*confined_, sql));
    EXPECT_NE(text.find(kSecret), std::string::npos) << sql;
  }
  const std::string open = (root_ / "open").string();
  for (const std::string& path :
       {Canary(), open + "/../canary.csv", open + "/link.csv", open + "/*.csv",
        open + "/../*.csv", root_.string() + "/*", root_.string() + "/op*/shown.csv",
        std::string("canary.csv"), std::string("/etc/passwd"),
        std::string("http://127.0.0.1:9/x.csv")}) {
    ExpectRefused("SELECT * FROM read_text('" + path + "')");
    ExpectRefused("SELECT * FROM read_csv('" + path + "')");
    ExpectRefused("SELECT * FROM glob('" + path + "')");
  }
  ExpectRefused("COPY (SELECT 1 AS a) TO '" + open + "/out.csv'");
}

TEST(FileRoots, KnowsWhatIsBelow) {
  ASSERT_OK_AND_ASSIGN(const auto roots,
                       FileRoots::Make({"/usr/share/", "s3://bucket/a"}));
  for (const char* path : {"/usr/share/x", "file:///usr/share/x", "/usr/share/*/y",
                           "/usr/share//x", "s3://bucket/a/b", "s3://bucket/a/*.csv"}) {
    EXPECT_TRUE(roots.Contains(path)) << path;
  }
  for (const char* path :
       {"/usr/sharex", "/usr/share/../x", "/usr/*", "/usr/shar?", "usr/share/x", "",
        "s3://bucket/ab", "s3://bucket/a/../b", "s3://other/a/b", "http://bucket/a/b",
        "file://host/usr/share/x", "file:usr/share/x"}) {
    EXPECT_FALSE(roots.Contains(path)) << path;
  }
  EXPECT_FALSE(FileRoots().Contains("/usr/share/x"));
  EXPECT_ERROR(FileRoots::Make({"relative"}), ErrorCode::kInvalidArgument, "relative");
}

}  // namespace
}  // namespace tarn::engine
