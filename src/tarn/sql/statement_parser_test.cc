#include "tarn/sql/statement_parser.h"

#include <gtest/gtest.h>

#include "tarn/base/error.h"
#include "tarn/sql/printer.h"

namespace tarn::sql {
namespace {

std::string ErrorOf(std::string_view text) {
  const auto statement = ParseTrinoStatement(text);
  return statement.ok() ? "none" : statement.status().message();
}

/// As a Trino 476 answers.
TEST(StatementParser, ErrorsSayWhatTrinoSays) {
  struct Case {
    std::string_view text;
    std::string_view error;
  };
  constexpr Case kCases[] = {
      {"SELECT 1; SELECT 2",
       "line 1:9: mismatched input ';'. Expecting: '%', '*', '+', ',', '-', '.', '/', "
       "'AND', 'AS', 'AT', 'EXCEPT', 'FETCH', 'FROM', 'GROUP', 'HAVING', 'INTERSECT', "
       "'LIMIT', 'OFFSET', 'OR', 'ORDER', 'UNION', 'WHERE', 'WINDOW', '[', '||', <EOF>, "
       "<identifier>, <predicate>"},
      {"SELEC 1",
       "line 1:1: mismatched input 'SELEC'. Expecting: 'ALTER', 'ANALYZE', 'CALL', "
       "'COMMENT', 'COMMIT', 'CREATE', 'DEALLOCATE', 'DELETE', 'DENY', 'DESC', "
       "'DESCRIBE', 'DROP', 'EXECUTE', 'EXPLAIN', 'GRANT', 'INSERT', 'MERGE', 'PREPARE', "
       "'REFRESH', 'RESET', 'REVOKE', 'ROLLBACK', 'SET', 'SHOW', 'START', 'TRUNCATE', "
       "'UPDATE', 'USE', 'WITH', <query>"},
      {"select * from t t x",
       "line 1:19: mismatched input 'x'. Expecting: '(', ',', 'CROSS', 'EXCEPT', "
       "'FETCH', "
       "'FULL', 'GROUP', 'HAVING', 'INNER', 'INTERSECT', 'JOIN', 'LEFT', 'LIMIT', "
       "'MATCH_RECOGNIZE', 'NATURAL', 'OFFSET', 'ORDER', 'RIGHT', 'TABLESAMPLE', "
       "'UNION', "
       "'WHERE', 'WINDOW', <EOF>"},
      {"select * from",
       "line 1:14: mismatched input '<EOF>'. Expecting: '(', 'JSON_TABLE', 'LATERAL', "
       "'TABLE', 'UNNEST', <identifier>"},
      {"select a from t where",
       "line 1:22: mismatched input '<EOF>'. Expecting: "
       "<expression>"},
      {"select foo(,1)",
       "line 1:12: mismatched input ','. Expecting: ')', '*', 'ALL', "
       "'DISTINCT', 'ORDER', <expression>"},
      {"CREATE )",
       "line 1:8: mismatched input ')'. Expecting: 'CATALOG', 'FUNCTION', "
       "'MATERIALIZED', 'OR', 'ROLE', 'SCHEMA', 'TABLE', 'VIEW'"},
      {"SELECT CAST(a AS )", "line 1:18: mismatched input ')'. Expecting: <type>"},
      {"select 1x",
       "line 1:8: identifiers must not start with a digit; surround the "
       "identifier with double quotes"},
      {"SELECT \"\" FROM t", "line 1:8: Zero-length delimited identifier not allowed"},
      {"update t x set a=1", "line 1:10: mismatched input 'x'. Expecting: '.', 'SET'"},
      {"drop",
       "line 1:5: mismatched input '<EOF>'. Expecting: 'CATALOG', 'FUNCTION', "
       "'MATERIALIZED', 'ROLE', 'SCHEMA', 'TABLE', 'VIEW'"},
      {"select x'0'", "line 1:8: Binary literal must contain an even number of digits"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.text);
    EXPECT_EQ(ErrorOf(c.text), c.error);
  }
}

TEST(StatementParser, WhatIsLeftOutSaysSo) {
  for (const std::string_view text :
       {"SELECT * FROM t MATCH_RECOGNIZE (PATTERN (a) DEFINE a AS true)",
        "CREATE FUNCTION f() RETURNS bigint RETURN 1", "DROP FUNCTION f()",
        "WITH FUNCTION f() RETURNS bigint RETURN 1 SELECT f()"}) {
    SCOPED_TRACE(text);
    const auto statement = ParseTrinoStatement(text);
    ASSERT_FALSE(statement.ok());
    EXPECT_EQ(CodeOf(statement.status()), ErrorCode::kNotSupported);
    EXPECT_TRUE(statement.status().message().starts_with("line 1:"));
  }
}

/// Statements are printed; what is printed is read and printed the same.
std::string Printed(std::string_view text) {
  const auto statement = ParseTrinoStatement(text);
  if (!statement.ok()) {
    return statement.status().message();
  }
  std::string printed = PrintStatement(*statement);
  const auto again = ParseTrinoStatement(printed);
  EXPECT_TRUE(again.ok()) << printed << again.status();
  if (again.ok()) {
    EXPECT_EQ(PrintStatement(*again), printed);
  }
  return printed;
}

/// As a Trino 476 prints.
TEST(Printer, LaysTextOutAsTrinoDoes) {
  EXPECT_EQ(Printed("SELECT * FROM t WHERE id > ? AND name = ?"),
            "SELECT *\nFROM\n  t\nWHERE ((id > ?) AND (name = ?))\n");
  EXPECT_EQ(Printed("select id, name from t order by 1 desc limit 5"),
            "SELECT\n  id\n, name\nFROM\n  t\nORDER BY 1 DESC\nLIMIT 5\n");
  EXPECT_EQ(
      Printed("with recursive r(n) as (select 1 union all select n+1 from r) "
              "select distinct * from r natural join z"),
      "WITH RECURSIVE\n  r (n) AS (\n   SELECT 1\n\nUNION ALL    SELECT (n + 1)\n"
      "   FROM\n     r\n) \nSELECT DISTINCT *\nFROM\n  (r\nNATURAL INNER JOIN z)\n");
  EXPECT_EQ(Printed("values 1, (2, 3)"), " VALUES \n  1\n, ROW (2, 3)\n");
  EXPECT_EQ(Printed("select a, grouping(a) from t, unnest(x) with ordinality as u(y, n) "
                    "group by grouping sets ((a, b), ()), cube(a), a"),
            "SELECT\n  a\n, GROUPING (a)\nFROM\n  t\n, UNNEST(x) WITH ORDINALITY u (y, n)"
            "\nGROUP BY GROUPING SETS ((a, b), ()), CUBE ((a)), a\n");
  EXPECT_EQ(Printed("update t set a = 1, b = b + 1 where c in (1)"),
            "UPDATE t SET\n   a = 1,\n   b = (b + 1)\nWHERE (c IN (1))");
  EXPECT_EQ(
      Printed("merge into t x using s on x.a = s.a when matched and s.d then delete "
              "when not matched then insert (a) values (s.a)"),
      "MERGE INTO t x\n   USING s\n   ON (x.a = s.a)\nWHEN MATCHED AND s.d\n   THEN "
      "DELETE\nWHEN NOT MATCHED\n   THEN INSERT (a)VALUES (s.a)");
}

TEST(StatementParser, QueriesBehindParentheses) {
  for (const std::string_view text :
       {"((select 1))", "(select 1) union (select 2) order by 1",
        "((select 1) union select 2) limit 1", "select ((select 1) union (select 2))",
        "select ((select 1)) + 1", "select * from ((select 1) x cross join (select 2) y)",
        "select * from (((select 1)) union select 2) z", "select a in ((select 1))",
        "select a in ((select 1) union select 2)", "insert into t (select 1)",
        "insert into t (a) (select 1)", "select * from (a join b on true) x"}) {
    SCOPED_TRACE(text);
    EXPECT_NE(Printed(text).substr(0, 5), "line ");
  }
}

TEST(StatementParser, WordsOfClausesAreNamesToo) {
  for (const std::string_view text :
       {"select 1 limit", "select a offset from t limit", "select window from window w",
        "select 1 as all, fetch, format, first from fetch fetch fetch first 1 row only",
        "select date, timestamp, interval, row, map, position from t tablesample",
        "select limit.limit from limit limit 5", "select a at, b filter from t",
        "select count(*) filter, count(*) over from t", "select if, key, value from t"}) {
    SCOPED_TRACE(text);
    EXPECT_NE(Printed(text).substr(0, 5), "line ");
  }
}

template <typename Node>
Node As(std::string_view text) {
  const auto statement = ParseTrinoStatement(text);
  EXPECT_TRUE(statement.ok()) << text << statement.status();
  const Node* node = statement.ok() ? std::get_if<Node>(&statement->node) : nullptr;
  if (node == nullptr) {
    ADD_FAILURE() << text;
    return Node{};
  }
  return *node;
}

TEST(StatementParser, EveryKindOfStatement) {
  const auto create = As<statement::CreateTableStatement>(
      "CREATE TABLE c.s.t (id bigint NOT NULL COMMENT 'k', LIKE u INCLUDING PROPERTIES) "
      "COMMENT 'c' WITH (format = 'PARQUET', partitioning = ARRAY['day(ts)'], "
      "extra_properties = MAP(ARRAY['a'], ARRAY['b']))");
  EXPECT_EQ(create.table.partitioning, (std::vector<std::string>{"day(ts)"}));
  EXPECT_EQ(create.properties.size(), 3U);
  EXPECT_EQ(create.properties[0].at, (Position{1, 100}));
  EXPECT_TRUE(create.likes.at(0).including_properties.value_or(false));
  EXPECT_NE(As<statement::CreateTableStatement>("create table t as (select 1) with no "
                                                "data")
                .query,
            nullptr);
  EXPECT_EQ(As<statement::ExecuteProcedure>("alter table t execute optimize(a => '1MB') "
                                            "where x = 1")
                .arguments.size(),
            1U);
  EXPECT_EQ(As<AlterTable>("alter table t add column a.b bigint").actions.size(), 1U);
  EXPECT_EQ(As<statement::Call>("call a.b(1, x => 2)").arguments.size(), 2U);
  EXPECT_EQ(As<statement::Explain>("explain (type io, format json) select 1").type, "IO");
  EXPECT_EQ(As<statement::Explain>("explain analyze (format json) select 1").format,
            "JSON");
  EXPECT_EQ(As<statement::Explain>("explain analyze (select 1)").format, "");
  EXPECT_FALSE(
      ParseTrinoStatement("explain analyze (format json, type io) select 1").ok());
  EXPECT_EQ(As<statement::Prepare>("prepare p from insert into t values ?")
                .statement->num_parameters,
            1);
  EXPECT_EQ(As<statement::StartTransaction>(
                "start transaction isolation level repeatable read, read only")
                .isolation,
            "REPEATABLE READ");
  EXPECT_EQ(As<statement::Grant>("grant select, insert on table t to role r with grant "
                                 "option")
                .privileges.size(),
            2U);
  EXPECT_EQ(As<statement::SetRole>("set role none").choice, statement::RoleChoice::kNone);
  EXPECT_EQ(As<statement::Use>("use a.b").schema.text, "b");
  EXPECT_TRUE(As<statement::Drop>("drop schema if exists a.b cascade").is_cascade);
  EXPECT_EQ(As<statement::Show>("show tables from a.b like 'x$_' escape '$'").escape,
            "$");
  EXPECT_EQ(As<Insert>("insert into t @ b (x) select 1").table.branch->text, "b");
  EXPECT_EQ(As<Merge>("merge into t using s on a when not matched by source then delete "
                      "when matched then update set * when not matched then insert *")
                .clauses.size(),
            3U);
  for (const std::string_view text :
       {"create view v comment 'x' security invoker as select 1",
        "create or replace materialized view v grace period interval '1' hour when stale "
        "inline comment 'x' with (a = 'b') as select 1",
        "refresh materialized view v",
        "alter view a rename to b",
        "alter schema a set authorization user b",
        "drop materialized view if exists v",
        "alter materialized view a set properties x = default, y = 1",
        "comment on column a.b is null",
        "analyze t with (columns = array['a'])",
        "show stats for (select 1)",
        "show create materialized view v",
        "execute p using 1, 'a'",
        "execute immediate 'select ?' using 2",
        "describe output p",
        "set session a.b = 'x'",
        "reset session a.b",
        "set time zone local",
        "set time zone interval '2' hour",
        "set path a.b, c",
        "commit work",
        "rollback",
        "truncate table t",
        "create role r with admin user x",
        "revoke admin option for a from user x",
        "deny delete on t to x",
        "create branch b in table t from main",
        "drop branch if exists b in table t",
        "alter branch main in table t fast forward to b",
        "show branches in table t",
        "create catalog c using x with (a = 'b')",
        "explain analyze verbose select 1",
        "create schema if not exists a.b with (location = 'x')",
        "insert overwrite t select 1",
        "insert overwrite table t partition (a = 'x', b) select 1",
        "insert into t partition (a = -1.5, b = null, c = date '2026-01-01') (d) select "
        "1",
        "select a from t qualify row_number() over () = 1",
        "select a, count(*) from t group by all",
        "select * from t @ b for timestamp as of timestamp '2024-01-01 00:00:00' x"}) {
    SCOPED_TRACE(text);
    EXPECT_EQ(ErrorOf(text), "none");
  }
}

TEST(StatementParser, PartitionClauseTakesConstantsOnce) {
  for (const auto& [text, error] : std::vector<std::pair<std::string, std::string>>{
           {"insert overwrite t partition () select 1",
            "line 1:31: mismatched input ')'. Expecting: <identifier>"},
           {"insert overwrite t partition (a = b) select 1",
            "line 1:35: mismatched input 'b'. Expecting: <constant>"},
           {"insert overwrite t partition (a = 1, A) select 1",
            "line 1:38: PARTITION names a column twice: A"},
           {"insert overwrite t partition (a = 1 select 1",
            "line 1:37: mismatched input 'select'. Expecting: ')'"},
           {"insert overwrite t partition (a = 1) if not exists select 1",
            "INSERT … PARTITION (…) IF NOT EXISTS is not supported on Iceberg tables; "
            "leave IF NOT EXISTS out"}}) {
    SCOPED_TRACE(text);
    EXPECT_EQ(ErrorOf(text), error);
  }
}

TEST(StatementParser, LongChainsNeedNoStack) {
  std::string query = "select 1";
  for (int i = 0; i < 1000; ++i) {
    query += " union all select " + std::to_string(i) + " where a = 1 or b = 2";
  }
  EXPECT_EQ(ErrorOf(query), "none");
  std::string rows = "insert into t values (1, 'a' || 'b')";
  for (int i = 0; i < 5'000; ++i) {
    rows += ", (" + std::to_string(i) + " + 1, 'a' || 'b')";
  }
  EXPECT_EQ(ErrorOf(rows), "none");
  for (const std::string_view part :
       {"explain ", "select (select ", "select * from (", "(", "with a as (",
        "select * from t join (", "select a in ("}) {
    std::string deep;
    for (int i = 0; i < 20'000; ++i) {
      deep += part;
    }
    const auto statement = ParseTrinoStatement(deep);
    EXPECT_EQ(CodeOf(statement.status()), ErrorCode::kSyntax) << part;
  }
}

}  // namespace
}  // namespace tarn::sql
