#include "tarn/catalog/internal/sqlite_connection.h"

#include <algorithm>
#include <cerrno>
#include <thread>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/catalog/internal/sql_dialect.h"

namespace tarn::catalog::internal {
namespace {

ErrorCode CodeOfSqlite(int extended_code) {
  if (extended_code == SQLITE_CONSTRAINT_PRIMARYKEY ||
      extended_code == SQLITE_CONSTRAINT_UNIQUE) {
    return ErrorCode::kAlreadyExists;
  }
  switch (extended_code & 0xff) {
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      return ErrorCode::kInvalidData;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return ErrorCode::kUnavailable;
    case SQLITE_FULL:
      return ErrorCode::kDiskFull;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return ErrorCode::kForbidden;
    case SQLITE_NOMEM:
      return ErrorCode::kOutOfMemory;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_PROTOCOL:
    case SQLITE_CONSTRAINT:  // only COMMIT can meet it here: somebody's commit hook
                             // refused
      return ErrorCode::kIoFailed;
    default:
      return ErrorCode::kInternal;
  }
}

/// SQLite says SQLITE_FULL for ENOSPC alone, and an I/O error for a quota and for the
/// limit of a file's size (`ulimit -f`). A write that found no room is the same to a
/// transaction: it has no last frame. `last_errno` is the thread's own, which the failed
/// write has set: sqlite3_system_errno() does not know that of a COMMIT.
bool IsOutOfRoom(int extended_code, int last_errno) {
  return extended_code == SQLITE_IOERR_WRITE &&
         (last_errno == EDQUOT || last_errno == EFBIG);
}

const char* AdviceOf(ErrorCode code) {
  switch (code) {
    case ErrorCode::kDiskFull:
      return "; free some space or raise the limit";
    case ErrorCode::kInvalidData:
      return "; it is not an intact catalog database, restore it from a backup";
    case ErrorCode::kUnavailable:
      return "; another process holds its lock, try again";
    case ErrorCode::kForbidden:
      return "; check that the file and its directory are writable";
    default:
      return "";
  }
}

class SqliteRow : public SqlRow {
 public:
  explicit SqliteRow(sqlite3_stmt* statement) : statement_(statement) {}

  std::optional<std::string> Text(std::string_view column) const override {
    for (int i = 0; i < sqlite3_column_count(statement_); ++i) {
      if (column != sqlite3_column_name(statement_, i)) {
        continue;
      }
      const unsigned char* text = sqlite3_column_text(statement_, i);
      if (text == nullptr) {
        return std::nullopt;
      }
      return std::string(reinterpret_cast<const char*>(text),
                         static_cast<size_t>(sqlite3_column_bytes(statement_, i)));
    }
    return std::nullopt;
  }

