#include "tarn/sql/json_table_parser.h"

#include <string>

#include <gtest/gtest.h>

#include "tarn/base/error.h"
#include "tarn/sql/printer.h"
#include "tarn/sql/statement_parser.h"

namespace tarn::sql {
namespace {

/// What is printed is read and printed the same; an error's message otherwise.
std::string Printed(const std::string& table) {
  const auto statement = ParseTrinoStatement("SELECT * FROM " + table);
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

relation::JsonTable Parsed(const std::string& table) {
  Cursor cursor(table);
  const auto parsed = ParseJsonTable(cursor);
  EXPECT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_TRUE(cursor.AtEnd());
  return parsed.ok() ? *parsed : relation::JsonTable{};
}

TEST(JsonTableParser, TakesEveryClause) {
  const auto table = Parsed(
      "JSON_TABLE(j FORMAT JSON ENCODING UTF8, 'lax $' AS root PASSING 1 AS \"m\", x AS "
      "n "
      "COLUMNS (o FOR ORDINALITY, a bigint, b varchar(3) PATH 'lax $.b' DEFAULT 'x' ON "
      "EMPTY ERROR ON ERROR, c varchar FORMAT JSON PATH 'lax $.c' WITH CONDITIONAL ARRAY "
      "WRAPPER KEEP QUOTES ON SCALAR STRING EMPTY ARRAY ON EMPTY EMPTY OBJECT ON ERROR, "
      "NESTED PATH 'lax $.d[*]' AS inner_path COLUMNS (NESTED 'lax $' COLUMNS (e "
      "double precision, nested bigint))) PLAN (root OUTER inner_path) ERROR ON ERROR)");
  EXPECT_EQ(table.input.format, "json encoding utf8");
  EXPECT_EQ(table.root.name->text, "root");
  ASSERT_EQ(table.passing.size(), 2U);
  ASSERT_EQ(table.root.columns.size(), 5U);
  EXPECT_TRUE(
      std::holds_alternative<relation::JsonOrdinality>(table.root.columns[0].node));
  const auto& a = std::get<relation::JsonTableValue>(table.root.columns[1].node);
  EXPECT_FALSE(a.has_path);
  EXPECT_EQ(a.call.function, node::JsonFunction::kValue);
  const auto& b = std::get<relation::JsonTableValue>(table.root.columns[2].node);
  EXPECT_EQ(b.call.on_empty, node::JsonBehavior::kDefault);
  EXPECT_EQ(b.call.on_error, node::JsonBehavior::kError);
  const auto& c = std::get<relation::JsonTableValue>(table.root.columns[3].node);
  EXPECT_EQ(c.call.function, node::JsonFunction::kQuery);
  EXPECT_EQ(c.call.wrapper, node::JsonWrapper::kConditional);
  const auto& d = std::get<relation::JsonTablePath>(table.root.columns[4].node);
  const auto& e = std::get<relation::JsonTablePath>(d.columns[0].node);
  EXPECT_FALSE(e.name.has_value());
  EXPECT_EQ(e.columns[1].name.text, "nested");
  const auto& plan = std::get<relation::JsonTablePlan>(table.plan);
  EXPECT_EQ(plan.kind, relation::JsonPlanKind::kOuter);
  EXPECT_EQ(plan.parts.at(0).name.text, "inner_path");
  EXPECT_TRUE(table.fails_on_error.value_or(false));
}

TEST(JsonTableParser, PlansAreTrees) {
  const auto plan_of = [](const std::string& plan) {
    return Parsed("JSON_TABLE(j, 'lax $' COLUMNS (a bigint) PLAN " + plan + ")").plan;
  };
  const auto plan = std::get<relation::JsonTablePlan>(
      plan_of("(a INNER (b UNION (c CROSS d) UNION e))"));
  EXPECT_EQ(plan.kind, relation::JsonPlanKind::kInner);
  ASSERT_EQ(plan.parts.size(), 1U);
  EXPECT_EQ(plan.parts[0].kind, relation::JsonPlanKind::kUnion);
  ASSERT_EQ(plan.parts[0].parts.size(), 3U);
  EXPECT_EQ(plan.parts[0].parts[1].kind, relation::JsonPlanKind::kCross);
  EXPECT_EQ(std::get<relation::JsonTablePlan>(plan_of("(a)")).kind,
            relation::JsonPlanKind::kPath);
  for (const std::string text : {"DEFAULT (INNER, CROSS)", "DEFAULT (CROSS, INNER)"}) {
    const auto usual = std::get<relation::JsonTableDefaultPlan>(plan_of(text));
    EXPECT_TRUE(usual.is_inner);
    EXPECT_TRUE(usual.is_cross);
  }
  EXPECT_FALSE(
      std::get<relation::JsonTableDefaultPlan>(plan_of("DEFAULT (UNION)")).is_inner);
}

TEST(JsonTableParser, IsPrintedAndReadAgain) {
  for (const std::string table :
       {"JSON_TABLE(j, 'lax $' COLUMNS (a bigint)) t",
        "t, JSON_TABLE(t.j, 'lax $' COLUMNS (a bigint PATH 'lax $.a')) AS x (y)",
        "t LEFT JOIN JSON_TABLE(j, 'lax $' COLUMNS (o FOR ORDINALITY)) ON true",
        "JSON_TABLE(j FORMAT JSON, 'lax $' AS \"p\" PASSING 1 AS q, '2' FORMAT JSON AS "
        "\"r\" COLUMNS (a varchar FORMAT JSON WITHOUT ARRAY WRAPPER OMIT QUOTES NULL ON "
        "EMPTY, NESTED 'lax $' AS n COLUMNS (b bigint DEFAULT 1 ON EMPTY DEFAULT 2 ON "
        "ERROR)) PLAN (\"p\" OUTER n) EMPTY ON ERROR)",
        "JSON_TABLE(?, 'lax $' PASSING ? AS q COLUMNS (a bigint DEFAULT ? ON EMPTY, "
        "NESTED 'lax $' AS n COLUMNS (b bigint), NESTED 'lax $' AS m COLUMNS (c bigint)) "
        "PLAN DEFAULT (INNER, CROSS) ERROR ON ERROR)",
        "JSON_TABLE(j, 'lax $' AS a COLUMNS (x bigint) PLAN (a INNER (b UNION (c CROSS "
        "d) "
        "UNION (e OUTER f))))"}) {
    EXPECT_NE(Printed(table).substr(0, 5), "line ") << table << Printed(table);
  }
}

/// As a Trino 476 prints.
TEST(JsonTableParser, IsLaidOutAsTrinoDoes) {
  EXPECT_EQ(
      Printed("JSON_TABLE('[]', 'lax $' COLUMNS (a bigint, NESTED 'lax $' AS n "
              "COLUMNS (b bigint)) PLAN DEFAULT (CROSS))"),
      "SELECT *\nFROM\n  JSON_TABLE ('[]' FORMAT JSON, 'lax $'\n   COLUMNS (\n      a "
      "bigint NULL ON EMPTY,\n      NESTED PATH 'lax $' AS n\n         COLUMNS (\n"
      "            b bigint NULL ON EMPTY))\n   PLAN DEFAULT (OUTER, CROSS))\n");
}

TEST(JsonTableParser, WhatIsRefusedSaysWhere) {
  struct Case {
    std::string table;
    std::string_view error;
  };
  const Case kCases[] = {
      {"JSON_TABLE(j, 'lax $')",
       "line 1:36: mismatched input ')'. Expecting: 'AS', 'COLUMNS', 'PASSING'"},
      {"JSON_TABLE(j, 'lax $' COLUMNS ())",
       "line 1:46: mismatched input ')'. Expecting: 'NESTED', <identifier>"},
      {"JSON_TABLE(j, x COLUMNS (a bigint))",
       "line 1:29: mismatched input 'x'. Expecting: <string>"},
      {"JSON_TABLE(j, 'lax $' COLUMNS (a FOR bigint))",
       "line 1:52: mismatched input 'bigint'. Expecting: 'ORDINALITY'"},
      {"JSON_TABLE(j, 'lax $' COLUMNS (a bigint) PLAN ((a)))",
       "line 1:65: mismatched input ')'. Expecting: 'CROSS', 'UNION'"},
      {"JSON_TABLE(j, 'lax $' COLUMNS (a bigint) PLAN (a UNION b CROSS c))",
       "line 1:72: mismatched input 'CROSS'. Expecting: ')', 'UNION'"},
      {"JSON_TABLE(j, 'lax $' COLUMNS (a bigint) PLAN DEFAULT (INNER, OUTER))",
       "line 1:77: mismatched input 'OUTER'. Expecting: 'CROSS', 'UNION'"},
      {"JSON_TABLE(j, 'lax $' COLUMNS (a bigint) NULL ON ERROR)",
       "line 1:56: mismatched input 'NULL'. Expecting: ')', 'EMPTY', 'ERROR', 'PLAN'"},
  };
  for (const Case& c : kCases) {
    EXPECT_EQ(Printed(c.table), c.error) << c.table;
  }
}

TEST(JsonTableParser, DeepNestingIsRefused) {
  std::string columns = "JSON_TABLE(j, 'lax $' COLUMNS (";
  std::string plan = "JSON_TABLE(j, 'lax $' COLUMNS (a bigint) PLAN (";
  for (int i = 0; i < 20'000; ++i) {
    columns += "NESTED 'lax $' COLUMNS (";
    plan += "a OUTER (";
  }
  for (const std::string& text : {columns, plan}) {
    Cursor cursor(text);
    EXPECT_EQ(CodeOf(ParseJsonTable(cursor).status()), ErrorCode::kSyntax);
  }
}

}  // namespace
}  // namespace tarn::sql
