// Statements recorded from a Trino server: what it takes is taken here and survives
// printing, what it refuses is refused in its words.
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tarn/base/error.h"
#include "tarn/sql/printer.h"
#include "tarn/sql/statement_parser.h"

namespace tarn::sql {
namespace {

std::vector<std::string> Lines(const std::string& file) {
  std::ifstream stream(std::string(TARN_RECORDED_STATEMENTS) + "/" + file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) {
    if (!line.starts_with('#')) {
      lines.push_back(line);
    }
  }
  EXPECT_GT(lines.size(), 200U) << file;
  return lines;
}

TEST(RecordedStatements, AreTakenAndPrinted) {
  for (const std::string& text : Lines("accepted.txt")) {
    SCOPED_TRACE(text);
    const auto statement = ParseTrinoStatement(text);
    ASSERT_TRUE(statement.ok()) << statement.status();
    const std::string printed = PrintStatement(*statement);
    const auto again = ParseTrinoStatement(printed);
    ASSERT_TRUE(again.ok()) << printed << again.status();
    EXPECT_EQ(PrintStatement(*again), printed);
    EXPECT_EQ(again->num_parameters, statement->num_parameters);
    EXPECT_EQ(again->node.index(), statement->node.index());
  }
}

TEST(RecordedStatements, AreRefusedInTrinosWords) {
  for (const std::string& line : Lines("refused.txt")) {
    const size_t tab = line.find('\t');
    ASSERT_NE(tab, std::string::npos) << line;
    SCOPED_TRACE(line.substr(tab + 1));
    const auto statement = ParseTrinoStatement(line.substr(tab + 1));
    ASSERT_FALSE(statement.ok());
    EXPECT_EQ(CodeOf(statement.status()), ErrorCode::kSyntax);
    EXPECT_EQ(statement.status().message(), line.substr(0, tab));
  }
}

}  // namespace
}  // namespace tarn::sql
