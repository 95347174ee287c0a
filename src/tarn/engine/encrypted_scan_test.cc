// SQL over an encrypted table: written, read, changed, and refused without its key.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <arrow/record_batch.h>
#include <arrow/scalar.h>
#include <gtest/gtest.h>

#include "tarn/engine/engine.h"
#include "tarn/io/key_file.h"
#include "tarn/testing/lake.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::engine {
namespace {

class EncryptedScanTest : public ::testing::Test {
 protected:
  void SetUp() override {
    testing::LakeOptions options;
    ASSERT_OK_AND_ASSIGN(
        options.keys,
        io::ParseKeyFile("master 000102030405060708090a0b0c0d0e0f", "keys"));
    ASSERT_OK_AND_ASSIGN(lake_, testing::Lake::Make(options));
    ASSERT_OK_AND_ASSIGN(engine_, Engine::Open({.threads = 2}, lake_->context()));
    ASSERT_OK_AND_ASSIGN(session_, engine_->Connect());
    Run("CREATE SCHEMA s");
    Run("CREATE TABLE s.t (id BIGINT, name VARCHAR, tags VARCHAR[], x DOUBLE) "
        "WITH ('encryption.key-id' = 'master', 'encryption.data-key-length' = '32')");
    Run("INSERT INTO s.t SELECT i, 'secret ' || i, ['a', 'b' || i], i / 4 "
        "FROM range(300000) r(i)");
  }

  Result<std::string> Text(const std::string& sql) {
    ARROW_ASSIGN_OR_RAISE(const auto stream, session_->Execute(sql));
    std::string text;
    for (;;) {
      ARROW_ASSIGN_OR_RAISE(const auto batch, stream->Next());
      if (batch == nullptr) {
        return text;
      }
      for (int64_t row = 0; row < batch->num_rows(); ++row) {
        for (int column = 0; column < batch->num_columns(); ++column) {
          ARROW_ASSIGN_OR_RAISE(const auto cell, batch->column(column)->GetScalar(row));
          text += (column == 0 ? "" : ", ") + cell->ToString();
        }
        text += "\n";
      }
    }
  }
  void Run(const std::string& sql) { ASSERT_OK(Text(sql)) << sql; }
  void Expect(const std::string& sql, const std::string& text) {
    ASSERT_OK_AND_ASSIGN(const std::string found, Text(sql));
    EXPECT_EQ(found, text) << sql;
  }

  std::unique_ptr<testing::Lake> lake_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Session> session_;
};

TEST_F(EncryptedScanTest, IsReadAsAnyTable) {
  for (int round = 0; round < 2; ++round) {  // the second from what DuckDB keeps
    Expect("SELECT count(*), sum(id), max(name) FROM s.t",
           "300000, 44999850000, secret 99999\n");
    Expect("SELECT name, tags[2], x FROM s.t WHERE id = 271828",
           "secret 271828, b271828, 67957\n");
    Expect("SELECT count(*) FROM s.t WHERE name LIKE '%77777%'", "3\n");
  }
  ASSERT_OK_AND_ASSIGN(const std::string path,
                       Text("SELECT DISTINCT \"$path\" FROM s.t LIMIT 1"));
  EXPECT_EQ(path.find("encrypted:"), std::string::npos) << path;
}

TEST_F(EncryptedScanTest, IsChangedAsAnyTable) {
  Run("DELETE FROM s.t WHERE id % 3 = 0");
  Expect("SELECT count(*), sum(id) FROM s.t", "200000, 30000000000\n");
  Run("INSERT INTO s.t VALUES (-1, 'new', NULL, NULL)");
  Run("UPDATE s.t SET name = 'changed' WHERE id = 4");
  Expect("SELECT id, name FROM s.t WHERE id < 6 ORDER BY id",
         "-1, new\n1, secret 1\n2, secret 2\n4, changed\n5, secret 5\n");
}

TEST_F(EncryptedScanTest, NothingButTheMetadataIsInClear) {
  Run("DELETE FROM s.t WHERE id = 5");
  int files = 0;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(lake_->directory())) {
    const std::string name = entry.path().string();
    if (!entry.is_regular_file() || name.ends_with(".metadata.json") ||
        name.find("catalog") != std::string::npos) {
      continue;
    }
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string bytes(std::istreambuf_iterator<char>(file), {});
    EXPECT_TRUE(bytes.starts_with("PARE") || bytes.starts_with("AGS1")) << name;
    EXPECT_EQ(bytes.find("secret"), std::string::npos) << name;
    ++files;
  }
  EXPECT_GE(files, 6);
}

}  // namespace
}  // namespace tarn::engine
