#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tarn/engine/engine.h"

namespace tarn::engine {
namespace {

using ::testing::ElementsAreArray;

TEST(SplitStatements, CutsAtSemicolonsOutsideOfQuotesAndComments) {
  struct Case {
    const char* script;
    std::vector<std::string> statements;
  };
  const Case cases[] = {
      {"", {}},
      {" ; ;; \n", {}},
      {"SELECT 1", {"SELECT 1"}},
      {"SELECT 1;SELECT 2 ; ", {"SELECT 1", "SELECT 2"}},
      {"SELECT ';' ; x", {"SELECT ';'", "x"}},
      {"SELECT 'it''s;' ; x", {"SELECT 'it''s;'", "x"}},
      {"SELECT E'\\';' ; x", {"SELECT E'\\';'", "x"}},
      {"SELECT 'a\\' ; x", {"SELECT 'a\\'", "x"}},
      {"SELECT \"a;b\", `c;d`; x", {"SELECT \"a;b\", `c;d`", "x"}},
      {"-- no; statement\nSELECT 1; -- end;", {"-- no; statement\nSELECT 1"}},
      {"/* a; /* b; */ c; */ SELECT 1; /* ; */", {"/* a; /* b; */ c; */ SELECT 1"}},
      {"SELECT $$;$$; SELECT $t$ ; $$ ; $t$; x",
       {"SELECT $$;$$", "SELECT $t$ ; $$ ; $t$", "x"}},
      {"SELECT $1; SELECT a$b; x", {"SELECT $1", "SELECT a$b", "x"}},
      {"SELECT 'never closed ; x", {"SELECT 'never closed ; x"}},
      {"SELECT $", {"SELECT $"}},
      {"/* open", {}},
      {"SELECT 1 /* open ;", {"SELECT 1 /* open ;"}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.script);
    EXPECT_THAT(SplitStatements(c.script), ElementsAreArray(c.statements));
  }
}

}  // namespace
}  // namespace tarn::engine
