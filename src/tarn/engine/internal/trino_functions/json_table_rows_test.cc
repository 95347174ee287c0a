#include "tarn/engine/internal/trino_functions/json_table_rows.h"

#include <string>

#include <gtest/gtest.h>

namespace tarn::engine {
namespace {

using Kind = JsonTableStep::Kind;

/// A path with one column, which is the item itself.
JsonTableStep Path(std::string path, size_t number) {
  return {.path = std::move(path),
          .number = number,
          .columns = {number},
          .column_paths = {"lax $"}};
}

/// A line for each row: of each path the item's number and the items of its column.
std::string Rows(const JsonTablePlan& plan, std::string_view json,
                 std::string_view variables = "{}") {
  std::string text;
  JsonTableReader reader(plan);
  try {
    reader.Read(json, variables, [&](const JsonTableRow& row) {
      for (size_t i = 0; i < row.numbers.size(); ++i) {
        text += i == 0 ? "" : " ";
        text += row.numbers[i] ? std::to_string(*row.numbers[i]) + "=" : "-";
        for (size_t item = 0; row.found[i] && item < row.found[i]->size(); ++item) {
          text += (item == 0 ? "" : "|") + (*row.found[i])[item];
        }
      }
      text += "\n";
    });
  } catch (const std::exception& error) {
    text += std::string("! ") + error.what();
  }
  return text;
}

JsonTablePlan PlanOf(JsonTableStep root, size_t paths) {
  return {.num_paths = paths, .num_columns = paths, .root = std::move(root)};
}

TEST(JsonTableRows, OuterAndInner) {
  JsonTableStep root = Path("lax $[*]", 0);
  root.parts = {Path("lax $.k[*]", 1)};
  constexpr std::string_view kJson = R"([{"k":[7,8]},{}])";
  EXPECT_EQ(Rows(PlanOf(root, 2), kJson),
            "1={\"k\":[7,8]} 1=7\n1={\"k\":[7,8]} 2=8\n2={} -\n");
  root.is_outer = false;
  EXPECT_EQ(Rows(PlanOf(root, 2), kJson), "1={\"k\":[7,8]} 1=7\n1={\"k\":[7,8]} 2=8\n");
}

TEST(JsonTableRows, UnionAndCross) {
  JsonTableStep root = Path("lax $", 0);
  root.column_paths = {"lax $.size()"};
  root.parts = {
      {.kind = Kind::kUnion, .parts = {Path("lax $[*]", 1), Path("lax $[0]", 2)}}};
  EXPECT_EQ(Rows(PlanOf(root, 3), "[5,6]"), "1=2 1=5 -\n1=2 2=6 -\n1=2 - 1=5\n");
  root.parts[0].kind = Kind::kCross;
  EXPECT_EQ(Rows(PlanOf(root, 3), "[5,6]"), "1=2 1=5 1=5\n1=2 2=6 1=5\n");
  EXPECT_EQ(Rows(PlanOf(root, 3), "[]"), "1=0 - -\n");
}

TEST(JsonTableRows, ErrorsAreNoRowsOrErrors) {
  JsonTablePlan plan = PlanOf(Path("strict $[3]", 0), 1);
  EXPECT_EQ(Rows(plan, "[1]"), "");
  EXPECT_EQ(Rows(plan, "[1"), "");
  plan.fails_on_error = true;
  EXPECT_NE(Rows(plan, "[1]").find("PATH_EVALUATION_ERROR"), std::string::npos);
  EXPECT_NE(Rows(plan, "[1").find("JSON_INPUT_CONVERSION_ERROR"), std::string::npos);
}

TEST(JsonTableRows, VariablesAreTheFirstPathsAlone) {
  EXPECT_EQ(Rows(PlanOf(Path("lax $[*] ? (@ > $m)", 0), 1), "[1,5]", R"({"m":3})"),
            "1=5\n");
  JsonTablePlan plan = PlanOf(Path("lax $", 0), 1);
  plan.root.column_paths = {"lax $m"};
  EXPECT_NE(Rows(plan, "[1]", R"({"m":3})").find("INVALID_PATH"), std::string::npos);
}

TEST(JsonTableRows, AreBounded) {
  JsonTableStep root = Path("lax $", 0);
  root.columns = {};
  root.column_paths = {};
  JsonTableStep cross{.kind = Kind::kCross};
  for (size_t i = 1; i <= 8; ++i) {
    JsonTableStep step = Path("lax $[*]", i);
    step.columns = {};
    step.column_paths = {};
    cross.parts.push_back(std::move(step));
  }
  root.parts = {cross};
  const JsonTablePlan plan{.num_paths = 9, .root = root};
  JsonTableReader reader(plan);
  size_t rows = 0;
  std::string error;
  try {
    reader.Read("[1,2,3,4,5,6,7,8,9]", "{}", [&](const JsonTableRow&) { ++rows; });
  } catch (const std::exception& refused) {
    error = refused.what();
  }
  EXPECT_LE(rows, kJsonTableCellsMax / 9);
  EXPECT_NE(error.find("JSON_TABLE makes more than"), std::string::npos);
}

TEST(JsonTableRows, PlansAreWrittenAndRead) {
  JsonTableStep root = Path("lax $ ? (@.\"a\" == \"'\")", 0);
  root.is_outer = false;
  root.parts = {
      {.kind = Kind::kCross, .parts = {Path("lax $.b", 1), Path("lax $.c", 2)}}};
  JsonTablePlan plan = PlanOf(root, 3);
  plan.fails_on_error = true;
  const std::string text = WriteJsonTablePlan(plan);
  const auto read = ReadJsonTablePlan(text);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(WriteJsonTablePlan(*read), text);
  EXPECT_EQ(read->root.parts.at(0).parts.at(1).path, "lax $.c");
  for (const std::string_view wrong :
       {"", "[]", "[1,1,1,[0,\"lax $\",1,1,[],[]]]",
        "[1,1,1,[0,\"lax $\",0,1,[[1,2]],[]]]", "[1,1,1,[3,\"lax $\",0,1,[],[]]]",
        "[1,-1,1,[0,\"\",0,1,[],[]]]"}) {
    EXPECT_FALSE(ReadJsonTablePlan(wrong).has_value()) << wrong;
  }
}

}  // namespace
}  // namespace tarn::engine
