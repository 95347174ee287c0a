#include <fstream>

#include <arrow/array/array_base.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "tarn/engine/engine.h"
#include "tarn/testing/lake.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::engine {
namespace {

class ReadFilesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_OK_AND_ASSIGN(lake_, testing::Lake::Make());
    ASSERT_OK_AND_ASSIGN(engine_, Engine::Open({.threads = 2}, lake_->context()));
  }
  std::string Write(const std::string& name, const std::string& text) {
    const std::string path = lake_->directory() + "/" + name;
    std::ofstream(path) << text;
    return path;
  }
  Result<int64_t> Drain(FileRead& read) {
    int64_t rows = 0;
    for (;;) {
      ARROW_ASSIGN_OR_RAISE(const auto batch, read.rows->Next());
      if (batch == nullptr) {
        return rows;
      }
      rows += batch->num_rows();
    }
  }

  std::unique_ptr<testing::Lake> lake_;
  std::unique_ptr<Engine> engine_;
};

TEST_F(ReadFilesTest, ReadsCsvWithItsOptions) {
  const std::string path = Write("it's;.csv", "a;b\n1;x\n2;NA\n");
  ASSERT_OK_AND_ASSIGN(
      auto read,
      ReadFiles(*engine_,
                {.paths = {path},
                 .options = {{"delim", ";"}, {"nullstr", "NA"}, {"header", "true"}}}));
  EXPECT_EQ(read.rows->schema()->ToString(), "a: int64\nb: string");
  ASSERT_OK_AND_ASSIGN(const auto batch, read.rows->Next());
  EXPECT_EQ(batch->num_rows(), 2);
  EXPECT_EQ(batch->column(1)->null_count(), 1);
}

TEST_F(ReadFilesTest, SetsBadRowsAside) {
  const std::string path = Write("bad.csv", "id,n\n1,10\n2,x\n3\n4,40\n");
  ASSERT_OK_AND_ASSIGN(
      auto read,
      ReadFiles(*engine_, {.paths = {path},
                           .options = {{"columns", "{'id': 'BIGINT', 'n': 'INTEGER'}"},
                                       {"header", "true"}},
                           .store_rejects = true}));
  ASSERT_OK_AND_ASSIGN(const int64_t rows, Drain(read));
  EXPECT_EQ(rows, 2);
  ASSERT_OK_AND_ASSIGN(const auto rejects, read.rejects());
  ASSERT_EQ(rejects.size(), 2U);
  EXPECT_EQ(rejects[0].file, path);
  EXPECT_EQ(rejects[0].line, 3);
  EXPECT_EQ(rejects[0].column, "n");
  EXPECT_EQ(rejects[0].text, "2,x");
  EXPECT_EQ(rejects[1].line, 4);
}

TEST_F(ReadFilesTest, ReadsSeveralJsonFiles) {
  const std::string one =
      Write("1.json", "[{\"a\": 1}, {\"a\": 2, \"b\": {\"c\": null}}]");
  const std::string two = Write("2.json", "{\"a\": 3}\n{\"a\": 4}\n");
  ASSERT_OK_AND_ASSIGN(auto read,
                       ReadFiles(*engine_, {.kind = FileKind::kJson,
                                            .paths = {one, two},
                                            .options = {{"union_by_name", "true"}}}));
  ASSERT_OK_AND_ASSIGN(const int64_t rows, Drain(read));
  EXPECT_EQ(rows, 4);
}

TEST_F(ReadFilesTest, SaysWhatIsWrong) {
  EXPECT_ERROR(ReadFiles(*engine_, {.paths = {"/no/such/file.csv"}}),
               ErrorCode::kNoSuchFile, "/no/such/file.csv");
  EXPECT_ERROR(ReadFiles(*engine_, {.paths = {}}), ErrorCode::kInvalidArgument,
               "no files");
  const std::string path = Write("a.csv", "a\n1\n");
  EXPECT_ERROR(ReadFiles(*engine_, {.paths = {path}, .options = {{"x = 1, y", "2"}}}),
               ErrorCode::kInvalidArgument, "x = 1, y");
  EXPECT_FALSE(
      ReadFiles(*engine_, {.paths = {path}, .options = {{"nonsense", "2"}}}).ok());
  EXPECT_ERROR(
      ReadFiles(*engine_,
                {.kind = FileKind::kJson, .paths = {path}, .store_rejects = true}),
      ErrorCode::kNotSupported, "CSV");
  const std::string truncated = Write("t.parquet", "PAR1");
  EXPECT_FALSE(
      ReadFiles(*engine_, {.kind = FileKind::kParquet, .paths = {truncated}}).ok());
}

}  // namespace
}  // namespace tarn::engine
