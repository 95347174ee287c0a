// JSON_TABLE in Trino's dialect, through a session. The answers are those of a Trino 476
// (tests/sql/trino/differential.txt has more).
#include <string>
#include <string_view>

#include "tarn/engine/trino_session_test.h"

namespace tarn::engine {
namespace {

class JsonTableTest : public TrinoSessionTest {
 protected:
  JsonTableTest() : TrinoSessionTest(3) {}
};

TEST_F(JsonTableTest, ColumnsAreOfTheItem) {
  EXPECT_EQ(Answer("SELECT * FROM JSON_TABLE('[{\"a\":1,\"b\":\"x\"},{\"a\":2}]', 'lax "
                   "$[*]' COLUMNS (n FOR ORDINALITY, a bigint PATH 'lax $.a', b varchar "
                   "PATH 'lax $.b' DEFAULT 'none' ON EMPTY, c varchar FORMAT JSON PATH "
                   "'lax $' WITH ARRAY WRAPPER))"),
            "1, 1, x, [{\"a\":1,\"b\":\"x\"}]\n2, 2, none, [{\"a\":2}]\n");
  EXPECT_EQ(Answer("SELECT a, \"b\" FROM JSON_TABLE('{\"A\":42,\"b\":true}', 'lax $' "
                   "COLUMNS (a integer, \"b\" boolean))"),
            "42, true\n");
}

TEST_F(JsonTableTest, JoinsEarlierRelations) {
  EXPECT_EQ(
      Answer("SELECT id, x FROM iceberg.ns.t, JSON_TABLE(json_format(CAST(ARRAY[id, "
             "id + 10] AS json)), 'lax $[*]' COLUMNS (x bigint PATH 'lax $')) WHERE "
             "id < 2 ORDER BY id, x"),
      "0, 0\n0, 10\n1, 1\n1, 11\n");
  EXPECT_EQ(Answer("SELECT j, a FROM (VALUES '[1]', '[1,2]', null) t(j) LEFT JOIN "
                   "JSON_TABLE(j, 'lax $[1]' COLUMNS (a integer PATH 'lax $')) ON true "
                   "ORDER BY j"),
            "[1,2], 2\n[1], null\nnull, null\n");
  EXPECT_EQ(Answer("SELECT a, b FROM (SELECT 7) t(a), JSON_TABLE('[1]', 'lax $' COLUMNS "
                   "(b bigint PATH 'lax $[9]' DEFAULT a ON EMPTY))"),
            "7, 7\n");
}

TEST_F(JsonTableTest, NestedPathsAndPlans) {
  constexpr std::string_view kTable =
      "SELECT * FROM JSON_TABLE('[10, 1000]', 'lax $' AS r COLUMNS (NESTED PATH 'lax "
      "$[*]' "
      "AS n1 COLUMNS (b integer PATH 'lax $ * 1'), NESTED PATH 'lax $[0]' AS n2 COLUMNS "
      "(c "
      "integer PATH 'lax $ * 2'))";
  EXPECT_EQ(Answer(std::string(kTable) + ")"), "10, null\n1000, null\nnull, 20\n");
  EXPECT_EQ(Answer(std::string(kTable) + " PLAN (r INNER (n2 CROSS n1)))"),
            "10, 20\n1000, 20\n");
  EXPECT_EQ(Answer(std::string(kTable) + " PLAN DEFAULT (CROSS, INNER))"),
            "10, 20\n1000, 20\n");
  EXPECT_EQ(
      Answer(std::string(kTable) + " PLAN (r INNER n1))"),
      "error: line 1:202: INVALID_PLAN: JSON_TABLE plan should contain all JSON paths "
      "available at each level of nesting. Paths not included: N2\n");
}

TEST_F(JsonTableTest, ErrorsAreTrinos) {
  EXPECT_EQ(Answer("SELECT * FROM JSON_TABLE('[1', 'lax $' COLUMNS (x bigint))"), "");
  EXPECT_NE(Answer("SELECT * FROM JSON_TABLE('[1', 'lax $' COLUMNS (x bigint) ERROR ON "
                   "ERROR)")
                .find("JSON_INPUT_CONVERSION_ERROR"),
            std::string::npos);
  EXPECT_NE(
      Answer("SELECT * FROM JSON_TABLE('[]', 'lax $' COLUMNS (x bigint PATH 'strict "
             "$[4]') ERROR ON ERROR)")
          .find("PATH_EVALUATION_ERROR"),
      std::string::npos);
  EXPECT_EQ(
      Answer("SELECT * FROM JSON_TABLE('[]', 'lax $' COLUMNS (x bigint, X bigint))"),
      "error: line 1:59: DUPLICATE_COLUMN_OR_PATH_NAME: All column and path names in "
      "JSON_TABLE invocation must be unique\n");
  EXPECT_NE(Answer("SELECT * FROM JSON_TABLE('[]', 'lax $ (' COLUMNS (x bigint))")
                .find("invalid JSON path"),
            std::string::npos);
}

TEST_F(JsonTableTest, ManyRowsAndPreparedValues) {
  EXPECT_EQ(Answer("SELECT count(*), sum(x) FROM (VALUES json_format(CAST(sequence(1, "
                   "5000) AS json)), '[7]') t(j), JSON_TABLE(j, 'lax $[*]' COLUMNS (x "
                   "bigint PATH 'lax $'))"),
            "5001, 12502507\n");
  EXPECT_EQ(
      Answer("EXECUTE IMMEDIATE 'SELECT x FROM JSON_TABLE(?, ''lax $[*] ? (@ > $m)'' "
             "PASSING ? AS \"m\" COLUMNS (x bigint PATH ''lax $''))' USING '[1,5]', "
             "2"),
      "5\n");
}

}  // namespace
}  // namespace tarn::engine
