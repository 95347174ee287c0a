#include "tarn/gateway/trino/client_statement.h"

#include <gtest/gtest.h>

#include "tarn/base/error.h"
#include "tarn/gateway/trino/query_error.h"

namespace tarn::gateway::trino {
namespace {

template <typename Kind>
Kind Read(const std::string& text) {
  const auto read = ReadClientStatement(text);
  EXPECT_TRUE(read.ok()) << text << ": " << read.status();
  if (!read.ok() || !std::holds_alternative<Kind>(*read)) {
    ADD_FAILURE() << "another kind of statement: " << text;
    return {};
  }
  return std::get<Kind>(*read);
}

TEST(ClientStatement, ReadsWhatIsAboutTheSession) {
  EXPECT_EQ(Read<statement::Use>("USE Ice.\"S1\"").catalog, "ice");
  EXPECT_EQ(Read<statement::Use>("use s1;").schema, "s1");
  const auto set =
      Read<statement::SetSession>("SET SESSION iceberg.Compression = 'ZSTD'");
  EXPECT_EQ(set.name, "iceberg.compression");
  EXPECT_EQ(set.value, "ZSTD");
  EXPECT_EQ(set.place, "line 1:35: ");
  EXPECT_EQ(Read<statement::SetSession>("set session a = -1").value, "-1");
  EXPECT_EQ(Read<statement::SetSession>("set session a = TRUE").value, "true");
  EXPECT_EQ(Read<statement::ResetSession>("RESET SESSION a.b").name, "a.b");
  EXPECT_EQ(Read<statement::SetTimeZone>("SET TIME ZONE 'Asia/Tokyo'").zone,
            "Asia/Tokyo");
  EXPECT_EQ(Read<statement::SetTimeZone>("SET TIME ZONE LOCAL").zone, std::nullopt);
  EXPECT_EQ(Read<statement::SetRole>("SET ROLE ALL").role, "ALL");
  EXPECT_EQ(Read<statement::SetRole>("SET ROLE x IN c").catalog, "c");
  EXPECT_EQ(Read<statement::SetPath>("SET PATH a.b, c").path, "a.b, c");
  EXPECT_EQ(Read<statement::Deallocate>("DEALLOCATE PREPARE p").name, "p");
  EXPECT_EQ(Read<statement::DescribeInput>("DESCRIBE INPUT p").name, "p");
  EXPECT_EQ(Read<statement::DescribeOutput>("DESCRIBE OUTPUT p").name, "p");
  Read<statement::StartTransaction>(
      "START TRANSACTION ISOLATION LEVEL READ UNCOMMITTED, READ WRITE");
  Read<statement::Commit>("commit work");
  Read<statement::Rollback>("ROLLBACK");
}

TEST(ClientStatement, ReadsPreparedStatements) {
  const auto prepare = Read<statement::Prepare>("PREPARE p FROM SELECT ';' -- end\n ;");
  EXPECT_EQ(prepare.name, "p");
  EXPECT_EQ(prepare.text, "SELECT ';'\n\n");
  const auto execute =
      Read<statement::Execute>("/* dbt */ EXECUTE p USING f(1, 2), ARRAY[1, 2], 'a,b'");
  EXPECT_EQ(TextsOf(execute.parameters),
            (std::vector<std::string>{"f(1, 2)", "ARRAY[1,2]", "'a,b'"}));
  const auto now =
      Read<statement::ExecuteImmediate>("EXECUTE IMMEDIATE 'SELECT ''x'', ?' USING 2");
  EXPECT_EQ(now.text, "SELECT 'x', ?");
  EXPECT_EQ(TextsOf(now.parameters), std::vector<std::string>{"2"});
  EXPECT_EQ(Read<statement::Execute>("EXECUTE immediate").name, "immediate");
}

TEST(ClientStatement, LeavesTheRestToTheEngine) {
  for (const char* text :
       {"SELECT 1", "DESCRIBE t", "DESCRIBE input", "SET threads = 1", "CALL a.b(1)", "",
        "SHOW TABLES", "'", "SET path = 'x'", "DESCRIBE output.t"}) {
    Read<statement::ForEngine>(text);
  }
}

TEST(ClientStatement, RefusesWhatIsBroken) {
  for (const char* text :
       {"USE", "USE a.b.c", "SET SESSION a", "SET SESSION = 1", "RESET SESSION",
        "PREPARE p SELECT 1", "PREPARE p FROM", "EXECUTE p USING", "EXECUTE p USING 1,,2",
        "COMMIT now", "DEALLOCATE PREPARE", "CALL system.runtime.kill_query('a'"}) {
    const auto read = ReadClientStatement(text);
    ASSERT_FALSE(read.ok()) << text;
    EXPECT_EQ(CodeOf(read.status()), ErrorCode::kSyntax) << text;
  }
}

TEST(ClientStatement, KeepsTextsOfOtherLanguages) {
  const auto read =
      ReadClientStatement("PREPARE p FROM FROM t SELECT ?;", Language::kDuckDb);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(std::get<statement::Prepare>(*read).text, "FROM t SELECT ?");
  EXPECT_EQ(CodeOf(ReadClientStatement("PREPARE p FROM FROM t SELECT ?").status()),
            ErrorCode::kSyntax);
}

TEST(ClientStatement, KnowsWhatNeedsNoSchema) {
  const auto needs = [](const char* text) {
    return NeedsSchema(*Read<statement::ForEngine>(text).parsed);
  };
  for (const char* text : {"SELECT 1", "SHOW TABLES", "DESCRIBE t", "DROP SCHEMA s",
                           "CREATE SCHEMA s", "EXPLAIN SELECT 1", "(SELECT 1)"}) {
    EXPECT_FALSE(needs(text)) << text;
  }
  for (const char* text : {"CREATE TABLE t (a int)", "DROP TABLE t", "DELETE FROM t"}) {
    EXPECT_TRUE(needs(text)) << text;
  }
}

TEST(ClientStatement, RefusesATimeZoneThatIsNoText) {
  EXPECT_EQ(CodeOf(ReadClientStatement("SET TIME ZONE 5").status()),
            ErrorCode::kTypeMismatch);
}

TEST(ClientStatement, ReadsBothFormsOfKillQuery) {
  const auto by_place =
      Read<statement::KillQuery>("CALL system.runtime.kill_query('q','m')");
  EXPECT_EQ(by_place.query_id, "q");
  EXPECT_EQ(by_place.message, "m");
  const auto by_name = Read<statement::KillQuery>(
      "CALL system.runtime.kill_query(message => 'm', query_id => 'q')");
  EXPECT_EQ(by_name.query_id, "q");
  EXPECT_EQ(by_name.message, "m");
}

TEST(ClientStatement, PutsArgumentsInTheirPlaces) {
  EXPECT_EQ(*WithArguments("SELECT ?-?, '?' LIMIT ?", {"1", "-2", "5"}),
            "SELECT 1-(-2), '?' LIMIT 5");
  EXPECT_EQ(*WithArguments("VALUES (?)", {"DATE '2020-01-01'"}),
            "VALUES ((DATE '2020-01-01'))");
  const auto few = WithArguments("SELECT ?, ?", {"1"});
  ASSERT_FALSE(few.ok());
  EXPECT_EQ(QueryErrorOf(few.status()).name, "INVALID_ARGUMENTS");
  EXPECT_EQ(QueryErrorOf(few.status()).message,
            "line 1:1: Incorrect number of parameters: expected 2 but found 1");
  EXPECT_FALSE(WithArguments("SELECT 1", {"1"}).ok());
}

}  // namespace
}  // namespace tarn::gateway::trino
