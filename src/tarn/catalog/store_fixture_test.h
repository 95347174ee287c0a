// A directory of its own for each test of a store, and plain SQL on its database.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <unistd.h>

#include "tarn/catalog/catalog_contract_test.h"
#include "tarn/catalog/postgres_server_test.h"
#include "tarn/catalog/sqlite_catalog.h"
#include "tarn/catalog/store.h"

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

enum class StoreKind : uint8_t { kSqlite, kPostgres };

/// A store of its own for each test: a file, or a schema of the tests' PostgreSQL.
class StoreFixture : public CatalogFixture {
 public:
  explicit StoreFixture(StoreKind kind) {
    if (kind == StoreKind::kPostgres) {
      schema_ = PostgresServer::Get().NewSchema();
    }
  }
  ~StoreFixture() override {
    catalog_.reset();
    store_.reset();
    if (!schema_.empty()) {
      Sql("DROP SCHEMA " + schema_ + " CASCADE");
    }
  }

  Store& store() {
    if (store_ == nullptr) {
      auto opened = OpenStore({.uri = uri()}, io(), SystemClock(), SystemRandom());
      EXPECT_TRUE(opened.ok()) << opened.status();
      store_ = *std::move(opened);
    }
    return *store_;
  }
  Catalog& catalog() override {
    if (catalog_ == nullptr) {
      catalog_ = store().OpenCatalog({.warehouse = warehouse()});
    }
    return *catalog_;
  }
  io::FileIO& io() override { return files_.io(); }
  std::string warehouse() const override { return files_.warehouse(); }

  std::string uri() const {
    return schema_.empty() ? files_.path() : PostgresServer::Get().Uri(schema_);
  }
  const std::string& schema() const { return schema_; }
  /// Runs SQL as a foreign program would; gives the result's values, row by row.
  std::vector<std::string> Sql(const std::string& sql) const {
    return schema_.empty() ? files_.Sql(sql) : PostgresServer::Get().Sql(schema_, sql);
  }

 private:
  SqliteFixture files_;  // the directory, and the file of kSqlite
  std::string schema_;   // of kPostgres
  std::unique_ptr<Store> store_;
  std::unique_ptr<Catalog> catalog_;
};

}  // namespace tarn::catalog
