#include "tarn/ingest/odbc/connection_string.h"

#include <gtest/gtest.h>

#include "tarn/base/error.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::ingest::odbc {
namespace {

TEST(ConnectionString, HasAttributesInTheirOrder) {
  ASSERT_OK_AND_ASSIGN(
      const auto attributes,
      ParseConnectionString(" Driver={My; driver}}} ; UID = reader;PWD=;"));
  EXPECT_EQ(attributes,
            (Attributes{{"Driver", "My; driver}"}, {"UID", "reader"}, {"PWD", ""}}));
}

TEST(ConnectionString, IsWrittenAsItIsRead) {
  for (const char* const value : {"plain", "p;w", "a}b", "{x}", "", " spaced "}) {
    ASSERT_OK_AND_ASSIGN(const auto attributes,
                         ParseConnectionString(AttributeText("PWD", value)));
    EXPECT_EQ(attributes, (Attributes{{"PWD", value}}));
  }
}

TEST(ConnectionString, RefusesOthersWithoutRepeatingThem) {
  for (const char* const text : {"", ";", "geheim", "DSN", "=geheim", "PWD={geheim",
                                 "PWD={a}geheim;DSN=x", "a;geheim=1"}) {
    const auto parsed = ParseConnectionString(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_EQ(CodeOf(parsed.status()), ErrorCode::kInvalidArgument);
    EXPECT_EQ(parsed.status().message().find("geheim"), std::string::npos);
  }
}

TEST(ConnectionString, IsShownWithoutSecrets) {
  EXPECT_EQ(ShownConnectionString("DSN=shop;UID=reader;PWD=geheim"), "odbc://shop");
  EXPECT_EQ(ShownConnectionString("Driver=x;Server=db;Port=5;Database=shop;Token=geheim"),
            "odbc://db:5/shop");
  EXPECT_EQ(ShownConnectionString("Driver=SQLite3;Database=/data/a.db"),
            "odbc:///data/a.db");
  EXPECT_EQ(ShownConnectionString("geheim"), "odbc://");
  EXPECT_EQ(SecretsIn("DSN=shop;PWD={a;bcd};UID=reader"),
            std::vector<std::string>{"a;bcd"});
}

}  // namespace
}  // namespace tarn::ingest::odbc
