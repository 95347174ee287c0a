#include "tarn/cli/shell/syntax_help.h"

#include "tarn/sql/letter_case.h"

namespace tarn::cli {
namespace {

struct Syntax {
  std::string_view name;
  std::string_view about;
  std::string_view text;
};

constexpr Syntax kSyntax[] = {
    {"ALTER MATERIALIZED VIEW", "renames it, or sets properties of its table",
     "ALTER MATERIALIZED VIEW [IF EXISTS] name RENAME TO new_name\n"
     "ALTER MATERIALIZED VIEW name SET PROPERTIES property = expression | DEFAULT [, "
     "...]"},
    {"ALTER SCHEMA", "renames a schema", "ALTER SCHEMA name RENAME TO new_name"},
    {"ALTER TABLE", "changes a table",
     "ALTER TABLE [IF EXISTS] name RENAME TO new_name\n"
     "ALTER TABLE name ADD COLUMN [IF NOT EXISTS] column type [COMMENT text] [FIRST | "
     "LAST | AFTER other]\n"
     "ALTER TABLE name DROP COLUMN [IF EXISTS] column\n"
     "ALTER TABLE name RENAME COLUMN [IF EXISTS] column TO new_name\n"
     "ALTER TABLE name ALTER COLUMN column SET DATA TYPE type\n"
     "ALTER TABLE name ALTER COLUMN column DROP NOT NULL\n"
     "ALTER TABLE name SET PROPERTIES property = expression | DEFAULT [, ...]"},
    {"ALTER TABLE EXECUTE", "maintains a table",
     "ALTER TABLE name EXECUTE procedure [(argument => expression [, ...])] [WHERE "
     "condition]"},
    {"ANALYZE", "collects statistics of a table",
     "ANALYZE name [WITH (property = expression [, ...])]"},
    {"CALL", "runs a procedure", "CALL procedure([[argument =>] expression [, ...]])"},
    {"COMMENT", "describes a table, view or column",
     "COMMENT ON {TABLE | VIEW | COLUMN} name IS {'text' | NULL}"},
    {"COMMIT", "ends a transaction and keeps what it did", "COMMIT [WORK]"},
    {"CREATE SCHEMA", "makes a schema",
     "CREATE SCHEMA [IF NOT EXISTS] name [WITH (property = expression [, ...])]"},
    {"CREATE TABLE", "makes a table, empty or from a query",
     "CREATE [OR REPLACE] TABLE [IF NOT EXISTS] name (\n"
     "    column type [NOT NULL] [DEFAULT value] [COMMENT text] [, ...]\n"
     "    | LIKE other [{INCLUDING | EXCLUDING} PROPERTIES]\n"
     ") [COMMENT text] [WITH (property = expression [, ...])]\n"
     "CREATE [OR REPLACE] TABLE [IF NOT EXISTS] name [(column [, ...])] [COMMENT text]\n"
     "    [WITH (...)] AS query [WITH [NO] DATA]"},
    {"CREATE VIEW", "gives a query a name",
     "CREATE [OR REPLACE] VIEW name [COMMENT text] [SECURITY {DEFINER | INVOKER}] AS "
     "query"},
    {"CREATE MATERIALIZED VIEW", "gives a query a name and keeps its rows",
     "CREATE [OR REPLACE] MATERIALIZED VIEW [IF NOT EXISTS] name [GRACE PERIOD "
     "interval]\n"
     "    [COMMENT text] [WITH (property = expression [, ...])] AS query"},
    {"DEALLOCATE PREPARE", "forgets a prepared statement", "DEALLOCATE PREPARE name"},
    {"DELETE", "removes rows", "DELETE FROM table [[AS] alias] [WHERE condition]"},
    {"DESCRIBE", "columns of a table; of a prepared statement",
     "DESCRIBE table\nDESCRIBE INPUT name\nDESCRIBE OUTPUT name"},
    {"DROP SCHEMA", "removes a schema",
     "DROP SCHEMA [IF EXISTS] name [CASCADE | RESTRICT]"},
    {"DROP TABLE", "removes a table", "DROP TABLE [IF EXISTS] name"},
    {"DROP VIEW", "removes a view", "DROP [MATERIALIZED] VIEW [IF EXISTS] name"},
    {"EXECUTE", "runs a prepared statement",
     "EXECUTE name [USING value [, ...]]\nEXECUTE IMMEDIATE 'statement' [USING value [, "
     "...]]"},
    {"EXPLAIN", "shows how a statement would run",
     "EXPLAIN [(TYPE {LOGICAL | DISTRIBUTED | VALIDATE | IO} [, FORMAT {TEXT | JSON | "
     "GRAPHVIZ}])] statement\n"
     "EXPLAIN ANALYZE [VERBOSE] statement"},
    {"INSERT", "adds rows", "INSERT INTO table [(column [, ...])] query"},
    {"MERGE", "adds, changes and removes rows in one step",
     "MERGE INTO table [[AS] alias] USING {source | (query)} [[AS] alias] ON condition\n"
     "    WHEN MATCHED [AND condition] THEN {DELETE | UPDATE SET column = value [, "
     "...]}\n"
     "    WHEN NOT MATCHED [AND condition] THEN INSERT [(column [, ...])] VALUES (value "
     "[, ...])\n"
     "    WHEN NOT MATCHED BY SOURCE [AND condition] THEN {DELETE | UPDATE SET ...}"},
    {"PREPARE", "gives a statement with ? for values a name",
     "PREPARE name FROM statement"},
    {"REFRESH MATERIALIZED VIEW", "brings its rows up to date",
     "REFRESH MATERIALIZED VIEW name"},
    {"RESET SESSION", "takes back a setting", "RESET SESSION name"},
    {"ROLLBACK", "ends a transaction and drops what it did", "ROLLBACK [WORK]"},
    {"SELECT", "asks for rows",
     "[WITH [RECURSIVE] name [(column [, ...])] AS (query) [, ...]]\n"
     "SELECT [ALL | DISTINCT] expression [[AS] alias] [, ...]\n"
     "    [FROM source [, ...]] [WHERE condition]\n"
     "    [GROUP BY [ALL | DISTINCT] {expression | ROLLUP (...) | CUBE (...) | GROUPING "
     "SETS (...)} [, ...]]\n"
     "    [HAVING condition] [WINDOW name AS (definition) [, ...]]\n"
     "    [{UNION | INTERSECT | EXCEPT} [ALL | DISTINCT] query]\n"
     "    [ORDER BY expression [ASC | DESC] [NULLS {FIRST | LAST}] [, ...]]\n"
     "    [OFFSET count [ROW | ROWS]]\n"
     "    [LIMIT {count | ALL} | FETCH {FIRST | NEXT} [count] {ROW | ROWS} {ONLY | WITH "
     "TIES}]\n"
     "source: name [FOR {TIMESTAMP | VERSION} AS OF expression] [TABLESAMPLE BERNOULLI "
     "(percent)] [[AS] alias]\n"
     "    | (query) [AS] alias | UNNEST (expression [, ...]) [WITH ORDINALITY] [AS] "
     "alias | LATERAL (query)\n"
     "    | source {CROSS | [INNER] | {LEFT | RIGHT | FULL} [OUTER]} JOIN source {ON "
     "condition | USING (column [, ...])}"},
    {"SET PATH", "where functions are looked for", "SET PATH element [, ...]"},
    {"SET ROLE", "takes on a role", "SET ROLE {role | ALL | NONE} [IN catalog]"},
    {"SET SESSION", "changes a setting of the session",
     "SET SESSION name = expression\nSET SESSION dialect = 'trino' | 'duckdb'"},
    {"SET TIME ZONE", "the session's time zone", "SET TIME ZONE {LOCAL | 'zone'}"},
    {"SHOW CATALOGS", "names of catalogs", "SHOW CATALOGS [LIKE 'pattern']"},
    {"SHOW COLUMNS", "columns of a table",
     "SHOW COLUMNS {FROM | IN} table [LIKE 'pattern']"},
    {"SHOW CREATE", "the statement that makes it again",
     "SHOW CREATE {SCHEMA | TABLE | VIEW | MATERIALIZED VIEW} name"},
    {"SHOW FUNCTIONS", "functions",
     "SHOW FUNCTIONS [{FROM | IN} schema] [LIKE "
     "'pattern']"},
    {"SHOW SCHEMAS", "names of schemas",
     "SHOW SCHEMAS [{FROM | IN} catalog] [LIKE 'pattern']"},
    {"SHOW SESSION", "settings of the session", "SHOW SESSION [LIKE 'pattern']"},
    {"SHOW STATS", "statistics of a table or query", "SHOW STATS FOR {table | (query)}"},
    {"SHOW TABLES", "names of tables",
     "SHOW TABLES [{FROM | IN} schema] [LIKE 'pattern']"},
    {"START TRANSACTION", "several statements as one",
     "START TRANSACTION [ISOLATION LEVEL level | READ {ONLY | WRITE} [, ...]]"},
    {"TRUNCATE TABLE", "removes all rows", "TRUNCATE TABLE name"},
    {"UPDATE", "changes rows",
     "UPDATE table SET column = expression [, ...] [WHERE condition]"},
    {"USE", "makes a schema current", "USE [catalog.]schema"},
    {"VALUES", "rows as they are written", "VALUES row [, ...]"},
};

}  // namespace

std::vector<std::string> SyntaxHelpNames() {
  std::vector<std::string> names;
  for (const Syntax& syntax : kSyntax) {
    names.emplace_back(syntax.name);
  }
  return names;
}

std::string SyntaxHelp(std::string_view name) {
  const std::string wanted = sql::Upper(name);
  std::string help;
  for (const Syntax& syntax : kSyntax) {
    const bool is_meant =
        syntax.name == wanted || (syntax.name.starts_with(wanted) &&
                                  (syntax.name[wanted.size()] == ' ' || help.empty()));
    if (is_meant) {
      help += std::string(help.empty() ? "" : "\n") + std::string(syntax.name) + ": " +
              std::string(syntax.about) + "\n" + std::string(syntax.text) + "\n";
    }
  }
  return help;
}

}  // namespace tarn::cli