 private:
  sqlite3_stmt* statement_;
};

}  // namespace

Result<std::unique_ptr<SqliteConnection>> SqliteConnection::Open(
    const std::string& path, std::chrono::milliseconds busy_timeout) {
  sqlite3* db = nullptr;
  // Calls are serialized by the owner of the connection, so SQLite need not lock.
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  const int code = sqlite3_open_v2(path.c_str(), &db, flags, nullptr);
  if (db == nullptr) {
    return MakeError(ErrorCode::kOutOfMemory, "Cannot open catalog " + path);
  }
  std::unique_ptr<SqliteConnection> connection(new SqliteConnection(db, path));
  if (code != SQLITE_OK) {
    return connection->ErrorOf(code);
  }
  sqlite3_extended_result_codes(db, 1);
  sqlite3_busy_timeout(db, static_cast<int>(busy_timeout.count()));
  return connection;
}

SqliteConnection::~SqliteConnection() {
  statements_.clear();
  sqlite3_close(db_);
}

void SqliteConnection::Resetter::operator()(sqlite3_stmt* statement) const {
  sqlite3_reset(statement);
  sqlite3_clear_bindings(statement);
}

Status SqliteConnection::ErrorOf(int code) const {
  const int last_errno = errno;
  const int extended = sqlite3_extended_errcode(db_);
  const ErrorCode error = IsOutOfRoom(extended, last_errno)
                              ? ErrorCode::kDiskFull
                              : CodeOfSqlite(extended == SQLITE_OK ? code : extended);
  return MakeError(error,
                   "Catalog " + path_ + ": " + sqlite3_errmsg(db_) + AdviceOf(error));
}

Status SqliteConnection::Run(const char* sql) {
  const int code = sqlite3_exec(db_, sql, nullptr, nullptr, nullptr);
  return code == SQLITE_OK ? Status::OK() : ErrorOf(code);
}

Result<SqliteConnection::StatementUse> SqliteConnection::Prepare(
    std::string_view sql, std::initializer_list<SqlParameter> parameters) {
  auto found = std::ranges::find(statements_, sql, &CachedStatement::sql);
  if (found == statements_.end()) {
    const std::string text = SqliteStatement(sql);
    sqlite3_stmt* made = nullptr;
    const int code = sqlite3_prepare_v3(db_, text.data(), static_cast<int>(text.size()),
                                        SQLITE_PREPARE_PERSISTENT, &made, nullptr);
    if (code != SQLITE_OK) {
      return ErrorOf(code);
    }
    statements_.push_back(
        {std::string(sql), std::unique_ptr<sqlite3_stmt, Finalizer>(made)});
    found = statements_.end() - 1;
  }
  StatementUse use(found->statement.get());
  int index = 1;
  for (const SqlParameter& parameter : parameters) {
    // The callers' strings outlive the statement's run: no copy.
    const int code =
        parameter ? sqlite3_bind_text(use.get(), index, parameter->data(),
                                      static_cast<int>(parameter->size()), SQLITE_STATIC)
                  : sqlite3_bind_null(use.get(), index);
    if (code != SQLITE_OK) {
      return ErrorOf(code);
    }
    ++index;
  }
  return use;
}

Result<bool> SqliteConnection::Step(sqlite3_stmt* statement) {
  const int code = sqlite3_step(statement);
  if (code == SQLITE_ROW) {
    return true;
  }
  if (code == SQLITE_DONE) {
    return false;
  }
  return ErrorOf(code);
}

Result<int64_t> SqliteConnection::Execute(
    std::string_view sql, std::initializer_list<SqlParameter> parameters) {
  ARROW_ASSIGN_OR_RAISE(StatementUse use, Prepare(sql, parameters));
  bool has_row = true;
  while (has_row) {
    ARROW_ASSIGN_OR_RAISE(has_row, Step(use.get()));
  }
  return int64_t{sqlite3_changes(db_)};
}

Status SqliteConnection::Query(std::string_view sql,
                               std::initializer_list<SqlParameter> parameters,
                               const EachRow& each) {
  ARROW_ASSIGN_OR_RAISE(StatementUse use, Prepare(sql, parameters));
  while (true) {
    ARROW_ASSIGN_OR_RAISE(const bool has_row, Step(use.get()));
    if (!has_row) {
      return Status::OK();
    }
    each(SqliteRow(use.get()));
  }
}

Result<std::set<std::string>> SqliteConnection::ColumnsOf(const std::string& table) {
  std::set<std::string> columns;
  ARROW_RETURN_NOT_OK(
      Query("SELECT name FROM pragma_table_info(?1)", {table},
            [&](const SqlRow& row) { columns.insert(row.TextOrEmpty("name")); }));
  return columns;
}

Status SqliteConnection::Touch() {
  // The user version is no program's business but ours, and it keeps its value.
  int64_t version = 0;
  ARROW_RETURN_NOT_OK(Query("PRAGMA user_version", {}, [&](const SqlRow& row) {
    version = row.Int64("user_version");
  }));
  return Run(("PRAGMA user_version = " + std::to_string(version)).c_str());
}

void SqliteConnection::Rollback() {
  if (sqlite3_get_autocommit(db_) == 0) {
    // Fails only if SQLite has rolled back by itself already.
    sqlite3_exec(db_, "ROLLBACK", nullptr, nullptr, nullptr);
  }
}

Status SqliteConnection::SwitchToWal() {
  std::string mode;
  const auto read_mode = [&](const SqlRow& row) {
    mode = row.TextOrEmpty("journal_mode");
  };
  ARROW_RETURN_NOT_OK(Query("PRAGMA journal_mode", {}, read_mode));
  // The switch needs the file alone and does not wait for it as other statements do.
  constexpr int kTriesMax = 100;
  for (int i = 0; i < kTriesMax && mode != "wal"; ++i) {
    const Status status = Query("PRAGMA journal_mode = WAL", {}, read_mode);
    // No error and no WAL: a file system without shared memory. The rollback journal is
    // as safe.
    if (status.ok()) {
      return Status::OK();
    }
    if (CodeOf(status) != ErrorCode::kUnavailable) {
      return status;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return Status::OK();  // another process keeps the file busy; one of the next to open it
                        // will switch
}

Status SqliteConnection::MakeDurable() {
  ARROW_RETURN_NOT_OK(SwitchToWal());
  return Run("PRAGMA synchronous = FULL");
}

}  // namespace tarn::catalog::internal
