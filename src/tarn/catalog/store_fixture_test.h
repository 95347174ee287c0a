// A directory of its own for each test of the SQLite catalog, and plain SQL on its file.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <unistd.h>

#include "tarn/catalog/catalog_contract_test.h"
#include "tarn/catalog/sqlite_catalog.h"

namespace tarn::catalog {

class SqliteFixture : public CatalogFixture {
 public:
  SqliteFixture()
      : directory_(
            std::filesystem::temp_directory_path() /
            ("tarn-catalog-" + std::to_string(getpid()) + "-" + NewUuid(SystemRandom()))),
        io_(io::MakeFileIO({})) {
    std::filesystem::create_directories(directory_);
  }
  ~SqliteFixture() override {
    catalog_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }

  Catalog& catalog() override {
    if (catalog_ == nullptr) {
      auto opened = Open(*io_);
      EXPECT_TRUE(opened.ok()) << opened.status();
      catalog_ = *std::move(opened);
    }
    return *catalog_;
  }
  io::FileIO& io() override { return *io_; }
  std::string warehouse() const override { return (directory_ / "warehouse").string(); }

  std::string path() const { return (directory_ / "catalog.db").string(); }
  SqliteCatalogOptions options() const {
    return {.path = path(), .warehouse = warehouse()};
  }
  Result<std::unique_ptr<Catalog>> Open(io::FileIO& io) const {
    return OpenSqliteCatalog(options(), io, SystemClock(), SystemRandom());
  }

  /// Runs SQL on the file as a foreign program would; gives the result's values, row by
  /// row.
  std::vector<std::string> Sql(const std::string& sql) const {
    sqlite3* db = nullptr;
    EXPECT_EQ(sqlite3_open(path().c_str(), &db), SQLITE_OK);
    sqlite3_busy_timeout(db, 5000);
    std::vector<std::string> values;
    const auto collect = [](void* out, int count, char** texts, char**) {
      for (int i = 0; i < count; ++i) {
        static_cast<std::vector<std::string>*>(out)->push_back(texts[i] ? texts[i]
                                                                        : "NULL");
      }
      return 0;
    };
    char* message = nullptr;
    EXPECT_EQ(sqlite3_exec(db, sql.c_str(), collect, &values, &message), SQLITE_OK)
        << message;
    sqlite3_free(message);
    sqlite3_close(db);
    return values;
  }

 private:
  std::filesystem::path directory_;
  std::unique_ptr<io::FileIO> io_;
  std::unique_ptr<Catalog> catalog_;
};

}  // namespace tarn::catalog
