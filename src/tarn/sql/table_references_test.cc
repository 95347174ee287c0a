#include "tarn/sql/table_references.h"

#include <gtest/gtest.h>

#include "tarn/testing/status_matchers.h"

namespace tarn::sql {
namespace {

/// "a.b c" for the names that were found, in brackets what follows AS OF.
std::string Found(std::string_view sql) {
  const auto references = FindTableReferences(sql);
  if (!references.ok()) {
    return references.status().message();
  }
  std::string text;
  for (const TableReference& reference : *references) {
    text += text.empty() ? "" : " ";
    for (size_t i = 0; i < reference.name.parts.size(); ++i) {
      text += (i > 0 ? "." : "") + reference.name.parts[i];
    }
    if (reference.as_of.has_value()) {
      const AsOfClause& clause = *reference.as_of;
      text += clause.unit == AsOfUnit::kVersion ? "[version " : "[timestamp ";
      text += std::string(clause.value.In(sql));
      text += clause.alias.In(sql).empty()
                  ? "]"
                  : " " + std::string(clause.alias.In(sql)) + "]";
    }
  }
  return text;
}

struct Case {
  const char* name;
  const char* sql;
  const char* found;
};

constexpr Case kNames[] = {
    {"from", "SELECT a.b.c FROM x.y.files WHERE q.w.e = 1", "x.y.files"},
    {"quoted", "SELECT 1 FROM \"A\".`b`.\"c.d\"", "A.b.c.d"},
    {"list", "SELECT * FROM a.b, c.d AS e, (SELECT 1 FROM f) g, h", "a.b c.d f h"},
    {"joins", "SELECT * FROM a JOIN b.c ON a.x = b.y LEFT JOIN d USING (e), f",
     "a b.c d f"},
    {"parenthesized join", "SELECT * FROM (a.b JOIN c ON true), d", "a.b c d"},
    {"subquery in where", "SELECT * FROM a WHERE x IN (SELECT y, z FROM b, c), d",
     "a b c"},
    {"from first", "FROM a.b SELECT c, d.e", "a.b"},
    {"cte", "WITH q AS (SELECT 1 FROM a) SELECT * FROM q, b", "a q b"},
    {"union", "SELECT x FROM a UNION SELECT y, z.w FROM b", "a b"},
    {"no table in functions", "SELECT extract(year FROM a.b), trim(both FROM c) FROM d",
     "d"},
    {"distinct from", "SELECT a IS NOT DISTINCT FROM b.c, d FROM e", "e"},
    {"table function", "SELECT * FROM f(1, 2), a", "a"},
    {"order by is no list", "SELECT * FROM a ORDER BY b.c, d.e", "a"},
    {"insert", "INSERT INTO a.b (x, y) SELECT * FROM c", "a.b c"},
    {"insert table", "INSERT INTO TABLE a.b (x) VALUES (1), (2)", "a.b"},
    {"update", "UPDATE a.b SET x = 1, y = c.d WHERE z", "a.b"},
    {"delete", "DELETE FROM a.b USING c.d WHERE x", "a.b c.d"},
    {"merge", "MERGE INTO a.b USING c.d ON x = y WHEN MATCHED THEN UPDATE SET z = 1",
     "a.b c.d"},
    {"cte and update", "WITH q AS (SELECT 1) UPDATE a SET b = 1", "a"},
    {"describe", "DESCRIBE a.b", "a.b"},
    {"explain", "EXPLAIN ANALYZE SELECT * FROM a.b", "a.b"},
    {"create as", "CREATE TABLE a.b AS SELECT * FROM c.d", "c.d"},
    {"drop", "DROP TABLE a.b", ""},
    {"keyword after a dot", "SELECT * FROM a JOIN b ON a.order = b.x, c", "a b c"},
    {"dollar quotes are left alone", "SELECT $$ FROM a.b $$ FROM c", ""},
    {"escaped strings are left alone", "SELECT E'\\' FROM a' FROM c", ""},
    {"not for the lexer", "SELECT * FROM a WHERE x = 'open", ""},
};

TEST(TableReferences, AreFoundWhereTablesAreNamed) {
  for (const Case& one : kNames) {
    SCOPED_TRACE(one.name);
    EXPECT_EQ(Found(one.sql), one.found);
  }
}

constexpr Case kAsOf[] = {
    {"id", "SELECT * FROM a FOR VERSION AS OF 123", "a[version 123]"},
    {"name and alias", "SELECT * FROM a FOR SYSTEM_VERSION AS OF 'x' AS t (b, c) WHERE 1",
     "a[version 'x' AS t (b, c)]"},
    {"time", "SELECT * FROM a.b for timestamp as of TIMESTAMP '2024-01-01 00:00:00' t, c",
     "a.b[timestamp TIMESTAMP '2024-01-01 00:00:00' t] c"},
    {"expression",
     "SELECT * FROM a FOR SYSTEM_TIME AS OF now() - INTERVAL '1' DAY JOIN b ON true",
     "a[timestamp now() - INTERVAL '1' DAY] b"},
    {"zone",
     "SELECT * FROM a FOR TIMESTAMP AS OF x::timestamp AT TIME ZONE 'UTC' WHERE 1",
     "a[timestamp x::timestamp AT TIME ZONE 'UTC']"},
    {"spark", "SELECT * FROM a VERSION AS OF 1 b JOIN c TIMESTAMP AS OF '2024-01-01'",
     "a[version 1 b] c[timestamp '2024-01-01']"},
    {"negative and grouped", "SELECT * FROM a FOR VERSION AS OF -(1 + 2) ORDER BY 1",
     "a[version -(1 + 2)]"},
    {"a table named version", "SELECT version AS of FROM version", "version"},
    {"no value", "SELECT * FROM a FOR VERSION AS OF",
     "line 1:34: mismatched input '<EOF>'. Expecting: a snapshot, branch, tag or time"},
};

TEST(TableReferences, AsOfClauses) {
  for (const Case& one : kAsOf) {
    SCOPED_TRACE(one.name);
    EXPECT_EQ(Found(one.sql), one.found);
  }
}

std::string WithAtClauses(std::string_view sql) {
  std::vector<Replacement> replacements;
  for (const TableReference& reference : FindTableReferences(sql).ValueOrDie()) {
    if (reference.as_of.has_value()) {
      replacements.push_back(
          {reference.as_of->range, AtClauseText(sql, *reference.as_of)});
    }
  }
  return ReplaceRanges(sql, replacements);
}

TEST(ReplaceRanges, WhatFollowsStaysInItsPlace) {
  constexpr Case kCases[] = {
      {"shorter is filled up", "SELECT * FROM a FOR VERSION AS OF 1 WHERE x",
       "SELECT * FROM a AT (VERSION => 1)   WHERE x"},
      {"alias moves to the front", "SELECT * FROM a FOR TIMESTAMP AS OF '2024' AS b, c",
       "SELECT * FROM a AS b AT (TIMESTAMP => '2024')  , c"},
      {"longer takes blanks", "SELECT * FROM a VERSION AS OF 1    WHERE x",
       "SELECT * FROM a AT (VERSION => 1)  WHERE x"},
      {"longer without blanks", "SELECT * FROM a VERSION AS OF 1;",
       "SELECT * FROM a AT (VERSION => 1);"},
      {"lines stay", "SELECT * FROM a FOR\nVERSION\nAS OF 1 WHERE x",
       "SELECT * FROM a \n\nAT (VERSION => 1)   WHERE x"},
  };
  for (const Case& one : kCases) {
    SCOPED_TRACE(one.name);
    EXPECT_EQ(WithAtClauses(one.sql), one.found);
  }
}

}  // namespace
}  // namespace tarn::sql
