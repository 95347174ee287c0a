// Statements in Trino's dialect, through a session.
#include <string>
#include <string_view>

#include <arrow/util/key_value_metadata.h>

#include "tarn/engine/trino_session_test.h"

namespace tarn::engine {
namespace {

class TrinoDialectTest : public TrinoSessionTest {};

struct Case {
  std::string_view sql;
  std::string_view answer;  // a line for each row
};

constexpr Case kExpressions[] = {
    {"SELECT 7 / 2, -7 / 2, 7 % -2", "3, -3, 1\n"},
    {"SELECT 1.0 / 3", "0.3\n"},
    {"SELECT 1 BETWEEN 0 AND 2, 3 NOT BETWEEN 0 AND 2", "true, true\n"},
    {"SELECT CASE 2 WHEN 1 THEN 'a' WHEN 2 THEN 'b' END", "b\n"},
    {"SELECT if(false, 1), nullif(1, 1), coalesce(null, 2)", "null, null, 2\n"},
    {"SELECT nan() = nan(), nan() <> nan(), nan() > 1e0, 1e0 < nan()",
     "false, true, false, false\n"},
    {"SELECT 'a_c' LIKE 'a#_c' ESCAPE '#', 'abc' LIKE 'a#_c' ESCAPE '#'",
     "true, false\n"},
    {"SELECT 1 IN (1, null), 2 NOT IN (1)", "true, true\n"},
    {"SELECT 3 > ALL (VALUES 1, 2), 1 = ANY (VALUES 2, 3)", "true, false\n"},
    {"SELECT try(1 / 0), try_cast('x' AS integer)", "null, null\n"},
    {"SELECT date '2024-01-31' + interval '1' month", "2024-02-29\n"},
    {"SELECT x FROM (VALUES 1e0, 3e0) t(x) WHERE x > (SELECT avg(y) FROM (VALUES 2e0) "
     "u(y))",
     "3\n"},
    {"SELECT (SELECT 5) BETWEEN 1 AND (SELECT 6), (SELECT 7) / 2, - (SELECT 1)",
     "true, 3, -1\n"},
    {"SELECT extract(dow FROM date '2024-02-18')", "7\n"},
    {"SELECT 10000000000, 0xFF", "10000000000, 255\n"},
    {"SELECT -2147483648, -2147483649, -5000000000, -9223372036854775808, -0x10",
     "-2147483648, -2147483649, -5000000000, -9223372036854775808, -16\n"},
    {"SELECT typeof(-2147483648), typeof(-2147483649)", "integer, bigint\n"},
    {"SELECT -9223372036854775809",
     "error: line 1:8: Invalid numeric literal: -9223372036854775809\n"},
};

TEST_F(TrinoDialectTest, Expressions) {
  for (const Case& c : kExpressions) {
    EXPECT_EQ(Answer(c.sql), c.answer) << c.sql;
  }
}

constexpr Case kLambdas[] = {
    {"SELECT reduce(ARRAY[1, 2, 3], 0, (s, x) -> s + x, s -> s * 10)", "60\n"},
    {"SELECT cast(reduce(ARRAY[1, 2], 0, (s, x) -> s + x * 0.5e0, s -> s) AS varchar)",
     "1.5E0\n"},
    {"SELECT reduce(ARRAY['a', 'b'], 0, (s, x) -> s + 1, s -> s)", "2\n"},
    {"SELECT array_join(array_sort(ARRAY['bb', 'a', 'ccc', 'd'], (x, y) -> "
     "sign(length(y) - length(x))), ' ')",
     "ccc bb a d\n"},
    {"SELECT element_at(map_zip_with(MAP(ARRAY[1, 2], ARRAY[10, 20]), MAP(ARRAY[2], "
     "ARRAY[5]), (k, a, b) -> k + a + coalesce(b, 0)), 2)",
     "27\n"},
    {"SELECT any_match(ARRAY[1, null], x -> x > 5), all_match(ARRAY[], x -> x > 1)",
     "null, true\n"},
    {"SELECT element_at(transform_values(MAP(ARRAY['a'], ARRAY[1]), (k, v) -> v + 1), "
     "'a')",
     "2\n"},
    {"SELECT cardinality(filter(transform(sequence(1, 10), x -> x * y), z -> z > 20)) "
     "FROM (VALUES 5) t(y)",
     "6\n"},
};

TEST_F(TrinoDialectTest, Lambdas) {
  for (const Case& c : kLambdas) {
    EXPECT_EQ(Answer(c.sql), c.answer) << c.sql;
  }
}

constexpr Case kQueries[] = {
    {"SELECT count(*), max(id) FROM ns.t", "10, 9\n"},
    {"SELECT x, y, n FROM UNNEST(ARRAY[1, 2], ARRAY['a']) WITH ORDINALITY AS u(x, y, n) "
     "ORDER BY n",
     "1, a, 1\n2, null, 2\n"},
    {"SELECT k, v FROM UNNEST(MAP(ARRAY['a'], ARRAY[1])) AS u(k, v)", "a, 1\n"},
    {"SELECT t.x, u.y FROM (VALUES (1, ARRAY[5, 6])) t(x, a) LEFT JOIN UNNEST(a) AS u(y) "
     "ON TRUE ORDER BY 2",
     "1, 5\n1, 6\n"},
    {"SELECT b, * FROM (VALUES (1, 2)) l(a, b) JOIN (VALUES (2, 3)) r(b, c) USING (b)",
     "2, 2, 1, 3\n"},
    {"WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 4) "
     "SELECT sum(n) FROM r",
     "10\n"},
    {"SELECT a, grouping(a), count(*) FROM (VALUES 1, 2) t(a) GROUP BY ROLLUP (a) "
     "ORDER BY a",
     "1, 0, 1\n2, 0, 1\nnull, 1, 2\n"},
    {"SELECT x FROM (VALUES 1, null, 2) t(x) ORDER BY x DESC", "2\n1\nnull\n"},
    {"SELECT x FROM (VALUES 1, 2, 2, 3) t(x) ORDER BY x DESC FETCH FIRST 2 ROWS WITH "
     "TIES",
     "3\n2\n2\n"},
    {"SELECT x, lag(x, 1, 0) OVER w FROM (VALUES 1, 2) t(x) WINDOW w AS (ORDER BY x)",
     "1, 0\n2, 1\n"},
    {"SELECT listagg(x, '-') WITHIN GROUP (ORDER BY x DESC) FROM (VALUES 'a', 'b') t(x)",
     "b-a\n"},
    {"SELECT id FROM ns.t FOR VERSION AS OF 'main' WHERE id = 3", "3\n"},
    {"SELECT count(*) > 0 FROM ns.\"t$snapshots\"", "true\n"},
    {"(SELECT 1 UNION SELECT 2) EXCEPT SELECT 1", "2\n"},
    {"SELECT x FROM (VALUES 1, 2, 3) t(x) QUALIFY row_number() OVER (ORDER BY x DESC) = "
     "1",
     "3\n"},
    {"SELECT * FROM TABLE(sequence(start => 5, stop => 1, step => -2))", "5\n3\n1\n"},
    {"SELECT * FROM TABLE(exclude_columns(TABLE(SELECT 1 a, 2 b), DESCRIPTOR(a)))",
     "2\n"},
    // Copies the plan of the scans.
    {"WITH w AS (SELECT a.id FROM ns.t a, ns.t b WHERE a.id = b.id) SELECT id FROM w "
     "WHERE id IN (SELECT id FROM w) AND id > 8 LIMIT 5",
     "9\n"},
};

TEST_F(TrinoDialectTest, Queries) {
  for (const Case& c : kQueries) {
    EXPECT_EQ(Answer(c.sql), c.answer) << c.sql;
  }
}

TEST_F(TrinoDialectTest, ColumnsAreNamedAndTypedAsTrinoDoes) {
  ASSERT_OK_AND_ASSIGN(
      const auto stream,
      session_->Execute("SELECT 'abc', ID, 1.50 AS \"X y\", cast(null AS varchar(3)), "
                        "timestamp '2024-01-01 00:00:00' FROM ns.t LIMIT 1"));
  const auto& schema = *stream->schema();
  const std::pair<std::string_view, std::string_view> expected[] = {
      {"_col0", "varchar(3)"},
      {"ID", "bigint"},
      {"X y", "decimal(3, 2)"},
      {"_col3", "varchar(3)"},
      {"_col4", "timestamp(0)"}};
  for (int i = 0; i < schema.num_fields(); ++i) {
    const auto& [name, type] = expected[i];
    EXPECT_EQ(schema.field(i)->name(), name);
    ASSERT_OK_AND_ASSIGN(const auto written,
                         schema.field(i)->metadata()->Get("trino.type"));
    EXPECT_EQ(written, type);
  }
}

TEST_F(TrinoDialectTest, ChangesData) {
  EXPECT_EQ(Answer("INSERT INTO ns.t (id, name) VALUES (100, 'x'), (101, 'y')"), "2\n");
  EXPECT_EQ(Answer("UPDATE ns.t SET name = name || '!' WHERE id / 2 = 50"), "2\n");
  EXPECT_EQ(Answer("DELETE FROM ns.t WHERE id < 100"), "10\n");
  EXPECT_EQ(Answer("MERGE INTO ns.t AS d USING (VALUES (100, 'z'), (102, 'n')) s(id, n) "
                   "ON d.id = s.id WHEN MATCHED THEN UPDATE SET name = s.n "
                   "WHEN NOT MATCHED THEN INSERT (id, name) VALUES (s.id, s.n)"),
            "2\n");
  EXPECT_EQ(Answer("SELECT id, name FROM ns.t ORDER BY id"), "100, z\n101, y!\n102, n\n");
}

constexpr Case kErrors[] = {
    {"SELECT\n  nosuch(1)", "error: line 2:3: Function 'nosuch' not registered\n"},
    {"SELECT 1 WHERE '1' = 1",
     "error: TYPE_MISMATCH: Cannot apply operator: varchar(1) = integer\n"},
    {"SELECT 1 UNION SELECT 2 ORDER BY rank() OVER w",
     "error: line 1:34: Cannot resolve WINDOW name w\n"},
    {"SELECT date '2024-01-01' + 1",
     "error: TYPE_MISMATCH: Cannot apply operator: date + integer\n"},
    {"SELECT 1 IN ('a')",
     "error: TYPE_MISMATCH: IN value and list items must be the same type or coercible "
     "to "
     "a common type. Cannot find common type between integer and varchar(1)\n"},
    {"SELECT reduce(ARRAY[1.5], 0.0, (s, x) -> s * x, s -> s)",
     "error: NOT_SUPPORTED: A state of decimal(1,1) that becomes decimal(3,2) is not "
     "supported; cast the first state and the lambda's result to one type\n"},
    {"SELECT regexp_like('b', '[a-z&&[^b]]')",
     "error: NOT_SUPPORTED: Classes of characters within one another are not supported "
     "in "
     "regular expressions: [a-z&&[^b]]\n"},
    {"SELECT 1 / 0", "error: DIVISION_BY_ZERO: Division by zero\n"},
    {"SELECT * FROM (VALUES 1) a(x) NATURAL JOIN (VALUES 1) b(x)",
     "error: line 1:15: Natural join is not supported\n"},
};

TEST_F(TrinoDialectTest, ErrorsSayWhereAndWhat) {
  for (const Case& c : kErrors) {
    EXPECT_EQ(Answer(c.sql), c.answer) << c.sql;
  }
}

TEST_F(TrinoDialectTest, TheDialectIsTheSessions) {
  EXPECT_EQ(Answer("SET SESSION dialect = 'duckdb'"), "");
  EXPECT_EQ(Answer("SELECT 7 / 2"), "3.5\n");
  EXPECT_EQ(Answer("SET SESSION dialect = 'spark'"),
            "error: dialect must be 'trino' or 'duckdb', not spark\n");
}

}  // namespace
}  // namespace tarn::engine
