#include "tarn/cli/shell/statement_buffer.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tarn/cli/shell/query_watch.h"

namespace tarn::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> Split(std::string_view text) {
  StatementBuffer buffer;
  std::vector<std::string> statements;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    buffer.AddLine(text.substr(0, end));
    while (auto statement = buffer.TakeStatement()) {
      statements.push_back(*statement);
    }
    text = end == std::string_view::npos ? "" : text.substr(end + 1);
  }
  if (auto rest = buffer.TakeRest()) {
    statements.push_back(*rest);
  }
  return statements;
}

TEST(StatementBuffer, SplitsAtSemicolons) {
  EXPECT_THAT(Split("SELECT 1; SELECT 2"), ElementsAre("SELECT 1", "SELECT 2"));
  EXPECT_THAT(Split("SELECT\n 1\n;\n"), ElementsAre("SELECT\n 1"));
  EXPECT_THAT(Split(";;  ;\n;"), IsEmpty());
  EXPECT_THAT(Split(""), IsEmpty());
}

TEST(StatementBuffer, SemicolonsInsideOfQuotesAndCommentsDoNotSplit) {
  EXPECT_THAT(Split("SELECT ';''x;' AS \"a;b\", `c;d`"),
              ElementsAre("SELECT ';''x;' AS \"a;b\", `c;d`"));
  EXPECT_THAT(Split("SELECT 1 -- no; end\n; SELECT 2"),
              ElementsAre("SELECT 1 -- no; end", "SELECT 2"));
  EXPECT_THAT(Split("SELECT /* ; ' */ 1; SELECT 2"),
              ElementsAre("SELECT /* ; ' */ 1", "SELECT 2"));
  EXPECT_THAT(Split("SELECT $$a;b$$, $x$;$$;$x$; SELECT 2"),
              ElementsAre("SELECT $$a;b$$, $x$;$$;$x$", "SELECT 2"));
  EXPECT_THAT(Split("SELECT E'it\\';s'; SELECT 2"),
              ElementsAre("SELECT E'it\\';s'", "SELECT 2"));
  EXPECT_THAT(Split("SELECT 'a\\'; SELECT 2"), ElementsAre("SELECT 'a\\'", "SELECT 2"));
  EXPECT_THAT(Split("SELECT $1; SELECT 2"), ElementsAre("SELECT $1", "SELECT 2"));
}

TEST(StatementBuffer, CommentsAloneAreNoStatement) {
  EXPECT_THAT(Split("-- nothing\n/* nor here */ ;\n-- end"), IsEmpty());
}

TEST(StatementBuffer, AnUnclosedQuoteIsHandedOnAtTheEnd) {
  EXPECT_THAT(Split("SELECT 'open; "), ElementsAre("SELECT 'open;"));
  EXPECT_THAT(Split("/* open"), ElementsAre("/* open"))
      << "the engine says what is wrong with it";
}

TEST(StatementBuffer, TellsWhatThePromptShouldSay) {
  using State = StatementBuffer::State;
  StatementBuffer buffer;
  EXPECT_EQ(buffer.state(), State::kStart);
  buffer.AddLine("SELECT 'a");
  EXPECT_FALSE(buffer.TakeStatement());
  EXPECT_EQ(buffer.state(), State::kQuote);
  buffer.AddLine("b' /* c");
  EXPECT_FALSE(buffer.TakeStatement());
  EXPECT_EQ(buffer.state(), State::kComment);
  buffer.AddLine("*/");
  EXPECT_FALSE(buffer.TakeStatement());
  EXPECT_EQ(buffer.state(), State::kStatement);
  buffer.AddLine(";");
  EXPECT_EQ(buffer.TakeStatement(), "SELECT 'a\nb' /* c\n*/");
  EXPECT_EQ(buffer.state(), State::kStart);
}

TEST(ProgressLine, ShowsWhatIsKnown) {
  EXPECT_EQ(ProgressLine(0.5, 1.25, ""), "[===============>              ]  50%  1.2 s");
  EXPECT_EQ(ProgressLine(1.5, 2, "x"), "[==============================] 100%  x  2.0 s");
  EXPECT_EQ(ProgressLine(-1, 3, ""), "3.0 s");
}

}  // namespace
}  // namespace tarn::cli
