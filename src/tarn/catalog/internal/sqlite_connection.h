// One SQLite connection and its statements.
#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <sqlite3.h>

#include "tarn/catalog/internal/sql_connection.h"

namespace tarn::catalog::internal {

class SqliteConnection : public SqlConnection {
 public:
  /// Waits up to `busy_timeout` for locks of other connections. The file is made if
  /// missing.
  static Result<std::unique_ptr<SqliteConnection>> Open(
      const std::string& path, std::chrono::milliseconds busy_timeout);
  ~SqliteConnection() override;
  SqliteConnection(const SqliteConnection&) = delete;
  SqliteConnection& operator=(const SqliteConnection&) = delete;

  Status Run(const char* sql) override;
  Result<int64_t> Execute(std::string_view sql,
                          std::initializer_list<SqlParameter> parameters) override;
  Status Query(std::string_view sql, std::initializer_list<SqlParameter> parameters,
               const EachRow& each) override;
  Result<std::set<std::string>> ColumnsOf(const std::string& table) override;
  Status Touch() override;
  const char* key_type() const override { return "VARCHAR(255)"; }
  const char* text_type() const override { return "VARCHAR(1000)"; }
  const std::string& location() const override { return path_; }

  /// Begins a transaction that holds the write lock from the start.
  Status BeginImmediate() { return Run("BEGIN IMMEDIATE"); }
  /// Errors may leave the outcome unknown: look at the data before acting on them.
  Status Commit() { return Run("COMMIT"); }
  /// Ends a transaction, if one is open, without its changes.
  void Rollback();
  /// The write-ahead log where the file system allows one, and commits that survive a
  /// power cut.
  Status MakeDurable();

 private:
  struct Resetter {
    void operator()(sqlite3_stmt* statement) const;
  };
  struct Finalizer {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  /// A cached statement while it runs.
  using StatementUse = std::unique_ptr<sqlite3_stmt, Resetter>;
  struct CachedStatement {
    std::string sql;
    std::unique_ptr<sqlite3_stmt, Finalizer> statement;
  };

  SqliteConnection(sqlite3* db, std::string path) : db_(db), path_(std::move(path)) {}
  Result<StatementUse> Prepare(std::string_view sql,
                               std::initializer_list<SqlParameter> parameters);
  Result<bool> Step(sqlite3_stmt* statement);
  Status SwitchToWal();
  Status ErrorOf(int code) const;

  sqlite3* db_;
  std::string path_;
  std::vector<CachedStatement> statements_;
};

}  // namespace tarn::catalog::internal
