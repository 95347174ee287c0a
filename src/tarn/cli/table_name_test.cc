#include "tarn/cli/table_name.h"

#include "tarn/testing/status_matchers.h"

namespace tarn::cli {
namespace {

struct Case {
  const char* text;
  std::vector<std::string> ns;
  std::string name;
};

TEST(TableName, Parses) {
  const Case cases[] = {
      {"sales.orders", {"sales"}, "orders"},
      {"iceberg.sales.orders", {"sales"}, "orders"},
      {"iceberg.orders", {"iceberg"}, "orders"},
      {"a.b.c", {"a", "b"}, "c"},
      {"sales.\"my.table\"", {"sales"}, "my.table"},
      {"\"say \"\"hi\"\"\".t", {"say \"hi\""}, "t"},
      {"größe.naïve table", {"größe"}, "naïve table"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.text);
    ASSERT_OK_AND_ASSIGN(const iceberg::TableIdent ident, ParseTableName(c.text));
    EXPECT_EQ(ident.ns.levels, c.ns);
    EXPECT_EQ(ident.name, c.name);
  }
}

TEST(TableName, RefusesWhatNamesNoTable) {
  for (const char* text : {"", "orders", "sales.", ".orders", "a..b", "sales.\"open"}) {
    SCOPED_TRACE(text);
    EXPECT_ERROR(ParseTableName(text), ErrorCode::kUsage, "");
  }
}

}  // namespace
}  // namespace tarn::cli
