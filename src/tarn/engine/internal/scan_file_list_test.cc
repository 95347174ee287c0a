#include "tarn/engine/internal/scan_file_list.h"

#include <string>

#include "tarn/engine/engine.h"
#include "tarn/engine/internal/scan_state.h"
#include "tarn/engine/session_text_test.h"
#include "tarn/testing/lake.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::engine {
namespace {

/// DuckDB scans a single file with as many threads as the file that it opened to bind has
/// row groups; with ours it opens none, and one thread would read the largest table.
TEST(ScanFileList, ASingleFileWithSeveralRowGroupsIsForSeveralThreads) {
  ASSERT_OK_AND_ASSIGN(const auto lake, testing::Lake::Make());
  ASSERT_OK_AND_ASSIGN(const auto engine, Engine::Open({.threads = 2}, lake->context()));
  ASSERT_OK_AND_ASSIGN(const auto session, engine->Connect());
  ASSERT_OK(ReadAll(*session, "CREATE SCHEMA s").status());
  struct Case {
    const char* rows;
    const char* row_group_bytes;
    duckdb::FileExpandResult result;
  };
  const Case cases[] = {
      {"0", "134217728", duckdb::FileExpandResult::NO_FILES},
      {"10", "134217728", duckdb::FileExpandResult::SINGLE_FILE},
      {"200000", "134217728", duckdb::FileExpandResult::SINGLE_FILE},
      {"200000", "100000", duckdb::FileExpandResult::MULTIPLE_FILES},
  };
  int32_t number = 0;
  for (const Case& c : cases) {
    SCOPED_TRACE(std::string(c.rows) + " rows, row groups of " + c.row_group_bytes);
    const std::string name = "t" + std::to_string(++number);
    ASSERT_OK(ReadAll(*session, "CREATE TABLE s." + name +
                                    " (id BIGINT) WITH ("
                                    "'write.parquet.row-group-size-bytes' = '" +
                                    c.row_group_bytes + "')")
                  .status());
    ASSERT_OK(ReadAll(*session,
                      "INSERT INTO s." + name + " SELECT * FROM range(" + c.rows + ")")
                  .status());
    ASSERT_OK_AND_ASSIGN(const catalog::LoadedTable table,
                         lake->catalog().LoadTable({{{"s"}}, name}));
    ASSERT_OK_AND_ASSIGN(
        auto state,
        ScanState::Make({.name = name, .metadata = table.metadata, .io = &lake->fs()},
                        /*threads=*/1));
    const ScanFileList files(std::move(state));
    EXPECT_EQ(files.GetExpandResult(), duckdb::FileExpandResult::MULTIPLE_FILES)
        << "before it is planned";
    EXPECT_LE(files.GetTotalFileCount(), 1U);
    EXPECT_EQ(files.GetExpandResult(), c.result);
  }
}

}  // namespace
}  // namespace tarn::engine
