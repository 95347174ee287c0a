#include "tarn/sql/parser.h"

#include <gtest/gtest.h>

#include "tarn/base/error.h"

namespace tarn::sql {
namespace {

CreateTable ParseTable(std::string_view sql) {
  auto statement = ParseStatement(sql);
  EXPECT_TRUE(statement.ok()) << statement.status();
  if (!statement.ok() || !statement->has_value()) {
    ADD_FAILURE() << "not read as one of ours: " << sql;
    return {};
  }
  return std::get<CreateTable>(**statement);
}

TEST(Parser, TrinoAndSparkSpellPartitioningAlike) {
  const CreateTable trino = ParseTable(
      "CREATE TABLE iceberg.s.t (id bigint NOT NULL, ts timestamp(6) with time zone) "
      "WITH (partitioning = ARRAY['day(ts)', 'bucket(id, 16)'], format = 'PARQUET')");
  const CreateTable spark = ParseTable(
      "CREATE TABLE iceberg.s.t (id bigint NOT NULL, ts timestamptz) USING iceberg "
      "PARTITIONED BY (days(ts), bucket(16, id)) TBLPROPERTIES "
      "('write.format.default'='parquet')");
  EXPECT_EQ(trino.name.parts, (std::vector<std::string>{"iceberg", "s", "t"}));
  EXPECT_EQ(trino.partitioning, (std::vector<std::string>{"day(ts)", "bucket(id, 16)"}));
  EXPECT_EQ(spark.partitioning, (std::vector<std::string>{"days(ts)", "bucket(16, id)"}));
  ASSERT_EQ(trino.columns.size(), 2U);
  EXPECT_TRUE(trino.columns[0].required);
  EXPECT_EQ(trino.columns[1].type.name, "timestamp with time zone");
  EXPECT_EQ(std::get<std::string>(trino.properties.at("format")), "PARQUET");
  EXPECT_FALSE(trino.properties.contains("partitioning"));
  EXPECT_EQ(std::get<std::string>(spark.properties.at("write.format.default")),
            "parquet");
}

TEST(Parser, NestedTypesOfBothDialects) {
  const CreateTable trino = ParseTable(
      "CREATE TABLE t (r row(a integer, \"b c\" array(varchar)), m map(varchar, double)) "
      "COMMENT 'x'");
  const CreateTable spark = ParseTable(
      "CREATE TABLE t (r struct<a: int, `b c`: array<string>>, m map<string, double>) "
      "USING iceberg");
  EXPECT_EQ(trino.comment, "x");
  ASSERT_EQ(trino.columns[0].type.children.size(), 2U);
  EXPECT_EQ(trino.columns[0].type.children[1].name, "b c");
  EXPECT_EQ(trino.columns[0].type.children[1].type.name, "array");
  ASSERT_EQ(spark.columns[0].type.children.size(), 2U);
  EXPECT_EQ(spark.columns[0].type.children[1].name, "b c");
  EXPECT_EQ(spark.columns[1].type.children.size(), 2U);
}

TEST(Parser, CreateTableAsKeepsTheQueryAsWritten) {
  const CreateTable table = ParseTable(
      "CREATE OR REPLACE TABLE t PARTITIONED BY (region) AS\nSELECT ';' AS x, region "
      "FROM s WITH NO DATA;");
  EXPECT_EQ(table.if_exists, IfExists::kReplace);
  EXPECT_EQ(table.query, "SELECT ';' AS x, region FROM s");
  EXPECT_FALSE(table.with_data);
}

TEST(Parser, EngineFormsAreLeftToTheEngine) {
  for (const char* sql :
       {"SELECT 1", "CREATE TABLE t (a INTEGER PRIMARY KEY)",
        "CREATE TEMP TABLE t (a INT)", "CREATE TABLE t (a INT AS (3))",
        "DESCRIBE SELECT 1", "SHOW ALL TABLES", "CREATE VIEW v AS SELECT 1",
        "INSERT INTO t VALUES (1)", "SELECT $$x", ""}) {
    SCOPED_TRACE(sql);
    auto statement = ParseStatement(sql);
    ASSERT_TRUE(statement.ok()) << statement.status();
    EXPECT_FALSE(statement->has_value());
  }
}

TEST(Parser, ErrorsSayWhereAndWhatIsExpected) {
  auto statement = ParseStatement("CREATE TABLE t (a int) PARTITIONED BY (");
  ASSERT_FALSE(statement.ok());
  EXPECT_EQ(CodeOf(statement.status()), ErrorCode::kSyntax);
  EXPECT_NE(statement.status().message().find(
                "line 1:40: mismatched input '<EOF>'. Expecting:"),
            std::string::npos)
      << statement.status();
  EXPECT_FALSE(ParseStatement("SHOW COLUMNS t").ok());
  EXPECT_FALSE(
      ParseStatement(
          "CREATE TABLE t (a int) PARTITIONED BY (a) WITH (partitioning = ARRAY['a'])")
          .ok());
}

TEST(Parser, ShowAndDescribe) {
  auto show = ParseStatement("show tables from iceberg.\"My Schema\" like 'a%'");
  ASSERT_TRUE(show.ok() && show->has_value());
  const auto& tables = std::get<ShowTables>(**show);
  EXPECT_EQ(tables.schema.parts, (std::vector<std::string>{"iceberg", "My Schema"}));
  EXPECT_EQ(tables.like, "a%");
  auto describe = ParseStatement("DESC t;");
  ASSERT_TRUE(describe.ok() && describe->has_value());
  EXPECT_EQ(std::get<DescribeTable>(**describe).table.parts,
            (std::vector<std::string>{"t"}));
  auto schemas = ParseStatement("SHOW SCHEMAS IN iceberg");
  ASSERT_TRUE(schemas.ok() && schemas->has_value());
  EXPECT_EQ(std::get<ShowSchemas>(**schemas).catalog, "iceberg");
}

TEST(Parser, DeepNestingIsRefusedNotCrashed) {
  std::string deep = "CREATE TABLE t (a ";
  for (int i = 0; i < 5000; ++i) {
    deep += "array(";
  }
  auto statement = ParseStatement(deep + "int");
  EXPECT_TRUE(!statement.ok() || !statement->has_value());
}

}  // namespace
}  // namespace tarn::sql
