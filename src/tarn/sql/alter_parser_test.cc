#include "tarn/sql/alter_parser.h"

#include <gtest/gtest.h>

#include "tarn/base/error.h"
#include "tarn/sql/parser.h"

namespace tarn::sql {
namespace {

using Where = ColumnPlace::Where;

AlterTable ParseAlter(std::string_view sql) {
  auto statement = ParseStatement(sql);
  EXPECT_TRUE(statement.ok()) << statement.status();
  if (!statement.ok() || !statement->has_value()) {
    ADD_FAILURE() << "not read as one of ours: " << sql;
    return {};
  }
  return std::get<AlterTable>(**statement);
}

template <typename Action>
Action ParseOne(const std::string& clause) {
  const AlterTable alter = ParseAlter("ALTER TABLE s.t " + clause);
  EXPECT_EQ(alter.table.parts, (std::vector<std::string>{"s", "t"}));
  if (alter.actions.size() != 1 || !std::holds_alternative<Action>(alter.actions[0])) {
    ADD_FAILURE() << "another action: " << clause;
    return {};
  }
  return std::get<Action>(alter.actions[0]);
}

std::string Text(const QualifiedName& name) {
  std::string text;
  for (const std::string& part : name.parts) {
    text += (text.empty() ? "" : ".") + part;
  }
  return text;
}

TEST(AlterParser, Columns) {
  const auto add = ParseOne<alter::AddColumn>(
      "ADD COLUMN IF NOT EXISTS point.z double NOT NULL DEFAULT -1.5 COMMENT 'depth' "
      "AFTER y");
  EXPECT_EQ(Text(add.path), "point.z");
  EXPECT_EQ(add.column.name, "z");
  EXPECT_EQ(add.column.type.name, "double");
  EXPECT_TRUE(add.column.required);
  EXPECT_TRUE(add.if_not_exists);
  EXPECT_EQ(add.column.default_text, "-1.5");
  EXPECT_EQ(add.column.comment, "depth");
  EXPECT_EQ(add.place.where, Where::kAfter);
  EXPECT_EQ(add.place.sibling, "y");
  EXPECT_EQ(ParseOne<alter::AddColumn>("ADD z int FIRST").place.where, Where::kFirst);
  EXPECT_EQ(ParseOne<alter::AddColumn>("ADD z int DEFAULT concat('a,', f(1))")
                .column.default_text,
            "concat('a,', f(1))");

  const auto drop = ParseOne<alter::DropColumn>("DROP COLUMN IF EXISTS a.\"b.c\"");
  EXPECT_EQ(drop.path.parts, (std::vector<std::string>{"a", "b.c"}));
  EXPECT_TRUE(drop.if_exists);

  const auto rename = ParseOne<alter::RenameColumn>("RENAME COLUMN a.b TO c");
  EXPECT_EQ(Text(rename.path), "a.b");
  EXPECT_EQ(rename.new_name, "c");
  EXPECT_EQ(Text(ParseOne<alter::RenameTable>("RENAME TO x.y").new_name), "x.y");
}

TEST(AlterParser, SeveralColumnsAtOnce) {
  const AlterTable add = ParseAlter(
      "ALTER TABLE t ADD COLUMNS (a int COMMENT 'x', s.b map<string, int> AFTER a);");
  ASSERT_EQ(add.actions.size(), 2U);
  EXPECT_EQ(std::get<alter::AddColumn>(add.actions[0]).column.comment, "x");
  EXPECT_EQ(Text(std::get<alter::AddColumn>(add.actions[1]).path), "s.b");
  const AlterTable drop = ParseAlter("ALTER TABLE IF EXISTS t DROP COLUMNS (a, b.c)");
  EXPECT_TRUE(drop.if_exists);
  EXPECT_EQ(drop.actions.size(), 2U);
}

TEST(AlterParser, AlterColumn) {
  EXPECT_EQ(ParseOne<alter::SetColumnType>("ALTER COLUMN a.b TYPE bigint").type.name,
            "bigint");
  EXPECT_EQ(ParseOne<alter::SetColumnType>("ALTER COLUMN a SET DATA TYPE decimal(18, 2)")
                .type.arguments,
            (std::vector<int32_t>{18, 2}));
  EXPECT_FALSE(
      ParseOne<alter::SetColumnRequired>("ALTER COLUMN a DROP NOT NULL").required);
  EXPECT_TRUE(ParseOne<alter::SetColumnRequired>("ALTER a SET NOT NULL").required);
  EXPECT_EQ(ParseOne<alter::SetColumnDefault>("ALTER COLUMN a SET DEFAULT 1 + 2").text,
            "1 + 2");
  EXPECT_FALSE(
      ParseOne<alter::SetColumnDefault>("ALTER COLUMN a DROP DEFAULT").text.has_value());
  EXPECT_EQ(ParseOne<alter::SetColumnComment>("ALTER COLUMN a.b COMMENT 'c'").comment,
            "c");
  EXPECT_EQ(ParseOne<alter::MoveColumn>("ALTER COLUMN a FIRST").place.where,
            Where::kFirst);
  EXPECT_EQ(ParseOne<alter::MoveColumn>("ALTER COLUMN a AFTER b.c").place.sibling, "b.c");
}

TEST(AlterParser, Properties) {
  const auto trino = ParseOne<alter::SetProperties>(
      "SET PROPERTIES partitioning = ARRAY['day(ts)', 'id'], format_version = 3, "
      "\"a.b\" = 'x', sorted_by = DEFAULT");
  EXPECT_EQ(std::get<std::vector<std::string>>(trino.set.at("partitioning")),
            (std::vector<std::string>{"day(ts)", "id"}));
  EXPECT_EQ(std::get<std::string>(trino.set.at("format_version")), "3");
  EXPECT_EQ(std::get<std::string>(trino.set.at("a.b")), "x");
  EXPECT_EQ(trino.reset, std::vector<std::string>{"sorted_by"});
  const auto spark =
      ParseOne<alter::SetProperties>("SET TBLPROPERTIES ('a.b' = 'x', 'c' = '1')");
  EXPECT_EQ(spark.set.size(), 2U);
  EXPECT_EQ(
      ParseOne<alter::SetProperties>("UNSET TBLPROPERTIES IF EXISTS ('a.b', c.d)").reset,
      (std::vector<std::string>{"a.b", "c.d"}));
}

TEST(AlterParser, Partitioning) {
  const auto add =
      ParseOne<alter::AddPartitionField>("ADD PARTITION FIELD bucket(8, id) AS shard");
  EXPECT_EQ(add.term, "bucket(8, id)");
  EXPECT_EQ(add.name, "shard");
  EXPECT_EQ(ParseOne<alter::DropPartitionField>("DROP PARTITION FIELD days(ts)").term,
            "days(ts)");
  const auto replace = ParseOne<alter::ReplacePartitionField>(
      "REPLACE PARTITION FIELD ts_day WITH hours(ts)");
  EXPECT_EQ(replace.term, "ts_day");
  EXPECT_EQ(replace.new_term, "hours(ts)");
  EXPECT_FALSE(replace.name.has_value());
}

TEST(AlterParser, WriteOrder) {
  struct Case {
    const char* clause;
    std::vector<std::string> terms;
    const char* distribution;
  };
  const Case cases[] = {
      {"WRITE ORDERED BY a, day(ts) DESC NULLS LAST",
       {"a", "day(ts) DESC NULLS LAST"},
       "range"},
      {"WRITE LOCALLY ORDERED BY (a)", {"a"}, "none"},
      {"WRITE DISTRIBUTED BY PARTITION", {}, "hash"},
      {"WRITE DISTRIBUTED BY PARTITION LOCALLY ORDERED BY a", {"a"}, "hash"},
      {"WRITE ORDERED BY a DISTRIBUTED BY PARTITION", {"a"}, "hash"},
      {"WRITE UNORDERED", {}, "none"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.clause);
    const auto write = ParseOne<alter::SetWriteOrder>(c.clause);
    EXPECT_EQ(write.terms, c.terms);
    EXPECT_EQ(write.distribution, c.distribution);
  }
}

TEST(AlterParser, IdentifierFields) {
  const auto set =
      ParseOne<alter::SetIdentifierFields>("SET IDENTIFIER FIELDS id, s.key");
  EXPECT_FALSE(set.drop);
  ASSERT_EQ(set.columns.size(), 2U);
  EXPECT_EQ(Text(set.columns[1]), "s.key");
  EXPECT_TRUE(ParseOne<alter::SetIdentifierFields>("DROP IDENTIFIER FIELDS id").drop);
}

TEST(AlterParser, BranchesAndTags) {
  const auto branch = ParseOne<alter::CreateRef>(
      "CREATE BRANCH IF NOT EXISTS audit AS OF VERSION 9007199254740993 RETAIN 7 DAYS "
      "WITH SNAPSHOT RETENTION 3 SNAPSHOTS 2 HOURS");
  EXPECT_EQ(branch.name, "audit");
  EXPECT_FALSE(branch.is_tag);
  EXPECT_EQ(branch.if_exists, IfExists::kSkip);
  EXPECT_EQ(branch.version, "9007199254740993") << "all digits";
  EXPECT_EQ(branch.max_ref_age_ms, 7 * 86'400'000LL);
  EXPECT_EQ(branch.min_snapshots_to_keep, 3);
  EXPECT_EQ(branch.max_snapshot_age_ms, 2 * 3'600'000LL);

  const auto only_age = ParseOne<alter::CreateRef>(
      "CREATE OR REPLACE BRANCH b WITH SNAPSHOT RETENTION 5 MINUTES");
  EXPECT_EQ(only_age.if_exists, IfExists::kReplace);
  EXPECT_FALSE(only_age.must_exist);
  EXPECT_FALSE(only_age.min_snapshots_to_keep.has_value());
  EXPECT_EQ(only_age.max_snapshot_age_ms, 300'000);

  const auto tag = ParseOne<alter::CreateRef>("REPLACE TAG \"end of year\" RETAIN 1 DAY");
  EXPECT_TRUE(tag.is_tag);
  EXPECT_TRUE(tag.must_exist);
  EXPECT_EQ(tag.name, "end of year");

  const auto drop = ParseOne<alter::DropRef>("DROP TAG IF EXISTS x");
  EXPECT_TRUE(drop.is_tag);
  EXPECT_TRUE(drop.if_exists);
  EXPECT_FALSE(ParseOne<alter::DropRef>("DROP BRANCH x").is_tag);
}

TEST(AlterParser, TheEnginesOwnFormsAreLeftToIt) {
  for (const char* sql : {
           "ALTER TABLE t ADD PRIMARY KEY (a)",
           "ALTER TABLE t ALTER a TYPE int USING a + 1",
           "ALTER TABLE t SET PARTITIONED BY (a)",
           "ALTER TABLE t SET ('a' = 'b')",
           "ALTER TABLE t OWNER TO me",
           "ALTER TABLE t",
           "ALTER VIEW v RENAME TO w",
       }) {
    SCOPED_TRACE(sql);
    const auto statement = ParseStatement(sql);
    ASSERT_TRUE(statement.ok()) << statement.status();
    EXPECT_FALSE(statement->has_value());
  }
}

TEST(AlterParser, OwnClausesTellWhatIsWrong) {
  for (const char* sql : {
           "ALTER TABLE t ADD PARTITION FIELD",
           "ALTER TABLE t ADD PARTITION FIELD id AS",
           "ALTER TABLE t REPLACE PARTITION FIELD a b",
           "ALTER TABLE t WRITE",
           "ALTER TABLE t WRITE LOCALLY",
           "ALTER TABLE t SET PROPERTIES a",
           "ALTER TABLE t UNSET TBLPROPERTIES a",
           "ALTER TABLE t SET IDENTIFIER FIELDS",
           "ALTER TABLE t CREATE x",
           "ALTER TABLE t CREATE BRANCH b RETAIN 7 WEEKS",
           "ALTER TABLE t CREATE BRANCH b AS OF VERSION x",
           "ALTER TABLE t DROP TAG",
           "ALTER TABLE t ALTER COLUMN a AFTER",
           "ALTER TABLE t ADD COLUMNS (a int, b)",
           "ALTER TABLE t DROP BRANCH b c",
       }) {
    SCOPED_TRACE(sql);
    const auto statement = ParseStatement(sql);
    ASSERT_FALSE(statement.ok());
    EXPECT_EQ(CodeOf(statement.status()), ErrorCode::kSyntax);
    EXPECT_NE(statement.status().message().find("line 1:"), std::string::npos);
  }
}

TEST(Parser, CreateTableTakesDefaults) {
  const auto statement = ParseStatement(
      "CREATE TABLE t (a int DEFAULT 7 NOT NULL, b varchar DEFAULT 'x' COMMENT 'c', c "
      "int "
      "DEFAULT NULL)");
  ASSERT_TRUE(statement.ok() && statement->has_value()) << statement.status();
  const auto& table = std::get<CreateTable>(**statement);
  EXPECT_EQ(table.columns[0].default_text, "7");
  EXPECT_TRUE(table.columns[0].required);
  EXPECT_EQ(table.columns[1].default_text, "'x'");
  EXPECT_EQ(table.columns[1].comment, "c");
  EXPECT_EQ(table.columns[2].default_text, "NULL");
}

}  // namespace
}  // namespace tarn::sql
