// One SQLite connection and its statements, with errors in our currency.
#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sqlite3.h>

#include "tarn/base/result.h"

namespace tarn::catalog::internal {

/// One row of a result, its columns addressed by name, so that tables may have more than
/// we know.
class Row {
 public:
  explicit Row(sqlite3_stmt* statement) : statement_(statement) {}
  /// Unset if the column is null or not there.
  std::optional<std::string> Text(std::string_view column) const;
  int64_t Int64(int index) const { return sqlite3_column_int64(statement_, index); }

 private:
  sqlite3_stmt* statement_;
};

/// A text parameter; unset binds null.
using Parameter = std::optional<std::string_view>;

/// Not thread-safe: the owner serializes calls. Errors of every method: kInvalidData
/// (corrupt or not a database), kUnavailable (locked by another process for longer than
/// the timeout), kDiskFull, kForbidden (read-only), kIoFailed, kAlreadyExists (primary
/// key), kInternal.
class SqliteConnection {
 public:
  /// Waits up to `busy_timeout` for locks of other connections. The file is made if
  /// missing.
  static Result<std::unique_ptr<SqliteConnection>> Open(
      const std::string& path, std::chrono::milliseconds busy_timeout);
  ~SqliteConnection();
  SqliteConnection(const SqliteConnection&) = delete;
  SqliteConnection& operator=(const SqliteConnection&) = delete;

  /// Runs statements without parameters or results.
  Status Run(const char* sql);
  /// Runs one statement; gives the number of rows changed. Results are ignored.
  Result<int64_t> Execute(std::string_view sql,
                          std::initializer_list<Parameter> parameters);
  /// Calls `each(const Row&)` on every row of the result.
  template <typename Fn>
  Status Query(std::string_view sql, std::initializer_list<Parameter> parameters,
               Fn&& each) {
    ARROW_ASSIGN_OR_RAISE(StatementUse use, Prepare(sql, parameters));
    while (true) {
      ARROW_ASSIGN_OR_RAISE(const bool has_row, Step(use.get()));
      if (!has_row) {
        return Status::OK();
      }
      each(Row(use.get()));
    }
  }

  /// Begins a transaction that holds the write lock from the start.
  Status BeginImmediate() { return Run("BEGIN IMMEDIATE"); }
  /// Errors may leave the outcome unknown: look at the data before acting on them.
  Status Commit() { return Run("COMMIT"); }
  /// Ends a transaction, if one is open, without its changes.
  void Rollback();

  const std::string& path() const { return path_; }

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
                               std::initializer_list<Parameter> parameters);
  Result<bool> Step(sqlite3_stmt* statement);
  Status ErrorOf(int code) const;

  sqlite3* db_;
  std::string path_;
  std::vector<CachedStatement> statements_;
};

}  // namespace tarn::catalog::internal
