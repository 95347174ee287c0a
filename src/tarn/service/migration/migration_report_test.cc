#include "tarn/service/migration/migration_report.h"

#include <gtest/gtest.h>

#include "tarn/service/migration/history_copy.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::service {
namespace {

TEST(MigrationReport, ShowsTablesAndEscapesThem) {
  const Json record = {
      {"migration_id", "01A"},
      {"status", "partial"},
      {"owner", "ada"},
      {"started_at", 0},
      {"ended_at", 1500},
      {"duration_seconds", 1.5},
      {"rows_migrated", 3},
      {"tables",
       {{{"source", "a.<script>"},
         {"destination", "b.t"},
         {"table", "b.t"},
         {"status", "error"},
         {"error", {{"code", "INVALID_DATA"}, {"message", "a & b"}}},
         {"differences", {{{"only_in", "source"}, {"row", "{\"a\":\"<b>\"}"}}}}}}}};
  const std::string html = MigrationReportHtml(record);
  EXPECT_NE(html.find("a.&lt;script&gt;"), std::string::npos);
  EXPECT_EQ(html.find("<script"), std::string::npos);
  EXPECT_NE(html.find("a &amp; b"), std::string::npos);
  EXPECT_NE(html.find("&lt;b&gt;"), std::string::npos);
  EXPECT_NE(html.find("1970-01-01 00:00:01 UTC"), std::string::npos);
  EXPECT_EQ(html.find("http"), std::string::npos) << "it loads nothing";
}

TEST(MigrationReport, ShowsViewsBehindTables) {
  const Json record = {{"migration_id", "01A"},
                       {"status", "success"},
                       {"tables", Json::array()},
                       {"views",
                        {{{"source", "a.v"},
                          {"destination", "b.v"},
                          {"view", "b.v"},
                          {"status", "success"},
                          {"dialects", {"trino", "spark"}},
                          {"names_rewritten", 2},
                          {"note", "it names c.<t>"}}}}};
  const std::string html = MigrationReportHtml(record);
  EXPECT_NE(html.find("<th>Dialects</th>"), std::string::npos);
  EXPECT_NE(html.find("trino, spark"), std::string::npos);
  EXPECT_NE(html.find("it names c.&lt;t&gt;"), std::string::npos);
}

TEST(MigrationReport, ShowsWhatIsDamaged) {
  const Json record = {
      {"status", "damaged"},
      {"tables",
       {{{"table", "a.t"},
         {"status", "damaged"},
         {"problems", {{{"file", "/x.parquet"}, {"problem", "it is gone"}}}}}}}};
  const std::string html = MigrationReportHtml(record);
  EXPECT_NE(html.find("it is gone"), std::string::npos);
  EXPECT_NE(html.find("/x.parquet"), std::string::npos);
}

TEST(FileList, PairsWithAndWithoutQuotes) {
  ASSERT_OK_AND_ASSIGN(const auto list, ReadFileList("a,b\n\"c,\"\"d\",e\n"));
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(list[1].first, "c,\"d");
  EXPECT_EQ(list[1].second, "e");
  EXPECT_ERROR(ReadFileList("a\n"), ErrorCode::kInvalidData, "no pair");
  EXPECT_ERROR(ReadFileList("a,b,c\n"), ErrorCode::kInvalidData, "no pair");
}

}  // namespace
}  // namespace tarn::service
